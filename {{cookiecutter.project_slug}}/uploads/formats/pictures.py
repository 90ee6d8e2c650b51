"""Pictures: what is accepted, and how it is rewritten.

A visitor's bytes are decoded to their end, and what is stored is encoded anew (encoding.py):
upright, sRGB, at most IMAGE_MAX_SIDE pixels on the longer side. Nothing of the sender's file but
its pixels survives: no GPS position, no comment, no second file hidden behind the first.
"""

import functools
import math
import re
import warnings
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image
from pillow_heif import open_heif

from . import admission, animations, decoding, encoding, pixels
from .decoding import MEGA
from .types import PICTURES, STORED_EXTENSIONS

# Pillow only warns of a picture up to twice its limit, and stores it.
warnings.simplefilter("error", Image.DecompressionBombWarning)

# Of a picture with transparency that is scaled down anyway, and of any WebP with it: encoding that
# takes 30 bytes of memory for a pixel.
MAX_ALPHA_PIXELS = 8 * MEGA
WHOLE_PIXELS = 44 * MEGA  # of a JPEG that is decoded whole rather than to its half


@dataclass(frozen=True)
class Picture:
    """A picture as it will be stored; `renditions` by variant and width. In pixels."""

    extension: str
    size: tuple[int, int]
    content: bytes
    renditions: dict[tuple[str, int], bytes]
    marks = {}  # of its name, beside the size


def refusal(error):
    """The ValidationError for whatever a picture makes Pillow raise."""
    if isinstance(error, ValidationError):
        return error
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        number = int(re.search(r"\d+", str(error))[0])
        most = min(settings.IMAGE_MAX_PIXELS, Image.MAX_IMAGE_PIXELS)
        return decoding.too_many_pixels(number, most)
    if isinstance(error, Image.UnidentifiedImageError):
        labels = list(dict.fromkeys(f.label for f in PICTURES.values()))
        return ValidationError(
            _("This is not a picture that can be read. %(formats)s and %(last)s can."),
            params={"formats": ", ".join(labels[:-1]), "last": labels[-1]},
            code="not_a_picture",
        )
    return ValidationError(
        _("This picture is damaged: it can't be read to its end. Save or send it again."),
        code="damaged",
    )


def refusing(decode):
    """Let `decode` raise nothing but ValidationError, with a sentence for the visitor."""

    @functools.wraps(decode)
    def wrapper(*args, **kwargs):
        # Hostile bytes raise anything in a decoder: OSError, SyntaxError, struct.error, KeyError...
        try:
            return decode(*args, **kwargs)
        except Exception as error:
            refused = refusal(error)
        # Without its traceback: the form that keeps it would keep the half-decoded picture, too.
        raise refused.with_traceback(None)

    return wrapper


@refusing
def process(file, extension, *, variants=(), max_side=None, min_side=None):
    """Decode `file`, check it, and return it as the Picture to store.

    `file` is open for reading bytes, `extension` is that of its name, `variants` (variants.py) say
    which renditions it has. The longest side to store and the shortest to take are in pixels, and
    IMAGE_MAX_SIDE and 1 unless told. Raises ValidationError, with a sentence for the visitor.
    """
    max_side = settings.IMAGE_MAX_SIDE if max_side is None else max_side
    with decoding.open_image(file) as image:
        picture_format = check_extension(image, extension)
        if min(image.size) < (min_side or 1):
            raise ValidationError(
                _(
                    "This picture is %(width)s × %(height)s pixels; %(least)s is the least for "
                    "each side."
                ),
                params={"width": image.width, "height": image.height, "least": min_side},
                code="too_small",
            )
        held = decoding.check_cost(image, file, reduction(image, enough_width(image, max_side)))
        if animations.is_animation(image):
            held = animations.most_megabytes()
        with admission.turn(held):
            return decode(image, file, picture_format.stored_as, variants, max_side)


def decode(image, file, stored_as, variants, max_side):
    """The Picture of an image that may be decoded."""
    if animations.is_animation(image):
        size, content, made = animations.process(image, file, variants, max_side)
        return Picture("webp", size, content, made)
    if image.format == "GIF" and not decoding.ended(file):
        raise EOFError("cut off behind its first frame")
    picture, stored_as = still(image, file, stored_as, max_side)
    content = encoding.encode(picture, stored_as, **encoding.QUALITY[stored_as])
    made = encoding.renditions(picture, variants)
    return Picture(STORED_EXTENSIONS[stored_as], picture.size, content, made)


@refusing
def renditions(file, variants):
    """{(variant's name, width): WebP bytes} of a stored picture; `file` is open for reading.

    Raises ValidationError when it can't be read.
    """
    with decoding.open_image(file) as image:
        if animations.is_animation(image):
            return animations.process(image, file, variants, max(image.size))[2]
        size, width = image.size, 1
        for variant in variants:
            left, _top, right, _bottom = variant.box(size)
            for wanted, _height in variant.sizes(size):
                width = max(width, image.width * wanted / (right - left))
        draft(image, pixels.GAP * width)
        image.load()
        return encoding.renditions(image, variants, size)


def check_extension(image, extension):
    """The PictureFormat of an image; its name must say so, too."""
    picture_format = PICTURES[image.format]
    if extension not in picture_format.extensions:
        raise ValidationError(
            _(
                "This is a %(format)s picture, but its name ends in “.%(extension)s”. Rename it "
                "to end in “.%(right)s”."
            ),
            params={
                "format": picture_format.label,
                "extension": extension[:20],
                "right": picture_format.extensions[0],
            },
            code="wrong_extension",
        )
    return picture_format


def still(image, file, stored_as, max_side):
    """(the picture as it is stored, and in which format): upright, sRGB, small enough."""
    draft(image, enough_width(image, max_side))
    picture = decoded(image, file, stored_as, max_side)
    profile, orientation = image.info.get("icc_profile"), pixels.orientation(image)
    if picture is not image:
        image.im = None  # as large as 240 MB, and not needed from here on
    image._decoder = image.fp = None  # those of WebP and AVIF hold the picture twice more
    picture = pixels.upright(picture, orientation)
    picture = pixels.to_srgb(profile, picture.mode)(picture)
    if picture.mode in {"LA", "RGBA"} and picture.getextrema()[-1] == (255, 255):
        picture = picture.convert(picture.mode[:-1])  # nothing is transparent, as in a screenshot
    if stored_as == "JPEG" and picture.mode not in {"L", "RGB"}:
        stored_as = "WEBP"  # a HEIC with transparency
    return picture, stored_as


def decoded(image, file, stored_as, max_side):
    """The picture, read to its end, in the size and mode to store."""
    mode = stored_mode(image)
    crop = loaded(image, file, max_side)
    scale = min(1, max_side / max(image.size))
    if mode in {"LA", "RGBA"} and (scale < 1 or stored_as != "PNG"):
        scale = min(scale, math.sqrt(MAX_ALPHA_PIXELS / (image.width * image.height)))
    size = tuple(max(1, round(side * scale)) for side in image.size)
    if size != image.size:
        return pixels.scaled(crop, image.size, size, mode)
    return image if image.mode == mode else image.convert(mode)


def stored_mode(image):
    """The mode to store a picture in: with alpha if it has any, 16-bit greyscale kept."""
    if image.mode.startswith("I"):
        return "I;16"
    if image.has_transparency_data:
        return "LA" if image.mode in {"1", "L", "LA"} else "RGBA"
    return {"1": "L", "L": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")


def loaded(image, file, max_side):
    """Decode the image. Returns what gives a part of it, as Image.crop does."""
    if image.format == "HEIF" and max(image.size) > max_side:
        return heic_crop(file)
    image.load()
    return image.crop


def heic_crop(file):
    """Image.crop of a HEIC, without a copy of it in Pillow."""
    heic = open_heif(file)
    data, stride = memoryview(heic.data), heic.stride

    def crop(box):
        _left, top, width, bottom = box
        rows = data[top * stride : bottom * stride]
        size = (width, bottom - top)
        return Image.frombuffer(heic.mode, size, rows, "raw", heic.mode, stride, 1)

    return crop


def enough_width(image, max_side):
    """The least width that a JPEG to be stored has to be decoded to.

    A little under the limit will do: half of the 8064 pixels of a 48-megapixel phone is 4032. What
    would take too much memory, a progressive one or a very large square, may end further below.
    """
    large = "progressive" in image.info or image.width * image.height > WHOLE_PIXELS
    enough = 0.8 if large else 0.94
    return enough * max_side * image.width / max(image.size)


def reduction(image, width):
    """1, 2, 4 or 8: what decoding may divide a JPEG by when `width` pixels are wanted."""
    return next((by for by in (8, 4, 2) if image.width // by >= width), 1)


def draft(image, width):
    """Have a JPEG decoded to an eighth, quarter or half, if `width` pixels are left of it.

    That costs a fraction. draft() halves only when both sides stay above what is asked.
    """
    by = reduction(image, width)
    if by > 1 and image.format in {"JPEG", "MPO"}:  # a HEIC would take its thumbnail
        image.draft(None, (image.width // by, max(1, image.height // by)))
