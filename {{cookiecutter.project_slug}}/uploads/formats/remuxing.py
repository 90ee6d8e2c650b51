"""Videos and sound are copied into a new container: apart.py calls copy() in a process of its own.

The streams of pictures and sound are copied into a new container, as they are but for what programs
write beside them (stripping.py): nothing else of the sender's file gets there.
"""

import av

from .containers import BUFFER, KINDS, Refusal, opened
from .index import Index, hide_profile
from .streams import Lasting, check_length, check_size, name_of, wanted
from .stripping import stripped_headers, stripper

# Of a new file: nothing that says when, where or by what it was made.
BARE = {"fflags": "+bitexact"}


def copy(file, target, *, extension, max_seconds=None, max_side, max_rate):
    """Write what is seen and heard in `file` into `target`, as a file with this extension.

    `max_seconds` and `max_side` (pixels) are the most of it, `max_rate` is frames a second. Returns
    {"seconds": whole ones, "codec", "size": width and height of what is stored}, or {"refused":
    code, and its values}.
    """
    container, limits = KINDS[extension], (max_seconds, max_side, max_rate)
    try:
        if container.writes != "mp4":
            return remuxed(file, target.raw, container, limits), b""
        index = Index()
        remuxed(file, index, container, limits, {"moov_size": str(index.RESERVED)})
        told = remuxed(file, target.raw, container, limits, {"moov_size": str(index.size)})
        hide_profile(target.raw, index)
        return told, b""
    except Refusal as refusal:
        code, values = refusal.args
        return {"refused": code} | values, b""


def remuxed(file, target, container, limits, options=None):
    """Write it into `target`. Returns what copy() does; raises Refusal."""
    max_seconds, max_side, max_rate = limits
    with opened(file, container) as source:
        streams = wanted(source, container)
        if container.pictures:
            check_size(streams[0], max_side)
        if source.duration:
            check_length(source.duration / av.time_base, max_seconds)
        seconds, frames = write(source, streams, target, container, options or {})
        whole = check_length(seconds, max_seconds)
        if container.pictures and frames > max_rate * whole:
            raise Refusal("too_many_frames", {"rate": round(frames / whole), "most": max_rate})
        picture = streams[0].codec_context
        size = [picture.width, picture.height] if container.pictures else None
        return {"seconds": whole, "codec": name_of(streams[0]), "size": size}


def write(source, streams, target, container, options):
    """Copy the streams. Returns (seconds, number of packets of the first stream)."""
    options = BARE | options | ({"id3v2_version": "0"} if container.writes == "mp3" else {})
    out = av.open(target, "w", format=container.writes, options=options, buffer_size=BUFFER)
    with out:
        copies = {stream.index: copied(out, stream) for stream in streams}
        lasting = {stream.index: Lasting() for stream in streams}
        strip = {stream.index: stripper_of(stream) for stream in streams}
        for packet in source.demux(streams):
            if packet.dts is None and not packet.size:  # the end of a stream
                continue
            if packet.is_corrupt:
                raise Refusal("cut_off", {})
            lasting[packet.stream_index].add(packet)
            copy = copies[packet.stream_index]
            for part in strip[packet.stream_index](packet):
                part.stream = copy
                out.mux_one(part)
    if not lasting[streams[0].index].packets:
        raise Refusal("cut_off", {})
    first = streams[0]
    seconds = max(float(lasting[s.index].units * s.time_base) for s in streams)
    return seconds, lasting[first.index].packets


def copied(out, stream):
    """The stream of the new file that takes the packets of `stream`."""
    made = out.add_stream_from_template(stream, opaque=True)
    if name_of(stream) == "hevc":
        made.codec_context.codec_tag = "hvc1"  # Safari plays no other
    if stream.type == "video":
        made.codec_context.bit_rate = 0  # counted anew, without what is left out
    headers = stream.codec_context.extradata
    stripped = stripped_headers(name_of(stream), headers)
    if stripped != headers:
        made.codec_context.extradata = stripped
    return made


def stripper_of(stream):
    context = stream.codec_context
    try:
        return stripper(name_of(stream), context.extradata, getattr(context, "sample_rate", None))
    except ValueError as error:
        raise Refusal("unreadable", {}) from error
