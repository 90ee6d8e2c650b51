from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand

from uploads import cleanup, fields, names
from uploads.formats import pictures
from uploads.storage import put, walk


class Command(BaseCommand):
    help = (
        "Makes the renditions that are missing by IMAGE_WIDTHS, or by `widths` and `ratios` of a "
        "field, and deletes those that are no longer asked for. May be interrupted and run again."
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
        stored = rows.exclude(**{field.attname: None}).values_list(field.attname, flat=True)
        total, made, deleted = stored.count(), 0, 0
        for done, name in enumerate(stored.iterator(), 1):
            wanted, existing = {*field.renditions_of(name)}, there.get(names.stem(name), set())
            if wanted - existing:
                made += self.make(field, name, wanted - existing)
            deleted += len([*cleanup.delete_unnamed(storage, existing - wanted)])
            if done % 100 == 0:
                self.stdout.write(f"{field}: {done} of {total}")
        self.stdout.write(f"{field}: {total} pictures, {made} renditions made, {deleted} deleted.")

    def make(self, field, name, missing):
        """Make those renditions of the picture `name` that are missing; returns how many."""
        try:
            with field.storage.open(name) as file:
                made = pictures.renditions(file, field.variants())
        except (OSError, ValidationError) as error:
            self.stderr.write(f"{name}: {error}")
            return 0
        for (variant, width), content in made.items():
            if (beside := names.rendition(name, width, variant)) in missing:
                put(field.storage, beside, ContentFile(content))
        return len(missing)
