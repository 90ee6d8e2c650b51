"""What a request makes of a video, and what is left of it: the file is not the only one to fail."""

import gc
import json

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import RequestFactory

from uploads.answers import form_refusal
from uploads.formats import admission, apart, variants, videos
from uploads.formats.accept import Refused
from uploads.handlers import UploadMiddleware
from uploads.storage import temporary_folder
from uploads.tests.clips import clip
from uploads.tests.level import all_stored
from uploads.tests.models import Paper

pytestmark = [pytest.mark.django_db, pytest.mark.processes]


class PaperForm(forms.ModelForm):
    class Meta:
        model = Paper
        fields = ["title", "file"]


def sent():
    return SimpleUploadedFile("a.mp4", clip("mp4"))


def rewritten():
    return [*temporary_folder().glob("*.upload")]


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_what_was_made_goes_with_its_request():
    forms = []

    def view(request):
        forms.append(PaperForm(request.POST, request.FILES))
        assert "title" in forms[0].errors
        assert len(rewritten()) == 1
        return HttpResponse()

    request = RequestFactory().post("/", {"file": sent()})
    UploadMiddleware(view)(request)
    assert rewritten() == []


def full(*args, **kwargs):
    raise OSError(28, "No space left on device")


BROKEN = {
    "the disk is full": lambda patch: patch.setattr("tempfile.TemporaryFile", full),
    "the disk has no room for a first byte": lambda patch: patch.setattr("tempfile.mkstemp", full),
    "no interpreter": lambda patch: patch.setattr(apart, "python", lambda: "/nowhere/python3"),
    "a library that can't be loaded": lambda patch: patch.syspath_prepend(temporary_folder()),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_fault_of_the_file_is_not_said_of_it(what, monkeypatch):
    (temporary_folder() / "av.py").write_text("import nothing_of_this_name")
    form = PaperForm({}, {"file": sent()})
    with monkeypatch.context() as patch:
        BROKEN[what](patch)
        assert not form.is_valid()
    (error,) = form.errors.as_data()["file"]
    assert error.code == "unavailable"
    assert error.message.startswith("The file could not be stored. Nothing was saved")
    assert form_refusal(form).status_code == 503
    assert rewritten() == []


def test_a_view_without_an_answer_for_it_says_so_too(monkeypatch):
    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(Refused) as refused:
        Paper(file=sent()).save()
    request = RequestFactory().post("/", headers={"accept": "application/json"})
    response = UploadMiddleware(None).process_exception(request, refused.value)
    assert response.status_code == 503
    assert "could not be stored" in json.loads(response.content)["errors"]["file"][0]


def poster_that(task, **limits):
    """In place of apart.run(): the poster's process does this of tasks.py instead."""
    run = apart.run

    def instead(wanted, content, **options):
        if wanted != "frames.bright":
            return run(wanted, content, **options)
        return run(f".tests.tasks.{task}", content, megabytes=100, **{"seconds": 9} | limits)

    return instead


@pytest.mark.parametrize("task", ["sleep", "spin"])
def test_a_poster_that_is_late_is_drawn_later(task, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(apart, "IDLE", 0 if task == "sleep" else 9)
        patch.setattr(apart, "run", poster_that(task, seconds=0))
        row = Paper.objects.create(title="x", file=sent())
    assert row.file.name.endswith("-64x48-1s.mp4")
    assert all_stored()["private"] == {row.file.name}
    call_command("rebuild_renditions")
    assert all_stored()["private"] == {row.file.name, *row.file.field.renditions_of(row.file.name)}


@pytest.mark.parametrize("extension", ["mp4", "webm"])
def test_a_film_is_as_large_as_it_is_shown_without_a_poster(extension, monkeypatch):
    film = clip(extension, turned=(90,) if extension == "mp4" else (0,))
    with monkeypatch.context() as patch:
        patch.setattr(apart, "IDLE", 0)
        patch.setattr(apart, "run", poster_that("sleep", seconds=0))
        late = Paper.objects.create(title="x", file=SimpleUploadedFile(f"a.{extension}", film)).file
    same = Paper.objects.create(title="x", file=SimpleUploadedFile(f"a.{extension}", film)).file
    assert (late.width, late.height) == (same.width, same.height)


def test_a_poster_may_be_as_large_as_its_film(settings, monkeypatch):
    """And is given as pixels: 3840 of 4096 squared are 44 MB."""
    asked = {}

    def run(wanted, content, **options):
        asked.update(options)
        raise apart.Failed

    settings.IMAGE_WIDTHS = [400, 3840]
    monkeypatch.setattr(apart, "run", run)
    with pytest.raises(ValidationError):
        videos.poster(None, "mp4", variants.of_files(), (4096, 4096))
    assert 3840 * 3840 * 3 / 1024**2 < asked["answer_mb"] < 60


def test_a_poster_has_no_turn_of_its_own_when_the_site_is_busy(monkeypatch):
    def run(wanted, content, *, run=apart.run, **options):
        if wanted == "frames.bright":
            raise admission.busy()
        return run(wanted, content, **options)

    monkeypatch.setattr(apart, "run", run)
    assert Paper.objects.create(title="x", file=sent()).file.width == 64


def test_a_film_of_which_no_picture_can_be_decoded_is_damaged(monkeypatch):
    for task in ("raise_error", "crash"):
        monkeypatch.setattr(apart, "run", poster_that(task))
        with pytest.raises(Refused, match="damaged"):
            Paper(file=sent()).save()
        monkeypatch.undo()
