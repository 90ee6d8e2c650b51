"""What else of Django and of a project stands beside a save; and what it costs."""

import inspect
import pickle
import threading
import weakref
from contextlib import suppress

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import File
from django.core.files.storage import storages
from django.core.signals import request_finished
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext

from uploads import cleanup, references
from uploads.storage import DiskStorage
from uploads.tests.examples import jpeg
from uploads.tests.level import Broken, named, paper, stored, upload
from uploads.tests.models import Album, Badge, Paper, Record

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("nothing_is_lost"),
]


def test_handlers_run_where_django_runs_them(album):
    """post_save after the commit; an error of pre_save does not break the transaction around."""
    seen = []

    def fail(**kwargs):
        raise Broken

    def look(**kwargs):
        thread = threading.Thread(target=lambda: seen.append(connection.in_atomic_block))
        seen.append(connection.in_atomic_block)
        thread.start()
        thread.join()

    post_save.connect(look, sender=Album)
    pre_save.connect(fail, sender=Album)
    try:
        with transaction.atomic():
            with suppress(Broken):
                album.save()
            assert Album.objects.count() == 1
        pre_save.disconnect(fail, sender=Album)
        album.save()
    finally:
        pre_save.disconnect(fail, sender=Album)
        post_save.disconnect(look, sender=Album)
    assert seen == [False, False]


def test_loaddata_leaves_what_it_replaces_to_nobody(album):
    old = album.cover.name
    other = storages["default"].save("other.jpg", upload())
    Model.save_base(Album(pk=album.pk, name="one", cover=other), raw=True)
    assert Album.objects.get().cover.name == other
    assert old not in stored()


def test_manager_that_hides_rows(album, monkeypatch):
    second = Album.objects.create(name="two", cover=album.cover)
    monkeypatch.setattr(Album._base_manager, "get_queryset", Album.objects.none)
    second.delete()
    monkeypatch.undo()
    assert named() <= stored()


def test_model_without_a_table_keeps_all(album, monkeypatch, caplog):
    """Such as after a deployment, until `migrate` has renamed it."""
    before = stored()
    album.cover = upload(600)
    with monkeypatch.context() as patch:
        patch.setattr(Badge._meta, "db_table", "renamed")
        album.save()
    assert before < stored()
    assert "manage.py migrate" in caplog.text


def test_models_of_migrations_leave_files_alone(media):
    """Which rows name a file is known of today's models only."""
    user = get_user_model().objects.create_user("user", profile_picture=upload())
    apps = MigrationLoader(connection).project_state().apps
    apps.get_model(user._meta.label).objects.all().delete()
    request_finished.send(None)
    assert user.profile_picture.name in stored()


def test_slow_storage_holds_no_lock_for_long(monkeypatch):
    """Others wait while names are locked: after a moment the rest is asked about again."""
    monkeypatch.setattr(cleanup, "MOMENT", 0)
    asked = []
    held = references.held
    monkeypatch.setattr(references, "held", lambda *args: asked.append(args) or held(*args))
    for number in range(3):
        Album.objects.create(name=str(number), cover=upload(), back=upload())
    Album.objects.all().delete()
    assert stored() == set()
    assert len(asked) == 12


def test_storage_that_names_files_itself(monkeypatch):
    original = DiskStorage._save
    monkeypatch.setattr(
        DiskStorage, "_save", lambda self, name, content: original(self, f"tenant/{name}", content)
    )
    album = Album.objects.create(name="one", cover=upload())
    assert album.cover.name.startswith("tenant/")
    assert stored() == named()


def test_empty_file_is_deleted_without_a_row(album):
    Album(name="two").cover.delete()
    assert Album.objects.count() == 1


def test_upload_that_nobody_has_saved_yet_is_not_asked_about(album):
    two = Album(name="two")
    with transaction.atomic():
        two.cover.save("a.jpg", upload(600), save=False)
    album.cover = upload(550)
    album.save()
    request_finished.send(None)
    two.save()
    assert Album.objects.get(name="two").cover.name in stored()


def test_instance_is_pickled_while_its_upload_is_open(album, tmp_path):
    with (tmp_path / "a.jpg").open("wb+") as file, transaction.atomic():
        file.write(jpeg(500, 300))
        two = Album(name="two", cover=File(file, name="a.jpg"))
        two.save()
        assert pickle.loads(pickle.dumps(two)).cover.name == two.cover.name


def test_many_uploads_do_not_stay_in_memory(monkeypatch):
    """A transaction can have thousands: only the last few are kept for another try."""
    monkeypatch.setattr(cleanup, "UPLOADS", 2)
    contents = []
    with transaction.atomic():
        for number in range(5):
            content = upload()
            Album.objects.create(name=str(number), cover=content)
            contents.append(weakref.ref(content))
        del content
        assert [bool(content()) for content in contents] == [False] * 3 + [True] * 2
    assert not any(content() for content in contents)
    assert stored() == named()


def test_kept_files_stay(album):
    record = Record.objects.create(file=paper())
    first = record.file.name
    record.file = paper()
    record.save()
    second = record.file.name
    record.delete()
    Paper.objects.create(file=first).delete()
    assert stored("private") == {first, second}
    assert [*cleanup.delete_unnamed(storages["private"], stored("private"))] == []


def test_django_saves_tables_as_we_know_it():
    """tracking.py takes the place of a method that Django's documentation does not promise."""
    known = list(inspect.signature(Model._save_table).parameters)
    assert known == ["self", "raw", "cls", "force_insert", "force_update", "using", "update_fields"]


def count(action, monkeypatch):
    """Queries, and calls of exists(), that an action takes."""
    calls = []
    exists = DiskStorage.exists
    with monkeypatch.context() as patch, CaptureQueriesContext(connection) as queries:
        patch.setattr(DiskStorage, "exists", lambda *args: calls.append(args) or exists(*args))
        action()
    return len(queries), len(calls)


def test_thousand_files_of_a_user_go_in_a_few_queries(monkeypatch):
    """As many as file fields, not as files; Django's own deletion is in the number."""
    content = upload()
    Paper.objects.create(file=paper())  # what is asked about a database once
    cleanup.settle()
    taken = []
    for number in (10, 1000):
        user = get_user_model().objects.create_user(str(number))
        first = Paper.objects.create(file=paper())
        papers = [Paper(owner=user, title="a", file=f"papers/{n}.pdf") for n in range(number)]
        for n in range(number):
            storages["private"].put(f"papers/{n}.pdf", content)
        Paper.objects.bulk_create(papers)
        queries, calls = count(user.delete, monkeypatch)
        assert stored("private") >= {first.file.name}
        assert not [name for name in stored("private") if name.startswith("papers/1.")]
        assert calls == 0
        taken.append(queries)
    assert taken[1] - taken[0] <= 10  # Django itself deletes 100 rows at a time


def test_save_that_touches_no_file_asks_nothing(album, monkeypatch):
    album.name = "renamed"
    queries, calls = count(album.save, monkeypatch)
    assert (queries, calls) == (4, 0)  # BEGIN, SELECT FOR UPDATE, UPDATE, COMMIT


def test_save_of_other_fields_is_as_without_us(album, monkeypatch):
    def save():
        album.save(update_fields=["name"])

    assert count(save, monkeypatch) == (1, 0)


def test_new_row_asks_nothing(monkeypatch):
    def create():
        Album.objects.create(name="one", cover=upload(), back=upload())

    queries, calls = count(create, monkeypatch)
    holds = 2 if connection.vendor == "postgresql" else 0
    assert queries == 3 + holds  # BEGIN, INSERT, COMMIT
    assert calls == len(stored())  # Django's own, for each name that it stores under
