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

ROUNDS = 5
# What is over when its sign is there: a file, or words in the output.
STEPS = {
    "uv makes the environment": "Installed",
    "Python starts, compiles and imports": "db.sqlite3",
    "migrations": "media",
    "samples are drawn and stored": "password demo",
    "the server starts and answers": "a picture",
}


def fetch(address):
    with urllib.request.urlopen(address, timeout=5) as answer:
        return answer.read()


def is_over(sign, project, site):
    if sign == "a picture":
        with contextlib.suppress(OSError):  # no server yet
            source = re.search(r'<img[^>]* src="([^"]+)"', fetch(site).decode())
            return fetch(site + source[1])[:4] == b"RIFF"  # a WebP
        return False
    return (project / sign).exists() or sign in (project / "demo.log").read_text()


def first_picture(project):
    """{step: seconds} of one run in a new project."""
    port = tools.free_port()
    site = f"http://127.0.0.1:{port}"
    command = [tools.uv(), "run", "manage.py", "demo", f"127.0.0.1:{port}"]
    env = {**tools.ENVIRONMENT, "PYTHONUNBUFFERED": "1"}
    start, seconds = time.perf_counter(), {}
    with (project / "demo.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=project, env=env, stdout=log, stderr=log, start_new_session=True
        )
    try:
        for step, sign in STEPS.items():
            while not is_over(sign, project, site):
                if server.poll() is not None or time.perf_counter() - start > 300:
                    raise SystemExit(f"{step}: never. {(project / 'demo.log').read_text()}")
                time.sleep(0.02)
            seconds[step] = time.perf_counter() - start - sum(seconds.values())
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
    return seconds


def rows():
    runs = [first_picture(tools.bake(tools.folder())) for _ in range(ROUNDS + 1)]
    runs = runs[1:]  # the first filled the caches
    total = statistics.median(sum(run.values()) for run in runs)
    what = "from `uv run manage.py demo` to the first picture on screen (aim: 6 s)"
    yield Row(what, total, unit="s")
    for step in STEPS:
        yield Row(f"  {step}", statistics.median(run[step] for run in runs), unit="s")


if __name__ == "__main__":
    tools.report(rows())
