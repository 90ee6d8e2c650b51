"""The numbers and types of uploads in the settings; defaults.py has the rules."""

from django.conf import settings
from django.core import checks

from .. import defaults
from .findings import finding


@checks.register("uploads")
def check_missing(app_configs, **kwargs):
    """What is missing among others; a site that has none of them means the defaults."""
    if len(defaults.unset) <= len(defaults.DEFAULTS):
        for name in defaults.unset:
            yield finding("I001", name=name, value=getattr(settings, name))


@checks.register("uploads")
def check_values(app_configs, **kwargs):
    numbers = set()
    for name in (*defaults.DEFAULTS, "UPLOAD_FILE_TYPES"):
        value = defaults.wrong.get(name, getattr(settings, name))
        for number, values in defaults.problems(name, value):
            # Its limits are mostly MAX_UPLOAD_MB, of which one line says enough.
            if number != "E022" or "MAX_UPLOAD_MB" not in numbers:
                yield finding(number, **values)
            numbers.add(name)
