"""Each field has rules of its own."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from uploads.fields import FileField, ImageField
from uploads.tests.examples import jpeg, pdf, png
from uploads.tests.level import refusals, sent


def test_own_validators_are_asked_about_every_upload(add_field, db):
    """Once for each, with the bytes as they were sent, whatever way it comes."""
    asked = []

    def no_secret(file):
        asked.append((file.name, file.size, file.read()))
        if b"SECRET" in asked[-1][2]:
            raise ValidationError("It has a %(what)s.", params={"what": "secret"}, code="secret")

    def too_short(file):
        if file.size < 20:
            raise ValidationError("It is short.")

    field = FileField(upload_to="a", validators=[no_secret, too_short])
    model = add_field(field)
    both = ["It has a secret.", "It is short."]
    for content in (b"SECRET", "SECRET"):
        assert refusals(field, ContentFile(content, name="a.txt")) == both
        with pytest.raises(ValidationError) as refusal:
            field.formfield().clean(SimpleUploadedFile("a.txt", b"SECRET"))
        assert refusal.value.messages == both
        with pytest.raises(ValidationError) as refusal:
            model().upload.save("a.txt", ContentFile(content), save=False)
        assert refusal.value.messages == both
    asked.clear()
    row, sent = model(), ContentFile(b"twenty bytes and more", name="a.txt")
    field.formfield().clean(sent)
    row.upload = sent
    field.clean(row.upload, row)
    field.pre_save(row, add=True)
    assert asked == [("a.txt", 21, b"twenty bytes and more")]
    assert field.validators == [field.check_upload]
    assert field.deconstruct()[3]["validators"] == [no_secret, too_short]


def refuse_by_name(file):
    raise ValidationError({"a": ["one", "two"], "b": "three"})


def refuse_by_code(file):
    raise ValidationError("It has a secret.", code="secret")


def test_validators_may_do_what_they_do_in_django(add_field):
    """Ask for the size of a picture, be those of the class, refuse by a dictionary or a code."""
    asked = []
    field = ImageField(upload_to="a", validators=[lambda file: asked.append((file.width, 1))])
    field.default_validators = [lambda file: asked.append((file.height, 2))]
    add_field(field)
    field.formfield().clean(SimpleUploadedFile("a.jpg", jpeg(50, 40)))
    assert asked == [(40, 2), (50, 1)]
    field = FileField(upload_to="a", validators=[refuse_by_name])
    add_field(field)
    assert refusals(field, sent("a.txt", b"x")) == ["one", "two", "three"]
    words = {"secret": "No secrets."}
    field = FileField(upload_to="a", validators=[refuse_by_code], error_messages=words)
    add_field(field)
    assert refusals(field, sent("a.txt", b"x")) == ["No secrets."]


def test_file_is_asked_about_again_when_a_validator_failed(add_field):
    asked = []

    def busy_once(file):
        asked.append(file)
        if len(asked) == 1:
            raise OSError("busy")

    field = FileField(upload_to="a", validators=[busy_once])
    add_field(field)
    file = sent("a.txt", b"x")
    with pytest.raises(OSError, match="busy"):
        field.accept(file, file.name)
    field.accept(file, file.name)
    assert len(asked) == 2


def test_validators_see_the_picture_as_it_was_sent(add_field):
    sent, asked = jpeg(comment=b"SECRET"), []
    field = ImageField(upload_to="a", validators=[lambda file: asked.append(file.read())])
    row = add_field(field)()
    row.upload.save("a.jpg", ContentFile(sent), save=False)
    assert asked == [sent]
    with row.upload.open() as file:
        assert b"SECRET" not in file.read()


def test_types(add_field):
    field = FileField(upload_to="a", types=["pdf"])
    add_field(field)
    assert refusals(field, sent("a.pdf", pdf())) == []
    assert "Accepted are: pdf." in refusals(field, sent("a.csv", b"a,b"))[0]
    form_field = field.formfield()
    assert form_field.widget.attrs["accept"] == ".pdf,application/pdf"
    assert form_field.help_text.startswith("PDF, up to")


def test_types_are_those_that_the_settings_allow(add_field, settings):
    settings.UPLOAD_FILE_TYPES = {"pdf": 5, "txt": 1}
    field = FileField(upload_to="a", types=["csv", "pdf"])
    add_field(field)
    assert "Accepted are: pdf." in refusals(field, sent("a.csv", b"a,b"))[0]
    assert "Accepted are: pdf." in refusals(field, sent("a.txt", b"a"))[0]


def test_types_of_pictures(add_field):
    field = ImageField(upload_to="a", types=["png"])
    add_field(field)
    assert refusals(field, sent("a.png", png())) == []
    assert "Accepted are: png." in refusals(field, sent())[0]


@pytest.mark.parametrize("field_class", [FileField, ImageField])
def test_limit_of_its_own(field_class, add_field):
    field = field_class(upload_to="a", max_mb=0.1)
    add_field(field)
    name, content = ("a.pdf", pdf()) if field_class is FileField else ("a.jpg", jpeg())
    large = sent(name, content + bytes(200_000))
    assert "0.1 MB is the most" in refusals(field, large)[0]
    assert refusals(field, sent(name, content)) == []
    form_field = field.formfield()
    assert form_field.widget.attrs["data-max-file-bytes"] == 104857
    assert form_field.help_text.endswith("up to 0.1 MB.")
