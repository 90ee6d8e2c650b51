from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand

from uploads import cleanup, fields, images, names
from uploads.storage import put, walk


class Command(BaseCommand):
    help = (
        "Makes the renditions that are missing by IMAGE_WIDTHS, or by `widths` of a field, and "
        "deletes those that are no longer asked for. May be interrupted and run again."
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
        rows = field.model._base_manager.exclude(**{field.attname: ""}).order_by("pk")
        pictures = rows.exclude(**{field.attname: None}).values_list(field.attname, flat=True)
        total, made, deleted = pictures.count(), 0, 0
        for done, name in enumerate(pictures.iterator(), 1):
            wanted = field.renditions_of(name)
            found = there.get(names.stem(name), set())
            if missing := [width for width, part in wanted.items() if part not in found]:
                made += self.make(storage, name, missing)
            deleted += len([*cleanup.delete_unnamed(storage, found - set(wanted.values()))])
            if done % 100 == 0:
                self.stdout.write(f"{field}: {done} of {total}")
        self.stdout.write(f"{field}: {total} pictures, {made} renditions made, {deleted} deleted.")

    def make(self, storage, name, widths):
        try:
            with storage.open(name) as file:
                made = images.renditions(file, widths)
        except (OSError, ValidationError) as error:
            self.stderr.write(f"{name}: {error}")
            return 0
        for width, content in made.items():
            put(storage, names.rendition(name, width), ContentFile(content))
        return len(made)
