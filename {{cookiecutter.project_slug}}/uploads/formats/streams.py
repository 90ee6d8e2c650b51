"""Which streams of a video or sound are copied, and how long they may be."""

import math

from av.stream import Disposition

from .containers import Refusal

MOST_SECONDS = 999_999  # a longer one is made up
MOST_SOUNDS = 8  # streams, such as languages


def wanted(source, container):
    """The streams to copy, pictures first. Raises Refusal when there are none, or unknown ones."""
    films = [stream for stream in source.streams.video if not is_still(stream)]
    sounds, streams = source.streams.audio, []
    if container.pictures:
        if not films:
            raise Refusal("no_pictures" if sounds else "unreadable", {})
        streams = [s for s in films if name_of(s) in container.pictures][:1]
        if not streams:
            raise Refusal("codec", {"codec": name_of(films[0])})
    elif not sounds:
        raise Refusal("no_sound", {})
    known = [stream for stream in sounds if name_of(stream) in container.sounds]
    if sounds and not known:
        raise Refusal("codec", {"codec": name_of(sounds[0])})
    return streams + known[:MOST_SOUNDS]


def is_still(stream):
    """Whether it is a picture beside the film, such as a cover."""
    stills = Disposition.attached_pic | Disposition.still_image | Disposition.timed_thumbnails
    return bool(stream.disposition & stills)


def name_of(stream):
    """Its codec, as FFmpeg calls it; its four letters where FFmpeg does not know it."""
    if stream.codec_context is None:
        return "unknown"
    return stream.codec_context.codec.canonical_name


def check_size(stream, max_side):
    width, height = stream.codec_context.width, stream.codec_context.height
    if not (width and height):
        raise Refusal("unreadable", {})
    if max(width, height) > max_side:
        raise Refusal("too_large_side", {"width": width, "height": height, "most": max_side})


def check_length(seconds, max_seconds):
    """Whole seconds. The last tenth of one is not seen: sound is filled up to its next packet."""
    whole = max(1, math.ceil(seconds - 0.1))
    if max_seconds is not None and whole > max_seconds:
        raise Refusal("too_long", {"seconds": whole, "most": max_seconds})
    if whole > MOST_SECONDS:
        raise Refusal("unreadable", {})
    return whole


class Lasting:
    """How long a stream lasts, in units of its time base, and how many packets it has."""

    packets, first, last = 0, None, 0

    def add(self, packet):
        self.packets += 1
        start = packet.dts if packet.pts is None else packet.pts
        if start is not None:
            self.first = start if self.first is None else min(self.first, start)
            self.last = max(self.last, start + (packet.duration or 0))

    @property
    def units(self):
        return self.last - (self.first or 0)
