"""Where files lie: on disk, public or private. For buckets see bucket.py."""

import itertools
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.utils import timezone
from django.utils.functional import cached_property


class StorageUnavailable(OSError):
    """The storage is full, down or refuses; nothing of the upload was kept."""


class Entry(NamedTuple):
    """A file in a storage, as walk() finds it: `size` in bytes, `changed` with its time zone."""

    name: str
    size: int
    changed: datetime


def walk(storage, folder=""):
    """An Entry for every file of a storage: ours know how, of others each folder is listed."""
    if hasattr(storage, "walk"):
        yield from storage.walk()
        return
    folders, files = storage.listdir(folder)
    for name in (f"{folder}/{file}".lstrip("/") for file in files):
        changed = storage.get_modified_time(name)
        changed = timezone.make_aware(changed) if timezone.is_naive(changed) else changed
        yield Entry(name, storage.size(name), changed)
    for inner in folders:
        yield from walk(storage, f"{folder}/{inner}".lstrip("/"))


def put(storage, name, content):
    """Store under exactly this name, in place of what is there."""
    if hasattr(storage, "put"):
        storage.put(name, content)
    else:
        storage.delete(name)
        storage.save(name, content)


def at(alias):
    """A storage of STORAGES."""
    return storages[alias]


def private_storage():
    """The storage of files that have no public address."""
    return storages["private"]


class DiskStorage(FileSystemStorage):
    """Files below MEDIA_ROOT, each there as a whole or not at all."""

    def _save(self, name, content):
        with self._written(name, content) as temporary:
            path = Path(self.path(name))
            while not self._allow_overwrite:
                try:
                    path.open("xb").close()  # the name is ours now, whoever else wants it
                    break
                except FileExistsError:  # or a broken link
                    name = self.get_alternative_name(*os.path.splitext(name))
                    path = Path(self.path(name))
            temporary.replace(path)
        return Path(name).as_posix()

    def put(self, name, content):
        """Store under exactly this name, in place of what is there."""
        with self._written(name, content) as temporary:
            temporary.replace(self.path(name))

    @contextmanager
    def _written(self, name, content):
        """A temporary file with the content, beside its target: on a full disk, nothing is left."""
        folder = Path(self.path(name)).parent
        self._make(folder)
        temporary = folder / f".{os.urandom(8).hex()}.part"
        try:
            if not self._move(content, temporary):
                with temporary.open("xb") as out:
                    for chunk in content.chunks():
                        out.write(chunk.encode() if isinstance(chunk, str) else chunk)
            if self.file_permissions_mode is not None:
                temporary.chmod(self.file_permissions_mode)
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _make(self, folder):
        """A folder with FILE_UPLOAD_DIRECTORY_PERMISSIONS, those around it too, as in Django."""
        missing = itertools.takewhile(lambda path: not path.exists(), (folder, *folder.parents))
        for path in reversed([*missing]):
            path.mkdir(exist_ok=True)
            if self.directory_permissions_mode is not None:
                path.chmod(self.directory_permissions_mode)

    def _move(self, content, target):
        """Rename a temporary file, where that lies on the same disk, instead of copying it."""
        if not hasattr(content, "temporary_file_path"):
            return False
        try:
            os.rename(content.temporary_file_path(), target)
        except OSError:  # another disk, or moved already
            return False
        return True

    def walk(self):
        """An Entry for every file, those that a killed worker left too."""
        for folder, _, files in os.walk(self.location):
            for file in files:
                path = Path(folder, file)
                try:
                    stat = path.stat()
                except FileNotFoundError:  # deleted while we look
                    continue
                changed = datetime.fromtimestamp(stat.st_mtime, UTC)
                yield Entry(path.relative_to(self.location).as_posix(), stat.st_size, changed)


class PrivateDiskStorage(DiskStorage):
    """Files below PRIVATE_MEDIA_ROOT; their address is a view that asks who is there.

    On the machine itself only this user and group read them, unless OPTIONS say otherwise: nginx
    has to be in the group.
    """

    @cached_property
    def file_permissions_mode(self):
        return 0o640 if self._file_permissions_mode is None else self._file_permissions_mode

    @cached_property
    def directory_permissions_mode(self):
        mode = self._directory_permissions_mode
        return 0o750 if mode is None else mode

    @cached_property
    def base_location(self):
        return self._value_or_setting(self._location, settings.PRIVATE_MEDIA_ROOT)

    @cached_property
    def base_url(self):
        if self._base_url is not None and not self._base_url.endswith("/"):
            self._base_url += "/"
        return self._value_or_setting(self._base_url, settings.PRIVATE_MEDIA_URL)

    def _clear_cached_properties(self, setting, **kwargs):
        """Follow a changed setting, as tests make it."""
        super()._clear_cached_properties(setting, **kwargs)
        if setting == "PRIVATE_MEDIA_ROOT":
            self.__dict__.pop("base_location", None)
            self.__dict__.pop("location", None)


def temporary_folder():
    """Where big files are received: FILE_UPLOAD_TEMP_DIR, or beside the private files.

    On another disk, each would be copied once more. It is made when the first file comes. None, the
    system's folder, where private files are in a bucket.
    """
    storage = storages["private"] if "private" in settings.STORAGES else None
    if settings.FILE_UPLOAD_TEMP_DIR or not isinstance(storage, DiskStorage):
        return settings.FILE_UPLOAD_TEMP_DIR
    folder = Path(storage.location, ".tmp")
    storage._make(folder)
    return folder
