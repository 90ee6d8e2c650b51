"""In the company that a site keeps on its servers, no committed row loses its file."""

import json
import shutil
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

import reading
from conftest import bin_of
from services import sites
from services.servers import SBIN, wait_for
from services.test_every_path import put

INSIDE = Path(__file__).parent / "inside"

QUEUE_IS_DOWN = '''
"""Every saved sample queues a task, and the broker is down."""

from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_save


def enqueue(instance, **kwargs):
    if type(instance).__module__ == "library.models":
        transaction.on_commit(delay)


def delay():
    raise ConnectionRefusedError("The broker is down.")


class Queue(AppConfig):
    name = "task_queue"

    def ready(self):
        post_save.connect(enqueue)
'''


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """The part of the environment that names a new database, and a name for its site."""
    name = request.node.originalname.removeprefix("test_")[:40]
    if request.param == "sqlite":
        return f"{name}-sqlite", {}
    url = request.getfixturevalue("postgresql").database(name)
    return f"{name}-postgresql", {"DATABASE_URL": url}


def result_of(app, *command):
    """What a script of `inside` prints as JSON; what it logs stands around that."""
    said = app.python(*command).splitlines()
    return json.loads(next(line for line in said if line.startswith("{")))


def assert_nothing_is_lost(app):
    level = result_of(app, INSIDE / "level.py")
    assert (level["missing"], level["left"]) == ([], [])


def test_queue_whose_broker_is_down(database, folder, project, venv, running, samples):
    name, env = database
    changed = folder / f"{name}-project" / project.name
    shutil.copytree(project, changed)
    (changed / "task_queue.py").write_text(QUEUE_IS_DOWN)
    settings = "from config.settings import *\nINSTALLED_APPS += ['task_queue.Queue']\n"
    (changed / "queue_settings.py").write_text(settings)
    env = env | {"DJANGO_SETTINGS_MODULE": "queue_settings"}
    site = running(sites.make(name, folder / name, changed, venv, env))
    owner = site.visitor("owner")
    four = [(f"{n}.jpg", samples["small.jpg"]) for n in range(4)]
    assert owner.upload("/photos/new/", "image", *four).status_code == 500
    page = owner.get("/photos/").text
    assert page.count("<img") >= 4
    assert_nothing_is_lost(site.app)


class Proxy(threading.Thread):
    """Between a site and PostgreSQL. Armed, it cuts the connection on which COMMIT comes next.

    `early` cuts it first and passes COMMIT on a while later, as a network does in which it waits.
    """

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.cuts, self.early = port, 0, False
        self.server = socket.create_server(("127.0.0.1", 0))
        self.armed = threading.Event()

    def run(self):
        while True:
            client = self.server.accept()[0]
            upstream = socket.create_connection(("127.0.0.1", self.port))
            threading.Thread(target=self.to_server, args=(client, upstream), daemon=True).start()
            threading.Thread(target=self.to_client, args=(client, upstream), daemon=True).start()

    def to_server(self, client, upstream):
        with suppress(OSError):  # either end may be gone
            self.pass_on(client, upstream)
        upstream.close()

    def pass_on(self, client, upstream):
        while data := client.recv(65_536):
            if b"COMMIT" in data and self.armed.is_set():
                self.armed.clear()
                self.cuts += 1
                client.shutdown(socket.SHUT_RDWR)  # no answer comes any more
                if self.early:
                    wait_for(self.resume.is_set, "the word to go on")
                upstream.sendall(data)
                self.done.set()
                return
            upstream.sendall(data)

    def to_client(self, client, upstream):
        with client, upstream, suppress(OSError):
            while data := upstream.recv(65_536):
                client.sendall(data)

    def cut(self, early):
        self.early, self.done, self.resume = early, threading.Event(), threading.Event()
        self.armed.set()


@pytest.mark.parametrize("early", [False, True], ids=["committed", "not yet committed"])
def test_answer_to_commit_is_lost(early, postgresql, make_site, samples):
    """Cut off before or after the commit: only the database can tell, and it may be late."""
    url = urlsplit(postgresql.database(f"lost_commit_{int(early)}"))
    proxy = Proxy(url.port)
    proxy.start()
    through = url._replace(netloc=f"app@127.0.0.1:{proxy.server.getsockname()[1]}").geturl()
    site = make_site(f"lost-commit-{int(early)}", {"DATABASE_URL": through})
    owner = site.visitor("owner")
    two = [(f"{n}.jpg", samples["small.jpg"]) for n in range(2)]
    proxy.cut(early)
    assert owner.upload("/photos/new/", "image", *two).status_code == 500
    proxy.resume.set()
    assert proxy.done.wait(30)
    assert proxy.cuts == 1
    wait_for(lambda: owner.get("/photos/").text.count("<img") >= 2, "both rows are there")
    assert_nothing_is_lost(site.app)


SECONDS = 12
PROCESSES = 4


def test_crowd(database, make_site, folder):
    """Processes that do all there is to do to the same rows, sweep and back up, all at once."""
    name, env = database
    app = make_site(name, env, start=False).app
    kept = folder / f"{name}-copies"
    beside = [
        ["manage.py", "rebuild_renditions"],
        ["manage.py", "keep_deleted", "on"],
        ["manage.py", "copy_media", "--to", kept],
        ["manage.py", "keep_deleted", "off"],
        ["manage.py", "orphans", "--delete"],
    ]

    def crowd(seed):
        return result_of(app, INSIDE / "crowd.py", SECONDS, seed)

    with ThreadPoolExecutor(PROCESSES) as pool:
        crowds = [pool.submit(crowd, seed) for seed in range(PROCESSES)]
        while not all(process.done() for process in crowds):
            for command in beside:
                args, options = app.as_popen(*command)
                done = subprocess.run(args, **options, capture_output=True, text=True, timeout=60)
                assert "Traceback" not in done.stderr, done.stderr
    results = [process.result() for process in crowds]
    print(results)
    assert [result["lost"] for result in results] == [[]] * PROCESSES
    assert sum(result["operations"] for result in results) > 200
    assert_nothing_is_lost(app)


def wait_for_uploads(saved):
    seen = len(saved)
    wait_for(lambda: saved[seen:].count(True) > 1, "uploads")


def test_samples_are_removed_beside_a_visitor(make_site, project, samples):
    """Word by word as the README has it, while somebody goes on uploading."""
    site = make_site("without-samples")
    owner = site.visitor("owner")
    for folder, name in (("photos", "small.jpg"), ("documents", "paper.pdf")):
        put(owner, samples, folder, name)
    stopped, saved = threading.Event(), []

    def upload():
        while not stopped.is_set():
            with suppress(requests.ConnectionError):
                file = {"profile_picture": ("me.jpg", samples["small.jpg"])}
                done = owner.send_form("/accounts/profile/", {"email": ""}, file)
                saved.append(done.status_code == 302)
                owner.upload("/photos/new/", "image", ("p.jpg", samples["small.jpg"]))

    visitor = threading.Thread(target=upload)
    visitor.start()
    text = reading.section((project / "README.md").read_text(), "Remove the samples")
    *commands, check = reading.commands(text)
    assert len(commands) == 3

    def restart():
        site.app.stop()
        site.app.start()
        wait_for_uploads(saved)

    def type_in(command):
        env = {"PATH": f"{bin_of(site.app.venv, 'x').parent}:{SBIN}"}
        _, options = site.app.as_popen(env=env)
        done = subprocess.run(["bash", "-c", command], **options, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    reading.remove_pages(site.app.code, text)
    restart()
    for command in commands:
        type_in(command)
        wait_for_uploads(saved)
    reading.remove_code(site.app.code, text)
    restart()
    stopped.set()
    visitor.join()
    assert "uploads" not in type_in(check)
    assert "<img" in owner.get("/accounts/profile/").text
    assert_nothing_is_lost(site.app)
    assert list((site.app.folder / "private").rglob("*.pdf")) == []
