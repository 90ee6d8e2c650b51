"""Videos and sound are copied into a new container: apart.py calls copy() in a process of its own.

The streams of pictures and sound are copied into a new container, as they are but for what programs
write beside them (stripping.py): nothing else of the sender's file gets there.
"""

import contextlib

import av
from av.stream import Disposition

from .containers import BUFFER, KINDS, RECORDED, Refusal, opened, says_no_length
from .index import Index, hide_profile, likely_size
from .streams import Lasting, Rising, check_length, check_rate, check_size, name_of, wanted
from .stripping import stripped_headers, stripper

# Of a new file: nothing that says when, where or by what it was made.
BARE = {"fflags": "+bitexact"}
IN_BLOCKS = {"flush_packets": "0"}  # of BUFFER bytes; FFmpeg would write each packet by itself


def copy(file, target, *, extension, max_seconds=None, max_side, max_rate):
    """Write what is seen and heard in `file` into `target`, as a file with this extension, or MP4.

    `target` is buffered: a raw one would write a part when the disk is full, and FFmpeg goes on.
    `max_seconds` and `max_side` (pixels) are the most of it, `max_rate` is frames a second. Returns
    {"seconds": whole ones, "codec", "size": width and height, "stored_as": extension of what is
    stored}, or {"refused": code, and its values}.
    """
    limits = max_seconds, max_side, max_rate
    try:
        stored_as, container = kind_of(file, extension)
        if container.writes != "mp4":
            return remuxed(file, target, container, limits) | {"stored_as": stored_as}, b""
        told = indexed(file, target, container, limits)
        hide_profile(target)
        return told | {"stored_as": stored_as}, b""
    except Refusal as refusal:
        code, values = refusal.args
        return {"refused": code} | values, b""


def kind_of(file, extension):
    """(extension, Kind) of what is stored: MP4 for H.264 in a WebM, which only Chromium plays."""
    if extension == "webm":
        with opened(file, KINDS["webm"]) as source:
            if any(name_of(stream) == "h264" for stream in source.streams.video):
                return "mp4", RECORDED
    return extension, KINDS[extension]


def indexed(file, target, container, limits):
    """What remuxed() does, for an MP4."""
    with opened(file, container) as source:
        size = likely_size(wanted(source, container), file.raw.seek(0, 2))
    if size:
        with contextlib.suppress(av.FFmpegError):  # it needs more
            return remuxed(file, target, container, limits, {"moov_size": str(size)})
        target.seek(0)
        target.truncate()
    index = Index()
    remuxed(file, index, container, limits, {"moov_size": str(index.RESERVED)})
    return remuxed(file, target, container, limits, {"moov_size": str(index.size)})


def remuxed(file, target, container, limits, options=None):
    """Write it into `target`. Returns {"seconds", "codec", "size"}; raises Refusal."""
    max_seconds, max_side, max_rate = limits
    endless = container.reads == "wav" and says_no_length(file.raw)
    with opened(file, container) as source:
        streams = wanted(source, container)
        if container.pictures:
            check_size(streams[0], max_side)
        if source.duration:
            check_length(source.duration / av.time_base, max_seconds)
        out = begun(target, container, options or {})
        seconds, frames = write(source, streams, out, endless)
        whole = check_length(seconds, max_seconds)
        if container.pictures:
            check_rate(frames, seconds, max_rate)
        picture = streams[0].codec_context
        size = [picture.width, picture.height] if container.pictures else None
        return {"seconds": whole, "codec": name_of(streams[0]), "size": size}


def begun(target, container, options):
    """The new file."""
    options = BARE | IN_BLOCKS | options
    if container.writes == "mp3":
        options["id3v2_version"] = "0"
    return av.open(target, "w", format=container.writes, options=options, buffer_size=BUFFER)


def write(source, streams, out, endless):
    """Copy the streams. Returns (seconds, number of packets of the first stream).

    The last packet of what is `endless`, of a length that was never written, may be a part of one.
    """
    with out:
        copies = {stream.index: Copying(out, stream) for stream in streams}
        out.start_encoding()
        for packet in source.demux(streams):
            if packet.dts is None and not packet.size:  # the end of a stream
                continue
            if packet.is_corrupt and not endless:
                raise Refusal("cut_off", {})
            for part in copies[packet.stream_index].take(packet):
                out.mux_one(part)
    first = copies[streams[0].index]
    if not first.lasting.packets:
        raise Refusal("cut_off", {})
    return max(copy.seconds for copy in copies.values()), first.lasting.packets


class Copying:
    """A stream, and the one of the new file that takes its packets."""

    def __init__(self, out, stream):
        self.source, self.made = stream, copied(out, stream)
        self.lasting, self.rising = Lasting(), None
        try:
            self.strip = stripper(name_of(stream), stream, self.made)
        except ValueError as error:
            raise Refusal("unreadable", {}) from error

    def take(self, packet):
        """The packets to write for this one."""
        if not self.rising:  # how fine times are is known when the new file is begun
            self.rising = Rising(self.source.time_base, self.made.time_base)
        self.rising.mend(packet)
        self.lasting.add(packet)
        for part in self.strip(packet):
            part.stream = self.made
            yield part

    @property
    def seconds(self):
        return float(self.lasting.units * self.source.time_base)


def copied(out, stream):
    """The stream of the new file that takes the packets of `stream`."""
    made = out.add_stream_from_template(stream, opaque=True)
    if name_of(stream) == "hevc":
        made.codec_context.codec_tag = "hvc1"  # Safari plays no other
    if stream.type == "video":
        made.codec_context.bit_rate = 0  # counted anew, without what is left out
        if stream.metadata.get("alpha_mode") == "1":  # of a WebM: pictures are transparent
            made.metadata["alpha_mode"] = "1"
    if len(stream.language or "") == 3 and stream.language.isalpha():
        made.metadata["language"] = stream.language
    made.disposition = stream.disposition & Disposition.default
    headers = stream.codec_context.extradata
    stripped = stripped_headers(name_of(stream), headers)
    if stripped != headers:
        made.codec_context.extradata = stripped
    return made
