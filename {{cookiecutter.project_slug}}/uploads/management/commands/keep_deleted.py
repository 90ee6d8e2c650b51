from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management.base import BaseCommand

from uploads import cleanup
from uploads.storage import put


class Command(BaseCommand):
    help = (
        "`on` leaves the files of deleted rows where they are until `off`: for a backup, so that "
        "none goes between the copy of the database and its own. `orphans --delete` sweeps them."
    )

    def add_arguments(self, parser):
        parser.add_argument("switch", choices=["on", "off"])

    def handle(self, *, switch, **options):
        for alias in ("default", "private"):
            # In the storage itself, where every machine of the site sees it.
            if switch == "on":
                put(storages[alias], cleanup.KEEP, ContentFile(b"A backup is being made."))
            else:
                storages[alias].delete(cleanup.KEEP)
