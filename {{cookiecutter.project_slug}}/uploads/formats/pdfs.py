"""PDFs are stored as they were sent; where pypdfium2 is installed, their first page shows them.

It is drawn by a process of its own (pages.py), and no PDF is refused for it: of one that is
damaged, encrypted or takes too long there is no picture, and lists show its type. pypdfium2 is the
extra `pdf` of pyproject.toml.
"""

import functools
import importlib.util

from django.core.exceptions import ValidationError
from PIL import Image

from . import apart, encoding, variants

# A scan of 600 dpi in colour takes 60 megabytes; a page takes 0.2 seconds, half of them to start.
LIMITS = {"megabytes": 150, "usual_mb": 60, "seconds": 5, "patience": 5}
SIDE = 1600  # pixels of the page's longer side, where no rendition is asked for

UNDRAWN = "no picture of its first page can be drawn"  # for commands: visitors are not told


@functools.cache
def can_draw():
    """Whether pypdfium2 is installed."""
    return importlib.util.find_spec("pypdfium2") is not None


def takes(extension):
    """Whether the first page of a file of this type is drawn here."""
    return extension == "pdf" and can_draw()


def first_page(content, size=None):
    """What is known of a PDF by its first page: {"size", "renditions", "marks"}, or {}.

    `content` is open for reading bytes. The size is (width, height) in pixels, the longer side that
    of the widest rendition; the renditions are WebP bytes by variant and width, the marks those of
    names.new(). A page that was drawn before has its `size` already.
    """
    wanted = variants.of_files()
    side = max(size or (width for variant in wanted for width in variant.widths), default=SIDE)
    try:
        drawn = apart.run("pages.first", content, side=side, **LIMITS)
        shape = drawn.values["width"], drawn.values["height"]
        if not 0 < min(shape) <= max(shape) <= side + 1:
            raise ValueError(f"a page of {shape} pixels")
        page = Image.frombytes("RGB", shape, drawn.content, "raw", "RGB", drawn.values["stride"])
        marks = {"pages": int(drawn.values["pages"])}
    except (apart.Failed, ValidationError, OSError, KeyError, TypeError, ValueError):
        return {}
    made = encoding.renditions(page, wanted, size or shape)
    return {"size": size or shape, "renditions": made, "marks": marks}


def renditions(content, size):
    """The same of a page that was drawn before, alone. Raises ValidationError where it can't be."""
    if page := first_page(content, size):
        return page["renditions"]
    raise ValidationError(UNDRAWN)
