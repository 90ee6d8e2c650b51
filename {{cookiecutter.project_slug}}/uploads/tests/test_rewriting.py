"""What a request makes of a video, and what is left of it: the file is not the only one to fail."""

import gc

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory

from uploads.handlers import UploadMiddleware
from uploads.storage import temporary_folder
from uploads.tests.clips import clip
from uploads.tests.keeping import Site
from uploads.tests.models import Paper

pytestmark = pytest.mark.django_db


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


@pytest.mark.usefixtures("no_collector")
def test_what_was_made_of_a_kept_file_goes_too():
    site = Site()
    page = site.ask({"file": sent()}, form_class=PaperForm).page
    token = page.partition('name="file-kept" value="')[2].partition('"')[0]
    for file in rewritten():  # as UploadMiddleware does
        file.unlink()
    assert site.ask({"file-kept": token}, form_class=PaperForm).tokens == []
    assert "title" in site.form.errors
    assert rewritten() == []
