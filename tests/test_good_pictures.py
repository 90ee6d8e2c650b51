"""Good pictures of every kind go in, and what comes out looks the same, pixel by pixel.

How much it may differ is the mean distance of pixels, 0 to 255: nothing for PNG, 2.5 for JPEG and
3 for WebP, which are lossy, unless a case states its own.
"""

import io
import re

import pytest
from PIL import Image, ImageChops, ImageStat

from conftest import SERVED
from hostile import accepted
from hostile.site import WIDTHS, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("good")]

KINDS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
NOTES = [b"Exif", b"eXIf", b"EXIF", b"ICC_PROFILE", b"iCCP", b"ICCP", b"XMP ", b"ns.adobe.com"]
NOTES += [b"tEXt", b"iTXt", b"zTXt", b"Photoshop", b"SECRET", b"MPF\0"]


@pytest.fixture(scope="module")
def site(bake, worlds, tmp_path_factory):
    log = tmp_path_factory.mktemp("good") / "server.log"
    with serve(
        bake(max_upload_mb="20", file_folders="uploads, videos"), worlds(SERVED), log
    ) as site:
        yield site


@pytest.mark.parametrize("case", accepted.CASES, ids=str)
def test_picture_is_stored_as_it_looks(site, case):
    before = site.rows()
    answer = site.upload(case.make(), f"photo.{case.extension}")
    assert answer.accepted, answer.text
    (name,) = site.rows().keys() - before.keys()
    content = site.read(name)
    seen = case.seen()
    frames = seen if isinstance(seen, list) else [seen]
    width, height = frames[0].size
    assert re.fullmatch(
        rf"photos/\d{{4}}/\d\d/[0-9a-f-]{{36}}-{width}x{height}\.{case.stored}", name
    )
    assert not [note for note in NOTES if note in content]

    tolerance = accepted.TOLERANCE[case.stored] if case.tolerance is None else case.tolerance
    with Image.open(io.BytesIO(content)) as stored:
        assert stored.format == KINDS[case.stored]
        assert stored.size == (width, height)
        assert not {"exif", "icc_profile", "xmp", "comment"} & stored.info.keys()
        assert getattr(stored, "n_frames", 1) == len(frames)
        for n, frame in enumerate(frames):
            stored.seek(n)
            stored.load()
            # Frames of WebP are patches with holes; what shows in the end has none.
            assert len(frames) > 1 or has_alpha(stored) == has_alpha(frame)
            assert distance(stored, frame) <= tolerance, f"frame {n}"
        check_renditions(site, name, stored.copy() if len(frames) == 1 else frames[-1])


def has_alpha(picture):
    return picture.mode in {"LA", "RGBA"}


def distance(one, other):
    """The mean distance of two pictures, 0 to 255: that of the channel which is furthest away."""
    if one.mode == other.mode == "I;16":
        return 0 if one.tobytes() == other.tobytes() else 255
    mode = "RGBA" if has_alpha(one) or has_alpha(other) else "RGB"
    one, other = one.convert(mode), other.convert(mode)
    if mode == "RGBA":  # the colour of what can't be seen is free
        white = Image.new("RGBA", one.size, "white")
        alphas = ImageStat.Stat(ImageChops.difference(one.getchannel("A"), other.getchannel("A")))
        one, other = (Image.alpha_composite(white, p).convert("RGB") for p in (one, other))
        return max(alphas.mean + ImageStat.Stat(ImageChops.difference(one, other)).mean)
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


def check_renditions(site, name, picture):
    """They are there, as wide as they say, and look like the picture."""
    stem = name.rpartition(".")[0]
    wanted = [width for width in WIDTHS if width < picture.width]
    there = {n for n in site.files() if n.startswith(f"{stem}-")}
    assert there == {f"{stem}-{width}w.webp" for width in wanted}
    for width in wanted:
        content = site.read(f"{stem}-{width}w.webp")
        assert not [note for note in NOTES if note in content]
        with Image.open(io.BytesIO(content)) as rendition:
            height = max(1, round(picture.height * width / picture.width))
            assert (rendition.format, rendition.size) == ("WEBP", (width, height))
            if picture.mode == "I;16":
                picture = picture.point(lambda value: value / 256).convert("L")
            rendition.seek(getattr(rendition, "n_frames", 1) - 1)
            smaller = picture.resize(rendition.size, Image.Resampling.LANCZOS)
            assert distance(rendition, smaller) <= 6


def test_the_comparison_sees_a_difference():
    """What is turned, in other colours, or without its alpha, is further away than is allowed."""
    picture = accepted.drawn()
    for other in (
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        picture.transpose(Image.Transpose.ROTATE_180),
        picture.convert("L").convert("RGB"),
        accepted.wide_colours_seen(),
        accepted.drawn(mode="RGBA"),
    ):
        assert distance(picture.convert(other.mode), other) > 2 * max(accepted.TOLERANCE.values())


def test_files_are_what_rows_name(site):
    site.check_files()
