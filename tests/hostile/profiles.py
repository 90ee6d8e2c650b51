"""Colour profiles, written here: one with the primaries of Display P3, one for four inks."""

import struct

SRGB_CURVE = [65536 * n for n in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)]
# Columns are red, green and blue as XYZ under D50.
P3 = [
    (0.515102, 0.241182, -0.001050),
    (0.291965, 0.692236, 0.041882),
    (0.157153, 0.066582, 0.784378),
]
TO_SRGB = [
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
]


def fixed(*numbers):
    return b"".join(struct.pack(">i", round(65536 * number)) for number in numbers)


def profile(kind, space, connection, tags):
    """An ICC profile of version 2 or 4: header, table and tags, each filled up to four bytes."""
    table, data = b"", b""
    start = 132 + 12 * len(tags)
    for name, content in tags:
        content += bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, start + len(data), len(content))
        data += content
    header = struct.pack(
        ">I4sI4s4s4s12s4s", start + len(data), b"lcms", 0x04200000, kind, space, connection,
        struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp",
    )  # fmt: skip
    header = header.ljust(68, b"\0") + fixed(0.9642, 1, 0.8249)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


def words(text):
    """Text as a profile has it."""
    letters = text.encode("utf-16-be")
    return (
        b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(letters), 28) + letters
    )


def xyz(*numbers):
    return b"XYZ \0\0\0\0" + fixed(*numbers)


def display_p3(note="A wide screen"):
    curve = b"para\0\0\0\0\0\3\0\0" + fixed(*(n / 65536 for n in SRGB_CURVE))
    tags = [(b"desc", words(note)), (b"cprt", words("none")), (b"wtpt", xyz(0.9642, 1, 0.8249))]
    tags += [
        (name, xyz(*column)) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), P3, strict=True)
    ]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    return profile(b"mntr", b"RGB ", b"XYZ ", tags)


def p3_to_srgb(colour):
    """What a colour of Display P3 is in sRGB, each 0 to 255."""
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 if c > 10 else c / 255 / 12.92 for c in colour]
    there = [sum(P3[n][row] * linear[n] for n in range(3)) for row in range(3)]
    back = [sum(a * b for a, b in zip(row, there, strict=True)) for row in TO_SRGB]
    back = [min(1, max(0, c)) for c in back]
    back = [1.055 * c ** (1 / 2.4) - 0.055 if c > 0.0031308 else 12.92 * c for c in back]
    return tuple(round(255 * c) for c in back)


def linear_grey(note="Linear grey"):
    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)  # none: light itself
    tags = [(b"desc", words(note)), (b"cprt", words("none")), (b"wtpt", xyz(0.9642, 1, 0.8249))]
    return profile(b"mntr", b"GRAY", b"XYZ ", [*tags, (b"kTRC", curve)])


def linear_to_srgb(grey):
    """What a grey of that profile is in sRGB, each 0 to 255."""
    light = grey / 255
    return round(255 * (1.055 * light ** (1 / 2.4) - 0.055 if light > 0.0031308 else 12.92 * light))


def four_inks(note="Four inks"):
    """A press whose four inks darken evenly, to grey: no colour is left of what it prints."""
    nodes = [(c + m + y + k) / 4 for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    lab = b"".join(bytes([round(255 * (1 - darkness)), 128, 128]) for darkness in nodes)
    straight = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += straight * 4 + lab + straight * 3
    tags = [(b"desc", words(note)), (b"cprt", words("none")), (b"A2B0", table)]
    return profile(b"prtr", b"CMYK", b"Lab ", tags)
