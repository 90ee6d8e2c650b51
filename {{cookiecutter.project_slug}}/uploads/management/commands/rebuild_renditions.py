from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand

from uploads import cleanup, fields, names, references
from uploads.formats import decoding, pictures, types
from uploads.storage import put, walk

BATCH = 500  # rows that are read at once


class Command(BaseCommand):
    help = (
        "Makes the renditions that are missing by IMAGE_WIDTHS, or by `widths` and `ratios` of a "
        "field, and deletes those that are no longer asked for. A picture from before the field, "
        "whose name doesn't say its size, is stored anew, as an upload is. May be interrupted and "
        "run again."
    )

    def handle(self, **options):
        for field in cleanup.file_fields():
            if isinstance(field, fields.ImageField):
                self.rebuild(field)

    def rebuild(self, field):
        storage = field.storage
        there = {}  # stem: names of the renditions in the storage
        for entry in walk(storage):
            if names.is_rendition(entry.name):
                there.setdefault(names.stem(entry.name), set()).add(entry.name)
        rows = field.model._base_manager.exclude(**{field.attname: ""})
        rows = rows.exclude(**{field.attname: None})
        total, made, deleted, anew = rows.count(), 0, 0, 0
        for done, (pk, name) in enumerate(in_batches(rows, field.attname), 1):
            wanted, existing = {*field.renditions_of(name)}, there.get(names.stem(name), set())
            if not all(names.size(name)):
                anew += self.store_anew(field, rows, pk, name)
            elif wanted - existing:
                made += self.make(field, name, wanted - existing)
            deleted += len([*cleanup.delete_unnamed(storage, existing - wanted)])
            if done % 100 == 0:
                self.stdout.write(f"{field}: {done} of {total}")
        self.stdout.write(
            f"{field}: {total} pictures, {made} renditions made, {deleted} deleted, "
            f"{anew} pictures from before stored anew."
        )

    def make(self, field, name, missing):
        """Make those renditions of the picture `name` that are missing; returns how many."""
        try:
            with field.storage.open(name) as file:
                made = pictures.renditions(file, field.variants())
        except (OSError, ValidationError) as error:
            self.report(name, error)
            return 0
        for (variant, width), content in made.items():
            if (beside := names.rendition(name, width, variant)) in missing:
                put(field.storage, beside, ContentFile(content))
        return len(missing)

    def store_anew(self, field, rows, pk, name):
        """Give a row a picture of ours in place of the one it has had; returns how many it did.

        Neither save() nor its signals: nothing else of the row changes. The old file goes when no
        row names it any more; a row that has meanwhile been given another picture keeps that.
        """
        row = rows.filter(pk=pk).first()
        if row is None or is_default(field, name):
            return 0
        try:
            with field.storage.open(name) as content:
                values = new_picture(field, row, content)
        except (OSError, ValidationError) as error:
            self.report(name, error)
            return 0
        try:
            return rows.filter(pk=pk, **{field.attname: name}).update(**values)
        finally:
            cleanup.note(field, name)
            cleanup.end_of_request()  # asks who names the old file, and the new one, too

    def report(self, name, error):
        reasons = error.messages if isinstance(error, ValidationError) else [str(error)]
        self.stderr.write(f"{name} stays as it is: {' '.join(reasons)}")


def in_batches(rows, attname):
    """(pk, name) of each row, in the order of pk; no query is open while rows are changed."""
    rows, later = rows.order_by("pk"), rows.order_by("pk")
    while batch := list(later.values_list("pk", attname)[:BATCH]):
        yield from batch
        later = rows.filter(pk__gt=batch[-1][0])


def is_default(field, name):
    """Whether rows may share it, those to come too."""
    return bool(
        references.defaults(field.storage, [name])
        or references.possible_defaults(field.storage, [name])
    )


def new_picture(field, row, content):
    """Store `content`, a file of `row`, as an upload; returns the values that the row is to have.

    Whatever its name says, its format counts: it was never looked at.
    """
    picture_format = types.PICTURES[pictures.refusing(decoding.header)(content).format]
    file = field.attr_class(row, field, None)
    file.save(f"picture.{picture_format.extensions[0]}", content, save=False)
    if not all(names.size(file.name)):
        list(cleanup.delete(field.storage, [file.name]))  # no row has heard of it
        raise ValidationError("its storage gives names of its own, which say nothing of the size")
    sizes = [name for name in (field.width_field, field.height_field) if name]
    return {field.attname: file.name} | {name: getattr(row, name) for name in sizes}
