import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import modelform_factory

from uploads import names
from uploads.formats import pictures
from uploads.forms import SeveralFiles
from uploads.tests.clips import USUAL, clip
from uploads.tests.examples import encoded, image, jpeg, pdf, png
from uploads.tests.models import Album, Paper
from uploads.widgets import UploadInput

ZIP = b"PK\x03\x04" + bytes(30)
GOOD = {
    "pdf": pdf(),
    "txt": "Grüße".encode("latin-1"),
    "csv": "\ufeffa,b".encode("utf-16"),
    "docx": ZIP,
    "zip": ZIP,
    "png": png(20, 20),
    **{extension: clip(extension) for extension in USUAL},
}
HTML = b"<!doctype html><script>alert(1)</script>"


def upload(name, content):
    return SimpleUploadedFile(name, content)


def form(file, model=Paper, field="file"):
    return modelform_factory(model, fields=[field])({}, {field: file})


@pytest.mark.parametrize("extension", GOOD)
def test_file_types(extension):
    assert form(upload(f"Name.{extension.upper()}", GOOD[extension])).is_valid()


@pytest.mark.parametrize("extension", sorted(set(GOOD) - {"txt", "csv"}))
def test_html_is_none_of_them(extension):
    assert not form(upload(f"name.{extension}", HTML)).is_valid()


def test_text_of_a_program_is_stored_as_utf_8(db):
    paper = Paper.objects.create(file=ContentFile("naïve", name="a.txt"))
    assert paper.file.read() == "naïve".encode()
    paper.file.close()


def test_text_has_no_zero_bytes():
    assert not form(upload("a.txt", b"MZ\0\0")).is_valid()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("evil.html", HTML, "“.html” files are not accepted here."),
        ("drawing.svg", b"<svg/>", "“.svg” files are not accepted here."),
        ("nothing", b"x", "A file without an extension is not accepted here."),
        ("a.pdf", HTML, "This file's name ends in “.pdf”, but it is something else inside."),
        ("a.pdf", b"", "The submitted file is empty."),
        ("文" * 90 + ".pdf", pdf(), "This file's name has 274 bytes; 255 is the most."),
    ],
)
def test_refusal_is_a_sentence_with_the_value(name, content, sentence):
    errors = form(upload(name, content)).errors["file"]
    assert sentence in errors[0]


def test_one_type_can_have_a_limit_of_its_own(settings):
    settings.UPLOAD_FILE_TYPES = {**settings.UPLOAD_FILE_TYPES, "pdf": 1}
    errors = form(upload("a.pdf", pdf() + bytes(1024 * 1024))).errors["file"]
    assert errors == ["This upload has 1.1 MB; 1 MB is the most."]


def test_pictures_in_file_fields_lose_their_metadata_too():
    field = Paper._meta.get_field("file")
    accepted = field.accept(upload("a.jpg", jpeg(comment=b"SECRET")), "a.jpg")
    assert b"SECRET" not in accepted.content
    assert [b"SECRET" in made for made in accepted.renditions.values()] == [False]


def test_picture_is_decoded_once(monkeypatch, db):
    """By the form; saving takes what the form has made."""
    calls = []
    process = pictures.process

    def counting(*args, **options):
        calls.append(args)
        return process(*args, **options)

    monkeypatch.setattr(pictures, "process", counting)
    album = form(upload("a.jpg", jpeg(300, 200)), Album, "cover")
    album.instance.name = "one"
    assert album.is_valid()
    album.save()
    assert len(calls) == 1
    assert Album.objects.get().cover.width == 300


def test_attributes_of_a_widget_are_its_owners():
    widgets = {"back": UploadInput({"accept": ".png", "disabled": True})}
    made = modelform_factory(Album, fields=["back"], widgets=widgets)
    html = made(instance=Album(back="a.png"))["back"].as_widget()
    assert 'accept=".png"' in html
    assert html.count(" disabled") == 2  # so is the box that clears it


def test_several_files_are_all_checked():
    field = SeveralFiles(Paper._meta.get_field("file").formfield())
    two = [upload("a.pdf", pdf()), upload("b.pdf", pdf())]
    assert [file.name for file in field.clean(two)] == ["a.pdf", "b.pdf"]
    with pytest.raises(ValidationError) as refusal:
        field.clean([*two, upload("c.pdf", HTML), upload("d.exe", b"MZ")])
    assert [message[:6] for message in refusal.value.messages] == ["c.pdf:", "d.exe:"]
    with pytest.raises(ValidationError, match="21 files; 20 at once"):
        field.clean([upload("a.pdf", pdf())] * 21)
    with pytest.raises(ValidationError, match="required"):
        field.clean([])


def test_stored_name_has_nothing_of_the_senders(db):
    album = Album.objects.create(name="one", cover=upload("../../O'Neil;.PNG", png(300, 200)))
    assert names.PATTERN.fullmatch(album.cover.name)
    assert "Neil" not in album.cover.name
    assert album.cover.name.startswith("covers/")
    assert album.cover.name.endswith("-300x200.png")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Mein Foto é 🦊.JPG", "Mein Foto é 🦊"),
        ("C:\\Photos\\cat.jpg", "cat"),
        ("photo\u202egpj.exe", "photogpj"),
        ("a\0b\r\n.jpg", "ab"),
        (".jpg", ".jpg"),
        ("x" * 300 + ".jpg", "x" * 255),
        ("   .jpg", "Untitled"),
        ("👩\u200d👧.png", "👩\u200d👧"),
    ],
)
def test_title_from_a_file_name(name, title):
    assert names.title_from(name) == title


def test_extension_must_fit_the_picture():
    errors = form(upload("a.jpg", encoded(image(20, 20), "PNG")), Album, "cover").errors["cover"]
    assert "PNG" in errors[0]
