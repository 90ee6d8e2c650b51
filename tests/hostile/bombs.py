"""Files of a few kilobytes or megabytes that ask for gigabytes or minutes."""

import struct
import zlib

from PIL import Image

from . import build
from .build import (
    chunk,
    drawn,
    encoded,
    exif,
    gif_blocks,
    gif_comment,
    gif_frame,
    gif_start,
    greedy_exif,
    inside_jpeg,
    inside_png,
    orientation,
    png,
    riff,
    riff_chunk,
    scans_jpeg,
    segment,
)
from .case import DAMAGED, UNREADABLE, Case

PARTS = "thousands of small parts"


def jpeg():
    return encoded(drawn(), "JPEG")


def without_jfif():
    """A JPEG in which a decoder looks for the resolution in EXIF."""
    data = jpeg()
    return data[:2] + data[20:]


def exif_segment(data):
    return segment(0xE1, b"Exif\0\0" + data)


def empty_jpeg(width, height):
    """Nothing but headers."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    scan = segment(0xDA, b"\1\1\0\0\x3f\0")
    return b"\xff\xd8" + segment(0xC0, frame) + scan + b"\0" * 64 + b"\xff\xd9"


def flat_webp(width, height):
    """A lossless WebP in one colour: a header and five codes of one symbol each."""
    bits = (
        f"{0x2F:08b}"[::-1] + f"{width - 1:014b}"[::-1] + f"{height - 1:014b}"[::-1] + "0" + "000"
    )
    bits += "0" + "0" + "0"  # no transform, no cache, no meta codes
    bits += "".join("1" + "0" + "1" + f"{value:08b}"[::-1] for value in (80, 20, 200, 255))
    bits += "1" + "0" + "0" + "0"
    data = int(bits[::-1], 2).to_bytes((len(bits) + 7) // 8, "little")
    return riff(riff_chunk(b"VP8L", data))


def empty_webp(width, height):
    """An extended header for a canvas, and a frame that does not fill it."""
    canvas = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return riff(riff_chunk(b"VP8X", canvas) + encoded(drawn((16, 16)), "WEBP")[12:])


def sized_iso(kind, width, height):
    """AVIF or HEIC of 64 by 64 pixels that says it has others."""
    data = encoded(drawn((64, 64)), kind)
    said = b"ispe" + bytes(4) + struct.pack(">II", 64, 64)
    return build.patched(data, said, b"ispe" + bytes(4) + struct.pack(">II", width, height))


def gif_frames(count, side):
    return gif_start(side, side) + gif_frame(side, side) * count + b";"


def growing_gif():
    return gif_start(10, 10) + gif_frame(10, 10) + gif_frame(7000, 7000) * 40 + b";"


def apng(count, width, height, said=None):
    """Frames in one colour, each of them small when packed; `said` is how many there should be."""
    line = bytes(1 + width)
    pixels = build.repeated(line, height)
    control = chunk(b"acTL", struct.pack(">II", said or count, 0))
    parts, number = [], 0
    for n in range(count):
        place = struct.pack(">IIIIIHHBB", number, width, height, 0, 0, 1, 10, 0, 0)
        parts.append(chunk(b"fcTL", place))
        number += 1
        if n:
            parts.append(chunk(b"fdAT", struct.pack(">I", number) + pixels))
            number += 1
        else:
            parts.append(chunk(b"IDAT", pixels))
    start = build.PNG + build.header(width, height, colour=0) + control
    return start + b"".join(parts) + chunk(b"IEND")


def webp_frames(count, side):
    first = Image.new("RGB", (side, side))
    rest = [Image.new("RGB", (side, side), (n % 2 * 255, 0, 0)) for n in range(1, count)]
    return encoded(first, "WEBP", save_all=True, append_images=rest, duration=20, method=0)


def text_bomb(count):
    """Chunks of text that are a thousand times as long when unpacked."""
    packed = zlib.compress(b"x" * 1_000_000)
    texts = b"".join(chunk(b"zTXt", b"k%d\0\0" % n + packed) for n in range(count))
    return inside_png(encoded(drawn(), "PNG"), texts)


def astral_bomb():
    """The same, of which each letter takes four bytes in memory because one is an emoji."""
    packed = zlib.compress("😀".encode() + b"x" * 1_000_000)
    texts = b"".join(chunk(b"iTXt", b"k%d\0\1\0\0\0" % n + packed) for n in range(60))
    return inside_png(encoded(drawn(), "PNG"), texts)


def png_with(data, before=b"IDAT"):
    return inside_png(encoded(drawn(), "PNG"), data, before)


def webp_exif(data):
    picture = encoded(drawn(), "WEBP")
    return build.extended_webp(picture, (320, 240), 8, riff_chunk(b"EXIF", data))


def fake_icc(size=100_000):
    """A colour profile whose tags all claim the whole of it."""
    tags = b"".join(struct.pack(">4sII", b"A2B%d" % (n % 10), 132, size - 132) for n in range(100))
    start = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    start = start.ljust(36, b"\0") + b"acsp"
    return (start.ljust(128, b"\0") + struct.pack(">I", 100) + tags).ljust(size, b"\0")


def many_segments(data, count):
    return inside_jpeg(without_jfif(), data * count)


def big(name, pixels, make, extension, **options):
    return Case(f"{name} of {pixels}", make, f"photo.{extension}", **options)


PIXELS = [
    big("PNG", "61 MP", lambda: png(7900, 7750), "png", says="has 62 megapixels; 60 is the most"),
    big("PNG", "51 MP", lambda: png(7130, 7130), "png", says="51 megapixels; 50 is the most"),
    big("PNG", "177 MP", lambda: png(13_320, 13_320), "png", says="178 megapixels; 60 is the most"),
    big("1-bit PNG", "225 MP", lambda: png(15_000, 15_000, 1, 0), "png", says="225 megapixels"),
    big("1-bit PNG", "2,500 MP", lambda: png(50_000, 50_000, 1, 0), "png", says="2500 megapixels"),
    big("16-bit PNG", "100 MP", lambda: png(10_000, 10_000, 16, 6), "png", says="100 megapixels"),
    big("PNG header", "4 million MP", lambda: headless(2**31 - 1, 2**31 - 1), "png",
        says="60 is the most"),
    big("PNG", "1 pixel wide", lambda: png(1, 50_000_000, 1, 0), "png", says="65535 is the most"),
    big("PNG", "1 pixel high", lambda: png(50_000_000, 1, 1, 0), "png", says="65535 is the most"),
    big("PNG", "0 by 0 pixels", lambda: headless(0, 0), "png", says="picture"),
    big("JPEG header", "65,500²", lambda: empty_jpeg(65_500, 65_500), "jpg", says="megapixels"),
    big("JPEG header", "61 MP", lambda: empty_jpeg(7900, 7750), "jpg", says="62 megapixels; 60"),
    big("JPEG header", "59 MP", lambda: empty_jpeg(7700, 7660), "jpg", says=DAMAGED),
    big("JPEG header", "0 pixels", lambda: empty_jpeg(0, 0), "jpg", says="picture"),
    big("WebP", "268 MP", lambda: flat_webp(16_383, 16_383), "webp", says="megapixels"),
    big("WebP", "64 MP", lambda: flat_webp(8000, 8000), "webp", says="64 megapixels; 60"),
    big("WebP", "20 MP", lambda: flat_webp(4470, 4470), "webp", says="20 megapixels; 15"),
    big("WebP canvas", "281 million MP", lambda: empty_webp(2**24, 2**24), "webp", says="picture"),
    big("WebP canvas", "178 MP", lambda: empty_webp(13_340, 13_340), "webp", says="picture"),
    big("AVIF header", "400 MP", lambda: sized_iso("AVIF", 20_000, 20_000), "avif", says="picture"),
    big("AVIF header", "25 MP", lambda: sized_iso("AVIF", 5000, 5000), "avif",
        says="25 megapixels; 20"),
    big("HEIC header", "400 MP", lambda: sized_iso("HEIF", 20_000, 20_000), "heic", says="picture"),
    big("HEIC header", "59 MP", lambda: sized_iso("HEIF", 7680, 7680), "heic",
        says="59 megapixels; 53"),
    big("GIF", "65,535²", lambda: gif_start(65_535, 65_535) + gif_frame(9, 9) + b";", "gif",
        says="megapixels"),
    big("GIF", "62 MP", lambda: gif_start(7900, 7750) + gif_frame(9, 9) + b";", "gif",
        says="62 megapixels; 60"),
    big("GIF frame", "larger than its canvas",
        lambda: gif_start(9, 9) + gif_frame(9000, 9000) + b";", "gif", says="81 megapixels"),
]  # fmt: skip

FRAMES = [
    Case("GIF of 301 frames", lambda: gif_frames(301, 16), "a.gif", "301 frames or more; 300 is"),
    Case("GIF of 40,000 frames", lambda: gif_frames(40_000, 16), "a.gif", "300 is the most"),
    Case("GIF of 290 megapixels in frames", lambda: gif_frames(290, 1000), "a.gif",
         "17 megapixels"),
    Case("GIF that grows with its second frame", growing_gif, "a.gif", "megapixels in its frames"),
    Case("GIF with frames of 25 megapixels", lambda: gif_frames(3, 5000), "a.gif", "3 is the most"),
    Case("APNG of 301 frames", lambda: apng(301, 16, 16), "a.png", "301 frames or more; 300 is"),
    Case("APNG of 300 megapixels in frames", lambda: apng(299, 1000, 1000), "a.png", "299 megapix"),
    Case("APNG that says it has 2 thousand million frames", lambda: apng(2, 64, 64, 2**31 - 1),
         "a.png", "300 is the most"),
    Case("APNG that says it has two frames more", lambda: apng(2, 64, 64, 4), "a.png", DAMAGED),
    Case("APNG with frames of 25 megapixels", lambda: apng(2, 5000, 5000), "a.png",
         "3 is the most"),
    Case("WebP of 301 frames", lambda: webp_frames(301, 16), "a.webp",
         "301 frames or more; 300 is"),
    Case("WebP of 30 megapixels in frames", lambda: webp_frames(30, 1000), "a.webp",
         "30 megapixels"),
    Case("WebP with frames of 4 megapixels", lambda: webp_frames(2, 2000), "a.webp",
         "3 is the most"),
]  # fmt: skip

SCANS = [
    Case("JPEG of 5,000 passes", lambda: scans_jpeg(3000, 3000, 5000), says="5000 passes; 100 is"),
    Case("JPEG of 101 passes", lambda: scans_jpeg(1000, 1000, 101), says="101 passes; 100 is"),
    Case("JPEG of 100,000 passes", lambda: scans_jpeg(800, 800, 100_000), says="passes; 100 is"),
    Case("JPEG of 59 megapixels and 26 passes", lambda: scans_jpeg(7700, 7660, 26), says="25 is"),
    Case("JPEG of 5,000 passes behind a thumbnail's end",
         lambda: inside_jpeg(scans_jpeg(3000, 3000, 5000), exif_segment(b"\xff\xd9" * 9)),
         says="5000 passes"),
    Case("progressive CMYK JPEG of 30 megapixels",
         lambda: encoded(Image.new("CMYK", (6000, 5000)), "JPEG", progressive=True),
         says="30 megapixels; 20 is the most"),
]  # fmt: skip

CHUNKS = [
    Case("PNG of 500,000 chunks", lambda: png_with(chunk(b"prVt") * 500_000), "a.png", PARTS),
    Case("PNG of 700,000 chunks behind its pixels",
         lambda: png_with(chunk(b"prVt") * 700_000, b"IEND"), "a.png", PARTS),
    Case("PNG of 800,000 empty pixel chunks",
         lambda: inside_png(png(900, 900), chunk(b"IDAT") * 800_000), "a.png", PARTS),
    Case("PNG text of 60 MB unpacked", lambda: text_bomb(60), "a.png", DAMAGED),
    Case("PNG text of 2 MB in one chunk",
         lambda: png_with(chunk(b"zTXt", b"k\0\0" + zlib.compress(b"x" * 2_000_000))),
         "a.png", DAMAGED),
    Case("PNG text of 240 MB in memory", astral_bomb, "a.png", DAMAGED),
    Case("PNG text of 9 MB", lambda: png_with(chunk(b"tEXt", b"k\0" + b"x" * 9_000_000)),
         "a.png", DAMAGED),
    Case("PNG colour profile of 200 MB unpacked",
         lambda: png_with(chunk(b"iCCP", b"p\0\0" + build.repeated(bytes(1000), 200_000))),
         "a.png", DAMAGED),
    Case("PNG chunk that says it is 2 GB long",
         lambda: png_with(struct.pack(">I", 2**31 - 1) + b"prVt"), "a.png", DAMAGED),
    Case("JPEG of 2 million comments", lambda: inside_jpeg(jpeg(), segment(0xFE, b"") * 2_000_000),
         says=PARTS),
    Case("JPEG of 300,000 pieces of EXIF",
         lambda: many_segments(exif_segment(b"12345"), 300_000), says=PARTS),
    Case("JPEG with 9 MB of filling", lambda: inside_jpeg(jpeg(), b"\xff" * 9_000_000), says=PARTS),
    Case("JPEG with 9 MB of zeros in front", lambda: b"\0" * 9_000_000 + jpeg(), says=UNREADABLE),
    Case("GIF of 1.5 million comments",
         lambda: gif_start(9, 9) + gif_comment(b"x") * 1_500_000 + gif_frame(9, 9) + b";",
         "a.gif", PARTS),
    Case("GIF with a comment of 9 MB",
         lambda: gif_start(9, 9) + gif_comment(b"x" * 9_000_000) + gif_frame(9, 9) + b";",
         "a.gif", PARTS),
    Case("GIF pixels in 4 million blocks",
         lambda: gif_start(9, 9) + gif_frame(9, 9)[:-1] + gif_blocks(bytes(4_000_000), 1) + b";",
         "a.gif", PARTS),
    Case("JPEG whose EXIF claims 300 MB",
         lambda: inside_jpeg(without_jfif(), exif_segment(greedy_exif(65_000, 5000)))),
    Case("PNG whose EXIF claims 2 GB",
         lambda: png_with(chunk(b"eXIf", greedy_exif(1_000_000, 2000))), "a.png"),
    Case("WebP whose EXIF claims 2 GB", lambda: webp_exif(greedy_exif(1_000_000, 2000)), "a.webp"),
    Case("JPEG whose list of pictures claims 300 MB",
         lambda: inside_jpeg(without_jfif(), segment(0xE2, b"MPF\0" + greedy_exif(65_000, 5000)))),
    Case("JPEG whose EXIF turns in a circle",
         lambda: inside_jpeg(
             without_jfif(), exif_segment(exif((0x8769, 4, 1, 8), (0x8825, 4, 1, 8))))),
    Case("JPEG with an orientation of 999",
         lambda: inside_jpeg(jpeg(), exif_segment(orientation(999)))),
    Case("JPEG whose colour profile claims 10 MB",
         lambda: encoded(drawn(), "JPEG", icc_profile=fake_icc())),
    Case("PNG whose colour profile is noise",
         lambda: encoded(drawn(), "PNG", icc_profile=bytes(range(256)) * 100), "a.png"),
    Case("WebP chunk that says it is 4 GB long",
         lambda: riff(encoded(drawn(), "WEBP")[12:] + b"XMP " + struct.pack("<I", 2**32 - 2)),
         "a.webp", DAMAGED),
]  # fmt: skip


def headless(width, height):
    """A PNG of a header and hardly a pixel."""
    return (
        build.PNG
        + build.header(width, height)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND")
    )


CASES = PIXELS + FRAMES + SCANS + CHUNKS
