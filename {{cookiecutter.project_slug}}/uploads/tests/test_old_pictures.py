"""Rows from before the field was ours: `rebuild_renditions` stores their pictures anew."""

from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from uploads import cleanup, names
from uploads.fields import ImageField
from uploads.management.commands import rebuild_renditions
from uploads.storage import private_storage
from uploads.tests.examples import jpeg, png
from uploads.tests.level import stored, stored_picture
from uploads.tests.models import Album, Badge

pytestmark = pytest.mark.django_db(transaction=True)  # a TestCase deletes no file


def old(name, content=None, alias="default", **row):
    """A row as Django's own field has left it."""
    storages[alias].save(name, ContentFile(content or jpeg(900, 600)))
    album = Album.objects.create(name=name, **row)
    Album.objects.filter(pk=album.pk).update(cover=name)
    return album


def rebuild():
    said = StringIO()
    call_command("rebuild_renditions", stdout=said, stderr=said)
    return said.getvalue()


def cover(album):
    album.refresh_from_db()
    return album.cover


def test_old_picture_gets_name_size_and_renditions(level):
    album = old("old/x.jpg", back=ContentFile(jpeg(300, 200), name="b.jpg"))
    assert cover(album).srcset == ""
    assert cover(album).width == 900
    back = album.back.name
    assert "1 pictures from before stored anew" in rebuild()
    assert set(cover(album).renditions) == {400, 800}
    assert names.size(album.cover.name) == (900, 600)
    assert album.cover.name.startswith("covers/")
    assert album.back.name == back
    assert not [name for name in stored() if name.startswith("old/")]
    before = stored()
    assert "0 renditions made, 0 deleted, 0 pictures" in rebuild()
    assert stored() == before


def test_format_counts_and_not_the_extension(level):
    album = old("old/holiday.JPG", png(500, 60))
    rebuild()
    assert cover(album).name.endswith(".png")
    assert stored_picture(album.cover.name).size == (500, 60)


def test_file_of_several_rows_goes_with_the_last():
    albums = [old("old/shared.jpg")]
    albums.append(Album.objects.create(name="second", cover="old/shared.jpg"))
    seen = []
    update = cleanup.end_of_request

    def ended():
        update()
        seen.append("old/shared.jpg" in stored())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleanup, "end_of_request", ended)
        rebuild()
    assert seen == [True, False]
    assert cover(albums[0]).name != cover(albums[1]).name
    assert {a.cover.name for a in albums} <= stored()


def test_what_cannot_be_read_is_named_and_stays(level):
    album, good = old("old/broken.jpg", b"GIF89a no more"), old("old/good.jpg")
    missing = Album.objects.create(name="missing")
    Album.objects.filter(pk=missing.pk).update(cover="old/nowhere.jpg")
    said = rebuild()
    assert "old/broken.jpg stays as it is: " in said
    assert "old/nowhere.jpg stays as it is: " in said
    assert cover(album).name == "old/broken.jpg"
    assert cover(album).name in stored()
    assert cover(good).renditions
    Album.objects.filter(pk=missing.pk).delete()


def test_picture_that_is_replaced_meanwhile_stays_replaced(level, monkeypatch):
    album = old("old/x.jpg")
    make = rebuild_renditions.new_file

    def slow(*args):
        made = make(*args)
        fresh = Album.objects.get(pk=album.pk)
        fresh.cover = ContentFile(jpeg(700, 500), name="new.jpg")
        fresh.save()
        return made

    monkeypatch.setattr(rebuild_renditions, "new_file", slow)
    assert "0 pictures from before" in rebuild()
    assert names.size(cover(album).name) == (700, 500)


def test_interrupted_and_run_again(monkeypatch):
    albums = [old(f"old/{number}.jpg") for number in range(3)]
    make, made = rebuild_renditions.new_file, []

    def interrupted(*args):
        if len(made) == 1:
            raise KeyboardInterrupt
        made.append(args)
        return make(*args)

    with monkeypatch.context() as patch:
        patch.setattr(rebuild_renditions, "new_file", interrupted)
        with pytest.raises(KeyboardInterrupt):
            rebuild()
    assert sum(bool(cover(album).renditions) for album in albums) == 1
    assert {album.cover.name for album in albums} <= stored()
    assert "2 pictures from before" in rebuild()
    assert all(cover(album).renditions for album in albums)


def test_private_picture(monkeypatch):
    field = Album._meta.get_field("cover")
    monkeypatch.setattr(field, "storage", private_storage())
    album = old("old/scan.jpg", alias="private")
    rebuild()
    assert names.size(cover(album).name) == (900, 600)
    assert "old/scan.jpg" not in stored("private")
    assert {album.cover.name, *names.renditions(album.cover.name).values()} <= stored("private")


def test_kept_and_shared_files_stay(monkeypatch):
    monkeypatch.setattr(Album._meta.get_field("cover"), "keep", True)
    old("covers/x.jpg")
    default = Badge._meta.get_field("picture").default
    storages["default"].save(default, ContentFile(jpeg(900, 600)))
    badge = Badge.objects.create()
    rebuild()
    badge.refresh_from_db()
    assert badge.picture.name == default
    assert {"covers/x.jpg", default} <= stored()


def test_sizes_in_columns_follow(add_field):
    """width_field and height_field are written with the name."""
    field = ImageField(upload_to="a", width_field="wide", height_field="high")
    model = add_field(field, wide=None, high=None)
    storages["default"].save("old/x.jpg", ContentFile(jpeg(900, 600)))
    with storages["default"].open("old/x.jpg") as content:
        values = rebuild_renditions.new_file(field, model(), "old/x.jpg", content)
    assert (values["wide"], values["high"]) == (900, 600)
