"""STORAGES and buckets."""

from django.conf import settings
from django.core import checks
from django.core.files.storage import storages

from .findings import finding
from .places import PRIVATE, PUBLIC, places


@checks.register("uploads")
def check_removed_settings(app_configs, **kwargs):
    removed = {"DEFAULT_FILE_STORAGE": "default", "STATICFILES_STORAGE": "staticfiles"}
    for name, key in removed.items():
        if hasattr(settings, name):
            yield finding("E010", name=name, key=key, value=getattr(settings, name))


@checks.register("uploads")
def check_buckets(app_configs, **kwargs):
    """That public and private files are apart, and that both can be signed for."""
    with_bucket = [place for place in places() if place.bucket]
    if not with_bucket:
        return
    if PUBLIC.bucket == PRIVATE.bucket:
        yield finding("E011", bucket=PUBLIC.bucket)
    if not getattr(storages[with_bucket[0].storage], "region", "unknown"):
        yield finding("W007")
    if settings.DEBUG:
        yield finding("W009")


@checks.register("uploads", deploy=True)
def check_both_buckets(app_configs, **kwargs):
    """That no file is left on the disk of one machine when the others went into a bucket."""
    for place, other in ((PUBLIC, PRIVATE), (PRIVATE, PUBLIC)):
        if place.bucket and other.on_disk:
            yield finding("W008", place=place, other=other)
