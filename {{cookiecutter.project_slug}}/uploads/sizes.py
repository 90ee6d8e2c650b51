"""How large an upload may be, in numbers and in words; static/uploads/upload.js says the same."""

import math

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

MEGABYTE = 1024 * 1024  # bytes, as nginx counts


def too_large(size, most_mb):
    """The refusal of `size` bytes where `most_mb` megabytes are taken."""
    shown = round(size / MEGABYTE, 1)
    if shown <= most_mb:  # "1.0 MB; 1 MB is the most" would be no reason
        shown = math.floor(most_mb * 10 + 1) / 10
    return ValidationError(
        _("This upload has %(size)s MB; %(most)s MB is the most."),
        params={"size": number_format(shown, 1), "most": megabytes(most_mb)},
        code="too_large",
    )


def megabytes(number):
    """As people write it: "50", or "2.5" with the decimal sign of their language."""
    return number_format(f"{number:g}")
