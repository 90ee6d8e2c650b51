import html
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory
from django.urls import reverse

from uploads.formats import admission
from uploads.formats.accept import Refused
from uploads.handlers import TemporaryFileHandler, UploadMiddleware, temporary_folder
from uploads.tests.examples import jpeg
from uploads.tests.models import Album

MEGABYTE = 1024 * 1024


def text(response):
    return html.unescape(response.content.decode())


class Unread(io.BytesIO):
    def read(self, *args):
        raise AssertionError("the body is read")


@pytest.fixture
def visitor(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def profile(visitor, settings):
    settings.MAX_UPLOAD_MB = 10
    settings.UPLOAD_FILE_TYPES = dict.fromkeys(settings.UPLOAD_FILE_TYPES, 10)
    return reverse("profile")


def test_too_large_a_body_is_refused_unread(visitor, profile, settings):
    settings.MAX_UPLOAD_MB = 1
    response = visitor.generic(
        "POST",
        profile,
        b"--x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(200 * MEGABYTE),
        **{"wsgi.input": Unread()},
    )
    assert response.status_code == 413
    page = text(response)
    assert "This upload has 200.0 MB; 1 MB is the most." in page
    assert 'name="profile_picture"' in page


def test_patience_begins_when_the_body_is_there(rf):
    """However slowly it comes, without a proxy that waits for it: the site is not busy."""
    left = []

    class Body(io.BytesIO):
        def read(self, *args):
            left.append(admission.seconds_left())
            return super().read(*args)

    def view(request):
        assert request.POST == {"a": ["b"]}
        left.append(admission.seconds_left())
        return HttpResponse()

    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'
    kind = "multipart/form-data; boundary=x"
    request = rf.generic("POST", "/", body, kind, **{"wsgi.input": Body(body)})
    UploadMiddleware(view)(request)
    assert {*left[:-1]} == {None}
    assert left[-1] > admission.PATIENCE / 2


@pytest.mark.parametrize("length", ["", "abc", "9" * 5000])
def test_length_that_is_no_number_is_no_error(visitor, profile, length):
    kind = "multipart/form-data; boundary=x"
    response = visitor.generic("POST", profile, b"--x", content_type=kind, CONTENT_LENGTH=length)
    assert response.status_code < 500


def test_refused_body_changes_nothing(visitor, user, profile, settings):
    settings.MAX_UPLOAD_MB = 0
    response = visitor.post(profile, {"first_name": "Changed"})
    assert response.status_code == 413
    user.refresh_from_db()
    assert user.first_name == ""


@pytest.mark.parametrize(
    "body",
    [b"--x\r\nContent-Disposition: form-data", b"--y\r\n\r\n--y--", os.urandom(999)],
    ids=["cut off", "another boundary", "noise"],
)
def test_broken_body_is_answered_with_the_form(visitor, profile, body):
    response = visitor.generic("POST", profile, body, "multipart/form-data; boundary=x")
    assert response.status_code in {200, 302, 400}
    response = visitor.generic("POST", profile, body, "multipart/form-data")
    assert response.status_code == 400
    assert "This upload can't be read" in text(response)


def test_accept_that_can_not_be_parsed(visitor, profile, settings):
    settings.MAX_UPLOAD_MB = 0
    response = visitor.post(profile, {}, headers={"accept": "text/html; x*=nosuch''y"})
    assert response.status_code == 413


def test_full_disk_for_temporary_files_says_so(visitor, profile, monkeypatch):
    def full(self, *args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TemporaryFileHandler, "receive_data_chunk", full)
    large = SimpleUploadedFile("a.jpg", jpeg(100, 100) + bytes(3 * MEGABYTE))
    response = visitor.post(profile, {"profile_picture": large})
    assert response.status_code == 503
    assert "Nothing was saved" in text(response)


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), MultiPartParserError("x"), TooManyFilesSent()]
)
def test_body_is_read_to_its_end_before_the_answer(error, rf, monkeypatch):
    """A connection that is closed with something unread takes the answer along, if it is late."""

    def fail(self, *args):
        raise error

    monkeypatch.setattr(TemporaryFileHandler, "receive_data_chunk", fail)
    request = rf.post("/", {"file": SimpleUploadedFile("a.jpg", bytes(3 * MEGABYTE))})
    answer = UploadMiddleware(lambda request: HttpResponse())(request)
    assert answer.status_code == (503 if isinstance(error, OSError) else 400)
    assert request.META["wsgi.input"].read() == b""


def test_large_file_is_spooled_and_its_temporary_file_goes(visitor, user, profile, settings):
    large = SimpleUploadedFile("a." + "x" * 250, jpeg(100, 100) + bytes(3 * MEGABYTE))
    response = visitor.post(profile, {"profile_picture": large})
    assert response.status_code == 200
    assert "files are not accepted here" in text(response)
    response = visitor.post(
        profile,
        {"profile_picture": SimpleUploadedFile("a.jpg", jpeg(100, 100) + bytes(3 * MEGABYTE))},
    )
    assert response.status_code == 302
    user.refresh_from_db()
    assert user.profile_picture.width == 100
    assert not list(settings.FILE_UPLOAD_TEMP_DIR.glob("*.upload*"))


def test_a_large_file_comes_in_large_pieces(visitor, profile, monkeypatch):
    pieces, receive = [], TemporaryFileHandler.receive_data_chunk
    monkeypatch.setattr(
        TemporaryFileHandler,
        "receive_data_chunk",
        lambda self, data, start: pieces.append(len(data)) or receive(self, data, start),
    )
    visitor.post(profile, {"profile_picture": SimpleUploadedFile("a.jpg", bytes(3 * MEGABYTE))})
    assert max(pieces) > 100_000


def test_folder_for_temporary_files_is_made_when_one_comes(visitor, profile, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR, settings.PRIVATE_MEDIA_ROOT = None, tmp_path / "not" / "yet"
    folder = settings.PRIVATE_MEDIA_ROOT / ".tmp"
    assert visitor.post(profile, {"first_name": "Ada"}).status_code == 302
    assert not settings.PRIVATE_MEDIA_ROOT.parent.exists()
    large = SimpleUploadedFile("a.jpg", jpeg(100, 100) + bytes(3 * MEGABYTE))
    assert visitor.post(profile, {"profile_picture": large}).status_code == 302
    assert folder.is_dir()
    assert not list(folder.iterdir())


def test_folder_for_temporary_files_is_made_by_many_at_once(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = None
    for number in range(20):
        settings.PRIVATE_MEDIA_ROOT = tmp_path / str(number) / "private"
        with ThreadPoolExecutor(8) as pool:
            made = {*pool.map(lambda _: temporary_folder(), range(8))}
        assert made == {settings.PRIVATE_MEDIA_ROOT / ".tmp"}


def test_system_has_the_temporary_files_of_a_bucket(settings):
    settings.FILE_UPLOAD_TEMP_DIR = None
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    for stores in ({**settings.STORAGES, "private": memory}, {"default": memory}):
        settings.STORAGES = stores
        assert temporary_folder() is None


def test_failing_storage_in_a_view_without_an_answer(rf: RequestFactory, admin_client, monkeypatch):
    """The admin's: a page that says try again, not a 500."""

    def down(*args):
        raise OSError("down")

    monkeypatch.setattr("uploads.storage.DiskStorage._save", down)
    admin = admin_client.get(reverse("admin:accounts_user_changelist")).wsgi_request.user
    page = reverse("admin:accounts_user_change", args=[admin.pk])
    data = {"username": "admin", "date_joined_0": "2026-01-01", "date_joined_1": "10:00:00"}
    picture = SimpleUploadedFile("a.jpg", jpeg(100, 100))
    response = admin_client.post(page, data | {"profile_picture": picture})
    assert response.status_code == 503
    assert "Nothing was saved" in text(response)


def api(request):
    """A list, as an API answers it."""
    return JsonResponse([1, 2], safe=False)


def only_post(request):
    assert request.method != "POST"
    return HttpResponseNotAllowed(["POST"])


@pytest.mark.parametrize("method", ["post", "put", "patch"])
@pytest.mark.parametrize("view", [api, only_post])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/octet-stream"])
def test_api_is_told_in_json(method, view, kind, settings, rf):
    settings.MAX_UPLOAD_MB = 1
    request = rf.generic(method.upper(), "/", b"", kind, CONTENT_LENGTH=str(2 * MEGABYTE))
    request._messages = CookieStorage(request)
    response = UploadMiddleware(view)(request)
    assert response.status_code == 413
    assert json.loads(response.content) == {
        "errors": {"__all__": ["This upload has 2.0 MB; 1 MB is the most."]}
    }
    assert request._messages.used or not len(request._messages)  # nothing for a later page


def test_script_of_a_page_is_told_in_json(visitor, profile):
    response = visitor.generic(
        "POST",
        profile,
        b"",
        "multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(11 * MEGABYTE),
        headers={"accept": "application/json"},
    )
    assert response.status_code == 413
    assert "11.0 MB" in response.json()["errors"]["__all__"][0]


@pytest.mark.parametrize("accept", ["text/html,*/*", "application/json", "*/*"])
def test_refusal_in_a_view_without_an_answer(accept, rf, db):
    """Such as one that calls objects.create(), or the endpoint of an API without a serializer."""
    with pytest.raises(Refused) as refused:
        Album(cover=SimpleUploadedFile("a.exe", b"MZ")).save()
    request = rf.post("/", headers={"accept": accept})
    response = UploadMiddleware(None).process_exception(request, refused.value)
    assert response.status_code == 400
    if "html" in accept:
        assert "“.exe” files are not accepted here" in text(response)
    else:
        assert "“.exe” files" in json.loads(response.content)["errors"]["cover"][0]
    assert UploadMiddleware(None).process_exception(request, ValueError()) is None
