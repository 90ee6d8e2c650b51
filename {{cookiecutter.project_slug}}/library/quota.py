"""UPLOAD_QUOTA_MB: how many megabytes the files of one owner may have, in all samples together."""

from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils.translation import gettext as _

from uploads.formats.accept import Refused
from uploads.sizes import MEGABYTE, megabytes


def size(file):
    """Bytes of an upload as it will be stored, with its renditions."""
    accepted = file.field.accept(file.file, file.name)
    stored = file.size if accepted.content is None else len(accepted.content)
    return stored + sum(map(len, accepted.renditions.values()))


def used(owner, but):
    """Bytes of all files of an owner, but for those of the row `but`."""
    total = 0
    for model in apps.get_app_config("library").get_models():
        if not {"bytes", "owner"} <= {field.name for field in model._meta.fields}:
            continue  # no sample
        rows = model._base_manager.filter(owner=owner)
        rows = rows.exclude(pk=but.pk) if isinstance(but, model) else rows
        total += rows.aggregate(total=models.Sum("bytes"))["total"] or 0
    return total


def check(item):
    """Refuse what would be too much for its owner."""
    most, total = settings.UPLOAD_QUOTA_MB, used(item.owner_id, item) + item.bytes
    if total <= most * MEGABYTE:
        return
    refused = Refused(
        _(
            "Your files would have %(size)s MB together; %(most)s MB is the most. Delete "
            "some first."
        ),
        params={"size": megabytes(-(-total * 10 // MEGABYTE) / 10), "most": most},
        code="quota",
    )
    refused.field = item.upload_field().name
    raise refused


@contextmanager
def kept(item):
    """Save `item` inside: what is too much for its owner is Refused, also by ten saves at once."""
    if settings.UPLOAD_QUOTA_MB is None:
        yield
        return
    check(item)
    item.upload_field().store_before(item)  # while nobody waits for it
    with transaction.atomic():
        # Whoever saves for the same owner waits here until the other is counted.
        get_user_model().objects.select_for_update().get(pk=item.owner_id)
        check(item)
        yield
