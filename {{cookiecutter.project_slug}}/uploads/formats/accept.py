"""An upload is accepted, or refused with a sentence for its sender."""

from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .. import names
from ..sizes import MEGABYTE, too_large
from . import pdfs, pictures, types, videos

NAME_BYTES = 255  # what file systems take, and so what a download can be called


class Refused(ValidationError):
    """What is wrong with an upload; `field` is the name of the field that does not take it."""

    field = None


@dataclass(frozen=True)
class Accepted:
    """A file that is stored as it was sent; beside it there are Picture and Video."""

    extension: str
    content: bytes | None = None  # None: as it came
    size: tuple[int, int] | None = None  # and renditions, of the first page of a PDF
    renditions: dict = field(default_factory=dict)
    marks: dict = field(default_factory=dict)  # of its name, beside the size: see names.new()


def accept(content, name, *, extensions, most_mb, max_seconds=None, **rules):
    """`content`, a file sent as `name`, as what to store: an Accepted, a Picture or a Video.

    `extensions`, `most_mb` (megabytes) and `max_seconds` (of a video or sound) are the limits,
    `rules` those of pictures.process(). Raises ValidationError.
    """
    check_name(content, name, extensions, most_mb)
    extension = names.extension(name)
    if extension in types.PICTURE_EXTENSIONS:
        return pictures.process(content, extension, **rules)
    content.seek(0)
    head = content.read(4096)
    content.seek(0)
    if isinstance(head, str):  # ContentFile("text"), as code makes it
        text = content.read().encode()
        return replace(check_beginning(text[:4096], extension), content=text)
    accepted = check_beginning(head, extension)
    if videos.takes(extension):
        return videos.process(content, extension, max_seconds=max_seconds)
    if pdfs.takes(extension):
        return replace(accepted, **pdfs.first_page(content))
    return accepted


def forget(content):
    """That an upload was accepted: what was made of it, a temporary file perhaps, goes now."""
    made = getattr(content.__dict__.pop("accepted", None), "content", None)
    for done in ("accepted_by", "image"):
        content.__dict__.pop(done, None)
    if hasattr(made, "close"):
        made.close()


def check_name(content, name, extensions, most_mb):
    """Refuse a name, or a size, that no content can make good."""
    length = len(name.encode(errors="replace"))
    if length > NAME_BYTES:
        raise ValidationError(
            _("This file's name has %(length)s bytes; %(most)s is the most. Make it shorter."),
            params={"length": length, "most": NAME_BYTES},
            code="name_too_long",
        )
    extension = names.extension(name)
    if extension not in extensions:
        accepted = ", ".join(sorted(extensions))
        if extension:
            sentence = _("“.%(extension)s” files are not accepted here. Accepted are: %(types)s.")
        else:
            sentence = _(
                "A file without an extension is not accepted here. Accepted are: %(types)s."
            )
        params = {"extension": extension[:20], "types": accepted}
        raise ValidationError(sentence, params=params, code="wrong_type")
    if not content.size:
        raise ValidationError(_("This file is empty. Send it again."), code="empty")
    if content.size > most_mb * MEGABYTE:
        raise too_large(content.size, most_mb)


def check_beginning(head, extension):
    """The Accepted of a file that begins with the bytes `head`, if that is what it is called."""
    if not types.begins_right(extension, head):
        raise ValidationError(
            _("This file's name ends in “.%(extension)s”, but it is something else inside."),
            params={"extension": extension},
            code="wrong_content",
        )
    return Accepted(extension)
