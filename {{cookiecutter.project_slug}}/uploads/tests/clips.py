"""Videos and sound for tests, encoded here by PyAV; of the size of a stamp, each made once."""

import functools
import io
import random
import struct
from fractions import Fraction

import av
from av.bitstream import BitStreamFilterContext

from uploads.formats import remuxing

RATE, SOUND_RATE = 10, 48_000
NOISE, NOISE_BYTES = (160, 120), 47_000  # size of a picture that can't be compressed, and its bytes
ENCODERS = {
    "h264": ("libx264", "yuv420p", {"preset": "ultrafast", "g": "5"}),
    "hevc": ("libx265", "yuv420p", {"preset": "ultrafast", "x265-params": "log-level=none"}),
    "vp8": ("libvpx", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}),
    "transparent": ("libvpx", "yuva420p", {"deadline": "realtime", "auto-alt-ref": "0"}),
    "vp9": ("libvpx-vp9", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}),
    "av1": ("libsvtav1", "yuv420p", {"preset": "12"}),
    "mpeg4": ("mpeg4", "yuv420p", {}),
    "mjpeg": ("mjpeg", "yuvj420p", {}),
    "aac": ("aac", "fltp", {}),
    "mp3": ("libmp3lame", "fltp", {}),
    "opus": ("libopus", "flt", {}),
    "pcm": ("pcm_s16le", "s16", {}),
    "flac": ("flac", "s16", {}),
    "ac3": ("ac3", "fltp", {}),
}
USUAL = {
    "mp4": ("h264", "aac"),
    "m4v": ("h264", "aac"),
    "mov": ("h264", "aac"),
    "webm": ("vp8", "opus"),
    "m4a": (None, "aac"),
    "mp3": (None, "mp3"),
    "ogg": (None, "opus"),
    "wav": (None, "pcm"),
}
POSITION = "+48.1371+011.5754/"
TABLES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
CONTAINERS = {"m4v": "mp4", "m4a": "ipod"}


@functools.cache
def clip(
    extension="mp4",
    picture="usual",
    sound="usual",
    *,
    seconds=1,
    size=(64, 48),
    rate=RATE,
    words=None,
    options=(),
    dark=0,
    turned=(0,),
    noise=0,
    container=None,
    languages=(None,),
):
    """The bytes of a file with this extension; `picture` and `sound` are codecs, or None.

    `words` are put wherever its metadata is, `options` are those of the container, the first `dark`
    pictures are black, and players turn it: `turned` are degrees to the left, and whether it is
    mirrored left to right, and upside down. With `noise`, it has so many pictures that can't be
    compressed; each of `languages` has sound of its own.
    """
    if noise:
        size, seconds = NOISE, noise / rate
    usual = USUAL[extension]
    picture = usual[0] if picture == "usual" else picture
    sound = usual[1] if sound == "usual" else sound
    out = io.BytesIO()
    container = container or CONTAINERS.get(extension, extension)
    with av.open(out, "w", format=container, options=dict(options)) as file:
        if words:
            file.metadata.update({"title": words, "comment": words, "location": POSITION})
            file.set_chapters([chapter(words)])
        films = [add_film(file, picture, size, rate, turned)] if picture else []
        if noise:
            films[0].codec_context.options = {"preset": "ultrafast", "qp": "0"}
        sounds = [add_sound(file, sound, language) for language in languages if sound]
        for number in range(round(seconds * rate) if films else 0):
            draw = noisy if noise else drawn
            file.mux(films[0].encode(draw(films[0], number, number < dark)))
        for frames in zip(*(silence(stream, seconds) for stream in sounds), strict=True):
            for stream, frame in zip(sounds, frames, strict=True):
                file.mux(stream.encode(frame))
        for stream in films + sounds:
            file.mux(stream.encode())
    return out.getvalue()


def chapter(words):
    return {
        "id": 1,
        "start": 0,
        "end": 500,
        "time_base": Fraction(1, 1000),
        "metadata": {"title": words},
    }


def add_film(file, codec, size, rate, turned):
    encoder, pixels, options = ENCODERS[codec]
    stream = file.add_stream(encoder, rate=rate, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = pixels
    stream.codec_context.thread_count = 1
    if any(turned):
        stream.set_display_rotation(*turned)
    return stream


def add_sound(file, codec, language):
    encoder, samples, options = ENCODERS[codec]
    stream = file.add_stream(encoder, rate=SOUND_RATE, options=options, layout="mono")
    stream.format = samples
    if language:
        stream.metadata["language"] = language
    return stream


def drawn(stream, number, dark):
    """A frame that is red at its top and blue below, a little brighter each time."""
    frame = av.VideoFrame(stream.width, stream.height, "rgb24")
    half, line = stream.height // 2, frame.planes[0].line_size
    bright = 0 if dark else min(255, 180 + number)
    top, below = bytes([bright, 0, 0]), bytes([0, 0, bright])
    pixels = [top * stream.width] * half + [below * stream.width] * (stream.height - half)
    frame.planes[0].update(b"".join(row.ljust(line, b"\0") for row in pixels))
    frame = frame.reformat(format=stream.pix_fmt)
    frame.pts, frame.time_base = number, 1 / Fraction(float(stream.average_rate))
    return frame


def noisy(stream, number, dark):
    frame = av.VideoFrame(stream.width, stream.height, stream.pix_fmt)
    dice = random.Random(number)
    for plane in frame.planes:
        plane.update(dice.randbytes(plane.buffer_size))
    frame.pts, frame.time_base = number, 1 / Fraction(float(stream.average_rate))
    return frame


def silence(stream, seconds):
    """Frames of sound."""
    size = stream.codec_context.frame_size or 960
    for start in range(0, round(seconds * SOUND_RATE), size):
        frame = av.AudioFrame(stream.format.name, "mono", size)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = SOUND_RATE, start
        frame.time_base = Fraction(1, SOUND_RATE)
        yield frame


def with_units(content, *units):
    """An MP4 of H.264, each picture of which has these units in front."""
    beside = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
    return changed(content, lambda packet: [beside + bytes(packet)])


def with_profile(content, words):
    """An MP4 of H.264, its index at its end, with a profile of colours that holds these words."""
    head = b"lcms\x04\x30\0\0mntrRGB XYZ ".ljust(36, b"\0") + b"acspAPPL"
    tags = (1).to_bytes(4, "big") + b"desc" + (144).to_bytes(4, "big")
    profile = head.ljust(128, b"\0") + tags + len(words).to_bytes(4, "big") + words
    profile = (len(profile) + 4).to_bytes(4, "big") + profile
    beside = (len(profile) + 12).to_bytes(4, "big") + b"colrprof" + profile
    return inside(content, (*TABLES, b"stsd", b"avc1"), beside)


def with_equal_times(content):
    """An MP4 of ten pictures, its index at its end, the last five of which come at once."""
    data = bytearray(content)
    place = data.index(b"stts") + 8
    data[place : place + 8] = struct.pack(">II", 2, 5)
    return inside(data, (*TABLES, b"stts"), struct.pack(">II", 5, 0))


def with_edit(content, first, seconds):
    """An MP4 of pictures alone that is shown from its second `first` on, for so many."""
    data = bytearray(content)
    place = data.index(b"elst") + 12
    data[place : place + 8] = struct.pack(">II", round(seconds * 1000), round(first * 10240))
    return bytes(data)


def inside(content, path, more):
    """An MP4, its index at its end, with `more` bytes at the end of a box; `path` names it."""
    data, place = bytearray(content), content.rindex(b"moov")
    for name in path:
        place = data.index(name, place)
        length = int.from_bytes(data[place - 4 : place], "big")
        end = place - 4 + length
        data[place - 4 : place] = (length + len(more)).to_bytes(4, "big")
    return bytes(data[:end] + more + data[end:])


def recorded(annex_b):
    """A WebM of H.264, as Chromium records it: its units have no lengths, where that is asked."""
    if not annex_b:
        return changed(clip("mp4"), lambda packet: [bytes(packet)], "matroska")
    content = changed(clip("mp4"), with_marks, "matroska")
    place = content.index(b"\x63\xa2")  # what says that they have: emptied
    length = content[place + 2] & 127
    return content[:place] + bytes([0xEC, 0x40, length]) + content[place + 3 :]


def with_marks(packet):
    mark = BitStreamFilterContext("h264_mp4toannexb", packet.stream)
    return [bytes(made) for made in mark.filter(av.Packet(bytes(packet)))]


def changed(content, change, container="mp4"):
    """A file whose packets of the first stream are others: change(packet) is a list of bytes."""
    out = io.BytesIO()
    with av.open(io.BytesIO(content)) as source, av.open(out, "w", format=container) as file:
        first = source.streams[0]
        stream = file.add_stream_from_template(first, opaque=True)
        for packet in source.demux(first):
            if packet.dts is None:
                continue
            for data in change(packet):
                made = av.Packet(data)
                made.stream, made.time_base = stream, packet.time_base
                made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
                made.is_keyframe = packet.is_keyframe
                file.mux_one(made)
    return out.getvalue()


def pictures(content):
    """The lines of each, without what fills them up: that is whatever was in memory."""
    with av.open(io.BytesIO(content)) as file:
        planes = [frame.planes[0] for frame in file.decode(video=0)]
    return [
        [bytes(plane)[at:][: plane.width] for at in range(0, plane.buffer_size, plane.line_size)]
        for plane in planes
    ]


@functools.cache
def stored(extension="mp4", **options):
    """The bytes that are stored of a clip: it is what becomes of itself."""
    file = Both(clip(extension, **options))
    target = Both()
    answer, _ = remuxing.copy(file, target, extension=extension, max_side=4096, max_rate=240)
    assert "refused" not in answer
    return target.getvalue()


class Both(io.BufferedRandom):
    """A file in memory that has a `raw` one, as files on disk have."""

    def __init__(self, content=b"", raw=io.BytesIO):
        super().__init__(raw(content))

    def getvalue(self):
        self.flush()
        return self.raw.getvalue()
