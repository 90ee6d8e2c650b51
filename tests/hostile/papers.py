"""PDFs that nobody should have to open: each is stored as it was sent, whether shown or not."""

import random
import runpy

from conftest import TEMPLATE

from .case import FILES, Case

_made = runpy.run_path(str(TEMPLATE / "{{cookiecutter.project_slug}}/uploads/tests/papers.py"))
WHOLE = _made["document"](_made["image"](300), pages=3, **_made["shown"](10))


def cut(part):
    return WHOLE[: len(WHOLE) * part // 30]


def flipped(seed):
    """With sixteen bits of it turned over."""
    dice, content = random.Random(seed), bytearray(WHOLE)
    for _ in range(16):
        content[dice.randrange(9, len(content))] ^= 1 << dice.randrange(8)
    return bytes(content)


def paper(name, make):
    return Case(f"PDF: {name}", make, "paper.pdf", to=FILES)


CASES = [paper(name, make) for name, make in _made["ODD"].items()]
CASES += [paper(f"cut at {n} of 30", lambda n=n: cut(n)) for n in range(2, 31, 4)]
CASES += [paper(f"flipped {seed}", lambda seed=seed: flipped(seed)) for seed in range(20)]
