"""Run in a site: `old` makes rows as Django's own ImageField left them, `rebuild` stores them anew,
`private` and `public` first make the field of Photo so, and `end` deletes them.

Prints {"said": the command's lines, "rows": {title: name}, "default": files, "private": files}.
"""

import io
import json
import sys

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import storages  # noqa: E402
from django.core.management import call_command  # noqa: E402
from library.models import Photo  # noqa: E402
from uploads.storage import put  # noqa: E402
from uploads.tests.examples import jpeg, png  # noqa: E402

FILES = {
    "holiday": ("photos/holiday.JPG", jpeg(1000, 700)),
    "accents": ("photos/Été à la mer (2).png", png(900, 500)),
    "shared": ("photos/shared.jpg", jpeg(500, 300)),
    "shared too": ("photos/shared.jpg", jpeg(500, 300)),
    "broken": ("photos/broken.jpg", b"\xff\xd8\xff no more"),
    "nowhere": ("photos/nowhere.jpg", None),
}
what, said = sys.argv[1], io.StringIO()
rows = Photo.objects.filter(title__in=FILES)
if what == "old":
    owner = get_user_model().objects.first()
    for name, content in FILES.values():
        if content:
            put(storages["default"], name, ContentFile(content))
    Photo.objects.bulk_create(Photo(owner=owner, title=t, image=n) for t, (n, _) in FILES.items())
elif what == "end":
    rows.delete()
    storages["default"].delete(FILES["broken"][0])
else:
    field = Photo._meta.get_field("image")
    if what != "rebuild":
        field.private = what == "private"
        field.storage = storages["private" if field.private else "default"]
    call_command("rebuild_renditions", stdout=said, stderr=said)
listed = {alias: [e.name for e in storages[alias].walk()] for alias in ("default", "private")}
found = {"rows": dict(rows.values_list("title", "image")), "said": said.getvalue().splitlines()}
print(json.dumps(found | listed))
