"""Which smaller versions a picture has, and what they are called: all of it follows from its name.

Another kind of version, say in grey, is a class here and a line in of_field(), or of_files().
"""

import re

from django.conf import settings

from .. import names


class Smaller:
    """The whole picture, at each of `widths` (pixels) that is narrower than itself."""

    name = ""  # in the file names of its renditions, before the width
    ratio = None  # what pages and sources() know it by; None is the shape of the picture itself

    def __init__(self, widths):
        self.widths = sorted(widths)

    def box(self, size):
        """The part of a picture of `size` that is shown: (left, top, right, bottom), in pixels."""
        return (0, 0, *size)

    def fitting(self, width):
        """The widths of those whose part of the picture is `width` pixels wide."""
        return [w for w in self.widths if w < width]

    def sizes(self, size):
        """(width, height) of each that a picture of `size` has, the smallest first."""
        left, top, right, bottom = self.box(size)
        width, height = right - left, bottom - top
        return [(w, max(1, round(height * w / width))) for w in self.fitting(width)]

    def renditions(self, name):
        """{(width, height): name} of those that the stored picture `name` has."""
        size = names.size(name)
        if not all(size):  # not made here
            return {}
        return {s: names.rendition(name, s[0], self.name) for s in self.sizes(size)}


class Cropped(Smaller):
    """Its middle, cut to `ratio`, such as "16/9"; of a smaller picture, as wide as there is."""

    def __init__(self, widths, ratio):
        super().__init__(widths)
        self.ratio = ratio
        self.across, self.down = map(int, ratio.split("/"))
        self.name = f"{self.across}x{self.down}"

    def box(self, size):
        width = max(1, min(size[0], round(size[1] * self.across / self.down)))
        height = max(1, min(size[1], round(size[0] * self.down / self.across)))
        left, top = (size[0] - width) // 2, (size[1] - height) // 2
        return left, top, left + width, top + height

    def fitting(self, width):
        return sorted({min(w, width) for w in self.widths or [width]})


class Poster(Smaller):
    """A picture of a video, at each width up to its own; of a narrower one, as wide as that."""

    def fitting(self, width):
        return sorted({min(w, width) for w in self.widths or [width]})


def of_field(widths, ratios):
    """The variants of a field with these rules; IMAGE_WIDTHS where it has no `widths`."""
    widths = settings.IMAGE_WIDTHS if widths is None else widths
    return [Smaller(widths), *(Cropped(widths, ratio) for ratio in ratios or ())]


def of_files():
    """Those of a file that is no picture, and has one all the same: of a video."""
    return [Poster(settings.IMAGE_WIDTHS)]


def are_ratios(ratios):
    """Whether it is a list of ratios such as "16/9"."""
    return isinstance(ratios, list | tuple) and all(
        isinstance(ratio, str) and re.fullmatch(r"[1-9]\d{0,3}/[1-9]\d{0,3}", ratio)
        for ratio in ratios
    )
