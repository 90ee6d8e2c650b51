"""What decodes strangers' files with large libraries has a process of its own for each file.

    answer = apart.run(
        "pages.first",      # the function first(file) in formats/pages.py
        content,            # an upload, or a file of a storage: `file`, open for reading bytes
        megabytes=300,      # of memory; while it runs, they count as those of pictures do
        seconds=10,         # of the processor's time, until it is killed
    )
    answer.values           # the dictionary of what the function returned
    answer.content          # the bytes

The function returns (dictionary, bytes), and is called with a second file, open for reading and
writing, where `target` gives the path of one; further arguments by name, as JSON has them. Its
module imports all that it needs at its top, and nothing of Django: process.py says why. Where it
raises, crashes, or takes too much memory or time, run() raises Failed.
"""

import errno
import io
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from ..storage import temporary_folder
from . import admission

ANSWER_MB = 32  # of what the process says, pictures included
# Of this process's environment; the rest is not for one that could be taken over.
PASSED_ON = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}  # of a disk
IDLE = 10  # seconds in which it waits for the processor, or the disk
ENDING = 15  # seconds from the last turn that a request gets to its answer: nginx waits for 60
KILLED = -9  # by the system: most often for the processor's time that it took
PROCESS = Path(__file__).with_name("process.py")

logger = logging.getLogger(__name__)


class Failed(Exception):
    """The process did not get to its end: most often, the file is damaged."""

    late = False  # whether its time was over


class Answer(NamedTuple):
    values: dict
    content: bytes


def run(
    task,
    content,
    *,
    megabytes,
    seconds,
    usual_mb=None,
    target=None,
    largest_mb=0,
    answer_mb=ANSWER_MB,
    patience=None,
    **values,
):
    """Call `task`, "module.function" of this folder, for `content` in a process of its own.

    It has `megabytes` of memory and `seconds` of the processor's time; where it hardly ever takes
    so much, `usual_mb` are counted. A request waits `patience` seconds for its turn at most. What
    it writes to the path `target` has `largest_mb` at most, its answer `answer_mb`.

    Returns its Answer. Raises Failed, ValidationError when no turn comes (admission.py), and
    OSError when it is no fault of the file: the disk is full, a library can't be loaded, Python is
    not where it was.
    """
    module, _, function = task.rpartition(".")
    wanted = {
        "package": __package__,
        "module": f".{module}",
        "function": function,
        "path": sys.path,
        "target": os.fspath(target) if target else None,
        "megabytes": megabytes,
        "seconds": seconds,
        "largest_mb": max(largest_mb, answer_mb),
        "values": values,
    }
    with admission.turn(usual_mb or megabytes, patience):
        answer, late = answered(wanted, content, answer_mb)
    return read(answer, task, late)


def answered(wanted, content, answer_mb):
    """(the bytes that process.py answers, whether its time was over)."""
    folder = temporary_folder()
    with on_disk(content, folder) as source, tempfile.TemporaryFile(dir=folder) as out:
        late = not call(wanted, source, out, on_the_clock(wanted["seconds"]))
        out.seek(0)
        answer = out.read(int(answer_mb * 1024 * 1024))
        if not answer:  # there may have been no room for it
            out.write(bytes(4096))
            out.flush()
    return answer, late


def on_the_clock(seconds):
    """How long it may take, with what a busy machine adds; a request's end is its end, too."""
    left = admission.seconds_left()
    return seconds + IDLE if left is None else min(seconds + IDLE, left + ENDING)


def call(wanted, source, out, seconds):
    """Have process.py do what is `wanted`. Returns whether it came to an end unkilled."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    process = subprocess.Popen(  # noqa: S603  a program and arguments of our own
        [python(), "-I", "-S", PROCESS, json.dumps(wanted)],
        stdin=source,
        stdout=out,
        stderr=subprocess.DEVNULL,
        env=environment | {"MALLOC_ARENA_MAX": "1"},
        start_new_session=True,  # Windows passes this over
    )
    try:
        return process.wait(seconds) != KILLED
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            kill(process)


def kill(process):
    """It, and what it may have started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def read(answer, task, late):
    """The Answer in the bytes that the process wrote. Raises Failed."""
    head, _, content = answer.partition(b"\n")
    try:
        values = json.loads(head)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        values = {"failed": "it took too long" if late else "it crashed"}
    if values.get("unloadable"):
        logger.error("%s: %s", task, values)
        raise OSError(f"{task} can't be loaded: {values['failed']}")
    if "failed" in values:
        if values.get("errno") in FULL:
            raise OSError(values["errno"], os.strerror(values["errno"]))
        logger.info("%s: %s", task, values)
        error = Failed(f"{task}: {values}")
        error.late = late
        raise error
    return Answer(values, content)


def python():
    """The interpreter; servers such as uWSGI have it within themselves, and name themselves."""
    if "python" in Path(sys.executable or "").name.lower():
        return sys.executable
    return os.path.join(sys.prefix, *(["python.exe"] if os.name == "nt" else ["bin", "python3"]))


def descriptor(content):
    """Of the file whose bytes `content` has. That of gzip is the packed one's: raises OSError."""
    while hasattr(content, "file"):
        content = content.file
    if not isinstance(getattr(content, "raw", content), io.FileIO):
        raise io.UnsupportedOperation("its bytes are made while it is read")
    return content.fileno()


@contextmanager
def on_disk(content, folder):
    """`content` as a file that another process can read: itself, or a copy of what is in memory."""
    content.seek(0)
    try:
        content.flush()
        number = descriptor(content)
    except (AttributeError, OSError):  # io.UnsupportedOperation is one
        with tempfile.TemporaryFile(dir=folder) as copy:
            shutil.copyfileobj(content, copy)
            copy.flush()
            yield copy
    else:
        place = os.lseek(number, 0, os.SEEK_CUR)
        try:
            yield content
        finally:
            os.lseek(number, place, os.SEEK_SET)  # both processes move the same one
    content.seek(0)
