from django.apps import AppConfig

from . import defaults  # noqa: F401  before any model asks for its storage


class UploadsConfig(AppConfig):
    name = "uploads"

    def ready(self):
        from . import checks  # noqa: F401  registers them
