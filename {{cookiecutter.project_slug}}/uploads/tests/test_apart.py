import gzip
import io
import socket
import sys
import time

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import SimpleUploadedFile

from uploads.formats import admission, apart
from uploads.handlers import ReceivedFile
from uploads.storage import temporary_folder

pytestmark = pytest.mark.processes

LIMITS = {"megabytes": 100, "seconds": 30}
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="a limit that Linux has")


def received(content):
    file = ReceivedFile("a.bin", "", len(content), None, None)
    file.write(content)
    return file


def run(task, content=b"hello", **options):
    return apart.run(f".tests.tasks.{task}", ContentFile(content), **LIMITS | options)


@pytest.mark.parametrize(
    "content", [ContentFile(b"hello"), SimpleUploadedFile("a", b"hello"), io.BytesIO(b"hello")]
)
def test_a_function_is_called_for_a_file_in_memory(content):
    content.read()
    answer = apart.run(".tests.tasks.count", content, word="ä\n", **LIMITS)
    assert answer == ({"bytes": 5, "word": "ä\n", "django": False}, b"\0\n\xff")
    assert content.tell() == 0
    assert list(temporary_folder().iterdir()) == []


def test_a_file_on_disk_is_not_copied(monkeypatch):
    monkeypatch.setattr(apart.shutil, "copyfileobj", None)
    sent = bytes(range(256)) * 1000
    with received(sent) as file:  # the last bytes of which are in Python's buffer
        answer = apart.run(".tests.tasks.count", file, word="", **LIMITS)
        assert (answer.values["bytes"], file.read()) == (len(sent), sent)


def test_what_has_the_descriptor_of_another_layer_is_copied(tmp_path):
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(bytes(5000)))
    with gzip.open(packed) as inner:
        for content in (inner, File(inner), io.BufferedReader(inner)):
            answer = apart.run(".tests.tasks.count", content, word="", **LIMITS)
            assert answer.values["bytes"] == 5000


def test_it_answers_no_more_than_told():
    assert len(run("answer", size=33_000_000, answer_mb=40).content) == 33_000_000
    assert len(run("answer", size=3_000_000, answer_mb=1).content) < 1_048_576


def test_a_file_is_read_on_as_if_nobody_else_had(tmp_path):
    """Both processes move one place in it, and Python has read a few kilobytes ahead."""
    path, sent = tmp_path / "a", bytes(range(256)) * 1000
    path.write_bytes(sent)
    with path.open("rb") as file:
        file.read(10)
        apart.run(".tests.tasks.count", file, word="", **LIMITS)
        assert file.read() == sent


def test_it_writes_what_it_is_given(tmp_path):
    target = tmp_path / "out"
    target.touch()
    run("write", target=target)
    assert target.read_bytes() == b"olleh"


@pytest.mark.parametrize("task", ["raise_error", "crash", "none"])
def test_what_fails_is_said(task):
    with pytest.raises(apart.Failed, match=task):
        run(task)


@pytest.mark.parametrize("task", ["full_disk", "full_disk_closed"])
def test_a_full_disk_is_no_fault_of_the_file(task):
    with pytest.raises(OSError, match="No space left"):
        run(task)


def test_it_is_killed_when_its_time_is_over(monkeypatch):
    monkeypatch.setattr(apart, "IDLE", 0)
    before = time.monotonic()
    with pytest.raises(apart.Failed, match="too long") as caught:
        run("sleep", seconds=0.5)
    assert caught.value.late
    assert time.monotonic() - before < 20


@on_linux
def test_it_ends_itself_when_nobody_kills_it(monkeypatch):
    monkeypatch.setattr(apart.subprocess.Popen, "wait", lambda self, *_: self._wait(None))
    with pytest.raises(apart.Failed, match="too long"):
        run("spin", seconds=0.5)


def test_only_the_processors_time_counts_on_a_busy_machine():
    assert run("nap", seconds=0.1).values == {"napped": 0.5}


def test_it_ends_in_time_for_its_request(monkeypatch):
    monkeypatch.setattr(apart, "ENDING", 0.1)
    before = time.monotonic()
    with admission.request():
        admission._request.end = time.monotonic() + 0.4
        with pytest.raises(apart.Failed, match="too long"):
            run("sleep")
    assert time.monotonic() - before < 20


@on_linux
def test_it_has_no_more_memory_than_told():
    assert run("hold", size=50_000_000).values == {"held": 50_000_000}
    with pytest.raises(apart.Failed):
        run("hold", size=150_000_000)


@on_linux
@pytest.mark.parametrize("task", ["connect", "connect_from_a_free_descriptor"])
def test_it_has_no_network(task):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        with pytest.raises(apart.Failed):
            run(task, port=server.getsockname()[1])
        with pytest.raises(TimeoutError):
            server.accept()


@on_linux
def test_it_opens_no_other_file():
    with pytest.raises(apart.Failed):
        run("open_file", path=__file__)


@on_linux
def test_it_writes_no_more_than_told(tmp_path):
    target = tmp_path / "out"
    target.touch()
    with pytest.raises(apart.Failed):
        run("flood", target=target, largest_mb=40)
    assert target.stat().st_size <= 40 * 1024 * 1024


def test_it_knows_no_passwords(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setenv("LD_LIBRARY_PATH", "")
    names = run("environment").values["names"]
    assert "LD_LIBRARY_PATH" in names
    assert "SECRET_KEY" not in names


def test_its_memory_waits_for_a_turn(settings):
    settings.IMAGE_MEMORY_MB = 150
    with admission.request(), admission.turn(100):
        admission._request.end = time.monotonic() + 0.1
        with pytest.raises(ValidationError, match="busy"):
            run("count", word="")


def test_it_may_wait_for_less_than_the_request_has(settings):
    settings.IMAGE_MEMORY_MB = 150
    with admission.turn(100):
        with admission.request(), pytest.raises(ValidationError, match="busy"):
            run("count", word="", patience=0.1)
        assert admission._waiting == admission.collections.deque()


def test_what_it_hardly_ever_takes_is_not_counted(settings):
    settings.IMAGE_MEMORY_MB = 150
    with admission.request(), admission.turn(100):
        assert run("count", word="", usual_mb=50).values["bytes"] == 5


def test_the_interpreter_of_a_server_that_has_it_within_itself(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
    assert run("count", word="").values["bytes"] == 5
