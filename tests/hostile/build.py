"""The bricks of picture files: PNG chunks, JPEG segments, GIF blocks, RIFF and ISO boxes, EXIF."""

import functools
import io
import struct
import zlib

from PIL import Image, ImageDraw
from pillow_heif import register_heif_opener

register_heif_opener()


def drawn(size=(320, 240), mode="RGB"):
    """A picture with colours, edges and, where the mode has it, transparency."""
    width, height = size
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width // 2, height // 3), "#d03010")
    draw.rectangle((width // 2, 0, width, height // 3), "#1030d0")
    draw.ellipse((width // 4, height // 3, width * 3 // 4, height * 5 // 6), "#20a040")
    if mode in {"RGBA", "LA"}:
        picture.putalpha(Image.radial_gradient("L").resize(size))
    return picture.convert(mode)


def encoded(picture, kind, **options):
    """The bytes of a Pillow picture in a format."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


# PNG

PNG = b"\x89PNG\r\n\x1a\n"


def chunk(name, data=b""):
    """A PNG chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width, height, depth=8, colour=2, interlace=0):
    """IHDR. Colour: 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(width, height, depth=8, colour=2, data=None, before=b"", after=b""):
    """A PNG in one colour (or with `data` as its scan lines), with chunks around its pixels."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    if data is None:
        line = bytes(1 + (width * channels * depth + 7) // 8)
        squeezed = repeated(line, height)
    else:
        squeezed = zlib.compress(data, 1)
    pixels = chunk(b"IDAT", squeezed)
    return PNG + header(width, height, depth, colour) + before + pixels + after + chunk(b"IEND")


def repeated(line, times):
    """`line` many times, as zlib data that was never held as a whole."""
    squeeze, out = zlib.compressobj(1), []
    block = line * max(1, 1_000_000 // len(line))
    lines = len(block) // len(line)
    out += [squeeze.compress(block) for _ in range(times // lines)]
    return b"".join([*out, squeeze.compress(line * (times % lines)), squeeze.flush()])


def inside_png(data, chunks, before=b"IDAT"):
    """A PNG with `chunks` put in front of its first chunk of that name."""
    at = data.index(before) - 4
    return data[:at] + chunks + data[at:]


# JPEG


def segment(marker, data):
    """A JPEG segment with its length; `marker` is 0xE1 for APP1 and so on."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def inside_jpeg(data, segments):
    """A JPEG with `segments` right behind its start."""
    return data[:2] + segments + data[2:]


# GIF


def gif_start(width, height):
    """The header of a GIF with a palette of black and white."""
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"


@functools.cache
def gif_frame(width, height):
    """A frame in one colour, as Pillow packs it."""
    whole = encoded(Image.new("P", (width, height)), "GIF")
    return whole[whole.index(struct.pack("<BHHHH", 0x2C, 0, 0, width, height)) : -1]


def gif_blocks(data, size=255):
    """Data in blocks of at most 255 bytes, and the empty one that ends them."""
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def gif_comment(data, size=255):
    return b"!\xfe" + gif_blocks(data, size)


# WebP


def riff(chunks):
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def riff_chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def extended_webp(data, size, flags, chunks):
    """A simple WebP made an extended one, with chunks behind its pixels. Flags: 4 XMP, 8 EXIF."""
    width, height = (side - 1 for side in size)
    canvas = bytes([flags, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return riff(riff_chunk(b"VP8X", canvas) + data[12:] + chunks)


# ISO boxes: AVIF, HEIC, MP4


def box(name, data=b""):
    return struct.pack(">I", len(data) + 8) + name + data


def patched(data, old, new, times=1):
    """`data` with bytes that must be in it exchanged for as many others."""
    assert old in data, old
    assert len(old) == len(new)
    return data.replace(old, new, times)


# EXIF


def exif(*entries, length=0):
    """A TIFF directory of (tag, type, count, value) entries, filled up with zeros to `length`."""
    body = struct.pack("<H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack("<HHII", tag, kind, count, value)
    return (b"II*\0" + struct.pack("<I", 8) + body + bytes(4)).ljust(length, b"\0")


def orientation(value):
    """EXIF that says nothing but how the picture is to be turned."""
    return exif((0x0112, 3, 1, value))


def greedy_exif(length, entries):
    """EXIF whose every entry claims nearly the whole of it as its value."""
    size = length - 64
    return exif(*((0x9000 + n, 7, size, 8) for n in range(entries)), length=length)


# A progressive JPEG in grey, all in one colour, whose passes are a few bytes each


def scans_jpeg(width, height, passes, refine=False):
    """A JPEG that tells its decoder to go over the whole picture `passes` times."""
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    # One code of one bit each: for DC "no difference", for AC "the next 16,384 blocks and more".
    tables = b"\0" + bytes([1, *[0] * 15]) + b"\0" + b"\x10" + bytes([1, *[0] * 15]) + b"\xe0"
    start = b"\xff\xd8" + segment(0xDB, b"\0" + bytes([1] * 64)) + segment(0xC2, frame)
    start += segment(0xC4, tables)
    first = segment(0xDA, b"\1\1\0\0\0\0") + bytes((blocks + 7) // 8)
    runs = -(-blocks // 32767)
    bits = ("0" + "1" * 14) * runs
    data = int(bits.ljust((len(bits) + 7) // 8 * 8, "1"), 2).to_bytes((len(bits) + 7) // 8, "big")
    data = data.replace(b"\xff", b"\xff\0")
    passing = segment(0xDA, b"\1\1\0\x01\x3f" + (b"\x10" if refine else b"\0")) + data
    return start + first + passing * (passes - 1) + b"\xff\xd9"
