"""Videos and sound: what is accepted, and how it is rewritten.

Their streams are copied into a new MP4 or WebM, MP3, M4A, Ogg or WAV, by a process of its own
(remuxing.py); another draws the poster (frames.py). Neither the position where it was taken nor any
other metadata is passed on, and an MP4 plays before all of it has come. Nothing is encoded again.
Without PyAV, the extra `video` of pyproject.toml, they are stored as they were sent.
"""

import functools
import importlib.util
import logging
import os
import struct
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image

from ..sizes import MEGABYTE
from ..storage import temporary_folder
from . import apart, encoding, types, variants
from .refusals import refusal

STORED_AS = {"mp4": "mp4", "m4v": "mp4", "mov": "mp4", "webm": "webm"}
STORED_AS |= {extension: extension for extension in ("m4a", "mp3", "ogg", "wav")}

# Of copying: ten hours of sound have 1.7 million packets, of 8 microseconds each.
SECONDS, MEGABYTES_A_SECOND = 15, 45
# Of an index, which grows with the length: 40 are usual, a film of ten hours has 400.
COPYING_MB, USUAL_MB = 400, 60
# Of decoding: 60 and 10 bytes a pixel are usual; a frame of ten bits may refer to 16 others.
DECODING_MB, USUAL_BYTES, MOST_BYTES = 60, 10, 3 * 17
POSTER_SECONDS = 4
LINE = 128  # bytes that FFmpeg may add to a line of a picture
NO_REFUSAL = {"too_slow", "busy"}  # codes of what is no reason to refuse a film for its poster

logger = logging.getLogger(__name__)


class RewrittenFile(File):
    """A temporary file that a storage on disk moves into place; deleted when it is closed."""

    def __init__(self, path):
        super().__init__(open(path, "rb"), name=path)  # noqa: SIM115  close() is below

    def temporary_file_path(self):
        return self.name

    def close(self):
        super().close()
        Path(self.name).unlink(missing_ok=True)


@dataclass(frozen=True)
class Video:
    """A video or sound as it will be stored; sound has neither size nor renditions.

    `size` is that of the film as it is shown, in pixels; `renditions` by variant and width.
    """

    extension: str
    content: File
    size: tuple[int, int] | None
    renditions: dict[tuple[str, int], bytes]
    marks: dict  # of its name: see names.new()


@functools.cache
def can_rewrite():
    """Whether PyAV is installed."""
    return importlib.util.find_spec("av") is not None


def takes(extension):
    """Whether a file of this type is rewritten here."""
    return extension in STORED_AS and can_rewrite()


def process(content, extension, *, max_seconds=None):
    """Check `content`, open for reading bytes, and return it as the Video to store.

    `extension` is that of its name, `max_seconds` how long it may be. Raises ValidationError with
    a sentence for the visitor; its code is "unavailable" when it is no fault of the file: the disk
    is full, say.
    """
    try:
        return rewritten(content, extension, max_seconds)
    except OSError as error:
        logger.exception("A video could not be rewritten")
        sentence = _("The file could not be stored. Nothing was saved: try again later.")
        raise ValidationError(sentence, code="unavailable") from error


def rewritten(content, extension, max_seconds):
    """What process() does, on a disk that has room for it."""
    stored_as, is_film = STORED_AS[extension], types.kind(extension) == "video"
    number, path = tempfile.mkstemp(".upload", dir=temporary_folder())
    os.close(number)
    file = RewrittenFile(path)
    try:
        told = copy(content, path, stored_as, max_seconds, is_film)
        stored_as = told["stored_as"]
        size, renditions = None, {}
        if is_film:
            try:
                size, renditions = poster(file, stored_as, variants.of_files(), told["size"])
            except ValidationError as error:
                if error.code not in NO_REFUSAL:
                    raise
                size = shown_size(file, told["size"])  # rebuild_renditions draws it later
        marks = {"seconds": told["seconds"], "hevc": told["codec"] == "hevc"}
        video = Video(stored_as, file, size, renditions, marks)
    except BaseException:
        file.close()
        raise
    weakref.finalize(video, file.close)
    return video


def copy(content, path, stored_as, max_seconds, is_film):
    """Have the streams of `content` copied into a new file. Returns what remuxing.copy() does."""
    megabytes = content.size / MEGABYTE
    try:
        told = apart.run(
            "remuxing.copy",
            content,
            megabytes=COPYING_MB,
            usual_mb=USUAL_MB,
            seconds=SECONDS + megabytes / MEGABYTES_A_SECOND,
            target=path,
            largest_mb=megabytes * 1.5 + 10,
            extension=stored_as,
            max_seconds=max_seconds,
            max_side=settings.VIDEO_MAX_SIDE,
            max_rate=settings.VIDEO_MAX_FRAMES_A_SECOND,
        ).values
    except apart.Failed as error:
        raise refusal("too_slow" if error.late else "unreadable", {}, is_film) from error
    if "refused" in told:
        raise refusal(told.pop("refused"), told, is_film)
    return told


def poster(content, stored_as, wanted, size=(1920, 1080)):
    """((width, height) as the film in `content` is shown, {(variant, width): WebP bytes}).

    `wanted` are the variants (variants.py); `size`, in pixels, says what decoding may take. Raises
    ValidationError when no picture of it can be decoded, or none in its time.
    """
    width = max((width for variant in wanted for width in variant.widths), default=1600)
    megapixels = size[0] * size[1] / 1_000_000
    try:
        told, pixels = apart.run(
            "frames.bright",
            content,
            megabytes=DECODING_MB + megapixels * MOST_BYTES,
            usual_mb=DECODING_MB + megapixels * USUAL_BYTES,
            seconds=POSTER_SECONDS,
            answer_mb=1 + 3 * (width + LINE) * max(size) / MEGABYTE,
            extension=stored_as,
            width=width,
        )
        picture = Image.frombytes("RGB", told["size"], pixels, "raw", "RGB", told["stride"])
        shown = tuple(map(int, told["shown"]))
    except (apart.Failed, KeyError, TypeError, ValueError) as error:
        code = "too_slow" if getattr(error, "late", False) else "unreadable"
        raise refusal(code, {}, is_film=True) from error
    turns = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180}
    turns |= {-90: Image.Transpose.ROTATE_270, -180: Image.Transpose.ROTATE_180}
    if told["flip"]:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if told["turn"] in turns:
        picture = picture.transpose(turns[told["turn"]])
    return shown, encoding.renditions(picture, wanted, shown)


def shown_size(file, size):
    """(width, height) of the film in `file` as it is shown; `size` is that of its pictures.

    An MP4 of ours has the index in front, and in it the head of the film's track: at its end how it
    is turned, as a matrix, and how large it is before that, in 65536ths of a pixel.
    """
    file.seek(0)
    before, found, head = file.read(4096).partition(b"tkhd")
    file.seek(0)
    end = int.from_bytes(before[-4:], "big") - 8  # the length of a box stands before its name
    if not found or not 44 <= end <= len(head):
        return tuple(size)
    across, down, width, height = struct.unpack(">ii28xII", head[end - 44 : end])
    turned = abs(down) > abs(across)
    return (height >> 16, width >> 16) if turned else (width >> 16, height >> 16)
