"""What pages make a browser fetch: pictures in the size that is shown, and nothing that moves."""

import gzip
import re

import pytest
from playwright.sync_api import expect

from browser.slow_line import SlowLine
from browser.windows import late, layout_shift

# Down to the end, as a visitor: pictures below are fetched when they are near.
READ = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
    scrollTo(0, y);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
  const loaded = (picture) => picture.complete || new Promise((done) => {
    picture.onload = picture.onerror = done;
  });
  await Promise.all([...document.images].map(loaded));
}"""
# Of each picture: its pixels for each that is shown, and the shape of what is shown.
PICTURES = """[...document.querySelectorAll("main img")].map((picture) => {
  const [high, wide] = [picture.getAttribute("height"), picture.getAttribute("width")];
  const box = picture.getBoundingClientRect();
  const shown = Math.min(box.width, box.height * wide / high) * devicePixelRatio;
  const chosen = picture.currentSrc.match(/-(\\d+)w\\.webp/)?.[1] ?? wide;
  const widths = [...picture.srcset.matchAll(/-(\\d+)w\\.webp/g)].map((found) => Number(found[1]));
  return {
    ratio: chosen / shown,
    width: Number(chosen),
    widths: [...widths, Number(wide)],
    loaded: picture.naturalWidth > 0,
  };
})"""
BYTES = """performance.getEntriesByType("resource")
  .filter(({ initiatorType }) => initiatorType === "img")
  .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""
PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
PHONE, LAPTOP = (390, 844), (1280, 800)


def read(window, path):
    window.goto(path)
    window.evaluate(READ)
    pictures = window.evaluate(PICTURES)
    assert pictures
    assert all(picture["loaded"] for picture in pictures)
    return pictures


def test_gallery_on_a_phone_fetches_what_it_shows(page, gallery):
    window = page(*PHONE, dpr=2)
    pictures = read(window, "/photos/")
    assert len(pictures) == 60
    fetched = window.evaluate(BYTES)
    assert fetched <= 2_000_000
    assert fetched <= gallery["800"] * 2.0 / 6.4  # of what it was with 800 for all
    assert {picture["width"] for picture in pictures} == {400}  # the smallest that there is
    assert layout_shift(window) == []


@pytest.mark.parametrize("dpr", [1, 2])
def test_gallery_is_sharp_and_no_more(page, gallery, dpr):
    window = page(*LAPTOP, dpr=dpr)
    ratios = [p["ratio"] for p in read(window, "/photos/") if p["width"] > 400]
    small = [p["ratio"] for p in window.evaluate(PICTURES) if p["width"] == 400]
    assert min(ratios + small) > 0.75  # a row is stretched by a third at most
    assert max(ratios, default=1) < 2
    assert layout_shift(window) == []


@pytest.mark.parametrize(("size", "user"), [(LAPTOP, "owner"), (PHONE, None)], ids=str)
def test_gallery_does_not_move_while_its_page_arrives(page, site, gallery, size, user):
    with SlowLine(site) as line:
        window = page(*size, user=user, at=line)
        for line.items in range(1, 9):  # two rows of a laptop, four of a phone
            line.rest.clear()
            window.goto("/photos/", wait_until="commit")
            expect(window.locator(".gallery li")).to_have_count(line.items)
            window.evaluate(PAINTED)
            line.rest.set()
            expect(window.locator(".gallery li")).to_have_count(60)
            expect(window.locator(".gallery img").first).to_be_visible()
            window.evaluate(PAINTED)
            assert layout_shift(window) == [], line.items
        window.close()  # before the line: it may still fetch pictures


SCREENS = [(PHONE, 2), (PHONE, 3), (LAPTOP, 1), (LAPTOP, 2), ((1920, 1080), 1)]


@pytest.mark.parametrize(("size", "dpr"), SCREENS, ids=str)
def test_one_picture_is_on_the_screen_and_stays_there(page, gallery, size, dpr):
    window = page(*size, dpr=dpr)
    window.route("**/media/**", late)
    for path in gallery["pages"][:4]:
        read(window, path)
        assert layout_shift(window) == []
        window.evaluate("scrollTo(0, 0)")
        box = window.locator(".stage img").bounding_box()
        assert box["y"] + box["height"] <= size[1]  # all of it is on the screen


SIZES = [(320, 690), (390, 844), (640, 900), (844, 390), (1024, 768), (1280, 800)]
SIZES += [(1600, 900), (1920, 1080), (2240, 1260), (2560, 1440)]
SCROLLBAR = 16  # pixels of the window that not every browser has for the picture


@pytest.mark.parametrize("dpr", [1, 2, 3])
def test_one_picture_is_the_largest_with_1_3_times_the_pixels_shown(page, gallery, dpr):
    wrong = []
    for width, height in SIZES:
        window = page(width, height, dpr=dpr)  # another would show what it has loaded before
        for path in gallery["pages"][:4]:
            (picture,) = read(window, path)
            shown = picture["width"] / picture["ratio"]
            rooms = [1.3 * shown, 1.28 * (shown - SCROLLBAR * dpr)]
            best = {max([w for w in picture["widths"] if w <= room] or [400]) for room in rooms}
            if picture["width"] not in best:
                wrong.append((width, path, picture["width"], round(picture["ratio"], 3)))
    assert wrong == []


COMMENTS = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def test_scripts_and_styles(project):
    """8 KB as one, comments and all; a file at a time it is 8.6, of which 0.7 are for owners."""
    ours = [project / "static", project / "uploads/static/uploads"]
    files = [path for folder in ours for kind in ("*.css", "*.js") for path in folder.glob(kind)]
    assert len(files) == 4
    texts = [path.read_text(encoding="utf-8") for path in sorted(files)]
    assert weight("".join(texts)) <= 8 * 1024
    assert sum(weight(COMMENTS.sub("", text)) for text in texts) <= 8 * 1024


def weight(text):
    return len(gzip.compress(text.encode(), mtime=0))
