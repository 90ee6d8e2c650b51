"""`private` of a field is changed: its files are lost to nobody, and moved by a command."""

from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from uploads import names
from uploads.management.commands import rebuild_renditions
from uploads.storage import PrivateDiskStorage
from uploads.tests.level import paper, stored, sweep, upload
from uploads.tests.models import Album, Paper, Record

pytestmark = pytest.mark.django_db(transaction=True)  # a TestCase deletes no file


@pytest.fixture
def change(monkeypatch):
    """change(field) makes a public field private, and a private one public."""

    def to_the_other(field):
        monkeypatch.setattr(field, "private", not field.private)
        storage = storages["private" if field.private else "default"]
        monkeypatch.setattr(field, "storage", storage)

    return to_the_other


def rebuild():
    said = StringIO()
    call_command("rebuild_renditions", stdout=said, stderr=said)
    return said.getvalue()


def with_renditions(name):
    return {name, *names.renditions(name).values()}


def test_picture_moves_with_its_renditions_there_and_back(change):
    field = Album._meta.get_field("cover")
    old = Album.objects.create(name="one", cover=upload(900)).cover.name
    change(field)
    said = rebuild()
    assert "uploads.Album.cover: 1 files moved, which are private now." in said
    assert " 0 renditions made, 0 deleted" in said
    album = Album.objects.get()
    assert album.cover.name != old
    assert set(album.cover.renditions) == {400, 800}
    assert (stored("private"), stored()) == (with_renditions(album.cover.name), set())
    assert "moved" not in rebuild()
    change(field)
    assert "which are public now" in rebuild()
    name = Album.objects.get().cover.name
    assert (stored("private"), stored()) == (set(), with_renditions(name))


def test_file_of_any_kind_moves(change):
    Paper.objects.create(title="one", file=paper())
    storages["private"].save("old/READ ME", paper())
    Paper.objects.filter(pk=Paper.objects.create(title="two").pk).update(file="old/READ ME")
    change(Paper._meta.get_field("file"))
    assert "2 files moved, which are public now" in rebuild()
    assert (stored(), stored("private")) == ({*Paper.objects.values_list("file", flat=True)}, set())


def test_nothing_is_swept_before_it_is_moved(change):
    name = Album.objects.create(name="one", cover=upload(900)).cover.name
    change(Album._meta.get_field("cover"))
    sweep()
    assert stored() == with_renditions(name)


def test_what_is_kept_stays_where_it_is(change):
    former, now = (Record.objects.create(file=paper()) for _ in range(2))
    kept = {former.file.name, now.file.name}
    former.delete()
    change(Record._meta.get_field("file"))
    assert f"{now.file.name} stays where it is" in rebuild()
    sweep()
    assert stored("private") == kept


def test_what_another_row_names_is_left_there(change):
    """One of ours is the same file, a foreign name may be anybody's."""
    name = Album.objects.create(name="one", cover=upload(900)).cover.name
    storages["default"].save("old/x.jpg", ContentFile(b"somebody's"))
    Album.objects.filter(name="one").update(back=name)
    two = Album.objects.create(name="two")
    Album.objects.filter(pk=two.pk).update(back="old/x.jpg", cover="old/x.jpg")
    change(Album._meta.get_field("cover"))
    rebuild()
    one = Album.objects.get(name="one")
    assert with_renditions(name) | {"old/x.jpg"} == stored()
    assert with_renditions(one.cover.name) == stored("private")
    assert Album.objects.filter(cover="old/x.jpg").exists()


def test_foreign_name_is_moved_and_stored_anew(change):
    storages["default"].save("old/x.jpg", upload(900))
    one = Album.objects.create(name="one")
    Album.objects.filter(pk=one.pk).update(cover="old/x.jpg")
    change(Album._meta.get_field("cover"))
    said = rebuild()
    assert "1 files moved" in said
    assert "1 pictures from before stored anew" in said
    one.refresh_from_db()
    assert (stored(), stored("private")) == (set(), with_renditions(one.cover.name))


def test_what_goes_wrong_loses_nothing(change, monkeypatch):
    name = Album.objects.create(name="one", cover=upload(900)).cover.name
    before, put = stored(), PrivateDiskStorage.put
    change(Album._meta.get_field("cover"))

    def is_full(storage, name, content):
        if len(stored("private")) == 2:
            raise OSError("full")
        put(storage, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(PrivateDiskStorage, "put", is_full)
        assert f"{name} stays as it is: full" in rebuild()
    assert (stored(), stored("private")) == (before, set())
    assert Album.objects.get().cover.name == name


@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_row_that_changes_meanwhile_leaves_nothing(what, change, monkeypatch):
    album = Album.objects.create(name="one", cover=upload(900))
    change(Album._meta.get_field("cover"))
    copies_of = rebuild_renditions.copies_of

    def and_the_row_changes(*args):
        if what == "deleted":
            Album.objects.all().delete()
        else:
            album.cover = upload(500)
            album.save()
        return copies_of(*args)

    monkeypatch.setattr(rebuild_renditions, "copies_of", and_the_row_changes)
    rebuild()
    left = with_renditions(album.cover.name) if what == "replaced" else set()
    assert (stored(), stored("private")) == (set(), left)
