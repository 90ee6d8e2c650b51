"""Large videos through nginx and gunicorn to their place, on disk and in a bucket.

By turns with their peers, `cp` of the same file and boto3's upload of it, since a disk is not
equally fast all the time. Linux only: what a process holds is in /proc.
"""

import contextlib
import http.client
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from services import sites

from . import buckets, tools
from .tools import Row, ratio

MB = 1024 * 1024
ROUNDS = {30: 5, 200: 3, 2000: 3}
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


def memory(pid, name):
    """MB, from a line such as `VmRSS:   34567 kB`."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) / 1024


class Disk:
    """`cp` of a file, and the private folder of the site."""

    peer, place = "cp", "its place"

    def __init__(self, site):
        self.site = site

    def send(self, path):
        other = path.with_name("copy")
        subprocess.run(["cp", path, other], check=True)
        return other.unlink

    def clear(self):
        (stored,) = self.site.app.folder.glob("private/videos/*/*/*.mp4")
        stored.unlink()


class Bucket:
    """boto3's upload_file() as it comes, with parts and threads, and the bucket of the site."""

    peer, place = "upload_file()", "a bucket"

    def __init__(self, server, name):
        self.server, self.name = server, name

    def send(self, path):
        self.server.client.upload_file(str(path), self.name, "peer")
        return self.clear

    def clear(self):
        for key in buckets.keys(self.server, self.name):
            self.server.client.delete_object(Bucket=self.name, Key=key)


def spent_by(peer, path):
    """Seconds of the peer."""
    before = time.monotonic()
    clear = peer.send(path)
    spent = time.monotonic() - before
    clear()
    return spent


def uploaded(visitor, path):
    """Seconds until the answer says that the file is stored.

    The kernel sends the file: a client that reads it would take a core from what is measured.
    """
    lines = ["--limit", 'Content-Disposition: form-data; name="file"; filename="a.mov"', "", ""]
    head, tail = "\r\n".join(lines).encode(), b"\r\n--limit--\r\n"
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {**visitor.form_headers, "Content-Type": "multipart/form-data; boundary=limit"}
    headers |= {"Content-Length": len(head) + path.stat().st_size + len(tail), "Cookie": cookies}
    to = http.client.HTTPConnection(visitor.url.removeprefix("http://"), timeout=300)
    with path.open("rb") as file, contextlib.closing(to):
        before = time.monotonic()
        to.putrequest("POST", "/videos/new/")
        for name, value in headers.items():
            to.putheader(name, value)
        to.endheaders(head)
        to.sock.sendfile(file)
        to.send(tail)
        answer = to.getresponse()
        spent = time.monotonic() - before
        assert answer.status == 302, answer.read().partition(b"errorlist")[2][:500]
    return spent


def measured(site, size, peer):
    """Rows of one size."""
    visitor, (worker,) = site.visitor("owner"), site.app.workers()
    path = tools.folder() / "sent.mov"
    site.app.python("-c", MAKE, path, str(size * MB))
    before, times, ours = memory(worker, "VmRSS"), [], []
    Path(f"/proc/{worker}/clear_refs").write_text("5")  # the peak is now what is held
    for _ in range(ROUNDS[size]):
        os.sync()
        times.append(spent_by(peer, path))
        os.sync()
        ours.append(uploaded(visitor, path))
        peer.clear()
    path.unlink()
    what = f"a video of {size} MB through nginx to {peer.place}"
    yield Row(what, statistics.median(ours), unit="s")
    yield Row(f"{what}, against {peer.peer}", ratio(ours, times), LIMIT if size > 1000 else None)
    grown = memory(worker, "VmHWM") - before
    yield Row(f"{what}: the worker's growth", grown, GROWTH_MB, "MB")


@contextlib.contextmanager
def running(kind, project, env):
    """A site of one worker."""
    env = {**env, "WEB_CONCURRENCY": "1"}
    site = sites.make(kind, tools.folder(), project, Path(sys.prefix), env)
    try:
        yield site.start()
    finally:
        site.stop()


def rows():
    project = tools.bake(tools.folder(), max_upload_mb=2048)
    with running("disk", project, {}) as site:
        spent = site.app.python("-c", f"import django; django.setup()\n{EMPTY}", str(EMPTY_ROUNDS))
        figure = statistics.median(map(float, spent.split())) * 1000
        yield Row("a video of 4 KB: two processes of its own", figure, unit="ms")
        for size in ROUNDS:
            yield from measured(site, size, Disk(site))
    with buckets.serve("rclone") as (server, env), running("bucket", project, env) as site:
        peer = Bucket(server, env["PRIVATE_MEDIA_BUCKET"])
        yield from measured(site, max(ROUNDS), peer)


if __name__ == "__main__":
    tools.report(rows())
