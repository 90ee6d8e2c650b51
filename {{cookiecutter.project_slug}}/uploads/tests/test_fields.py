"""What Django's documentation says of its file fields holds for ours."""

import pytest
from django import forms
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.db import models
from django.forms import modelform_factory

from uploads.fields import FileField, ImageField
from uploads.storage import PrivateDiskStorage
from uploads.templatetags.uploads import picture
from uploads.tests.examples import jpeg, pdf, png
from uploads.tests.level import refusals, sent
from uploads.tests.models import Album, Paper


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.exe", b"MZ", "not accepted here"),
        ("a.png", jpeg(), "This is a JPEG picture, but its name ends in"),
        ("a.jpg", jpeg()[:1000], "damaged"),
        ("a.jpg", jpeg(), None),
    ],
)
def test_validators_refuse_with_a_sentence(name, content, sentence):
    said = refusals(Album._meta.get_field("cover"), sent(name, content))
    assert [sentence in line for line in said] == ([True] if sentence else [])


def test_stored_file_is_not_checked_again(db, monkeypatch):
    album = Album.objects.create(name="one", cover=sent())
    monkeypatch.setattr(ImageField, "process", None)
    Album.objects.get().full_clean()
    assert refusals(Album._meta.get_field("cover"), album.cover) == []


def test_public_file_and_private_picture(add_field, media, settings):
    public = add_field(FileField(upload_to="a", private=False))(upload=sent("a.pdf", pdf()))
    public.upload.save("a.pdf", sent("a.pdf", pdf()), save=False)
    assert public.upload.url.startswith(settings.MEDIA_URL)
    private = add_field(ImageField(upload_to="a", private=True))()
    private.upload.save("a.jpg", sent(), save=False)
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

    row = add_field(ImageField(upload_to=folder))(upload=sent())
    row.upload.save("A.JPG", sent(), save=False)
    assert row.upload.name.startswith("jpgs/2")


def test_unique(add_field):
    """Whether a name is taken is looked up before the file is stored: its own will be new."""
    field = Paper._meta.get_field("file")
    paper = Paper(title="a", file=sent("a.pdf", pdf()))
    assert field.get_prep_value(paper.file) == "a.pdf"


@pytest.mark.django_db
def test_constraint_with_a_file(monkeypatch):
    monkeypatch.setattr(Paper._meta.get_field("file"), "_unique", True)
    form = modelform_factory(Paper, fields=["title", "file"])(
        {"title": "a"}, {"file": sent("a.pdf", pdf())}
    )
    assert form.is_valid(), form.errors
    form.save()


def test_form_field_of_another_class():
    form = modelform_factory(Album, fields=["cover"], field_classes={"cover": forms.ImageField})
    assert type(form.base_fields["cover"]) is forms.ImageField


def test_picture_of_a_form_as_django_documents_it(db):
    form = modelform_factory(Album, fields=["name", "cover"])({"name": "a"}, {"cover": sent()})
    assert form.is_valid(), form.errors
    cover = form.cleaned_data["cover"]
    assert (cover.image.format, cover.image.size) == ("JPEG", (500, 60))
    assert cover.content_type == "image/jpeg"


def test_size_is_known_before_a_picture_is_stored():
    album = Album(name="one", cover=sent())
    assert (album.cover.width, album.cover.height) == (500, 60)


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
        row = model(upload=sent("a.jpg", jpeg(5000, 625)))
        saved = [field.pre_save(row, add=True) for field in model._meta.concrete_fields[1:]]
        sizes = [value for value in saved if isinstance(value, int)]
        assert sizes == [4096, 512]
        assert (row.wide, row.high) == (4096, 512)
    finally:
        del model._meta.apps.all_models["uploads"]["sized"]
        Album._meta.apps.clear_cache()
