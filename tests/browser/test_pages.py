"""What visitors see and do on the pages, as far as no file is sent."""

import re

import pytest
from playwright.sync_api import expect

from services.servers import wait_for

PHONE = (390, 844)


def at(window, path):
    """Wait until the window is there."""
    window.wait_for_url(re.compile(rf"{re.escape(path)}$"))


def test_arrow_keys_go_to_the_neighbours(page, gallery):
    window = page()
    window.goto(gallery["pages"][1])
    window.keyboard.press("ArrowRight")  # to the older one
    at(window, gallery["pages"][0])
    window.keyboard.press("ArrowRight")  # there is none
    window.keyboard.press("ArrowLeft")
    at(window, gallery["pages"][1])
    window.keyboard.press("Alt+ArrowRight")  # the browser's own
    window.wait_for_timeout(100)
    at(window, gallery["pages"][1])


def test_arrow_keys_are_turned_with_the_page(page, gallery):
    window = page()
    window.goto(gallery["pages"][1])
    window.evaluate("document.documentElement.dir = 'rtl'")
    window.keyboard.press("ArrowLeft")
    at(window, gallery["pages"][0])


def swipe(window, x, y=0):
    """A finger goes that far over the picture, once it has been painted."""
    for _ in range(2):
        window.evaluate("new Promise(requestAnimationFrame)")
    touch = window.context.new_cdp_session(window)
    for kind, points in {
        "touchStart": [{"x": 200, "y": 350}],
        "touchMove": [{"x": 200 + x, "y": 350 + y}],
        "touchEnd": [],
    }.items():
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_swipe_goes_to_the_neighbours(page, gallery):
    window = page(*PHONE, dpr=2, has_touch=True, is_mobile=True)
    window.goto(gallery["pages"][1])
    swipe(window, 30)
    swipe(window, 80, 300)  # down the page
    window.wait_for_timeout(100)
    at(window, gallery["pages"][1])
    swipe(window, -120)
    at(window, gallery["pages"][0])
    swipe(window, 120)
    at(window, gallery["pages"][1])


def test_back_to_the_folder_where_it_was(page, gallery):
    window = page()
    window.goto("/photos/")
    picture = window.locator(".gallery li").nth(40)
    picture.scroll_into_view_if_needed()
    before = window.evaluate("scrollY")
    assert before > 300
    picture.get_by_role("link").click()
    window.wait_for_selector(".stage")
    window.locator(".back").click()
    window.wait_for_selector(".gallery")
    wait_for(lambda: abs(window.evaluate("scrollY") - before) < 5, "the same place", 5)


def test_back_to_a_folder_that_was_not_open(page, gallery):
    window = page()
    window.goto(gallery["pages"][0])
    window.locator(".back").click()
    window.wait_for_selector(".gallery")
    picture = window.locator("#item-" + gallery["pages"][0].split("/")[-2])
    wait_for(lambda: 0 <= picture.bounding_box()["y"] < 800, "its place in the folder", 5)


def test_actions_are_on_the_screen(page, gallery):
    for size in ((1280, 800), PHONE, (320, 568)):
        window = page(*size)
        window.goto(gallery["pages"][0])
        for name in ("Download", "Edit", "Delete"):
            box = window.locator(".actions").get_by_text(name, exact=True).bounding_box()
            assert box["y"] + box["height"] <= size[1]


@pytest.fixture
def sheets(site):
    """Three small files of the one who is called other."""
    visitor = site.visitor("other")
    titles = ["First", "Second", "Third"]
    files = [("file", (f"{title}.csv", b"a,b\n1,2\n")) for title in titles]
    answer = visitor.send_form("/documents/new/", {"title": ""}, files)
    assert answer.status_code == 302
    return titles


@pytest.mark.parametrize("javascript", [True, False])
def test_several_are_chosen_and_deleted(page, sheets, javascript):
    window = page(*PHONE, user="other", javascript=javascript)
    window.goto("/documents/")
    button = window.get_by_role("button", name="Delete what is ticked")
    assert button.is_hidden()
    for title in sheets[:2]:
        window.get_by_role("checkbox", name=f"Choose “{title}”").first.check()
    box = button.bounding_box()
    assert box["y"] + box["height"] <= PHONE[1]
    button.click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Delete 2 documents?")
    window.get_by_role("button", name="Delete").click()
    expect(window.get_by_role("status")).to_have_text("2 documents are deleted.")
    left = [window.get_by_role("link", name=title, exact=True).count() for title in sheets]
    assert left == [0, 0, 1]
    window.get_by_role("checkbox").check()  # for the next run
    button.click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Delete 1 document?")
    window.get_by_role("button", name="Delete").click()
    expect(window.get_by_role("status")).to_have_text("1 document is deleted.")


def test_keyboard_alone_chooses_and_opens(page, gallery):
    window = page()
    window.goto("/photos/")
    window.locator(".gallery a").first.focus()
    window.keyboard.press("Tab")
    box = window.locator("[name=pk]").first
    assert box.evaluate("box => box === document.activeElement")
    assert float(box.evaluate("box => getComputedStyle(box).opacity")) == 1
    window.keyboard.press("Space")
    assert window.get_by_role("button", name="Delete what is ticked").is_visible()
    window.keyboard.press("Shift+Tab")
    window.keyboard.press("Enter")
    window.wait_for_selector(".stage")


def test_skip_link_leads_to_the_content(page):
    window = page()
    window.goto("/")
    window.keyboard.press("Tab")
    assert window.locator(".skip").is_visible()
    window.keyboard.press("Enter")
    expect(window.locator("#main")).to_be_focused()


DRESSED = """[document.body, document.querySelector("h1")].map((element) =>
  getComputedStyle(element).fontFamily + getComputedStyle(document.body).backgroundColor)"""


def show(window, html):
    """Open a page of the site that has this in it."""
    window.route("**/nginx/", lambda route: route.fulfill(body=html, content_type="text/html"))
    window.goto("/nginx/")


def test_errors_are_in_the_sites_dress(page, site, gallery):
    window = page(user="other", expected=["status of [45]"])
    window.goto("/")
    dress = window.evaluate(DRESSED)
    titles = {
        "/nowhere/": "Not found",
        "/photos/?before=%00": "Not understood",
        f"{gallery['pages'][0]}edit/": "Not yours to change",
    }
    for path, title in titles.items():
        window.goto(path)
        assert window.get_by_role("heading", level=1).inner_text() == title
        assert window.evaluate(DRESSED) == dress
    for page_of_nginx in sorted((site.app.folder / "static/errors").glob("*.html")):
        if re.fullmatch(r"\w+", page_of_nginx.stem):  # not its hashed copy
            show(window, page_of_nginx.read_text(encoding="utf-8"))
            assert window.evaluate(DRESSED) == dress


def test_login_is_in_the_sites_dress(page):
    window = page(*PHONE, user=None)
    window.goto("/")
    dress = window.evaluate(DRESSED)
    window.goto("/documents/")
    at(window, "/accounts/login/?next=/documents/")
    assert window.evaluate(DRESSED) == dress
    for name in ("username", "password"):
        window.fill(f"[name={name}]", "other")
    window.keyboard.press("Enter")
    at(window, "/documents/")
