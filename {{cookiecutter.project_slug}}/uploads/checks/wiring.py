"""What uploads need of the site around them; its route is in addresses.py."""

from django.conf import settings
from django.core import checks

from .findings import finding

MIDDLEWARE = "uploads.handlers.UploadMiddleware"
BEFORE_IT = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
DJANGOS_HANDLER = "django.core.files.uploadhandler.TemporaryFileUploadHandler"


@checks.register("uploads")
def check_wiring(app_configs, **kwargs):
    middleware = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in middleware:
        yield finding("W015")
    else:
        behind = middleware[middleware.index(MIDDLEWARE) :]
        if late := [name for name in BEFORE_IT if name in behind]:
            yield finding("W016", later=late[-1])
    if DJANGOS_HANDLER in settings.FILE_UPLOAD_HANDLERS:
        yield finding("W017", django=DJANGOS_HANDLER)
