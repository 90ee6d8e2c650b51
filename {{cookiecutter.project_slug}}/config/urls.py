from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from .health import health

admin.site.site_header = admin.site.site_title = settings.SITE_NAME

urlpatterns = [
    # Uploads come first, so that no page can take their addresses. Public ones are sent by Django
    # in development alone; in production nginx or the bucket does.
    path("", include("uploads.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("health/", health, name="health"),
    path("", include("library.urls")),
]
