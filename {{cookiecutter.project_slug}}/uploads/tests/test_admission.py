"""Pictures take turns, as many at once as there is memory for."""

import io
import threading
import time

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from uploads.formats import admission, pictures
from uploads.forms import SeveralFiles
from uploads.tests.examples import jpeg
from uploads.tests.models import Album


@pytest.fixture(autouse=True)
def _nobody_else(settings):
    settings.IMAGE_MEMORY_MB = 100
    yield
    assert (admission._working, admission._used, len(admission._waiting)) == (0, 0, 0)


class Worker(threading.Thread):
    """Takes a turn and keeps it until told otherwise."""

    def __init__(self, megabytes):
        super().__init__()
        self.megabytes, self.has_it, self.leave = megabytes, threading.Event(), threading.Event()
        self.start()

    def run(self):
        with admission.turn(self.megabytes):
            self.has_it.set()
            self.leave.wait(10)

    def done(self):
        self.leave.set()
        self.join()


def settle(condition):
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    assert condition()


def test_as_many_at_once_as_fit():
    one, two = Worker(60), Worker(40)
    assert one.has_it.wait(5)
    assert two.has_it.wait(5)
    three = Worker(40)
    settle(lambda: len(admission._waiting) == 1)
    assert not three.has_it.is_set()
    two.done()
    assert three.has_it.wait(5)
    one.done()
    three.done()


def test_a_large_one_has_its_turn_alone_and_small_ones_do_not_pass_it():
    small = Worker(10)
    assert small.has_it.wait(5)
    large = Worker(10_000)
    settle(lambda: len(admission._waiting) == 1)
    later = Worker(10)
    settle(lambda: len(admission._waiting) == 2)
    assert not later.has_it.is_set()
    small.done()
    assert large.has_it.wait(5)
    assert not later.has_it.is_set()
    large.done()
    assert later.has_it.wait(5)
    later.done()


def refused():
    with pytest.raises(ValidationError) as refusal:
        pictures.process(io.BytesIO(jpeg(50, 50)), "jpg")
    return refusal.value.code, refusal.value.messages


def test_request_waits_no_longer_than_its_time(monkeypatch):
    monkeypatch.setattr(admission, "PATIENCE", 0.1)
    holder = Worker(100)
    assert holder.has_it.wait(5)
    with admission.request():
        assert refused() == ("busy", ["The site is busy: try again in a minute."])
        holder.done()
        assert refused()[0] == "busy"  # too late for another picture of this request
    assert pictures.process(io.BytesIO(jpeg(50, 50)), "jpg").size == (50, 50)


def test_others_are_sent_away_when_many_wait(monkeypatch):
    monkeypatch.setattr(admission, "MOST", 2)
    holder = Worker(100)
    assert holder.has_it.wait(5)
    waiting = Worker(1)
    settle(lambda: len(admission._waiting) == 1)
    with admission.request():
        assert refused()[0] == "busy"
    holder.done()
    waiting.done()


def test_broken_picture_gives_its_turn_back():
    with pytest.raises(ValidationError):
        pictures.process(io.BytesIO(jpeg(500, 500)[:3000]), "jpg")


def test_busy_is_said_once_for_several_files(monkeypatch):
    monkeypatch.setattr(admission, "PATIENCE", 0)
    field = SeveralFiles(Album._meta.get_field("cover").formfield())
    files = [SimpleUploadedFile(f"{n}.jpg", jpeg(50, 50)) for n in range(3)]
    with admission.request(), pytest.raises(ValidationError) as refusal:
        field.clean(files)
    assert refusal.value.messages == ["The site is busy: try again in a minute."]
