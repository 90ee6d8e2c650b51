"""A row that was loaded twice, copied, or loaded in part keeps its files."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError
from django.test import override_settings

from uploads.tests.level import all_stored, sweep, upload
from uploads.tests.models import Album

# Files follow the commit, so these tests commit.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("level")]


class Replica:
    """A database that is read from, and that has heard of nothing yet."""

    def db_for_read(self, model, **hints):
        raise AssertionError("a replica may lag behind")


def test_replica_is_not_asked_what_rows_name(album):
    storages["default"].save("lost.jpg", ContentFile(b"x"))
    with override_settings(DATABASE_ROUTERS=[Replica()]):
        sweep()
        album.delete()
    assert all_stored()["default"] == set()


@pytest.mark.parametrize("load", [Album.objects.only("name"), Album.objects.defer("cover")])
def test_rows_that_did_not_load_their_file(album, load):
    partial = load.get()
    partial.name = "renamed"
    partial.save()
    assert Album.objects.get().cover
    load.get().delete()
    assert all_stored()["default"] == set()


def test_stale_copy_does_not_bring_the_old_name_back(album):
    stale = Album.objects.get()
    album.cover = upload(600)
    album.save()
    stale.name = "renamed"
    stale.save()
    now = Album.objects.get()
    assert (now.name, now.cover.width) == ("renamed", 600)


def test_stale_copy_is_deleted_with_the_newer_file(album):
    stale = Album.objects.get()
    album.cover = upload(600)
    album.save()
    stale.delete()
    assert all_stored()["default"] == set()


@pytest.mark.parametrize("pk", [None, "its own"])
def test_stale_copy_of_a_deleted_row_is_refused(album, pk):
    stale = Album.objects.get()
    album.delete()
    stale.pk = stale.pk if pk else None
    with pytest.raises(ValidationError, match="is gone"):
        stale.save()
    stale.cover = upload(600)
    stale.save()
    assert Album.objects.get().cover.width == 600


def test_refreshed_copy_counts_as_untouched(album):
    stale = Album.objects.get()
    stale.refresh_from_db()
    album.cover = upload(600)
    album.save()
    stale.save()
    assert Album.objects.get().cover.width == 600


def test_refreshed_copy_forgets_what_was_set(album):
    stale = Album.objects.get()
    stale.cover = upload(550)
    stale.refresh_from_db()
    album.cover = upload(600)
    album.save()
    stale.save()
    assert Album.objects.get().cover.width == 600


def test_saved_copy_counts_as_untouched(album):
    album.cover = upload(550)
    album.save()
    newer = Album.objects.get()
    newer.cover = upload(600)
    newer.save()
    album.save()
    assert Album.objects.get().cover.width == 600


def test_fields_change_places(album):
    album.back = upload(600)
    album.save()
    album.cover, album.back = album.back, album.cover
    album.save()
    now = Album.objects.get()
    assert (now.cover.width, now.back.width) == (600, 500)


def test_one_field_takes_the_file_of_another(album):
    album.back = upload(600)
    album.save()
    album.cover = album.back
    album.save()
    now = Album.objects.get()
    assert now.cover.name == now.back.name


def test_failed_clearing_can_be_repeated(album):
    Album.objects.create(name="two")
    album.cover, album.name = "", "two"
    with pytest.raises(IntegrityError):
        album.save()
    album.name = "one"
    album.save()
    assert not Album.objects.get(name="one").cover


def test_file_on_two_rows_stays_until_both_are_gone(album):
    second = Album.objects.create(name="two", cover=album.cover)
    album.delete()
    assert len(all_stored()["default"]) == 2
    second.delete()
    assert all_stored()["default"] == set()


def test_update_fields(album):
    album.cover = upload(600)
    album.name = "renamed"
    album.save(update_fields=["name"])
    assert Album.objects.get().cover.width == 500
    album.save(update_fields=["cover"])
    assert Album.objects.get().cover.width == 600
