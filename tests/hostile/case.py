"""One file that is sent, and what has to become of it."""

from collections.abc import Callable
from dataclasses import dataclass

from .site import FILES, IMAGES

DAMAGED = "damaged: it can't be read to its end"
UNREADABLE = "not a picture that can be read"
SOMETHING_ELSE = "it is something else inside"
NOT_ACCEPTED = "not accepted here"


@dataclass(frozen=True)
class Case:
    """A file to upload.

    Refused with `says` in the answer; accepted when there is nothing to say, with no byte of
    `secret` in what is stored, with this title and this size, where they are given.
    """

    name: str
    make: Callable[[], bytes]
    filename: str | bytes = "photo.jpg"
    says: str = ""
    to: str = IMAGES
    secret: bytes = b""
    title: str | None = None
    size: tuple[int, int] | None = None

    def __str__(self):
        return self.name


__all__ = ["DAMAGED", "FILES", "IMAGES", "NOT_ACCEPTED", "SOMETHING_ELSE", "UNREADABLE", "Case"]
