"""The index of an MP4, which stands in front: it plays before all of it has come.

Room is left for it before the rest is written: to move all behind it afterwards would cost a copy.
How much is known when all has been written once to nowhere; where that would be little beside the
rest, as of a large film, it is guessed.
"""

PROFILE = b"colrprof"
ENTRY = 44  # bytes for a picture or a piece of sound, at most
SOUND_ENTRY, CHUNK, MEGABYTE = 4, 24, 1024 * 1024  # of sound alone: for a piece, and a megabyte


class Index:
    """A file that forgets all but its beginning: when it is written, `size` is that of the index.

    Write it with `moov_size` RESERVED, and then the true file with `size`; all are bytes.
    """

    RESERVED = 1 << 28  # a film of ten hours needs 80 million
    KEPT = 1 << 16  # a profile of colours begins within

    def __init__(self):
        self.place, self.end, self.head = 0, 0, bytearray()

    @property
    def start(self):
        return self.head.index(b"moov") - 4

    @property
    def size(self):
        """That of the index, with what the writer wants behind it: an empty box."""
        return int.from_bytes(self.head[self.start : self.start + 4], "big") + 8

    def write(self, data):
        kept = bytes(data[: max(0, self.KEPT - self.place)])
        if kept:
            self.head.extend(bytes(max(0, self.place - len(self.head))))
            self.head[self.place : self.place + len(kept)] = kept
        self.place += len(data)
        self.end = max(self.end, self.place)
        return len(data)

    def tell(self):
        return self.place

    def seek(self, place, whence=0):
        self.place = place + (0, self.place, self.end)[whence]
        return self.place


def likely_size(streams, length):
    """Bytes that its index needs at most, where that is little in a file of this length, or None.

    It says itself how many pictures and pieces of sound it has; one in fragments may say too few.
    """
    heads = sum(4096 + len(stream.codec_context.extradata or b"") for stream in streams)
    size = heads + ENTRY * sum(stream.frames for stream in streams)
    first = streams[0]
    if len(streams) == 1 and first.type == "audio" and first.frames and length > MEGABYTE:
        return heads + SOUND_ENTRY * first.frames + CHUNK * (1 + length // MEGABYTE)
    return size if all(stream.frames for stream in streams) and size < length / 100 else None


def hide_profile(file):
    """Empty the box of a profile, which names its maker; FFmpeg copies it where it finds one."""
    file.seek(0)
    head = file.read(Index.KEPT)
    start = head.index(b"moov") - 4
    end = start + int.from_bytes(head[start : start + 4], "big")
    place = head.find(PROFILE, start, end) - 4
    length = int.from_bytes(head[place : place + 4], "big")
    if place > 0 and 8 <= length <= end - place:
        file.seek(place)
        file.write(length.to_bytes(4, "big") + b"free" + bytes(length - 8))
