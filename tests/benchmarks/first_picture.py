"""From `uv run manage.py demo` in a new project to its first picture, with a warm package cache.

Seconds depend on the machine, so nothing is judged here: 6 s is the aim, and the rows behind the
first say where the time goes.
"""

import contextlib
import os
import re
import signal
import statistics
import subprocess
import time
import urllib.request

from . import tools
from .tools import Row

ROUNDS = 3


def fetch(address):
    with urllib.request.urlopen(address, timeout=5) as answer:
        return answer.read()


def first_picture(project):
    """Seconds to the first picture of the overview, as a browser that is reloaded would see it."""
    port = tools.free_port()
    site = f"http://127.0.0.1:{port}"
    command = [tools.uv(), "run", "manage.py", "demo", f"127.0.0.1:{port}"]
    start = time.perf_counter()
    server = subprocess.Popen(
        command,
        cwd=project,
        env=tools.ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while server.poll() is None and time.perf_counter() - start < 300:
            with contextlib.suppress(OSError):
                source = re.search(r'<img[^>]* src="([^"]+)"', fetch(site + "/").decode())
                assert fetch(site + source[1])[:4] == b"RIFF"  # a WebP
                return time.perf_counter() - start
            time.sleep(0.05)
        raise SystemExit(f"No picture after {time.perf_counter() - start:.0f} seconds.")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def steps(project):
    """{step: seconds}: the same in another new project, one after the other."""
    commands = {
        "uv makes the environment": [tools.uv(), "sync"],
        "Python compiles and imports": [tools.uv(), "run", "manage.py", "check"],
        "migrations": [tools.uv(), "run", "manage.py", "migrate"],
        "samples are drawn and stored": [tools.uv(), "run", "manage.py", "demo", "--no-serve"],
    }
    seconds = {}
    for step, command in commands.items():
        start = time.perf_counter()
        tools.run(*command, cwd=project)
        seconds[step] = time.perf_counter() - start
    return seconds


def rows():
    steps(tools.bake(tools.folder()))  # fills the caches
    totals = [first_picture(tools.bake(tools.folder())) for _ in range(ROUNDS)]
    what = "from `uv run manage.py demo` to the first picture on screen (aim: 6 s)"
    yield Row(what, statistics.median(totals), unit="s")
    parts = [steps(tools.bake(tools.folder())) for _ in range(ROUNDS)]
    for step in parts[0]:
        yield Row(f"{step}, run by itself", statistics.median(p[step] for p in parts), unit="s")


if __name__ == "__main__":
    tools.report(rows())
