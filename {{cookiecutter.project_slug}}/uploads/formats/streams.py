"""Which streams of a video or sound are copied, and how long they may be."""

import math

from av.stream import Disposition

from .containers import PLAYED, Refusal

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
            raise unknown(films[0])
    elif not sounds:
        raise Refusal("no_sound", {})
    known = [stream for stream in sounds if name_of(stream) in container.sounds]
    if sounds and not known:
        raise unknown(sounds[0])
    return streams + known[:MOST_SOUNDS]


def unknown(stream):
    """The Refusal of its codec: no browser plays it, or none in such a file."""
    codec = name_of(stream)
    return Refusal("elsewhere" if codec in PLAYED else "codec", {"codec": codec})


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


def check_rate(frames, seconds, max_rate):
    """Pictures a second. Cameras of 240 write a little more, and there is one more at the end."""
    seconds = max(1, seconds)
    if frames > max_rate * seconds * 1.02 + 1:
        values = {"rate": round(frames / seconds), "most": max_rate}
        raise Refusal("too_many_frames", values)


class Lasting:
    """How long a stream lasts, in units of its time base, and how many packets it has."""

    packets, first, last = 0, None, 0

    def add(self, packet):
        self.packets += 1
        if packet.is_discard:  # cut off by an edit: it is decoded, but not shown
            return
        start = packet.dts if packet.pts is None else packet.pts
        if start is not None:
            self.first = start if self.first is None else min(self.first, start)
            self.last = max(self.last, start + (packet.duration or 0))

    @property
    def units(self):
        return self.last - (self.first or 0)


class Rising:
    """Mends the times at which packets are decoded: each has to be later than the one before.

    Some devices write the same time twice; in a file that was put together, they begin anew.
    """

    MOST = 5000  # mended ones

    def __init__(self, time_base, finest):
        self.step = max(1, math.ceil(finest / time_base))
        self.back = 0.1 / time_base  # farther than this, it begins anew
        self.last, self.duration, self.ahead, self.mended = None, 0, 0, 0

    def mend(self, packet):
        if packet.dts is None:
            return
        self.move(packet, self.ahead)
        if self.last is not None and packet.dts < self.last + self.step:
            self.mended += 1
            if self.mended > self.MOST:
                raise Refusal("unreadable", {})
            if packet.dts < self.last - self.back:
                begins = self.last + max(self.step, self.duration) - packet.dts
                self.ahead += begins
                self.move(packet, begins)
            else:
                packet.dts = self.last + self.step
        if packet.pts is not None:
            packet.pts = max(packet.pts, packet.dts)
        self.last, self.duration = packet.dts, packet.duration or 0

    @staticmethod
    def move(packet, by):
        if by:
            packet.dts += by
            packet.pts = None if packet.pts is None else packet.pts + by
