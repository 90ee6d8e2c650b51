"""The storage that django-cleanup's tests ask for by name."""

from pathlib import Path

from uploads.storage import DiskStorage


class DeleteErrorStorage(DiskStorage):
    """As those of some makers, it raises FileNotFoundError for what is gone already."""

    def delete(self, name):
        Path(self.path(name)).unlink()
