"""Large videos through nginx and gunicorn to their place on disk, against `cp` of the same file.

By turns with `cp`, since a disk is not equally fast all the time. Linux only: what a process holds
is in /proc.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from services import sites

from . import tools
from .tools import Row, ratio

MB = 1024 * 1024
SIZES, ROUNDS = (30, 200, 2000), {30: 5, 200: 3, 2000: 3}
LIMIT, GROWTH_MB, EMPTY_ROUNDS = 4, 50, 20
MAKE = """if True:
    import io, sys
    import av
    from uploads.tests import clips
    path, size = sys.argv[1], int(sys.argv[2])
    clip = clips.clip("mov", noise=300)
    file = open(path, "wb")
    with av.open(file, "w", format="mov") as out:
        streams, later = [], 0
        while file.tell() < size:
            with av.open(io.BytesIO(clip)) as source:
                if not streams:
                    streams = [out.add_stream_from_template(s, opaque=True) for s in source.streams]
                for packet in source.demux():
                    if packet.size:
                        moved = int(later / packet.time_base)
                        packet.dts, packet.pts = packet.dts + moved, packet.pts + moved
                        packet.stream = streams[packet.stream_index]
                        out.mux_one(packet)
            later += 31
"""
EMPTY = """if True:
    import io, sys, time
    from uploads.formats import videos
    from uploads.tests import clips
    from django.core.files.base import ContentFile
    sent, spent = ContentFile(clips.clip("mp4")), []
    for _ in range(int(sys.argv[1])):
        before = time.monotonic()
        videos.process(sent, "mp4")
        spent.append(time.monotonic() - before)
    print(*spent)
"""


class Body:
    """A form with a file, read from the disk while it is sent."""

    def __init__(self, path, token):
        part = "Content-Disposition: form-data; name="
        lines = ["--limit", f'{part}"csrfmiddlewaretoken"', "", token]
        lines += ["--limit", f'{part}"file"; filename="a.mov"', "", ""]
        self.parts = ["\r\n".join(lines).encode(), path.open("rb"), b"\r\n--limit--\r\n"]
        self.length = len(self.parts[0]) + path.stat().st_size + len(self.parts[2])

    def __len__(self):
        return self.length

    def read(self, size):
        while self.parts:
            part = self.parts[0]
            data = part.read(MB) if hasattr(part, "read") else self.parts.pop(0)
            if data:
                return data
            self.parts.pop(0).close()
        return b""


def memory(pid, name):
    """MB, from a line such as `VmRSS:   34567 kB`."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) / 1024


def copied(path):
    """Seconds of `cp`."""
    other = path.with_name("copy")
    before = time.monotonic()
    subprocess.run(["cp", path, other], check=True)
    spent = time.monotonic() - before
    other.unlink()
    return spent


def uploaded(visitor, path):
    """Seconds until the answer says that the file is stored."""
    headers = {**visitor.form_headers, "Content-Type": "multipart/form-data; boundary=limit"}
    body = Body(path, visitor.cookies.get("csrftoken"))
    before = time.monotonic()
    answer = visitor.post("/videos/new/", data=body, headers=headers, timeout=300)
    spent = time.monotonic() - before
    assert answer.status_code == 302, answer.text.partition("errorlist")[2][:500]
    return spent


def measured(site, size):
    """Rows of one size."""
    visitor, (worker,) = site.visitor("owner"), site.app.workers()
    path = tools.folder() / "sent.mov"
    site.app.python("-c", MAKE, path, str(size * MB))
    before, times, ours = memory(worker, "VmRSS"), [], []
    Path(f"/proc/{worker}/clear_refs").write_text("5")  # the peak is now what is held
    for _ in range(ROUNDS[size]):
        os.sync()
        times.append(copied(path))
        os.sync()
        ours.append(uploaded(visitor, path))
        (stored,) = site.app.folder.glob("private/videos/*/*/*.mp4")
        stored.unlink()
    path.unlink()
    what = f"a video of {size} MB through nginx to its place"
    yield Row(what, statistics.median(ours), unit="s")
    yield Row(f"{what}, against cp", ratio(ours, times), LIMIT if size > 1000 else None)
    grown = memory(worker, "VmHWM") - before
    yield Row(f"{what}: the worker's growth", grown, GROWTH_MB, "MB")


def rows():
    project = tools.bake(tools.folder(), max_upload_mb=2048)
    env = {"WEB_CONCURRENCY": "1"}
    site = sites.make("large", tools.folder(), project, Path(sys.prefix), env)
    try:
        site.start()
        spent = site.app.python("-c", f"import django; django.setup()\n{EMPTY}", str(EMPTY_ROUNDS))
        figure = statistics.median(map(float, spent.split())) * 1000
        yield Row("a video of 4 KB: two processes of its own", figure, unit="ms")
        for size in SIZES:
            yield from measured(site, size)
    finally:
        site.stop()


if __name__ == "__main__":
    tools.report(rows())
