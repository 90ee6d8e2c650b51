"""Private files as visitors see them in lists: cards with a face, or lines."""

import pytest
from playwright.sync_api import expect

from browser.uploads import LOADING, card, choose, field, file
from browser.windows import late, layout_shift


def of(window, kind):
    """The card or line of the document of that kind."""
    name = window.get_by_role("link", name=f"A file: {kind}", exact=True)
    return window.locator(".files li").filter(has=name)


def face(window, kind):
    return of(window, kind).locator(".face")


def colour(element):
    return element.evaluate("e => getComputedStyle(e).backgroundColor")


def shape(element):
    box = element.bounding_box()
    return round(box["width"] / box["height"], 1)


@pytest.mark.parametrize("view", ["cards", "compact"])
def test_nothing_moves_while_pictures_come(page, faces, view):
    window = page()
    window.route("**/*w.webp", late)
    window.goto(f"/documents/?view={view}")
    for kind in ("pdf", "video"):
        expect(of(window, kind).locator("img")).to_have_js_property("naturalWidth", 400)
    # What is inside the browser's own player has no node: its slider is drawn twice.
    assert [moved for moved in layout_shift(window) if any(moved[1:])] == []


@pytest.mark.parametrize(
    ("user", "path"),
    [
        ("owner", "/documents/?view=cards"),
        ("owner", "/documents/?view=compact"),
        ("owner", "{page}edit/"),
        ("staff", "/admin/library/document/"),
        ("staff", "/admin/library/document/{pk}/change/"),
    ],
)
def test_a_film_without_a_poster_shows_no_broken_picture(page, faces, user, path):
    """It was stored when the site was busy, and `rebuild_renditions` has yet to come."""
    address = faces["video"]
    window = page(user=user, expected=[LOADING])
    window.route("**/*w.webp", lambda route: route.fulfill(status=404))
    window.goto(path.format(page=address, pk=address.strip("/").split("/")[-1]))
    window.wait_for_load_state("networkidle")
    missing = window.locator("img[src*='s-400w.webp']")
    around = missing.locator("..").first
    seen = around.screenshot()
    missing.evaluate_all("all => all.forEach(({ style }) => { style.visibility = 'hidden'; })")
    is_same = around.screenshot() == seen  # pytest would look for the bytes that differ
    assert is_same


def test_every_face_is_as_large_as_the_others(page, faces):
    window = page()
    window.goto("/documents/?view=cards")
    assert {shape(face(window, kind)) for kind in ("pdf", "video", "audio", "archive")} == {1.3}
    pictures = window.locator(".face img").evaluate_all(
        "all => all.map((e) => getComputedStyle(e).objectFit)"
    )
    assert set(pictures) == {"cover"}


def test_a_kind_has_its_colour_in_lists_and_in_the_upload_form(page, faces):
    window = page()
    window.goto("/documents/?view=cards")
    kinds = ["pdf", "video", "audio", "archive"]
    seen = {kind: colour(face(window, kind)) for kind in kinds}
    assert len(set(seen.values())) == 4
    window.goto("/documents/new/")
    choose(window, file("paper.pdf", b"%PDF-"), file("numbers.csv", b"1,2"))
    # As browsers name their types; file() above sends none.
    types = {"paper.pdf": "application/pdf", "numbers.csv": "text/csv"}
    field(window).evaluate(
        """(input, types) => {
          const files = new DataTransfer();
          for (const file of input.files)
            files.items.add(new File([file], file.name, { type: types[file.name] }));
          document.querySelectorAll(".upload-card").forEach((card) => card.remove());
          input.files = files.files;
          input.dispatchEvent(new Event("change", { bubbles: true }));
        }""",
        types,
    )
    for name, kind in {"paper.pdf": "pdf", "numbers.csv": "archive"}.items():
        assert colour(card(window, name).locator(".upload-thumb")) == seen[kind]


@pytest.mark.parametrize("view", ["cards", "compact"])
def test_all_of_a_card_leads_to_its_page(page, faces, view):
    window = page()
    window.goto(f"/documents/?view={view}")
    face(window, "archive").click(force=True)
    window.wait_for_url(f"**{faces['archive']}")
    window.go_back()
    box = of(window, "archive").get_by_role("checkbox")
    box.check()  # and leads nowhere
    assert window.url.endswith(f"?view={view}")
    expect(window.get_by_role("button", name="Delete what is ticked")).to_be_visible()


def test_the_keyboard_comes_by_everything_in_a_card(page, faces):
    window = page()
    window.goto("/documents/?view=cards")
    sound = of(window, "audio")
    sound.get_by_role("link", name="A file: audio", exact=True).focus()
    seen = []
    for _ in range(12):
        window.keyboard.press("Tab")
        said = window.evaluate(
            """[document.activeElement.closest("li")?.textContent.includes("A file: audio"),
            document.activeElement.localName, document.activeElement.download !== undefined]"""
        )
        if not said[0]:
            break
        if said[1:] not in seen:
            seen.append(said[1:])
    assert seen == [["audio", False], ["a", True], ["input", False]]
    window.keyboard.press("Shift+Tab")
    expect(sound.get_by_role("checkbox")).to_be_focused()
    window.keyboard.press("Space")
    expect(sound.get_by_role("checkbox")).to_be_checked()


def test_the_view_is_chosen_without_javascript_and_stays(page, faces):
    window = page(javascript=False)
    window.goto("/documents/?view=cards")
    window.get_by_role("link", name="Compact").click()
    expect(window.locator(".files.compact")).to_be_visible()
    window.goto("/documents/")
    expect(window.locator(".files.compact")).to_be_visible()
    window.get_by_role("link", name="Cards").click()
    expect(window.locator(".files.compact")).to_have_count(0)
    expect(window.get_by_role("link", name="Cards")).to_have_attribute("aria-current", "true")


def test_boxes_are_seen_where_nothing_hovers(page, faces):
    window = page(390, 844, has_touch=True, is_mobile=True)
    for view in ("cards", "compact"):
        window.goto(f"/documents/?view={view}")
        boxes = window.locator("[name=pk]")
        assert boxes.evaluate_all("all => all.map((e) => getComputedStyle(e).opacity)") == (
            ["1"] * boxes.count()
        )


def test_cards_have_edges_in_forced_colours(page, faces):
    window = page(forced_colors="active")
    window.goto("/documents/?view=cards")
    edge = of(window, "archive").evaluate("e => getComputedStyle(e).borderStyle")
    assert edge == "solid"
