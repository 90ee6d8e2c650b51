"""Pictures that are something else besides: accepted, but nothing of the rest is kept."""

import io
import struct
import zipfile
import zlib

from PIL import Image

from .build import (
    box,
    chunk,
    drawn,
    encoded,
    exif,
    extended_webp,
    gif_comment,
    inside_jpeg,
    inside_png,
    riff_chunk,
    segment,
)
from .case import FILES, Case

HTML = b"<!doctype html><script>alert(document.domain)</script>"
PHP = b"<?php system($_GET['c']); __halt_compiler(); ?>"
JS = b"=1;alert(document.cookie)//"


def jpeg():
    return encoded(drawn(), "JPEG")


def png():
    return encoded(drawn(), "PNG")


def gif():
    return encoded(drawn().quantize(64), "GIF")


def webp():
    return encoded(drawn(), "WEBP")


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("evil.html", HTML)
    return out.getvalue()


def film():
    """The start of a video, as phones put it behind a photo."""
    return box(b"ftyp", b"mp42\0\0\0\0mp42isom") + box(b"mdat", HTML * 40)


def exif_with(payload):
    """EXIF with a description behind its directory."""
    return exif((0x010E, 2, len(payload), 26)).ljust(26, b"\0") + payload


def xmp(payload):
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + payload)


def profile(payload):
    """A colour profile whose description is not one."""
    from PIL import ImageCms

    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[: -len(payload)] + payload


def palette(payload):
    """A PNG whose palette reads as a program."""
    colours = payload + bytes(3 - len(payload) % 3)
    picture = Image.new("P", (64, 64))
    picture.putpalette(colours)
    picture.putdata([n % (len(colours) // 3) for n in range(64 * 64)])
    data = encoded(picture, "PNG")
    assert payload in data
    return data


def script_gif():
    """A GIF that is a script, too: its width and height read as the start of a comment."""
    data = bytearray(gif())
    data[6:10] = b"/*" + struct.pack("<H", 240)
    return bytes(data) + b"*/" + JS


def commented_script_gif():
    data = gif()
    start = data.index(b"!") if b"!" in data[:900] else 13 + 64 * 3
    return data[:start] + gif_comment(b"*/" + JS) + data[start:]


def gif_application(payload):
    data = gif()
    start = 13 + 64 * 3
    extension = b"!\xff\x0bXMP DataXMP" + bytes([len(payload)]) + payload + b"\0"
    return data[:start] + extension + data[start:]


def html_jpeg():
    """A comment that opens where the pixels begin, so that a browser sees the page alone."""
    return inside_jpeg(jpeg(), segment(0xFE, HTML + b"<!--")) + b"-->"


def mpo():
    """The second picture is a page."""
    first = encoded(drawn(), "MPO", save_all=True, append_images=[drawn((64, 48))])
    return first[:-200] + HTML


def heic():
    return encoded(drawn(), "HEIF")


def avif():
    return encoded(drawn(), "AVIF")


def html_png():
    return inside_png(png(), chunk(b"tEXt", b"Comment\0" + HTML))


CASES = [
    Case("JPEG with a page behind it", lambda: jpeg() + HTML, secret=HTML),
    Case("JPEG with a page in its comment", html_jpeg, secret=HTML),
    Case("JPEG with a page in EXIF",
         lambda: inside_jpeg(jpeg(), segment(0xE1, b"Exif\0\0" + exif_with(HTML))), secret=HTML),
    Case("JPEG with a page in XMP", lambda: inside_jpeg(jpeg(), xmp(HTML)), secret=HTML),
    Case("JPEG with a page in its colour profile",
         lambda: encoded(drawn(), "JPEG", icc_profile=profile(HTML)), secret=HTML),
    Case("JPEG with a page in Photoshop's notes",
         lambda: inside_jpeg(jpeg(), segment(0xED, b"Photoshop 3.0\0" + HTML)), secret=HTML),
    Case("JPEG with a page between its segments", lambda: jpeg()[:20] + HTML + jpeg()[20:],
         secret=HTML),
    Case("JPEG with a program in a segment of its own",
         lambda: inside_jpeg(jpeg(), segment(0xEB, PHP)), secret=PHP),
    Case("JPEG with a program in its comment",
         lambda: inside_jpeg(jpeg(), segment(0xFE, PHP)), "x.php.jpg", secret=PHP),
    Case("JPEG with a ZIP behind it", lambda: jpeg() + archive(), secret=b"evil.html"),
    Case("JPEG with a video behind it", lambda: jpeg() + film(), secret=b"ftypmp42"),
    Case("JPEG with a PDF in its comment",
         lambda: inside_jpeg(jpeg(), segment(0xFE, b"%PDF-1.4 (secret)")), secret=b"%PDF-1.4"),
    Case("JPEG with a page as its second picture", mpo, secret=HTML),
    Case("JPEG that is a private file, with a page behind it", lambda: jpeg() + HTML, to=FILES,
         secret=HTML),
    Case("GIF with a script behind it", lambda: gif() + JS, "a.gif", secret=JS),
    Case("GIF that is a script", script_gif, "a.gif", secret=JS),
    Case("GIF with a script in its comment", commented_script_gif, "a.gif", secret=JS),
    Case("GIF with a program in an application's block", lambda: gif_application(PHP), "a.gif",
         secret=PHP),
    Case("GIF with a page behind it that is a private file", lambda: gif() + HTML, "a.gif",
         to=FILES, secret=HTML),
    Case("PNG with a page behind it", lambda: png() + HTML, "a.png", secret=HTML),
    Case("PNG with a page in its text", html_png, "a.png", secret=HTML),
    Case("PNG with a page in packed text",
         lambda: inside_png(png(), chunk(b"zTXt", b"Comment\0\0" + zlib.compress(HTML, 0))),
         "a.png", secret=HTML),
    Case("PNG with XMP that is a page",
         lambda: inside_png(png(), chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + HTML)),
         "a.png", secret=HTML),
    Case("PNG with a program in a private chunk",
         lambda: inside_png(png(), chunk(b"phPx", PHP)), "a.png", secret=PHP),
    Case("PNG with a program behind its pixels",
         lambda: inside_png(png(), chunk(b"phPx", PHP), b"IEND"), "a.png", secret=PHP),
    Case("PNG with a program in EXIF",
         lambda: inside_png(png(), chunk(b"eXIf", exif_with(PHP))), "a.png", secret=PHP),
    Case("PNG with a program as its palette", lambda: palette(PHP), "a.png", secret=PHP),
    Case("PNG with a colour profile that is a page",
         lambda: encoded(drawn(), "PNG", icc_profile=profile(HTML)), "a.png", secret=HTML),
    Case("PNG with a ZIP behind it", lambda: png() + archive(), "a.png", secret=b"evil.html"),
    Case("WebP with a page behind it", lambda: webp() + HTML, "a.webp", secret=HTML),
    Case("WebP with a page in EXIF",
         lambda: extended_webp(webp(), (320, 240), 8, riff_chunk(b"EXIF", exif_with(HTML))),
         "a.webp", secret=HTML),
    Case("WebP with a page in XMP",
         lambda: extended_webp(webp(), (320, 240), 4, riff_chunk(b"XMP ", HTML)), "a.webp",
         secret=HTML),
    Case("WebP with a program in an unknown chunk",
         lambda: extended_webp(webp(), (320, 240), 0, riff_chunk(b"PHPX", PHP)), "a.webp",
         secret=PHP),
    Case("AVIF with a page in a free box", lambda: avif() + box(b"free", HTML), "a.avif",
         secret=HTML),
    Case("AVIF with a page in EXIF",
         lambda: encoded(drawn(), "AVIF", exif=b"Exif\0\0" + exif_with(HTML)), "a.avif",
         secret=HTML),
    Case("AVIF with a page in XMP", lambda: encoded(drawn(), "AVIF", xmp=HTML), "a.avif",
         secret=HTML),
    Case("HEIC with a page in a free box", lambda: heic() + box(b"free", HTML), "a.heic",
         secret=HTML),
    Case("HEIC with a page in EXIF",
         lambda: encoded(drawn(), "HEIF", exif=b"Exif\0\0" + exif_with(HTML)), "a.heic",
         secret=HTML),
    Case("HEIC with a page in XMP", lambda: encoded(drawn(), "HEIF", xmp=HTML), "a.heic",
         secret=HTML),
]  # fmt: skip
