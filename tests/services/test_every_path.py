"""What has to work the same wherever database and files are: over HTTP, from upload to deletion."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.sites import answer_on

YEAR = "public, max-age=31536000, immutable"
SANDBOX = "default-src 'none'; sandbox"
# What the servers of the buckets can't do, though the real ones can. rclone: say 206, or 304. moto:
# HEAD by a policy for s3:GetObject, nor with another Content-Disposition.
NO_206 = NO_304 = ("forwarded", "machines")
NO_HEAD = ("bucket",)


def addresses(answer):
    """The addresses of stored files in an item's page, the file itself first."""
    shown = answer.text.partition("<main")[2]  # above it is the visitor's own picture
    found = re.findall(r'(?:src|href)="([^"]*/\d{4}/\d\d/[0-9a-f-]{36}[^"]*)"', shown)
    return list(dict.fromkeys(found))


def renditions(answer):
    """The addresses in the srcset of an item's page, each once, or of the visitor's own picture."""
    shown = answer.text.partition('class="stage')[2] or answer.text
    found = re.findall(r"(\S+) \d+w", re.search(r'srcset="([^"]*)"', shown)[1])
    return list(dict.fromkeys(found))


def put(visitor, samples, folder, name, title="", field=None):
    """Upload a sample. Returns the path of its page, and the address of its file."""
    field = field or ("image" if folder == "photos" else "file")
    answer = visitor.upload(f"/{folder}/new/", field, (name, samples[name]), title=title)
    assert answer.status_code == 302, answer.text
    path = answer.headers["Location"]
    page = visitor.get(path)
    assert page.status_code == 200
    return path, addresses(page)[0]


def get(visitor, address, method="GET", **headers):
    """The answer with the bytes, whether from the site or from the bucket it sends to."""
    answer = visitor.request(method, address, headers=headers)
    if answer.status_code == 302:
        assert "Set-Cookie" not in answer.headers
        # The bucket gets no cookie of the site, which here has the same host.
        visitor = type(visitor)(visitor.url)
        answer = visitor.request(method, answer.headers["Location"], headers=headers)
    return answer


def in_bucket(site):
    return site.kind in ("bucket", "forwarded", "machines")


def test_health(site):
    answer = site.visitor().get("/health/")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "media": "ok", "private": "ok"}


def test_picture_is_there_for_everybody(site, samples):
    path, address = put(site.visitor("owner"), samples, "photos", "small.jpg")
    anonymous = site.visitor()
    page = anonymous.get(path)
    assert page.status_code == 200
    sources = renditions(page)
    assert len(sources) == 3  # 400 and 800 wide, and itself
    assert sources[-1] == address
    for source in sources:
        answer = get(anonymous, source)
        assert answer.status_code == 200
        kind = "image/jpeg" if source == address else "image/webp"
        magic = b"\xff\xd8\xff" if source == address else b"RIFF"
        assert answer.content.startswith(magic)
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        expected = {
            "Content-Type": kind,
            "Content-Disposition": "inline",
            "Cache-Control": YEAR,
        }
        if not in_bucket(site):
            expected |= {
                "Content-Security-Policy": SANDBOX,
                "X-Content-Type-Options": "nosniff",
                "Accept-Ranges": "bytes",
                "Server": "nginx",
            }
        assert {name: answer.headers.get(name) for name in expected} == expected
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("pages", "name"), [("photos", "small.jpg"), ("videos", "film.mp4")])
def test_part_head_and_condition(site, samples, pages, name):
    owner = site.visitor("owner")
    _, address = put(owner, samples, pages, name)
    whole = get(owner, address)
    size = len(whole.content)
    part = get(owner, address, Range="bytes=100-199")
    assert part.status_code == (200 if site.kind in NO_206 else 206)
    assert part.content == whole.content[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{size}"
    tail = get(owner, address, Range="bytes=-50")
    assert tail.content == whole.content[-50:]
    beyond = get(owner, address, Range=f"bytes={size}-")
    assert beyond.status_code == 416
    if site.kind not in NO_HEAD:
        head = get(owner, address, "HEAD")
        assert (head.status_code, head.content) == (200, b"")
        for header in ("Content-Length", "Content-Type", "Content-Disposition", "Cache-Control"):
            assert head.headers[header] == whole.headers[header]
    if site.kind not in NO_304:
        same = {"If-Modified-Since": whole.headers["Last-Modified"]}
        unchanged = get(owner, address, **same)
        assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_kept_file_is_stored_once_by_all_who_send_it_at_the_same_moment(site, samples):
    visitors = [site.visitor("owner") for _ in range(4)]
    picture = ("small.jpg", samples["small.jpg"])
    wrong = visitors[0].upload("/photos/new/", "image", picture, title="t" * 300)
    (token,) = re.findall(r'name="image-kept" value="([^"]+)"', wrong.text)

    def send(visitor):
        return visitor.send_form("/photos/new/", {"title": "Once", "image-kept": token})

    with ThreadPoolExecutor(len(visitors)) as pool:
        answers = list(pool.map(send, visitors))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
    refusals = [answer.text for answer in answers if answer.status_code == 200]
    assert all("is not kept any longer" in text for text in refusals)
    assert not any('name="image-kept"' in text for text in refusals)


def test_private_file(site, samples):
    title = "Bericht – 3"
    path, address = put(site.visitor("owner"), samples, "documents", "paper.pdf", title)
    assert address.startswith("/private/documents/")
    for name in ("owner", "staff"):
        visitor = site.visitor(name)
        handed = visitor.get(address)
        answer = get(visitor, address)
        assert answer.status_code == 200
        assert answer.content == samples["paper.pdf"]
        expected = {
            "Content-Type": "application/pdf",
            "Content-Disposition": "inline; filename*=utf-8''Bericht%20%E2%80%93%203.pdf",
            "Cache-Control": "private, no-cache",
        }
        if in_bucket(site):
            assert handed.headers["Cache-Control"] == "private, no-store"
        else:
            expected |= {"Content-Security-Policy": SANDBOX, "X-Content-Type-Options": "nosniff"}
            assert "X-Accel-Redirect" not in answer.headers
        assert {name: answer.headers.get(name) for name in expected} == expected
    for name in ("other", "idle"):
        visitor = site.visitor(name)
        assert (visitor.get(address).status_code, visitor.get(path).status_code) == (404, 404)
    anonymous = site.visitor()
    for url in (address, path):
        answer = anonymous.get(url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/login/?next=/")


def test_file_that_no_browser_should_show_is_saved(site, samples):
    owner = site.visitor("owner")
    _, address = put(owner, samples, "documents", "sheet.csv", "Numbers")
    answer = get(owner, address)
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Numbers.csv"'


def test_replaced_and_deleted_files_are_gone(site, samples):
    owner = site.visitor("owner")
    path, first = put(owner, samples, "photos", "small.jpg", "Hill")
    old = renditions(owner.get(path))
    answer = owner.upload(f"{path}edit/", "image", ("o.png", samples["other.png"]), title="Hill")
    assert answer.status_code == 302
    second = addresses(owner.get(path))[0]
    assert second != first
    assert get(owner, second).headers["Content-Type"] == "image/png"
    new = renditions(owner.get(path))
    for address in old:
        assert get(owner, address).status_code in (403, 404)
    for address in new:
        assert get(owner, address).status_code == 200
    assert owner.send_form(f"{path}delete/", {}).status_code == 302
    assert owner.get(path).status_code == 404
    for address in new:
        assert get(owner, address).status_code in (403, 404)


def test_profile_picture(site, samples):
    owner = site.visitor("owner")
    file = ("profile_picture", ("me.jpg", samples["small.jpg"]))
    assert owner.send_form("/accounts/profile/", {}, [file]).status_code == 302
    page = owner.get("/accounts/profile/")
    assert get(owner, renditions(page)[-1]).content.startswith(b"\xff\xd8\xff")


def test_only_the_owner_changes(site, samples):
    path, _ = put(site.visitor("owner"), samples, "photos", "small.jpg")
    other = site.visitor("other")
    for page in ("edit", "delete"):
        assert other.get(f"{path}{page}/").status_code == 403
        assert other.send_form(f"{path}{page}/", {"title": "Mine"}).status_code == 403
        assert site.visitor().get(f"{path}{page}/").status_code == 302


def test_several_files_in_one_upload(site, samples):
    owner = site.visitor("owner")
    files = [(name, samples[name]) for name in ("paper.pdf", "sheet.csv")]
    answer = owner.upload("/documents/new/", "file", *files)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/documents/")


def test_too_large_an_upload_is_refused_unread(site):
    owner = site.visitor("owner")
    connection = owner.part_of_upload("/videos/new/", sent=200, length=60 * 1024 * 1024)
    answer = answer_on(connection)
    assert answer.status == 413
    assert "This upload is too large" in answer.body
    assert "50 MB" in answer.body
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_rows_and_files_are_level(site, samples):
    put(site.visitor("owner"), samples, "photos", "small.jpg")
    put(site.visitor("owner"), samples, "videos", "film.mp4")
    level = site.level()
    assert (level["missing"], level["left"]) == ([], [])
    # Whatever the tests before this one have done, the site itself kept them level.
    assert re.fullmatch(r"0 orphans of [1-9]\d* files deleted\.", level["said"][-1])


def test_orphans_are_found(site, samples):
    """Files that a crash would leave are listed, and go; those of rows stay."""
    owner = site.visitor("owner")
    path, address = put(owner, samples, "documents", "paper.pdf")
    code = """if True:
        import django; django.setup()
        from django.core.files.base import ContentFile
        from django.core.files.storage import storages
        for alias in ("default", "private"):
            print(storages[alias].save("photos/2026/01/lost.bin", ContentFile(b"x")))
    """
    lost = site.app.python("-c", code).split()
    level = site.level()
    said = [f"default: {lost[0]}", f"private: {lost[1]}"]
    assert [line for line in level["said"] if "lost" in line] == said
    assert (level["missing"], level["left"]) == ([], [])
    assert get(owner, address).content == samples["paper.pdf"]
    assert owner.get(path).status_code == 200
