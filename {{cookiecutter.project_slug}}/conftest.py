"""What all tests share: users, and media folders that vanish with the test."""

import pytest
from django.contrib.auth import get_user_model


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """No test writes into the real media folders."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRIVATE_MEDIA_ROOT = tmp_path / "private"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # As in development, whatever the environment says: plain HTTP, no manifest of static files.
    settings.SECURE_SSL_REDIRECT = False
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
    return settings.MEDIA_ROOT


def make_user(name, **rights):
    return get_user_model().objects.create_user(name, password=name, **rights)


@pytest.fixture
def user(db):
    return make_user("user")


@pytest.fixture
def other(db):
    return make_user("other")


@pytest.fixture
def staff(db):
    return make_user("staff", is_staff=True, is_superuser=True)
