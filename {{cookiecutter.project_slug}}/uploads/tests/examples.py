"""Files for tests, made here."""

import functools
import io
import wave

from PIL import Image

WIDTH, HEIGHT = 500, 60  # wide enough for a rendition, and soon encoded


def image(width=WIDTH, height=HEIGHT, mode="RGB"):
    """A picture in which every corner and edge has its own colour."""
    return drawn(width, height).convert(mode)


@functools.cache
def drawn(width, height):
    ramp = Image.linear_gradient("L").resize((width, height))
    bands = [ramp, ramp.rotate(90).resize((width, height)), ramp.rotate(180)]
    return Image.merge("RGB", bands)


def encoded(picture, kind="JPEG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def jpeg(width=WIDTH, height=HEIGHT, **options):
    return encoded(image(width, height), **options)


def png(width=WIDTH, height=HEIGHT, **options):
    return encoded(image(width, height), "PNG", **options)


def pdf():
    return b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def wav(seconds=1, rate=8000):
    """Silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        sound.writeframes(bytes(2 * rate * seconds))
    return out.getvalue()


def example(extensions):
    """(extension, content) of a file that a field with these extensions takes."""
    made = {"pdf": pdf, "wav": wav, "mp4": mp4, "jpg": jpeg}
    return next((extension, make()) for extension, make in made.items() if extension in extensions)


def mp4(size=None):
    """A video that is stored as it is; with about so many bytes, if it says."""
    from . import clips  # PyAV is installed for tests, not everywhere

    return clips.stored("mp4", noise=size // clips.NOISE_BYTES + 1) if size else clips.stored("mp4")
