"""Files other than pictures: what is accepted, and what they are called on the way out.

UPLOAD_FILE_TYPES in the settings says which extensions are taken and how large; here stands how
each is recognised. A file is stored as it was sent, except pictures, which are rewritten, so that
their GPS position is gone here too.
"""

from dataclasses import dataclass, field, replace

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from . import images, names

NAME_BYTES = 255  # what file systems take, and so what a download can be called
MEGABYTE = 1024 * 1024  # as nginx counts


def is_text(head):
    """Text of any encoding but those with NUL bytes; UTF-16 when it says so."""
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in head


def starts(*signatures):
    return lambda head: head.startswith(signatures)


def is_mp3(head):
    return head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0")


def is_wav(head):
    return head.startswith(b"RIFF") and head[8:12] == b"WAVE"


def is_mp4(head):
    return head[4:8] == b"ftyp"


def is_mov(head):
    return head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}


is_zip = starts(b"PK\x03\x04")  # office documents are ZIP archives, too
OFFICE = "application/vnd.openxmlformats-officedocument."
# extension: (content type, whether the first bytes are right)
TYPES = {
    "pdf": ("application/pdf", starts(b"%PDF-")),
    "txt": ("text/plain", is_text),
    "csv": ("text/csv", is_text),
    "docx": (OFFICE + "wordprocessingml.document", is_zip),
    "xlsx": (OFFICE + "spreadsheetml.sheet", is_zip),
    "pptx": (OFFICE + "presentationml.presentation", is_zip),
    "odt": ("application/vnd.oasis.opendocument.text", is_zip),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", is_zip),
    "zip": ("application/zip", starts(b"PK\x03\x04", b"PK\x05\x06")),
    "mp3": ("audio/mpeg", is_mp3),
    "m4a": ("audio/mp4", is_mp4),
    "wav": ("audio/wav", is_wav),
    "ogg": ("audio/ogg", starts(b"OggS")),
    "mp4": ("video/mp4", is_mp4),
    "webm": ("video/webm", starts(b"\x1aE\xdf\xa3")),
    "mov": ("video/quicktime", is_mov),
}
IMAGE_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
}


class Refused(ValidationError):
    """What is wrong with an upload; `field` is the name of the field that does not take it."""

    field = None


@dataclass(frozen=True)
class Accepted:
    """A file that is stored as it was sent; images.Picture is its counterpart."""

    extension: str
    content: bytes | None = None  # None: as it came
    size: None = None
    renditions: dict = field(default_factory=dict)


def extensions():
    """Those that a file field takes."""
    return frozenset(settings.UPLOAD_FILE_TYPES)


def content_type(extension):
    """What a stored file is sent as; bytes without a meaning when it was not made here."""
    kinds = {**IMAGE_TYPES, **{name: kind for name, (kind, _) in TYPES.items()}}
    return kinds.get(extension, "application/octet-stream")


def kind(extension):
    """ "image", "audio", "video", "pdf" or "other": what a browser may show by itself, or not."""
    if extension == "pdf":
        return "pdf"
    family = content_type(extension).split("/")[0]
    return family if family in {"image", "audio", "video"} else "other"


def check_name(content, name, allowed, most):
    """Refuse a name, or a size above `most` megabytes, that no content can make good."""
    length = len(name.encode(errors="replace"))
    if length > NAME_BYTES:
        raise ValidationError(
            f"This file's name has {length} bytes; {NAME_BYTES} is the most. Make it shorter.",
            code="name_too_long",
        )
    extension = names.extension(name)
    if extension not in allowed:
        shown = f"“.{extension[:20]}” files are" if extension else "A file without an extension is"
        raise ValidationError(
            f"{shown} not accepted here. Accepted are: {', '.join(sorted(allowed))}.",
            code="wrong_type",
        )
    if not content.size:
        raise ValidationError("This file is empty. Send it again.", code="empty")
    if content.size > most * MEGABYTE:
        raise ValidationError(too_large(content.size, most), code="too_large")


def too_large(size, most):
    """The sentence about `size` bytes where `most` megabytes are taken."""
    return f"This upload has {size / MEGABYTE:.1f} MB; {most:g} MB is the most."


def check(content, name):
    """Check a file by its first bytes, and return what to store.

    Raises ValidationError, with a sentence for the visitor.
    """
    extension = names.extension(name)
    if extension in images.EXTENSIONS:
        return images.process(content, extension, widths=[])
    content.seek(0)
    head = content.read(4096)
    if isinstance(head, str):  # ContentFile("text"), as code makes it
        text = (head + content.read()).encode()
        return replace(check(ContentFile(text), name), content=text)
    content.seek(0)
    if extension not in TYPES or not TYPES[extension][1](head):
        raise ValidationError(
            f"This file's name ends in “.{extension}”, but it is something else inside.",
            code="wrong_content",
        )
    return Accepted(extension)
