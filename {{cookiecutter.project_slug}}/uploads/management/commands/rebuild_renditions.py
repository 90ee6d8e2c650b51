import posixpath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management.base import BaseCommand

from uploads import cleanup, fields, names, references
from uploads.formats import decoding, pdfs, pictures, types, videos
from uploads.storage import put, walk

BATCH = 500  # rows that are read at once


class Command(BaseCommand):
    help = (
        "Makes the renditions that are missing by IMAGE_WIDTHS, or by `widths` and `ratios` of a "
        "field, and deletes those that are no longer asked for. Videos, pictures, sound and PDFs "
        "from before, whose names don't say their size, length or pages, are stored anew, as "
        "uploads are. Files of a field that has become private, or public, are moved to where "
        "they are looked for now, under new names. May be interrupted and run again."
    )

    def handle(self, **options):
        self.listed = {}
        for field in cleanup.file_fields():
            if isinstance(field, fields.UploadMixin):
                self.move(field)
                self.rebuild(field)

    def files(self, storage):
        """{stem: names} of what was in a storage at first, and has been moved there since."""
        if storage not in self.listed:
            found = self.listed[storage] = {}
            for entry in walk(storage):
                found.setdefault(names.stem(entry.name), set()).add(entry.name)
        return self.listed[storage]

    def move(self, field):
        """Bring the files of a field whose `private` was changed to where they are looked for."""
        alias = "default" if field.private else "private"
        if field.given_storage is not None or alias not in settings.STORAGES:
            return
        there, rows, moved = self.files(field.storage), rows_of(field), 0
        for pk, name in in_batches(rows, field.attname):
            if name not in there.get(names.stem(name), ()):
                moved += self.move_file(field, storages[alias], rows.filter(pk=pk), name)
        if moved:
            now = "private" if field.private else "public"
            self.stdout.write(f"{field}: {moved} files moved, which are {now} now.")

    def move_file(self, field, former, rows, name):
        """Store the file of a row that is in the storage `former` anew; returns how many it did.

        Under a new name, so that the old file goes as any other does: when no row names it.
        """
        found, row = self.files(former).get(names.stem(name), ()), rows.first()
        if name not in found or row is None or is_default(field, name):
            return 0
        if not names.PATTERN.fullmatch(name) and is_named(former, name):
            return 0  # it may be quite another file
        if field.keep:
            self.stderr.write(f"{name} stays where it is, for keep=True: copy its folder by hand.")
            return 0
        copies = copies_of(field, row, name, found)
        try:
            for part, copy in copies.items():
                with former.open(part) as content:
                    put(field.storage, copy, content)
        except Exception as error:  # each storage has its own family of errors
            self.report(name, error)
            list(cleanup.delete(field.storage, copies.values()))  # no row has heard of them
            return 0
        self.files(field.storage)[names.stem(copies[name])] = {*copies.values()}
        try:
            values = {field.attname: copies[name]}
            return rows.filter(**{field.attname: name}).update(**values)
        finally:
            list(cleanup.delete_unnamed(former, found))
            cleanup.note(field, copies[name])
            cleanup.end_of_request()  # asks whether the row was given another file meanwhile

    def rebuild(self, field):
        storage, there = field.storage, self.files(field.storage)
        rows, what = rows_of(field), "pictures" if is_image(field) else "files"
        total, made, deleted, anew = rows.count(), 0, 0, 0
        for done, (pk, name) in enumerate(in_batches(rows, field.attname), 1):
            wanted, existing = {*field.renditions_of(name)}, there.get(names.stem(name), set())
            existing = {beside for beside in existing if names.is_rendition(beside)}
            if wants_anew(field, name):
                anew += self.store_anew(field, rows, pk, name)
            elif wanted - existing:
                made += self.make(field, name, wanted - existing)
            deleted += len([*cleanup.delete_unnamed(storage, existing - wanted)])
            if done % 100 == 0:
                self.stdout.write(f"{field}: {done} of {total}")
        self.stdout.write(
            f"{field}: {total} {what}, {made} renditions made, {deleted} deleted, "
            f"{anew} {what} from before stored anew."
        )

    def make(self, field, name, missing):
        """Make those renditions of the file `name` that are missing; returns how many."""
        try:
            with field.storage.open(name) as file:
                made = renditions(field, name, file)
        except Exception as error:  # each storage has its own family of errors
            self.report(name, error)
            return 0
        made = {names.rendition(name, w, variant): c for (variant, w), c in made.items()}
        found = missing & made.keys()
        for beside in found:
            put(field.storage, beside, ContentFile(made[beside]))
        return len(found)

    def store_anew(self, field, rows, pk, name):
        """Give a row a file of ours in place of the one it has had; returns how many it did.

        Neither save() nor its signals: nothing else of the row changes. The old file goes when no
        row names it any more; a row that has meanwhile been given another file keeps that.
        """
        row = rows.filter(pk=pk).first()
        if row is None or is_default(field, name):
            return 0
        try:
            with field.storage.open(name) as content:
                values = new_file(field, row, name, content)
        except Exception as error:  # each storage has its own family of errors
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


def rows_of(field):
    """Those that name a file."""
    rows = field.model._base_manager.exclude(**{field.attname: ""})
    return rows.exclude(**{field.attname: None})


def in_batches(rows, attname):
    """(pk, name) of each row, in the order of pk; no query is open while rows are changed."""
    rows, later = rows.order_by("pk"), rows.order_by("pk")
    while batch := list(later.values_list("pk", attname)[:BATCH]):
        yield from batch
        later = rows.filter(pk__gt=batch[-1][0])


def copies_of(field, row, name, found):
    """{name: new name} of a row's file and its renditions, which are `found` beside it."""
    extension, size = names.extension(name) or "bin", names.size(name)
    marks = {"seconds": names.seconds(name), "hevc": names.is_hevc(name)}
    marks |= {"pages": names.pages(name)}
    folder = posixpath.dirname(field.generate_filename(row, f"file.{extension}"))
    new = names.new(folder, extension, size if all(size) else None, **marks)
    old_stem, stem = names.stem(name), names.stem(new)
    return {part: stem + part.removeprefix(old_stem) for part in found} | {name: new}


def is_named(storage, name):
    """Whether a row names that file of this storage."""
    return any(
        field.model._base_manager.filter(**{field.attname: name}).exists()
        for field in cleanup.file_fields(storage)
    )


def is_default(field, name):
    """Whether rows may share it, those to come too."""
    return bool(
        references.defaults(field.storage, [name])
        or references.possible_defaults(field.storage, [name])
    )


def is_image(field):
    return isinstance(field, fields.ImageField)


def wants_anew(field, name):
    """Whether a file is from before the field, or from before videos were rewritten."""
    if is_image(field):
        return not all(names.size(name))
    if pdfs.takes(names.extension(name)):
        return names.pages(name) is None
    return videos.takes(names.extension(name)) and names.seconds(name) is None


def renditions(field, name, file):
    """{(variant's name, width): WebP bytes} of the stored file `name`, open as `file`."""
    if names.extension(name) in types.PICTURE_EXTENSIONS:
        return pictures.renditions(file, field.variants_of(name))
    size = names.size(name)
    if names.pages(name):
        return pdfs.renditions(file, size)
    return videos.poster(file, names.extension(name), field.variants_of(name), size)[1]


def new_file(field, row, name, content):
    """Store `content`, a file of `row`, as an upload; returns the values that the row is to have.

    Whatever the name of a picture says, its format counts: it was never looked at.
    """
    extension, is_picture = names.extension(name), is_image(field)
    if is_picture:
        found = pictures.refusing(decoding.header)(content).format
        extension = types.PICTURES[found].extensions[0]
    if pdfs.takes(extension) and not field.accept(content, f"file.{extension}").size:
        raise ValidationError(pdfs.UNDRAWN)
    file = field.attr_class(row, field, None)
    file.save(f"file.{extension}", content, save=False)
    if wants_anew(field, file.name):
        list(cleanup.delete(field.storage, [file.name]))  # no row has heard of it
        raise ValidationError("its storage gives names of its own, which say nothing of the size")
    sizes = [getattr(field, of, None) for of in ("width_field", "height_field")]
    return {field.attname: file.name} | {of: getattr(row, of) for of in sizes if of}
