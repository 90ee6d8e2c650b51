import hashlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import urlsplit

from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError

from uploads.storage import DiskStorage, PrivateDiskStorage, walk

WORKERS = 8
CHUNK = 1024 * 1024  # bytes


class Command(BaseCommand):
    help = (
        "Copies all files to a bucket or a folder, and compares each copy. May be interrupted and "
        "run again: what is there already is passed over. Then switch the environment."
    )

    def add_arguments(self, parser):
        parser.add_argument("--to", required=True, help="s3://bucket, or a folder's path")
        parser.add_argument(
            "--storage",
            choices=["default", "private"],
            default="default",
            help="Which files: the public ones (default) or the private ones",
        )
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be copied")

    def handle(self, *, to, storage, dry_run, **options):
        source, target = storages[storage], self.target(to, storage)
        try:
            there = {entry.name: entry.size for entry in walk(target)}
        except Exception as error:  # each storage has its own family of errors
            raise CommandError(f"{to} can't be read: {error}") from error
        # What begins with a dot is temporary: half of an upload.
        entries = [e for e in walk(source) if not any(p[0] == "." for p in e.name.split("/"))]
        missing = [entry for entry in entries if there.get(entry.name) != entry.size]
        size = sum(entry.size for entry in missing) / 1_000_000
        self.stdout.write(f"{len(missing)} of {len(entries)} files to copy, {size:.1f} MB.")
        if dry_run:
            return
        failed = 0
        with ThreadPoolExecutor(WORKERS) as pool:
            copies = {pool.submit(copy, source, target, e.name): e.name for e in missing}
            for done, future in enumerate(as_completed(copies), 1):
                if error := future.exception():
                    failed += 1
                    self.stderr.write(f"{copies[future]}: {error}")
                if done % 500 == 0:
                    self.stdout.write(f"{done} of {len(missing)}")
        if failed:
            raise CommandError(f"{failed} files could not be copied. Run the command again.")
        self.stdout.write("All files are there, and as they should be.")

    def target(self, to, storage):
        address = urlsplit(to)
        if address.scheme == "s3" and address.netloc and address.path in {"", "/"}:
            from uploads import bucket  # boto3 is there only where a bucket is used

            kind = bucket.PublicBucket if storage == "default" else bucket.PrivateBucket
            return kind(bucket_name=address.netloc)
        if Path(to).is_absolute():
            kind = DiskStorage if storage == "default" else PrivateDiskStorage
            return kind(location=to)
        raise CommandError(
            f"{to!r} is neither a bucket nor the full path of a folder. "
            "Say s3://my-bucket or /srv/site/media."
        )


def copy(source, target, name):
    """Copy one file and compare what has arrived; raises OSError when it differs."""
    try:
        file = source.open(name)
    except FileNotFoundError:  # deleted since the list was made
        return
    with file:
        target.put(name, file)
        wanted = checksum(file)
    with target.open(name) as file:
        if checksum(file) != wanted:
            raise OSError("the copy is not the same as the file")


def checksum(file):
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.digest()
