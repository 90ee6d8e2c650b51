import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageChops, ImageStat

from uploads.formats import decoding, pictures, pixels, variants
from uploads.tests.examples import encoded, image, jpeg

ORIENTATION = 0x0112


def process(content, extension="jpg", **options):
    options = {"variants": variants.of_field(None, None)} | options
    return pictures.process(io.BytesIO(content), extension, **options)


def difference(one, other):
    """Mean distance of two pictures, 0 to 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def decoded(picture):
    return Image.open(io.BytesIO(picture.content))


def test_picture_is_stored_as_it_looks():
    picture = process(jpeg(1200, 900, quality=95))
    assert (picture.extension, picture.size) == ("jpg", (1200, 900))
    assert difference(decoded(picture), image(1200, 900)) < 2


def test_renditions_are_smaller_versions_in_webp():
    picture = process(jpeg(1000, 500))
    assert set(picture.renditions) == {("", 400), ("", 800)}
    for width in (400, 800):
        rendition = Image.open(io.BytesIO(picture.renditions["", width]))
        assert (rendition.format, rendition.size) == ("WEBP", (width, width // 2))
        assert difference(rendition, image(width, width // 2)) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_is_turned_upright(orientation):
    upright = image(600, 400)
    undo = {6: pixels.UPRIGHT[8], 8: pixels.UPRIGHT[6]} | {
        n: turn for n, turn in pixels.UPRIGHT.items() if n not in {6, 8}
    }
    sideways = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = process(encoded(sideways, exif=exif, quality=95))
    assert picture.size == (600, 400)
    assert difference(decoded(picture), upright) < 2


def test_nothing_of_the_sender_survives_but_pixels():
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825)[2] = (51.0, 28.0, 38.0)
    content = jpeg(exif=exif, comment=b"SECRET comment", xmp=b"SECRET xmp") + b"SECRET trailer"
    assert content.count(b"SECRET") == 4
    picture = process(content)
    assert not any(b"SECRET" in part for part in [picture.content, *picture.renditions.values()])
    assert not decoded(picture).getexif()


def test_longer_side_is_limited(settings):
    settings.IMAGE_MAX_SIDE = 500
    assert process(jpeg(800, 1600)).size == (250, 500)


def test_a_line_of_pixels_is_a_picture():
    assert process(jpeg(20_000, 1)).size == (4096, 1)


def test_large_pictures_are_shrunk_as_a_whole(settings):
    """In strips, which must not be seen."""
    settings.IMAGE_MAX_SIDE = 700
    picture = process(encoded(image(1300, 1000), "PNG"), "png", variants=[])
    expected = image(1300, 1000).resize(picture.size, Image.Resampling.LANCZOS)
    apart = ImageChops.difference(decoded(picture), expected).getextrema()
    assert max(most for least, most in apart) <= 1  # of 255: rounding


@pytest.mark.parametrize(
    ("kind", "extension", "mode", "stored"),
    [
        ("PNG", "png", "RGBA", "RGBA"),
        ("PNG", "png", "LA", "LA"),
        ("PNG", "png", "I;16", "I;16"),
        ("PNG", "png", "1", "L"),
        ("WEBP", "webp", "RGBA", "RGBA"),
        ("AVIF", "avif", "RGBA", "RGBA"),
        ("JPEG", "jpg", "L", "L"),
        ("JPEG", "jpeg", "CMYK", "RGB"),
    ],
)
def test_alpha_and_depth_are_kept(kind, extension, mode, stored):
    original = image(300, 200, "L" if mode == "I;16" else mode)
    if mode == "I;16":
        original = original.convert("I").point(lambda value: value * 257).convert("I;16")
    elif "A" in mode:
        original.putalpha(Image.linear_gradient("L").resize((300, 200)))
    result = decoded(process(encoded(original, kind), extension))
    assert result.mode == stored
    if "A" in mode:
        alpha = ImageChops.difference(result.getchannel("A"), original.getchannel("A"))
        assert ImageStat.Stat(alpha).mean[0] < 3
    if mode == "I;16":
        assert result.getextrema() == original.getextrema()


def test_rendition_of_16_bits_keeps_its_greys():
    original = image(900, 300, "L").convert("I").point(lambda value: value * 257).convert("I;16")
    picture = process(encoded(original, "PNG"), "png")
    rendition = Image.open(io.BytesIO(picture.renditions["", 400]))
    assert difference(rendition, image(900, 300, "L").resize((400, 133))) < 3


def test_palette_with_transparency():
    original = image(300, 200).quantize(16)
    content = encoded(original, "PNG", transparency=3)
    result = decoded(process(content, "png"))
    expected = Image.open(io.BytesIO(content)).convert("RGBA")
    assert ImageChops.difference(result, expected).getbbox(alpha_only=False) is None


def frames(count=4, size=(120, 80)):
    return [Image.new("RGB", size, (60 * n, 255 - 60 * n, 90)) for n in range(count)]


@pytest.mark.parametrize(("kind", "extension"), [("GIF", "gif"), ("WEBP", "webp"), ("PNG", "png")])
def test_animation_goes_on_moving(kind, extension, settings):
    settings.IMAGE_WIDTHS = [60]
    first, *rest = frames()
    content = encoded(first, kind, save_all=True, append_images=rest, duration=120, loop=0)
    picture = process(content, extension)
    assert (picture.extension, picture.size) == ("webp", (120, 80))
    for made, size in [(picture.content, (120, 80)), (picture.renditions["", 60], (60, 40))]:
        result = Image.open(io.BytesIO(made))
        assert (result.n_frames, result.size) == (4, size)
        for n, frame in enumerate(frames(size=size)):
            result.seek(n)
            assert difference(result, frame) < 10
        assert result.info["duration"] == 120


def test_heic_becomes_jpeg():
    picture = process(encoded(image(640, 480), "HEIF", quality=90), "heic")
    assert picture.extension == "jpg"
    assert difference(decoded(picture), image(640, 480)) < 4


def refused(content, extension="jpg"):
    with pytest.raises(ValidationError) as refusal:
        process(content, extension)
    return refusal.value.code, refusal.value.messages[0]


def test_limits_name_the_value(settings):
    settings.IMAGE_MAX_PIXELS = 1_000_000
    assert refused(jpeg(1500, 1000)) == (
        "too_many_pixels",
        "This picture has 2 megapixels; 1 is the most.",
    )
    # Above twice Pillow's own limit, Pillow refuses first.
    bomb = encoded(Image.new("1", (20_000, 10_000)), "PNG")
    assert refused(bomb, "png")[0] == "too_many_pixels"
    assert "200 megapixels" in refused(bomb, "png")[1]
    settings.IMAGE_MAX_PIXELS = 300_000_000
    assert "200 megapixels; 89 is the most" in refused(bomb, "png")[1]


def test_animations_are_limited(settings):
    first, *rest = frames(5)
    content = encoded(first, "GIF", save_all=True, append_images=rest)
    settings.IMAGE_MAX_FRAMES = 4
    assert refused(content, "gif")[0] == "too_many_frames"
    settings.IMAGE_MAX_FRAMES, settings.IMAGE_MAX_ANIMATION_PIXELS = 5, 5 * 120 * 80 - 1
    assert refused(content, "gif")[0] == "too_many_pixels"


def test_passes_of_a_jpeg_are_limited(monkeypatch):
    content = jpeg(progressive=True)
    scans = decoding.count_scans(io.BytesIO(content))
    assert scans == 10  # what libjpeg writes for three bands
    monkeypatch.setattr(decoding, "MAX_SCANS", scans)
    process(content)
    monkeypatch.setattr(decoding, "MAX_SCANS", scans - 1)
    code, message = refused(content)
    assert code == "too_many_scans"
    assert "10 passes; 9 is the most" in message


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.95])
def test_truncated_picture_is_refused(kind, part):
    extension = {"JPEG": "jpg", "HEIF": "heic"}.get(kind, kind.lower())
    content = encoded(image(400, 300), kind)
    assert refused(content[: int(len(content) * part)], extension)[0] in {
        "damaged",
        "not_a_picture",
    }


def test_name_and_format_agree():
    code, message = refused(encoded(image(), "PNG"), "jpg")
    assert code == "wrong_extension"
    assert "PNG" in message
    assert "“.png”" in message


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "EPS", "PDF", "ICO", "TGA"])
def test_other_formats_are_refused(kind):
    assert refused(encoded(image(64, 64), kind))[0] == "not_a_picture"
