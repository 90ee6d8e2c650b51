"""Pictures that were cut off on their way, at many points."""

from .case import Case
from .good import KINDS, picture

PARTS = (0.02, 0.15, 0.35, 0.55, 0.75, 0.9, 0.98)
ENDS = (1, 2, 5, 14)  # bytes that are missing at the end


def cut(kind, part):
    whole = picture(kind)[1]
    end = int(len(whole) * part) if part < 1 else len(whole) - part
    return whole[:end]


def between_frames(count):
    """An animated GIF that ends behind so many of its frames, without the mark of its end."""
    whole = picture("animated GIF")[1]
    at = 0
    for _ in range(count + 1):  # each frame begins with how long it is shown
        at = whole.index(b"!\xf9\x04", at + 1)
    return whole[:at]


CASES = [
    Case(f"{kind} cut {f'at {part:.0%}' if part < 1 else f'by {part}'}", make, f"photo.{extension}")
    for kind, (extension, _) in KINDS.items()
    for part in PARTS + ENDS
    for make in [lambda kind=kind, part=part: cut(kind, part)]
]
CASES += [
    Case(f"animated GIF cut behind {count} frames", lambda n=count: between_frames(n), "photo.gif")
    for count in (1, 2, 5)
]
WHOLE = {case.name: case.name.split(" cut ")[0] for case in CASES}
