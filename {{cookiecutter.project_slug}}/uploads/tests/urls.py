"""The site's urls as with DEBUG: public media in front."""

from django.conf import settings
from django.db.transaction import non_atomic_requests
from django.urls import path

from config.urls import urlpatterns as site
from uploads import serve


@non_atomic_requests
def public(request, path):
    """With today's MEDIA_ROOT: every test has its own."""
    return serve.public(request, path, document_root=settings.MEDIA_ROOT)


urlpatterns = [path(settings.MEDIA_URL.lstrip("/") + "<path:path>", public), *site]
