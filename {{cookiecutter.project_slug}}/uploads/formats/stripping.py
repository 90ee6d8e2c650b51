"""What is left out within a stream: what programs and cameras write there beside what is shown.

A camera may write its position between the slices of H.264 and HEVC, and beside the frames of AV1,
a program its name and settings there, and anything at all between the frames of an MP3. Captions of
television, which stand in the same place, go with them.
"""

import av
from av.bitstream import BitStreamFilterContext

# Units of a picture: messages (SEI), filling, and those that no standard gives a meaning. 62 and 63
# stay: Dolby Vision.
BESIDE = {"h264": {6, 12, *range(24, 32)}, "hevc": {*range(38, 62)}}
STARTS = (b"\0\0\1", b"\0\0\0\1")  # of units whose lengths are not given: browsers record so
PARAMETERS = {32, 33, 34}  # units of HEVC without which no picture can be decoded
# Units of AV1 (OBU): those that it gives no meaning, and filling. Of those with metadata, two stay:
# how bright pictures of HDR become, and their colours. Their bytes, but for zeros at the end.
BESIDE_AV1, METADATA = {0, *range(9, 16)}, 5
HDR = {b"\1": 6, b"\2": 26}
WEBM = {"vp8", "vp9", "opus", "vorbis"}
ADDITION = "matroska_block_additional"  # to a block of WebM: transparency, or anything at all
MP3_KBITS = {
    True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG-1
    False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG-2 and 2.5
}
MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def stripper(codec, source, made):
    """A function that returns the packets to write for one of the stream `source` into `made`.

    Raises ValueError when no container has such headers of its codec.
    """
    headers = source.codec_context.extradata or b""
    if codec in BESIDE and headers.startswith(STARTS):
        kinds = "|".join(map(str, sorted(BESIDE[codec])))
        return BitStreamFilterContext(f"filter_units=remove_types={kinds}", source, made).filter
    if codec in BESIDE:
        width = unit_width(codec, headers)
        return lambda packet: without_messages(packet, codec, width)
    if codec == "av1":
        return without_metadata
    if codec == "mp3":
        return lambda packet: frames_of_mp3(packet, source.codec_context.sample_rate)
    if codec in WEBM and made.metadata.get("alpha_mode") != "1":
        return without_addition
    return lambda packet: [packet]


def stripped_headers(codec, headers):
    """The headers of a codec, as containers hold them, without what stands beside."""
    strip = {"vorbis": without_comments, "hevc": only_parameters, "av1": only_units}.get(codec)
    return strip(headers) if strip and headers and not headers.startswith(STARTS) else headers


def unit_width(codec, headers):
    """Bytes that give the length of a unit."""
    place = 4 if codec == "h264" else 21
    if len(headers) <= place + 1 or headers[0] > 1:
        raise ValueError(f"headers of {codec} that no container has")
    return (headers[place] & 3) + 1


def without_messages(packet, codec, width):
    data, kept = memoryview(packet), []
    place, whole = 0, True
    while place + width < len(data):
        end = place + width + int.from_bytes(data[place : place + width], "big")
        head = data[place + width]
        kind = head & 31 if codec == "h264" else head >> 1 & 63
        if kind in BESIDE[codec] or end > len(data):
            whole = False
        else:
            kept.append(data[place:end])
        place = end
    if whole and place == len(data):
        return [packet]
    return [like(packet, b"".join(kept))] if kept else []


def without_metadata(packet):
    """The packets to write of AV1."""
    data = memoryview(packet)
    kept = list(units_of_av1(data))
    if sum(map(len, kept)) == len(data):
        return without_addition(packet)
    return [like(packet, b"".join(kept))] if kept else []


def without_addition(packet):
    """The same of WebM, where nothing is transparent."""
    return [like(packet, bytes(packet)) if packet.has_sidedata(ADDITION) else packet]


def units_of_av1(data):
    """Those without which no picture can be decoded, or shown in its colours."""
    place = 0
    while place < len(data):
        head, begin = data[place], place
        place += 2 if head & 4 else 1  # of a layer: that is named in a second byte
        length, place = number_of_av1(data, place) if head & 2 else (len(data) - place, place)
        content, place = data[place : place + length], place + length
        kind = head >> 3 & 15
        beside = kind in BESIDE_AV1 or (kind == METADATA and not is_hdr(bytes(content)))
        if not beside and place <= len(data):
            yield data[begin:place]


def number_of_av1(data, place):
    """(a number, the place behind it): seven bits in each byte, and whether there is another."""
    number = 0
    for shift in range(0, 56, 7):
        number |= (data[place] & 127) << shift
        place += 1
        if data[place - 1] < 128:
            break
    return number, place


def is_hdr(metadata):
    return len(metadata.rstrip(b"\0")) == HDR.get(metadata[:1])


def like(packet, data):
    """A packet that is shown when this one is, with other bytes."""
    made = av.Packet(data)
    made.time_base = packet.time_base
    made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
    made.is_keyframe = packet.is_keyframe
    for beside in packet.iter_sidedata():
        if beside.data_type != ADDITION:
            made.set_sidedata(beside)
    return made


def frames_of_mp3(packet, rate):
    """Nothing but its frames of this rate; their first four bytes say how long they are."""
    data, frames, place = bytes(packet), [], 0
    while place + 4 <= len(data):
        length = mp3_length(data, place, rate)
        if not length or place + length > len(data):
            place, length = last_frame(data, place + 1, rate)
        frames.append(data[place : place + length])
        place += length
    whole = b"".join(frames)
    if whole == data:
        return [packet]
    return [like(packet, whole)] if whole else []


def last_frame(data, place, rate):
    """(place, length) of a frame that ends where the data does; nothing at its end, if none does.

    FFmpeg has cut the data before the next frame, so that others are none.
    """
    while (place := data.find(b"\xff", place)) >= 0:
        if place + mp3_length(data, place, rate) == len(data):
            return place, len(data) - place
        place += 1
    return len(data), 0


def mp3_length(data, place, wanted_rate):
    """Bytes of the frame of this rate (Hz) that begins there; 0 where none does."""
    if place + 4 > len(data):
        return 0
    sync, second, third = data[place : place + 3]
    version, layer = second >> 3 & 3, second >> 1 & 3
    number, rate = third >> 4, third >> 2 & 3
    if sync != 0xFF or second < 0xE0 or version == 1 or layer != 1:
        return 0
    if number in (0, 15) or rate == 3 or MP3_RATES[version][rate] != wanted_rate:
        return 0
    kbits, samples = MP3_KBITS[version == 3][number - 1], 144 if version == 3 else 72
    return samples * kbits * 1000 // wanted_rate + (third >> 1 & 1)


def only_parameters(headers):
    """Those of HEVC, which may hold messages as pictures do."""
    place, kept = 23, []
    for _ in range(headers[22]):
        start, count = place, int.from_bytes(headers[place + 1 : place + 3], "big")
        place += 3
        for _ in range(count):
            place += 2 + int.from_bytes(headers[place : place + 2], "big")
        if headers[start] & 63 in PARAMETERS:
            kept.append(headers[start:place])
    return headers[:22] + bytes([len(kept)]) + b"".join(kept)


def only_units(headers):
    """Those of AV1: units as pictures have them, most often behind four bytes of the container."""
    place = 4 if headers[0] & 128 else 0
    return headers[:place] + b"".join(units_of_av1(headers[place:]))


def without_comments(headers):
    """The three headers of Vorbis, the second of which is for comments."""
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
