"""Storages that count what is asked of them, for settings.STORAGES."""

import collections

from django.core.files.storage import InMemoryStorage
from uploads.storage import DiskStorage

ASKED = {"open", "save", "delete", "exists", "listdir", "size"}
ASKED |= {"get_accessed_time", "get_created_time", "get_modified_time"}
CALLS = collections.Counter()


class Counted:
    """In front of a bucket each of these is a request over the network; url() is none."""

    def __getattribute__(self, name):
        if name in ASKED:
            CALLS[name] += 1
        return super().__getattribute__(name)


class Disk(Counted, DiskStorage):
    pass


class Bucket(Counted, InMemoryStorage):
    """It has no paths on disk, as a bucket has none."""
