"""Pictures as cameras and programs make them, one for each way to write them."""

import functools
import zlib

from PIL import Image

from .build import PNG, chunk, drawn, encoded, exif, header, inside_jpeg, segment


@functools.cache
def picture(kind):
    """(extension, bytes) of one of KINDS."""
    return KINDS[kind][0], KINDS[kind][1]()


def moving(count=6):
    return [drawn((160, 120)).rotate(15 * n) for n in range(count)]


def animated(kind, **options):
    first, *rest = moving()
    return encoded(first, kind, save_all=True, append_images=rest, duration=80, loop=0, **options)


def mpo():
    first, second = drawn(), drawn((160, 120))
    return encoded(first, "MPO", save_all=True, append_images=[second])


def interlaced_png():
    """Pillow writes none, so its seven passes are laid out here."""
    width, height = 60, 44
    pixels = drawn((width, height)).load()
    lines = b""
    for x0, y0, dx, dy in [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
    ]:  # fmt: skip
        for y in range(y0, height, dy):
            lines += b"\0" + b"".join(bytes(pixels[x, y]) for x in range(x0, width, dx))
    start = PNG + header(width, height, interlace=1)
    return start + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND")


def phone():
    """A JPEG with EXIF, a thumbnail in it, XMP and a comment."""
    thumbnail = encoded(drawn((64, 48)), "JPEG")
    notes = segment(0xE1, b"Exif\0\0" + exif((0x0112, 3, 1, 1)) + thumbnail)
    notes += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>")
    return inside_jpeg(encoded(drawn(), "JPEG"), notes + segment(0xFE, b"a comment"))


KINDS = {
    "JPEG": ("jpg", lambda: encoded(drawn(), "JPEG")),
    "progressive JPEG": ("jpg", lambda: encoded(drawn(), "JPEG", progressive=True)),
    "phone's JPEG": ("jpg", phone),
    "MPO": ("jpg", mpo),
    "PNG": ("png", lambda: encoded(drawn(), "PNG")),
    "interlaced PNG": ("png", interlaced_png),
    "palette PNG": ("png", lambda: encoded(drawn().quantize(64), "PNG")),
    "APNG": ("png", lambda: animated("PNG")),
    "WebP": ("webp", lambda: encoded(drawn(), "WEBP")),
    "lossless WebP": ("webp", lambda: encoded(drawn(), "WEBP", lossless=True)),
    "WebP with alpha": ("webp", lambda: encoded(drawn(mode="RGBA"), "WEBP")),
    "animated WebP": ("webp", lambda: animated("WEBP")),
    "AVIF": ("avif", lambda: encoded(drawn(), "AVIF")),
    "animated AVIF": ("avif", lambda: animated("AVIF")),
    "GIF": ("gif", lambda: encoded(drawn().quantize(64), "GIF")),
    "animated GIF": ("gif", lambda: encoded_gif()),
    "HEIC": ("heic", lambda: encoded(drawn(), "HEIF")),
    "HEIC with alpha": ("heic", lambda: encoded(drawn(mode="RGBA"), "HEIF")),
}


def encoded_gif():
    first, *rest = [frame.quantize(32, dither=Image.Dither.NONE) for frame in moving()]
    return encoded(first, "GIF", save_all=True, append_images=rest, duration=80, loop=0)
