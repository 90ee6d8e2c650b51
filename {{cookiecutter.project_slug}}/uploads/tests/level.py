"""What is stored, and what rows name: for tests of both."""

from contextlib import contextmanager
from io import StringIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import transaction
from django.db.models.signals import post_save
from PIL import Image

from uploads import names, tracking
from uploads.tests.examples import jpeg, pdf
from uploads.tests.models import Album, Badge, Paper


class Broken(Exception):
    """Such as that of a queue whose broker is down."""


def upload(width=500, name="a.jpg"):
    return ContentFile(jpeg(width, 300), name=name)


def sent(name="a.jpg", content=None):
    return ContentFile(content or jpeg(500, 60), name=name)


def paper():
    return ContentFile(pdf(), name="a.pdf")


def stored(alias="default"):
    return {entry.name for entry in storages[alias].walk()}


def named(*models):
    """All that rows of these models name, renditions included."""
    found = set()
    for model in models or (Album, Badge):
        for field in tracking.own_fields(model):
            for name in filter(None, model.objects.values_list(field.attname, flat=True)):
                found |= {name, *names.renditions(name).values()}
    return found


@contextmanager
def queue_is_down(sender):
    def enqueue(instance, **kwargs):
        def delay():
            raise Broken

        transaction.on_commit(delay)

    post_save.connect(enqueue, sender=sender)
    yield
    post_save.disconnect(enqueue, sender=sender)


def all_stored():
    """All files there are, by storage."""
    return {
        alias: {entry.name for entry in storages[alias].walk()} for alias in ("default", "private")
    }


def all_named():
    """All files that rows name, renditions included."""
    files = {"default": set(), "private": set()}
    for album in Album.objects.all():
        for picture in (album.cover, album.back):
            if picture:
                files["default"] |= {picture.name, *names.renditions(picture.name).values()}
    for row in Paper.objects.exclude(file=""):
        files["private"] |= {row.file.name, *row.file.field.renditions_of(row.file.name)}
    return files


def sweep():
    """`orphans`, told their number. It wants to see rows: on an empty database it would refuse."""
    Album.objects.create(name="empty")
    Paper.objects.create(title="empty")
    options = {"older_than": -1, "site_is_stopped": True, "stdout": StringIO()}
    call_command("orphans", **options)
    number = int(options["stdout"].getvalue().splitlines()[-1].split()[0])
    call_command("orphans", delete=number, **options)


def stored_picture(name):
    with storages["default"].open(name) as file, Image.open(file) as picture:
        return picture.copy()


def refusals(field, file):
    """What the validators say, which full_clean() asks and serializers of APIs copy."""
    said = []
    for validator in field.validators:
        try:
            validator(file)
        except ValidationError as error:
            said += error.messages
    return said
