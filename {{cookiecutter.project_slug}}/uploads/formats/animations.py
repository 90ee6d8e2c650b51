"""Moving pictures: all frames as animated WebP, the renditions too; refused when they are too many.

Two lists of frames would be too much memory: each frame is replaced by what becomes of it.
"""

import math

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image

from . import decoding, encoding, pixels
from .decoding import MEGA

MAX_FRAME_PIXELS = 3 * MEGA  # of which decoder and encoder hold several
# Without key frames inside: nobody winds these forward, and they take as long again. Transparency
# to the last shade would take two thirds more; 80 leaves it at 50 dB.
WEBP = {"quality": 75, "alpha_quality": 80, "method": 0, "kmin": 0, "kmax": 0, "save_all": True}


def is_animation(image):
    # A MPO or HEIC file holds several pictures, not frames: the first is the photo.
    return getattr(image, "is_animated", False) and image.format not in {"MPO", "HEIF"}


def most_megabytes():
    """That any animation takes: its frames as they were, as they become, and in the encoder."""
    return settings.IMAGE_MAX_ANIMATION_PIXELS * 12 / MEGA + decoding.ENCODING_MB


def process(image, file, variants, max_side):
    """(size, WebP bytes, {(variant's name, width): WebP bytes} of the renditions).

    Raises ValidationError when it is too large, EOFError when it is cut off.
    """
    frames, durations = read_frames(image, file)
    orientation = pixels.orientation(image)
    options = {"duration": durations, "loop": image.info.get("loop", 0), **WEBP}
    image.im = image._decoder = None  # not needed from here on
    frames = [pixels.upright(frame, orientation) for frame in frames]
    width, height = frames[0].size
    scale = min(1, max_side / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    scale_frames(frames, size)
    content = encode(frames, options)
    made = {}
    for variant in reversed(variants):  # the first has the whole picture, and may use its frames up
        own = frames if variant is variants[0] else [*frames]
        box = variant.box(size)
        for wanted in reversed(variant.sizes(size)):
            scale_frames(own, wanted, box)
            made[variant.name, wanted[0]] = encode(own, options)
            box = None
    return size, content, made


def read_frames(image, file):
    """([frames in sRGB], [milliseconds that each is shown])."""
    frames, durations, size, total = [], [], image.size, 0
    profile = image.info.get("icc_profile")
    to_srgb = {mode: pixels.to_srgb(profile, mode) for mode in ("RGB", "RGBA")}
    if size[0] * size[1] > MAX_FRAME_PIXELS:
        raise decoding.too_many_pixels(size[0] * size[1], MAX_FRAME_PIXELS, "moving")
    first = 1 if getattr(image, "default_image", False) else 0  # an APNG's still, not a frame
    # A GIF doesn't say how many there are, and may grow with each.
    announced = None if image.format == "GIF" else image.n_frames - first
    if announced:
        check_number(announced, announced * size[0] * size[1])
    while True:
        try:
            image.seek(first + len(frames))
        except EOFError:
            break
        total += image.width * image.height
        check_number(len(frames) + 1, total)
        image.load()
        frame = image.convert("RGBA" if image.has_transparency_data else "RGB")
        frame = frame if frame.size == size else frame.crop((0, 0, *size))
        frames.append(to_srgb[frame.mode](frame))
        durations.append(image.info.get("duration") or 100)
    whole = len(frames) == announced if announced else decoding.ended(file)
    if not whole:
        raise EOFError("cut off between two frames")
    return frames, durations


def check_number(count, total):
    """Refuse so many frames, or so many pixels in all of them together."""
    most = settings.IMAGE_MAX_FRAMES
    if count > most:
        raise ValidationError(
            _(
                "This animation has %(count)s frames or more; %(most)s is the most. Make it "
                "shorter, or send a video."
            ),
            params={"count": count, "most": most},
            code="too_many_frames",
        )
    most = settings.IMAGE_MAX_ANIMATION_PIXELS
    if total > most:
        raise ValidationError(
            ngettext(
                "This animation has %(number)s megapixel in its frames; %(most)s is the most. "
                "Make it smaller or shorter, or send a video.",
                "This animation has %(number)s megapixels in its frames; %(most)s is the most. "
                "Make it smaller or shorter, or send a video.",
                math.ceil(total / MEGA),
            ),
            params={"number": math.ceil(total / MEGA), "most": decoding.megapixels(most)},
            code="too_many_pixels",
        )


def scale_frames(frames, size, box=None):
    """Replace each by its part in `box` at `size`."""
    for n, frame in enumerate(frames):
        frames[n] = frame.resize(size, Image.Resampling.BICUBIC, box=box)


def encode(frames, options):
    return encoding.encode(frames[0], "WEBP", append_images=frames[1:], **options)
