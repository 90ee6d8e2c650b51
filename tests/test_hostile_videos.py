"""Videos as phones make them, broken and hostile ones, to a real gunicorn.

After every one: no answer of 500 or above, none later than 10 seconds, no growth of the worker
above 300 MB, just the files that rows name, and in them no word that was planted beside streams.
"""

import socket
import sys
import threading
import time

import pytest

from conftest import SERVED
from hostile import films
from hostile.case import FILES
from hostile.site import serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hostile")]

SECONDS, GROWTH = 10, 300  # MB
CUTS, FLIPS = 30, 40


@pytest.fixture(scope="module")
def site(bake, worlds, tmp_path_factory):
    log = tmp_path_factory.mktemp("hostile") / "server.log"
    project = bake(max_upload_mb="10", file_folders="uploads, videos")
    with serve(project, worlds(SERVED), log) as site:
        assert site.upload(films.mp4(), "a.mp4", FILES).accepted
        if sys.platform == "linux":
            site.warm_up()
        yield site


def send(site, content, filename):
    """What the site answers, which has to be harmless, and {name: title} of what it has stored."""
    rows, before = site.rows(), time.monotonic()
    answer = site.upload(content, filename, FILES)
    seconds = time.monotonic() - before
    assert answer.status < 500, answer.text[:3000]
    assert seconds <= SECONDS, f"{seconds:.1f} seconds"
    if sys.platform == "linux":
        assert site.growth(filename) <= GROWTH, f"{site.peaks[filename]:.0f} MB"
    site.check_files()
    return answer, {name: title for name, title in site.rows().items() if name not in rows}


def said(answer):
    return answer.text[answer.text.find("errorlist") :][:400]


def each(cases):
    return pytest.mark.parametrize("case", cases, ids=str)


@each(films.GOOD)
def test_taken_without_what_was_beside_it(site, case):
    content = case.make()
    answer, made = send(site, content, case.filename)
    (name,) = made or [said(answer)]
    width, height = case.size or (None, None)
    assert (f"-{width}x{height}-1s" if case.size else "-1s.") in name
    stored = site.read(name)
    assert films.WORDS not in stored
    assert films.POSITION[:8] not in stored
    if name.endswith(".mp4"):
        assert stored.index(b"moov") < stored.index(b"mdat")


@each(films.BAD)
def test_refused_in_words(site, case):
    """Where it says nothing, it may be taken as well."""
    answer, made = send(site, case.make(), case.filename)
    if case.says:
        assert case.says in answer.text, said(answer)
        assert not made


@pytest.mark.parametrize(
    ("make", "filename", "times"),
    [(films.mp4, "a.mp4", CUTS), (films.webm, "a.webm", CUTS // 3)],
    ids=["MP4", "WebM"],
)
def test_cut_off(site, make, filename, times):
    for name, content in films.cut(make, filename, times):
        answer, made = send(site, content, name)
        assert not made
        assert any(word in answer.text for word in ("cut off", "damaged", "else inside"))


@pytest.mark.parametrize(
    ("make", "filename"), [(films.mp4, "a.mp4"), (films.webm, "a.webm")], ids=["MP4", "WebM"]
)
def test_turned_bits(site, make, filename):
    for name, content in films.flipped(make, filename, FLIPS // 2):
        send(site, content, name)


@pytest.fixture(scope="module")
def watched():
    """(address of a listener, what has connected to it)."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # it is closed
                    return
                came.append(connection.recv(1000))
                connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}", came


def test_playlists_are_not_followed(site, watched):
    address, came = watched
    for case in films.playlists(address):
        answer, made = send(site, case.make(), case.filename)
        assert not made, case
        assert case.says in answer.text, case
    assert came == []


def test_pictures_of_a_film_are_not_looked_for_in_another_file(site):
    _, made = send(site, films.elsewhere(), "a.mov")
    assert len(made) <= 1
