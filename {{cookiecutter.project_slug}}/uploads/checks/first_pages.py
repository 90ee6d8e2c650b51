"""That the first pages of PDFs can be drawn, where there are fields that take some."""

from django.core import checks

from .. import cleanup, fields
from ..formats import pdfs
from .findings import finding


@checks.register("uploads")
def check_first_pages(app_configs, **kwargs):
    ours = [field for field in cleanup.file_fields() if isinstance(field, fields.FileField)]
    if not pdfs.can_draw() and any("pdf" in field.extensions for field in ours):
        yield finding("I003")
