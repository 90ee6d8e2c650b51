"""What django-cleanup's tests expect around them, with files that our fields would have stored."""

import tempfile
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django_cleanup import cache
from uploads.tests.examples import jpeg

MARKS = [
    "django_storage(**backends): what is in STORAGES instead",
    "cleanup_selected_config: nothing to do, a model selects by having a field of ours",
]
SIZE = (40, 30)


def pytest_configure(config):
    for mark in MARKS:
        config.addinivalue_line("markers", mark)


@pytest.fixture(autouse=True)
def surroundings(request, transactional_db, media, settings, monkeypatch):
    """Commits are real, a mark may name a storage, and nothing of django-cleanup is at work."""
    for mark in request.node.iter_markers("django_storage"):
        backends = {alias: {"BACKEND": backend} for alias, backend in mark.kwargs.items()}
        settings.STORAGES = settings.STORAGES | backends
    # Its temporary files are empty, and have no extension: we refuse both.
    replaced = SimpleNamespace(NamedTemporaryFile=temporary_picture)
    monkeypatch.setattr(request.module, "tempfile", replaced)
    yield
    assert not apps.is_installed("django_cleanup")
    assert not cache.FIELDS  # for which it connects its signals


@contextmanager
def temporary_picture(**options):
    with tempfile.NamedTemporaryFile(suffix=".jpg", **options) as file:
        file.write(jpeg(*SIZE))
        file.flush()
        yield file


@pytest.fixture
def picture(media):
    """A picture from before our fields came, and one that is the default of fields."""
    filename = "picture.jpg"
    path, default = Path(media, filename), Path(media, "pic.jpg")
    media.mkdir()
    for place in (path, default):
        place.write_bytes(jpeg(*SIZE))
    return {"path": str(path), "filename": filename, "srcpath": str(default)}
