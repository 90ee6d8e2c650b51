"""copy_media of 2,000 small files to an S3 server, against two tools that copy the same.

copy_media reads every copy back and compares it: two requests a file. `aws s3 sync`, on boto too,
makes one. rclone, which is no Python, has `rclone check --download` to read the copies back.
"""

import itertools
import os
import random
import shutil
import sys
import time
from pathlib import Path

from services import servers

from . import buckets, tools
from .tools import Row

FILES, BYTES = 2000, 20_000
ROUNDS = 1  # beside the one to warm up: half a minute each
LIMIT = 2.0  # twice the requests
AWS = "awscli>=1.40,<2"  # in an environment of its own: it wants one botocore and no other
RCLONE = {
    "RCLONE_CONFIG": os.devnull,
    "RCLONE_S3_PROVIDER": "Other",
    "RCLONE_S3_ENV_AUTH": "true",
    "RCLONE_S3_REGION": servers.REGION,
    "RCLONE_S3_FORCE_PATH_STYLE": "true",
    "RCLONE_TRANSFERS": "8",
    "RCLONE_CHECKERS": "8",
}


def fill(folder):
    generator = random.Random(0)
    for number in range(FILES):
        path = folder / "photos" / "2026" / f"{number % 12 + 1:02}" / f"{number:08}-400x300.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(generator.randbytes(BYTES))


def rows():
    project, media = tools.bake(tools.folder()), tools.folder()
    fill(media)
    rclone = shutil.which("rclone", path=Path(sys.executable).parent) or sys.exit("rclone: missing")
    numbers, copied = itertools.count(), []
    with buckets.serve("rclone") as (server, env):
        site_env = {**server.env, "NO_PROXY": "*", "MEDIA_ROOT": str(media)}
        peer_env = {**env, **RCLONE, "RCLONE_S3_ENDPOINT": server.url}

        def ours():
            bucket = server.bucket(f"ours-{next(numbers)}")
            command = [sys.executable, "manage.py", "copy_media", "--to", f"s3://{bucket}"]
            tools.run(*command, cwd=project, **site_env)
            assert len(buckets.keys(server, bucket)) == FILES

        def aws():
            bucket = server.bucket(f"aws-{next(numbers)}")
            command = [tools.uv(), "tool", "run", "--from", AWS, "aws", "s3", "sync", "--quiet"]
            checksums = {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"}
            tools.run(*command, media, f"s3://{bucket}", cwd=media, **env, **checksums)
            assert len(buckets.keys(server, bucket)) == FILES

        def rclone_twice():
            bucket = server.bucket(f"rclone-{next(numbers)}")
            start = time.perf_counter()
            tools.run(rclone, "copy", media, f":s3:{bucket}", cwd=media, **peer_env)
            copied.append(time.perf_counter() - start)
            tools.run(rclone, "check", "--download", media, f":s3:{bucket}", cwd=media, **peer_env)
            assert len(buckets.keys(server, bucket)) == FILES

        times = tools.by_turns(ROUNDS, ours=ours, aws=aws, rclone=rclone_twice)
    what = f"copy_media of {FILES:,} files to an S3 server, read back: time against"
    yield Row(f"{what} aws s3 sync", tools.ratio(times["ours"], times["aws"]), LIMIT)
    ratio = tools.ratio(times["ours"], times["rclone"])
    yield Row("the same against rclone copy and check --download", ratio)
    yield Row("the same against rclone copy alone", tools.ratio(times["ours"], copied[1:]))


if __name__ == "__main__":
    tools.report(rows())
