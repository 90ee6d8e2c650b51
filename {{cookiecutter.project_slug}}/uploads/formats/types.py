"""Every type that can be taken, one line each: a new one is a line here.

UPLOAD_FILE_TYPES in the settings says which of them file fields take. What browsers show by
themselves stands in deploy/nginx.conf, too: `check --deploy` compares.
"""

from collections.abc import Callable
from typing import NamedTuple


class FileType(NamedTuple):
    """What is stored as it was sent: its content type, and whether the first bytes are right."""

    content_type: str
    begins_right: Callable[[bytes], bool]


class PictureFormat(NamedTuple):
    """A picture format: its name for people, extensions (the usual one first), and what is stored.

    `bytes_per_pixel` are those that decoding holds, where they are more than the four of a Pillow
    picture; those of JPEG and HEIC depend on the file (decoding.py), PNG is measured by its time.
    """

    label: str
    extensions: tuple[str, ...]
    content_type: str
    stored_as: str
    bytes_per_pixel: float = 4


def starts(*signatures):
    return lambda head: head.startswith(signatures)


def has(place, *signatures):
    return lambda head: head[place:].startswith(signatures)


def is_text(head):
    """Text of any encoding but those with NUL bytes; UTF-16 when it says so."""
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in head


def is_mp3(head):
    return head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0")


def is_wav(head):
    return head.startswith(b"RIFF") and head[8:12] == b"WAVE"


ZIP = b"PK\x03\x04"  # office documents are ZIP archives, too
OFFICE = "application/vnd.openxmlformats-officedocument."
FILES = {
    "pdf": FileType("application/pdf", starts(b"%PDF-")),
    "txt": FileType("text/plain", is_text),
    "csv": FileType("text/csv", is_text),
    "vtt": FileType("text/vtt", starts(b"WEBVTT", b"\xef\xbb\xbfWEBVTT")),  # captions of a video
    "docx": FileType(OFFICE + "wordprocessingml.document", starts(ZIP)),
    "xlsx": FileType(OFFICE + "spreadsheetml.sheet", starts(ZIP)),
    "pptx": FileType(OFFICE + "presentationml.presentation", starts(ZIP)),
    "odt": FileType("application/vnd.oasis.opendocument.text", starts(ZIP)),
    "ods": FileType("application/vnd.oasis.opendocument.spreadsheet", starts(ZIP)),
    "zip": FileType("application/zip", starts(ZIP, b"PK\x05\x06")),
    "mp3": FileType("audio/mpeg", is_mp3),
    "m4a": FileType("audio/mp4", has(4, b"ftyp")),
    "wav": FileType("audio/wav", is_wav),
    "ogg": FileType("audio/ogg", starts(b"OggS")),
    "mp4": FileType("video/mp4", has(4, b"ftyp")),
    "m4v": FileType("video/mp4", has(4, b"ftyp")),
    "webm": FileType("video/webm", starts(b"\x1aE\xdf\xa3")),
    "mov": FileType(
        "video/quicktime", has(4, b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
    ),
}
# As Pillow names them. What is stored is JPEG, PNG or WebP: all browsers show these.
PICTURES = {
    "JPEG": PictureFormat("JPEG", ("jpg", "jpeg", "jfif"), "image/jpeg", "JPEG"),
    # What many phones write: a JPEG with a second picture behind the first.
    "MPO": PictureFormat("JPEG", ("jpg", "jpeg", "jfif", "mpo"), "image/jpeg", "JPEG"),
    "PNG": PictureFormat("PNG", ("png",), "image/png", "PNG", 4.8),
    "WEBP": PictureFormat("WebP", ("webp",), "image/webp", "WEBP", 16),
    "AVIF": PictureFormat("AVIF", ("avif",), "image/avif", "WEBP", 12),  # encoding: 400 MB
    "GIF": PictureFormat("GIF", ("gif",), "image/gif", "PNG"),
    # What iPhones write, and browsers other than Safari don't show.
    "HEIF": PictureFormat("HEIC", ("heic", "heif"), "image/heic", "JPEG"),
}
PICTURE_EXTENSIONS = frozenset(e for f in PICTURES.values() for e in f.extensions)
# Of what is stored: "jpg", "png" and "webp".
STORED_EXTENSIONS = {f.stored_as: PICTURES[f.stored_as].extensions[0] for f in PICTURES.values()}
VIDEO_EXTENSIONS = ("mp4", "webm")  # of videos that are stored anew (videos.py)
CONTENT_TYPES = {extension: file_type.content_type for extension, file_type in FILES.items()}
CONTENT_TYPES |= {e: f.content_type for f in PICTURES.values() for e in f.extensions}


def begins_right(extension, head):
    """Whether a file that begins with the bytes `head` is what its extension says.

    No more is asked: a ZIP archive that is called .docx is taken, and stored as it is.
    """
    return extension in FILES and FILES[extension].begins_right(head)


def content_type(extension):
    """What a file is sent as; bytes without a meaning when the type is not known."""
    return CONTENT_TYPES.get(extension, "application/octet-stream")


def kind(extension):
    """ "image", "audio", "video", "pdf" or "other": what a browser may show by itself, or not."""
    if extension == "pdf":
        return "pdf"
    family = content_type(extension).split("/")[0]
    if family == "image" and extension not in PICTURE_EXTENSIONS:
        return "other"  # nobody has decoded it: an SVG can run scripts
    return family if family in {"image", "audio", "video"} else "other"
