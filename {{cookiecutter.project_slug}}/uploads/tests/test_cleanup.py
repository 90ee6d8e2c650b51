from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.signals import request_finished
from django.db import IntegrityError, transaction
from django.test import override_settings

from uploads import names
from uploads.storage import DiskStorage, StorageUnavailable
from uploads.tests.examples import jpeg, pdf
from uploads.tests.models import Album, Badge, Paper

# Files follow the commit, so these tests commit.
pytestmark = pytest.mark.django_db(transaction=True)


def upload(width=500, name="a.jpg"):
    return ContentFile(jpeg(width, 300), name=name)


def paper(name="a.pdf"):
    return ContentFile(pdf(), name=name)


def stored():
    """All files there are, by storage."""
    return {
        alias: {entry.name for entry in storages[alias].walk()} for alias in ("default", "private")
    }


def sweep():
    """`orphans`, told their number. It wants to see rows: on an empty database it would refuse."""
    Album.objects.create(name="empty")
    Paper.objects.create(title="empty")
    options = {"older_than": -1, "site_is_stopped": True, "stdout": StringIO()}
    call_command("orphans", **options)
    number = int(options["stdout"].getvalue().splitlines()[-1].split()[0])
    call_command("orphans", delete=number, **options)


def named():
    """All files that rows name, renditions included."""
    files = {"default": set(), "private": set()}
    for album in Album.objects.all():
        for picture in (album.cover, album.back):
            if picture:
                files["default"] |= {picture.name, *names.renditions(picture.name).values()}
    files["private"] = set(Paper.objects.exclude(file="").values_list("file", flat=True))
    return files


@pytest.fixture
def album():
    return Album.objects.create(name="one", cover=upload())


@pytest.fixture(autouse=True)
def _level():
    """After each test, there are the files that rows name, and no others."""
    yield
    assert stored() == named()


def test_upload_is_stored_with_its_renditions(album):
    assert len(stored()["default"]) == 2
    assert album.cover.width == 500


def test_replace(album):
    before = stored()["default"]
    album.cover = upload(600)
    album.save()
    assert not before & stored()["default"]


def test_deleted_files_are_kept_while_a_backup_is_made(album):
    before = stored()["default"]
    call_command("keep_deleted", "on")
    album.cover = upload(600)
    album.save()
    Paper.objects.create(file=paper()).delete()
    assert before < stored()["default"]
    assert len(stored()["private"]) == 2  # one of them says that a backup is being made
    call_command("keep_deleted", "off")
    call_command("keep_deleted", "off")  # once more does no harm
    album.delete()
    assert stored()["default"] == before  # what was kept stays for `orphans`
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
    assert stored()["default"] == set()


def test_clear_through_the_file(album):
    album.cover.delete()
    assert stored()["default"] == set()
    assert not Album.objects.get().cover


def test_delete(album):
    album.delete()
    assert stored()["default"] == set()


def test_delete_cascades(album):
    Paper.objects.create(album=album, file=paper())
    album.delete()
    assert stored() == {"default": set(), "private": set()}


def test_delete_queryset(album):
    Album.objects.create(name="two", cover=upload(), back=upload())
    Album.objects.all().delete()
    assert stored()["default"] == set()


def test_bulk_create():
    Album.objects.bulk_create(Album(name=str(n), cover=upload()) for n in range(3))
    assert len(stored()["default"]) == 6


def test_folder_may_be_left_out():
    badge = Badge.objects.create(picture=upload())
    assert badge.picture.width == 500
    assert badge.picture.name in stored()["default"]
    badge.delete()
    assert stored()["default"] == set()


def test_default_stays_for_rows_to_come():
    default = storages["default"].save("badges/default.png", ContentFile(b"x"))
    badge = Badge.objects.create()
    assert badge.picture.name == default
    badge.picture = upload()
    badge.save()
    badge.delete()
    assert stored()["default"] == {default}
    storages["default"].delete(default)


def test_failed_save_leaves_nothing(album):
    with pytest.raises(IntegrityError):
        Album.objects.create(name=album.name, cover=upload())
    assert len(stored()["default"]) == 2


def test_failed_save_can_be_repeated(album):
    second = Album(name=album.name, cover=upload(600))
    with pytest.raises(IntegrityError):
        second.save()
    second.name = "two"
    second.save()
    assert Album.objects.get(name="two").cover.width == 600


def test_rollback_keeps_the_old_file(album):
    before = stored()
    with transaction.atomic():
        album.cover = upload(600)
        album.save()
        album.delete()
        transaction.set_rollback(True)
    assert before["default"] < stored()["default"]
    request_finished.send(None)
    assert stored() == before


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
        assert old in stored()["default"]
    assert old not in stored()["default"]


class Replica:
    """A database that is read from, and that has heard of nothing yet."""

    def db_for_read(self, model, **hints):
        raise AssertionError("a replica may lag behind")


def test_replica_is_not_asked_what_rows_name(album):
    storages["default"].save("lost.jpg", ContentFile(b"x"))
    with override_settings(DATABASE_ROUTERS=[Replica()]):
        sweep()
        album.delete()
    assert stored()["default"] == set()


@pytest.mark.parametrize("load", [Album.objects.only("name"), Album.objects.defer("cover")])
def test_rows_that_did_not_load_their_file(album, load):
    partial = load.get()
    partial.name = "renamed"
    partial.save()
    assert Album.objects.get().cover
    load.get().delete()
    assert stored()["default"] == set()


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
    assert stored()["default"] == set()


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
    assert len(stored()["default"]) == 2
    second.delete()
    assert stored()["default"] == set()


def test_update_fields(album):
    album.cover = upload(600)
    album.name = "renamed"
    album.save(update_fields=["name"])
    assert Album.objects.get().cover.width == 500
    album.save(update_fields=["cover"])
    assert Album.objects.get().cover.width == 600


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
    assert len(stored()["default"]) == 2


def test_failing_storage_leaves_nothing(album, monkeypatch):
    storage = storages["default"]
    save = storage._save

    def full(name, content):
        if "400w" in name:
            raise OSError(28, "No space left on device")
        return save(name, content)

    monkeypatch.setattr(storage, "_save", full)
    with pytest.raises(StorageUnavailable):
        Album.objects.create(name="two", cover=upload())
    assert Album.objects.count() == 1


def test_storage_that_can_not_delete_does_not_stop_the_page(album, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(storages["default"], "delete", lambda name: 1 / 0)
        album.delete()
    assert "could not be deleted" in caplog.text
    for name in stored()["default"]:
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
    assert stored()["default"] == {bad}
    assert caplog.text.count("could not be deleted") == 1
    sweep()


def test_bulk_update_refuses_what_is_not_stored(album):
    album.cover = upload()
    with pytest.raises(ValueError, match="save"):
        Album.objects.bulk_update([album], ["cover"])
