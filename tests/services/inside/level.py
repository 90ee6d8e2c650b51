"""Run in a site: delete orphans, and print how rows and files stand to each other."""

import io
import json

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.files.storage import storages  # noqa: E402
from django.core.management import call_command  # noqa: E402
from uploads import cleanup, references  # noqa: E402


def rows(storage):
    named = set()
    for field in cleanup.file_fields(storage):
        for name in filter(None, field.model.objects.values_list(field.attname, flat=True)):
            named |= {name, *references.renditions_of(field, name)}
    return named


def files(storage):
    return {entry.name for entry in storage.walk()}


both = [storages["default"], storages["private"]]


def orphans(**options):
    said = io.StringIO()
    call_command("orphans", older_than=0, stdout=said, stderr=said, **options)
    return said.getvalue().splitlines()


missing = [name for storage in both for name in rows(storage) - files(storage)]
# On a database without rows of a storage's models, it would refuse.
owner = get_user_model().objects.first()
models = {field.model for field in cleanup.file_fields() if hasattr(field.model, "owner_id")}
empty = [model.objects.bulk_create([model(owner=owner)])[0] for model in models]
number = int(orphans()[-1].split()[0])
said = orphans(delete=number or True, site_is_stopped=True)
for row in empty:
    row.delete()
left = [name for storage in both for name in files(storage) - rows(storage)]
print(json.dumps({"missing": missing, "left": left, "said": said}))
