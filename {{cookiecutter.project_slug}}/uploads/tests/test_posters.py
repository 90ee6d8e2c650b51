"""What a stored video shows on a page, all of it from its name."""

from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.signals import request_finished
from PIL import Image

from uploads import names
from uploads.fields import FileField
from uploads.formats import frames, videos
from uploads.formats.accept import Refused
from uploads.storage import put
from uploads.templatetags.uploads import clock, video
from uploads.tests.clips import Both, clip
from uploads.tests.level import all_stored, sweep
from uploads.tests.models import Paper

pytestmark = pytest.mark.django_db(transaction=True)


def film(content=None, name="a.mp4"):
    return Paper.objects.create(title="x", file=ContentFile(content or clip("mp4"), name=name))


def picture(name, alias="private"):
    with storages[alias].open(name) as file, Image.open(file) as image:
        return image.convert("RGB")


def rebuild():
    said = StringIO()
    call_command("rebuild_renditions", stdout=said, stderr=said)
    return said.getvalue()


def is_near(pixel, colour):
    return all(abs(a - b) < 60 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.processes
def test_all_from_the_name():
    file = film(clip("mov", size=(640, 360), seconds=3), "a.mov").file
    assert file.name.endswith("-640x360-3s.mp4")
    assert (file.width, file.height, file.duration, file.note) == (640, 360, 3, "")
    stem = file.url.removesuffix(".mp4")
    assert file.renditions == {400: f"{stem}-400w.webp", 640: f"{stem}-640w.webp"}
    assert (file.poster, file.preview) == (f"{stem}-640w.webp", f"{stem}-400w.webp")
    assert file.sources() == {
        "url": file.url,
        "type": "video/mp4",
        "width": 640,
        "height": 360,
        "seconds": 3,
        "poster": file.poster,
    }
    assert picture(names.rendition(file.name, 400)).size == (400, 225)


def test_a_small_and_a_large_one(settings):
    assert film().file.poster.endswith("-64x48-1s-64w.webp")
    settings.IMAGE_WIDTHS = [16, 32]
    assert [*film().file.renditions] == [16, 32]
    settings.IMAGE_WIDTHS = []
    assert [*film().file.renditions] == [64]


def test_sound_has_its_length():
    file = film(clip("mp3", seconds=2), "a.mp3").file
    assert file.name.endswith("-2s.mp3")
    assert (file.duration, file.poster, file.width) == (2, None, None)
    assert file.sources()["seconds"] == 2


@pytest.mark.processes
def test_poster_is_upright():
    """Red is the upper half as it was filmed, and on the left when that is turned."""
    upright, turned = film().file, film(clip("mp4", turned=(90,))).file
    assert is_near(picture(names.rendition(upright.name, 64)).getpixel((32, 6)), (181, 0, 0))
    assert turned.name.endswith("-48x64-1s.mp4")
    shown = picture(names.rendition(turned.name, 48))
    assert is_near(shown.getpixel((6, 32)), (181, 0, 0))
    assert is_near(shown.getpixel((42, 32)), (0, 0, 181))


@pytest.mark.parametrize(
    ("turned", "red"),
    [
        ((0, True, False), (32, 6)),
        ((0, False, True), (32, 42)),
        ((180, True, False), (32, 42)),
        ((90, True, False), (42, 32)),
        ((90, False, True), (6, 32)),
    ],
)
def test_poster_is_mirrored_as_players_do(turned, red):
    name = film(clip("mp4", turned=turned)).file.name
    shown = picture(names.rendition(name, 64 if red[0] == 32 else 48))
    assert is_near(shown.getpixel(red), (181, 0, 0))


def test_poster_is_any_picture_when_looking_for_one_takes_long(monkeypatch):
    sent = clip("mp4", dark=9)
    assert max(frames.bright(Both(sent), extension="mp4", width=64)[1]) > 100
    monkeypatch.setattr(frames, "BUDGET", 0)
    assert max(frames.bright(Both(sent), extension="mp4", width=64)[1]) < 50


@pytest.mark.parametrize("dark", [4, 9])
def test_poster_is_not_black(dark):
    shown = picture(names.rendition(film(clip("mp4", dark=dark)).file.name, 64))
    assert shown.getpixel((32, 6))[0] > 100


def test_hevc_is_in_the_name_with_a_note():
    file = film(clip("mp4", "hevc")).file
    assert file.name.endswith("-64x48-1s-hevc.mp4")
    assert file.poster.endswith("-64x48-1s-hevc-64w.webp")
    assert file.note == "This video is HEVC (H.265), which some browsers don't play."
    assert file.note.replace("'", "&#x27;") in video(file)


def test_old_names_stay_valid():
    old = "papers/2026/11/12345678-1234-1234-1234-123456789012"
    assert names.size(f"{old}-500x300.jpg") == (500, 300)
    assert names.pictures(f"{old}-500x300-400w.webp") >= {f"{old}-500x300.jpg"}
    assert names.pictures(f"{old}-500x300-3s-hevc-400w.webp") >= {f"{old}-500x300-3s-hevc.mp4"}
    assert names.stem(f"{old}-500x300-3s-400w.webp") == f"{old}-500x300-3s"
    assert names.seconds(f"{old}.mp4") is None


def test_poster_follows_its_video():
    first = film()
    before = all_stored()["private"]
    assert before == {first.file.name, names.rendition(first.file.name, 64)}
    sweep()  # orphans keeps both
    assert before <= all_stored()["private"]
    first.file = ContentFile(clip("webm"), name="b.webm")
    first.save()
    assert not before & all_stored()["private"]
    Paper.objects.all().delete()
    request_finished.send(None)
    assert all_stored()["private"] == set()


def test_poster_without_its_video_is_an_orphan():
    put(storages["private"], names.rendition(film().file.name, 32), ContentFile(b"x"))
    row = film()
    put(storages["private"], names.rendition(row.file.name, 32), ContentFile(b"x"))
    sweep()
    assert not [name for name in all_stored()["private"] if name.endswith("-32w.webp")]


def test_poster_is_as_private_as_its_video(client, django_user_model):
    owner = django_user_model.objects.create(username="owner")
    row = film()
    Paper.objects.filter(pk=row.pk).update(owner=owner)
    assert client.get(row.file.poster).status_code in {302, 403, 404}
    client.force_login(owner)
    answer = client.get(row.file.poster)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/webp"
    answer.close()


def test_poster_is_public_where_the_field_is(add_field, settings):
    row = add_field(FileField(upload_to="a", private=False))()
    row.upload.save("a.mp4", ContentFile(clip("mp4")), save=False)
    assert row.upload.poster.startswith(settings.MEDIA_URL)
    assert all_stored()["default"] == {
        row.upload.name,
        *row.upload.field.renditions_of(row.upload.name),
    }


def test_a_video_from_before_gets_a_name_and_a_poster(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(videos, "can_rewrite", lambda: False)
        old, sound = film(clip("mov"), "a.mov"), film(clip("mp3"), "a.mp3")
    broken = film()
    Paper.objects.filter(pk=broken.pk).update(file="papers/old.mp4")
    put(storages["private"], "papers/old.mp4", ContentFile(b"\0\0\0\x18ftypmp42"))
    said = rebuild()
    assert "papers/old.mp4 stays as it is: This video is cut off" in said
    assert "2 files from before stored anew" in said
    new = Paper.objects.get(pk=old.pk).file
    assert new.name.endswith("-64x48-1s.mp4")
    assert old.file.name not in all_stored()["private"]
    assert Paper.objects.get(pk=sound.pk).file.duration == 1
    assert "0 files from before stored anew" in rebuild()


def test_posters_that_are_missing_are_made(settings):
    row = film(clip("mp4", turned=(90,)))
    settings.IMAGE_WIDTHS = [16]
    assert "1 renditions made, 1 deleted" in rebuild()
    assert picture(names.rendition(row.file.name, 16)).size == (16, 21)
    assert "0 renditions made, 0 deleted" in rebuild()


def test_captions_may_be_uploaded(settings):
    settings.UPLOAD_FILE_TYPES = {"vtt": 1}
    said = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"
    captions = Paper.objects.create(title="x", file=ContentFile(said, name="a.vtt")).file
    settings.UPLOAD_FILE_TYPES = {"mp4": 1}
    assert f'<track kind="captions" src="{captions.url}"' in video(film().file, captions=captions)
    assert (captions.kind, captions.sources()["type"]) == ("other", "text/vtt")
    settings.UPLOAD_FILE_TYPES = {"vtt": 1}
    with pytest.raises(Refused, match="something else inside"):
        film(b"<script>", "a.vtt")


def test_a_mov_is_not_called_by_its_name(monkeypatch):
    """Chromium plays it, but for `type="video/quicktime"`."""
    monkeypatch.setattr(videos, "can_rewrite", lambda: False)
    file = film(clip("mov"), "a.mov").file
    assert f'<source src="{file.url}"></video>' in video(file)
    assert file.sources()["type"] == "video/quicktime"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, ""), (0, "0:00"), (83, "1:23"), (3723, "1:02:03")]
)
def test_a_length_for_people(seconds, shown):
    assert clock(seconds) == shown


def test_a_moved_video_keeps_its_length(add_field, monkeypatch):
    """Its field has become public: see test_moves.py."""
    from uploads.management.commands.rebuild_renditions import copies_of

    row = film(clip("mp4", "hevc"))
    found = {row.file.name, *row.file.field.renditions_of(row.file.name)}
    copies = copies_of(row.file.field, row, row.file.name, found)
    assert all("-64x48-1s-hevc" in copy for copy in copies.values())
    assert row.file.field.renditions_of(copies[row.file.name]) == [
        copies[names.rendition(row.file.name, 64)]
    ]


def test_video_on_a_page(django_assert_num_queries, monkeypatch):
    row = film()
    monkeypatch.setattr(type(storages["private"]), "open", None)
    with django_assert_num_queries(0):
        shown = video(row.file, captions="/a.vtt", label="English", lang="en", class_="wide")
    assert shown == (
        f'<video controls preload="metadata" poster="{row.file.poster}" width="64" height="48" '
        f'class="wide"><source src="{row.file.url}" type="video/mp4"><track kind="captions" '
        'src="/a.vtt" label="English" srclang="en" default></video>'
    )
    calm = video(row.file, preload="none", controls=False, autoplay=False, muted=True, tabindex=0)
    assert calm.startswith('<video preload="none" poster="')
    assert calm.partition(">")[0].endswith(' height="48" muted tabindex="0"')
    assert video(Paper().file) == ""
    assert video(None) == ""
    assert "poster" not in video(film(b"%PDF-1.4", "a.pdf").file)
