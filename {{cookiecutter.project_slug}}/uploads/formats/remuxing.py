"""Videos and sound are copied into a new container: apart.py calls copy() in a process of its own.

The streams of pictures and sound are copied into a new container, as they are: nothing of the
sender's file but these gets there. A container is opened as what it has to be, from a file that is
open already: no playlist is followed, and no address is asked.
"""

import contextlib
import math
from typing import NamedTuple

import av

# PyAV would import these later, when no file can be opened any more.
import av.audio.codeccontext
import av.subtitles.codeccontext
import av.subtitles.stream
import av.video.codeccontext
from av.stream import Disposition

av.logging.set_level(None)

BUFFER = 1024 * 1024  # bytes that are read and written at once
MOST_SECONDS = 999_999  # a longer one is made up
MOST_SOUNDS = 8  # streams, such as languages
MOST_PARTS = 100_000  # of an MP4: one in fragments has two for each second or so
INDEX_BYTES = 44  # of an MP4's index, for each picture or piece of sound, at most


class Kind(NamedTuple):
    """How FFmpeg reads and writes a container, and the codecs that browsers play in it."""

    reads: str
    writes: str
    pictures: frozenset
    sounds: frozenset


def kind(reads, writes, pictures, sounds):
    return Kind(reads, writes, frozenset(pictures.split()), frozenset(sounds.split()))


PCM = "pcm_u8 pcm_s16le pcm_s24le pcm_s32le pcm_f32le pcm_alaw pcm_mulaw"
KINDS = {
    "mp4": kind("mov", "mp4", "h264 hevc vp9 av1", "aac mp3 opus"),
    "webm": kind("matroska", "webm", "vp8 vp9 av1", "opus vorbis"),
    "m4a": kind("mov", "mp4", "", "aac mp3 opus alac"),
    "mp3": kind("mp3", "mp3", "", "mp3"),
    "ogg": kind("ogg", "ogg", "", "opus vorbis flac"),
    "wav": kind("wav", "wav", "", PCM),
}
# Of a new file: nothing that says when, where or by what it was made.
BARE = {"fflags": "+bitexact"}
PARTS = {b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"udta", b"meta", b"uuid"}


class Refusal(Exception):
    """Why a file is not taken: a code, and what the sentence for it says (videos.py)."""


def copy(file, target, *, extension, max_seconds=None, max_side, max_rate):
    """Write what is seen and heard in `file` into `target`, as a file with this extension.

    `max_seconds` and `max_side` (pixels) are the most of it, `max_rate` is frames a second. Returns
    {"seconds": whole ones, "codec", "size": width and height of what is stored}, or {"refused":
    code, and its values}.
    """
    try:
        with opened(file, KINDS[extension]) as source:
            streams = wanted(source, KINDS[extension])
            if KINDS[extension].pictures:
                check_size(streams[0], max_side)
            if source.duration:
                check_length(source.duration / av.time_base, max_seconds)
            seconds, frames = write(source, streams, target, KINDS[extension])
            whole = check_length(seconds, max_seconds)
            if KINDS[extension].pictures and frames > max_rate * whole:
                raise Refusal("too_many_frames", {"rate": round(frames / whole), "most": max_rate})
            picture = streams[0].codec_context
            size = [picture.width, picture.height] if KINDS[extension].pictures else None
            return {"seconds": whole, "codec": name_of(streams[0]), "size": size}, b""
    except Refusal as refusal:
        code, values = refusal.args
        return {"refused": code} | values, b""


@contextlib.contextmanager
def opened(file, container):
    """The container in `file`. Raises Refusal when it is none, or ends too early."""
    raw = file.raw
    size = raw.seek(0, 2)
    whole = WHOLE.get(container.reads, lambda *_: True)(raw, size)
    raw.seek(0)
    try:
        source = av.open(raw, "r", format=container.reads, buffer_size=BUFFER)
    except (av.FFmpegError, ValueError) as error:
        raise Refusal("unreadable" if whole else "cut_off", {}) from error
    with source:
        if not whole or ends_early(source, size):
            raise Refusal("cut_off", {})
        yield source


def is_whole_mp4(file, size):
    """Whether the parts of an MP4 or MOV lie within its `size` (bytes), its index among them."""
    place, names = 0, set()
    for _ in range(MOST_PARTS):
        if place + 8 > size:
            return b"moov" in names
        file.seek(place)
        head = file.read(16)
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if not place and name not in PARTS:
            return True  # none at all: it can't be opened
        names.add(name)
        if length == 0:  # up to the end of the file
            return b"moov" in names
        if length < 8 or place + length > size:
            # Some cameras write something else behind the last part.
            return name not in PARTS and b"moov" in names
        place += length
    return False


def is_whole_webm(file, size):
    """Whether what a WebM says of its length is there; one made by a browser says nothing."""
    file.seek(0)
    head = file.read(4096)
    place = head.find(b"\x18\x53\x80\x67") + 4
    if place < 4 or place >= len(head):
        return True  # none at all: it can't be opened
    width = 9 - head[place].bit_length()
    length = int.from_bytes(head[place : place + width], "big") & ((1 << 7 * width) - 1)
    return length == (1 << 7 * width) - 1 or place + width + length <= size


WHOLE = {"mov": is_whole_mp4, "matroska": is_whole_webm}


def ends_early(source, size):
    """Whether the last entry of an index names bytes behind the end of the file."""
    if not source.format.name.startswith("mov"):
        return False
    for stream in source.streams:
        entries = stream.index_entries
        if len(entries) and entries[len(entries) - 1].pos + entries[len(entries) - 1].size > size:
            return True
    return False


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


def write(source, streams, target, container):
    """Copy the streams. Returns (seconds, number of packets of the first stream)."""
    options = BARE | (index_first(source, streams) if container.writes == "mp4" else {})
    options |= {"id3v2_version": "0"} if container.writes == "mp3" else {}
    out = av.open(target.raw, "w", format=container.writes, options=options, buffer_size=BUFFER)
    with out:
        copies = {stream.index: copied(out, stream) for stream in streams}
        lasting = {stream.index: Lasting() for stream in streams}
        for packet in source.demux(streams):
            if packet.dts is None and not packet.size:  # the end of a stream
                continue
            if packet.is_corrupt:
                raise Refusal("cut_off", {})
            lasting[packet.stream_index].add(packet)
            packet.stream = copies[packet.stream_index]
            out.mux_one(packet)
    if not lasting[streams[0].index].packets:
        raise Refusal("cut_off", {})
    first = streams[0]
    seconds = max(float(lasting[s.index].units * s.time_base) for s in streams)
    return seconds, lasting[first.index].packets


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


def copied(out, stream):
    """The stream of the new file that takes the packets of `stream`."""
    made = out.add_stream_from_template(stream, opaque=True)
    if name_of(stream) == "hevc":
        made.codec_context.codec_tag = "hvc1"  # Safari plays no other
    if name_of(stream) == "vorbis" and stream.codec_context.extradata:
        made.codec_context.extradata = without_comments(stream.codec_context.extradata)
    return made


def without_comments(headers):
    """The three headers of Vorbis, as containers hold them, the second of which is for comments."""
    place, sizes = 1, []
    for _ in range(2):
        size = 0
        while headers[place] == 255:
            size, place = size + 255, place + 1
        sizes.append(size + headers[place])
        place += 1
    first, last = headers[place : place + sizes[0]], headers[place + sum(sizes) :]
    empty = b"\x03vorbis" + bytes(8) + b"\x01"
    return bytes([2, len(first), len(empty)]) + first + empty + last


def index_first(source, streams):
    """Options by which an MP4 has its index in front: it plays before all of it has come.

    Room is left for it: to move all behind it, when it is known, would cost a copy.
    """
    packets = sum(stream.frames for stream in streams)
    if not all(stream.frames for stream in streams):  # it came in fragments, each with its own
        packets = sum(packet.size > 0 for packet in source.demux(streams))
        source.seek(0)
    heads = sum(1024 + len(stream.codec_context.extradata or b"") for stream in streams)
    return {"moov_size": str(1024 + heads + packets * INDEX_BYTES)}
