"""A generated project behind a real gunicorn, seen from outside: pages, files, rows, memory."""

import contextlib
import html
import os
import posixpath
import re
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import requests

from conftest import ENVIRONMENT, bin_of

WIDTHS = (400, 800, 1600)
SIZED = re.compile(r"(.+-(\d+)x(\d+)(?:-\d+s)?(?:-hevc)?(?:-\d+p)?)\.(\w+)")
IMAGES, FILES = "/photos/", "/uploads/"


@dataclass
class Answer:
    """What the server said to an upload, and the seconds of processor time it took for it."""

    status: int
    text: str
    seconds: float
    location: str = ""

    @property
    def accepted(self):
        return self.status == 302 and bool(re.fullmatch(r"/\w+/(\d+/)?", self.location))


@dataclass
class Site:
    """The project of a BakedProject while its server runs."""

    path: Path
    base: str
    server: subprocess.Popen
    log: Path
    visitor: requests.Session = field(default_factory=requests.Session)
    baseline: float = 0  # MB
    slowest: dict = field(default_factory=dict)
    peaks: dict = field(default_factory=dict)

    @property
    def address(self):
        host, port = self.base.removeprefix("http://").split(":")
        return host, int(port)

    def log_in(self):
        self.visitor.trust_env = False  # no proxy between here and here
        # A server may close a connection behind a broken body: none is used twice.
        self.visitor.headers["Connection"] = "close"
        page = self.visitor.get(self.base + "/accounts/login/", timeout=60)
        data = {"username": "demo", "password": "demo", "csrfmiddlewaretoken": token(page.text)}
        self.visitor.post(page.url, data, timeout=60)
        assert "sessionid" in self.visitor.cookies

    def form(self, content, filename="photo.jpg", to=IMAGES, title=""):
        """The body of an upload as a browser sends it, and its content type."""
        secret = self.visitor.cookies["csrftoken"]
        name = "image" if to == IMAGES else "file"
        files = [(name, filename, content)]
        return multipart({"csrfmiddlewaretoken": secret, "title": title}, files)

    def send(self, to, body, kind):
        """Post a body. Returns the Answer, with the time that the worker was at work for it."""
        url = f"{self.base}{to}new/"
        headers = {"Content-Type": kind, "Referer": url}
        before = self.worked()
        got = self.visitor.post(url, body, headers=headers, timeout=60, allow_redirects=False)
        location = got.headers.get("Location", "")
        return Answer(got.status_code, html.unescape(got.text), self.worked() - before, location)

    def upload(self, content, filename="photo.jpg", to=IMAGES, title=""):
        return self.send(to, *self.form(content, filename, to, title))

    def raw(self, request, keep_open=False):
        """Send bytes as they are, and return the status and the text of the answer."""
        with socket.create_connection(self.address, 30) as connection:
            with contextlib.suppress(OSError):  # refused before all of it was read
                connection.sendall(request)
                if not keep_open:
                    connection.shutdown(socket.SHUT_WR)
            received = b""
            with contextlib.suppress(OSError):
                while part := connection.recv(65536):
                    received += part
        status = re.match(rb"HTTP/1\.\d (\d+)", received)
        return (int(status[1]) if status else 0), html.unescape(received.decode(errors="replace"))

    def head(self, to, *headers):
        """The start of a raw request by the visitor who is logged in."""
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.visitor.cookies)
        host = ":".join(map(str, self.address))
        lines = [f"POST {to}new/ HTTP/1.1", f"Host: {host}", f"Cookie: {cookies}", *headers]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode()

    # What is there

    def rows(self):
        """{name in a row: title}, for all three folders and the users."""
        with contextlib.closing(sqlite3.connect(self.path / "db.sqlite3", timeout=30)) as database:
            found = {}
            for table, column, title in (
                ("library_photo", "image", "title"),
                ("library_upload", "file", "title"),
                ("library_video", "file", "title"),
                ("accounts_user", "profile_picture", "username"),
            ):
                query = f"SELECT {column}, {title} FROM {table} WHERE {column} > ''"
                found |= dict(database.execute(query).fetchall())
        return found

    def files(self):
        """The names of all files in both media folders, but for those kept for the next try."""
        found = set()
        for folder in (self.path / "media", self.path / "media_private"):
            for place, _, names in os.walk(folder):  # pathlib takes four times as long
                inside = place.removeprefix(str(folder)).replace(os.sep, "/")[1:]
                if not inside.endswith(".kept"):
                    found.update(posixpath.join(inside, name) for name in names)
        return found

    def read(self, name):
        folder = "media" if (self.path / "media" / name).exists() else "media_private"
        return (self.path / folder / name).read_bytes()

    def check_files(self):
        """Files are what rows name, with their renditions, and no temporary file is left."""
        wanted = {part for name in self.rows() for part in (name, *renditions(name))}
        end = time.monotonic() + 5  # temporary files go behind the answer
        while (files := self.files()) != wanted and time.monotonic() < end:
            time.sleep(0.02)
        assert files == wanted, f"left: {files - wanted}, missing: {wanted - files}"

    def idle(self):
        """Whether no temporary file is there: the server has seen that a visitor is gone."""
        return not any((self.path / "media_private" / ".tmp").glob("*"))

    # The worker

    def worker(self):
        """The folder in /proc of gunicorn's only worker."""
        pid = self.server.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        assert children, f"gunicorn has no worker:\n{self.log.read_text()[-3000:]}"
        return Path("/proc") / children[0]

    def worked(self):
        """Seconds of processor time that the worker has used: other programs don't add to it."""
        if sys.platform != "linux":
            return time.monotonic()
        fields = (self.worker() / "stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def memory(self, what):
        """MB of the worker: VmRSS now, VmHWM at its peak."""
        status = (self.worker() / "status").read_text()
        return int(re.search(rf"{what}:\s+(\d+)", status)[1]) / 1024

    def warm_up(self):
        """From here on, memory is compared with that of a worker that has done its usual work."""
        self.baseline = self.memory("VmRSS")
        self.forget_peak()

    def forget_peak(self):
        (self.worker() / "clear_refs").write_text("5")

    def growth(self, case):
        """MB above the baseline at the peak since the last call."""
        grown = self.peaks[case] = self.memory("VmHWM") - self.baseline
        self.forget_peak()
        return grown


def renditions(name):
    """The renditions that a file with this name has."""
    if not (match := SIZED.fullmatch(name)):
        return []
    wide = int(match[2])
    widths = {min(width, wide) for width in WIDTHS}
    if match[4] not in ("mp4", "webm", "pdf"):  # a picture is its own largest version
        widths -= {wide}
    return [f"{match[1]}-{width}w.webp" for width in widths]


def token(page):
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]


def multipart(fields, files, boundary="----limit"):
    """A body of text fields and (name, filename, content) files, and its content type.

    A filename may be bytes, which are sent as they are.
    """
    lines = []
    for name, value in fields.items():
        lines += [
            b"--" + boundary.encode(),
            f'Content-Disposition: form-data; name="{name}"'.encode(),
        ]
        lines += [b"", value.encode()]
    for name, filename, content in files:
        if isinstance(filename, str):
            # As browsers do it: quotes and line breaks are escaped, nothing else.
            filename = filename.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
            filename = filename.encode(errors="surrogateescape")
        where = b'Content-Disposition: form-data; name="%s"; filename="%s"'
        lines += [b"--" + boundary.encode(), where % (name.encode(), filename)]
        lines += [b"Content-Type: application/octet-stream", b"", content]
    lines += [b"--" + boundary.encode() + b"--", b""]
    return b"\r\n".join(lines), f"multipart/form-data; boundary={boundary}"


@contextlib.contextmanager
def serve(project, world, log):
    """The Site of a project with demo data, behind gunicorn with one worker of four threads."""
    project.manage(world, "demo", "--no-serve")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*free.getsockname())
    command = [bin_of(world.venv, "python"), "-m", "gunicorn", "config.wsgi", "-b", address]
    command += ["-k", "gthread", "--threads", "4", "--workers", "1", "--timeout", "120"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(part) for part in command],
            cwd=project.path,
            env=ENVIRONMENT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    site = Site(project.path, f"http://{address}", server, log)
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(site.address, 1):
                break
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        site.log_in()
        yield site
    finally:
        server.terminate()
        server.wait(30)
    assert os.name == "nt" or "Traceback" not in log.read_text(), log.read_text()[-5000:]
