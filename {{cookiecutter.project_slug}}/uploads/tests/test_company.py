"""No committed row loses its file, whatever else runs in the project."""

import copy
import inspect
import pickle
import threading
import weakref
from contextlib import contextmanager, suppress

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.core.signals import request_finished
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext

from uploads import cleanup, names, references, tracking
from uploads.storage import DiskStorage
from uploads.tests.examples import jpeg, pdf
from uploads.tests.models import Album, Badge, Emblem, Paper, Record, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


class Broken(Exception):
    """Such as that of a queue whose broker is down."""


def upload(width=500, name="a.jpg"):
    return ContentFile(jpeg(width, 300), name=name)


def paper():
    return ContentFile(pdf(), name="a.pdf")


def stored(alias="default"):
    return {entry.name for entry in storages[alias].walk()}


def named(*models):
    """All that rows of these models name, renditions included."""
    found = set()
    for model in models or (Album, Badge):
        for field in tracking.own_fields(model):
            for name in filter(None, model.objects.values_list(field.attname, flat=True)):
                found |= {name, *names.renditions(name).values()}
    return found


@contextmanager
def queue_is_down(sender):
    def enqueue(instance, **kwargs):
        def delay():
            raise Broken

        transaction.on_commit(delay)

    post_save.connect(enqueue, sender=sender)
    yield
    post_save.disconnect(enqueue, sender=sender)


@pytest.fixture
def album():
    return Album.objects.create(name="one", cover=upload())


@pytest.fixture(autouse=True)
def _nothing_is_lost():
    yield
    cleanup.end_of_request()
    assert named() <= stored()
    assert named(Paper) <= stored("private")


def test_queue_is_down():
    @transaction.atomic
    def create_four():
        for number in range(4):
            Album.objects.create(name=str(number), cover=upload())

    with queue_is_down(Album), pytest.raises(Broken) as held:
        create_four()
    assert Album.objects.count() == 4
    request_finished.send(None)
    assert stored() == named()
    del held  # whoever held the exception held the callbacks
    assert stored() == named()


@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt, SystemExit])
def test_queue_is_down_when_a_file_is_replaced(album, error):
    def fail():
        raise error

    @transaction.atomic
    def replace():
        album.cover = upload(600)
        transaction.on_commit(fail)
        album.save()

    with pytest.raises(error):
        replace()
    request_finished.send(None)
    assert stored() == named()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_process_is_told_to_stop_while_it_deletes(album, monkeypatch, error):
    def stop(self, name):
        raise error

    album.cover = upload(600)
    monkeypatch.setattr(DiskStorage, "delete", stop)
    with pytest.raises(error):
        album.save()
    assert Album.objects.get().cover.width == 600


def test_answer_to_commit_is_lost(album, monkeypatch):
    def commit():
        connection.connection.commit()
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch, suppress(OperationalError):
        patch.setattr(connection, "_commit", commit)
        Album.objects.create(name="two", cover=upload())
    assert Album.objects.count() == 2
    assert named() <= stored()


def test_transactions_by_hand(album):
    transaction.set_autocommit(False)
    try:
        Album.objects.create(name="two", cover=upload())
        album.cover = upload(600)
        album.save()
        transaction.commit()
        Album.objects.create(name="three", cover=upload())
        request_finished.send(None)  # no safe point: a transaction is open
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert Album.objects.count() == 2
    cleanup.settle()
    assert stored() == named()


def test_savepoints_by_hand(album):
    with transaction.atomic():
        begin = getattr(transaction, "savepoint_create", None) or transaction.savepoint
        point = begin()
        album.cover = upload(600)
        album.save()
        Album.objects.create(name="two", cover=upload())
        transaction.savepoint_rollback(point)
        Album.objects.create(name="three", cover=upload())
    assert Album.objects.get(name="one").cover.width == 500
    assert named() <= stored()


@pytest.mark.parametrize(("attribute", "name"), [("picture", "emblem"), ("second", "second")])
def test_default_of_any_kind_stays(attribute, name):
    default = f"badges/{name}.png"
    Emblem.memory.save(default, ContentFile(b"x"))
    emblem = Emblem.objects.create(picture=upload(), second=upload())
    replaced = getattr(emblem, attribute).name
    setattr(emblem, attribute, default)
    emblem.save()
    assert not Emblem.memory.exists(replaced)
    setattr(emblem, attribute, upload())
    emblem.save()
    emblem.delete()
    assert Emblem.memory.exists(default)
    Emblem.memory.delete(default)


def test_what_a_callable_may_give_later_stays():
    later = Emblem.memory.save("emblems/two.png", ContentFile(b"x"))
    Emblem.objects.create(picture=later).delete()
    assert Emblem.memory.exists(later)


@pytest.mark.parametrize("adding", [True, False])
def test_stale_copy_of_a_row(album, adding):
    stale = Album.objects.get()
    stale.pk, stale.name, stale._state.adding = None, "two", adding
    stale.save()
    album.delete()
    assert Album.objects.get().cover.name in stored()
    again = Album.objects.get()
    Album.objects.all().delete()
    again.pk, again._state.adding = None, adding
    with pytest.raises(ValidationError, match="is gone"):
        again.save()
    assert not Album.objects.exists()


@pytest.mark.parametrize(
    "name_again",
    [
        lambda stale: Album.objects.create(name="two", cover=stale.cover),
        lambda stale: Album.objects.create(name="two", back=stale.cover.name),
        lambda stale: Album.objects.bulk_create([Album(name="two", cover=stale.cover)]),
        lambda stale: Album.objects.filter(name="other").update(cover=stale.cover),
        lambda stale: Album.objects.filter(name="other").update(cover=stale.cover.name),
    ],
)
def test_file_that_is_gone_is_not_named_again(album, name_again):
    Album.objects.create(name="other")
    stale = Album.objects.get(name="one")
    album.delete()
    with pytest.raises(ValidationError, match="is gone"):
        name_again(stale)


def test_name_that_code_types_is_its_own():
    """Imports and tests may name files that are not there yet, as with Django's own field."""
    badge = Badge.objects.create(picture="imported/later.jpg")
    with pytest.raises(IntegrityError):
        Badge.objects.create(pk=badge.pk, picture=storages["default"].save("a.jpg", upload()))
    assert stored() == {"a.jpg"}
    badge.delete()


def test_default_need_not_be_there():
    """It is never deleted: a copy of a row may name it, even where media was left at home."""
    Badge.objects.create()
    badge = Badge.objects.get()
    badge.pk, badge._state.adding = None, True
    badge.save()
    assert Badge.objects.filter(picture="badges/default.png").count() == 2
    Badge.objects.all().delete()


def test_rendition_that_another_row_names_stays(album):
    rendition = album.cover.renditions and names.rendition(album.cover.name, 400)
    Badge.objects.create(picture=rendition)
    picture = album.cover.name
    album.delete()
    assert stored() == {rendition}
    assert picture not in stored()


def test_failed_bulk_create_leaves_nothing(album):
    before = stored()
    with pytest.raises(IntegrityError):
        Album.objects.bulk_create([Album(name=n, cover=upload()) for n in ("two", "one")])
    request_finished.send(None)
    assert stored() == before


def test_second_file_is_refused_and_the_first_goes():
    with pytest.raises(ValidationError):
        Album.objects.create(name="one", cover=upload(), back=ContentFile(b"x", name="a.jpg"))
    assert stored() == set()


def test_instance_that_was_made_by_hand(album):
    by_hand = Album(pk=album.pk, name="one", cover=upload(600))
    by_hand._state.adding = False
    by_hand.save()
    assert Album.objects.get().cover.width == 600
    assert stored() == named()


def test_upload_is_tried_again_after_its_transaction_was_rolled_back(album):
    two = Album(name="two", cover=upload(600))
    with suppress(Broken), transaction.atomic():
        two.save()
        raise Broken
    request_finished.send(None)
    two.pk = None
    two.save()
    assert Album.objects.get(name="two").cover.width == 600
    assert stored() == named()


@pytest.mark.parametrize("how", ["delete", "copy", "other field"])
def test_upload_of_a_rollback_is_not_named_by_another_way(how):
    """Whatever happened to it in the transaction, a name that is gone is not written again."""
    two = Album(name="two", cover=upload(600))
    with suppress(Broken), transaction.atomic():
        two.save()
        if how == "delete":
            two.delete()
        if how == "other field":
            two.back = two.cover.name
            two.save()
        raise Broken
    again = copy.copy(two) if how == "copy" else two
    request_finished.send(None)
    again.pk = None
    with suppress(ValidationError):
        again.save()
    assert named() <= stored()


@pytest.mark.parametrize("content", ["new", ""])
@pytest.mark.parametrize("settled", [True, False])
def test_what_was_rolled_back_is_saved_at_the_next_try(album, content, settled):
    album.cover = content and upload(600)
    with suppress(Broken), transaction.atomic():
        album.save()
        raise Broken
    if settled:
        request_finished.send(None)
    album.save()
    now = Album.objects.get()
    assert now.cover.width == (600 if content else None)
    assert stored() == named()


def test_pk_behind_the_file():
    Ticket.objects.create(code="one", file=paper())
    ticket = Ticket.objects.get(code="one")
    ticket.file = paper()
    ticket.save()
    ticket.save()
    assert stored("private") == named(Ticket)
    ticket.delete()
    assert stored("private") == set()


@pytest.mark.parametrize("which", ["itself", "copy", "read again"])
def test_file_that_went_before_anybody_was_asked(which):
    """Its transaction committed with an error of another callback; then another process came."""

    def fail():
        raise Broken

    two = Album(name="two")
    with suppress(Broken), transaction.atomic():
        transaction.on_commit(fail)
        two.cover.save("b.jpg", upload(600))
    again = {"itself": two, "copy": copy.copy(two), "read again": Album.objects.get()}[which]
    Album.objects.filter(name="two")._raw_delete("default")
    for name in stored():
        storages["default"].delete(name)
    again.pk = None
    with pytest.raises(ValidationError, match="is gone"):
        again.save()
    assert not Album.objects.exists()


def test_former_version_is_put_back():
    record = Record.objects.create(file=paper())
    former = Record.objects.get()
    record.file = paper()
    record.save()
    record.file = former.file
    record.save()
    assert Record.objects.get().file.name == former.file.name


def test_draft_takes_the_place_of_another_row(album):
    draft = Album.objects.create(name="draft", cover=upload(600))
    draft = Album.objects.get(pk=draft.pk)
    draft.pk, draft.name = album.pk, "published"
    draft.save()
    assert Album.objects.get(name="published").cover.width == 600
    assert named() <= stored()


def test_handler_that_replaces_the_file(album):
    def replace(instance, **kwargs):
        instance.cover = upload(600)

    pre_save.connect(replace, sender=Album)
    try:
        album.save()
    finally:
        pre_save.disconnect(replace, sender=Album)
    assert Album.objects.get().cover.width == 600
    assert stored() == named()


def test_save_within_a_save(album):
    """The inner one's commit is a safe point, but not for the upload that the outer one carries."""

    def save_another(instance, **kwargs):
        if instance.name == "one":
            Album.objects.create(name="log")

    pre_save.connect(save_another, sender=Album)
    try:
        album.cover.save("b.jpg", upload(600))
    finally:
        pre_save.disconnect(save_another, sender=Album)
    assert Album.objects.get(name="one").cover.width == 600
    assert stored() == named()


def test_write_outside_of_a_transaction_is_asked_about_at_the_end_of_the_request():
    """As those of bulk_create() on Django 6.1: at another safe point it may be going on."""
    two = Album(name="two")
    two.cover.save("a.jpg", upload(), save=False)
    tracking.before_write(Album._meta.get_field("cover"), two.cover, connection)
    Album.objects.create(name="log", cover=upload()).delete()
    assert two.cover.name in stored()
    request_finished.send(None)
    assert stored() == set()


def test_file_that_was_set_before_the_commit_of_another(album):
    two = Album.objects.create(name="two", cover=upload(600))
    with transaction.atomic():
        album.cover = upload(550)
        album.save()
        album.cover = two.cover
    album.save()
    assert Album.objects.get(name="one").cover.name == two.cover.name


@pytest.mark.django_db(transaction=False)
def test_nothing_is_noted_in_the_transaction_of_a_test(album):
    """Its rows come back at its end, and so may have files of the developer's own."""
    album.cover = upload(600)
    album.save()
    album.delete()
    assert (cleanup.notes().files, cleanup.notes().later) == ({}, {})


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
