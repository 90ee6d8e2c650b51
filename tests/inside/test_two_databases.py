"""Beside a second database, a fork, other threads. Run inside a generated project."""

import io
import os
import threading
from contextlib import suppress

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.core.signals import request_finished
from django.db import IntegrityError, connection, connections, transaction
from uploads import cleanup, names
from uploads.tests.examples import jpeg
from uploads.tests.models import Album

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "second"])
BOTH = ("default", "second")


class Broken(Exception):
    """Any error of the code around."""


def upload(width=500):
    return ContentFile(jpeg(width, 300), name="a.jpg")


def stored():
    return {entry.name for entry in storages["default"].walk()}


def named():
    found = set()
    for alias in BOTH:
        for row in Album.objects.using(alias).values_list("cover", "back"):
            for name in filter(None, row):
                found |= {name, *names.renditions(name).values()}
    return found


@pytest.fixture(scope="session", autouse=True)
def two_databases(django_db_setup, django_db_blocker):
    """conftest.py makes those of the first database."""
    with django_db_blocker.unblock(), connections["second"].schema_editor() as editor:
        for model in apps.get_app_config("uploads").get_models():
            editor.create_model(model)


@pytest.fixture
def album():
    return Album.objects.create(name="one", cover=upload())


@pytest.fixture(autouse=True)
def _nothing_is_lost():
    yield
    request_finished.send(None)
    assert named() <= stored()


@pytest.mark.parametrize(
    "save",
    [
        lambda: Album(name="two", cover=upload()).save(using="second"),
        lambda: Album.objects.using("second").create(name="two", cover=upload()),
        lambda: Album.objects.using("second").bulk_create([Album(name="two", cover=upload())]),
    ],
)
def test_row_of_another_database_outlives_a_rollback(save):
    with suppress(Broken), transaction.atomic():
        save()
        Album.objects.create(name="gone", cover=upload())
        raise Broken
    request_finished.send(None)
    assert Album.objects.using("second").count() == 1
    assert not Album.objects.exists()
    assert stored() == named()


def test_rollback_in_another_database(album):
    with suppress(Broken), transaction.atomic():
        Album.objects.create(name="two", cover=upload())
        with transaction.atomic(using="second"):
            Album.objects.using("second").create(name="gone", cover=upload())
            raise Broken
    with transaction.atomic(), suppress(Broken), transaction.atomic(using="second"):
        album.cover = upload(600)
        album.save()
        Album.objects.using("second").create(name="gone", cover=upload())
        raise Broken
    request_finished.send(None)
    assert stored() == named()


def test_file_that_another_database_names_stays(album):
    album.save(using="second")
    name = Album.objects.using("second").get().cover.name
    assert name == album.cover.name
    album.delete(using="default")
    assert named() == stored() != set()
    Album.objects.create(name="empty")
    storages["default"].save("lost.jpg", ContentFile(b"x"))
    options = {"older_than": -1, "site_is_stopped": True, "stdout": io.StringIO()}
    call_command("orphans", delete=True, **options)
    assert named() == stored() != set()


class Legacy:
    """The usual router beside a database that is not ours to migrate."""

    def allow_migrate(self, db, app_label, **hints):
        return db == "default"


def test_database_that_is_not_migrated_is_asked_all_the_same(album, settings):
    album.save(using="second")
    settings.DATABASE_ROUTERS = [Legacy()]
    album.delete(using="default")
    assert named() == stored() != set()


def test_row_that_was_read_from_a_replica(album, monkeypatch):
    """It is the same row: a save leaves the file that another process has replaced."""
    stale = Album.objects.get()
    stale._state.db = "second"
    monkeypatch.setitem(connections["second"].settings_dict["TEST"], "MIRROR", "default")
    album.cover = upload(600)
    album.save()
    stale.name = "renamed"
    stale.save(using="default")
    assert Album.objects.get().cover.width == 600
    assert stored() == named()


def test_two_aliases_of_one_database(album, monkeypatch):
    """Whoever has locked a name under one alias is not in its own way under the other."""
    place = {key: connection.settings_dict[key] for key in ("ENGINE", "HOST", "PORT", "NAME")}
    for key, value in place.items():
        monkeypatch.setitem(connections["second"].settings_dict, key, value)
    connections["second"].close()
    try:
        Album.objects.using("second").get(name="one").delete()
        assert stored() == set()
    finally:
        connections["second"].close()
        monkeypatch.undo()


def test_copy_into_another_database_replaces_all_of_the_row(album):
    Album.objects.using("second").create(pk=album.pk, name="old", cover=upload(600))
    Album.objects.get().save(using="second")
    copy = Album.objects.using("second").get()
    assert (copy.name, copy.cover.name) == ("one", album.cover.name)
    assert stored() == named()


def test_database_that_does_not_answer_keeps_all(album, monkeypatch, caplog):
    before = stored()
    with monkeypatch.context() as patch:
        patch.setattr(connections["second"], "cursor", lambda: 1 / 0)
        album.delete()
        with pytest.raises((CommandError, ZeroDivisionError)):
            call_command("orphans", delete=len(before), older_than=-1, site_is_stopped=True)
    assert stored() == before
    assert "Nobody could be asked" in caplog.text


def test_database_without_the_tables_is_no_obstacle(album, settings):
    with connections["second"].schema_editor() as editor:
        editor.delete_model(Album)
    cleanup.references._answered.clear()
    try:
        Album.objects.all().delete()
        assert stored() == set()
    finally:
        with connections["second"].schema_editor() as editor:
            editor.create_model(Album)


@pytest.mark.parametrize("end", ["close", "exit", "settle", "commit"])
def test_fork_inside_a_transaction(album, end):
    """Nothing that a child does, or is ended by, concerns the files of its parent."""
    with transaction.atomic():
        album.cover = upload(600)
        album.save()
        Album.objects.create(name="two", cover=upload())
        child = os.fork()
        if not child:
            known = len(cleanup.notes().files)
            try:
                # What a child can do to a connection that is its parent's is the driver's to say;
                # as Django does, it is forgotten here.
                for alias in BOTH:
                    if end != "commit":
                        connections[alias].connection = None
                    connections[alias].in_atomic_block = False
                    connections[alias].atomic_blocks = []
                if end == "close":
                    connections.close_all()
                if end == "settle":
                    cleanup.settle()
                    request_finished.send(None)
            finally:
                os._exit(known)
        assert os.waitpid(child, 0)[1] == 0  # it knows of none of its parent's files
    assert Album.objects.count() == 2
    assert stored() == named()


def in_thread(action):
    """Run something on connections of its own."""
    errors = []

    def run():
        try:
            action()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return errors


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
@pytest.mark.parametrize("commits", [True, False])
def test_copy_in_an_open_transaction_keeps_the_file(album, commits):
    with suppress(Broken), transaction.atomic():
        copy = Album.objects.get()
        copy.pk, copy.name = None, "two"
        copy.save()
        assert in_thread(lambda: Album.objects.get(name="one").delete()) == []
        if not commits:
            raise Broken
    request_finished.send(None)
    assert Album.objects.count() == commits
    assert named() <= stored()


@pytest.mark.parametrize("moment", ["asked", "deleting"])
def test_copy_while_its_original_is_deleted(album, monkeypatch, moment):
    """A stale copy is saved between the answer and the deletion: it waits, and is refused."""
    stale = Album.objects.get()
    stale.pk, stale.name = None, "two"
    errors, threads = [], []

    def save():
        try:
            stale.save()
        except (ValidationError, IntegrityError) as error:
            errors.append(error)
        finally:
            connections.close_all()

    def interfere(*args):
        threads.append(threading.Thread(target=save))
        threads[0].start()
        threads[0].join(0.5)
        assert threads[0].is_alive()  # it waits for who deletes

    where = cleanup.references if moment == "asked" else storages["default"]
    name = "unnamed" if moment == "asked" else "delete"
    original = getattr(where, name)

    def then(*args):
        answer = original(*args)
        if not threads:
            interfere()
        return answer

    monkeypatch.setattr(where, name, then)
    album.delete()
    threads[0].join(30)
    assert [type(error) for error in errors] == [ValidationError]
    assert not Album.objects.exists()
    assert stored() == set()
