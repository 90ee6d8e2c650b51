"""What all tests share: users, and media folders that vanish with the test."""

import os
from contextlib import ExitStack
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection

from uploads import defaults
from uploads.formats import apart, process


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """No test writes into the real media folders."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRIVATE_MEDIA_ROOT = tmp_path / "private"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def processes(request, monkeypatch):
    """To start one for a video or PDF takes most of a test's time: only tests of those do."""
    if not request.node.get_closest_marker("processes"):
        monkeypatch.setattr(apart, "answered", answered_here)


def answered_here(wanted, content, answer_mb):
    """apart.answered(), in this process."""
    function = getattr(import_module(wanted["module"], wanted["package"]), wanted["function"])
    with apart.on_disk(content, None) as source, ExitStack() as opened:
        files = [opened.enter_context(open(os.dup(source.fileno()), "rb"))]
        files[0].seek(0)
        if wanted["target"]:
            files.append(opened.enter_context(open(wanted["target"], "r+b")))
        return process.answer_of(function, files, wanted["values"]), False


@pytest.fixture
def as_generated(settings):
    """What the generated tests rely on, whatever this site's settings say; yours need not."""
    settings.LANGUAGE_CODE = "en-us"  # set, it ends the language of the test before, too
    types = dict.fromkeys(defaults.FILE_TYPES, defaults.DEFAULTS["MAX_UPLOAD_MB"])
    for name, value in {**defaults.DEFAULTS, "UPLOAD_FILE_TYPES": types}.items():
        if getattr(settings, name, None) != value:  # Django tells many of each that is set
            setattr(settings, name, value)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tables for uploads/tests/models.py, which no migration makes."""
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        for model in apps.get_app_config("uploads").get_models():
            editor.create_model(model)


def make_user(name, **rights):
    return get_user_model().objects.create_user(name, password=name, **rights)


@pytest.fixture
def user(db):
    return make_user("user")


@pytest.fixture
def other(db):
    return make_user("other")


@pytest.fixture
def helper(db):
    """Staff without any permission."""
    return make_user("helper", is_staff=True)


@pytest.fixture
def staff(db):
    return make_user("staff", is_staff=True, is_superuser=True)


@pytest.fixture
def visit(client, user, other, staff):
    """The client, as "owner", "other", "staff" or anybody else; `user` owns what the tests make."""

    def become(visitor):
        client.logout()
        account = {"owner": user, "other": other, "staff": staff}.get(visitor)
        if account:
            client.force_login(account)
        return client

    return become


# Uploading
