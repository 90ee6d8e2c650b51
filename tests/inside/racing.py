"""Saves of one name at once, from as many processes as are started. Run inside a generated project.

racing.py KIND ROUNDS BYTES [PACE]: prints the name of each file, and a number that is in it. KIND
is how a file comes: in memory, as a temporary file, or through the field of a model. PACE is the
seconds from one save to the next.
"""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, str(Path.cwd()))

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import storages  # noqa: E402
from django.core.files.uploadedfile import TemporaryUploadedFile  # noqa: E402

PACE = float(sys.argv[4]) if len(sys.argv) > 4 else 0.05


def upload(kind, content):
    """A file in memory, or in a temporary file as those above 2.5 MB are."""
    if kind in {"memory", "field"}:
        return ContentFile(content)
    file = TemporaryUploadedFile("same.bin", "", len(content), None)
    file.write(content)
    file.seek(0)
    return file


def through_field(file):
    """Stored by the first model that keeps private files; no row is needed for it."""
    models = apps.get_app_config("library").get_models()
    model = next(model for model in models if not model.is_public())
    stored = getattr(model(), model.upload_field().name)
    stored.save("same.txt", file, save=False)
    return stored.name


kind, rounds, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
start = float(sys.stdin.readline())
for number in range(rounds):
    # Together, and each time into a folder without that name: it is the first who may have it.
    time.sleep(max(0, start + number * PACE - time.time()))
    mark = f"{os.getpid()}-{number}"
    file = upload(kind, mark.encode().ljust(size, b"."))
    if kind == "field":
        print(through_field(file), mark, flush=True)
    else:
        print(storages["private"].save(f"{number}/same.bin", file), mark, flush=True)
