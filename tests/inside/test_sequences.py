"""Any sequence of what can happen to rows, against their files. Run inside a generated project."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from uploads import names
from uploads.tests.models import Album, Paper
from uploads.tests.samples import jpeg, pdf

PICTURE, OTHER = jpeg(40, 30), jpeg(50, 30)  # wide enough for a rendition, see the test
which = st.sampled_from(["cover", "back"])
pick = st.integers(0, 9)


def picture(content=PICTURE):
    return ContentFile(content, name="a.jpg")


def stored():
    return {alias: {e.name for e in storages[alias].walk()} for alias in ("default", "private")}


def named():
    public = {
        name
        for row in Album.objects.values_list("cover", "back")
        for picture in filter(None, row)
        for name in (picture, *names.renditions(picture).values())
    }
    return {"default": public, "private": set(Paper.objects.values_list("file", flat=True))}


class Rows(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.count = 0
        self.copies = []  # instances that grow stale
        Paper.objects.all().delete()
        Album.objects.all().delete()

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
            copy.delete()
        else:
            copy.name = self.name()
            copy.save()

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
    def files_are_what_rows_name(self):
        assert stored() == named()

    def teardown(self):
        call_command("orphans", delete=True, older_than=0, stdout=io.StringIO())
        assert stored() == named()


def test_any_sequence(transactional_db, settings_with_small_renditions):
    quick = settings(
        max_examples=60,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Rows, settings=quick)


@pytest.fixture
def settings_with_small_renditions(settings):
    settings.IMAGE_WIDTHS = [20, 45]
