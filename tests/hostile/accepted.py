"""Good pictures of every kind, with what has to be seen of each after it is stored."""

import functools
import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from pillow_heif import HeifFile

from .build import (
    PNG,
    chunk,
    drawn,
    encoded,
    exif,
    extended_webp,
    header,
    inside_jpeg,
    inside_png,
    orientation,
    png,
    riff_chunk,
    segment,
)
from .good import animated, interlaced_png, moving, mpo, phone
from .profiles import display_p3, four_inks, linear_grey, linear_to_srgb, p3_to_srgb

SECRET = b"SECRET: 51.4778 N, 0.0015 W"
TURNED = {  # EXIF orientation: how a camera that was held like that lays its lines out
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
# Mean distance of pixels, 0 to 255, by the format that is stored: lossy ones are not the same.
TOLERANCE = {"png": 0, "jpg": 2.5, "webp": 3}


@dataclass(frozen=True)
class Good:
    """A picture to upload, and what is to be seen of it, or a list of that for an animation."""

    name: str
    extension: str
    make: Callable[[], bytes]
    seen: Callable[[], Image.Image | list[Image.Image]] = drawn
    stored: str = "jpg"
    tolerance: float | None = None

    def __str__(self):
        return self.name


def lines(value):
    """A picture as a camera wrote it that was held so that `value` tells how to turn it."""
    return drawn() if value == 1 else drawn().transpose(TURNED[value])


def turned_jpeg(value):
    data = encoded(lines(value), "JPEG", quality=95)
    return inside_jpeg(data, segment(0xE1, b"Exif\0\0" + orientation(value)))


def turned_png(value):
    return inside_png(encoded(lines(value), "PNG"), chunk(b"eXIf", orientation(value)))


def turned_webp(value):
    picture = lines(value)
    data = encoded(picture, "WEBP", quality=95)
    return extended_webp(data, picture.size, 8, riff_chunk(b"EXIF", orientation(value)))


def turned_avif(value):
    return encoded(lines(value), "AVIF", quality=90, exif=b"Exif\0\0" + orientation(value))


def grey16(size=(320, 240)):
    """A ramp of more greys than eight bits have."""
    width, height = size
    row = b"".join(struct.pack("<H", x * 65535 // (width - 1)) for x in range(width))
    return Image.frombytes("I;16", size, row * height)


def png16(colour):
    """RGB or RGBA of 16 bits, of which 8 are kept."""
    channels = {2: 3, 6: 4}[colour]
    row = b"\0" + bytes(
        byte for x in range(256) for n in range(channels) for byte in (x if n % 2 else 255 - x, 7)
    )
    return png(256, 100, 16, colour, data=row * 100)


def seen16(mode):
    row = bytes(x if n % 2 else 255 - x for x in range(256) for n in range(len(mode)))
    return Image.frombytes(mode, (256, 100), row * 100)


def colour_key():
    """RGB of which one colour is transparent."""
    picture = Image.new("RGB", (64, 64), "red")
    picture.paste((0, 0, 255), (0, 0, 32, 64))
    return encoded(picture, "PNG", transparency=(255, 0, 0))


def colour_key_seen():
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 32, 64))
    return picture


@functools.cache
def palette():
    return drawn().quantize(60, dither=Image.Dither.NONE)


def palette_alpha():
    """Each colour of the palette with an alpha of its own."""
    return encoded(palette(), "PNG", transparency=bytes(range(0, 240, 4)))


def palette_alpha_seen():
    picture = palette().convert("RGBA")
    alphas = bytes(range(0, 240, 4)).ljust(256, b"\xff")
    alpha = palette().tobytes().translate(alphas)
    picture.putalpha(Image.frombytes("L", picture.size, alpha))
    return picture


def wide_colours():
    return encoded(drawn(), "JPEG", quality=95, icc_profile=display_p3(SECRET.decode()))


def wide_colours_seen():
    return each_colour(drawn(), p3_to_srgb)


def each_colour(picture, change):
    known = {}
    pixels = [known.get(p) or known.setdefault(p, change(p)) for p in picture.get_flattened_data()]
    result = Image.new("RGB", picture.size)
    result.putdata(pixels)
    return result


def linear():
    """Without what is nearly black: eight bits of light have few steps there."""
    grey = drawn().convert("L").point(lambda value: 64 + value * 3 // 4)
    return grey, encoded(grey, "JPEG", quality=95, icc_profile=linear_grey(SECRET.decode()))


def inks():
    return encoded(
        drawn().convert("CMYK"), "JPEG", quality=95, icc_profile=four_inks(SECRET.decode())
    )


def inks_seen():
    """Four inks that all darken alike leave greys: see the profile."""

    def grey(colour):
        # CMYK of Pillow: black is not used, and the inks are what is missing of red, green, blue.
        light = 1 - sum(255 - c for c in colour) / 4 / 255
        light = ((100 * light + 16) / 116) ** 3 if light > 0.08 else light / 9.033
        light = 1.055 * light ** (1 / 2.4) - 0.055 if light > 0.0031308 else 12.92 * light
        return (round(255 * light),) * 3

    return each_colour(drawn(), grey)


def notes():
    """A JPEG with all the notes that cameras and programs leave in one."""
    place = exif((0x010E, 2, len(SECRET), 200), (0x0112, 3, 1, 1), (0x8825, 4, 1, 100), length=200)
    place += SECRET
    data = encoded(drawn(), "JPEG", quality=95, icc_profile=display_p3(SECRET.decode()))
    parts = segment(0xE1, b"Exif\0\0" + place) + segment(0xFE, SECRET)
    parts += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + SECRET)
    parts += segment(0xED, b"Photoshop 3.0\0" + SECRET) + segment(0xE9, SECRET)
    return inside_jpeg(data, parts) + SECRET


def noted_png():
    data = encoded(drawn(), "PNG", icc_profile=display_p3(SECRET.decode()), dpi=(72, 72))
    parts = chunk(b"tEXt", b"Comment\0" + SECRET) + chunk(b"tIME", bytes(7))
    parts += chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET) + chunk(b"prVt", SECRET)
    return inside_png(data, parts) + SECRET


def plain_apng():
    return animated("PNG")


def apng_with_a_still():
    """An APNG whose first picture is shown only where animations are not."""
    first, *rest = moving()
    return encoded(Image.new("RGB", first.size, "lime"), "PNG", save_all=True, default_image=True,
                   append_images=[first, *rest], duration=80)  # fmt: skip


def patchwork_gif():
    """Frames that change a part each, and keep or clear what was there."""
    base = Image.new("RGB", (80, 60), "navy")
    frames = [base]
    for n, colour in enumerate(("red", "lime", "yellow")):
        frames.append(frames[-1].copy())
        frames[-1].paste(colour, (20 * n, 10, 20 * n + 15, 40))
    first, *rest = [frame.quantize(8) for frame in frames]
    return encoded(first, "GIF", save_all=True, append_images=rest, duration=[50, 100, 150, 200])


def patchwork():
    picture = Image.new("RGB", (80, 60), "navy")
    frames = [picture.copy()]
    for n, colour in enumerate(("red", "lime", "yellow")):
        picture.paste(colour, (20 * n, 10, 20 * n + 15, 40))
        frames.append(picture.copy())
    return frames


def flat(size, colour="#336699"):
    return Image.new("RGB", size, colour)


def several_heic():
    """A HEIC of two pictures; the second is the one that counts."""
    both = HeifFile()
    both.add_from_pillow(Image.new("RGB", (64, 64), "red"))
    both.add_from_pillow(drawn())
    out = io.BytesIO()
    both.save(out, quality=90, primary_index=1)
    return out.getvalue()


def smallest_png():
    """A grey pixel."""
    return PNG + header(1, 1, 8, 0) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND")


def size_of(mode, size):
    return lambda: drawn(size, mode)


CASES = [
    *(Good(f"JPEG turned by {n}", "jpg", lambda n=n: turned_jpeg(n)) for n in TURNED),
    *(Good(f"PNG turned by {n}", "png", lambda n=n: turned_png(n), stored="png") for n in TURNED),
    *(Good(f"WebP turned by {n}", "webp", lambda n=n: turned_webp(n), stored="webp")
      for n in TURNED),
    *(Good(f"AVIF turned by {n}", "avif", lambda n=n: turned_avif(n), stored="webp")
      for n in TURNED),
    Good("JPEG", "jpg", lambda: encoded(drawn(), "JPEG", quality=95)),
    Good("JPEG called .jpeg", "jpeg", lambda: encoded(drawn(), "JPEG", quality=95)),
    Good("JPEG called .JFIF", "JFIF", lambda: encoded(drawn(), "JPEG", quality=95)),
    Good("JPEG of 4:4:4", "jpg", lambda: encoded(drawn(), "JPEG", subsampling=0, quality=95)),
    Good("JPEG with restarts", "jpg",
         lambda: encoded(drawn(), "JPEG", restart_marker_rows=1, quality=95)),
    Good("progressive JPEG", "jpg", lambda: encoded(drawn(), "JPEG", progressive=True, quality=95)),
    Good("grey JPEG", "jpg", lambda: encoded(drawn(mode="L"), "JPEG", quality=95),
         lambda: drawn(mode="L")),
    Good("CMYK JPEG", "jpg", lambda: encoded(drawn().convert("CMYK"), "JPEG", quality=95)),
    Good("CMYK JPEG with profile", "jpg", inks, inks_seen, tolerance=4),
    Good(
        "grey JPEG of linear light",
        "jpg",
        lambda: linear()[1],
        lambda: linear()[0].point(linear_to_srgb),
    ),
    Good("JPEG in Display P3", "jpg", wide_colours, wide_colours_seen),
    Good("JPEG with all kinds of notes", "jpg", notes, wide_colours_seen),
    Good("JPEG of a phone", "jpg", phone, tolerance=4),
    Good("MPO", "mpo", mpo, tolerance=4),
    Good("MPO called .jpg", "jpg", mpo, tolerance=4),
    Good("PNG", "png", lambda: encoded(drawn(), "PNG"), stored="png"),
    Good("PNG with notes", "png", noted_png, wide_colours_seen, "png", 1),
    Good("interlaced PNG", "png", interlaced_png, size_of("RGB", (60, 44)), "png"),
    Good("PNG with alpha", "png", lambda: encoded(drawn(mode="RGBA"), "PNG"),
         lambda: drawn(mode="RGBA"), "png"),
    Good("PNG with alpha that hides nothing", "png",
         lambda: encoded(drawn().convert("RGBA"), "PNG"), stored="png"),
    Good("grey PNG", "png", lambda: encoded(drawn(mode="L"), "PNG"), lambda: drawn(mode="L"),
         "png"),
    Good("grey PNG with alpha", "png", lambda: encoded(drawn(mode="LA"), "PNG"),
         lambda: drawn(mode="LA"), "png"),
    Good("PNG of 16 bits of grey", "png", lambda: encoded(grey16(), "PNG"), grey16, "png"),
    Good("PNG of 16 bits of colour", "png", lambda: png16(2), lambda: seen16("RGB"), "png", 1),
    Good("PNG of 16 bits of colour with alpha", "png", lambda: png16(6), lambda: seen16("RGBA"),
         "png", 1),
    Good("PNG of 1 bit", "png", lambda: encoded(drawn().convert("1"), "PNG"),
         lambda: drawn().convert("1").convert("L"), "png"),
    Good("PNG with palette", "png", lambda: encoded(palette(), "PNG"),
         lambda: palette().convert("RGB"), "png"),
    Good("PNG with palette and alpha", "png", palette_alpha, palette_alpha_seen, "png"),
    Good("PNG with a colour that is transparent", "png", colour_key, colour_key_seen, "png"),
    Good("WebP", "webp", lambda: encoded(drawn(), "WEBP", quality=95), stored="webp"),
    Good("lossless WebP", "webp", lambda: encoded(drawn(), "WEBP", lossless=True), stored="webp"),
    Good("WebP with alpha", "webp", lambda: encoded(drawn(mode="RGBA"), "WEBP", quality=95),
         lambda: drawn(mode="RGBA"), "webp"),
    Good("AVIF", "avif", lambda: encoded(drawn(), "AVIF", quality=90), stored="webp"),
    Good("AVIF with alpha", "avif", lambda: encoded(drawn(mode="RGBA"), "AVIF", quality=90),
         lambda: drawn(mode="RGBA"), "webp"),
    Good("HEIC", "heic", lambda: encoded(drawn(), "HEIF", quality=90)),
    Good("HEIC called .heif", "heif", lambda: encoded(drawn(), "HEIF", quality=90)),
    Good("HEIC with alpha", "heic", lambda: encoded(drawn(mode="RGBA"), "HEIF", quality=90),
         lambda: drawn(mode="RGBA"), "webp"),
    Good("HEIC of several pictures", "heic", several_heic),
    Good("HEIC wider than what is stored", "heic",
         lambda: encoded(drawn((4800, 600)), "HEIF", quality=90),
         lambda: drawn((4800, 600)).resize((4096, 512), Image.Resampling.LANCZOS)),
    Good("GIF", "gif", lambda: encoded(palette(), "GIF"), lambda: palette().convert("RGB"), "png"),
    Good("animated GIF", "gif", patchwork_gif, patchwork, "webp", 6),
    Good("animated WebP", "webp", lambda: animated("WEBP", quality=95), moving, "webp", 6),
    Good("animated WebP with alpha", "webp",
         lambda: animated_alpha(),
         lambda: [drawn((160, 120), "RGBA").rotate(turn) for turn in (0, 90)], "webp", 6),
    Good("animated PNG", "png", plain_apng, moving, "webp", 6),
    Good("animated WebP in Display P3", "webp",
         lambda: animated("WEBP", quality=95, icc_profile=display_p3(SECRET.decode())),
         lambda: [each_colour(frame, p3_to_srgb) for frame in moving()], "webp", 6),
    Good("animated PNG with a still for others", "png", apng_with_a_still, moving, "webp", 6),
    Good("animated AVIF", "avif", lambda: animated("AVIF", quality=90), moving, "webp", 8),
    Good("JPEG of 48 megapixels", "jpg", lambda: encoded(drawn((8064, 6048)), "JPEG", quality=80),
         lambda: drawn((8064, 6048)).reduce(2), tolerance=3),
    Good("JPEG of a panorama", "jpg", lambda: encoded(drawn((9000, 1000)), "JPEG", quality=95),
         lambda: drawn((9000, 1000)).reduce(2).resize((4096, 455), Image.Resampling.LANCZOS),
         tolerance=3),
    Good("PNG taller than what is stored", "png", lambda: encoded(drawn((400, 6000)), "PNG"),
         lambda: drawn((400, 6000)).resize((273, 4096), Image.Resampling.LANCZOS), "png", 0.5),
    Good("JPEG of just the width that is stored", "jpg",
         lambda: encoded(drawn((4096, 300)), "JPEG", quality=95), size_of("RGB", (4096, 300))),
    Good("JPEG one pixel wider", "jpg", lambda: encoded(drawn((4097, 300)), "JPEG", quality=95),
         lambda: drawn((4097, 300)).resize((4096, 300))),
    Good("JPEG as wide as a rendition", "jpg",
         lambda: encoded(drawn((400, 300)), "JPEG", quality=95), size_of("RGB", (400, 300))),
    Good("JPEG wider than a rendition", "jpg",
         lambda: encoded(drawn((401, 300)), "JPEG", quality=95), size_of("RGB", (401, 300))),
    Good("JPEG with all renditions", "jpg",
         lambda: encoded(drawn((1700, 900)), "JPEG", quality=95), size_of("RGB", (1700, 900))),
    Good("PNG with alpha and renditions", "png",
         lambda: encoded(drawn((900, 700), "RGBA"), "PNG"), size_of("RGBA", (900, 700)), "png"),
    Good("PNG of 16 bits with renditions", "png",
         lambda: encoded(grey16((900, 100)), "PNG"), lambda: grey16((900, 100)), "png"),
    Good("animation with renditions", "gif",
         lambda: encoded(flat((900, 20)), "GIF", save_all=True,
                         append_images=[flat((900, 20), "red")]),
         lambda: [flat((900, 20)), flat((900, 20), "red")], "webp", 6),
    Good("picture of one pixel", "png", smallest_png, lambda: Image.new("L", (1, 1), 128), "png"),
    Good("picture of 1 by 3000 pixels", "png", lambda: encoded(flat((1, 3000)), "PNG"),
         lambda: flat((1, 3000)), "png"),
    Good("picture of 3000 by 1 pixels", "jpg", lambda: encoded(flat((3000, 1)), "JPEG"),
         lambda: flat((3000, 1)), tolerance=4),
]  # fmt: skip


def animated_alpha():
    first = drawn((160, 120), "RGBA")
    return encoded(first, "WEBP", save_all=True, append_images=[first.rotate(90)], duration=80,
                   quality=95)  # fmt: skip
