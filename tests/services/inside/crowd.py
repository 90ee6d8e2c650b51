"""Run in a site: one of several processes that do all there is to do to the same rows at once.

crowd.py SECONDS SEED: prints {"operations", "refused", "swept", "lost", ...}. `lost` are files
that a committed row names and that are not there.
"""

import json
import random
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.exceptions import ValidationError  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.signals import request_finished  # noqa: E402
from django.db import IntegrityError, OperationalError, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from library.models import Photo  # noqa: E402
from uploads import cleanup, names  # noqa: E402
from uploads.tests.examples import jpeg  # noqa: E402

LEAST = 60  # operations
seconds, seed = float(sys.argv[1]), int(sys.argv[2])
dice = random.Random(seed)
content = jpeg(450, 300)  # with one rendition
owner = get_user_model().objects.order_by("pk").first()
storage = Photo._meta.get_field("image").storage
stale = []  # copies of rows as they were
count, lost = Counter(), []


class Broken(Exception):
    """The queue is down."""


def fail():
    raise Broken


def upload():
    return ContentFile(content, name="a.jpg")


def any_row():
    pks = list(Photo.objects.values_list("pk", flat=True))
    row = pks and Photo.objects.filter(pk=dice.choice(pks)).first()
    return row or Photo.objects.create(owner=owner, image=upload())


def create():
    if Photo.objects.count() < 12:
        Photo.objects.create(owner=owner, image=upload())


def replace():
    row = any_row()
    row.image = upload()
    row.save()


def clear():
    row = any_row()
    row.image = ""
    row.save()


def delete():
    any_row().delete()


def delete_several():
    Photo.objects.filter(pk__in=[any_row().pk, any_row().pk]).delete()


def copy(row=None):
    row = row or any_row()
    row.pk = None
    row.save()


def share():
    one, two = any_row(), any_row()
    if one.image:
        two.image = one.image
        two.save()


def remember():
    stale.append(any_row())


def use_stale():
    if stale:
        row = stale.pop(dice.randrange(len(stale)))
        dice.choice([copy, Photo.save, Photo.delete])(row) if row.pk else None


def slow_copy():
    with transaction.atomic():
        copy()
        time.sleep(dice.random() / 20)


def roll_back():
    with transaction.atomic():
        dice.choice([replace, create, clear, copy, share])()
        dice.choice([replace, create, clear, copy, share])()
        raise Broken


def queue_is_down():
    with transaction.atomic():
        replace()
        transaction.on_commit(fail)
        create()


def sweep():
    """`orphans`, of files that are seconds old."""
    before = timezone.now() - timedelta(seconds=3)
    old = [entry.name for entry in storage.walk() if entry.changed < before]
    old = [name for name in old if name != cleanup.KEEP and "/." not in f"/{name}"]
    count["swept"] += len([*cleanup.delete_unnamed(storage, old)])


def audit():
    """Look for each file of each row; one that is missing may have gone with its row meanwhile."""
    for name in set(Photo.objects.exclude(image="").values_list("image", flat=True)):
        for file in (name, *names.renditions(name).values()):
            if not storage.exists(file) and Photo.objects.filter(image=name).exists():
                lost.append(file)


OPERATIONS = [create, replace, clear, delete, delete_several, copy, share, remember, use_stale]
OPERATIONS += [slow_copy, roll_back, queue_is_down, audit]
start = time.monotonic()
while (past := time.monotonic() - start) < seconds or (
    count["operations"] < LEAST and past < 5 * seconds  # on a busy machine
):
    operation = sweep if dice.random() < 0.03 else dice.choice(OPERATIONS)
    count["operations"] += 1
    with suppress(Broken):
        try:
            operation()
        except ValidationError as error:
            count["refused" if "is gone" in str(error) else str(error)] += 1
        except IntegrityError:  # two have saved copies of one deleted row
            count["again"] += 1
        except OperationalError as error:  # SQLite's writers wait a few seconds for each other
            count[str(error)] += 1
    if dice.random() < 0.3:
        request_finished.send(None)
request_finished.send(None)
audit()
print(json.dumps({**count, "lost": lost}))
