"""Pictures: what is accepted, and how it is rewritten.

A visitor's bytes are decoded, and what is stored is encoded here: upright, sRGB, at most
IMAGE_MAX_SIDE pixels on the longer side, without metadata. Nothing of the sender's file but its
pixels survives: no GPS position, no comment, no second file hidden behind the first.
"""

import functools
import io
import math
import re
import warnings
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from PIL import Image, ImageCms
from pillow_heif import open_heif

from . import decoding

# Pillow only warns of a picture up to twice its limit, and stores it.
warnings.simplefilter("error", Image.DecompressionBombWarning)

MEGA = decoding.MEGA
# Of a picture with transparency that is scaled down anyway, and of any WebP with it: encoding that
# takes 30 bytes of memory for a pixel.
MAX_ALPHA_PIXELS = 8 * MEGA
WHOLE_PIXELS = 44 * MEGA  # of a JPEG that is decoded whole rather than to its half
MAX_FRAME_PIXELS = 3 * MEGA  # of an animation, of which decoder and encoder hold several
QUALITY = {
    "JPEG": {"quality": 85},
    "PNG": {"compress_level": 2},
    "WEBP": {"quality": 85, "method": 1},
}
# Without key frames inside: nobody winds these forward, and they take as long again. So does half
# of it for transparency to the last shade.
ANIMATION = {"quality": 75, "alpha_quality": 90, "method": 0, "kmin": 0, "kmax": 0}
RENDITION = {"quality": 78, "method": 4}
# How many times larger than a rendition a cheap first reduction leaves the picture: 2 takes twice
# the time, for a difference that WebP does not keep.
GAP = 1.2
EXTENSION = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
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


FORMATS = {
    "JPEG": Format("JPEG", frozenset({"jpg", "jpeg", "jfif"}), "JPEG"),
    # What many phones write: a JPEG with a second picture behind the first.
    "MPO": Format("JPEG", frozenset({"jpg", "jpeg", "jfif", "mpo"}), "JPEG"),
    "PNG": Format("PNG", frozenset({"png"}), "PNG"),
    "WEBP": Format("WebP", frozenset({"webp"}), "WEBP"),
    "AVIF": Format("AVIF", frozenset({"avif"}), "WEBP"),  # encoding AVIF takes 400 MB
    "GIF": Format("GIF", frozenset({"gif"}), "PNG"),
    # What iPhones write, and browsers other than Safari don't show.
    "HEIF": Format("HEIC", frozenset({"heic", "heif"}), "JPEG"),
}
EXTENSIONS = frozenset().union(*(f.extensions for f in FORMATS.values()))


@dataclass(frozen=True)
class Picture:
    """A picture as it will be stored; sizes in pixels, `renditions` by their width."""

    extension: str
    size: tuple[int, int]
    content: bytes
    renditions: dict[int, bytes]


def _refusal(error):
    """The ValidationError for whatever a picture makes Pillow raise."""
    if isinstance(error, ValidationError):
        return error
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        pixels = int(re.search(r"\d+", str(error))[0])
        most = min(settings.IMAGE_MAX_PIXELS, Image.MAX_IMAGE_PIXELS)
        return decoding.too_many_pixels(pixels, most)
    if isinstance(error, Image.UnidentifiedImageError):
        return ValidationError(
            "This is not a picture that can be read. JPEG, PNG, WebP, AVIF, GIF and HEIC can.",
            code="not_a_picture",
        )
    return ValidationError(
        "This picture is damaged: it can't be read to its end. Save or send it again.",
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
            refusal = _refusal(error)
        # Without its traceback: the form that keeps it would keep the half-decoded picture, too.
        raise refusal.with_traceback(None)

    return wrapper


@refusing
def process(file, extension, *, widths=None, max_side=None, min_side=None):
    """Decode `file`, check it, and return it as the Picture to store.

    `file` is open for reading bytes, `extension` is that of its name; `widths` of the renditions,
    the longest side to store and the shortest to take are in pixels (IMAGE_WIDTHS, IMAGE_MAX_SIDE
    and 1 unless told). Raises ValidationError, with a sentence for the visitor.
    """
    widths = settings.IMAGE_WIDTHS if widths is None else widths
    max_side = settings.IMAGE_MAX_SIDE if max_side is None else max_side
    with decoding.open_image(file) as image:
        kind = _kind(image, extension)
        if min(image.size) < (min_side or 1):
            raise ValidationError(
                f"This picture is {image.width} × {image.height} pixels; {min_side} is the least "
                "for each side.",
                code="too_small",
            )
        decoding.check(image, file, _part(image, _drafted_width(image, max_side)))
        if _is_animation(image):
            return _animation(image, file, widths, max_side)
        if image.format == "GIF" and not decoding.ended(file):
            raise EOFError("cut off behind its first frame")
        return _still(image, file, kind, widths, max_side)


@refusing
def renditions(file, widths):
    """{width: WebP bytes} of a picture that is stored already; `file` is open for reading bytes.

    Raises ValidationError when it can't be read.
    """
    with decoding.open_image(file) as image:
        if _is_animation(image):
            return _animation(image, file, widths, settings.IMAGE_MAX_SIDE).renditions
        _draft(image, GAP * max(widths))
        image.load()
        return _smaller(image, widths)


def _is_animation(image):
    # A MPO or HEIC file holds several pictures, not frames: the first is the photo.
    return getattr(image, "is_animated", False) and image.format not in {"MPO", "HEIF"}


def _kind(image, extension):
    """The Format of an image; its name must say so, too."""
    kind = FORMATS[image.format]
    if extension not in kind.extensions:
        raise ValidationError(
            f"This is a {kind.label} picture, but its name ends in “.{extension[:20]}”. "
            f"Rename it to end in “.{min(kind.extensions, key=len)}”.",
            code="wrong_extension",
        )
    return kind


def _still(image, file, kind, widths, max_side):
    _draft(image, _drafted_width(image, max_side))
    mode = _mode(image)
    crop = image.crop
    if image.format == "HEIF" and max(image.size) > max_side:
        crop = _heic_crop(file)
    else:
        image.load()
    profile = image.info.get("icc_profile")
    orientation = _orientation(image)
    scale = min(1, max_side / max(image.size))
    if mode in {"LA", "RGBA"} and (scale < 1 or kind.stored_as != "PNG"):
        scale = min(scale, math.sqrt(MAX_ALPHA_PIXELS / (image.width * image.height)))
    size = tuple(max(1, round(side * scale)) for side in image.size)
    picture = image
    if size != image.size:
        picture = _resize(crop, image.size, size, mode)
        image.im = None  # as large as 240 MB, and not needed from here on
    elif image.mode != mode:
        picture = image.convert(mode)
    del crop
    image._decoder = image.fp = None  # those of WebP and AVIF hold the picture twice more
    if orientation in UPRIGHT:
        picture = picture.transpose(UPRIGHT[orientation])
    picture = _srgb_from(profile, picture.mode)(picture)
    if mode in {"LA", "RGBA"} and picture.getextrema()[-1] == (255, 255):
        picture = picture.convert(mode[:-1])  # nothing is transparent, as in a screenshot
    stored_as = kind.stored_as
    if stored_as == "JPEG" and picture.mode not in {"L", "RGB"}:
        stored_as = "WEBP"  # a HEIC with transparency
    content = _encode(picture, stored_as, **QUALITY[stored_as])
    return Picture(EXTENSION[stored_as], picture.size, content, _smaller(picture, widths))


def _drafted_width(image, max_side):
    """The least width that a JPEG to be stored has to be decoded to.

    A little under the limit will do: half of the 8064 pixels of a 48-megapixel phone is 4032. What
    would take too much memory, a progressive one or a very large square, may end further below.
    """
    large = "progressive" in image.info or image.width * image.height > WHOLE_PIXELS
    enough = 0.8 if large else 0.94
    return enough * max_side * image.width / max(image.size)


def _part(image, width):
    """1, 2, 4 or 8: the part that a JPEG can be decoded to when `width` pixels are wanted."""
    return next((part for part in (8, 4, 2) if image.width // part >= width), 1)


def _draft(image, width):
    """Have a JPEG decoded to an eighth, quarter or half, if `width` pixels are left of it.

    That costs a fraction. draft() halves only when both sides stay above what is asked.
    """
    part = _part(image, width)
    if part > 1 and image.format in {"JPEG", "MPO"}:  # a HEIC would take its thumbnail
        image.draft(None, (image.width // part, max(1, image.height // part)))


def _heic_crop(file):
    """What gives a part of a HEIC, as Image.crop does, without a copy of it in Pillow."""
    heic = open_heif(file)
    data, stride = memoryview(heic.data), heic.stride

    def crop(box):
        _, top, width, bottom = box
        rows = data[top * stride : bottom * stride]
        size = (width, bottom - top)
        return Image.frombuffer(heic.mode, size, rows, "raw", heic.mode, stride, 1)

    return crop


def _smaller(picture, widths):
    """{width: WebP bytes} of the renditions, each made from the one above it."""
    renditions, larger = {}, _eight_bit(picture)
    for width in sorted((w for w in widths if w < picture.width), reverse=True):
        height = max(1, round(picture.height * width / picture.width))
        larger = larger.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=GAP)
        renditions[width] = _encode(larger, "WEBP", **RENDITION)
    return renditions


def _animation(image, file, widths, max_side):
    """All frames as animated WebP, the renditions too; refused when they are too many."""
    frames, durations, size = [], [], image.size
    profile = image.info.get("icc_profile")
    to_srgb = {mode: _srgb_from(profile, mode) for mode in ("RGB", "RGBA")}
    first = 1 if getattr(image, "default_image", False) else 0  # an APNG's still, not a frame
    count = 1 if image.format == "GIF" else image.n_frames - first  # a GIF doesn't say
    pixels = count * image.width * image.height
    if image.width * image.height > MAX_FRAME_PIXELS:
        raise decoding.too_many_pixels(image.width * image.height, MAX_FRAME_PIXELS, "moving")
    _check_animation(count, pixels)
    while True:
        try:
            image.seek(first + len(frames))
        except EOFError:
            break
        if len(frames) == count:  # of a GIF; it may grow with every frame, too
            count += 1
            pixels += image.width * image.height
            _check_animation(count, pixels)
        image.load()
        frame = image.convert("RGBA" if image.has_transparency_data else "RGB")
        frame = frame if frame.size == size else frame.crop((0, 0, *size))
        frames.append(to_srgb[frame.mode](frame))
        durations.append(image.info.get("duration") or 100)
    if len(frames) < count or (image.format == "GIF" and not decoding.ended(file)):
        raise EOFError("cut off between two frames")
    loop, orientation = image.info.get("loop", 0), _orientation(image)
    image.im = image._decoder = None  # not needed from here on
    if orientation in UPRIGHT:
        frames = [frame.transpose(UPRIGHT[orientation]) for frame in frames]
    width, height = frames[0].size
    scale = min(1, max_side / max(width, height))
    stored = max(1, round(width * scale)), max(1, round(height * scale))
    made = {}
    for wide in sorted({stored[0], *(w for w in widths if w < stored[0])}, reverse=True):
        high = stored[1] if wide == stored[0] else max(1, round(height * wide / width))
        for n, frame in enumerate(frames):  # one by one: both sizes of all would be too much
            frames[n] = frame.resize((wide, high), Image.Resampling.BICUBIC)
        options = {"append_images": frames[1:], "duration": durations, "loop": loop}
        options["save_all"] = True
        made[wide] = _encode(frames[0], "WEBP", **options, **ANIMATION)
    return Picture("webp", stored, made.pop(stored[0]), made)


def _check_animation(count, pixels):
    if count > settings.IMAGE_MAX_FRAMES:
        raise ValidationError(
            f"This animation has {count} frames or more; {settings.IMAGE_MAX_FRAMES} is the most. "
            "Make it shorter, or send a video.",
            code="too_many_frames",
        )
    most = settings.IMAGE_MAX_ANIMATION_PIXELS
    if pixels > most:
        raise ValidationError(
            f"This animation has {math.ceil(pixels / MEGA)} megapixels in its frames; "
            f"{most // MEGA} is the most. Make it smaller or shorter, or send a video.",
            code="too_many_pixels",
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


def _resize(crop, old_size, size, mode):
    """A picture in `mode` at `size`, in strips: a large one is held once, not three times."""
    width, height = size
    old_width, old_height = old_size
    result = Image.new(mode, (width, height))
    scale = old_height / height
    margin = math.ceil(3 * scale) + 1  # the reach of LANCZOS
    for top in range(0, height, 128):
        bottom = min(top + 128, height)
        first = max(0, math.floor(top * scale) - margin)
        last = min(old_height, math.ceil(bottom * scale) + margin)
        strip = crop((0, first, old_width, last))
        if strip.mode != mode:
            strip = strip.convert(mode)
        box = (0, top * scale - first, old_width, bottom * scale - first)
        strip = strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box=box)
        result.paste(strip, (0, top))
    return result


def _srgb_from(profile, mode):
    """What makes sRGB of pictures in `mode` with this profile; one that can't be read is none."""
    transform = None
    if profile and mode in {"L", "RGB", "RGBA", "CMYK"}:
        with suppress(ImageCms.PyCMSError, OSError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if not ImageCms.getProfileDescription(source).startswith("sRGB"):
                into = "RGBA" if mode == "RGBA" else "RGB"
                transform = ImageCms.buildTransform(source, SRGB, mode, into)
    wanted = "RGB" if mode == "CMYK" else mode

    def convert(picture):
        if transform:
            picture = ImageCms.applyTransform(picture, transform)
        return picture if picture.mode == wanted else picture.convert(wanted)

    return convert


def _eight_bit(picture):
    if picture.mode == "I;16":
        return picture.point(lambda value: value * (1 / 256)).convert("L")
    return picture


def _encode(picture, stored_as, **options):
    if stored_as == "WEBP" and picture.mode in {"LA", "RGBA"}:
        options["method"] //= 2
    picture.info = {}  # Pillow would write the sender's comment, profile and palette from here
    out = io.BytesIO()
    picture.save(out, stored_as, **options)
    return out.getvalue()
