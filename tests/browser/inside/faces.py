"""Run in a site: faces.py FOLDER OWNER gives a sample of files one row of every kind.

Their names say what lists are to show; small pictures lie beside those that have one. Prints the
page of each, by its kind.
"""

import json
import sys
import uuid

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from library.views import samples  # noqa: E402
from uploads.storage import put  # noqa: E402
from uploads.tests import examples  # noqa: E402

KINDS = {  # what stands behind the name's id, and the widths of the pictures beside it
    "pdf": ("-1131x1600-12p.pdf", [400, 800, 1131]),
    "pdf without a picture": (".pdf", []),
    "video": ("-720x1280-83s.mp4", [400, 720]),
    "audio": ("-3723s.mp3", []),
    "image": ("-900x300.jpg", [400, 800]),
    "table": (".xlsx", []),
    "archive": (".zip", []),
}
LONG = "Donaudampfschifffahrtsgesellschaftskapitän " * 5

folder, owner = sys.argv[1:]
model = next(m for m in samples() if m._meta.verbose_name_plural == folder)
owner, field = get_user_model().objects.get(username=owner), model.upload_field()
pages = {}
for kind, (ending, widths) in KINDS.items():
    stem = f"{folder}/2026/11/{uuid.uuid4()}"
    whole, beside = stem + ending, stem + ending.rpartition(".")[0]
    put(field.storage, whole, ContentFile(b"nothing that can be played"))
    for width in widths:
        picture = examples.encoded(examples.image(width, width), "WEBP")
        put(field.storage, f"{beside}-{width}w.webp", ContentFile(picture))
    title = LONG if kind == "table" else f"A file: {kind}"
    row = model(owner=owner, title=title, bytes=2_500_000, **{field.name: whole})
    (row,) = model.objects.bulk_create([row])
    pages[kind] = row.get_absolute_url()
print(json.dumps(pages))
