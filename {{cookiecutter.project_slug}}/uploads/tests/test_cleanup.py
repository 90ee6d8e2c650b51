"""Files follow their rows."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.signals import request_finished
from django.db import IntegrityError, transaction

from uploads.storage import DiskStorage, StorageUnavailable
from uploads.tests.level import all_stored, paper, sweep, upload
from uploads.tests.models import Album, Badge, Paper

# Files follow the commit, so these tests commit.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("level")]


def test_upload_is_stored_with_its_renditions(album):
    assert len(all_stored()["default"]) == 2
    assert album.cover.width == 500


def test_replace(album):
    before = all_stored()["default"]
    album.cover = upload(600)
    album.save()
    assert not before & all_stored()["default"]


def test_deleted_files_are_kept_while_a_backup_is_made(album):
    before = all_stored()["default"]
    call_command("keep_deleted", "on")
    album.cover = upload(600)
    album.save()
    Paper.objects.create(file=paper()).delete()
    assert before < all_stored()["default"]
    assert len(all_stored()["private"]) == 2  # one of them says that a backup is being made
    call_command("keep_deleted", "off")
    call_command("keep_deleted", "off")  # once more does no harm
    album.delete()
    assert all_stored()["default"] == before  # what was kept stays for `orphans`
    sweep()


@pytest.mark.parametrize("method", ["_open", "delete"])
def test_storage_that_fails_at_a_deletion_is_logged(album, monkeypatch, caplog, method):
    def fail(self, *args):
        raise OSError("frozen")

    with monkeypatch.context() as patch:
        patch.setattr(DiskStorage, method, fail)
        album.delete()
    assert not Album.objects.exists()
    assert "frozen" in caplog.text
    sweep()


def test_replace_through_the_file(album):
    album.cover.save("b.jpg", upload(600))
    assert Album.objects.get().cover.width == 600


def test_clear(album):
    album.cover = ""
    album.save()
    assert all_stored()["default"] == set()


def test_clear_through_the_file(album):
    album.cover.delete()
    assert all_stored()["default"] == set()
    assert not Album.objects.get().cover


def test_delete(album):
    album.delete()
    assert all_stored()["default"] == set()


def test_delete_cascades(album):
    Paper.objects.create(album=album, file=paper())
    album.delete()
    assert all_stored() == {"default": set(), "private": set()}


def test_delete_queryset(album):
    Album.objects.create(name="two", cover=upload(), back=upload())
    Album.objects.all().delete()
    assert all_stored()["default"] == set()


def test_bulk_create():
    Album.objects.bulk_create(Album(name=str(n), cover=upload()) for n in range(3))
    assert len(all_stored()["default"]) == 6


def test_folder_may_be_left_out():
    badge = Badge.objects.create(picture=upload())
    assert badge.picture.width == 500
    assert badge.picture.name in all_stored()["default"]
    badge.delete()
    assert all_stored()["default"] == set()


def test_default_stays_for_rows_to_come():
    default = storages["default"].save("badges/default.png", ContentFile(b"x"))
    badge = Badge.objects.create()
    assert badge.picture.name == default
    badge.picture = upload()
    badge.save()
    badge.delete()
    assert all_stored()["default"] == {default}
    storages["default"].delete(default)


def test_failed_save_leaves_nothing(album):
    with pytest.raises(IntegrityError):
        Album.objects.create(name=album.name, cover=upload())
    assert len(all_stored()["default"]) == 2


def test_failed_save_can_be_repeated(album):
    second = Album(name=album.name, cover=upload(600))
    with pytest.raises(IntegrityError):
        second.save()
    second.name = "two"
    second.save()
    assert Album.objects.get(name="two").cover.width == 600


def test_rollback_keeps_the_old_file(album):
    before = all_stored()
    with transaction.atomic():
        album.cover = upload(600)
        album.save()
        album.delete()
        transaction.set_rollback(True)
    assert before["default"] < all_stored()["default"]
    request_finished.send(None)
    assert all_stored() == before


def test_rollback_to_a_savepoint(album):
    with transaction.atomic():
        with transaction.atomic():
            Album.objects.create(name="two", cover=upload())
            transaction.set_rollback(True)
        album.cover = upload(600)
        album.save()


def test_nothing_is_deleted_before_the_commit(album):
    old = album.cover.name
    with transaction.atomic():
        album.cover = upload(600)
        album.save()
        assert old in all_stored()["default"]
    assert old not in all_stored()["default"]


def test_nothing_unchecked_reaches_the_storage(album):
    html = ContentFile(b"<script>", name="evil.html")
    for attempt in (
        lambda: Album.objects.create(name="two", cover=html),
        lambda: album.cover.save("evil.html", html),
        lambda: album.cover.save("evil.jpg", html),
        lambda: Album(name="two", cover=html).full_clean(),
        lambda: Album.objects.bulk_create([Album(name="two", cover=html)]),
        lambda: Paper.objects.create(file=html),
    ):
        with pytest.raises(ValidationError):
            attempt()
    assert len(all_stored()["default"]) == 2


def test_failing_storage_leaves_nothing(album, monkeypatch):
    storage = storages["default"]
    save = storage._save

    def full(name, content):
        if "400w" in name:
            raise OSError(28, "No space left on device")
        return save(name, content)

    monkeypatch.setitem(vars(storage), "_save", full)
    with pytest.raises(StorageUnavailable):
        Album.objects.create(name="two", cover=upload())
    assert Album.objects.count() == 1


def test_storage_that_can_not_delete_does_not_stop_the_page(album, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setitem(vars(storages["default"]), "delete", lambda name: 1 / 0)
        album.delete()
    assert "could not be deleted" in caplog.text
    for name in all_stored()["default"]:
        storages["default"].delete(name)


def test_file_that_can_not_be_deleted_keeps_no_other(album, monkeypatch, caplog):
    original = DiskStorage.delete
    bad = album.cover.name

    def delete(self, name):
        if name == bad:
            raise PermissionError(13, "Permission denied")
        original(self, name)

    Album.objects.create(name="two", cover=upload())
    with monkeypatch.context() as patch:
        patch.setattr(DiskStorage, "delete", delete)
        Album.objects.all().delete()
    assert all_stored()["default"] == {bad}
    assert caplog.text.count("could not be deleted") == 1
    sweep()


def test_bulk_update_refuses_what_is_not_stored(album):
    album.cover = upload()
    with pytest.raises(ValueError, match="save"):
        Album.objects.bulk_update([album], ["cover"])
