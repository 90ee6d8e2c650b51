"""PDFs and their first page: shown where it can be, and never a reason to refuse one."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image

from uploads.formats import admission, apart, pdfs, variants
from uploads.tests import papers

needs_pdfium = pytest.mark.skipif(
    not pdfs.can_draw(), reason="the extra pdf is not installed"
)
NOTHING = (None, {}, None)


@pytest.fixture
def widths(settings):
    settings.IMAGE_WIDTHS = [100, 200, 400]
    return variants.of_files()


def first_page(content, widths):
    return pdfs.first_page(io.BytesIO(content), widths)


@needs_pdfium
def test_the_first_page_is_drawn_at_each_width(widths):
    size, renditions, pages = first_page(papers.document(pages=3), widths)
    assert size == (283, 400)  # the longer side is the widest
    assert pages == 3
    assert sorted(width for _, width in renditions) == [100, 200, 283]
    for (_, width), content in renditions.items():
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.format == "WEBP"
            assert picture.width == width
            red, green, blue = picture.convert("RGB").getpixel((50, 50))
            assert (red > 240, green < 15, blue < 15) == (True, True, True)


@needs_pdfium
def test_a_page_is_drawn_as_it_is_read(widths):
    size, _, _ = first_page(papers.document(page="/Rotate 90"), widths)
    assert size == (400, 283)


@needs_pdfium
@pytest.mark.parametrize("name", papers.ODD)
def test_odd_pdfs_have_a_first_page_or_none(name, widths, monkeypatch):
    monkeypatch.setattr(pdfs, "SECONDS", 1)
    size, renditions, pages = first_page(papers.ODD[name](), widths)
    if size is None:
        assert (size, renditions, pages) == NOTHING
    else:
        assert max(size) <= 401
        assert pages >= 1
        for content in renditions.values():
            with Image.open(io.BytesIO(content)) as picture:
                assert max(picture.size) <= 401


@needs_pdfium
@pytest.mark.parametrize("name", ["a password", "no page", "a page that is a line", "no objects"])
def test_what_has_no_first_page(name, widths):
    assert first_page(papers.ODD[name](), widths) == NOTHING


@needs_pdfium
def test_a_page_that_takes_too_long_is_given_up(widths, monkeypatch):
    monkeypatch.setattr(pdfs, "SECONDS", 1)
    assert first_page(papers.ODD["a hundred million tiles"](), widths) == NOTHING


def test_without_pypdfium2_there_is_none(widths, monkeypatch):
    monkeypatch.setattr(pdfs, "can_draw", lambda: False)
    assert first_page(papers.document(), widths) == NOTHING


def test_without_widths_there_is_none(settings):
    settings.IMAGE_WIDTHS = []
    assert first_page(papers.document(), variants.of_files()) == NOTHING


@pytest.mark.parametrize(
    "error", [OSError("No space left on device"), ValidationError("busy"), apart.Failed("killed")]
)
def test_what_goes_wrong_around_it_is_no_reason_to_refuse(error, widths, monkeypatch):
    def run(*args, **kwargs):
        raise error

    monkeypatch.setattr(pdfs, "can_draw", lambda: True)
    monkeypatch.setattr(apart, "run", run)
    assert first_page(papers.document(), widths) == NOTHING


@pytest.mark.parametrize(
    "values",
    [
        *({}, {"width": 9}, {"width": "9", "height": 9, "stride": 27, "pages": 1}),
        {"width": 99_999, "height": 99_999, "stride": 0, "pages": 1},
        {"width": 9, "height": 9, "stride": -27, "pages": 1},
        {"width": 9, "height": 9, "stride": 27, "pages": "many"},
        {"width": 9, "height": 9, "stride": 27, "pages": 1, "cut": True},
    ],
    ids=str,
)
def test_a_process_that_was_taken_over_is_not_believed(values, widths, monkeypatch):
    content = bytes(100 if values.get("cut") else 9 * 27)
    monkeypatch.setattr(pdfs, "can_draw", lambda: True)
    monkeypatch.setattr(apart, "run", lambda *args, **kwargs: apart.Answer(values, content))
    assert first_page(papers.document(), widths) == NOTHING
