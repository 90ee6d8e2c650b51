"""Pages, scripts and programs under innocent names, and types that are not what they are called."""

import io
import zipfile
import zlib

from PIL import Image

from .build import drawn, encoded
from .case import FILES, IMAGES, NOT_ACCEPTED, SOMETHING_ELSE, UNREADABLE, Case

ACTIVE = {
    "html": b"<!doctype html><html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><circle r="9"/></svg>',
    "xml": b'<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"><script/></x>',
    "js": b"alert(document.cookie)",
    "swf": b"FWS\x06\x8f\0\0\0\x78\0\x05\x5f\0\0\x0f\xa0\0\0\x0c\x01\0",
    "php": b"<?php system($_GET['c']); ?>",
    "exe": b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(200),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(200),
    "sh": b"#!/bin/sh\nrm -rf /\n",
    "mhtml": b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<script>alert(1)</script>",
}


def archive(name="a.txt", **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as packed:
        packed.writestr(name, "hello")
    return out.getvalue()


def picture(kind, mode="RGB"):
    return encoded(drawn((64, 64)).convert(mode), kind)


def fits():
    cards = ["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 8", "NAXIS2  = 8", "END"]
    return "".join(card.ljust(80) for card in cards).encode().ljust(2880) + bytes(2880)


def eps():
    return picture("EPS") + b"%!PS\n/x {x} def x\n"


def svgz():
    return zlib.compress(ACTIVE["svg"])


def active(kind, name, to, says):
    return Case(f"{kind} called {name}", lambda: ACTIVE[kind], name, says, to)


def other(kind, make, name="photo.jpg", says=UNREADABLE, to=IMAGES):
    return Case(f"{kind} called {name}", make, name, says, to)


CASES = [
    *(active(kind, "photo.jpg", IMAGES, UNREADABLE) for kind in ACTIVE),
    *(active(kind, f"x.{kind}", IMAGES, NOT_ACCEPTED) for kind in ACTIVE),
    *(active(kind, f"x.{kind}", FILES, NOT_ACCEPTED) for kind in ACTIVE),
    *(
        active(kind, name, FILES, SOMETHING_ELSE)
        for kind in ("html", "svg", "js", "swf", "php", "exe")
        for name in ("x.pdf", "x.mp4", "x.mp3", "x.docx", "x.zip", "x.webm", "x.wav", "x.ogg")
    ),
    *(active(kind, "x.png", FILES, UNREADABLE) for kind in ("html", "svg", "swf")),
    *(active(kind, name, FILES, SOMETHING_ELSE) for kind in ("swf", "exe", "elf")
      for name in ("x.txt", "x.csv")),
    # Text is text: it is taken, and never shown as anything else. See the test of its headers.
    *(active(kind, name, FILES, "") for kind in ("html", "svg", "js", "php", "sh")
      for name in ("x.txt", "x.csv")),
    # Pictures of kinds that are not taken, and of those that are under another's name.
    *(other(kind, lambda kind=kind: picture(kind)) for kind in
      ("TIFF", "BMP", "ICO", "PPM", "TGA", "PCX", "SGI", "JPEG2000", "DDS", "PDF")),
    other("EPS", eps),
    other("FITS", fits),
    other("GIF header", lambda: b"GIF89a"),
    other("PSD", lambda: b"8BPS\0\x01" + bytes(6) + b"\0\x03\0\0\0\x08\0\0\0\x08\0\x08\0\x03"),
    other("zlib data", svgz),
    other("nothing but zeros", lambda: bytes(5000)),
    other("text", lambda: b"hello"),
    other("one byte", lambda: b"\xff"),
    other("JPEG start", lambda: b"\xff\xd8\xff", says="picture"),
    other("PNG", lambda: picture("PNG"), "photo.jpg", "This is a PNG picture, but its name ends"),
    other("JPEG", lambda: picture("JPEG"), "photo.png", "This is a JPEG picture, but its name"),
    other("WebP", lambda: picture("WEBP"), "photo.gif", "This is a WebP picture, but its name"),
    other("GIF", lambda: picture("GIF", "P"), "photo.webp", "This is a GIF picture, but its name"),
    other("AVIF", lambda: picture("AVIF"), "photo.heic", "This is a AVIF picture, but its name"),
    other("HEIC", lambda: picture("HEIF"), "photo.jpg", "This is a HEIC picture, but its name"),
    other("MP4", lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "photo.heic"),
    other("MP4", lambda: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "x.mp4", NOT_ACCEPTED),
    # The same among files.
    other("JPEG", lambda: picture("JPEG"), "x.pdf", SOMETHING_ELSE, FILES),
    other("JPEG", lambda: picture("JPEG"), "x.mp4", SOMETHING_ELSE, FILES),
    other("PDF", lambda: b"%PDF-1.4\n", "x.jpg", UNREADABLE, FILES),
    other("PDF", lambda: b"%PDF-1.4\n", "x.docx", SOMETHING_ELSE, FILES),
    other("PDF behind a page", lambda: ACTIVE["html"] + b"%PDF-1.4\n", "x.pdf", SOMETHING_ELSE,
          FILES),
    other("ZIP", archive, "x.pdf", SOMETHING_ELSE, FILES),
    other("ZIP", archive, "x.mp3", SOMETHING_ELSE, FILES),
    other("MP4", lambda: b"\0\0\0\x18ftypmp42", "x.webm", SOMETHING_ELSE, FILES),
    other("WebM", lambda: b"\x1aE\xdf\xa3" + bytes(99), "x.mp4", SOMETHING_ELSE, FILES),
    other("ZIP", archive, "x.zip", "", FILES),
    other("ZIP of a page", lambda: archive("index.html"), "x.docx", "", FILES),
    other("ZIP that unpacks to more than it is", lambda: bomb(), "x.zip", "", FILES),
    other("PDF", lambda: b"%PDF-1.4\n<script>alert(1)</script>", "x.pdf", "", FILES),
    other("TIFF", lambda: picture("TIFF"), "x.tiff", NOT_ACCEPTED),
    other("XBM", lambda: encoded(Image.new("1", (8, 8)), "XBM"), "x.xbm", NOT_ACCEPTED),
]  # fmt: skip


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", bytes(20_000_000))
    return out.getvalue()
