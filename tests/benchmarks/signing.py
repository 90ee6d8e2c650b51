"""300 signed addresses of private files, against django-storages' own and boto3's time for them."""

import statistics
import time

from . import buckets, tools
from .tools import Row

MANY = 300
ROUNDS = 21
LIMIT_MS = 15
NAME = "documents/2026/11/00000000-0000-4000-8000-{:012x}.pdf"
DISPOSITION = "inline; filename=\"Minutes of the meeting.pdf\"; filename*=UTF-8''M%C3%BCnchen.pdf"


def rows():
    with buckets.serve("rclone") as (_, env):
        buckets.open_project(env)
        from django.core.files.storage import storages
        from storages.backends.s3 import S3Storage

        ours = storages["private"]
        stock = S3Storage(bucket_name=env["PRIVATE_MEDIA_BUCKET"], signature_version="s3v4")
        names = [NAME.format(number) for number in range(MANY)]
        parameters = {"ResponseContentDisposition": DISPOSITION}
        times = tools.by_turns(
            ROUNDS,
            time.process_time,
            ours=lambda: [ours.signed_url(name, DISPOSITION) for name in names],
            stock=lambda: [stock.url(name, parameters=parameters) for name in names],
        )
    what = f"{MANY} signed addresses: CPU time"
    yield Row(what, 1000 * statistics.median(times["ours"]), LIMIT_MS, "ms")
    yield Row(
        "the same by stock django-storages", 1000 * statistics.median(times["stock"]), unit="ms"
    )
    ratio = tools.ratio(times["ours"], times["stock"])
    yield Row(f"{MANY} signed addresses against stock django-storages", ratio, 0.25)


if __name__ == "__main__":
    tools.report(rows())
