"""Saves that fail, are tried again, or lie within one another lose no file."""

import copy
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.signals import request_finished
from django.db import IntegrityError, connection, transaction
from django.db.models.signals import pre_save

from uploads import cleanup, tracking
from uploads.formats import pictures
from uploads.storage import DiskStorage
from uploads.tests.level import Broken, named, paper, stored, upload
from uploads.tests.models import Album, Record, Ticket

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("nothing_is_lost"),
]


def test_failed_bulk_create_leaves_nothing(album):
    before = stored()
    with pytest.raises(IntegrityError):
        Album.objects.bulk_create([Album(name=n, cover=upload()) for n in ("two", "one")])
    request_finished.send(None)
    assert stored() == before


def test_second_file_is_refused_and_the_first_goes():
    with pytest.raises(ValidationError):
        Album.objects.create(name="one", cover=upload(), back=ContentFile(b"x", name="a.jpg"))
    assert stored() == set()


def in_transaction_at(monkeypatch, owner, name):
    """Whether a transaction is open, each time that a method is called."""
    called, asked = getattr(owner, name), []

    def wrapper(*args, **kwargs):
        asked.append(connection.in_atomic_block)
        return called(*args, **kwargs)

    monkeypatch.setattr(owner, name, wrapper)
    return asked


@pytest.mark.parametrize(
    "save",
    [
        lambda album: Album.objects.create(name="two", cover=upload(), back=upload()),
        lambda album: Album(pk=album.pk, name="three", cover=upload()).save(),
        lambda album: album.cover.save("a.jpg", upload()),
    ],
)
def test_pictures_are_decoded_and_stored_before_the_transaction(album, save, monkeypatch):
    """SQLite has one lock for all who write."""
    decoded = in_transaction_at(monkeypatch, pictures, "process")
    stored_then = in_transaction_at(monkeypatch, DiskStorage, "_save")
    save(album)
    assert decoded
    assert stored_then
    assert not any(decoded + stored_then)


def test_callable_upload_to_sees_what_django_shows_it(monkeypatch):
    """The values that pre_save() of other fields gives; the work is still done before."""
    field = Album._meta.get_field("cover")
    monkeypatch.setattr(field, "upload_to", lambda instance, name: f"covers/{name}")
    decoded = in_transaction_at(monkeypatch, pictures, "process")
    album = Album.objects.create(name="one", cover=upload())
    assert decoded == [False]
    assert album.cover.name.startswith("covers/")


def test_instance_that_was_made_by_hand(album):
    by_hand = Album(pk=album.pk, name="one", cover=upload(600))
    by_hand._state.adding = False
    by_hand.save()
    assert Album.objects.get().cover.width == 600
    assert stored() == named()


def test_upload_is_tried_again_after_its_transaction_was_rolled_back(album):
    two = Album(name="two", cover=upload(600))
    with suppress(Broken), transaction.atomic():
        two.save()
        raise Broken
    request_finished.send(None)
    two.pk = None
    two.save()
    assert Album.objects.get(name="two").cover.width == 600
    assert stored() == named()


@pytest.mark.parametrize("how", ["delete", "copy", "other field"])
def test_upload_of_a_rollback_is_not_named_by_another_way(how):
    """Whatever happened to it in the transaction, a name that is gone is not written again."""
    two = Album(name="two", cover=upload(600))
    with suppress(Broken), transaction.atomic():
        two.save()
        if how == "delete":
            two.delete()
        if how == "other field":
            two.back = two.cover.name
            two.save()
        raise Broken
    again = copy.copy(two) if how == "copy" else two
    request_finished.send(None)
    again.pk = None
    with suppress(ValidationError):
        again.save()
    assert named() <= stored()


@pytest.mark.parametrize("content", ["new", ""])
@pytest.mark.parametrize("settled", [True, False])
def test_what_was_rolled_back_is_saved_at_the_next_try(album, content, settled):
    album.cover = content and upload(600)
    with suppress(Broken), transaction.atomic():
        album.save()
        raise Broken
    if settled:
        request_finished.send(None)
    album.save()
    now = Album.objects.get()
    assert now.cover.width == (600 if content else None)
    assert stored() == named()


def test_pk_behind_the_file():
    Ticket.objects.create(code="one", file=paper())
    ticket = Ticket.objects.get(code="one")
    ticket.file = paper()
    ticket.save()
    ticket.save()
    assert stored("private") == named(Ticket)
    ticket.delete()
    assert stored("private") == set()


@pytest.mark.parametrize("which", ["itself", "copy", "read again"])
def test_file_that_went_before_anybody_was_asked(which):
    """Its transaction committed with an error of another callback; then another process came."""

    def fail():
        raise Broken

    two = Album(name="two")
    with suppress(Broken), transaction.atomic():
        transaction.on_commit(fail)
        two.cover.save("b.jpg", upload(600))
    again = {"itself": two, "copy": copy.copy(two), "read again": Album.objects.get()}[which]
    Album.objects.filter(name="two")._raw_delete("default")
    for name in stored():
        storages["default"].delete(name)
    again.pk = None
    with pytest.raises(ValidationError, match="is gone"):
        again.save()
    assert not Album.objects.exists()


def test_former_version_is_put_back():
    record = Record.objects.create(file=paper())
    former = Record.objects.get()
    record.file = paper()
    record.save()
    record.file = former.file
    record.save()
    assert Record.objects.get().file.name == former.file.name


def test_draft_takes_the_place_of_another_row(album):
    draft = Album.objects.create(name="draft", cover=upload(600))
    draft = Album.objects.get(pk=draft.pk)
    draft.pk, draft.name = album.pk, "published"
    draft.save()
    assert Album.objects.get(name="published").cover.width == 600
    assert named() <= stored()


def test_handler_that_replaces_the_file(album):
    def replace(instance, **kwargs):
        instance.cover = upload(600)

    pre_save.connect(replace, sender=Album)
    try:
        album.save()
    finally:
        pre_save.disconnect(replace, sender=Album)
    assert Album.objects.get().cover.width == 600
    assert stored() == named()


def test_save_within_a_save(album):
    """The inner one's commit is a safe point, but not for the upload that the outer one carries."""

    def save_another(instance, **kwargs):
        if instance.name == "one":
            Album.objects.create(name="log")

    pre_save.connect(save_another, sender=Album)
    try:
        album.cover.save("b.jpg", upload(600))
    finally:
        pre_save.disconnect(save_another, sender=Album)
    assert Album.objects.get(name="one").cover.width == 600
    assert stored() == named()


def test_write_outside_of_a_transaction_is_asked_about_at_the_end_of_the_request():
    """As those of bulk_create() on Django 6.1: at another safe point it may be going on."""
    two = Album(name="two")
    two.cover.save("a.jpg", upload(), save=False)
    tracking.before_write(Album._meta.get_field("cover"), two.cover, connection)
    Album.objects.create(name="log", cover=upload()).delete()
    assert two.cover.name in stored()
    request_finished.send(None)
    assert stored() == set()


def test_file_that_was_set_before_the_commit_of_another(album):
    two = Album.objects.create(name="two", cover=upload(600))
    with transaction.atomic():
        album.cover = upload(550)
        album.save()
        album.cover = two.cover
    album.save()
    assert Album.objects.get(name="one").cover.name == two.cover.name


@pytest.mark.django_db(transaction=False)
def test_nothing_is_noted_in_the_transaction_of_a_test(album):
    """Its rows come back at its end, and so may have files of the developer's own."""
    album.cover = upload(600)
    album.save()
    album.delete()
    assert (cleanup.notes().files, cleanup.notes().later) == ({}, {})
