from datetime import UTC, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError

from uploads import cleanup, references
from uploads.storage import walk

BATCH = 500  # files looked up in one query
LEAST_HOURS = 1  # a younger file may be of an upload that goes on
MANY = 1000


class Command(BaseCommand):
    help = (
        "Lists files that no row names: left by a crash or a killed worker, by rows deleted in "
        "SQL, or by renditions that the settings no longer ask for. Each is asked about once more "
        "right before it is deleted."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--delete",
            type=int,
            nargs="?",
            const=True,
            metavar="N",
            help="Delete them, too; where they are many, their number N has to be given",
        )
        parser.add_argument(
            "--older-than",
            type=float,
            default=24,
            metavar="HOURS",
            help="Spare younger files: they may be part of an upload that goes on (default: 24)",
        )
        parser.add_argument(
            "--site-is-stopped",
            action="store_true",
            help="Nobody uploads anything at the moment: allows HOURS below one",
        )

    def handle(self, *, delete, older_than, site_is_stopped, verbosity, **options):
        stores = {a: storages[a] for a in ("default", "private") if a in settings.STORAGES}
        if delete:
            self.check_moment(stores, older_than, site_is_stopped)
        before = datetime.now(UTC) - timedelta(hours=older_than)
        orphans, seen = {}, {}
        for alias, storage in stores.items():
            orphans[alias], seen[alias] = self.find(storage, before, verbosity)
            for name in orphans[alias]:
                self.stdout.write(f"{alias}: {name}")
        total = sum(map(len, orphans.values()))
        if delete:
            for alias, storage in stores.items():
                self.check_number(alias, storage, orphans[alias], seen[alias], total, delete)
            gone = [{*cleanup.delete_unnamed(stores[a], names)} for a, names in orphans.items()]
            stay, total = total - sum(map(len, gone)), sum(map(len, gone))
            if stay:
                self.stderr.write(f"{stay} could not be deleted, or are needed again.")
        done = "deleted" if delete else "found; --delete deletes them"
        self.stdout.write(f"{total} orphans of {sum(seen.values())} files {done}.")

    def check_moment(self, stores, older_than, site_is_stopped):
        """Refuse to delete while a file that no row names may be needed all the same."""
        if cleanup.in_transaction() and not cleanup.in_test():
            raise CommandError("A transaction is open, which may yet be rolled back: end it first.")
        if any(cleanup.backup_goes_on(storage) for storage in stores.values()):
            raise CommandError(
                "A backup is being made, and files of deleted rows belong to it. When it is done, "
                "type manage.py keep_deleted off."
            )
        if older_than < LEAST_HOURS and not site_is_stopped:
            raise CommandError(
                f"A file of the last hour may be of an upload that goes on: --older-than "
                f"{older_than:g} is less than {LEAST_HOURS}. Where the site is stopped, type "
                "--site-is-stopped, too."
            )

    def check_number(self, alias, storage, orphans, seen, total, delete):
        """Refuse to delete what looks like a mistake: a wrong database, say, or a wrong folder."""
        if delete is not True and delete != total:
            raise CommandError(
                f"There are {total} orphans, not {delete}. Look at the list; to delete them, type "
                f"manage.py orphans --delete {total}."
            )
        lasting = [name for name in orphans if not is_temporary(name)]
        if lasting and not references.has_rows(storage, references.fields_by_database()):
            raise CommandError(
                f"The database has no row of any model with files in the storage {alias!r}, which "
                f"has {len(lasting)}. Is DATABASE_URL the site's? If they are to go all the same, "
                f"delete them by hand: {references.address(storage) or alias}"
            )
        if delete is True and len(lasting) > min(MANY, seen / 2):
            raise CommandError(
                f"{len(lasting)} of the {seen} files in the storage {alias!r} would go. Look at "
                f"the list; if it is right, type manage.py orphans --delete {total}."
            )

    def find(self, storage, before, verbosity):
        """(names of orphans, number of files seen)."""
        fields = references.fields_by_database()
        others, links = references.folders_of_others(storage), references.link_targets()
        entries = (
            entry
            for entry in walk(storage)
            if entry.name != cleanup.KEEP and not entry.name.startswith(others)
        )
        orphans, seen = [], 0
        while batch := list(islice(entries, BATCH)):
            seen += len(batch)
            old = [entry.name for entry in batch if entry.changed < before]
            lasting = [name for name in old if not is_temporary(name)]
            spared = references.possible_defaults(storage, lasting)
            spared |= {name for name in old if references.is_below(storage, name, links)}
            old = [name for name in old if name not in spared]
            orphans += references.unnamed(storage, old, fields)
            if verbosity > 1:
                self.stderr.write(f"{seen} files seen, {len(orphans)} orphans")
        return orphans, seen


def is_temporary(name):
    """Half of an upload, or of a file that was being written."""
    return any(part.startswith(".") for part in name.split("/"))
