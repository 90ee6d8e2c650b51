"""What a site goes through while many large pictures come at once: see Watch."""

import os
import re
import threading
import time
from pathlib import Path

import requests

WORKER_MB = 120  # of each, beside what its pictures are expected to take
LEAST_MB = 250  # of a picture: the largest takes that alone, whatever IMAGE_MEMORY_MB says
BUSY = "The site is busy: try again in a minute."


def memory(pid, name="VmRSS"):
    """MB of a process, from a line such as `VmRSS:   34567 kB`."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024


def processor_seconds(pid):
    """Of a process, until now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Asks /health/ again and again, and how much memory the workers have."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.over, self.slowest, self.statuses = site, threading.Event(), 0, set()
        self.before, self.most = self.memory(), 0

    def memory(self):
        """MB of all workers."""
        return sum(map(memory, self.site.app.workers()))

    @property
    def growth(self):
        return self.most - self.before

    def run(self):
        while not self.over.wait(0.05):
            start = time.monotonic()
            answer = requests.get(f"{self.site.url}/health/", timeout=30)
            self.slowest = max(self.slowest, time.monotonic() - start)
            self.statuses.add(answer.status_code)
            self.most = max(self.most, self.memory())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *args):
        self.over.set()
        self.join()

    def __str__(self):
        return f"{self.growth:.0f} MB more at most; /health/ within {self.slowest:.2f} s"


def post(visitor, *photos, extension="jpg"):
    """Send pictures through the form; returns whether they are stored."""
    files = [(f"{number}.{extension}", photo) for number, photo in enumerate(photos)]
    answer = visitor.upload("/photos/new/", "image", *files)
    assert answer.status_code in (200, 302), answer.text
    assert (answer.status_code == 200) == (BUSY in answer.text), answer.text
    return answer.status_code == 302
