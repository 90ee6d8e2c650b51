from datetime import timedelta
from itertools import islice
from pathlib import Path

from django.core.files.storage import FileSystemStorage, storages
from django.core.management.base import BaseCommand
from django.utils import timezone

from uploads import cleanup, images, names

BATCH = 500  # names looked up in one query


class Command(BaseCommand):
    help = (
        "Lists files that no row names: left by a crash or a killed worker, by rows deleted in "
        "SQL, or by renditions that the settings no longer ask for."
    )

    def add_arguments(self, parser):
        parser.add_argument("--delete", action="store_true", help="Delete them, too")
        parser.add_argument(
            "--older-than",
            type=float,
            default=24,
            metavar="HOURS",
            help="Spare younger files: they may be part of an upload that goes on (default: 24)",
        )

    def handle(self, *, delete, older_than, verbosity, **options):
        before = timezone.now() - timedelta(hours=older_than)
        seen = found = 0
        for alias in ("default", "private"):
            storage = storages[alias]
            others = self.folders_of_others(storage)
            files = (entry for entry in storage.walk() if not entry.name.startswith(others))
            while batch := list(islice(files, BATCH)):
                seen += len(batch)
                old = [entry.name for entry in batch if entry.changed < before]
                for name in self.unnamed(old):
                    found += 1
                    self.stdout.write(f"{alias}: {name}")
                    if delete:
                        cleanup.delete(storage, [name])
                if verbosity > 1:
                    self.stderr.write(f"{seen} files seen, {found} orphans")
        done = "deleted" if delete else "found; --delete deletes them"
        self.stdout.write(f"{found} orphans of {seen} files {done}.")

    def folders_of_others(self, storage):
        """Such as ("exports/",): what lies there, rows name without that part."""
        if not isinstance(storage, FileSystemStorage):
            return ()
        fields, root = cleanup.file_fields(), Path(storage.location)
        others = [Path(getattr(field.storage, "location", "")) for field in fields]
        return tuple(f"{p.relative_to(root).as_posix()}/" for p in others if root in p.parents)

    def unnamed(self, batch):
        """Those of the files in `batch` that no row names, itself or as a rendition's picture."""
        # A rendition's picture has the same stem; its extension only the row knows.
        pictures = {f"{names.stem(n)}.{e}" for n in batch for e in images.EXTENSION.values()}
        named = cleanup.defaults()
        for field in cleanup.file_fields():
            rows = cleanup.rows(field).filter(**{f"{field.attname}__in": pictures | {*batch}})
            named |= {*rows.values_list(field.attname, flat=True)}
        wanted = named.union(*(names.renditions(name).values() for name in named))
        return [name for name in batch if name not in wanted]
