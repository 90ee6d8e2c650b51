"""The virus scanner, asked by forms and by code; by APIs: see beside."""

import socket

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from wishes import models, scanning
from wishes.clamd import EICAR

pytestmark = pytest.mark.django_db(transaction=True)

FOUND = "The virus scanner refuses this file."
LATER = "This file can't be scanned now. Send it again later."


def test_scanner(clamd, send, stored):
    """Virus scanner."""
    assert send(models.Scanned, "file", "a.txt", b"hello " + EICAR) == [FOUND]
    assert not stored()
    row = send(models.Scanned, "file", "a.txt", b"hello")
    with row.file:
        assert row.file.read() == b"hello"
    assert [b"".join(chunks) for chunks in clamd.streams] == [b"hello " + EICAR, b"hello"]


@pytest.mark.parametrize("content", [EICAR, EICAR.decode()], ids=["bytes", "text"])
def test_code_is_asked_too(clamd, content, stored):
    with pytest.raises(ValidationError, match=FOUND):
        models.Scanned.objects.create(file=ContentFile(content, name="a.txt"))
    assert not stored()


def test_stored_file_is_not_scanned_again(clamd):
    row = models.Scanned.objects.create(file=ContentFile(b"hello", name="a.txt"))
    row.full_clean()
    row.save()
    assert len(clamd.streams) == 1


def test_scanner_that_gives_up(clamd, send, stored):
    # Above its own limit it stops listening, or says so: neither is an OK.
    (sentence,) = send(models.Scanned, "file", "a.txt", b"a" * 12 * 1024**2)
    assert sentence in (FOUND, LATER)
    assert not stored()


def test_scanner_that_is_down(monkeypatch, send, stored):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    monkeypatch.setattr(scanning, "CLAMD", address)
    assert send(models.Scanned, "file", "a.txt", b"hello") == [LATER]
    assert not stored()
