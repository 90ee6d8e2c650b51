"""What the tests of wishes share: what is stored, what a form says, a virus scanner."""

import socket

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import modelform_factory

from wishes import scanning
from wishes.clamd import Clamd


@pytest.fixture(autouse=True)
def limits():
    """In place of the project's own: here, what the settings say is tested."""


@pytest.fixture
def stored():
    """stored() is the names of all files."""
    return lambda: {e.name for alias in ("default", "private") for e in storages[alias].walk()}


@pytest.fixture
def send():
    """send(model, field, name, content): the saved row, or the errors of the field in a form."""

    def send(model, field, name, content, **others):
        files = {field: SimpleUploadedFile(name, content)}
        form = modelform_factory(model, fields=[field, *others])(others, files)
        return form.save() if form.is_valid() else form.errors[field]

    return send


@pytest.fixture
def clamd(monkeypatch):
    clamd = Clamd()
    clamd.start()
    monkeypatch.setattr(scanning, "CLAMD", clamd.address)
    yield clamd
    clamd.server.shutdown(socket.SHUT_RDWR)
    clamd.server.close()
    clamd.join(5)
