"""Each mistake is named by its check, with its value and a hint; settings that do are not."""

from pathlib import Path

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.conf.urls.static import static
from django.core import checks
from django.core.files.storage import InMemoryStorage
from django.http import HttpResponse
from django.urls import include, path, re_path

import uploads
from uploads.checks.addresses import literal
from uploads.checks.findings import FINDINGS
from uploads.formats.types import CONTENT_TYPES, kind

DISK = "django.core.files.storage.FileSystemStorage"
MEMORY = "django.core.files.storage.InMemoryStorage"
NGINX = """server {{
  client_max_body_size {limit}m;
  location {url} {{ alias /srv/x/; }}
  proxy_set_header X-Forwarded-Proto $scheme;
}}
types {{ {types} }}
"""
SHOWN = [
    f"{content_type} {extension};"
    for extension, content_type in CONTENT_TYPES.items()
    if kind(extension) != "other"
]


class Bucket(InMemoryStorage):
    """Stands for uploads.bucket, which needs boto3."""

    def __init__(self, bucket_name, region="eu-central-1"):
        super().__init__()
        self.region = region


def view(request, **kwargs):
    return HttpResponse()


PRIVATE = path("private/<path:name>", view)
PAGES = (
    path("", view),
    path("photos/", view),
    path("shop/", include([path("products/", view), path("<slug:folder>/", view)])),
    re_path(r"^old\-photos/(?P<number>\d+)/$", view),
)


def media(url="/media/"):
    return static(url, view=view, document_root="unused")


@pytest.fixture
def site(settings, tmp_path):
    """A site whose settings are right, all of its folders below tmp_path."""
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path / "code"
    settings.STATIC_URL, settings.STATIC_ROOT, settings.STATICFILES_DIRS = "static/", None, []
    settings.MEDIA_URL, settings.MEDIA_ROOT = "/media/", tmp_path / "media"
    settings.PRIVATE_MEDIA_URL = "/private/"
    settings.PRIVATE_MEDIA_ROOT = str(tmp_path / "private")
    settings.STORAGES = {name: {"BACKEND": DISK} for name in ("default", "private", "staticfiles")}
    settings.ROOT_URLCONF = (*media(), PRIVATE, *PAGES)
    settings.MAX_UPLOAD_MB = 50
    write_nginx(settings)
    return settings


def write_nginx(site, url="/media/", limit=50, types=SHOWN):
    conf = site.BASE_DIR / "deploy" / "nginx.conf"
    conf.parent.mkdir(parents=True, exist_ok=True)
    conf.write_text(NGINX.format(url=url, limit=limit, types=" ".join(types)), encoding="utf-8")


def findings(deploy=False):
    found = checks.run_checks(tags=["uploads"], include_deployment_checks=deploy)
    assert all(finding.hint for finding in found)
    assert not any("{" in finding.msg for finding in found)
    return {finding.id.removeprefix("uploads."): finding.msg for finding in found}


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


@pytest.mark.parametrize("name", ["DEFAULT_FILE_STORAGE", "STATICFILES_STORAGE"])
def test_removed_settings(site, name):
    setattr(site, name, "storages.S3")
    found = findings()
    assert set(found) == {"E010"}
    assert "storages.S3" in found["E010"]


def test_nobody_sends_the_public_files(site):
    write_nginx(site, url="/files/")
    assert set(findings(deploy=True)) == {"W005"}
    (site.BASE_DIR / "deploy" / "nginx.conf").unlink()
    assert set(findings(deploy=True)) == {"W005"}
    assert findings() == {}


def test_two_limits(site):
    write_nginx(site, limit=10)
    found = findings(deploy=True)
    assert set(found) == {"W006"}
    assert "50" in found["W006"]
    assert "10m" in found["W006"]


def test_types_that_nginx_does_not_know(site):
    write_nginx(site, types=[line for line in SHOWN if "heic" not in line])
    found = findings(deploy=True)
    assert set(found) == {"W011"}
    assert "heic heif" in found["W011"]
    write_nginx(site, types=["image/png heic;", *(line for line in SHOWN if "heic" not in line)])
    assert set(findings(deploy=True)) == {"W011"}
    (site.BASE_DIR / "deploy" / "nginx.conf").write_text("")
    assert "W011" not in findings(deploy=True)


def use_buckets(site, public=None, private=None, **options):
    site.DEBUG = False
    for name, bucket in (("default", public), ("private", private)):
        if bucket:
            options["bucket_name"] = bucket
            backend = {"BACKEND": f"{__name__}.Bucket", "OPTIONS": {**options}}
            site.STORAGES = {**site.STORAGES, name: backend}


def test_right_buckets(site):
    use_buckets(site, "my-media", "my-private-media")
    assert findings(deploy=True) == {}


def test_one_bucket_for_both(site):
    use_buckets(site, "my-media", "my-media")
    found = findings()
    assert set(found) == {"E011"}
    assert "my-media" in found["E011"]


@pytest.mark.parametrize("region", [None, ""])
@pytest.mark.parametrize("buckets", [{"public": "a", "private": "b"}, {"private": "b"}])
def test_bucket_without_region(site, buckets, region):
    use_buckets(site, **buckets, region=region)
    assert set(findings()) == {"W007"}


@pytest.mark.parametrize(
    ("buckets", "missing"),
    [({"public": "a"}, "PRIVATE_MEDIA_BUCKET"), ({"private": "a"}, "MEDIA_BUCKET")],
)
def test_one_of_two_buckets(site, buckets, missing):
    use_buckets(site, **buckets)
    assert findings() == {}
    found = findings(deploy=True)
    assert set(found) == {"W008"}
    assert f"but {missing} is not" in found["W008"]


def test_buckets_with_debug(site):
    use_buckets(site, "my-media", "my-private-media")
    site.DEBUG = True
    assert set(findings()) == {"W009"}


def test_header_that_no_proxy_sets(site):
    site.SECURE_PROXY_SSL_HEADER = ("HTTP_X_SCHEME", "https")
    found = findings(deploy=True)
    assert set(found) == {"W010"}
    assert "X-Scheme" in found["W010"]
    site.SECURE_PROXY_SSL_HEADER = None
    assert findings(deploy=True) == {}


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
