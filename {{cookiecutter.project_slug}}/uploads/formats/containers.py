"""How a video or sound is opened, and whether all of it is there; in a process of its own.

A container is opened as what it has to be, from a file that is open already: no playlist is
followed, and no address is asked.
"""

import contextlib
from typing import NamedTuple

import av

# PyAV would import these later, when no file can be opened any more.
import av.audio.codeccontext
import av.subtitles.codeccontext
import av.subtitles.stream
import av.video.codeccontext

av.logging.set_level(None)

BUFFER = 256 * 1024  # bytes that are read and written at once, as `cp` does
MOST_PARTS = 100_000  # of an MP4: one in fragments has two for each second or so


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
    "mp4": kind("mov", "mp4", "h264 hevc vp9 av1", "aac mp3 opus flac"),
    "webm": kind("matroska", "webm", "vp8 vp9 av1", "opus vorbis"),
    "m4a": kind("mov", "mp4", "", "aac mp3 opus alac flac"),
    "mp3": kind("mp3", "mp3", "", "mp3"),
    "ogg": kind("ogg", "ogg", "", "opus vorbis flac"),
    "wav": kind("wav", "wav", "", PCM),
}
RECORDED = kind("matroska", "mp4", "h264", "aac mp3 opus flac")  # as browsers record it
PLAYED = frozenset().union(*(known.pictures | known.sounds for known in KINDS.values()))
PARTS = {b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"udta", b"meta", b"uuid"}


class Refusal(Exception):
    """Why a file is not taken: a code, and what the sentence for it says (refusals.py)."""


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


def says_no_length(file):
    """Whether it is a WAV that was written as it was made: its length was not known yet."""
    file.seek(0)
    head = file.read(4096)
    place = head.find(b"data")
    length = int.from_bytes(head[place + 4 : place + 8], "little")
    return head[:4] == b"RIFF" and place > 0 and not 0 < length < 0x7FFFF000


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
