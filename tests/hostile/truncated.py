"""Pictures that were cut off on their way, at many points."""

from .case import Case
from .good import KINDS, picture

PARTS = (0.02, 0.15, 0.35, 0.55, 0.75, 0.9, 0.98)
ENDS = (1, 2, 5, 14)  # bytes that are missing at the end


def cut(kind, part):
    whole = picture(kind)[1]
    end = int(len(whole) * part) if part < 1 else len(whole) - part
    return whole[:end]


CASES = [
    Case(f"{kind} cut {f'at {part:.0%}' if part < 1 else f'by {part}'}", make, f"photo.{extension}")
    for kind, (extension, _) in KINDS.items()
    for part in PARTS + ENDS
    for make in [lambda kind=kind, part=part: cut(kind, part)]
]
WHOLE = {case.name: case.name.split(" cut ")[0] for case in CASES}
