"""PDFs are stored as they were sent; where pypdfium2 is installed, their first page shows them.

It is drawn by a process of its own (pages.py), and no PDF is refused for it: of one that is damaged,
encrypted or takes too long there is no picture, and lists show its type.
"""

import functools
import importlib.util

from django.core.exceptions import ValidationError
from PIL import Image

from . import apart, encoding

MEGABYTES = 150  # a scan of 600 dpi in colour takes 60
SECONDS = 5  # one page takes 0.2, half of it to start the process


@functools.cache
def can_draw():
    """Whether pypdfium2 is installed."""
    return importlib.util.find_spec("pypdfium2") is not None


def first_page(content, variants):
    """(size, renditions, number of pages) of a PDF; (None, {}, None) where its page can't be drawn.

    `content` is open for reading bytes. The size is (width, height) in pixels, the longer side that
    of the widest of `variants` (variants.py); the renditions are WebP bytes by variant and width.
    """
    side = max((width for variant in variants for width in variant.widths), default=0)
    if not side or not can_draw():
        return None, {}, None
    try:
        drawn = apart.run("pages.first", content, megabytes=MEGABYTES, seconds=SECONDS, side=side)
        size = drawn.values["width"], drawn.values["height"]
        if not 0 < min(size) <= max(size) <= side + 1:
            raise ValueError(f"a page of {size} pixels")
        page = Image.frombytes("RGB", size, drawn.content, "raw", "RGB", drawn.values["stride"])
        return size, encoding.renditions(page, variants), int(drawn.values["pages"])
    except (apart.Failed, ValidationError, OSError, KeyError, TypeError, ValueError):
        return None, {}, None
