"""Pictures: what is accepted, and how it is rewritten.

A visitor's bytes are decoded, and what is stored is encoded here: upright, sRGB, at most
IMAGE_MAX_SIDE pixels on the longer side, without metadata. Nothing of the sender's file but its
pixels survives: no GPS position, no comment, no second file hidden behind the first.
"""

import io
import math
import mmap
import re
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

register_heif_opener()
# Pillow only warns of a picture up to twice its limit, and stores it.
warnings.simplefilter("error", Image.DecompressionBombWarning)

MEGA = 1_000_000
MAX_SCANS = 100  # of a progressive JPEG; cameras write about 10, each costs a pass over the picture
MAX_SCANNED_PIXELS = 1_500 * MEGA  # scans times pixels: about three seconds
QUALITY = {
    "JPEG": {"quality": 85},
    "PNG": {"compress_level": 3},
    "WEBP": {"quality": 85, "method": 2},
    "AVIF": {"quality": 75, "speed": 9},
}
ANIMATION = {"quality": 75, "method": 1, "save_all": True, "minimize_size": False}
RENDITION = {"quality": 78, "method": 4}
# How many times larger than a rendition a cheap first reduction leaves the picture: 2 takes twice
# the time, for a difference that WebP does not keep.
GAP = 1.2
EXTENSION = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif"}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
UPRIGHT = {  # EXIF orientation: what turns the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Format:
    """A picture format as Pillow names it: what its files are called, and what is stored."""

    label: str
    extensions: frozenset
    stored_as: str
    # Part of IMAGE_MAX_PIXELS: decoders of WebP and AVIF hold the picture four and two times.
    share: float = 1


FORMATS = {
    "JPEG": Format("JPEG", frozenset({"jpg", "jpeg", "jfif"}), "JPEG"),
    # What many phones write: a JPEG with a second picture behind the first.
    "MPO": Format("JPEG", frozenset({"jpg", "jpeg", "jfif", "mpo"}), "JPEG"),
    "PNG": Format("PNG", frozenset({"png"}), "PNG"),
    "WEBP": Format("WebP", frozenset({"webp"}), "WEBP", share=1 / 3),
    "AVIF": Format("AVIF", frozenset({"avif"}), "AVIF", share=1 / 2),
    "GIF": Format("GIF", frozenset({"gif"}), "PNG"),
    # What iPhones write, and browsers other than Safari don't show.
    "HEIF": Format("HEIC", frozenset({"heic", "heif"}), "JPEG"),
}
OPENED_AS = [name for name in FORMATS if name != "MPO"]  # which Pillow opens as JPEG
EXTENSIONS = frozenset().union(*(f.extensions for f in FORMATS.values()))


@dataclass(frozen=True)
class Picture:
    """A picture as it will be stored; sizes in pixels, `renditions` by their width."""

    extension: str
    size: tuple[int, int]
    content: bytes
    renditions: dict[int, bytes]


def process(file, extension, *, widths=None):
    """Decode `file`, check it, and return it as the Picture to store.

    `file` is open for reading bytes, `extension` is that of its name, `widths` are those of the
    renditions (IMAGE_WIDTHS unless told). Raises ValidationError, with a sentence for the visitor.
    """
    widths = settings.IMAGE_WIDTHS if widths is None else widths
    with _refusals(), Image.open(file, formats=OPENED_AS) as image:
        kind = _check(image, file, extension)
        if _is_animation(image):
            return _animation(image, widths)
        return _still(image, kind, widths)


def renditions(file, widths):
    """{width: WebP bytes} of a picture that is stored already; `file` is open for reading bytes.

    Raises ValidationError when it can't be read.
    """
    with _refusals(), Image.open(file, formats=OPENED_AS) as image:
        if _is_animation(image):
            return _animation(image, widths).renditions
        _draft(image, GAP * max(widths))
        image.load()
        return _smaller(image, widths)


@contextmanager
def _refusals():
    """Whatever a picture makes Pillow raise, as a ValidationError."""
    try:
        yield
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(int(re.search(r"\d+", str(error))[0])) from error
    except Image.UnidentifiedImageError as error:
        raise ValidationError(
            "This is not a picture that can be read. JPEG, PNG, WebP, AVIF, GIF and HEIC can.",
            code="not_a_picture",
        ) from error
    # Hostile bytes raise anything in a decoder: OSError, SyntaxError, struct.error, KeyError...
    except Exception as error:
        raise ValidationError(
            "This picture is damaged: it can't be read to its end. Save or send it again.",
            code="damaged",
        ) from error


def _is_animation(image):
    # A MPO or HEIC file holds several pictures, not frames: the first is the photo.
    return getattr(image, "is_animated", False) and image.format not in {"MPO", "HEIF"}


def _check(image, file, extension):
    """The Format of a picture that may be decoded."""
    kind = FORMATS[image.format]
    if extension not in kind.extensions:
        raise ValidationError(
            f"This is a {kind.label} picture, but its name ends in “.{extension[:20]}”. "
            f"Rename it to end in “.{min(kind.extensions, key=len)}”.",
            code="wrong_extension",
        )
    pixels = image.width * image.height
    if pixels > settings.IMAGE_MAX_PIXELS * kind.share:
        raise _too_many_pixels(pixels, kind)
    if image.format in {"JPEG", "MPO"}:
        scans = _count_scans(file)
        most = min(MAX_SCANS, MAX_SCANNED_PIXELS // pixels)
        if scans > most:
            raise ValidationError(
                f"This JPEG is saved in {scans} passes; {most} is the most for its size. "
                "Save it again with a common program.",
                code="too_many_scans",
            )
    return kind


def _too_many_pixels(pixels, kind=FORMATS["JPEG"]):
    most = settings.IMAGE_MAX_PIXELS * kind.share / MEGA
    what = "picture" if kind.share == 1 else f"{kind.label} picture"
    return ValidationError(
        f"This {what} has {math.ceil(pixels / MEGA)} megapixels; {most:.0f} is the most.",
        code="too_many_pixels",
    )


def _count_scans(file):
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
    while (found := marker.search(data, position)) and found[0] != b"\xff\xd9":
        scans += found[0] == b"\xff\xda"
        position = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return scans


def _still(image, kind, widths):
    most = settings.IMAGE_MAX_SIDE
    # A little under the limit will do: half of the 8064 pixels of a 48-megapixel phone is 4032.
    _draft(image, 0.95 * most * image.width / max(image.size))
    image.load()
    mode = _mode(image)
    profile = image.info.get("icc_profile")
    orientation = _orientation(image)
    scale = min(1, most / max(image.size))
    size = [max(1, round(side * scale)) for side in image.size]
    picture = image
    if (*image.size, image.mode) != (*size, mode):
        picture = _resize(image, size, mode)
        image.im = None  # as large as 240 MB, and not needed from here on
    if orientation in UPRIGHT:
        picture = picture.transpose(UPRIGHT[orientation])
    picture = _to_srgb(picture, profile)
    stored_as = kind.stored_as
    if stored_as == "JPEG" and picture.mode not in {"L", "RGB"}:
        stored_as = "WEBP"  # a HEIC with transparency
    content = _encode(picture, stored_as, **QUALITY[stored_as])
    return Picture(EXTENSION[stored_as], picture.size, content, _smaller(picture, widths))


def _draft(image, width):
    """Have a JPEG decoded to an eighth, quarter or half, if `width` pixels are left of it.

    That costs a fraction. draft() halves only when both sides stay above what is asked.
    """
    for part in (8, 4, 2):
        if image.width // part >= width:
            image.draft(None, (image.width // part, image.height // part))
            break


def _smaller(picture, widths):
    """{width: WebP bytes} of the renditions, each made from the one above it."""
    renditions, larger = {}, _eight_bit(picture)
    for width in sorted((w for w in widths if w < picture.width), reverse=True):
        height = max(1, round(picture.height * width / picture.width))
        larger = larger.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=GAP)
        renditions[width] = _encode(larger, "WEBP", **RENDITION)
    return renditions


def _animation(image, widths):
    """All frames as animated WebP, the renditions too; refused when they are too many."""
    frames, durations, mode = [], [], "RGB"
    most = settings.IMAGE_MAX_ANIMATION_PIXELS
    declared = 1 if image.format == "GIF" else image.n_frames  # a GIF would be read to its end
    pixels = image.width * image.height
    while True:
        count = max(declared, len(frames) + 1)
        if count > settings.IMAGE_MAX_FRAMES:
            raise ValidationError(
                f"This animation has {count} frames or more; {settings.IMAGE_MAX_FRAMES} is the "
                "most. Make it shorter, or send a video.",
                code="too_many_frames",
            )
        if count * pixels > most:
            raise ValidationError(
                f"This animation has {math.ceil(count * pixels / MEGA)} megapixels in its frames; "
                f"{most // MEGA} is the most. Make it smaller or shorter, or send a video.",
                code="too_many_pixels",
            )
        try:
            image.seek(len(frames))
        except EOFError:
            break
        image.load()
        mode = "RGBA" if mode == "RGBA" or image.has_transparency_data else "RGB"
        frames.append(image.convert(mode))
        durations.append(image.info.get("duration") or 100)
    loop = image.info.get("loop", 0)
    scale = min(1, settings.IMAGE_MAX_SIDE / max(image.size))
    if (orientation := _orientation(image)) in UPRIGHT:
        frames = [frame.transpose(UPRIGHT[orientation]) for frame in frames]
    width, height = (max(1, round(side * scale)) for side in frames[0].size)

    def encode(width):
        size = (width, max(1, round(height * width / frames[0].width / scale)))
        first, *rest = (frame.resize(size, Image.Resampling.BICUBIC) for frame in frames)
        return _encode(
            first, "WEBP", append_images=rest, duration=durations, loop=loop, **ANIMATION
        )

    return Picture(
        "webp", (width, height), encode(width), {w: encode(w) for w in widths if w < width}
    )


def _mode(image):
    """The mode to store a picture in: with alpha if it has any, 16-bit greyscale kept."""
    if image.mode.startswith("I"):
        return "I;16"
    if image.has_transparency_data:
        return "LA" if image.mode in {"1", "L", "LA"} else "RGBA"
    return {"1": "L", "L": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")


def _orientation(image):
    with suppress(Exception):  # EXIF is the sender's, too
        return image.getexif().get(0x0112, 1)
    return 1


def _resize(image, size, mode):
    """`image` in `mode` at `size`, in strips: a large picture is held once, not three times."""
    width, height = size
    result = Image.new(mode, (width, height))
    scale = image.height / height
    margin = math.ceil(3 * scale) + 1  # the reach of LANCZOS
    for top in range(0, height, 256):
        bottom = min(top + 256, height)
        first = max(0, math.floor(top * scale) - margin)
        last = min(image.height, math.ceil(bottom * scale) + margin)
        strip = image.crop((0, first, image.width, last)).convert(mode)
        box = (0, top * scale - first, image.width, bottom * scale - first)
        strip = strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box=box)
        result.paste(strip, (0, top))
    return result


def _to_srgb(picture, profile):
    """`picture` without its colour profile; one that can't be read is as good as none."""
    if profile and picture.mode in {"RGB", "RGBA", "CMYK"}:
        with suppress(ImageCms.PyCMSError, OSError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if not ImageCms.getProfileDescription(source).startswith("sRGB"):
                mode = "RGB" if picture.mode == "CMYK" else picture.mode
                picture = ImageCms.profileToProfile(picture, source, SRGB, outputMode=mode)
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


def _eight_bit(picture):
    if picture.mode == "I;16":
        return picture.point(lambda value: value * (1 / 256)).convert("L")
    return picture


def _encode(picture, stored_as, **options):
    picture.info = {}  # Pillow would write the sender's comment, profile and palette from here
    out = io.BytesIO()
    picture.save(out, stored_as, **options)
    return out.getvalue()
