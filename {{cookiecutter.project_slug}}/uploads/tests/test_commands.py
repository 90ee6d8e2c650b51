import os
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import CommandError, call_command
from django.db import transaction

from uploads import cleanup, names
from uploads.management.commands import rebuild_renditions
from uploads.tests.examples import jpeg, pdf
from uploads.tests.models import Album, Badge, Paper

pytestmark = pytest.mark.django_db


@pytest.fixture
def album():
    return Album.objects.create(name="one", cover=ContentFile(jpeg(900, 600), name="a.jpg"))


def run(*args, **options):
    out = StringIO()
    call_command(*args, stdout=out, stderr=out, **options)
    return out.getvalue()


def stored(alias="default"):
    return {entry.name for entry in storages[alias].walk()}


def age(alias, name, hours):
    """Make a file look older."""
    path = storages[alias].path(name)
    changed = os.stat(path).st_mtime - hours * 3600
    os.utime(path, (changed, changed))


def test_orphans_are_listed_and_then_deleted(album):
    keep = stored()
    lost = names.new("covers", "jpg", (900, 600))
    for name in (lost, names.rendition(lost, 400), "covers/foreign.txt", ".x.part"):
        storages["default"].save(name, ContentFile(b"x"))
        age("default", name, 25)
    storages["private"].save(".tmp/killed.upload", ContentFile(b"x"))
    age("private", ".tmp/killed.upload", 25)
    listed = run("orphans")
    assert lost in listed
    assert "5 orphans" in listed
    assert len(stored()) == len(keep) + 4
    Paper.objects.create(file="")
    assert "5 orphans" in run("orphans", "--delete")
    assert (stored(), stored("private")) == (keep, set())


def sweep(number=True):
    return run("orphans", delete=number, older_than=-1, site_is_stopped=True)


def test_orphans_spare_defaults(album):
    default = Badge._meta.get_field("picture").default
    storages["default"].save(default, ContentFile(b"x"))
    age("default", default, 25)
    assert "0 orphans" in run("orphans", "--delete")
    assert default in stored()


@pytest.mark.parametrize("folder", [".", "inner", "..", "../link"])
def test_orphans_spare_the_files_of_other_storages(folder, album, media, monkeypatch):
    """Of one at the same place, inside, around, and of one that reaches it by a link."""
    if folder == "../link":
        (media / folder).symlink_to(media)
    other = FileSystemStorage(location=media / folder)
    monkeypatch.setattr(Badge._meta.get_field("picture"), "storage", other)
    name = "media/named.png" if folder == ".." else "named.png"
    Badge.objects.create(picture=other.save(name, ContentFile(b"x")))
    before = stored()
    storages["default"].save("lost.png", ContentFile(b"x"))
    sweep()
    assert stored() == before


def test_orphans_spare_what_a_link_leads_to(album, media):
    storages["default"].save("old/a.png", ContentFile(b"x"))
    (media / "new").symlink_to(media / "old")
    Badge.objects.create(picture="new/a.png")
    before = stored()
    sweep()
    assert stored() == before


def test_orphans_spare_what_is_young():
    paper = Paper.objects.create(file=ContentFile(pdf(), name="a.pdf"))
    storages["private"].save("young.pdf", ContentFile(b"x"))
    storages["private"].save("older.pdf", ContentFile(b"x"))
    age("private", "older.pdf", 2)
    assert "0 orphans of 3 files" in run("orphans", "--delete")
    assert "1 orphans of 3 files" in run("orphans", "--delete", older_than=1)
    assert stored("private") == {"young.pdf", paper.file.name}


def test_orphans_never_touch_what_a_row_names(album):
    Paper.objects.create(file=ContentFile(pdf(), name="a.pdf"))
    foreign = storages["default"].save("uploaded/before.jpg", ContentFile(b"x"))
    Album.objects.create(name="old", cover=foreign)
    before = stored(), stored("private")
    sweep()
    assert (stored(), stored("private")) == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"older_than": 0.5}, "--site-is-stopped"),
        ({"delete": 3}, "There are 2 orphans, not 3"),
        ({}, "2 of the 3 files.*--delete 2"),
    ],
)
def test_orphans_that_may_be_a_mistake_are_refused(arguments, reason):
    Paper.objects.create(file=ContentFile(pdf(), name="a.pdf"))
    for name in ("one.pdf", "two.pdf"):
        storages["private"].save(name, ContentFile(b"x"))
        age("private", name, 30)
    before = stored("private")
    with pytest.raises(CommandError, match=reason):
        run("orphans", **{"delete": True} | arguments)
    assert stored("private") == before
    assert "2 orphans of 3 files deleted" in run("orphans", "--delete", "2")


def test_orphans_are_not_deleted_by_an_empty_database():
    storages["private"].save("papers/a.pdf", ContentFile(b"x"))
    with pytest.raises(CommandError, match="DATABASE_URL"):
        sweep(1)
    assert stored("private") == {"papers/a.pdf"}


def test_orphans_are_not_deleted_while_a_backup_is_made(album):
    storages["default"].save("lost.png", ContentFile(b"x"))
    run("keep_deleted", "on")
    age("default", cleanup.KEEP, 100)
    with pytest.raises(CommandError, match="keep_deleted off"):
        sweep()
    assert cleanup.KEEP not in run("orphans", older_than=-1)
    run("keep_deleted", "off")
    assert "1 orphans" in sweep()


@pytest.mark.django_db(transaction=True)
def test_orphans_are_not_deleted_inside_a_transaction(album):
    with transaction.atomic():
        Album.objects.all().delete()
        with pytest.raises(CommandError, match="transaction is open"):
            sweep()
        transaction.set_rollback(True)
    cleanup.settle()
    assert album.cover.name in stored()


def test_renditions_follow_the_setting(album, settings):
    assert set(album.cover.renditions) == {400, 800}
    settings.IMAGE_WIDTHS = [300, 800]
    said = run("rebuild_renditions")
    assert "1 renditions made, 1 deleted" in said
    assert stored() == {album.cover.name, *names.renditions(album.cover.name).values()}
    assert "0 renditions made, 0 deleted" in run("rebuild_renditions")


def test_picture_that_comes_meanwhile_has_its_renditions_once(album, monkeypatch):
    before = stored()
    with monkeypatch.context() as patch:
        patch.setitem(vars(storages["default"]), "walk", lambda: [])  # it looked before the upload
        assert "2 renditions made" in run("rebuild_renditions")
    assert stored() == before


def test_what_is_not_made_is_not_counted(album, settings, monkeypatch):
    settings.IMAGE_WIDTHS = [100, 200, 300]
    of_one = {("", 200): b"x"}
    monkeypatch.setattr(rebuild_renditions, "renditions", lambda *_: of_one)
    assert "1 renditions made" in run("rebuild_renditions")
    assert "0 renditions made" in run("rebuild_renditions")


def test_picture_that_is_gone_does_not_stop_the_others(album, settings):
    storages["default"].delete(album.cover.name)
    settings.IMAGE_WIDTHS = [300]
    assert album.cover.name in run("rebuild_renditions")
