"""Where public and private files live, as the checks see it."""

from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.utils.module_loading import import_string


class Place(NamedTuple):
    """Where files of one sort live: the names of their settings, and what to type for each."""

    storage: str
    url_name: str
    url_example: str
    root_name: str
    root_example: str
    bucket_name: str
    route: str = 'path("", include("uploads.urls")),'  # urls.py has both

    @property
    def url(self):
        return getattr(settings, self.url_name, None) or ""

    @property
    def root(self):
        options = settings.STORAGES.get(self.storage, {}).get("OPTIONS", {})
        return str(options.get("location") or getattr(settings, self.root_name, None) or "")

    @property
    def on_disk(self):
        backend = settings.STORAGES.get(self.storage, {}).get("BACKEND")
        return bool(backend) and issubclass(import_string(backend), FileSystemStorage)

    @property
    def has_own_addresses(self):
        """A storage of another maker, such as a bucket of django-storages."""
        return not self.on_disk and not hasattr(storages[self.storage], "signed_url")

    @property
    def bucket(self):
        return settings.STORAGES.get(self.storage, {}).get("OPTIONS", {}).get("bucket_name")


PUBLIC = Place("default", "MEDIA_URL", "/media/", "MEDIA_ROOT", "media", "MEDIA_BUCKET")
PRIVATE = Place(
    *("private", "PRIVATE_MEDIA_URL", "/private/", "PRIVATE_MEDIA_ROOT", "media_private"),
    bucket_name="PRIVATE_MEDIA_BUCKET",
)


def places():
    return [place for place in (PUBLIC, PRIVATE) if place.storage in settings.STORAGES]


def base_dir():
    """The folder of the code: BASE_DIR, or where a site that has none is started."""
    return Path(getattr(settings, "BASE_DIR", "")).resolve()
