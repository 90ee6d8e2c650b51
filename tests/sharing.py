"""What the processes of one run of the tests share."""

import contextlib
import os
import time


def folder_of_the_run(tmp_path_factory):
    """The folder for temporary files; with pytest-xdist that in which each process has its own."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def make_once(path, make):
    """make(path), unless a process of this run has done it; one does it while others wait."""
    with alone(path.with_name(f"{path.name}.lock")):
        made = path.with_name(f"{path.name}.made")
        if not made.exists():
            make(path)  # where that fails, the next process says why, too
            made.touch()
    return path


@contextlib.contextmanager
def alone(lock, seconds=600):
    """Wait until no other process is in here; `lock` is a folder that is there meanwhile."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            lock.mkdir()
            break
        except (FileExistsError, PermissionError):  # the latter: Windows is about to remove it
            assert time.monotonic() < deadline, f"{lock} is still there"
            time.sleep(0.1)
    try:
        yield
    finally:
        lock.rmdir()
