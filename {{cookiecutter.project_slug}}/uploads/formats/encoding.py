"""How pictures are written: what was in the file that was sent, but for pixels, ends here.

Neither the GPS position nor any other metadata is passed on to what is stored.
"""

import io
import zlib

from PIL import Image

from .pixels import GAP

QUALITY = {
    "JPEG": {"quality": 85},
    # Runs alone are looked for, once PNG's filters are through: half the time, hardly ever larger.
    "PNG": {"compress_type": zlib.Z_RLE},
    "WEBP": {"quality": 85, "method": 1},
}
RENDITION = {"quality": 78, "method": 4}  # of WebP
SMALL, SMALL_QUALITY = 400, 70  # up to so many pixels wide: pages show many, and smaller still


def renditions(picture, variants, size=None):
    """{(variant's name, width): WebP bytes} of all renditions, each from the one above it.

    `size` is that of the stored picture, where `picture` is only a smaller version of it.
    """
    made, whole = {}, eight_bit(picture)
    for variant in variants:
        larger, box = whole, variant.box(whole.size)
        for wanted in reversed(variant.sizes(size or picture.size)):
            larger = larger.resize(wanted, Image.Resampling.LANCZOS, box=box, reducing_gap=GAP)
            made[variant.name, wanted[0]] = encode(larger, "WEBP", **of_width(wanted[0]))
            box = None
    return made


def of_width(width):
    """How a rendition that is so wide is written."""
    return RENDITION | ({"quality": SMALL_QUALITY} if width <= SMALL else {})


def eight_bit(picture):
    if picture.mode == "I;16":
        return picture.point(lambda value: value * (1 / 256)).convert("L")
    return picture


def encode(picture, stored_as, **options):
    """The bytes of a picture in the format `stored_as`, as Pillow names it; without metadata."""
    if stored_as == "WEBP" and picture.mode in {"LA", "RGBA"}:
        options["method"] //= 2
    picture.info = {}  # Pillow would write the sender's comment, profile and palette from here
    out = io.BytesIO()
    picture.save(out, stored_as, **options)
    return out.getvalue()
