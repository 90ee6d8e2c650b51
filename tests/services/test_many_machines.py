"""Two machines with nothing in common but PostgreSQL, the buckets and the nginx before them."""

import os
import signal
import threading

import pytest

from services.servers import wait_for
from services.test_every_path import addresses, get, put, renditions


@pytest.fixture
def site(get_site):
    site = get_site("machines")
    assert len({app.folder for app in site.apps}) == 2
    yield site
    for app in site.apps:
        if app.process.poll() is not None:
            app.start()


def test_upload_on_one_and_go_on_at_the_other(site, samples):
    one, two = site.apps
    path, address = put(site.visitor("owner", one.url), samples, "photos", "small.jpg", "Hill")
    there = site.visitor("owner", two.url)  # the session of the first
    page = there.get(path)
    assert page.status_code == 200
    assert get(there, address).content.startswith(b"\xff\xd8\xff")
    old = renditions(page)
    file = ("other.png", samples["other.png"])
    assert there.upload(f"{path}edit/", "image", file).status_code == 302
    here = site.visitor("owner", one.url)
    new = addresses(here.get(path))[0]
    assert new != address
    assert get(here, new).content.startswith(b"\x89PNG")
    for name in old:
        assert get(here, name).status_code == 404
    assert there.send_form(f"{path}delete/", {}).status_code == 302
    assert here.get(path).status_code == 404
    assert get(here, new).status_code == 404


def test_private_file_on_the_other_machine(site, samples):
    one, two = site.apps
    _, address = put(site.visitor("owner", one.url), samples, "documents", "paper.pdf")
    assert get(site.visitor("owner", two.url), address).content == samples["paper.pdf"]
    assert site.visitor("other", two.url).get(address).status_code == 404
    assert site.visitor(url=two.url).get(address).status_code == 302


def test_login_and_logout_hold_on_both(site):
    one, two = site.apps
    visitor = site.visitor(url=one.url)
    visitor.login("other")
    visitor.url = two.url
    assert visitor.get("/accounts/profile/").status_code == 200
    assert visitor.send_form("/accounts/logout/", {}).status_code == 302
    visitor.url = one.url
    assert visitor.get("/accounts/profile/").status_code == 302


def test_nothing_lies_on_the_disk_of_either(site, samples):
    for app in site.apps:
        put(site.visitor("owner", app.url), samples, "videos", "film.mp4")
        for folder in ("media", "private", "data"):
            assert [p for p in (app.folder / folder).rglob("*") if p.is_file()] == []


def test_one_dies_in_the_middle(site, samples):
    """Whoever was told that it is stored finds it; who was not can try again, at once."""
    stored, refused = [], []
    stop = threading.Event()

    def upload():
        visitor = site.visitor("owner")
        while not stop.is_set():
            file = ("small.jpg", samples["small.jpg"])
            answer = visitor.upload("/photos/new/", "image", file, title="Through")
            if answer.status_code == 302:
                stored.append(answer.headers["Location"])
            else:
                refused.append(answer)

    site.visitor("owner")
    threads = [threading.Thread(target=upload) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: len(stored) >= 6, "uploads")
        os.killpg(site.apps[0].process.pid, signal.SIGKILL)
        site.apps[0].process.wait()
        before = len(stored)
        wait_for(lambda: len(stored) >= before + 6, "uploads after the death of one machine")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    # At most those that the dead machine had in hand.
    assert len(refused) <= 3
    for answer in refused:
        assert answer.status_code == 503
        assert "try again" in answer.text
    level = site.level(machine=1)
    assert (level["missing"], level["left"]) == ([], [])
    visitor = site.visitor("owner")
    for path in stored:
        assert get(visitor, addresses(visitor.get(path))[0]).status_code == 200
    site.apps[0].start()
    path, _ = put(site.visitor("owner", site.apps[0].url), samples, "photos", "small.jpg")
    assert site.visitor(url=site.apps[1].url).get(path).status_code == 200
