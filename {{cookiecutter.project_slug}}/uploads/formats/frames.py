"""A picture of a video, for its poster: apart.py calls bright() in a process of its own."""

import contextlib
import math
import struct
import time

import av

from .containers import KINDS, opened
from .streams import wanted

DARK = 24  # of 255: a picture that begins in black is no picture of the film
BUDGET = 1.5  # seconds of the processor: large pictures take long, and any is better than none
LOOKED_AT = 40  # frames at its beginning, where all that is farther in is dark


def bright(file, *, extension, width):
    """A picture of a film, as RGB bytes that are at most `width` pixels wide.

    Returns {"size": its width and height, "stride": bytes of a line, "flip": whether it is mirrored
    first, left to right, "turn": degrees to the left then, "shown": width and height of the film as
    it is shown}, and the bytes.
    """
    with opened(file, KINDS[extension]) as source:
        stream = wanted(source, KINDS[extension])[0]
        stream.codec_context.thread_count = 1
        picture = bright_frame(source, stream)
        turn, flip = orientation(picture)
        ratio = float(stream.sample_aspect_ratio or 1)
        ratio = ratio if 0.2 < ratio < 5 else 1
        across, down = max(1, round(picture.width * ratio)), picture.height
        shown = (down, across) if turn % 180 else (across, down)
        scale = min(1, width / shown[0])
        size = [max(1, round(side * scale)) for side in (across, down)]
        small = picture.reformat(*size, format="rgb24", interpolation="AREA")
        answer = {"size": size, "stride": small.planes[0].line_size, "shown": shown}
        answer |= {"flip": flip, "turn": turn}
        return answer, bytes(small.planes[0])


def orientation(picture):
    """(degrees to the left, whether it is mirrored before) by which players show it."""
    matrix = picture.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return 0, False
    a, b, _, c, d = struct.unpack("=5i", bytes(matrix)[:20])
    flip = a * d - b * c < 0
    turn = math.degrees(math.atan2(-b, -a) if flip else math.atan2(b, a))
    return -round(turn / 90) * 90, flip


def bright_frame(source, stream):
    """The first of these that is not dark: key frames on the way, frames at the beginning."""
    found, end = None, time.process_time() + BUDGET
    for tenths in (1, 3, 6):
        with contextlib.suppress(av.FFmpegError, StopIteration):
            source.seek(int((source.duration or 0) * tenths / 10))
            found = next(source.decode(stream))
            if is_bright(found) or time.process_time() > end:
                return found
    with contextlib.suppress(av.FFmpegError):
        source.seek(0)
        for number, found in enumerate(source.decode(stream)):
            if is_bright(found) or number == LOOKED_AT or time.process_time() > end:
                return found
    if found is None:
        raise ValueError("no picture can be decoded")
    return found


def is_bright(picture):
    small = picture.reformat(32, 18, format="gray", interpolation="AREA").planes[0]
    data = memoryview(small)
    lines = [bytes(data[line * small.line_size :][:32]) for line in range(18)]
    return sum(map(sum, lines)) > DARK * 32 * 18
