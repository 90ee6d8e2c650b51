from contextlib import suppress
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings

from . import defaults  # noqa: F401  before any model asks for its storage


class UploadsConfig(AppConfig):
    name = "uploads"

    def ready(self):
        from . import checks  # noqa: F401  registers them

        if settings.FILE_UPLOAD_TEMP_DIR:
            with suppress(OSError):  # a check names a folder that can't be written
                Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True)
