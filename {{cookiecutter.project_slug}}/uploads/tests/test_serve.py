import pytest
from django.conf import settings as project
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from uploads.formats import types
from uploads.serve import INTERNAL, disposition
from uploads.tests.examples import jpeg, mp4, pdf
from uploads.tests.models import Album, Paper, Record

VIDEO = mp4(100_000)


def read(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def public_urls(settings):
    """The urls of development: pytest runs without DEBUG, where static() gives none."""
    settings.ROOT_URLCONF = "uploads.tests.urls"


@pytest.fixture
def paper(user):
    return Paper.objects.create(
        owner=user, title="Привет “you” 🦊", file=ContentFile(pdf(), name="x.pdf")
    )


@pytest.fixture
def video(user):
    return Paper.objects.create(owner=user, title="Film", file=ContentFile(VIDEO, name="x.mp4"))


@pytest.fixture
def owner(client, user):
    client.force_login(user)
    return client


SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def assert_headers(response, expected):
    assert {name: response.headers.get(name) for name in expected} == expected


@pytest.mark.django_db
@pytest.mark.usefixtures("public_urls")
def test_public_picture(client):
    album = Album.objects.create(name="one", cover=ContentFile(jpeg(500, 60), name="a.jpg"))
    for url in [album.cover.url, *album.cover.renditions.values()]:
        response = client.get(url)
        assert response.status_code == 200
        content = read(response)
        assert_headers(response, SAFE)
        assert response.headers["Content-Type"] in {"image/jpeg", "image/webp"}
        assert response.headers["Content-Disposition"] == "inline"
        assert response.headers["Content-Length"] == str(len(content))
        assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.usefixtures("public_urls")
@pytest.mark.parametrize(
    "path",
    [
        *["missing.jpg", ".env", "a/.hidden", "../secret", "%2e%2e/secret", "a", "", "link"],
        *["%00", "a%00.jpg", 300 * "a", 3000 * "a/"],
    ],
    ids=lambda path: path[:20],
)
def test_what_is_not_a_public_file_is_not_found(client, media, path):
    (media / "a").mkdir(parents=True)
    (media / "a/.hidden").write_text("hidden")
    (media.parent / "secret").write_text("secret")
    (media / ".env").write_text("secret")
    (media / "link").symlink_to(media.parent / "secret")
    assert client.get(project.MEDIA_URL + path).status_code == 404


@pytest.mark.usefixtures("public_urls")
@pytest.mark.parametrize("path", ["/a.txt", "b//a.txt", "b/../a.txt"])
def test_paths_are_put_in_order(client, media, path):
    """As nginx does, and Django's own view."""
    (media / "b").mkdir(parents=True)
    for folder in (media, media / "b"):
        (folder / "a.txt").write_text("a")
    response = client.get(project.MEDIA_URL + path)
    assert (response.status_code, read(response)) == (200, b"a")


@pytest.mark.usefixtures("public_urls")
def test_answer_without_a_file_is_not_kept(client, media):
    media.mkdir()
    (media / "a.txt").write_text("a")
    response = client.get(project.MEDIA_URL + "a.txt", headers={"Range": "bytes=9-"})
    assert response.status_code == 416
    assert "Cache-Control" not in response.headers
    assert_headers(response, SAFE)


@pytest.mark.usefixtures("public_urls")
def test_foreign_html_is_never_shown(client, media, db):
    """Whatever got there without us: it is downloaded, and no browser runs it."""
    media.mkdir()
    (media / "evil.html").write_text("<script>alert(1)</script>")
    response = client.get(project.MEDIA_URL + "evil.html")
    read(response)
    assert_headers(response, SAFE)
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_picture_that_nobody_decodes_is_saved_not_shown(monkeypatch):
    """An owner may take SVG; shown by a bucket, whose answers have no sandbox, it would run."""
    monkeypatch.setitem(types.CONTENT_TYPES, "svg", "image/svg+xml")
    assert disposition("papers/x.svg", "x.svg") == 'attachment; filename="x.svg"'


def test_owner_reads_under_the_title(owner, paper):
    response = owner.get(paper.file.url)
    assert read(response) == pdf()
    assert_headers(response, SAFE)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"].startswith("private")
    name = "%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82%20%E2%80%9Cyou%E2%80%9D%20%F0%9F%A6%8A.pdf"
    assert response.headers["Content-Disposition"] == f"inline; filename*=utf-8''{name}"


def test_others_find_nothing(client, other, staff, paper):
    """Staff neither: this model's may_read() says so."""
    for visitor in (other, staff):
        client.force_login(visitor)
        assert client.get(paper.file.url).status_code == 404


@pytest.mark.parametrize("action", ["view", "change"])
def test_file_of_a_model_that_says_nothing(action, client, helper, monkeypatch):
    """It is for staff who may view its rows."""
    record = Record.objects.create(file=ContentFile(pdf(), name="a.pdf"))
    client.force_login(helper)
    assert client.get(record.file.url).status_code == 404
    permission = f"uploads.{action}_record"
    monkeypatch.setattr(type(helper), "has_perm", lambda user, name, obj=None: name == permission)
    assert read(client.get(record.file.url)) == pdf()
    helper.is_staff = False
    helper.save()
    assert client.get(record.file.url).status_code == 404


def test_title_that_reads_as_another_name(owner, user):
    title = "invoice\u202efdp.exe\n"
    paper = Paper.objects.create(owner=user, title=title, file=ContentFile(pdf(), name="x.pdf"))
    response = owner.get(paper.file.url)
    read(response)
    assert response.headers["Content-Disposition"] == 'inline; filename="invoicefdp.exe.pdf"'


def test_file_on_two_rows_is_read_by_both_owners(client, user, other, paper):
    Paper.objects.create(owner=other, title="Copy", file=paper.file)
    for reader, title in [(user, "you"), (other, "Copy")]:
        client.force_login(reader)
        response = client.get(paper.file.url)
        assert (response.status_code, read(response)) == (200, pdf())
        assert title in response.headers["Content-Disposition"]


def test_anonymous_visitors_are_asked_to_log_in(client, paper):
    for url in (paper.file.url, "/private/papers/guessed.pdf"):
        response = client.get(url)
        assert response.status_code == 302
        assert "/accounts/login/?next=/private/papers/" in response.headers["Location"]


def test_file_without_a_row_is_not_found(owner, paper):
    name = storages["private"].save("papers/lost.pdf", ContentFile(b"%PDF-"))
    assert owner.get(f"/private/{name}").status_code == 404


def test_odd_name_is_not_found(owner, paper):
    assert owner.get("/private/papers/%00.pdf").status_code == 404


def test_row_without_a_file_is_not_found(owner, paper):
    storages["private"].delete(paper.file.name)
    assert owner.get(paper.file.url).status_code == 404


def test_nothing_but_reading(owner, paper):
    assert owner.post(paper.file.url).status_code == 405


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        (f"bytes={len(VIDEO) - 900}-", len(VIDEO) - 900, len(VIDEO) - 1),
        ("bytes=-10", len(VIDEO) - 10, len(VIDEO) - 1),
        (f"bytes=5-{10**30}", 5, len(VIDEO) - 1),
        (f"bytes=-{10**30}", 0, len(VIDEO) - 1),
    ],
)
def test_range(owner, video, asked, first, last):
    response = owner.get(video.file.url, headers={"Range": asked})
    assert response.status_code == 206
    assert read(response) == VIDEO[first : last + 1]
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{len(VIDEO)}"
    assert response.headers["Content-Length"] == str(last - first + 1)
    assert_headers(response, SAFE)


@pytest.mark.parametrize(
    "asked",
    [
        *["bytes=0-1,5-6", "bytes=-", "bytes=a-b", "lines=1-2", "bytes", "bytes=²-5"],
        "bytes=0-" + 5000 * "9",
    ],
    ids=lambda asked: asked[:20],
)
def test_range_that_is_not_understood_gives_all(owner, video, asked):
    response = owner.get(video.file.url, headers={"Range": asked})
    assert (response.status_code, read(response)) == (200, VIDEO)


@pytest.mark.parametrize("asked", [f"bytes={len(VIDEO)}-", "bytes=9-3", "bytes=-0"])
def test_range_that_can_not_be_met(owner, video, asked):
    response = owner.get(video.file.url, headers={"Range": asked})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(VIDEO)}"


def test_range_of_another_version_gives_all(owner, video):
    headers = {"Range": "bytes=0-9", "If-Range": "Thu, 01 Jan 1970 00:00:00 GMT"}
    response = owner.get(video.file.url, headers=headers)
    assert (response.status_code, read(response)) == (200, VIDEO)


def test_not_modified(owner, video):
    response = owner.get(video.file.url)
    read(response)
    modified = response.headers["Last-Modified"]
    response = owner.get(video.file.url, headers={"If-Modified-Since": modified})
    assert (response.status_code, read(response)) == (304, b"")


def test_no_transaction_is_open_while_a_file_is_sent(owner, video, monkeypatch):
    """With SQLite, ATOMIC_REQUESTS would make each picture wait for the one lock."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    with CaptureQueriesContext(connection) as done:
        read(owner.get(video.file.url))
    assert done.captured_queries
    assert not any("SAVEPOINT" in query["sql"] for query in done.captured_queries)


def test_nginx_is_handed_the_file(owner, video):
    response = owner.get(video.file.url, headers={"X-Sendfile-Type": "X-Accel-Redirect"})
    assert read(response) == b""
    assert response.headers["X-Accel-Redirect"] == INTERNAL + video.file.name
    # Only nginx knows whether the file is there: its 404 has this header, too.
    caching = {"Cache-Control": "private, no-cache"}
    assert_headers(response, SAFE | {"Content-Type": "video/mp4"} | caching)
