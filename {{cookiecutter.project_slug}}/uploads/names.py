"""The names of stored files: all that a page needs to know of a picture is in its name.

A stored file is called `<folder>/<yyyy>/<mm>/<uuid>[-<width>x<height>][-<seconds>s][-hevc].<ext>`,
a PDF with `[-<width>x<height>-<pages>p]`, a rendition like its picture, video or PDF with
`[-<variant>]-<width>w.webp` in place of the extension.
Nothing of the visitor's own file name is in it, so it can't collide, escape its folder, be guessed,
or be served as what it is not.
"""

import posixpath
import re
import unicodedata
import uuid
from pathlib import PurePosixPath

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from .formats.types import STORED_EXTENSIONS, VIDEO_EXTENSIONS

PATTERN = re.compile(
    r"(?P<stem>(?:.+/)?\d{4}/\d\d/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"(?:-(?P<width>\d+)x(?P<height>\d+))?(?:-(?P<seconds>\d+)s)?(?P<hevc>-hevc)?"
    r"(?:-(?P<pages>\d+)p)?)"
    r"(?P<rendition>(?:-[a-z0-9]+)?-\d+w)?\.(?P<extension>[a-z0-9]+)"
)
LONGEST = len("/2026/12/") + len(str(uuid.UUID(int=0))) + len(".webp")  # without its folder
OF_SIZE = len("-12345x12345")
OF_LENGTH = len("-123456s-hevc")
TITLE_LENGTH = 255  # characters
# They turn the reading direction: "photo\u202egpj.exe" reads as "photoexe.jpg".
TURNING = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


class StoredName(str):
    """The name of a file that is, or was, in a storage: a row had it, or a field made it."""

    __slots__ = ()


def new(folder, extension, size=None, seconds=None, hevc=False, pages=None):
    """A name that no other file has.

    `size` is (width, height) in pixels, for pictures and videos; `seconds`, how long a video or
    sound is; `hevc`, whether some browsers don't play it; `pages`, how many a PDF has, of which the
    first is `size` large.
    """
    known = f"-{size[0]}x{size[1]}" if size else ""
    known += f"-{seconds}s" if seconds else ""
    known += "-hevc" if hevc else ""
    known += f"-{pages}p" if pages else ""
    file = f"{timezone.now():%Y/%m}/{uuid.uuid4()}{known}.{extension}"
    return posixpath.join(folder, file)  # upload_to may be empty


def size(name):
    """(width, height) in pixels, or (None, None) when the name was not made here for a picture."""
    match = PATTERN.fullmatch(name or "")
    if match and match["width"]:
        return int(match["width"]), int(match["height"])
    return None, None


def seconds(name):
    """How long the video or sound `name` is; None where it does not say."""
    match = PATTERN.fullmatch(name or "")
    return int(match["seconds"]) if match and match["seconds"] else None


def pages(name):
    """How many pages the PDF `name` has; None where it does not say."""
    match = PATTERN.fullmatch(name or "")
    return int(match["pages"]) if match and match["pages"] else None


def is_hevc(name):
    match = PATTERN.fullmatch(name or "")
    return bool(match and match["hevc"])


def rendition(name, width, variant=""):
    """The name of the rendition of the picture `name` that is `width` pixels wide.

    `variant` is the name of its shape, such as "1x1", where that is not the picture's own.
    """
    before = f"-{variant}" if variant else ""
    return f"{PATTERN.fullmatch(name)['stem']}{before}-{width}w.webp"


def renditions(name, widths=None):
    """{width: name} of those in the picture's own shape: IMAGE_WIDTHS, or `widths` of its field."""
    widths = settings.IMAGE_WIDTHS if widths is None else widths
    width, _height = size(name)
    return {w: rendition(name, w) for w in sorted(widths) if w < (width or 0)}


def pictures(name):
    """What the picture or video of the rendition `name` may be called; empty for any other name."""
    match = PATTERN.fullmatch(name)
    if not (match and match["rendition"]):
        return set()
    stored = VIDEO_EXTENSIONS if match["seconds"] else STORED_EXTENSIONS.values()
    stored = ["pdf"] if match["pages"] else stored
    return {f"{match['stem']}.{extension}" for extension in stored}


def stem(name):
    """What a picture and its renditions have in common; the name itself if not made here."""
    match = PATTERN.fullmatch(name)
    return match["stem"] if match else name


def is_rendition(name):
    match = PATTERN.fullmatch(name)
    return bool(match and match["rendition"])


def extension(name):
    """In lower case, without the dot; empty when there is none."""
    return PurePosixPath(name or "").suffix.lower().lstrip(".")


def title_from(filename):
    """The title that a visitor's file name makes: no folder, extension or control characters."""
    title = plain(PurePosixPath(filename.replace("\\", "/")).stem)
    return title.strip()[:TITLE_LENGTH] or _("Untitled")


def plain(text):
    """Without what makes a name read as another."""
    return "".join(
        c for c in text if unicodedata.category(c) not in {"Cc", "Cs"} and c not in TURNING
    )
