"""Run in a site: delete orphans, and print how rows and files stand to each other."""

import io
import json

import django

django.setup()

from django.core.files.storage import storages  # noqa: E402
from django.core.management import call_command  # noqa: E402
from uploads import cleanup, names  # noqa: E402


def rows(storage):
    named = set()
    for field in cleanup.file_fields(storage):
        for name in filter(None, field.model.objects.values_list(field.attname, flat=True)):
            named |= {name, *names.renditions(name).values()}
    return named


def files(storage):
    return {entry.name for entry in storage.walk()}


both = [storages["default"], storages["private"]]
missing = [name for storage in both for name in rows(storage) - files(storage)]
said = io.StringIO()
call_command("orphans", delete=True, older_than=0, stdout=said, stderr=said)
left = [name for storage in both for name in files(storage) - rows(storage)]
said = said.getvalue().splitlines()
print(json.dumps({"missing": missing, "left": left, "said": said}))
