"""Eight uploads of 200 MB into a bucket: how much gunicorn's worker grows, and whether it goes on.

The peer is the same project with django-storages as it comes. Linux only: what a process holds is
in /proc.
"""

import sys
from pathlib import Path

from services import sites

from . import buckets, tools
from .tools import Row

MB = 1024 * 1024
SENT_MB, UPLOADS = 200, 8
TAIL = len("\r\n--0123456789abcdef--\r\n")
LIMIT_MB, FLAT_MB = 100, 5


def memory(pid, name):
    """MB, from a line such as `VmRSS:   34567 kB`."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) / 1024


def growth(project, server, env, kind, uploads, **more):
    """MB by which one worker's peak lies above what it held before: a list, one for each upload."""
    env = {**env, **more, "WEB_CONCURRENCY": "1"}
    site = sites.make(kind, tools.folder(), project, Path(sys.prefix), env)
    grown = []
    try:
        site.start()
        visitor = site.visitor("owner")
        assert visitor.get("/documents/new/").status_code == 200
        (worker,) = site.app.workers()
        before = memory(worker, "VmRSS")
        for _ in range(uploads):
            Path(f"/proc/{worker}/clear_refs").write_text("5")  # the peak is now what is held
            pdf = {"name": "large.pdf", "begins": b"%PDF-1.4"}
            length = SENT_MB * MB + TAIL
            connection = visitor.part_of_upload("/documents/new/", SENT_MB * MB, length, **pdf)
            connection.sendall(visitor.tail)
            answer = sites.answer_on(connection)
            assert answer.status == 302, f"{answer.status}: {answer.body[-2000:]}"
            grown.append(memory(worker, "VmHWM") - before)
            place = {"Bucket": env["PRIVATE_MEDIA_BUCKET"]}
            (place["Key"],) = buckets.keys(server, place["Bucket"])
            size = server.client.head_object(**place)["ContentLength"]
            assert size // 1000 == SENT_MB * MB // 1000, f"{size} bytes were stored"
            server.client.delete_object(**place)  # room on the disk
        assert site.app.workers() == [worker], "the worker is another one now"
    finally:
        site.stop()
    return grown


def rows():
    project = tools.bake(tools.folder(), max_upload_mb=300)
    with buckets.serve("rclone") as (server, env):
        ours = growth(project, server, env, "ours", UPLOADS)
        settings = buckets.add_stock_settings(project)
        more = {"DJANGO_SETTINGS_MODULE": settings}
        stock = growth(project, server, env, "stock", UPLOADS // 2, **more)
    what = f"{UPLOADS} uploads of {SENT_MB} MB into a bucket: the worker"
    yield Row(f"{what}'s peak growth", max(ours), LIMIT_MB, "MB")
    later = max(ours[4:]) - max(ours[:4])
    yield Row(f"{what}'s peaks, the last four above the first four", later, FLAT_MB, "MB")
    yield Row(
        f"stock django-storages, {UPLOADS // 2} uploads: the worker's peak growth",
        max(stock),
        unit="MB",
    )


if __name__ == "__main__":
    tools.report(rows())
