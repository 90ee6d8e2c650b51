"""copy_media of 2,000 small files to an S3 server, against rclone copying the same to the same.

copy_media reads every copy back and compares it. `rclone copy` compares a checksum that the server
names; `rclone check --download` after it reads the copies back too.
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
ROUNDS = 2
LIMIT = 1.5
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

        def peer():
            bucket = server.bucket(f"peer-{next(numbers)}")
            start = time.perf_counter()
            tools.run(rclone, "copy", media, f":s3:{bucket}", cwd=media, **peer_env)
            copied.append(time.perf_counter() - start)
            tools.run(rclone, "check", "--download", media, f":s3:{bucket}", cwd=media, **peer_env)
            assert len(buckets.keys(server, bucket)) == FILES

        times = tools.by_turns(ROUNDS, ours=ours, peer=peer)
    what = f"copy_media of {FILES:,} files to an S3 server: time against rclone"
    ratio = tools.ratio(times["ours"], times["peer"])
    yield Row(f"{what} copy and check --download", ratio, LIMIT)
    yield Row("the same against rclone copy alone", tools.ratio(times["ours"], copied[1:]))


if __name__ == "__main__":
    tools.report(rows())
