"""Pictures that are just small enough: the most work that an accepted upload can make."""

import random

from PIL import Image

from .build import drawn, encoded, gif_frame, gif_start, png, scans_jpeg
from .case import Case


def noise(length):
    """Bytes that look random to a filter, and small to zlib."""
    part = random.Random(1).randbytes(997)
    return (part * (length // len(part) + 1))[:length]


def noisy_png(width, height, depth=8, colour=2):
    """Each line the same noise, but for the shift that its length gives it."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    line = b"\0" + noise(width * channels * depth // 8)
    return png(width, height, depth, colour, data=line * height)


def noisy(mode, size):
    length = size[0] * size[1] * len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, noise(length))


def palette_png(width, height):
    picture = noisy("P", (width, height))
    picture.putpalette(noise(768))
    return encoded(picture, "PNG", compress_level=1, transparency=7)


def frames(count, size, mode="RGB"):
    return [drawn(size, mode).rotate(7 * n) for n in range(count)]


def animated(kind, count, size, mode="RGB", **options):
    first, *rest = frames(count, size, mode)
    return encoded(first, kind, save_all=True, append_images=rest, duration=40, **options)


def noisy_gif():
    first, *rest = [noisy("P", (1000, 1000)).rotate(n * 90) for n in range(8)]
    return encoded(first, "GIF", save_all=True, append_images=rest, duration=40)


def jpeg(mode, size, **options):
    return encoded(drawn(size).convert(mode), "JPEG", **options)


def heic():
    """As large as the largest of a phone."""
    return encoded(drawn((8064, 6048)), "HEIF", quality=40, enc_params={"preset": "ultrafast"})


CASES = [
    Case("PNG of 49 MP", lambda: noisy_png(7000, 6990), "a.png", size=(4096, 4090)),
    Case("PNG with alpha of 49 MP", lambda: noisy_png(7000, 6990, colour=6), "a.png",
         size=(2830, 2826)),
    Case("PNG of 16 bits and 49 MP", lambda: noisy_png(7000, 6990, 16), "a.png", size=(4096, 4090)),
    Case("PNG with palette and alpha of 49 MP", lambda: palette_png(7000, 6990), "a.png",
         size=(2830, 2826)),
    Case("PNG with alpha that is not scaled", lambda: noisy_png(4096, 4096, colour=6), "a.png",
         size=(4096, 4096)),
    Case("WebP of 15 MP", lambda: encoded(drawn((3872, 3872)), "WEBP", method=0), "a.webp",
         size=(3872, 3872)),
    Case("WebP with alpha of 15 MP",
         lambda: encoded(drawn((3872, 3872), "RGBA"), "WEBP", lossless=True, quality=0, method=0),
         "a.webp", size=(2828, 2828)),
    Case("AVIF with alpha of 20 MP",
         lambda: encoded(drawn((4472, 4472), "RGBA"), "AVIF", quality=30, speed=10), "a.avif",
         size=(2828, 2828)),
    Case("HEIC of 48 MP", heic, "a.heic", size=(4096, 3072)),
    Case("GIF of 60 MP", lambda: gif_start(7745, 7745) + gif_frame(7745, 7745) + b";", "a.gif",
         size=(4096, 4096)),
    Case("JPEG of 60 MP", lambda: jpeg("RGB", (7745, 7745)), size=(3873, 3873)),
    Case("square JPEG of 58 MP", lambda: jpeg("RGB", (7600, 7600)), size=(3800, 3800)),
    Case("JPEG of 43 MP that can't be halved",
         lambda: jpeg("RGB", (6550, 6550), subsampling=0, quality=90), size=(4096, 4096)),
    Case("CMYK JPEG of 43 MP that can't be halved", lambda: jpeg("CMYK", (6550, 6550)),
         size=(4096, 4096)),
    Case("progressive JPEG of 60 MP", lambda: jpeg("RGB", (7745, 7745), progressive=True),
         size=(3873, 3873)),
    Case("JPEG of 60 MP and 25 passes", lambda: scans_jpeg(7745, 7745, 25, refine=True),
         size=(3873, 3873)),
    Case("GIF of 300 frames", lambda: animated("GIF", 300, (230, 230)), "a.gif", size=(230, 230)),
    Case("GIF of noise, 8 MP in frames", noisy_gif, "a.gif", size=(1000, 1000)),
    Case("WebP of 5 large frames with alpha",
         lambda: animated("WEBP", 5, (1732, 1732), "RGBA", method=0, quality=50), "a.webp",
         size=(1732, 1732)),
]  # fmt: skip
