"""What becomes of the pixels of a picture: turned, scaled, in sRGB."""

import io
import math
from contextlib import suppress

from PIL import Image, ImageCms

# How many times larger than a rendition a cheap first reduction leaves the picture: 2 takes twice
# the time, for a difference that WebP does not keep.
GAP = 1.2
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


def orientation(image):
    with suppress(Exception):  # EXIF is the sender's, too
        return image.getexif().get(0x0112, 1)
    return 1


def upright(picture, orientation):
    """A picture whose EXIF says `orientation`, turned as it is meant to be seen."""
    return picture.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else picture


def scaled(crop, old_size, size, mode):
    """A picture in `mode` at `size`, in strips: a large one is held once, not three times.

    `crop(box)` gives parts of it, as it is at `old_size`.
    """
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
        strip = strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box, GAP)
        result.paste(strip, (0, top))
    return result


def to_srgb(profile, mode):
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
