"""Sentences in another language, and in an owner's own words."""

import re

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import modelform_factory
from django.utils import translation

from uploads.forms import SeveralFiles, UploadField
from uploads.tests.examples import jpeg, pdf
from uploads.tests.models import Album, Paper

PAPER = Paper._meta.get_field("file")


def large(name="a.pdf"):
    return SimpleUploadedFile(name, pdf() + bytes(1024 * 1024))


def wrong():
    return SimpleUploadedFile("a.exe", b"MZ")


@pytest.fixture
def small(monkeypatch):
    """The field takes a tenth of a megabyte."""
    monkeypatch.setattr(PAPER, "max_mb", 0.1)


def said(field, data):
    with pytest.raises(ValidationError) as refusal:
        field.clean(data)
    return refusal.value.messages


# Another language


def test_german(small):
    field, help_text = PAPER.formfield(), "oder ZIP, bis zu 0,1 MB."
    with translation.override("de"):
        assert field.help_text.endswith(help_text)
        assert said(field, large()) == [
            "Dieser Upload hat 1,0 MB; höchstens 0,1 MB sind erlaubt.",
        ]
        assert said(field, wrong())[0].startswith("Dateien der Art „.exe“ werden hier nicht")
        several = said(SeveralFiles(field), [large()] * 21)
        assert several == ["Das sind 21 Dateien; höchstens 20 auf einmal sind erlaubt."]
    assert "up to 0.1 MB" in field.help_text


def test_words_of_the_script_are_on_the_file_input(small):
    """In the language that the page has, not that of the moment when its form was made."""
    form = modelform_factory(Paper, fields=["file"])()
    with translation.override("de"):
        words = dict(re.findall(r'data-text-([a-z0-9]+)="(.*?)"', str(form["file"])))
    assert words["large"] == "Diese Datei ist zu groß: Höchstens 0,1 MB sind erlaubt."
    assert words["type"].startswith("Solche Dateien werden hier nicht angenommen.")
    assert words["0"].startswith("Der Upload ist abgebrochen.")
    assert words["count"] == "Hochgeladen: %(done)s von %(count)s."


@pytest.mark.parametrize("language", ["ar", "zh-hans", "xx"])
def test_language_without_a_catalogue_has_the_english_sentences(language):
    with translation.override(language):
        assert said(PAPER.formfield(), wrong())[0].startswith("“.exe” files are not accepted here.")


# An owner's own words


def test_form_field_says_it_in_other_words(small):
    words = {
        "required": "Where is it?",
        "too_large": "Too big!",
        "wrong_type": "Not %(extension)s, but %(types)s.",
    }
    field = PAPER.formfield(error_messages=words)
    assert said(field, None) == ["Where is it?"]
    assert said(field, large()) == ["Too big!"]
    assert re.match(r"Not exe, but .*pdf", said(field, wrong())[0])
    assert "something else inside" in said(field, SimpleUploadedFile("a.pdf", b"MZ"))[0]


def test_form_says_it_in_other_words(small):
    words = {"file": {"too_large": "%(size)s MB?"}}
    form = modelform_factory(Paper, fields=["file"], error_messages=words)({}, {"file": large()})
    assert form.errors["file"] == ["1.0 MB?"]


def test_picture_that_cannot_be_read_by_djangos_code_for_it():
    cover, words = Album._meta.get_field("cover"), {"invalid_image": "No picture."}
    field = cover.formfield(error_messages=words)
    for content in (b"x", jpeg()[:1000]):
        assert said(field, SimpleUploadedFile("a.jpg", content)) == ["No picture."]


def test_subclass_says_it_in_other_words(small):
    class Field(UploadField):
        default_error_messages = {"too_large": "At most %(most)s MB."}

    assert said(PAPER.formfield(form_class=Field), large()) == ["At most 0.1 MB."]


def test_several_files_are_refused_in_other_words(small):
    one = PAPER.formfield(error_messages={"too_large": "Too big!", "wrong_type": "No."})
    words = {"required": "None?", "too_many": "%(count)s of %(most)s.", "wrong_type": "Never."}
    field = SeveralFiles(one, error_messages=words)
    assert said(field, []) == ["None?"]
    assert said(field, [large()] * 21) == ["21 of 20."]
    assert said(field, [wrong()]) == ["Never."]
    assert said(field, [large("b.pdf"), wrong()]) == ["b.pdf: Too big!", "a.exe: Never."]
    with pytest.raises(ValidationError) as refusal:
        field.clean([large("100 %s.pdf"), wrong()])
    assert [error.code for error in refusal.value.error_list] == ["too_large", "wrong_type"]
    assert refusal.value.messages[0] == "100 %s.pdf: Too big!"


def test_form_changes_the_words_of_its_own_copy(small):
    class Form(forms.Form):
        files = SeveralFiles(PAPER.formfield())

    mine, other = Form({}, {"files": [large()]}), Form({}, {"files": [large()]})
    mine.fields["files"].error_messages["too_large"] = "Too big!"
    assert mine.errors["files"] == ["Too big!"]
    assert other.errors["files"] != ["Too big!"]


def test_model_field_says_it_in_other_words(small, monkeypatch):
    """In forms and full_clean(); those of a form come first, as with Django's own."""
    words = PAPER.error_messages | {"too_large": "The model: %(size)s MB."}
    monkeypatch.setattr(PAPER, "error_messages", words)
    assert said(PAPER.formfield(), large()) == ["The model: 1.0 MB."]
    assert said(PAPER.formfield(error_messages={"too_large": "The form."}), large()) == [
        "The form."
    ]
    paper = Paper(title="one", file=ContentFile(large().read(), name="a.pdf"))
    with pytest.raises(ValidationError) as refusal:
        paper.clean_fields(exclude=["album", "owner"])
    assert refusal.value.message_dict == {"file": ["The model: 1.0 MB."]}


def test_what_django_says_of_other_faults_replaces_no_refusal(monkeypatch):
    """An owner's check may call its refusal "invalid", as Django calls a form sent without one."""

    def process(content, name):
        raise ValidationError("There is a virus in it.", code="invalid")

    monkeypatch.setattr(PAPER, "process", process)
    field = PAPER.formfield()
    for kind, sent in ((field, large()), (SeveralFiles(field), [large()])):
        assert said(kind, sent) == ["There is a virus in it."]
    field = PAPER.formfield(error_messages={"invalid": "Ill."})
    assert said(SeveralFiles(field), [large()]) == ["Ill."]


def test_refusals_of_an_owners_own_may_be_several(monkeypatch):
    def process(content, name):
        raise ValidationError(["One.", ValidationError("Two.", code="two")])

    monkeypatch.setattr(PAPER, "process", process)
    field = PAPER.formfield(error_messages={"two": "Both."})
    assert said(field, large()) == ["One.", "Both."]
    several = said(SeveralFiles(field), [large()] * 2)
    assert several == ["a.pdf: One.", "a.pdf: Both."] * 2


def test_picture_is_refused_in_other_words():
    cover = Album._meta.get_field("cover").formfield(
        error_messages={"not_a_picture": "No picture."}
    )
    assert said(cover, SimpleUploadedFile("a.png", b"MZ")) == ["No picture."]
