"""One complete upload of a 12-megapixel photo, request to redirect, against the sum of its parts.

The parts are what can't be left out: decode once, encode what is stored, make the renditions, write
the files. Beyond them, an upload has the request, login, form, checks and database. A second decode
would add 0.15 and a second pass over the picture 1: the limit lies below both.
"""

import io
import time
import uuid

from PIL import Image

from . import pictures, tools
from .tools import Row

ROUNDS = 15
LIMIT = 1.15


def parts(path, folder):
    """What an upload has to do, by Pillow alone, with the toolkit's qualities."""
    from django.conf import settings
    from uploads.formats import encoding

    with Image.open(path) as image:
        image.load()
        made = [encoded(image, "JPEG", encoding.QUALITY["JPEG"])]
        for width in sorted(settings.IMAGE_WIDTHS, reverse=True):
            size = (width, round(image.height * width / image.width))
            image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=encoding.GAP)
            made.append(encoded(image, "WEBP", encoding.of_width(width)))
    for content in made:
        (folder / uuid.uuid4().hex).write_bytes(content)


def encoded(image, kind, options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def rows():
    tools.open_project()
    from django.urls import reverse

    model = tools.sample(public=True)
    address, field = reverse(f"{model._meta.model_name}-new"), model.upload_field().name
    client = tools.logged_in(tools.user())
    folder = tools.folder()
    path = pictures.save(folder, 12)

    def upload():
        with path.open("rb") as photo:
            answer = client.post(address, {"title": "A photo", field: photo})
        if answer.status_code != 302:
            errors = answer.context["form"].errors
            raise SystemExit(f"The upload was not taken: {answer.status_code} {errors}")

    # CPU time, which a busy machine changes less: there is one thread, and little to wait for.
    times = tools.by_turns(
        ROUNDS, time.process_time, upload=upload, parts=lambda: parts(path, folder)
    )
    what = "a 12-megapixel upload, request to redirect: CPU time against its parts"
    yield Row(what, tools.ratio(times["upload"], times["parts"]), LIMIT)


if __name__ == "__main__":
    tools.report(rows())
