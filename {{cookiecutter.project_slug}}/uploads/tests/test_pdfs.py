"""PDFs and their first page: shown where it can be, and never a reason to refuse one."""

import io
import time
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from PIL import Image

from uploads import names
from uploads.checks.first_pages import check_first_pages
from uploads.formats import admission, apart, pdfs
from uploads.tests import papers
from uploads.tests.level import stored
from uploads.tests.models import Paper

pytestmark = pytest.mark.processes

needs_pdfium = pytest.mark.skipif(not pdfs.can_draw(), reason="the extra pdf is not installed")


@pytest.fixture
def widths(settings):
    settings.IMAGE_WIDTHS = [100, 200, 400]


@pytest.fixture
def without_pypdfium2(monkeypatch):
    monkeypatch.setattr(pdfs, "can_draw", lambda: False)


def first_page(content, size=None):
    return pdfs.first_page(io.BytesIO(content), size)


def pictures(page):
    """{width: picture} of the renditions; each is as wide as it is called."""
    made = {width: Image.open(io.BytesIO(c)) for (_, width), c in page["renditions"].items()}
    assert [picture.width for picture in made.values()] == [*made]
    return made


@needs_pdfium
def test_the_first_page_is_drawn_at_each_width(widths):
    page = first_page(papers.document(pages=3))
    assert page["size"] == (283, 400)  # the longer side is the widest
    assert page["marks"] == {"pages": 3}
    assert sorted(pictures(page)) == [100, 200, 283]
    for picture in pictures(page).values():
        assert picture.format == "WEBP"
        red, green, blue = picture.convert("RGB").getpixel((50, 50))
        assert (red > 240, green < 15, blue < 15) == (True, True, True)


@needs_pdfium
def test_it_is_the_first_of_several(widths):
    page = first_page(papers.document(pages=3, first="0 0 842 595"))
    assert page["size"] == (400, 283)


@needs_pdfium
def test_a_page_is_drawn_as_it_is_read(widths):
    assert first_page(papers.document(page="/Rotate 90"))["size"] == (400, 283)


@needs_pdfium
def test_a_page_that_was_drawn_before_has_its_size(widths):
    page = first_page(papers.document(), (566, 800))
    assert page["size"] == (566, 800)
    assert sorted(pictures(page)) == [100, 200, 400]
    assert max(pictures(first_page(papers.document(), (283, 400)))) == 283
    assert max(pictures(first_page(papers.document(), (282, 400)))) == 282  # and not as it came out


@needs_pdfium
@pytest.mark.parametrize("name", papers.ODD)
def test_odd_pdfs_have_a_first_page_or_none(name, widths, monkeypatch):
    monkeypatch.setitem(pdfs.LIMITS, "seconds", 0)
    page = first_page(papers.ODD[name]())
    if page:
        assert max(page["size"]) <= 401
        assert page["marks"]["pages"] >= 1
        assert max(pictures(page)) <= 401


@needs_pdfium
@pytest.mark.parametrize("name", ["a password", "no page", "a page that is a line", "no objects"])
def test_what_has_no_first_page(name, widths):
    assert first_page(papers.ODD[name]()) == {}


@needs_pdfium
def test_a_page_that_takes_too_long_is_given_up(widths, monkeypatch):
    monkeypatch.setitem(pdfs.LIMITS, "seconds", 0)
    assert first_page(papers.ODD["a hundred million tiles"]()) == {}


def test_it_does_not_wait_long_for_its_turn(settings, monkeypatch):
    """It would be a page's face, and the PDF is stored without it."""
    monkeypatch.setitem(pdfs.LIMITS, "patience", 0.1)
    before = time.monotonic()
    with admission.turn(settings.IMAGE_MEMORY_MB), admission.request():
        assert first_page(papers.document()) == {}
    assert time.monotonic() - before < admission.PATIENCE / 2


@needs_pdfium
def test_without_widths_it_is_as_wide_as_it_is_drawn(settings):
    settings.IMAGE_WIDTHS = []
    page = first_page(papers.document())
    assert max(page["size"]) == pdfs.SIDE
    assert [*pictures(page)] == [page["size"][0]]


@pytest.mark.parametrize(
    "error", [OSError("No space left on device"), ValidationError("busy"), apart.Failed("killed")]
)
def test_what_goes_wrong_around_it_is_no_reason_to_refuse(error, monkeypatch):
    def run(*args, **kwargs):
        raise error

    monkeypatch.setattr(apart, "run", run)
    assert first_page(papers.document()) == {}


@pytest.mark.parametrize(
    "values",
    [
        *({}, {"width": 9}, {"width": "9", "height": 9, "stride": 27, "pages": 1}),
        {"width": 99_999, "height": 99_999, "stride": 0, "pages": 1},
        {"width": 9, "height": 9, "stride": -27, "pages": 1},
        {"width": 9, "height": 9, "stride": 27, "pages": "many"},
        {"width": 9, "height": 12, "stride": 27, "pages": 1},
    ],
    ids=str,
)
def test_a_process_that_was_taken_over_is_not_believed(values, monkeypatch):
    answer = apart.Answer(values, bytes(9 * 27))
    monkeypatch.setattr(apart, "run", lambda *args, **kwargs: answer)
    assert first_page(papers.document()) == {}


# Rows


def content_of(file):
    with file.open() as content:
        return content.read()


def store(content, user=None):
    return Paper.objects.create(owner=user, file=ContentFile(content, name="a.pdf"))


@needs_pdfium
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("level")
def test_its_name_says_all_that_a_page_needs(widths):
    row = store(papers.document(pages=12))
    file = Paper.objects.get().file
    assert names.size(file.name) == (file.width, file.height) == (283, 400)
    assert (file.pages, file.kind, file.duration) == (12, "pdf", None)
    assert content_of(file) == papers.document(pages=12)  # as it was sent
    assert [*file.renditions] == [100, 200, 283]
    assert file.preview == file.renditions[100]
    assert file.poster == file.renditions[283]
    assert stored("private") == {file.name, *file.field.renditions_of(file.name)}
    row.delete()
    assert stored("private") == set()


@needs_pdfium
@pytest.mark.django_db
def test_its_pictures_are_as_private_as_itself(client, user, other):
    row = store(papers.document(), user)
    client.force_login(other)
    assert client.get(row.file.preview).status_code == 404
    client.force_login(user)
    answer = client.get(row.file.preview)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    answer.close()


@pytest.mark.django_db
@pytest.mark.usefixtures("without_pypdfium2")
def test_without_pypdfium2_it_is_stored_alone():
    file = store(papers.document()).file
    assert (file.pages, file.preview, file.poster) == (None, None, None)
    assert content_of(file) == papers.document()
    assert stored("private") == {file.name}
    assert [found.id.partition(".")[2] for found in check_first_pages(None)] == ["I003"]


@needs_pdfium
def test_with_pypdfium2_the_check_is_silent():
    assert [*check_first_pages(None)] == []


def rebuild():
    said = StringIO()
    call_command("rebuild_renditions", stdout=said, stderr=said)
    return said.getvalue()


@needs_pdfium
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("level")
def test_pdfs_from_before_get_their_picture(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(pdfs, "can_draw", lambda: False)
        old, locked = store(papers.document(pages=2)), store(papers.ODD["a password"]())
    assert f"{locked.file.name} stays as it is: no picture of its first page" in rebuild()
    row = Paper.objects.get(pk=old.pk)
    assert row.file.name != old.file.name
    assert row.file.pages == 2
    assert content_of(row.file) == papers.document(pages=2)
    assert Paper.objects.get(pk=locked.pk).file.name == locked.file.name


@needs_pdfium
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("level")
def test_other_widths_are_drawn_anew(widths, settings):
    file = store(papers.document()).file
    settings.IMAGE_WIDTHS = [150, 1600]
    assert "2 renditions made" not in rebuild()
    file = Paper.objects.get().file
    assert [*file.renditions] == [150, 283]
    storage = storages["private"]
    for width, name in zip([150, 283], file.field.renditions_of(file.name), strict=True):
        with storage.open(name) as content, Image.open(content) as picture:
            assert picture.width == width
    assert Paper.objects.get().file.name == file.name
    settings.IMAGE_WIDTHS = [120]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdfs, "first_page", lambda *args: {})
        assert f"{file.name} stays as it is: no picture of its first page" in rebuild()
    rebuild()
