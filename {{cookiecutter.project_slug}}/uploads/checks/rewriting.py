"""That videos can be rewritten, where there are fields that take some."""

from django.core import checks

from .. import cleanup, fields
from ..formats import videos
from .findings import finding


@checks.register("uploads")
def check_rewriting(app_configs, **kwargs):
    ours = [field for field in cleanup.file_fields() if isinstance(field, fields.UploadMixin)]
    if not videos.can_rewrite() and any(videos.STORED_AS.keys() & f.extensions for f in ours):
        yield finding("I002")
