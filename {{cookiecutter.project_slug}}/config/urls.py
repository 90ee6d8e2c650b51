from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path

from uploads import serve

from .health import health

admin.site.site_header = admin.site.site_title = settings.SITE_NAME

urlpatterns = [
    # Public media comes first, so that no page can take its addresses. static() is empty unless
    # DEBUG (no `if` needed): in production nginx or the bucket sends these files.
    *static(settings.MEDIA_URL, view=serve.public, document_root=settings.MEDIA_ROOT),
    # Empty, too, unless DEBUG: runserver sends static files by itself, gunicorn doesn't.
    *staticfiles_urlpatterns(),
    # Empty, too, unless the files are in a bucket but their addresses are this site's.
    *serve.forwarding(settings.MEDIA_URL),
    path(settings.PRIVATE_MEDIA_URL.lstrip("/") + "<path:name>", serve.private, name="private"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("health/", health, name="health"),
    path("", include("library.urls")),
]
