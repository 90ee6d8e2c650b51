"""A file that is right outlives a form that is not yet: for its visitor, for an hour."""

import io
import re
from dataclasses import replace

import pytest
from django.core import signing
from django.core.files.base import File
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import Http404

from uploads import kept
from uploads.formats import admission
from uploads.tests.keeping import AlbumForm, Site, there
from uploads.tests.level import upload
from uploads.tests.models import Album

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return Site()


def test_a_file_comes_back_with_the_next_try(site):
    (token,) = site.ask({"cover": upload()}).tokens
    assert len(there()) == 2  # and its preview
    assert site.ask({"name": "one", "cover-kept": token}).page == "saved"
    assert Album.objects.get().cover.width == 500
    assert there() == []


def test_a_big_file_that_was_received_on_disk(site, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    (token,) = site.ask({"cover": upload()}).tokens
    assert site.ask({"name": "one", "cover-kept": token}).page == "saved"


def test_a_file_is_shown_again_as_often_as_the_form_is_wrong(site):
    (first,) = site.ask({"cover": upload()}).tokens
    (second,) = site.ask({"cover-kept": first}).tokens
    assert len(there()) == 2
    assert site.ask({"name": "one", "cover-kept": second}).page == "saved"


def test_a_file_that_is_wrong_itself_is_not_kept(site):
    answer = site.ask({"cover": SimpleUploadedFile("evil.png", b"<script>")})
    assert (answer.tokens, there()) == ([], [])


def test_a_file_is_its_visitors_alone(user, other):
    mine, elsewhere = Site(user), Site(user)
    (token,) = mine.ask({"cover": upload()}).tokens
    for stranger in (Site(other), Site()):
        stranger.ask({"name": "theirs", "cover-kept": token})
        assert "cover" in stranger.form.errors
    assert len(there()) == 2
    assert elsewhere.ask({"name": "mine", "cover-kept": token}).page == "saved"


def test_without_a_login_a_file_is_one_sessions():
    one, another = Site(), Site()
    (token,) = one.ask({"cover": upload()}).tokens
    assert another.ask({"name": "theirs", "cover-kept": token}).page != "saved"
    assert one.ask({"name": "mine", "cover-kept": token}).page == "saved"


def test_a_file_is_kept_for_an_hour(site, monkeypatch):
    (token,) = site.ask({"cover": upload()}).tokens
    monkeypatch.setattr(kept, "SECONDS", -1)
    assert site.ask({"name": "one", "cover-kept": token}).page != "saved"


FOREIGN = {"stored": [".tmp/x", ""]}


@pytest.mark.parametrize(
    "token",
    ["", "x", "x:y:z", pytest.param(signing.dumps(FOREIGN), id="signed for something else")],
)
def test_what_was_not_signed_here_for_this_is_nobodys(site, token):
    site.ask({"name": "one", "cover-kept": token})
    assert ("cover" in site.form.errors) == bool(token)


def test_a_chosen_file_wins_and_the_kept_one_goes(site):
    (token,) = site.ask({"cover": upload(700)}).tokens
    site.ask({"name": "one", "cover-kept": token, "cover": upload(900)})
    assert Album.objects.get().cover.width == 900
    assert there() == []


def test_a_file_may_be_left_out(site):
    (token,) = site.ask({"cover": upload()}).tokens
    site.ask({"name": "one", "cover-kept": token, "cover-kept-drop": "on"})
    assert not Album.objects.get().cover
    assert there() == []


def test_only_its_visitor_sees_the_preview(user, other):
    mine = Site(user)
    answer = mine.ask({"cover": upload()})
    (address,) = re.findall(r'<img src="([^"]+)"', answer.page)
    seen = mine.ask(path=address)
    assert (seen.headers["Content-Type"], seen.content[8:12]) == ("image/webp", b"WEBP")
    assert seen.headers["Cache-Control"] == "private, no-store"
    for stranger in (Site(other), Site()):
        with pytest.raises(Http404):
            stranger.ask(path=address)


def test_what_was_made_of_a_kept_file_goes_with_its_request(site, monkeypatch):
    """A video that is rewritten is a temporary file."""
    field, made = Album._meta.get_field("cover"), File(io.BytesIO(b"x"))
    process = field.process
    (token,) = site.ask({"cover": upload()}).tokens
    monkeypatch.setattr(field, "process", lambda *args: replace(process(*args), content=made))
    assert site.ask({"cover-kept": token}).tokens
    assert made.closed


def test_a_storage_may_give_a_preview_another_name(site, monkeypatch):
    """As those of buckets do, which put a folder before it."""
    storage = storages["private"]
    save = storage.save
    monkeypatch.setattr(storage, "save", lambda name, file: save(f"{kept.FOLDER}/in/{name}", file))
    answer = site.ask({"cover": upload()})
    (address,) = re.findall(r'<img src="([^"]+)"', answer.page)
    assert site.ask(path=address).content[8:12] == b"WEBP"
    assert len(there()) == 2
    monkeypatch.undo()
    site.ask({"name": "one", "cover-kept": answer.tokens})
    assert there() == []


def test_storage_that_is_down_keeps_nothing_and_says_so(site, monkeypatch):
    def save(*args, **kwargs):
        raise OSError

    monkeypatch.setattr(storages["private"], "save", save)
    assert site.ask({"cover": upload()}).tokens == []


def test_without_the_middleware_forms_work_as_before():
    form = AlbumForm({}, {"cover": upload()})
    assert "-kept" not in form.as_p()


def test_orphans_sweeps_what_nobody_sent_again(site, capsys):
    site.ask({"cover": upload()})
    Album.objects.create(name="one", cover=upload())
    call_command("orphans", "--delete", "--older-than=0", "--site-is-stopped", verbosity=0)
    assert there() == []


def test_a_kept_file_outlives_a_site_that_is_busy(site, monkeypatch):
    (token,) = site.ask({"cover": upload()}).tokens
    monkeypatch.setattr(admission, "seconds_left", lambda: 0)
    (token,) = site.ask({"name": "one", "cover-kept": token}).tokens
    assert "cover" in site.form.errors
    monkeypatch.undo()
    assert site.ask({"name": "one", "cover-kept": token}).page == "saved"
    assert there() == []


def test_a_preview_of_a_used_file_is_nowhere(site):
    answer = site.ask({"cover": upload()})
    (address,) = re.findall(r'<img src="([^"]+)"', answer.page)
    site.ask({"name": "one", "cover-kept": answer.tokens})
    with pytest.raises(Http404):
        site.ask(path=address)


def test_a_kept_file_that_cannot_be_deleted_is_left_to_orphans(site, monkeypatch):
    def delete(name):
        raise OSError

    (token,) = site.ask({"cover": upload()}).tokens
    monkeypatch.setattr(storages["private"], "delete", delete)
    assert site.ask({"name": "one", "cover-kept": token}).page == "saved"
    assert len(there()) == 2


def test_a_token_says_nothing_of_the_session(site):
    (token,) = site.ask({"cover": upload()}).tokens
    assert site.session.session_key not in str(signing.loads(token, salt=kept.FOLDER))
