from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import TemporaryUploadedFile

from uploads.storage import DiskStorage, PrivateDiskStorage


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


def test_text_is_stored_as_utf_8():
    name = storages["default"].save("export.csv", ContentFile("a,ä"))
    assert Path(storages["default"].path(name)).read_bytes() == "a,ä".encode()


def test_storage_that_overwrites(media):
    storage = DiskStorage(location=media, allow_overwrite=True)
    names = [storage.save("a.txt", ContentFile(text)) for text in ("one", "two")]
    assert names == ["a.txt", "a.txt"]
    assert (media / "a.txt").read_text() == "two"


def test_broken_link_is_a_name_that_is_taken(media):
    media.mkdir()
    (media / "a.txt").symlink_to("nowhere")
    assert storages["default"].save("a.txt", ContentFile(b"x")) != "a.txt"


def test_permissions_of_folders(media):
    storage = DiskStorage(location=media, directory_permissions_mode=0o701)
    storage.save("one/two/a.txt", ContentFile(b"x"))
    assert {path.stat().st_mode & 0o777 for path in (media / "one", media / "one/two")} == {0o701}


def modes(root):
    return {path.stat().st_mode & 0o777 for path in root.rglob("*")}


def test_private_files_are_for_the_group_of_the_web_server_alone(settings):
    with TemporaryUploadedFile("a.bin", "", 0, None) as large:
        large.write(b"large")
        large.flush()
        storages["private"].save("a/b/c.bin", large)
        storages["private"].save("a/d.txt", ContentFile(b"small"))
    assert modes(settings.PRIVATE_MEDIA_ROOT) == {0o750, 0o640}


def test_permissions_of_private_files_as_options_say(tmp_path):
    said = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    PrivateDiskStorage(tmp_path / "private", **said).save("a/b.txt", ContentFile(b"a"))
    assert modes(tmp_path / "private") == {0o600, 0o700}


def test_temporary_file_is_moved_where_it_can_be(media, settings):
    settings.FILE_UPLOAD_TEMP_DIR = media.parent
    with TemporaryUploadedFile("a.bin", "", 0, None) as file:
        file.write(b"large")
        file.flush()
        name = storages["default"].save("a.bin", file)
        assert not Path(file.temporary_file_path()).exists()
        assert (media / name).read_bytes() == b"large"
        again = storages["default"].save("a.bin", file)  # it is elsewhere now, and copied
        assert (media / again).read_bytes() == b"large"
    assert (media / name).stat().st_mode & 0o777 == 0o644


def test_address_without_a_slash():
    assert PrivateDiskStorage(base_url="/x").url("a.txt") == "/x/a.txt"
