"""What a picture may cost to decode: a few hostile kilobytes can ask for gigabytes or minutes."""

import ctypes
import math
import mmap
import re
from contextlib import suppress

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image, PngImagePlugin
from pillow_heif import register_heif_opener

from .types import PICTURES

MEGA = 1_000_000
MAX_SIDE = 65_535  # pixels, as JPEG has it; each line costs memory, however short it is
MAX_SCANS = 100  # of a progressive JPEG; cameras write about 10, each costs a pass over the picture
MAX_SCANNED_PIXELS = 1_500 * MEGA  # scans times pixels: about three seconds
ENCODING_MB = 40  # that a picture takes beside what is decoded, measured
# Reads of a file: Pillow does about three for every part, such as a chunk, segment or comment.
READS_TO_OPEN = {"JPEG": 2_000, "other": 10_000}  # JPEG's EXIF parts are joined one by one
READS_TO_LOAD = 1_000_000
# Bytes for each pixel of a HEIC on its way to RGB, by the way it stores its colours.
HEIC_BYTES = {400: 4, 420: 4.5, 422: 8}

register_heif_opener()
PngImagePlugin.MAX_TEXT_MEMORY = 8 * 1024 * 1024  # Pillow takes 64 MB, which can become 256


with suppress(AttributeError, OSError, TypeError):  # glibc alone has it, and needs it
    # Blocks of a megabyte and more are returned when freed (M_MMAP_THRESHOLD). By itself, glibc
    # raises that to 32 MB, and each thread of a server keeps as much of former pictures.
    ctypes.CDLL(None).mallopt(-3, 1024 * 1024)


class Counted:
    """A file as a decoder gets it, with an end to the number of times it may read."""

    def __init__(self, file, reads):
        self.file, self.reads = file, reads
        self.seek, self.tell = file.seek, file.tell

    def read(self, size=-1):
        self.reads -= 1
        if self.reads < 0:
            raise ValidationError(
                _(
                    "This picture is saved in thousands of small parts. Save it again with a "
                    "common program."
                ),
                code="too_many_parts",
            )
        return self.file.read(size)


def open_image(file):
    """The Pillow image in `file`, open for reading bytes; nothing but its header is read yet."""
    file.seek(0)
    begins = "JPEG" if file.read(2) == b"\xff\xd8" else "other"
    counted = Counted(file, READS_TO_OPEN[begins])
    # Pillow opens an MPO as what it begins with, a JPEG.
    image = Image.open(counted, formats=[name for name in PICTURES if name != "MPO"])
    counted.reads = READS_TO_LOAD
    return image


def header(file):
    """The Pillow image in `file`, without what could decode it: that may hold the picture twice."""
    image = open_image(file)
    image._decoder = image.fp = None
    return image


def check_cost(image, file, reduction):
    """Refuse an image with more pixels or passes than can be decoded in good time and memory.

    A JPEG will be decoded to 1 / `reduction` of its width (1, 2, 4 or 8). Returns the megabytes
    that decoding and encoding hold at most. Raises ValidationError.
    """
    if max(image.size) > MAX_SIDE:
        raise ValidationError(
            _("This picture is %(width)s × %(height)s pixels; %(most)s is the most for a side."),
            params={"width": image.width, "height": image.height, "most": MAX_SIDE},
            code="too_long",
        )
    pixels = image.width * image.height
    scans = count_scans(file) if image.format in {"JPEG", "MPO"} else 0
    most = settings.IMAGE_MAX_PIXELS
    if pixels > most:
        raise too_many_pixels(pixels, most)
    held = _bytes_per_pixel(image, scans, reduction)
    most *= min(1, 4 / held)
    if pixels > most:
        # Of a JPEG, only one in passes takes more memory than others.
        is_jpeg, label = image.format in {"JPEG", "MPO"}, PICTURES[image.format].label
        raise too_many_pixels(pixels, most, "progressive" if is_jpeg else label)
    passes = min(MAX_SCANS, MAX_SCANNED_PIXELS // pixels)
    if scans > passes:
        raise ValidationError(
            _(
                "This JPEG is saved in %(scans)s passes; %(most)s is the most for its size. "
                "Save it again with a common program."
            ),
            params={"scans": scans, "most": passes},
            code="too_many_scans",
        )
    return pixels * held / MEGA + ENCODING_MB


def too_many_pixels(pixels, most, sort=""):
    """The refusal of a picture; `sort`, as "HEIC", "moving" or "progressive", has this limit."""
    number = math.ceil(pixels / MEGA)
    if sort == "moving":
        sentence = ngettext(
            "This moving picture has %(number)s megapixel; %(most)s is the most.",
            "This moving picture has %(number)s megapixels; %(most)s is the most.",
            number,
        )
    elif sort == "progressive":
        sentence = ngettext(
            "This progressive JPEG picture has %(number)s megapixel; %(most)s is the most.",
            "This progressive JPEG picture has %(number)s megapixels; %(most)s is the most.",
            number,
        )
    elif sort:
        sentence = ngettext(
            "This %(label)s picture has %(number)s megapixel; %(most)s is the most.",
            "This %(label)s picture has %(number)s megapixels; %(most)s is the most.",
            number,
        )
    else:
        sentence = ngettext(
            "This picture has %(number)s megapixel; %(most)s is the most.",
            "This picture has %(number)s megapixels; %(most)s is the most.",
            number,
        )
    params = {"label": sort, "number": number, "most": megapixels(most)}
    return ValidationError(sentence, params=params, code="too_many_pixels")


def megapixels(limit):
    """A number of pixels as people read it; a limit below one is no 0."""
    return number_format(int(limit // MEGA) if limit >= MEGA else f"{limit / MEGA:.2g}")


def _bytes_per_pixel(image, scans, reduction):
    """What decoding holds for each pixel."""
    if image.format in {"JPEG", "MPO"}:
        held = 4 / reduction**2
        if scans > 1:  # all is kept until the last pass, two bytes for each sample
            _, across, down, _ = zip(*image.layer, strict=True)
            samples = sum(h * v for h, v in zip(across, down, strict=True))
            held += 2 * samples / (max(across) * max(down))
        return held
    if image.format == "HEIF":
        held = HEIC_BYTES.get(image.info.get("chroma"), 9) + (4 if image.mode == "RGBA" else 0)
        return held if image.info.get("bit_depth", 8) == 8 else held * 5 / 3
    return PICTURES[image.format].bytes_per_pixel


def count_scans(file):
    """Passes of a JPEG, counted up to the end of its first picture.

    Segments (thumbnails are in them) are skipped by their length, pixel data by its rule that FF
    stands before a marker only. A few hundred bytes can make a decoder work for a minute.
    """
    try:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError, AttributeError):  # it lies in memory
        file.seek(0)
        data = file.read()
    marker = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
    scans, position = 0, 0
    while (match := marker.search(data, position)) and match[0] != b"\xff\xd9":
        scans += match[0] == b"\xff\xda"
        position = match.end() + int.from_bytes(data[match.end() : match.end() + 2], "big")
    return scans


def ended(file):
    """Whether the reader of a GIF has come to the mark of its end, not just of the file."""
    file.seek(max(0, file.tell() - 1))
    return file.read(1) == b";"
