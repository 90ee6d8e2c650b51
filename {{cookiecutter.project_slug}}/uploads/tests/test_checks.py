"""Each mistake is named by its check, with its value and a hint; settings that do are not."""

from pathlib import Path

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.urls import path, re_path

import uploads
from uploads.checks.addresses import literal
from uploads.checks.findings import FINDINGS
from uploads.tests.right_site import (
    DISK,
    MEMORY,
    PAGES,
    PRIVATE,
    findings,
    media,
    view,
    write_nginx,
)


def test_right_settings_have_no_finding(site):
    assert findings(deploy=True) == {}
    site.DEBUG, site.ROOT_URLCONF = False, (PRIVATE, *PAGES)
    assert findings(deploy=True) == {}


@pytest.mark.parametrize("url", ["/files/", "/uploads/my-images/", "/files.v2/", "/photo/"])
def test_right_addresses(site, url):
    site.MEDIA_URL, site.ROOT_URLCONF = url, (*media(url), PRIVATE, *PAGES)
    write_nginx(site, url)
    assert findings(deploy=True) == {}


@pytest.mark.parametrize(
    ("name", "url", "expected"),
    [
        ("MEDIA_URL", "", "E001"),
        ("MEDIA_URL", "/", "E001"),
        ("PRIVATE_MEDIA_URL", "/", "E001"),
        ("MEDIA_URL", "/media", "E002"),
        ("PRIVATE_MEDIA_URL", "/private", "E002"),
        ("MEDIA_URL", "/static/", "E003"),
        ("MEDIA_URL", "/static/media/", "E003"),
        ("STATIC_URL", "/media/static/", "E003"),
        ("STATIC_URL", "/", "E003"),
        ("MEDIA_URL", "/private/", "E003"),
        ("MEDIA_URL", "/private/media/", "E003"),
        ("MEDIA_URL", "/photos/", "E004"),
        ("MEDIA_URL", "/shop/", "E004"),
        ("MEDIA_URL", "/shop/products/", "E004"),
        ("MEDIA_URL", "/old-photos/", "E004"),
        ("MEDIA_URL", "https://cdn.example.com/", "W001"),
        ("MEDIA_URL", "//cdn.example.com/media/", "W001"),
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_wrong_addresses(site, name, url, expected, debug):
    site.DEBUG = debug
    setattr(site, name, url)
    site.ROOT_URLCONF = (
        *media(site.MEDIA_URL),
        path(site.PRIVATE_MEDIA_URL.lstrip("/") + "<path:name>", view),
        *PAGES,
    )
    found = findings()
    assert set(found) == {expected}
    assert url in found[expected]


def test_private_address_that_covers_pages(site):
    site.PRIVATE_MEDIA_URL = "/photos/"
    site.ROOT_URLCONF = (*media(), path("photos/<path:name>", view), *PAGES)
    assert set(findings()) == {"E004"}


def test_route_missing(site):
    site.ROOT_URLCONF = (PRIVATE, *PAGES)
    assert set(findings()) == {"W002"}
    site.DEBUG = False
    assert findings() == {}
    site.ROOT_URLCONF = PAGES
    assert "/private/" in findings()["W002"]


def test_route_in_i18n_patterns_is_missing(site):
    site.ROOT_URLCONF = (*i18n_patterns(*media()), PRIVATE, *PAGES)
    assert set(findings()) == {"W002"}


@pytest.mark.parametrize("catch_all", [path("<path:page>", view), re_path(r"", view)])
def test_route_behind_a_catch_all(site, catch_all):
    site.ROOT_URLCONF = (PRIVATE, catch_all, *media())
    assert set(findings()) == {"W003"}
    site.ROOT_URLCONF = (PRIVATE, *media(), catch_all)
    assert findings() == {}


@pytest.mark.parametrize("url", ["https://bucket.example.com/", "/media/"])
def test_files_in_a_bucket_need_neither_folder_nor_route(site, url):
    site.STORAGES = {**site.STORAGES, "default": {"BACKEND": MEMORY}}
    site.MEDIA_URL, site.MEDIA_ROOT = url, ""
    site.ROOT_URLCONF = (PRIVATE, *PAGES)
    (site.BASE_DIR / "deploy" / "nginx.conf").unlink()
    assert findings(deploy=True) == {}


PACKAGE = Path(uploads.__file__).parent


@pytest.mark.parametrize("name", ["MEDIA_ROOT", "PRIVATE_MEDIA_ROOT"])
@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("", "E005"),
        (None, "E005"),
        ("media", "E005"),
        (Path("media"), "E005"),
        ("{tmp}/code", "E006"),
        (PACKAGE, "E006"),
        (PACKAGE.parent, "E006"),
        (PACKAGE / "media", "E007"),
        ("{tmp}/code/config/media", None),
        ("{tmp}/code/media", None),
    ],
)
def test_folders(site, tmp_path, name, root, expected):
    root = root.format(tmp=tmp_path) if isinstance(root, str) else root
    setattr(site, name, root)
    found = findings()
    assert set(found) == ({expected} if expected else set())
    assert all(str(root or "") in message for message in found.values())


def test_folder_inside_the_package_of_the_settings(site, tmp_path, monkeypatch):
    (tmp_path / "site_config").mkdir()
    (tmp_path / "site_config" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "site_config.settings")
    site.MEDIA_ROOT = tmp_path / "site_config" / "media"
    assert set(findings()) == {"E007"}


@pytest.mark.parametrize("entry", [str, Path, lambda folder: ("images", str(folder))])
@pytest.mark.parametrize("static_folder", ["media", "media/static", ""])
def test_folder_among_static_files(site, tmp_path, entry, static_folder):
    site.BASE_DIR = tmp_path / "media_code"
    site.STATICFILES_DIRS = [tmp_path / "other", entry(tmp_path / static_folder)]
    assert set(findings()) == {"E008"}
    site.STATICFILES_DIRS, site.STATIC_ROOT = [], str(tmp_path / static_folder)
    assert set(findings()) == {"E008"}


@pytest.mark.parametrize("private", ["media", "media/private", "."])
def test_private_folder_in_the_public_one(site, tmp_path, private):
    site.BASE_DIR = PACKAGE.parent
    site.PRIVATE_MEDIA_ROOT = tmp_path / private
    assert "E009" in findings()


def test_folder_through_a_link(site, tmp_path):
    try:
        (tmp_path / "link").symlink_to(PACKAGE, target_is_directory=True)
    except OSError:
        pytest.skip("this system lets this user make no links")
    site.MEDIA_ROOT = tmp_path / "link"
    assert set(findings()) == {"E006"}


@pytest.mark.parametrize("alias", ["link/private", "other/../media/private"])
def test_private_folder_in_the_public_one_by_another_name(site, tmp_path, alias):
    (tmp_path / "media").mkdir()
    try:
        (tmp_path / "link").symlink_to(tmp_path / "media", target_is_directory=True)
    except OSError:
        pytest.skip("this system lets this user make no links")
    site.PRIVATE_MEDIA_ROOT = f"{tmp_path}/{alias}"
    assert set(findings()) == {"E009"}


def test_folder_that_the_storage_itself_names(site, tmp_path):
    """An option of STORAGES wins over the setting."""
    options = {"BACKEND": DISK, "OPTIONS": {"location": str(tmp_path / "media" / "private")}}
    site.STORAGES = {**site.STORAGES, "private": options}
    found = findings()
    assert set(found) == {"E009"}
    assert options["OPTIONS"]["location"] in found["E009"]


def test_folder_that_cannot_be_written(site, tmp_path):
    (tmp_path / "file").write_text("")
    site.MEDIA_ROOT = tmp_path / "file" / "media"
    found = findings()
    assert set(found) == {"W004"}
    assert str(site.MEDIA_ROOT) in found["W004"]


def test_writing_is_tried_without_a_trace(site, tmp_path):
    site.MEDIA_ROOT = tmp_path / "not" / "yet" / "there"
    before = sorted(tmp_path.rglob("*"))
    assert findings() == {}
    assert sorted(tmp_path.rglob("*")) == before


def test_every_finding_is_tested():
    files = Path(__file__).parent.glob("test_*.py")
    tested = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [number for number in FINDINGS if f'"{number}"' not in tested] == []


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("media/<path:name>", "media/"),
        (r"^media/(?P<path>.*)$", "media/"),
        (r"^my\-media/[0-9]", "my-media/"),
        (r"files\.v2/.*", "files.v2/"),
        ("sitemap.xml", "sitemap.xml"),
        (r"\d+/", ""),
        ("", ""),
    ],
)
def test_what_a_route_begins_with(route, expected):
    assert literal(route) == expected
