"""Saves of one name at once by eight processes, on two S3 servers: how many files are lost.

The peer is django-storages with file_overwrite=False, which asks whether a name is taken before it
writes; as it comes, it overwrites whatever has the name.
"""

import contextlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from services import servers

from . import buckets, tools
from .tools import Row

PROCESSES, ROUNDS = 8, 25
BYTES = 100
# Seconds: from save to save, so that two cores keep up, and until all have imported Django.
PACE, STARTED = 0.2, 8


def race(project, env, server, bucket):
    """How many of the files are not there as they were saved."""
    command = [sys.executable, tools.ROOT / "tests" / "inside" / "racing.py"]
    command += ["memory", str(ROUNDS), str(BYTES), str(PACE)]
    with contextlib.ExitStack() as stack:
        racers = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    cwd=project,
                    env={**servers.QUIET, **env},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(PROCESSES)
        ]
        start = f"{time.time() + STARTED}\n"
        with ThreadPoolExecutor(PROCESSES) as pool:
            said = pool.map(lambda racer: racer.communicate(start)[0], racers)
        saved = [line.split() for out in said for line in out.splitlines()]
    assert len(saved) == PROCESSES * ROUNDS, f"{len(saved)} of {PROCESSES * ROUNDS} were saved"
    client = server.client
    there = {
        name: client.get_object(Bucket=bucket, Key=name)["Body"].read().decode().rstrip(".")
        for name in buckets.keys(server, bucket)
    }
    return sum(there.get(name) != mark for name, mark in saved)


def rows():
    project = tools.bake(tools.folder())
    stock = {"DJANGO_SETTINGS_MODULE": buckets.add_stock_settings(project)}
    for name in ("moto", "rclone"):
        with buckets.serve(name) as (server, env):
            lost = race(project, env, server, env["PRIVATE_MEDIA_BUCKET"])
            what = f"{PROCESSES * ROUNDS} racing saves of one name on {name}: lost"
            yield Row(what, lost, 0, "")
            env["PRIVATE_MEDIA_BUCKET"] = server.bucket("stock")
            lost = race(project, env | stock, server, "stock")
            yield Row("the same by stock django-storages, file_overwrite=False", lost, unit="")


if __name__ == "__main__":
    tools.report(rows())
