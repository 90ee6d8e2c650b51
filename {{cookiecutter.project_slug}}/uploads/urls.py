"""The addresses of files: `path("", include("uploads.urls"))`, first in the site's urlpatterns."""

from django.conf import settings
from django.conf.urls.static import static
from django.urls import path

from . import serve

urlpatterns = [
    path(settings.PRIVATE_MEDIA_URL.lstrip("/") + "<path:name>", serve.private, name="private"),
]
if settings.MEDIA_URL != "/":  # not set: a storage of another maker has addresses of its own
    urlpatterns += [
        # Empty unless DEBUG (no `if` needed): in production nginx or the bucket sends these files.
        *static(settings.MEDIA_URL, view=serve.public, document_root=settings.MEDIA_ROOT),
        # Empty, too, unless the files are in a bucket but their addresses are this site's.
        *serve.forwarding(settings.MEDIA_URL),
    ]
