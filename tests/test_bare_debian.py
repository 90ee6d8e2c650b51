"""The lines of the README, from nothing: on a Debian without even Python, made by debootstrap."""

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import reading
from conftest import TEMPLATE, needs, run
from test_first_day import free_port

pytestmark = [pytest.mark.slow, pytest.mark.bare, pytest.mark.xdist_group("bare debian")]

RELEASE = os.environ.get("BARE_DEBIAN", "bookworm")  # or trixie, or noble, which is Ubuntu 24.04
UBUNTU = RELEASE == "noble"
MIRROR = f"http://{'archive.ubuntu.com/ubuntu' if UBUNTU else 'deb.debian.org/debian'}"
CERTIFICATES = "/etc/machine.crt"
README = (TEMPLATE / "README.md").read_text(encoding="utf-8")


def ask_for(release):
    """Skip where no bare Debian can be had; where it could, with root and one package, CI fails."""
    if sys.platform != "linux" or not release:
        pytest.skip("a bare Debian is only made on Linux, and not where BARE_DEBIAN is empty")
    try:
        urllib.request.urlopen(f"{MIRROR}/dists/{release}/Release", timeout=20).close()
    except OSError as error:
        pytest.skip(f"{MIRROR} does not answer: {error}")
    if os.geteuid():
        needs("root", "only root may chroot")
    if not shutil.which("debootstrap"):
        needs("debootstrap", "apt-get install debootstrap")
    if run("unshare", "--mount", "true", check=False).returncode:
        needs("mount", "a container wants --privileged")


def environment(root):
    """What a new login has, and how this machine reaches package indexes."""
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    env |= {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}
    env["PIP_NO_COMPILE"] = "1"  # most of it is not imported
    if known := os.environ.get("SSL_CERT_FILE"):
        shutil.copy(known, root + CERTIFICATES)
        env |= dict.fromkeys(["SSL_CERT_FILE", "PIP_CERT", "GIT_SSL_CAINFO"], CERTIFICATES)
    return env


class Debian:
    """A folder to chroot into."""

    def __init__(self, root):
        self.root = str(root)
        options = ["--variant=minbase", f"--components=main{',universe' * UBUNTU}"]
        run("debootstrap", *options, RELEASE, root, MIRROR, *["gutsy"] * UBUNTU)
        shutil.copy("/etc/resolv.conf", f"{root}/etc/resolv.conf")
        self.env = environment(self.root)

    def command(self, line):
        inside = 'mount -t proc proc "$0/proc" && exec chroot "$0" sh -c "$1"'
        return ["unshare", "--mount", "sh", "-c", inside, self.root, f"cd; {line}"]

    def type(self, line):
        done = subprocess.run(
            self.command(line), env=self.env, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout + done.stderr

    @contextlib.contextmanager
    def running(self, line, log):
        with log.open("wb") as file:
            process = subprocess.Popen(
                self.command(line), env=self.env, stdout=file, stderr=file, start_new_session=True
            )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def debian(tmp_path_factory, template):
    """A bare Debian with what the README says before its lines, and with the template's address."""
    ask_for(RELEASE)
    system = Debian(tmp_path_factory.mktemp("debian") / "root")
    shutil.copytree(template, f"{system.root}/srv/template")
    somebody = "git -c user.name=Tests -c user.email=tests@example.com"
    assert system.type("command -v python python3 git pip uv; true") == ""
    system.type(re.search(r"`(apt-get [^`]+)`, as root", README)[1])
    system.type(f"cd /srv/template; git init -q; git add --all; {somebody} commit -qm First")
    return system


@pytest.mark.parametrize(
    ("owner", "name", "value", "outcome"),
    [
        (shutil, "which", lambda program: None, pytest.fail.Exception),
        (os, "geteuid", lambda: 1000, pytest.fail.Exception),
        (sys.modules[__name__], "MIRROR", "http://127.0.0.1:9", pytest.skip.Exception),
    ],
)
def test_only_a_mirror_may_be_missing_in_ci(owner, name, value, outcome, monkeypatch):
    monkeypatch.setattr("conftest.CI", True)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(urllib.request, "urlopen", lambda url, **k: answer(url))
    monkeypatch.setattr(owner, name, value, raising=False)
    with pytest.raises(outcome):
        ask_for("bookworm")


def answer(url):
    """Of a mirror: there is one, but at no port of this machine."""
    if "127.0.0.1" in url:
        raise ConnectionRefusedError
    return io.BytesIO()


def lines():
    """The clone; what shows the site and what passes the tests, with uv, then with pip alone."""
    clone, *others = reading.commands(README.partition("\n## ")[0])
    assert len(others) == 4
    return clone.replace("ADDRESS", "/srv/template"), others


def first_picture(site, process, log):
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            page = urllib.request.urlopen(site, timeout=10).read().decode()
            source = re.search(r'<img[^>]* src="([^"]+)"', page)[1]
            return urllib.request.urlopen(site + source, timeout=10).read()[:4]
        assert process.poll() is None, log.read_text()
        time.sleep(0.2)
    pytest.fail(log.read_text())


@pytest.mark.parametrize(("number", "kind"), [(0, "uv"), (2, "pip")])
def test_first_line_shows_a_picture(number, kind, debian, tmp_path):
    clone, others = lines()
    log, address = tmp_path / "log", f"127.0.0.1:{free_port()}"
    line = f"mkdir {kind}; cd {kind}; {clone}; {others[number]} {address}"
    with debian.running(line, log) as process:
        assert first_picture(f"http://{address}", process, log) == b"RIFF"
    if kind == "pip":  # and an old one, which knows no --group
        readme = Path(debian.root, "root/pip/my_media_site/README.md").read_text()
        *_, install, test = reading.commands(readme.partition("\n## ")[0])
        assert re.search("[1-9] passed", debian.type(f"cd pip/my*\n{install}\n{test} -q accounts"))


@pytest.mark.parametrize(("number", "kind"), [(1, "uv"), (3, "pip")])
def test_second_line_passes_tests(number, kind, debian):
    """Some of them: what the others need besides, the README says."""
    clone, others = lines()
    line = f"mkdir t{kind}; cd t{kind}; {clone}; {others[number]} -n 0 -q -k slug"
    assert re.search(r"\d+ passed", debian.type(line))
