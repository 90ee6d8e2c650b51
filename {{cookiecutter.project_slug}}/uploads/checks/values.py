"""The numbers and types of uploads in the settings."""

from django.conf import settings
from django.core import checks

from .. import defaults
from ..formats.types import FILES, PICTURE_EXTENSIONS
from .findings import finding


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def is_whole(value):
    return is_number(value) and isinstance(value, int)


@checks.register("uploads")
def check_missing(app_configs, **kwargs):
    for name in defaults.unset:
        yield finding("I001", name=name, value=getattr(settings, name))


@checks.register("uploads")
def check_numbers(app_configs, **kwargs):
    if not is_number(settings.MAX_UPLOAD_MB):
        yield finding("E017", name="MAX_UPLOAD_MB", value=settings.MAX_UPLOAD_MB, example=50)
    for name in defaults.PIXELS_AND_FRAMES:
        value = getattr(settings, name)
        if not is_whole(value):
            yield finding("E017", name=name, value=value, example=defaults.DEFAULTS[name])
    widths = settings.IMAGE_WIDTHS
    if not (isinstance(widths, list | tuple) and all(map(is_whole, widths))):
        yield finding("E018", value=widths)


@checks.register("uploads")
def check_types(app_configs, **kwargs):
    allowed, most = settings.UPLOAD_FILE_TYPES, settings.MAX_UPLOAD_MB
    if not isinstance(allowed, dict):
        yield finding("E019", value=allowed)
        return
    for extension, value in allowed.items():
        right = str(extension).lower().lstrip(".")
        if extension != right:
            yield finding("E020", extension=extension, right=right)
        elif extension not in FILES and extension not in PICTURE_EXTENSIONS:
            yield finding("E021", extension=extension)
        elif is_number(most) and not (is_number(value) and value <= most):
            yield finding("E022", extension=extension, value=value, most=most)
