"""Saves of one name at once, from as many processes as are started. Run inside a generated project.

racing.py KIND ROUNDS BYTES: prints the name of each file, and a number that is in it.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, str(Path.cwd()))

import django  # noqa: E402

django.setup()

from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import storages  # noqa: E402
from django.core.files.uploadedfile import TemporaryUploadedFile  # noqa: E402


def upload(kind, content):
    """A file in memory, or in a temporary file as those above 2.5 MB are."""
    if kind == "memory":
        return ContentFile(content)
    file = TemporaryUploadedFile("same.bin", "", len(content), None)
    file.write(content)
    file.seek(0)
    return file


kind, rounds, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sys.stdin.readline()  # all processes start at once
for number in range(rounds):
    mark = f"{os.getpid()}-{number}"
    content = mark.encode().ljust(size, b".")
    print(storages["private"].save("same.bin", upload(kind, content)), mark, flush=True)
