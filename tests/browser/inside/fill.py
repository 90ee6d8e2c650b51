"""Run in a site: fill.py FOLDER COUNT OWNER gives a sample of pictures that many photos.

They have the shapes of cameras and phones, and the detail of photos. Each row has files of
its own, but only one of each shape is decoded: the others are copies of it. Prints the pages of
those, and how many bytes the renditions 800 pixels wide have in all.
"""

import itertools
import json
import os
import re
import sys
import uuid
from pathlib import Path

import django

django.setup()
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from library.views import samples  # noqa: E402
from pictures import photo  # noqa: E402
from uploads.tests.examples import encoded  # noqa: E402

SHAPES = [(4032, 3024), (3024, 4032), (4032, 2268), (3024, 3024)]  # 12 megapixels, as phones have


def copy(stored):
    """Another name with the same files behind it."""
    stem = re.search(r"[0-9a-f-]{36}", stored.name)[0]
    new, folder = str(uuid.uuid4()), Path(stored.path).parent
    for path in list(folder.glob(f"{stem}*")):
        os.link(path, folder / path.name.replace(stem, new))
    return stored.name.replace(stem, new)


folder, count, owner = sys.argv[1], int(sys.argv[2]), sys.argv[3]
model = next(m for m in samples() if m._meta.verbose_name_plural == folder)
owner = get_user_model().objects.get(username=owner)
first = []
for number, size in enumerate(SHAPES[:count]):
    upload = ContentFile(encoded(photo(size), quality=90), name=f"Photo {number}.jpg")
    first.append(model.objects.create(owner=owner, image=upload))
rows = [
    model(owner=owner, title=f"Photo {number}", image=copy(item.image), bytes=item.bytes)
    for number, item in zip(range(len(first), count), itertools.cycle(first), strict=False)
]
model.objects.bulk_create(rows)
folders = {Path(item.image.path).parent for item in first}
wide = [path.stat().st_size for folder in folders for path in folder.glob("*-800w.webp")]
print(json.dumps({"pages": [item.get_absolute_url() for item in first], "800": sum(wide)}))
