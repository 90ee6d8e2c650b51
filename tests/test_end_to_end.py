"""From nothing to a running site with pictures in it, as the README says, and on with cruft."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import zlib

import pytest
import requests

from conftest import ENVIRONMENT, FOLDER, git, run, uv

pytestmark = pytest.mark.slow

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def png():
    """A grey picture of 256 by 200 pixels."""

    def chunk(kind, data):
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = (256).to_bytes(4) + (200).to_bytes(4) + bytes([8, 0, 0, 0, 0])
    pixels = zlib.compress((b"\0" + bytes(range(256))) * 200)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


class Visitor:
    """A browser without scripts: keeps cookies, and sends forms with their token."""

    def __init__(self, base):
        self.base, self.session = base, requests.Session()
        self.session.trust_env = False  # no proxy between here and here

    def get(self, path, **headers):
        return self.session.get(self.base + path, headers=headers, timeout=60)

    def post(self, path, fields, **files):
        """Fill in the form on a page; `files` are (name, content) by field."""
        url = self.base + path
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).text)[1]
        fields = {**fields, "csrfmiddlewaretoken": token}
        return self.session.post(url, fields, files=files, headers={"Referer": url}, timeout=60)

    def links(self, page, to):
        """The addresses on a page that start with `to`."""
        return set(re.findall(rf"{to}[^\"', ]+", self.get(page).text))


@contextlib.contextmanager
def served(project, log):
    """The project's development server on a free port, while the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host, port = free.getsockname()
    python = project / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Without the reloader there is one process only, which ends when it is told to.
    command = [str(python), "manage.py", "runserver", "--noreload", f"{host}:{port}"]
    with open(log, "wb") as output:
        server = subprocess.Popen(
            command, cwd=project, env=ENVIRONMENT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
                break
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield f"http://{host}:{port}"
    finally:
        server.terminate()
        server.wait(30)


def check_download(visitor, path, kind):
    """The whole file and a part of it, with headers that are right and safe."""
    whole = visitor.get(path)
    assert whole.status_code == 200
    assert whole.headers["Content-Type"].startswith(kind)
    assert int(whole.headers["Content-Length"]) == len(whole.content) > 0
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    part = visitor.get(path, Range="bytes=2-11")
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes 2-11/{len(whole.content)}"
    assert part.content == whole.content[2:12]
    return whole


def test_first_picture(cookiecutter, tmp_path):
    """Generate, install into an empty environment, demo, serve, log in, upload, read, stop."""
    done = cookiecutter("--no-input")
    assert done.returncode == 0, done.stderr
    project = tmp_path / "out" / "my_media_site"
    run(uv(), "sync", "-q", "--python", sys.executable, cwd=project)
    run(uv(), "run", "manage.py", "demo", "--no-serve", cwd=project)
    log = tmp_path / "server.log"
    with served(project, log) as base:
        owner, stranger = Visitor(base), Visitor(base)
        login = owner.post("/accounts/login/", {"username": "demo", "password": "demo"})
        assert "sessionid" in owner.session.cookies, login.text
        for page in ["/", "/photos/", "/documents/", "/videos/", "/accounts/profile/", "/admin/"]:
            assert owner.get(page).status_code == 200, page

        before = stranger.links("/photos/", "/media/photos/")
        assert before, "the demo has left no pictures"
        done = owner.post("/photos/new/", {"title": "New"}, image=("Foto é 🦊.PNG", png()))
        assert done.status_code == 200
        pictures = stranger.links("/photos/", "/media/photos/") - before
        assert pictures
        for path in pictures:
            assert "Set-Cookie" not in check_download(stranger, path, "image/").headers

        before = owner.links("/documents/", "/private/documents/")
        done = owner.post("/documents/new/", {"title": "Mine"}, file=("mine.pdf", PDF))
        assert done.status_code == 200
        (path,) = owner.links("/documents/", "/private/documents/") - before
        assert check_download(owner, path, "application/pdf").content == PDF
        refused = stranger.session.get(base + path, allow_redirects=False, timeout=60)
        assert refused.status_code in (302, 403, 404)
        assert PDF not in refused.content
    # Where answers send a stored file, its descriptor is closed: development says so if not.
    assert "Traceback" not in log.read_text(encoding="utf-8", errors="replace")
    assert "ResourceWarning" not in log.read_text(encoding="utf-8", errors="replace")


def cruft(*args, cwd, **options):
    return run(sys.executable, "-m", "cruft", *args, cwd=cwd, **options)


def test_cruft_creates_and_updates(repository, tmp_path):
    """What the template learns later reaches the project; what its owner wrote stays."""
    answers = {"project_name": "Anna's {{ photos }} 🦊", "image_folders": "Pictures"}
    cruft("create", "-y", repository, "--extra-context", json.dumps(answers), cwd=tmp_path)
    project = tmp_path / "annas_photos"
    git(project, "init", "-q")
    git(project, "add", "--all")
    git(project, "commit", "-qm", "First")
    assert git(project, "status", "--porcelain") == ""
    env = (project / ".env").read_text(encoding="utf-8")
    assert cruft("diff", cwd=project).stdout == ""

    # The owner changes one file and adds another; the template changes a third and gets a filter.
    base = project / "templates" / "base.html"
    base.write_text(base.read_text(encoding="utf-8") + "<!-- mine -->\n", encoding="utf-8")
    git(project, "add", "--all")
    git(project, "commit", "-qm", "Mine")
    for path, addition in {
        "local_extensions.py": "\n\ndef louder(text):\n    return text.upper()\n",
        f"{FOLDER}/library/admin.py": "# {{ cookiecutter.project_name | louder }}\n",
        f"{FOLDER}/manage.py": "# new\n",
    }.items():
        with open(repository / path, "a", encoding="utf-8") as file:
            file.write(addition)
    rules = repository / "local_extensions.py"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("[accept, ", "[louder, accept, "), encoding="utf-8")
    git(repository, "commit", "-qam", "Second")

    done = cruft("update", "-y", cwd=project)
    assert "Done. Now run" not in done.stdout
    assert (project / "manage.py").read_text(encoding="utf-8").endswith("# new\n")
    admin = (project / "library" / "admin.py").read_text(encoding="utf-8")
    assert admin.endswith("# ANNA'S {{ PHOTOS }} 🦊\n")
    assert base.read_text(encoding="utf-8").endswith("<!-- mine -->\n")
    assert (project / ".env").read_text(encoding="utf-8") == env
    assert list(project.rglob("*.rej")) == []
    state = json.loads((project / ".cruft.json").read_text(encoding="utf-8"))
    assert state["commit"] == git(repository, "rev-parse", "HEAD").strip()


def test_cruft_refuses_in_one_line(repository, tmp_path):
    bad = json.dumps({"media_url": "/static/"})
    done = cruft("create", "-y", repository, "--extra-context", bad, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("media_url '/static/'")
    assert done.stdout.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]


def test_cookiecutter_f_writes_settings_anew(repository, config_file, tmp_path):
    """As docs/updating.md warns; .env and what is not the template's stay."""
    command = [sys.executable, "-m", "cookiecutter", "--config-file", config_file, repository]
    run(*command, "--no-input", cwd=tmp_path)
    project = tmp_path / "my_media_site"
    env = (project / ".env").read_bytes()
    settings, mine = project / "config/settings.py", project / "mine/__init__.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("IMAGE_MAX_FRAMES = 300", "IMAGE_MAX_FRAMES = 3"), encoding="utf-8"
    )
    mine.parent.mkdir()
    mine.touch()
    run(*command, "--no-input", "-f", cwd=tmp_path)
    assert "IMAGE_MAX_FRAMES = 300" in settings.read_text(encoding="utf-8")
    assert (project / ".env").read_bytes() == env
    assert mine.exists()
    page = (repository / "docs/updating.md").read_text(encoding="utf-8")
    assert "`cookiecutter -f` over a project is no update" in page
