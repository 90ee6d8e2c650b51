"""The upload widget, up to the moment when something is sent."""

import pytest
from playwright.sync_api import expect

from browser.uploads import (
    button,
    card,
    cards,
    choose,
    expect_state,
    field,
    file,
    focused,
    jpeg,
    states,
    submit,
)


@pytest.fixture
def window(page):
    window = page()
    window.goto("/photos/new/")
    return window


@pytest.fixture
def on_disk(tmp_path):
    """on_disk(name, ...) makes small pictures, or texts. Returns their paths."""

    def make(*names):
        paths = [tmp_path / name for name in names]
        for path in paths:
            path.write_bytes(b"words" if path.suffix == ".txt" else jpeg())
        return [str(path) for path in paths]

    return make


def drop(window, selector, paths):
    """Drag files from outside over a part of the page, and drop them. Returns what it says."""
    box = window.locator(selector).bounding_box()
    session = window.context.new_cdp_session(window)
    drag = {
        "x": box["x"] + box["width"] / 2,
        "y": box["y"] + min(box["height"] / 2, 300),
        "data": {"items": [], "files": paths, "dragOperationsMask": 1},
    }
    for kind in ("dragEnter", "dragOver"):
        session.send("Input.dispatchDragEvent", {"type": kind, **drag})
    says = window.evaluate(OVERLAY)
    session.send("Input.dispatchDragEvent", {"type": "drop", **drag})
    return says


OVERLAY = "getComputedStyle(document.body, '::after').content"


def test_card_shows_name_size_picture_and_state(window):
    choose(window, file("sea.jpg", jpeg((3000, 2000), "navy")), "no picture at all.jpg")
    sea = card(window, "sea.jpg")
    expect(sea).to_contain_text("0.1 MB")
    expect_state(sea, "ready", "Not sent yet")
    expect(sea.locator("img")).to_have_js_property("naturalWidth", 3000)
    assert sea.get_by_role("progressbar").count() == 0
    expect(sea.get_by_label("Title")).to_have_attribute("placeholder", "sea")
    expect(sea.get_by_label("Title")).to_have_value("")
    expect(window.get_by_role("status")).to_have_text("Chosen: 2.")


def test_no_picture_leaves_its_kind(window):
    choose(window, file("phone.heic", b"no browser reads this"))
    expect(card(window, "phone.heic").locator(".upload-thumb")).to_have_text("heic")
    expect(card(window, "phone.heic").locator("img")).to_have_count(0)


def test_video_shows_a_frame_and_a_file_its_kind(page):
    window = page()
    window.goto("/videos/new/")
    window.evaluate(
        """async () => {
            const canvas = document.createElement("canvas");
            Object.assign(canvas, { width: 64, height: 48 });
            canvas.getContext("2d").fillRect(0, 0, 9, 9);
            const stream = canvas.captureStream(30);
            const recorder = new MediaRecorder(stream, { mimeType: "video/webm" });
            const recorded = new Promise((done) => {
                recorder.ondataavailable = ({ data }) => done(data);
            });
            recorder.start();
            setTimeout(() => recorder.stop(), 300);
            const files = new DataTransfer();
            files.items.add(new File([await recorded], "clip.webm", { type: "video/webm" }));
            files.items.add(new File(["x"], "paper.pdf"));
            const input = document.querySelector("input[type=file]");
            input.files = files.files;
            input.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    expect(card(window, "clip.webm").locator("video")).to_have_js_property("videoWidth", 64)
    expect(card(window, "paper.pdf").locator(".upload-thumb")).to_have_text("pdf")
    assert card(window, "paper.pdf").locator(".upload-thumb > *").count() == 0


def test_only_the_first_pictures_are_drawn(window):
    choose(window, *[f"{number}.jpg" for number in range(30)])
    assert cards(window).count() == 30
    assert window.locator(".upload-thumb img").count() == 24


def test_choosing_again_adds_and_the_order_is_kept(window):
    choose(window, "b.jpg", "a.jpg")
    choose(window, "c.jpg")
    names = window.locator(".upload-name").all_text_contents()
    assert names == ["b.jpg", "a.jpg", "c.jpg"]
    assert field(window).evaluate("input => [...input.files].map(({ name }) => name)") == names


def test_what_the_server_would_refuse_is_said_at_its_card(window):
    field(window).evaluate("input => { input.dataset.maxFileBytes = 2000 }")
    files = file("big.jpg", jpeg() + bytes(2000)), file("none.jpg", b""), "notes.exe", "sea.jpg"
    choose(window, *files)
    expect_state(card(window, "big.jpg"), "bad", "This file is too large: 50 MB is the most.")
    expect_state(card(window, "none.jpg"), "bad", "This file is empty. Send it again.")
    expect_state(card(window, "notes.exe"), "bad", "Such files are not accepted here.")
    expect_state(card(window, "sea.jpg"), "ready")
    assert not card(window, "notes.exe").get_by_label("Title").is_visible()


def test_names_may_be_in_capitals(window):
    choose(window, "SEA.JPG")
    expect_state(card(window, "SEA.JPG"), "ready")


def test_a_form_that_is_sent_as_a_whole_has_a_number_and_a_size(window):
    """An owner's own form with several files, which has no data-upload-each."""
    window.evaluate(
        """() => {
            const input = document.querySelector("input[type=file]");
            delete input.form.dataset.uploadEach;
            Object.assign(input.dataset, { most: 2, maxBytes: 3000 });
        }"""
    )
    choose(
        window, file("a.jpg", jpeg() + bytes(1500)), file("b.jpg", jpeg() + bytes(1500)), "c.jpg"
    )
    assert states(window) == ["ready", "bad", "bad"]
    assert "Together" in card(window, "b.jpg").inner_text()
    assert "too many" in card(window, "c.jpg").inner_text()
    assert not field(window).evaluate("input => input.checkValidity()")
    button(window, "Remove", "b.jpg").click()
    assert states(window) == ["ready", "ready"]
    assert field(window).evaluate("input => input.checkValidity()")


def test_remove_takes_the_focus_to_the_next_card(window):
    choose(window, "a.jpg", "b.jpg", "c.jpg")
    for name, then in (("b", "Remove: c.jpg"), ("c", "Remove: a.jpg")):
        button(window, "Remove", f"{name}.jpg").press("Enter")
        assert focused(window) == then
    window.keyboard.press("Enter")
    expect(field(window)).to_be_focused()
    assert field(window).evaluate("input => input.files.length") == 0
    expect(window.get_by_role("status")).to_have_text("")


def test_drop_anywhere_on_the_page(window, on_disk):
    says = drop(window, "header", on_disk("sea.jpg", "land.jpg"))
    assert says == '"Drop it here to add it."'
    expect(cards(window)).to_have_count(2)
    assert window.evaluate(OVERLAY) == "none"
    drop(window, "main", on_disk("more.jpg"))
    expect(cards(window)).to_have_count(3)


def test_drop_of_a_picture_of_the_page_is_none(window):
    window.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["x"], "own.jpg"));
            dataTransfer.setData("text/html", "<img>");
            const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
            document.querySelector("main").dispatchEvent(drop);
        }"""
    )
    assert cards(window).count() == 0


@pytest.mark.parametrize("path", ["/", "/documents/"])
def test_drop_on_a_list_brings_the_form_of_that_folder(page, site, on_disk, path):
    site.visitor("owner").upload("/documents/new/", "file", ("first.txt", b"one"))
    window = page()
    window.goto(path)
    target = "main" if path != "/" else "section:has(#document)"
    says = drop(window, target, on_disk("a.txt", "b.txt"))
    assert says == '"Drop it here to upload it to Documents."'
    expect(cards(window)).to_have_count(2)
    expect(field(window)).to_be_focused()
    assert window.url == site.url + path
    submit(window)
    expect(window.get_by_text("Uploaded: 2 of 2.")).to_be_visible()
    expect(window.locator(".upload-list")).to_be_focused()
    assert window.locator(".upload-list").get_attribute("href") == "/documents/"


def test_nobody_who_is_not_logged_in_is_offered_a_drop(page):
    window = page(user=None)
    window.goto("/photos/")
    assert window.locator("[data-drop-to]").count() == 0


def test_paste(window):
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = """async () => {
        const canvas = new OffscreenCanvas(30, 20);
        canvas.getContext("2d").fillRect(0, 0, 9, 9);
        const blob = await canvas.convertToBlob();
        await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    }"""
    window.evaluate(copy)
    window.keyboard.press("Control+v")
    expect(cards(window)).to_have_count(1)
    expect_state(cards(window), "ready")
    window.evaluate("() => navigator.clipboard.writeText('words')")
    cards(window).get_by_label("Title").press("Control+v")
    expect(cards(window).get_by_label("Title")).to_have_value("words")
    assert cards(window).count() == 1
    paste = """kind => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File(["x"], "picture.png"));
        clipboardData.setData(kind, "words");
        const event = new ClipboardEvent("paste", { clipboardData, bubbles: true });
        document.querySelector("main").dispatchEvent(event);
    }"""
    window.evaluate(paste, "text/plain")  # a word processor adds a picture of its words
    assert cards(window).count() == 1
    window.evaluate(paste, "text/html")  # "Copy image" adds where the picture was
    assert cards(window).count() == 2


def test_skip_link_leaves_the_form_as_it_is(window):
    choose(window, "sea.jpg")
    window.evaluate("() => { window.same = true }")
    window.get_by_role("link", name="Skip to the content").press("Enter")
    window.go_back()
    assert window.evaluate("window.same")
    assert cards(window).count() == 1


def test_back_and_forward_bring_the_cards_again(window, on_disk):
    field(window).set_input_files(on_disk("a.jpg"))
    field(window).set_input_files(on_disk("b.jpg"))
    window.on("dialog", lambda dialog: dialog.accept())
    window.goto("/")
    window.go_back()
    expect(cards(window)).to_have_count(2)
    assert states(window) == ["ready", "ready"]
    window.go_forward()
    window.go_back()
    expect(cards(window)).to_have_count(2)


def test_leaving_asks_while_something_is_not_sent(window):
    asked = []
    window.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    choose(window, "notes.exe")
    window.locator("h1").click()  # nobody is asked who has touched nothing
    window.evaluate("() => { location.href = '/photos/new/?bad' }")
    window.wait_for_url("**/?bad")
    assert asked == []
    choose(window, "a.jpg")
    window.locator("h1").click()
    with window.expect_event("dialog"):
        window.evaluate("() => { location.href = '/' }")
    assert asked == ["beforeunload"]
    assert cards(window).count() == 1
    submit(window)
    expect_state(cards(window), "done")
    window.get_by_role("link", name="See all photos").click()
    window.wait_for_url("**/photos/")
    assert asked == ["beforeunload"]


def test_phones_offer_their_camera(window):
    accepted = field(window).get_attribute("accept").split(",")
    assert {".jpg", ".heic", "image/jpeg"} <= set(accepted)


def test_right_to_left(window):
    window.evaluate("() => { document.documentElement.dir = 'rtl' }")
    choose(window, "a very long name of a picture that goes on and on.jpg", "b.jpg")
    assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
    thumb = cards(window).first.locator(".upload-thumb").bounding_box()
    name = cards(window).first.locator(".upload-name").bounding_box()
    assert thumb["x"] > name["x"] + name["width"]
