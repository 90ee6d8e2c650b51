"""Widths and shapes of renditions are rules of a field."""

import re
from io import StringIO

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from PIL import Image

from uploads.fields import ImageField
from uploads.templatetags.uploads import picture
from uploads.tests.examples import encoded, jpeg, png
from uploads.tests.level import refusals, sent, stored_picture
from uploads.tests.models import Album, Paper


def test_widths_and_sides(add_field, media):
    field = ImageField(upload_to="a", widths=[50, 200], max_side=300, min_side=100)
    row = add_field(field)()
    row.upload.save("a.jpg", sent("a.jpg", jpeg(800, 400)), save=False)
    assert (row.upload.width, row.upload.height) == (300, 150)
    assert list(row.upload.renditions) == [50, 200]
    assert {entry.name for entry in storages["default"].walk()} == {
        row.upload.name,
        *field.renditions_of(row.upload.name),
    }
    assert "200w" in row.upload.srcset
    said = refusals(field, sent("a.jpg", jpeg(800, 99)))
    assert said == ["This picture is 800 × 99 pixels; 100 is the least for each side."]


@pytest.mark.parametrize(
    ("size", "widths", "square", "wide"),
    [
        ((800, 400), [100, 300], {(100, 100), (300, 300)}, {(100, 56), (300, 169)}),
        ((400, 800), [100, 500], {(100, 100), (400, 400)}, {(100, 56), (400, 225)}),
        ((90, 50), [100, 300], {(50, 50)}, {(89, 50)}),
        ((90, 50), [], {(50, 50)}, {(89, 50)}),
        ((3, 1), [100], {(1, 1)}, {(2, 1)}),
    ],
)
def test_ratios_have_renditions_of_their_own(size, widths, square, wide, add_field, media):
    field = ImageField(upload_to="a", widths=widths, ratios=["1/1", "16/9"])
    row = add_field(field)()
    row.upload.save("a.png", sent("a.png", png(*size)), save=False)
    stored = {entry.name for entry in storages["default"].walk()}
    assert stored == {row.upload.name, *field.renditions_of(row.upload.name)}
    for shape, sizes in {"1x1": square, "16x9": wide}.items():
        names = [name for name in stored if f"-{shape}-" in name]
        made = {stored_picture(name).size for name in names}
        assert made == sizes
        sources = row.upload.sources(shape.replace("x", "/"))
        assert (sources["width"], sources["height"]) == max(sizes)
        assert sources["srcset"].count(f"-{shape}-") == len(sizes)
        assert f"-{shape}-" in sources["url"]


def test_ratio_shows_the_middle(add_field, media):
    field = ImageField(upload_to="a", widths=[40], ratios=["1/2"])
    row = add_field(field)()
    original = Image.new("RGB", (300, 100), "red")
    original.paste("blue", (125, 0, 175, 100))
    row.upload.save("a.png", sent("a.png", encoded(original, "PNG")), save=False)
    (name,) = (name for name in field.renditions_of(row.upload.name) if "-1x2-" in name)
    shown = stored_picture(name).convert("RGB")
    assert shown.size == (40, 80)
    for corner in [(2, 2), (37, 2), (2, 77), (37, 77)]:
        red, _green, blue = shown.getpixel(corner)
        assert blue > 200 > 50 > red


def test_picture_in_a_ratio(add_field, media):
    field = ImageField(upload_to="a", widths=[100, 900], ratios=["1/1"])
    row = add_field(field)()
    row.upload.save("a.jpg", sent("a.jpg", jpeg(1200, 1000)), save=False)
    shown = picture(row.upload, ratio="1/1", sizes="50vw")
    assert 'width="900" height="900"' in shown
    assert re.search(r'src="[^"]+-1x1-900w.webp"', shown)
    assert re.search(r'srcset="\S+-1x1-100w.webp 100w, \S+-1x1-900w.webp 900w"', shown)
    with pytest.raises(ValueError, match=r"has no ratio '4/3'. Its ratios are: 1/1\."):
        picture(row.upload, ratio="4/3")
    with pytest.raises(ValueError, match=r"Its ratios are: none\."):
        Album(cover="a.jpg").cover.sources("1/1")


def test_picture_that_is_not_stored_has_no_address():
    assert Album(cover=sent()).cover.sources() is None
    assert picture(Album(cover=sent()).cover) == ""


def test_attributes_of_a_picture(db):
    album = Album.objects.create(name="one", cover=sent())
    html = picture(album.cover, alt=None, data_x=["1"], class_="")
    assert 'alt=""' in html
    assert 'data-x="[&#x27;1&#x27;]"' in html
    assert "class" not in html


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({}, "100vw"),
        ({"sizes": "20rem"}, "20rem"),
        ({"height": "10rem"}, "min(100vw, 1.5 * 10rem)"),
        ({"height": "10rem", "ratio": "1/1"}, "min(100vw, 1.0 * 10rem)"),
        ({"sizes": "50vw", "thrifty": True}, "calc(1.29 * (50vw))"),
        ({"height": "9vh", "thrifty": True}, "calc(1.29 * (min(100vw, 1.5 * 9vh)))"),
    ],
)
def test_sizes_follow_from_the_shape(options, sizes, add_field, media):
    row = add_field(ImageField(upload_to="a", widths=[100], ratios=["1/1"]))()
    row.upload.save("a.jpg", sent("a.jpg", jpeg(600, 400)), save=False)
    assert f'sizes="{sizes}"' in picture(row.upload, **options)


def test_thrifty_sources_are_taken_up_to_the_next(add_field, media):
    row = add_field(ImageField(upload_to="a", widths=[100, 200]))()
    row.upload.save("a.jpg", sent("a.jpg", jpeg(600, 400)), save=False)
    usual = [version.split() for version in row.upload.srcset.split(", ")]
    thrifty = re.search(r'srcset="([^"]*)"', picture(row.upload, thrifty=True))[1]
    listed = [version.split() for version in thrifty.split(", ")]
    assert [wide for _, wide in listed] == ["100w", "200w", "600w", "199w", "599w"]
    assert [url for url, _ in listed] == [url for url, _ in [*usual, *usual[:2]]]


def test_alt_is_that_of_the_row_unless_given(add_field, media):
    row = add_field(ImageField(upload_to="a"))()
    row.upload.save("a.jpg", sent("a.jpg", jpeg(60, 40)), save=False)
    assert 'alt=""' in picture(row.upload)
    row.alt = 'A "fox"'
    assert 'alt="A &quot;fox&quot;"' in picture(row.upload)
    assert 'alt=""' in picture(row.upload, alt="")
    assert 'alt="Sea"' in picture(row.upload, alt="Sea")


def test_sources_of_no_picture():
    assert Album().cover.sources() is None
    assert Album().cover.srcset == ""


def test_sources_for_an_api(add_field, media):
    field = ImageField(upload_to="a", widths=[100, 300])
    row = add_field(field)()
    row.upload.save("a.jpg", sent("a.jpg", jpeg(600, 300)), save=False)
    url = row.upload.url
    small, large = row.upload.renditions.values()
    assert row.upload.sources() == {
        "url": url,
        "srcset": f"{small} 100w, {large} 300w, {url} 600w",
        "width": 600,
        "height": 300,
    }


@pytest.mark.django_db(transaction=True)
def test_files_follow_the_ratios_of_their_field(monkeypatch):
    """Deletion, `orphans` and `rebuild_renditions` ask the field which renditions there are."""
    field = Album._meta.get_field("cover")
    album = Album.objects.create(name="one", cover=sent(content=jpeg(1200, 400)))
    monkeypatch.setattr(field, "ratios", ["1/1", "4/1"])
    call_command("rebuild_renditions", stdout=StringIO())
    names = {entry.name for entry in storages["default"].walk()}
    assert names == {album.cover.name, *field.renditions_of(album.cover.name)}
    assert {name.rpartition("x400-")[2] for name in names} >= {"1x1-400w.webp", "4x1-1200w.webp"}
    for name in names:
        if "-1x1-" in name:
            assert stored_picture(name).size == (400, 400)
    said = StringIO()
    call_command("orphans", older_than=-1, stdout=said)
    assert f"0 orphans of {len(names)} files" in said.getvalue()
    monkeypatch.setattr(field, "ratios", ["1/1"])
    call_command("rebuild_renditions", stdout=StringIO())
    assert not [entry for entry in storages["default"].walk() if "-4x1-" in entry.name]
    album.delete()
    assert [*storages["default"].walk()] == []


@pytest.mark.django_db(transaction=True)
def test_files_follow_the_widths_of_their_field(monkeypatch):
    """Deletion, `orphans` and `rebuild_renditions` ask the field which renditions there are."""
    field = Album._meta.get_field("cover")
    monkeypatch.setattr(field, "widths", [50])
    album = Album.objects.create(name="one", cover=sent())
    assert len([*storages["default"].walk()]) == 2
    monkeypatch.setattr(field, "widths", [60, 70])
    call_command("rebuild_renditions", stdout=StringIO())
    names = {entry.name for entry in storages["default"].walk()}
    assert names == {album.cover.name, *field.renditions_of(album.cover.name)}
    assert len(names) == 3
    said = StringIO()
    call_command("orphans", older_than=-1, stdout=said)
    assert "0 orphans of 3 files" in said.getvalue()
    album.delete()
    assert [*storages["default"].walk()] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("level")
def test_pictures_among_files_have_smaller_versions(client, user, settings):
    large = Paper.objects.create(owner=user, file=sent(content=jpeg(900, 600))).file
    assert [*large.renditions] == [400, 800]
    assert large.preview == large.renditions[400]
    client.force_login(user)
    assert b"".join(client.get(large.preview).streaming_content)[8:12] == b"WEBP"
    small = Paper.objects.create(file=sent(content=jpeg(90, 60))).file
    assert small.preview == small.url
    settings.IMAGE_WIDTHS = [300]
    call_command("rebuild_renditions", stdout=StringIO())
    assert [*Paper.objects.get(owner=user).file.renditions] == [300]
