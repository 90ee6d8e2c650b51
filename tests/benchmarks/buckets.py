"""S3 servers on this machine, and what django-storages does there by itself."""

import contextlib
import os

from services import servers

from . import tools

# django-storages as it comes, but for what keeps it from overwriting files on purpose.
STOCK = """
from config.settings import *

STORAGES["private"] = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {"bucket_name": PRIVATE_MEDIA_BUCKET, "file_overwrite": False},
}
"""


@contextlib.contextmanager
def serve(name):
    """A running S3 server, `moto` or `rclone`, and the environment of a site that uses it."""
    server = getattr(servers, name)(tools.folder())
    try:
        server.start()
        yield server, environment(server)
    finally:
        server.stop()


def environment(server):
    """The keys, and two new buckets."""
    public, private = server.bucket("public"), server.bucket("private")
    return {**server.env, "MEDIA_BUCKET": public, "PRIVATE_MEDIA_BUCKET": private, "NO_PROXY": "*"}


def open_project(env, **answers):
    """As tools.open_project(), with media in the buckets of `env`."""
    os.environ.update(env)
    return tools.open_project(**answers)


def add_stock_settings(project):
    """Settings for the same project with django-storages' own class; returns their name."""
    (project / "stock_settings.py").write_text(STOCK)
    return "stock_settings"


def keys(server, bucket):
    """The names of all files in a bucket."""
    pages = server.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"] for page in pages for entry in page.get("Contents", ())}
