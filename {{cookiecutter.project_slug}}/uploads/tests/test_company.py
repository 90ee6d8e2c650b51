"""No committed row loses its file, whatever else runs in the project."""

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.signals import request_finished
from django.db import IntegrityError, OperationalError, connection, transaction

from uploads import cleanup, names
from uploads.storage import DiskStorage
from uploads.tests.level import Broken, named, queue_is_down, stored, upload
from uploads.tests.models import Album, Badge, Emblem

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("nothing_is_lost"),
]


def test_queue_is_down():
    @transaction.atomic
    def create_four():
        for number in range(4):
            Album.objects.create(name=str(number), cover=upload())

    with queue_is_down(Album), pytest.raises(Broken) as held:
        create_four()
    assert Album.objects.count() == 4
    request_finished.send(None)
    assert stored() == named()
    del held  # whoever held the exception held the callbacks
    assert stored() == named()


@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt, SystemExit])
def test_queue_is_down_when_a_file_is_replaced(album, error):
    def fail():
        raise error

    @transaction.atomic
    def replace():
        album.cover = upload(600)
        transaction.on_commit(fail)
        album.save()

    with pytest.raises(error):
        replace()
    request_finished.send(None)
    assert stored() == named()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_process_is_told_to_stop_while_it_deletes(album, monkeypatch, error):
    def stop(self, name):
        raise error

    album.cover = upload(600)
    monkeypatch.setattr(DiskStorage, "delete", stop)
    with pytest.raises(error):
        album.save()
    assert Album.objects.get().cover.width == 600


def test_answer_to_commit_is_lost(album, monkeypatch):
    def commit():
        connection.connection.commit()
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch, suppress(OperationalError):
        patch.setattr(connection, "_commit", commit)
        Album.objects.create(name="two", cover=upload())
    assert Album.objects.count() == 2
    assert named() <= stored()


def test_transactions_by_hand(album):
    transaction.set_autocommit(False)
    try:
        Album.objects.create(name="two", cover=upload())
        album.cover = upload(600)
        album.save()
        transaction.commit()
        Album.objects.create(name="three", cover=upload())
        request_finished.send(None)  # no safe point: a transaction is open
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert Album.objects.count() == 2
    cleanup.settle()
    assert stored() == named()


def test_savepoints_by_hand(album):
    with transaction.atomic():
        begin = getattr(transaction, "savepoint_create", None) or transaction.savepoint
        point = begin()
        album.cover = upload(600)
        album.save()
        Album.objects.create(name="two", cover=upload())
        transaction.savepoint_rollback(point)
        Album.objects.create(name="three", cover=upload())
    assert Album.objects.get(name="one").cover.width == 500
    assert named() <= stored()


@pytest.mark.parametrize(("attribute", "name"), [("picture", "emblem"), ("second", "second")])
def test_default_of_any_kind_stays(attribute, name):
    default = f"badges/{name}.png"
    Emblem.memory.save(default, ContentFile(b"x"))
    emblem = Emblem.objects.create(picture=upload(), second=upload())
    replaced = getattr(emblem, attribute).name
    setattr(emblem, attribute, default)
    emblem.save()
    assert not Emblem.memory.exists(replaced)
    setattr(emblem, attribute, upload())
    emblem.save()
    emblem.delete()
    assert Emblem.memory.exists(default)
    Emblem.memory.delete(default)


def test_what_a_callable_may_give_later_stays():
    later = Emblem.memory.save("emblems/two.png", ContentFile(b"x"))
    Emblem.objects.create(picture=later).delete()
    assert Emblem.memory.exists(later)


@pytest.mark.parametrize("adding", [True, False])
def test_stale_copy_of_a_row(album, adding):
    stale = Album.objects.get()
    stale.pk, stale.name, stale._state.adding = None, "two", adding
    stale.save()
    album.delete()
    assert Album.objects.get().cover.name in stored()
    again = Album.objects.get()
    Album.objects.all().delete()
    again.pk, again._state.adding = None, adding
    with pytest.raises(ValidationError, match="is gone"):
        again.save()
    assert not Album.objects.exists()


@pytest.mark.parametrize(
    "name_again",
    [
        lambda stale: Album.objects.create(name="two", cover=stale.cover),
        lambda stale: Album.objects.create(name="two", back=stale.cover.name),
        lambda stale: Album.objects.bulk_create([Album(name="two", cover=stale.cover)]),
        lambda stale: Album.objects.filter(name="other").update(cover=stale.cover),
        lambda stale: Album.objects.filter(name="other").update(cover=stale.cover.name),
    ],
)
def test_file_that_is_gone_is_not_named_again(album, name_again):
    Album.objects.create(name="other")
    stale = Album.objects.get(name="one")
    album.delete()
    with pytest.raises(ValidationError, match="is gone"):
        name_again(stale)


def test_name_that_code_types_is_its_own():
    """Imports and tests may name files that are not there yet, as with Django's own field."""
    badge = Badge.objects.create(picture="imported/later.jpg")
    with pytest.raises(IntegrityError):
        Badge.objects.create(pk=badge.pk, picture=storages["default"].save("a.jpg", upload()))
    assert stored() == {"a.jpg"}
    badge.delete()


def test_default_need_not_be_there():
    """It is never deleted: a copy of a row may name it, even where media was left at home."""
    Badge.objects.create()
    badge = Badge.objects.get()
    badge.pk, badge._state.adding = None, True
    badge.save()
    assert Badge.objects.filter(picture="badges/default.png").count() == 2
    Badge.objects.all().delete()


def test_rendition_that_another_row_names_stays(album):
    rendition = album.cover.renditions and names.rendition(album.cover.name, 400)
    Badge.objects.create(picture=rendition)
    picture = album.cover.name
    album.delete()
    assert stored() == {rendition}
    assert picture not in stored()
