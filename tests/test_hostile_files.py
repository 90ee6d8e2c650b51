"""Hostile and odd uploads to a real gunicorn: each has its outcome, and leaves nothing behind.

After every one of them: no answer of 500 or above, none for which the worker was at work for more
than 5 seconds (of processor time, to which other programs don't add), no growth of the worker above
300 MB, and in the media folders just what rows name.
"""

import io
import socket
import sys
import time

import pytest
from PIL import Image, ImageChops

from conftest import SERVED
from hostile import bodies, bombs, disguises, filenames, near, papers, polyglots, truncated
from hostile.build import drawn, encoded
from hostile.case import FILES, IMAGES
from hostile.good import KINDS, picture
from hostile.site import serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hostile")]

SECONDS = 5
GROWTH = 300  # MB


@pytest.fixture(scope="module")
def site(bake, worlds, tmp_path_factory):
    log = tmp_path_factory.mktemp("hostile") / "server.log"
    with serve(
        bake(max_upload_mb="10", file_folders="uploads, videos"), worlds(SERVED), log
    ) as site:
        for kind, (extension, _) in KINDS.items():
            assert site.upload(picture(kind)[1], f"photo.{extension}").accepted, kind
        if sys.platform == "linux":
            site.warm_up()
        yield site


@pytest.fixture
def harmless(site):
    """What must hold after every request; the test calls it with what it sent and got."""

    def check(case, answer):
        assert answer.status < 500, answer.text[:3000]
        assert answer.seconds <= SECONDS, f"{answer.seconds:.1f} seconds of processor time"
        site.slowest[str(case)] = answer.seconds
        if sys.platform == "linux":
            assert site.growth(str(case)) <= GROWTH, f"{site.peaks[str(case)]:.0f} MB"
        site.check_files()

    return check


def each(cases):
    return pytest.mark.parametrize("case", cases, ids=str)


def judge(site, harmless, case):
    """Send a case, see that it is taken or refused as it says.

    Returns what was sent, and the names that were stored.
    """
    rows, files, content = site.rows(), site.files(), case.make()
    answer = site.upload(content, case.filename, case.to)
    harmless(case, answer)
    made = {name: title for name, title in site.rows().items() if name not in rows}
    if case.says:
        assert answer.status in {200, 400}
        assert case.says in answer.text, said(answer)
        assert not made
        assert site.files() == files
    else:
        assert answer.accepted, said(answer)
        assert made
    for name in site.files() - files:
        assert not case.secret or case.secret not in site.read(name), name
    for title in made.values():
        assert case.title in {None, title}
    return content, made.keys()


def said(answer):
    """The part of a page that tells what is wrong with an upload."""
    return answer.text[answer.text.find("<main") :][:1500]


@each(bombs.CASES)
def test_bomb(site, harmless, case):
    judge(site, harmless, case)


@each(near.CASES)
def test_just_small_enough(site, harmless, case):
    _, made = judge(site, harmless, case)
    for name in made:
        width, height = case.size
        assert f"-{width}x{height}." in name


@each(truncated.CASES)
def test_truncated(site, harmless, case):
    """Refused, unless all that is missing lies behind the last pixel."""
    rows = site.rows()
    answer = site.upload(case.make(), case.filename)
    harmless(case, answer)
    made = site.rows().keys() - rows.keys()
    if made:
        whole = truncated.WHOLE[case.name]
        assert site.upload(picture(whole)[1], case.filename).accepted
        (reference,) = site.rows().keys() - rows.keys() - made
        for name in made:
            assert same(site.read(name), site.read(reference)), "taken without its last pixels"
    else:
        assert answer.status == 200
        assert any(words in answer.text for words in ("damaged", "not a picture")), said(answer)


def same(one, other):
    """Whether two stored pictures have the same frames."""
    with Image.open(io.BytesIO(one)) as a, Image.open(io.BytesIO(other)) as b:
        count = getattr(a, "n_frames", 1)
        if count != getattr(b, "n_frames", 1) or a.size != b.size:
            return False
        for n in range(count):
            a.seek(n)
            b.seek(n)
            apart = ImageChops.difference(a.convert("RGBA"), b.convert("RGBA"))
            if apart.getbbox(alpha_only=False):
                return False
    return True


@each(polyglots.CASES)
def test_polyglot(site, harmless, case):
    assert case.secret in case.make() or b"EXIF" in case.make() or case.filename == "a.png"
    judge(site, harmless, case)


@each(disguises.CASES)
def test_disguise(site, harmless, case):
    content, made = judge(site, harmless, case)
    for name in made:
        got = site.visitor.get(f"{site.base}/private/{name}", timeout=60)
        assert got.content == content
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in got.headers["Content-Security-Policy"]
        assert got.headers["Content-Type"].split(";")[0] not in {"text/html", "image/svg+xml"}
        if not name.endswith(".pdf"):
            assert got.headers["Content-Disposition"].startswith("attachment")


@each(papers.CASES)
def test_paper(site, harmless, case):
    content, made = judge(site, harmless, case)
    for name in made:
        assert site.read(name) == content
    page = site.visitor.get(site.base + FILES, timeout=60)
    assert page.status_code == 200


@each(filenames.CASES)
def test_filename(site, harmless, case):
    _, made = judge(site, harmless, case)
    for name in made:
        assert name.startswith("photos/")
        assert name.isascii()
        assert name.endswith("-64x64.jpg")
    page = site.visitor.get(site.base + IMAGES, timeout=60)
    assert page.status_code == 200
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("case", bodies.CASES)
def test_broken_body(site, harmless, case):
    make, status, says = bodies.CASES[case]
    rows = site.rows()
    answer = site.send(IMAGES, *make(site))
    harmless(case, answer)
    assert status in {0, answer.status}, said(answer)
    assert says in answer.text, said(answer)
    assert (answer.status == 302 or "are uploaded" in answer.text) == (site.rows() != rows)
    if answer.status == 400:
        assert 'type="file"' in answer.text, "the form is not there to try again"


@pytest.mark.parametrize("case", bodies.LENGTHS)
def test_wrong_length(site, harmless, case):
    send, statuses = bodies.LENGTHS[case]
    rows = site.rows()
    status, text = send(site)
    assert status in statuses, text[:500]
    site.check_files()
    assert site.rows() == rows
    assert site.visitor.get(site.base + "/health/", timeout=60).status_code == 200


@pytest.mark.parametrize("length", [11_000_000, 300_000_000, 5_000_000_000])
@pytest.mark.parametrize("to", [IMAGES, FILES])
def test_body_over_the_limit_is_refused_before_it_is_sent(site, to, length):
    kind = "Content-Type: multipart/form-data; boundary=----limit"
    start = time.monotonic()
    status, text = site.raw(site.head(to, kind, f"Content-Length: {length}"), keep_open=True)
    assert time.monotonic() - start < 1
    assert status == 413
    assert f"This upload has {length / 1024**2:.1f} MB; 10 MB is the most." in text
    assert 'type="file"' in text, "the form is not there to try again"
    site.check_files()


def test_body_at_the_limit_is_taken(site, harmless):
    text = b"a line of text\n" * 690_000
    assert 9.8 * 1024**2 < len(text) < 10 * 1024**2
    answer = site.upload(text, "long.txt", FILES)
    assert answer.accepted, said(answer)
    harmless("a file of 9.9 MB", answer)


@pytest.mark.parametrize("part", [0.01, 0.3, 0.7, 0.999])
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(("to", "filename"), [(IMAGES, "photo.jpg"), (FILES, "long.txt")])
def test_visitor_goes_in_the_middle(site, part, reset, to, filename):
    """Half a file is no file: neither a row nor a temporary file is left of it."""
    content = encoded(drawn((2600, 2000)), "JPEG", quality=100, subsampling=0)
    if to == FILES:
        content = b"a line of text\n" * 400_000  # of which every part is good text
    body, kind = site.form(content, filename, to)
    head = site.head(to, f"Content-Type: {kind}", f"Content-Length: {len(body)}")
    rows = site.rows()
    connection = socket.create_connection(site.address, 30)
    connection.sendall(head + body[: int(len(body) * part)])
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if site.idle():
            break
    assert site.rows() == rows
    site.check_files()
    assert site.visitor.get(site.base + "/health/", timeout=60).status_code == 200


def test_ten_visitors_at_once(site, harmless):
    """What is left when all of them are slow, and half of them go."""
    content = encoded(drawn((1200, 900)), "JPEG")
    body, kind = site.form(content)
    head = site.head(IMAGES, f"Content-Type: {kind}", f"Content-Length: {len(body)}")
    rows = site.rows()
    connections = [socket.create_connection(site.address, 30) for _ in range(10)]
    for connection in connections:
        connection.sendall(head + body[:5000])
    for connection in connections[::2]:
        connection.close()
    for connection in connections[1::2]:
        connection.sendall(body[5000:])
    for connection in connections[1::2]:
        assert connection.recv(12).startswith(b"HTTP/1.1 302")
        connection.close()
    deadline = time.monotonic() + 5
    while not site.idle() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(site.rows()) == len(rows) + 5
    site.check_files()


def test_report(site, capsys):
    """The slowest answers and the highest peaks, for whoever reads the output."""
    with capsys.disabled():
        for title, found, unit in (("slowest", site.slowest, "s"), ("peaks", site.peaks, "MB")):
            most = sorted(found.items(), key=lambda item: -item[1])[:8]
            print(f"\n{title}:", ", ".join(f"{case} {value:.1f} {unit}" for case, value in most))
