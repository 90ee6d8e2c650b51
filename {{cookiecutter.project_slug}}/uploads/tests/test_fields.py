"""What Django's documentation says of its file fields holds for ours, and each has its rules."""

import re
from io import StringIO

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.core.management import call_command
from django.db import models
from django.forms import modelform_factory
from PIL import Image

from uploads.fields import FileField, ImageField
from uploads.storage import PrivateDiskStorage
from uploads.templatetags.uploads import picture
from uploads.tests.examples import encoded, jpeg, pdf, png
from uploads.tests.models import Album, Paper


@pytest.fixture
def add_field():
    """add_field(field) puts one into a model of its own, which has no table."""
    made = []

    def add(field, **attributes):
        attributes |= {"__module__": __name__, "Meta": type("Meta", (), {"app_label": "uploads"})}
        model = type(f"Made{len(made)}", (models.Model,), {"upload": field, **attributes})
        made.append(model)
        return model

    yield add
    for model in made:
        del model._meta.apps.all_models["uploads"][model._meta.model_name]
    Album._meta.apps.clear_cache()


def upload(name="a.jpg", content=None):
    return ContentFile(content or jpeg(500, 300), name=name)


def stored_picture(name):
    with storages["default"].open(name) as file, Image.open(file) as picture:
        return picture.copy()


def refusals(field, file):
    """What the validators say, which full_clean() asks and serializers of APIs copy."""
    said = []
    for validator in field.validators:
        try:
            validator(file)
        except ValidationError as error:
            said += error.messages
    return said


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.exe", b"MZ", "not accepted here"),
        ("a.png", jpeg(), "This is a JPEG picture, but its name ends in"),
        ("a.jpg", jpeg()[:2000], "damaged"),
        ("a.jpg", jpeg(), None),
    ],
)
def test_validators_refuse_with_a_sentence(name, content, sentence):
    said = refusals(Album._meta.get_field("cover"), upload(name, content))
    assert [sentence in line for line in said] == ([True] if sentence else [])


def test_stored_file_is_not_checked_again(db, monkeypatch):
    album = Album.objects.create(name="one", cover=upload())
    monkeypatch.setattr(ImageField, "process", None)
    Album.objects.get().full_clean()
    assert refusals(Album._meta.get_field("cover"), album.cover) == []


def test_types(add_field):
    field = FileField(upload_to="a", types=["pdf"])
    add_field(field)
    assert refusals(field, upload("a.pdf", pdf())) == []
    assert "Accepted are: pdf." in refusals(field, upload("a.csv", b"a,b"))[0]
    form_field = field.formfield()
    assert form_field.widget.attrs["accept"] == ".pdf"
    assert form_field.help_text.startswith("PDF, up to")


def test_types_of_pictures(add_field):
    field = ImageField(upload_to="a", types=["png"])
    add_field(field)
    assert refusals(field, upload("a.png", png())) == []
    assert "Accepted are: png." in refusals(field, upload())[0]


@pytest.mark.parametrize("field_class", [FileField, ImageField])
def test_limit_of_its_own(field_class, add_field):
    field = field_class(upload_to="a", max_mb=0.1)
    add_field(field)
    name, content = ("a.pdf", pdf()) if field_class is FileField else ("a.jpg", jpeg())
    large = upload(name, content + bytes(200_000))
    assert "0.1 MB is the most" in refusals(field, large)[0]
    assert refusals(field, upload(name, content)) == []
    form_field = field.formfield()
    assert form_field.widget.attrs["data-max-file-bytes"] == 104857
    assert form_field.help_text.endswith("up to 0.1 MB.")


def test_public_file_and_private_picture(add_field, media, settings):
    public = add_field(FileField(upload_to="a", private=False))(upload=upload("a.pdf", pdf()))
    public.upload.save("a.pdf", upload("a.pdf", pdf()), save=False)
    assert public.upload.url.startswith(settings.MEDIA_URL)
    private = add_field(ImageField(upload_to="a", private=True))()
    private.upload.save("a.jpg", upload(), save=False)
    assert private.upload.url.startswith(settings.PRIVATE_MEDIA_URL)
    assert private.upload.renditions[400].startswith(settings.PRIVATE_MEDIA_URL)
    assert {entry.name for entry in storages["default"].walk()} == {public.upload.name}


@pytest.mark.parametrize(
    ("options", "storage", "written"),
    [
        ({}, "private", {}),
        ({"storage": "default"}, "default", {"storage": "default"}),
        ({"storage": default_storage}, "default", {"storage": "default"}),
        ({"storage": "private"}, "private", {"storage": "private"}),
        ({"private": False, "types": ["pdf"], "max_mb": 1, "keep": True}, "default", {}),
    ],
)
def test_rules_make_no_migration(options, storage, written):
    field = FileField(upload_to="a", **options)
    field.set_attributes_from_name("upload")
    assert field.storage == storages[storage]
    _, path, args, kwargs = field.deconstruct()
    assert (path, args, kwargs) == ("uploads.fields.FileField", [], {"upload_to": "a"} | written)
    assert field.clone().storage == (storages[storage] if written else storages["private"])


def test_storage_may_be_any(tmp_path):
    storage = FileSystemStorage(location=tmp_path)
    assert ImageField(storage=storage).deconstruct()[3]["storage"] is storage
    assert FileField(storage=PrivateDiskStorage).storage.__class__ is PrivateDiskStorage


def test_callable_upload_to_may_look_at_the_extension(add_field, media):
    def folder(instance, filename):
        name, extension = filename.split(".")
        return f"{extension}s/{name}"

    row = add_field(ImageField(upload_to=folder))(upload=upload())
    row.upload.save("A.JPG", upload(), save=False)
    assert row.upload.name.startswith("jpgs/2")


def test_unique(add_field):
    """Whether a name is taken is looked up before the file is stored: its own will be new."""
    field = Paper._meta.get_field("file")
    paper = Paper(title="a", file=upload("a.pdf", pdf()))
    assert field.get_prep_value(paper.file) == "a.pdf"


@pytest.mark.django_db
def test_constraint_with_a_file(monkeypatch):
    monkeypatch.setattr(Paper._meta.get_field("file"), "_unique", True)
    form = modelform_factory(Paper, fields=["title", "file"])(
        {"title": "a"}, {"file": upload("a.pdf", pdf())}
    )
    assert form.is_valid(), form.errors
    form.save()


def test_form_field_of_another_class():
    form = modelform_factory(Album, fields=["cover"], field_classes={"cover": forms.ImageField})
    assert type(form.base_fields["cover"]) is forms.ImageField


def test_picture_of_a_form_as_django_documents_it(db):
    form = modelform_factory(Album, fields=["name", "cover"])({"name": "a"}, {"cover": upload()})
    assert form.is_valid(), form.errors
    cover = form.cleaned_data["cover"]
    assert (cover.image.format, cover.image.size) == ("JPEG", (500, 300))
    assert cover.content_type == "image/jpeg"


def test_size_is_known_before_a_picture_is_stored():
    album = Album(name="one", cover=upload())
    assert (album.cover.width, album.cover.height) == (500, 300)


def test_size_of_a_picture_from_before(db, media):
    name = storages["default"].save("old/x.png", ContentFile(png(60, 40)))
    Album.objects.create(name="one", cover=name)
    album = Album.objects.get()
    assert (album.cover.width, album.cover.height) == (60, 40)
    assert album.cover.srcset == ""
    storages["default"].delete(name)
    assert 'src="/' in picture(album.cover)  # no look at the storage


@pytest.mark.parametrize("first", ["columns", "picture"])
def test_columns_for_the_size(first, add_field, db):
    columns = {
        "wide": models.PositiveIntegerField(null=True),
        "high": models.PositiveIntegerField(null=True),
    }
    field = ImageField(upload_to="a", width_field="wide", height_field="high")
    attributes = {"__module__": __name__, "Meta": type("Meta", (), {"app_label": "uploads"})}
    order = columns | {"upload": field} if first == "columns" else {"upload": field} | columns
    model = type("Sized", (models.Model,), order | attributes)
    try:
        row = model(upload=upload("a.jpg", jpeg(5000, 2500)))
        sent = [field.pre_save(row, add=True) for field in model._meta.concrete_fields[1:]]
        sizes = [value for value in sent if isinstance(value, int)]
        assert sizes == [4096, 2048]
        assert (row.wide, row.high) == (4096, 2048)
    finally:
        del model._meta.apps.all_models["uploads"]["sized"]
        Album._meta.apps.clear_cache()


def test_widths_and_sides(add_field, media):
    field = ImageField(upload_to="a", widths=[50, 200], max_side=300, min_side=100)
    row = add_field(field)()
    row.upload.save("a.jpg", upload("a.jpg", jpeg(800, 400)), save=False)
    assert (row.upload.width, row.upload.height) == (300, 150)
    assert list(row.upload.renditions) == [50, 200]
    assert {entry.name for entry in storages["default"].walk()} == {
        row.upload.name,
        *field.renditions_of(row.upload.name),
    }
    assert "200w" in row.upload.srcset
    said = refusals(field, upload("a.jpg", jpeg(800, 99)))
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
    row.upload.save("a.png", upload("a.png", png(*size)), save=False)
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
    sent = Image.new("RGB", (300, 100), "red")
    sent.paste("blue", (125, 0, 175, 100))
    row.upload.save("a.png", upload("a.png", encoded(sent, "PNG")), save=False)
    (name,) = (name for name in field.renditions_of(row.upload.name) if "-1x2-" in name)
    shown = stored_picture(name).convert("RGB")
    assert shown.size == (40, 80)
    for corner in [(2, 2), (37, 2), (2, 77), (37, 77)]:
        red, _green, blue = shown.getpixel(corner)
        assert blue > 200 > 50 > red


def test_picture_in_a_ratio(add_field, media):
    field = ImageField(upload_to="a", widths=[100, 900], ratios=["1/1"])
    row = add_field(field)()
    row.upload.save("a.jpg", upload("a.jpg", jpeg(1200, 1000)), save=False)
    shown = picture(row.upload, ratio="1/1", sizes="50vw")
    assert 'width="900" height="900"' in shown
    assert re.search(r'src="[^"]+-1x1-900w.webp"', shown)
    assert re.search(r'srcset="\S+-1x1-100w.webp 100w, \S+-1x1-900w.webp 900w"', shown)
    with pytest.raises(ValueError, match=r"has no ratio '4/3'. Its ratios are: 1/1\."):
        picture(row.upload, ratio="4/3")
    with pytest.raises(ValueError, match=r"Its ratios are: none\."):
        Album(cover="a.jpg").cover.sources("1/1")


def test_sources_for_an_api(add_field, media):
    field = ImageField(upload_to="a", widths=[100, 300])
    row = add_field(field)()
    row.upload.save("a.jpg", upload("a.jpg", jpeg(600, 300)), save=False)
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
    album = Album.objects.create(name="one", cover=upload(content=jpeg(1200, 400)))
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
    album = Album.objects.create(name="one", cover=upload())
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
