"""Any sequence of what can happen to rows, in any company. Run inside a generated project."""

import io
import os
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.signals import request_finished
from django.db import IntegrityError, connections, transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from uploads import names
from uploads.tests.examples import jpeg, pdf
from uploads.tests.models import Album, Badge, Paper
from uploads.tests.test_two_databases import BOTH, Broken, two_databases  # noqa: F401

PICTURE, OTHER = jpeg(40, 30), jpeg(50, 30)  # wide enough for a rendition, see the test
BADGE = Badge._meta.get_field("picture").default
which = st.sampled_from(["cover", "back"])
database = st.sampled_from(["default", "second"])
errors = st.sampled_from([Broken, SystemExit])
pick = st.integers(0, 9)


def picture(content=PICTURE):
    return ContentFile(content, name="a.jpg")


def stored():
    return {alias: {e.name for e in storages[alias].walk()} for alias in ("default", "private")}


def named():
    public = {BADGE}
    for alias in BOTH:
        rows = [*Album.objects.using(alias).values_list("cover", "back")]
        rows += Badge.objects.using(alias).values_list("picture")
        for picture in (name for row in rows for name in row if name):
            public |= {picture, *names.renditions(picture).values()}
    private = {n for a in BOTH for n in Paper.objects.using(a).values_list("file", flat=True) if n}
    return {"default": public, "private": private}


def begin_savepoint():
    return getattr(transaction, "savepoint_create", None) or transaction.savepoint


class Rows(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.count = 0
        self.copies = []  # instances that grow stale
        for alias in BOTH:
            for model in (Paper, Album, Badge):
                model.objects.using(alias).all().delete()
        if not storages["default"].exists(BADGE):
            storages["default"].save(BADGE, ContentFile(PICTURE))

    def name(self):
        self.count += 1
        return str(self.count)

    def album(self, number, rows=None):
        """One of the rows there are, or None."""
        rows = list((Album.objects if rows is None else rows).order_by("pk"))
        return rows[number % len(rows)] if rows else None

    @rule(back=st.booleans())
    def create(self, back):
        more = {"back": picture(OTHER)} if back else {}
        Album.objects.create(name=self.name(), cover=picture(), **more)

    @rule(rows=st.integers(1, 3))
    def bulk_create(self, rows):
        Album.objects.bulk_create(Album(name=self.name(), cover=picture()) for _ in range(rows))

    @rule(number=pick)
    def create_paper(self, number):
        file = ContentFile(pdf(), name="a.pdf")
        Paper.objects.create(title="a", album=self.album(number), file=file)

    @rule(number=pick, field=which, partly=st.booleans())
    def replace(self, number, field, partly):
        if album := self.album(number):
            setattr(album, field, picture(OTHER))
            album.save(update_fields=[field] if partly else None)

    @rule(number=pick, field=which, at_once=st.booleans())
    def replace_through_the_file(self, number, field, at_once):
        if album := self.album(number):
            getattr(album, field).save("b.jpg", picture(OTHER), save=at_once)
            album.save()

    @rule(number=pick, field=which, empty=st.sampled_from(["", None, False]))
    def clear(self, number, field, empty):
        if album := self.album(number):
            setattr(album, field, empty or "")
            album.save()

    @rule(number=pick, field=which)
    def clear_through_the_file(self, number, field):
        if album := self.album(number):
            getattr(album, field).delete()

    @rule(number=pick, field=which)
    def leave_a_new_file_unsaved(self, number, field):
        if album := self.album(number):
            setattr(album, field, picture(OTHER))
            album.save(update_fields=["name"])

    @rule(number=pick)
    def delete(self, number):
        if album := self.album(number):
            album.delete()

    @rule(number=pick)
    def delete_queryset(self, number):
        Album.objects.filter(pk__gte=number).delete()

    @rule(number=pick, defer=st.booleans(), gone=st.booleans())
    def part_of_a_row(self, number, defer, gone):
        rows = Album.objects.defer("cover") if defer else Album.objects.only("name")
        if album := self.album(number, rows):
            album.name = self.name()
            album.delete() if gone else album.save()

    @rule(number=pick, other=pick, field=which)
    def share(self, number, other, field):
        one, two = self.album(number), self.album(other)
        if one and two and one.cover:
            setattr(two, field, one.cover)
            two.save()

    @rule(number=pick)
    def keep_a_copy(self, number):
        if album := self.album(number):
            self.copies.append(album)

    @rule(number=pick, what=st.sampled_from(["save", "replace", "delete", "refresh"]), field=which)
    def use_a_copy(self, number, what, field):
        if not self.copies:
            return
        copy = self.copies.pop(number % len(self.copies))
        if what == "refresh" and Album.objects.filter(pk=copy.pk).exists():
            copy.refresh_from_db()
            self.copies.append(copy)
        if what == "replace":
            setattr(copy, field, picture(OTHER))
        if what == "delete":
            if copy.pk is not None:  # Django deletes no row that it has not seen
                copy.delete()
        else:
            copy.name = self.name()
            with suppress(ValidationError):  # the file that it names is gone
                copy.save()

    @rule(number=pick, adding=st.booleans())
    def copy_a_row(self, number, adding):
        if self.copies:
            copy = self.copies[number % len(self.copies)]
            copy.pk, copy.name, copy._state.adding = None, self.name(), adding
            with suppress(ValidationError):
                copy.save()

    @rule(number=pick, move=st.booleans())
    def copy_to_another_database(self, number, move):
        if album := self.album(number):
            with suppress(IntegrityError):  # the name is taken there
                album.save(using="second")
                if move:
                    Album.objects.get(pk=album.pk).delete()

    @rule(number=pick, where=database)
    def share_with_another_model(self, number, where):
        if (album := self.album(number)) and album.cover:
            Badge.objects.using(where).create(picture=album.cover)

    @rule(number=pick, where=database, gone=st.booleans())
    def change_a_badge(self, number, where, gone):
        badges = list(Badge.objects.using(where).order_by("pk"))
        if not badges:
            Badge.objects.using(where).create()
        elif gone:
            badges[number % len(badges)].delete()
        else:
            badges[number % len(badges)].picture = picture(OTHER)
            badges[number % len(badges)].save()

    @rule(number=pick, where=database, first=st.booleans(), error=errors)
    def queue_is_down(self, number, where, first, error):
        def fail():
            raise error

        with suppress(error), transaction.atomic(using=where):
            if first:
                transaction.on_commit(fail, using=where)
            Album.objects.using(where).create(name=self.name(), cover=picture())
            if album := self.album(number, Album.objects.using(where)):
                album.back = picture(OTHER)
                album.save()
            transaction.on_commit(fail, using=where)
            Album.objects.using(where).create(name=self.name(), back=picture())

    @rule(number=pick, field=which, back=st.booleans())
    def savepoint_by_hand(self, number, field, back):
        with transaction.atomic():
            point = begin_savepoint()()
            if album := self.album(number):
                setattr(album, field, picture(OTHER))
                album.save()
                Album.objects.create(name=self.name(), cover=album.cover, back=picture())
            (transaction.savepoint_rollback if back else transaction.savepoint_commit)(point)
            Album.objects.create(name=self.name(), cover=picture())

    @rule(number=pick, field=which, end=st.sampled_from(["commit", "rollback", "close"]))
    def transaction_by_hand(self, number, field, end):
        transaction.set_autocommit(False)
        try:
            if album := self.album(number):
                setattr(album, field, picture(OTHER))
                album.save()
                Album.objects.create(name=self.name(), cover=picture())
                transaction.commit()
                album.delete()
            request_finished.send(None)
            if end == "close":
                connections["default"].close()
            else:
                getattr(transaction, end)()
        finally:
            transaction.set_autocommit(True)

    @rule(number=pick, where=database)
    def two_transactions(self, number, where):
        """Of two databases, of which the outer one is rolled back."""
        with suppress(Broken), transaction.atomic(using=where):
            Album.objects.using(where).create(name=self.name(), cover=picture())
            for alias in BOTH:
                if album := self.album(number, Album.objects.using(alias)):
                    album.back = picture(OTHER)
                    album.save()
            raise Broken

    @rule(number=pick, close=st.booleans())
    def fork(self, number, close):
        with transaction.atomic():
            Album.objects.create(name=self.name(), cover=picture())
            if album := self.album(number):
                album.delete()
            if not (child := os.fork()):
                for alias in BOTH:  # the connections are the parent's
                    connections[alias].connection = None
                    connections[alias].in_atomic_block = False
                if close:
                    connections.close_all()
                request_finished.send(None)
                os._exit(0)
            os.waitpid(child, 0)

    @rule()
    def end_of_request(self):
        request_finished.send(None)

    @rule(number=pick)
    def fail_to_save(self, number):
        if album := self.album(number):
            twin = Album(name=album.name, cover=picture(), back=picture())
            with pytest.raises(IntegrityError):
                twin.save()
            twin.name = self.name()
            twin.save()

    @rule(number=pick, field=which, nested=st.booleans())
    def roll_back(self, number, field, nested):
        before = named()
        with transaction.atomic():
            if nested:
                Album.objects.create(name=self.name(), cover=picture())
                before = named()
            with transaction.atomic():
                Album.objects.create(name=self.name(), cover=picture())
                if album := self.album(number):
                    setattr(album, field, picture(OTHER))
                    album.save()
                    album.delete()
                transaction.set_rollback(True)
            assert named() == before

    @invariant()
    def no_row_names_a_missing_file(self):
        there = stored()
        for alias, wanted in named().items():
            assert wanted <= there[alias]

    def teardown(self):
        """What is left is what rows name, once `orphans` was asked."""
        Album.objects.create(name="empty")
        Paper.objects.create(title="empty")
        options = {"older_than": -1, "site_is_stopped": True, "stdout": io.StringIO()}
        call_command("orphans", **options)
        number = int(options["stdout"].getvalue().splitlines()[-1].split()[0])
        call_command("orphans", delete=number, **options)
        assert stored() == named()


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_any_sequence(settings):
    settings.IMAGE_WIDTHS = [20, 45]
    quick = hypothesis_settings(
        max_examples=60,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Rows, settings=quick)
