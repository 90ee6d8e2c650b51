"""A kept file is stored once, however often it is sent, and whatever goes wrong then."""

from contextlib import suppress

import pytest
from django import forms
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from uploads.tests.keeping import AlbumForm, Site, there
from uploads.tests.level import Broken, upload
from uploads.tests.models import Album

pytestmark = pytest.mark.django_db
NOT_KEPT = "The file that you chose before is not kept any longer. Choose it again."


@pytest.fixture
def site():
    return Site()


def test_a_file_is_used_once(site):
    (token,) = site.ask({"cover": upload()}).tokens
    site.ask({"name": "one", "cover-kept": token})
    assert site.ask({"name": "two", "cover-kept": token}).page != "saved"
    assert site.form.errors["cover"] == [NOT_KEPT]


class Fails(AlbumForm):
    """Its files are stored, as by each save() outside of a transaction; its rows, rolled back."""

    def is_valid(self):
        valid = super().is_valid()
        Album._meta.get_field("cover").store_before(self.instance)
        return valid

    def save(self):
        with suppress(Broken), transaction.atomic():
            super().save()
            raise Broken


def test_after_an_error_of_the_server_a_file_is_still_there(site):
    (token,) = site.ask({"cover": upload()}).tokens
    site.ask({"name": "one", "cover-kept": token}, form_class=Fails, status=500)
    assert (Album.objects.count(), len(there())) == (0, 2)
    assert site.ask({"name": "one", "cover-kept": token}).page == "saved"


def test_a_file_is_used_when_a_row_names_it_whatever_went_wrong_after_that(site):
    (token,) = site.ask({"cover": upload()}).tokens
    site.ask({"name": "one", "cover-kept": token}, status=500)
    assert (Album.objects.count(), there()) == (1, [])
    assert site.ask({"name": "two", "cover-kept": token}).page != "saved"


def test_a_file_that_storage_did_not_take_is_still_there(site, monkeypatch):
    (token,) = site.ask({"cover": upload()}).tokens
    with monkeypatch.context() as down:
        down.setattr(storages["default"], "save", lambda *args: 1 / 0)
        (token,) = site.ask({"name": "one", "cover-kept": token}).tokens
    assert site.ask({"name": "one", "cover-kept": token}).page == "saved"


def test_of_two_requests_at_the_same_moment_one_stores_the_file(site):
    (token,) = site.ask({"cover": upload()}).tokens
    second = []

    class Slow(AlbumForm):
        def is_valid(self):
            valid = super().is_valid()
            second.append(site.ask({"name": "two", "cover-kept": token}))
            return valid

    answer = site.ask({"name": "one", "cover-kept": token}, form_class=Slow)
    assert (second[0].page, answer.tokens) == ("saved", [])
    assert NOT_KEPT in answer.page
    assert [album.name for album in Album.objects.all()] == ["two"]
    assert there() == []


class Killed(Fails):
    """Its worker ends between the file and the row."""

    def save(self):
        self.cleaned_data["cover"].close()
        raise SystemExit


def test_a_request_that_was_killed_with_a_file_leaves_words(site):
    (token,) = site.ask({"cover": upload()}).tokens
    with pytest.raises(SystemExit):
        site.ask({"name": "one", "cover-kept": token}, form_class=Killed)
    answer = site.ask({"name": "one", "cover-kept": token})
    assert (site.form.errors["cover"], answer.tokens) == ([NOT_KEPT], [])


class Refusing(AlbumForm):
    def clean_cover(self):
        raise forms.ValidationError("Not this one.")


def test_a_file_that_the_forms_owner_refuses_is_not_kept(site):
    answer = site.ask({"cover": upload()}, form_class=Refusing)
    assert (answer.tokens, there()) == ([], [])
    (token,) = site.ask({"cover": upload()}).tokens
    assert site.ask({"cover-kept": token}, form_class=Refusing).tokens == []


def test_a_file_that_the_forms_owner_refuses_is_gone_for_good(site):
    (token,) = site.ask({"cover": upload()}).tokens
    site.ask({"name": "one", "cover-kept": token}, form_class=Refusing)
    assert there() == []


@pytest.mark.parametrize("name", ["", "one"])
def test_a_new_file_and_the_box_to_remove_it_contradict_each_other(site, album, name):
    before = album.cover.name
    both = {"name": name, "cover": upload(700), "cover-clear": "on"}
    answer = site.ask(both, instance=album)
    contradiction = "Please either submit a file or check the clear checkbox, not both."
    assert site.form.errors["cover"] == [contradiction]
    (token,) = answer.tokens
    assert 'id="cover-clear_id" checked' in answer.page
    (token,) = site.ask(both | {"cover": "", "cover-kept": token}, instance=album).tokens
    assert site.form.errors["cover"] == [contradiction]
    album.refresh_from_db()
    assert album.cover.name == before
    assert site.ask({"name": "one", "cover-kept": token}, instance=album).page == "saved"
    assert album.cover.width == 700


def test_a_bad_file_and_the_box_to_remove_it(site, album):
    bad = SimpleUploadedFile("evil.png", b"<script>")
    answer = site.ask({"name": "one", "cover": bad, "cover-clear": "on"}, instance=album)
    assert answer.tokens == []
    assert [e.code for e in site.form.errors["cover"].as_data()] == ["not_a_picture"]


def test_the_box_to_remove_it_wins_over_a_kept_file_that_is_left_out(site, album):
    (token,) = site.ask({"cover": upload(700)}, instance=album).tokens
    data = {"name": "one", "cover-kept": token, "cover-kept-drop": "on", "cover-clear": "on"}
    assert site.ask(data, instance=album).page == "saved"
    album.refresh_from_db()
    assert (bool(album.cover), there()) == (False, [])
