"""Pictures and files for `manage.py demo`, drawn here: none is shipped."""

import colorsys
import functools
import io
import math
import random
import struct
import wave

from PIL import Image, ImageDraw, ImageFilter

SHAPES = [(1440, 960), (1080, 1440), (1600, 900), (1200, 1200)]
OF_HILLS = [
    *["Morning in the hills", "Above the clouds", "Late light", "Blue hour", "First snow"],
    *["Evening by the lake", "Heat", "Northern night", "After the rain"],
]
OF_A_TOWN = [
    *["Lights on", "The last tram", "Roofs", "A window on the fifth floor", "Curfew"],
    *["From the bridge", "Quiet street", "New moon", "Before the shops open"],
]
OF_TILES = [
    *["Kitchen floor", "Seven circles", "Balance", "Sketch for a quilt", "Corner to corner"],
    *["Half and half", "Monday", "Loud, then soft", "Remainder"],
]


@functools.cache
def pictures(number):
    """(title, extension, content, alt) of each in a folder, oldest first; folders differ."""
    draw, alt, titles = [
        (hills, "Hills behind hills, below a low sun", OF_HILLS),
        (town, "A town after sunset, with light in its windows", OF_A_TOWN),
        (tiles, "Tiles with circles, quarters and stripes", OF_TILES),
    ][number % 3]
    return [
        (title, "jpg", encoded(draw(SHAPES[n % 4], n + 9 * number), "JPEG", quality=90), alt)
        for n, title in enumerate(titles)
    ]


def files(number, extensions):
    """(title, extension, content) of each in a folder that takes these, oldest first."""
    drawn = [
        ("Pictures by month", "csv", table),
        ("A note", "txt", note),
        ("A letter", "pdf", letter),
        ("A tune", "wav", tune),
        ("The sun goes down, and you can wind it back", "webm", film),
    ]
    return [(title, e, draw(number)) for title, e, draw in drawn if e in extensions]


def colour(hue, saturation, value):
    return tuple(round(255 * c) for c in colorsys.hsv_to_rgb(hue % 1, saturation, value))


def gradient(size, top, bottom):
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def hills(size, number, sun_at=0.3):
    width, height = size
    dice = random.Random(number)  # noqa: S311  drawing, not a secret
    hue = number / 9 + 0.55
    picture = gradient(size, colour(hue, 0.5, 0.75), colour(hue + 0.45, 0.35, 1))
    radius = height * dice.uniform(0.05, 0.09)
    x, y = width * dice.uniform(0.2, 0.8), height * sun_at
    sun = Image.new("L", size)
    ImageDraw.Draw(sun).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    picture.paste(colour(hue + 0.5, 0.1, 1), mask=sun.filter(ImageFilter.GaussianBlur(radius / 8)))
    for layer in range(5):
        base = height * (0.5 + 0.11 * layer)
        waves = [
            (dice.uniform(0.3, 1) * height * 0.09 / n, dice.uniform(1, 2) * n, dice.uniform(0, 7))
            for n in (1, 2, 5)
        ]
        ridge = [
            (step, base + sum(a * math.sin(f * step * 3 / width + p) for a, f, p in waves))
            for step in range(0, width + 8, 8)
        ]
        shade = colour(hue + 0.03 * layer, 0.3 + 0.1 * layer, 0.75 - 0.13 * layer)
        ImageDraw.Draw(picture).polygon([(0, height), *ridge, (width, height)], fill=shade)
    return picture


def town(size, number):
    width, height = size
    dice = random.Random(number)  # noqa: S311  drawing, not a secret
    hue = 0.6 + number % 9 / 25
    picture = gradient(size, colour(hue, 0.65, 0.35), colour(hue + 0.35, 0.45, 0.95))
    draw = ImageDraw.Draw(picture)
    for layer in range(4):
        step = round(height * (0.035 + 0.012 * layer))  # of windows
        x = -dice.randrange(2 * step)
        while x < width:
            across = step * dice.randint(3, 6)
            top = round(height * (0.35 + 0.13 * layer + dice.uniform(0, 0.16)))
            shade = colour(hue + 0.05 * layer, 0.4 + 0.1 * layer, 0.5 - 0.12 * layer)
            draw.rectangle((x, top, x + across, height), shade)
            for left in range(x + step // 2, x + across - step // 2, step):
                for y in range(top + step // 2, height, step):
                    if dice.random() < 0.3:
                        lit = colour(0.12, dice.uniform(0.2, 0.6), 0.55 + 0.13 * layer)
                        draw.rectangle((left, y, left + step // 2, y + step // 2), lit)
            x += across + dice.randrange(step)
    return picture


def tiles(size, number):
    dice = random.Random(number)  # noqa: S311  drawing, not a secret
    hue = number % 9 / 9
    paints = [colour(0.11, 0.1, 0.97), colour(hue, 0.75, 0.55), colour(hue + 0.45, 0.6, 0.9)]
    paints += [colour(hue + 0.08, 0.55, 0.85), colour(hue, 0.6, 0.25)]
    picture, side = Image.new("RGB", size), max(size) // 6
    for x in range(0, size[0], side):
        for y in range(0, size[1], side):
            picture.paste(tile(side, dice, *dice.sample(paints, 2)), (x, y))
    return picture


def tile(side, dice, below, above):
    picture = Image.new("RGB", (side, side), below)
    draw = ImageDraw.Draw(picture)
    match dice.randrange(4):
        case 0:
            draw.circle((side / 2, side / 2), side / 3, above)
        case 1:
            draw.circle(dice.choice([(0, 0), (0, side), (side, 0), (side, side)]), side, above)
        case 2:
            draw.polygon([(0, 0), (side, 0), (0, side)], above)
        case 3:
            for stripe in range(0, side, side // 4):
                draw.rectangle((0, stripe, side, stripe + side // 8), above)
    return picture


def portrait():
    """JPEG bytes of a face, more or less."""
    picture = gradient((800, 800), colour(0.55, 0.35, 0.95), colour(0.6, 0.5, 0.75))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((120, 560, 680, 1200), fill=colour(0.95, 0.5, 0.7))
    draw.ellipse((260, 180, 540, 520), fill=colour(0.07, 0.35, 0.95))
    draw.pieslice((245, 150, 555, 480), 180, 360, fill=colour(0.07, 0.6, 0.3))
    for x in (340, 440):
        draw.ellipse((x, 320, x + 22, 350), fill=colour(0.6, 0.5, 0.2))
    draw.arc((350, 360, 450, 450), 20, 160, fill=colour(0, 0.6, 0.6), width=9)
    return encoded(picture, "JPEG", quality=90)


def letter(number):
    """PDF bytes of one page."""
    page = Image.new("RGB", (1240, 1754), "white")
    page.paste(hills((1240, 500), number), (0, 0))
    draw = ImageDraw.Draw(page)
    draw.text((120, 620), "Dear reader,", fill="black", font_size=54)
    for line in range(14):
        draw.rectangle((120, 740 + 56 * line, 1120 - line * 97 % 260, 750 + 56 * line), "#c8ccd4")
    return encoded(page, "PDF", resolution=150)


def note(number):
    """Bytes of a text."""
    return f"Note {number + 1}: water the plants.\n".encode()


def table(number):
    """CSV bytes."""
    counts = (f"{month},{(month + number) * 37 % 23 + 4}" for month in range(1, 13))
    rows = ["month,pictures", *counts]
    return "\n".join(rows).encode()


def tune(number):
    """WAV bytes of a few seconds."""
    rate, out = 22_050, io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        for semitone in (0, 4, 7, 12, 7, 4, 0):
            pitch = 2 * math.pi * 262 * 2 ** ((semitone + number) / 12) / rate
            samples = (
                round(9000 * math.exp(-step / 4000) * math.sin(pitch * step))
                for step in range(rate // 3)
            )
            sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return out.getvalue()


def film(which, seconds=6, rate=8):
    """WebM bytes: the sun goes down.

    A lossy WebP holds one VP8 key frame, so Pillow draws the frames of a WebM film; RFC 9559 says
    how they are packed.
    """
    size, step = (640, 360), 1000 // rate  # milliseconds
    sun = [hills(size, which, 0.2 + 0.5 * n / seconds / rate) for n in range(seconds * rate)]
    frames = [vp8(encoded(picture, "WEBP", quality=60, method=0)) for picture in sun]
    head = element(0x1549A966, number(0x2AD7B1, 1_000_000), real(0x4489, len(frames) * step))
    head += element(
        0x1654AE6B,
        element(
            0xAE,
            number(0xD7, 1) + number(0x73C5, 1) + number(0x83, 1) + element(0x86, b"V_VP8"),
            element(0xE0, number(0xB0, size[0]) + number(0xBA, size[1])),
        ),
    )
    clusters = cues = b""
    for _ in range(2):  # the cues hold the places of the clusters, which lie behind the cues
        clusters, places = b"", []
        for first in range(0, len(frames), rate):
            places.append((first * step, len(head) + len(cues) + len(clusters)))
            blocks = b"".join(
                element(0xA3, b"\x81" + struct.pack(">h", n * step) + b"\x80" + frame)
                for n, frame in enumerate(frames[first : first + rate])
            )
            clusters += element(0x1F43B675, number(0xE7, first * step), blocks)
        cues = element(0x1C53BB6B, *(cue(time, place) for time, place in places))
    ebml = element(0x1A45DFA3, element(0x4282, b"webm"), number(0x4287, 4), number(0x4285, 2))
    return ebml + element(0x18538067, head, cues, clusters)


def cue(time, place):
    """Where a player finds the cluster of a moment."""
    position = element(0xB7, number(0xF7, 1) + number(0xF1, place, 4))
    return element(0xBB, number(0xB3, time, 4), position)


def element(name, *content):
    """An EBML element: its id, its length in eight bytes, its content."""
    data = b"".join(content)
    return (
        name.to_bytes((name.bit_length() + 7) // 8, "big")
        + (1 << 56 | len(data)).to_bytes(8, "big")
        + data
    )


def number(name, value, size=8):
    return element(name, value.to_bytes(size, "big"))


def real(name, value):
    return element(name, struct.pack(">d", value))


def vp8(webp):
    """The frame in a simple lossy WebP file: RIFF header, WEBP, VP8, length, frame."""
    length = int.from_bytes(webp[16:20], "little")
    return webp[20 : 20 + length]


def encoded(picture, picture_format, **options):
    out = io.BytesIO()
    picture.save(out, picture_format, **options)
    return out.getvalue()
