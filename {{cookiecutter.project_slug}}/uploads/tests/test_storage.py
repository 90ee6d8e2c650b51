from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from uploads.storage import DiskStorage


@pytest.fixture
def storage(tmp_path):
    return DiskStorage(location=tmp_path)


def files(storage):
    return {entry.name for entry in storage.walk()}


def test_file_is_there_as_a_whole_or_not_at_all(storage):
    class Full(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"half"
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        storage.save("a/b.txt", Full(b""))
    assert files(storage) == set()


def test_file_can_be_read_by_the_web_server(storage):
    """Temporary files are for their owner only; kept so, nginx would answer 403."""
    path = Path(storage.path(storage.save("a.txt", ContentFile(b"a"))))
    assert path.stat().st_mode & 0o444 == 0o444


def test_racing_saves_of_one_name_lose_nothing(storage):
    contents = [str(n).encode() for n in range(60)]
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda c: storage.save("same.txt", ContentFile(c)), contents))
    assert files(storage) == names
    assert sorted(Path(storage.path(n)).read_bytes() for n in names) == sorted(contents)


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "a/../../b.txt"])
def test_no_file_outside(storage, name):
    with pytest.raises(SuspiciousFileOperation):
        storage.save(name, ContentFile(b"a"))


def test_private_files_have_the_address_of_their_view(settings):
    assert storages["private"].url("papers/ä b.pdf") == "/private/papers/%C3%A4%20b.pdf"
    assert storages["private"].path("a") == str(settings.PRIVATE_MEDIA_ROOT / "a")
