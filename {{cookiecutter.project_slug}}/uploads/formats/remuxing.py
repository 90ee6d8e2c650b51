"""Videos and sound are copied into a new container: apart.py calls copy() in a process of its own.

The streams of pictures and sound are copied into a new container, as they are: nothing of the
sender's file but these gets there.
"""

import av

from .containers import BUFFER, KINDS, Refusal, opened
from .streams import Lasting, check_length, check_size, name_of, wanted
from .stripping import without_comments

INDEX_BYTES = 44  # of an MP4's index, for each picture or piece of sound, at most
# Of a new file: nothing that says when, where or by what it was made.
BARE = {"fflags": "+bitexact"}


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


def copied(out, stream):
    """The stream of the new file that takes the packets of `stream`."""
    made = out.add_stream_from_template(stream, opaque=True)
    if name_of(stream) == "hevc":
        made.codec_context.codec_tag = "hvc1"  # Safari plays no other
    if name_of(stream) == "vorbis" and stream.codec_context.extradata:
        made.codec_context.extradata = without_comments(stream.codec_context.extradata)
    return made


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
