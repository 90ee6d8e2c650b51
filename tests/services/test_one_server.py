"""What nginx, as it is configured in deploy/, sends from disk and what it refuses."""

import http.client
import os
import re
import time

import pytest

from services.servers import free_port
from services.sites import App, answer_on
from services.test_every_path import SANDBOX, YEAR, put

SAFE = {"Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"}


@pytest.fixture
def site(get_site):
    return get_site("disk")


@pytest.fixture
def media(site):
    """place(name, content) puts a file among the public ones, to be removed afterwards."""
    placed = []

    def place(name, content=b"x"):
        path = site.app.folder / "media" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        placed.append(path)
        return path

    yield place
    for path in placed:
        path.unlink(missing_ok=True)


def raw(site, path):
    """GET a path as it stands: a client library would tidy it up."""
    connection = http.client.HTTPConnection("127.0.0.1", site.front.port, timeout=10)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("extension", "kind", "disposition"),
    [
        ("avif", "image/avif", "inline"),
        ("webp", "image/webp", "inline"),
        ("heic", "image/heic", "inline"),
        ("jfif", "image/jpeg", "inline"),
        ("png", "image/png", "inline"),
        ("mp4", "video/mp4", "inline"),
        ("pdf", "application/pdf", "inline"),
        ("html", "application/octet-stream", "attachment"),
        ("svg", "application/octet-stream", "attachment"),
        ("xml", "application/octet-stream", "attachment"),
        ("js", "application/octet-stream", "attachment"),
        ("php", "application/octet-stream", "attachment"),
    ],
)
def test_types(site, media, extension, kind, disposition):
    media(f"photos/x.{extension}", b"<script>alert(1)</script>")
    answer = site.visitor().get(f"/media/photos/x.{extension}")
    assert answer.status_code == 200
    expected = SAFE | {"Content-Type": kind, "Content-Disposition": disposition}
    expected |= {"Cache-Control": YEAR, "Server": "nginx"}
    assert {name: answer.headers.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/photos/",
        "/media/photos",
        "/media/photos/missing.jpg",
        "/media/.hidden/x.jpg",
        "/media/photos/.0123.part",
        "/media/link.jpg",
        "/media/linked/settings.py",
        "/media../app/config/settings.py",
        "/media/../app/config/settings.py",
        "/media/..%2fapp/config/settings.py",
        "/media/photos/%2e%2e/%2e%2e/app/config/settings.py",
        "/media//etc/passwd",
        "/media/%00",
        "/_private/secret.txt",
        "/_private/",
        "/private/secret.txt",
        "/private/../_private/secret.txt",
        "/static/../app/config/settings.py",
        "/static/",
    ],
)
def test_what_is_not_sent(site, media, path):
    media("photos/.0123.part")
    media(".hidden/x.jpg")
    (site.app.folder / "private" / "secret.txt").write_text("secret")
    links = {"link.jpg": "app/config/settings.py", "linked": "app/config"}
    for name, target in links.items():
        if not (site.app.folder / "media" / name).is_symlink():
            os.symlink(site.app.folder / target, site.app.folder / "media" / name)
    answer = raw(site, path)
    assert answer.status in (301, 302, 400, 403, 404)
    if answer.status == 301:  # a folder without its slash
        assert raw(site, f"{path}/").status in (403, 404)
    if answer.status == 302:
        assert answer.headers["Location"].startswith("/accounts/login/")
    for secret in (b"SECRET_KEY", b"root:", b"secret", b"Index of", b".part"):
        assert secret not in answer.body
    if path.startswith("/media/") and answer.status in (403, 404):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_file_in_demand_is_gone_a_second_after_it_was_deleted(site, media):
    """nginx keeps it open for that long; a link that takes its place is refused as ever."""
    path = media("photos/hot.jpg")
    linked = media("photos/linked.jpg")
    visitor = site.visitor()
    for name in ("hot", "linked") * 40:  # each of nginx's processes counts for itself
        assert visitor.get(f"/media/photos/{name}.jpg").status_code == 200
    path.unlink()
    linked.unlink()
    linked.symlink_to(site.app.folder / "app/config/settings.py")
    time.sleep(2.5)  # the clock of what was found ticks in seconds
    for name in ("hot", "linked"):
        assert visitor.get(f"/media/photos/{name}.jpg").status_code in (403, 404)


def test_handing_over_is_only_for_the_app(site, samples):
    """The header with which nginx offers itself is its own: a visitor's is thrown away."""
    owner = site.visitor("owner")
    _, address = put(owner, samples, "documents", "paper.pdf")
    answer = owner.get(address, headers={"X-Sendfile-Type": "X-Sendfile"})
    assert (answer.status_code, answer.content) == (200, samples["paper.pdf"])
    name = address.removeprefix("/private/")
    assert site.visitor().get(f"/_private/{name}").status_code == 404
    assert "Set-Cookie" not in answer.headers


def test_missing_private_file_is_not_kept_as_an_answer(site, samples):
    """The app hands it over, and only nginx finds that it is not there."""
    owner = site.visitor("owner")
    path, address = put(owner, samples, "documents", "paper.pdf")
    file = site.app.folder / "private" / address.removeprefix("/private/")
    file.rename(site.app.folder / "away")
    answer = owner.get(address)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (site.app.folder / "away").rename(file)
    answer = owner.get(address)
    assert (answer.status_code, answer.content) == (200, samples["paper.pdf"])
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert owner.send_form(f"{path}delete/", {}).status_code == 302


def test_missing_public_file_is_not_kept_as_an_answer(site):
    answer = site.visitor().get("/media/photos/missing.jpg")
    assert answer.status_code == 404
    assert "Cache-Control" not in answer.headers


def test_files_can_be_read_by_another_user(site, samples):
    """nginx is another user than the app, and a big upload begins as a file for the app alone.

    Private ones are for its group.
    """
    for folder, name in (("photos", "large.jpg"), ("videos", "film.mp4")):
        put(site.visitor("owner"), samples, folder, name)
    for root, mode, folders in (("media", "0o644", "0o755"), ("private", "0o640", "0o750")):
        files = [p for p in (site.app.folder / root).rglob("*-*-*-*") if p.is_file()]
        assert files
        assert {oct(path.stat().st_mode & 0o777) for path in files} == {mode}
        inner = {parent for path in files for parent in list(path.parents)[:3]}  # documents/2026/11
        assert {oct(path.stat().st_mode & 0o777) for path in inner} == {folders}


def test_static_files(site):
    page = site.visitor().get("/")
    style = re.search(r'href="(/static/site\.[0-9a-f]{12}\.css)"', page.text)[1]
    answer = site.visitor().get(style)
    assert answer.headers["Cache-Control"] == YEAR
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_have_headers_too(site):
    answer = site.visitor().get("/")
    expected = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
    }
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert site.visitor().get("/photos/new/").headers["Location"].startswith("/accounts/login/")


def test_https_behind_the_proxy(site, project, venv, folder, running):
    """With an https:// origin all is HTTPS: pages redirect, but not the health check."""
    env = site.app.env | {"CSRF_TRUSTED_ORIGINS": "http://localhost,https://127.0.0.1"}
    app = running(App(folder / "https", project, venv, env, free_port()))
    visitor = site.visitor(url=app.url)
    answer = visitor.get("/")
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith("https://")
    assert visitor.get("/health/").status_code == 200
    answer = visitor.get("/accounts/login/", headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == 200
    # Of this host alone: others below its name are not ours.
    assert answer.headers["Strict-Transport-Security"] == "max-age=3600"
    assert "; Secure" in answer.headers["Set-Cookie"]


@pytest.fixture(scope="module")
def development(get_site, project, venv, folder, running):
    """The same files and rows, served by Django alone with DEBUG, as `runserver` would."""
    env = get_site("disk").app.env | {"DEBUG": "true"}
    return running(App(folder / "development", project, venv, env, free_port()))


def test_django_itself_sends_the_same(site, development, samples):
    for folder, name in (
        ("photos", "small.jpg"),
        ("videos", "film.mp4"),
        ("documents", "sheet.csv"),
    ):
        owner = site.visitor("owner")
        _, address = put(owner, samples, folder, name)
        by_nginx = owner.get(address)
        direct = site.visitor("owner", development.url)
        by_django = direct.get(address)
        assert by_django.content == by_nginx.content
        for header in (
            *SAFE,
            *("Content-Type", "Content-Disposition", "Content-Length", "Cache-Control"),
            *("Last-Modified", "Accept-Ranges"),
        ):
            if (folder, header) != ("documents", "Accept-Ranges"):
                assert by_django.headers[header] == by_nginx.headers[header], header
        part = direct.get(address, headers={"Range": "bytes=2-5"})
        assert (part.status_code, part.content) == (206, by_nginx.content[2:6])
        head = direct.head(address)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == by_nginx.headers["Content-Length"]
        since = {"If-Modified-Since": by_django.headers["Last-Modified"]}
        assert direct.get(address, headers=since).status_code == 304
        if folder != "photos":
            assert site.visitor("other", development.url).get(address).status_code == 404
            assert site.visitor(url=development.url).get(address).status_code == 302


def test_django_itself_refuses_what_is_too_large(site, development):
    owner = site.visitor("owner", development.url)
    answer = answer_on(owner.part_of_upload("/videos/new/", sent=200, length=60 * 1024 * 1024))
    assert answer.status == 413
    assert "This upload has 60.0 MB; 50 MB is the most." in answer.body
    assert "<form" in answer.body
