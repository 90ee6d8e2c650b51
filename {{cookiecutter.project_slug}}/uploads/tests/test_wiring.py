"""A site that takes the toolkit in: what it has not said has a default, what it lacks is named."""

import pytest
from django.views import static as djangos

from uploads import defaults
from uploads.formats.accept import Refused
from uploads.handlers import UploadMiddleware
from uploads.storage import StorageUnavailable
from uploads.tests.right_site import MEMORY, PAGES, PRIVATE, findings, media
from uploads.tests.test_handlers import text

MIDDLEWARE = "uploads.handlers.UploadMiddleware"
MESSAGES = "django.contrib.messages.middleware.MessageMiddleware"
DJANGOS = "django.core.files.uploadhandler.TemporaryFileUploadHandler"


def test_middleware_is_missing_or_too_early(site):
    assert findings() == {}
    site.MIDDLEWARE = [name for name in site.MIDDLEWARE if name != MIDDLEWARE]
    assert set(findings()) == {"W015"}
    site.MIDDLEWARE = [MIDDLEWARE, *site.MIDDLEWARE]
    assert MESSAGES in findings()["W016"]


def test_handler_of_django(site):
    site.FILE_UPLOAD_HANDLERS = [DJANGOS]
    assert set(findings()) == {"W017"}


def test_djangos_own_route(site):
    (route,) = media()
    route.callback = djangos.serve
    site.ROOT_URLCONF = (route, PRIVATE, *PAGES)
    assert set(findings()) == {"W018"}


def test_storage_of_another_maker_needs_no_address(site):
    site.STORAGES = {**site.STORAGES, "default": {"BACKEND": MEMORY}}
    site.MEDIA_URL, site.ROOT_URLCONF = "", (PRIVATE, *PAGES)
    assert findings() == {}


def test_site_without_base_dir(site):
    del site.BASE_DIR
    assert findings() == {}


class Said:
    """Settings of which a site has said but some."""

    MEDIA_ROOT, MAX_UPLOAD_MB = "/srv/media/", 50
    STORAGES = {"default": {"BACKEND": "djangos"}, "staticfiles": {"BACKEND": "static"}}
    FILE_UPLOAD_HANDLERS, FILE_UPLOAD_TEMP_DIR = [DJANGOS], None

    def __init__(self, **given):
        self.given = set(given)
        self.__dict__.update(given)

    def is_overridden(self, name):
        return name in self.given


def test_what_a_site_says_nothing_of(monkeypatch):
    site = Said()
    monkeypatch.setattr(defaults, "settings", site)
    defaults.apply()
    assert site.STORAGES == {**Said.STORAGES, **defaults.ON_DISK}
    assert site.FILE_UPLOAD_HANDLERS == defaults.HANDLERS
    assert (site.PRIVATE_MEDIA_URL, site.PRIVATE_MEDIA_ROOT) == ("/private/", "/srv/media_private")
    assert (site.MAX_UPLOAD_MB, site.IMAGE_WIDTHS) == (50, [400, 800, 1600])


def test_what_a_site_says_stays(monkeypatch):
    theirs = {"default": {"BACKEND": "theirs"}, "private": {"BACKEND": "their own"}}
    site = Said(STORAGES=theirs, FILE_UPLOAD_HANDLERS=["x"], PRIVATE_MEDIA_ROOT="/p")
    monkeypatch.setattr(defaults, "settings", site)
    defaults.apply()
    assert site.STORAGES["default"] == theirs["default"]
    assert site.STORAGES["private"] == theirs["private"]
    assert site.FILE_UPLOAD_HANDLERS == ["x"]
    assert (site.PRIVATE_MEDIA_ROOT, site.FILE_UPLOAD_TEMP_DIR) == ("/p", None)
    site = Said(STORAGES={"default": {"BACKEND": "theirs"}})
    monkeypatch.setattr(defaults, "settings", site)
    defaults.apply()
    assert site.STORAGES["default"] == {"BACKEND": "theirs"}
    assert site.STORAGES["private"] == defaults.PRIVATE_ON_DISK


def test_no_media_root_makes_no_private_one(monkeypatch):
    site = Said(MEDIA_ROOT="")
    monkeypatch.setattr(defaults, "settings", site)
    defaults.apply()
    assert (site.PRIVATE_MEDIA_ROOT, site.FILE_UPLOAD_TEMP_DIR) == ("", None)


@pytest.mark.parametrize(
    ("error", "status"), [(Refused("too <odd>"), 400), (StorageUnavailable("full <disk>"), 503)]
)
def test_site_without_pages_for_errors(error, status, rf, settings):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
    request = rf.post("/", headers={"accept": "text/html"})
    response = UploadMiddleware(None).process_exception(request, error)
    assert response.status_code == status
    assert "<odd>" in text(response) or "<disk>" in text(response)
    assert b"&lt;" in response.content


def test_site_without_messages_is_told_in_json(rf, settings):
    settings.MAX_UPLOAD_MB = 1
    request = rf.post("/", b"", "multipart/form-data; boundary=x", CONTENT_LENGTH="3000000")
    response = UploadMiddleware(None)(request)
    assert response.status_code == 413
    assert "1 MB" in response.content.decode()
