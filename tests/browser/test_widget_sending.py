"""The upload widget while it sends each file by itself, and what it says when that goes wrong."""

import pytest
from playwright.sync_api import expect

from browser.test_axe import AXE, DJANGOS, RUN
from browser.uploads import (
    LOADING,
    button,
    card,
    cards,
    choose,
    expect_state,
    field,
    file,
    focused,
    full_speed,
    jpeg,
    large,
    states,
    submit,
    titles,
)
from browser.windows import throttle

NEW = "**/photos/new/"
RUN_ON_FORM = RUN.replace("document", "document.querySelector('form:has(.upload)')")


@pytest.fixture
def window(page):
    window = page(expected=[LOADING])
    window.goto("/photos/new/")
    return window


def posts(window):
    """The requests that send something, as they are made."""
    made = []
    window.on("request", lambda request: request.method == "POST" and made.append(request))
    return made


def first_answer(window, **answer):
    """Give this to the first POST; all others go to the site."""
    given = []

    def route(route):
        if route.request.method != "POST" or given:
            return route.fallback()
        given.append(route)
        return route.fulfill(**answer) if answer else None

    window.route(NEW, route)
    return given


def test_one_file(window, site):
    choose(window, "first sight.jpg")
    submit(window)
    sea = cards(window)
    expect_state(sea, "done", "Uploaded")
    expect(window.get_by_role("status")).to_have_text("Uploaded: 1 of 1.")
    expect(window.get_by_role("link", name="See all photos")).to_be_focused()
    assert field(window).evaluate("input => input.files.length") == 0
    link = sea.get_by_role("link", name="first sight")
    expect(sea.locator("img").last).to_have_js_property("complete", True)
    assert "/media/" in sea.locator("img").last.get_attribute("src")
    link.click()
    expect(window.get_by_role("heading", name="first sight")).to_be_visible()


def test_title_and_alt_at_the_card(window, site):
    choose(window, "a.jpg", "b.jpg")
    card(window, "a.jpg").get_by_label("Title").fill("Calm sea")
    card(window, "a.jpg").get_by_label("Alt text").fill("Waves that are none")
    submit(window)
    expect(window.get_by_text("Uploaded: 2 of 2.")).to_be_visible()
    assert {"Calm sea", "b"} <= set(titles(site))
    window.get_by_role("link", name="Calm sea").click()
    expect(window.get_by_alt_text("Waves that are none")).to_be_visible()


def test_one_bad_of_four_holds_up_no_other(window, site):
    choose(window, "one.jpg", file("bad.jpg", b"no picture"), "three.jpg", "notes.exe")
    card(window, "bad.jpg").get_by_label("Title").fill("kept")
    submit(window)
    expect_state(card(window, "bad.jpg"), "refused", "This is not a picture that can be read.")
    expect_state(card(window, "one"), "done")
    expect_state(card(window, "three"), "done")
    assert states(window) == ["done", "refused", "done", "bad"]
    assert focused(window) == "Retry: bad.jpg"
    expect(window.get_by_role("alert")).to_contain_text("bad.jpg: This is not a picture")
    expect(card(window, "bad.jpg").get_by_label("Title")).to_have_value("kept")
    assert field(window).evaluate("input => input.files.length") == 2
    assert {"one", "three"} <= set(titles(site))
    button(window, "Remove", "bad.jpg").click()
    assert focused(window) == "three"
    expect(window.get_by_role("alert")).to_have_text("")


def test_kept_files_go_after_the_others_without_their_titles(window, site):
    """They are of a form that was sent as a whole, before its script had come, say."""
    choose(window, "kept before.jpg")
    window.evaluate(
        """() => {
            const form = document.querySelector("[data-upload-each]");
            delete form.dataset.uploadEach;
            Object.assign(form.elements.title, { maxLength: 999, value: "x".repeat(300) });
        }"""
    )
    submit(window)
    expect(window.locator(".upload-kept")).to_contain_text("kept before.jpg")
    choose(window, "new a.jpg", "new b.jpg")
    for letter in "ab":
        card(window, f"new {letter}.jpg").get_by_label("Title").fill(f"New {letter}")
    submit(window)
    expect(window.get_by_text("Uploaded: 2 of 2.")).to_be_visible()
    submit(window)
    expect(window.get_by_role("heading", name="kept before")).to_be_visible()
    assert {"kept before", "New a", "New b"} <= set(titles(site))


def test_progress_two_at_a_time_and_processing(window, site):
    slow = throttle(window, up=40_000)
    choose(window, large("a.jpg"), large("b.jpg"), large("c.jpg"))
    submit(window)
    expect_state(card(window, "a.jpg"), "sending", "Uploading")
    expect_state(card(window, "b.jpg"), "sending")
    expect_state(card(window, "c.jpg"), "waiting", "Waiting")
    bar = window.get_by_role("progressbar", name="Upload: a.jpg")
    window.wait_for_function("bar => bar.value > 0.2 && bar.value < 1", arg=bar.element_handle())
    assert field(window).is_enabled()  # others may be added meanwhile, each with its card
    choose(window, "d.jpg")
    assert states(window)[3] == "ready"
    site.app.freeze()
    try:
        full_speed(slow)
        expect_state(card(window, "a.jpg"), "processing", "Processing")
    finally:
        site.app.thaw()
    expect(window.get_by_text("Uploaded: 3 of 4.")).to_be_visible(timeout=20_000)
    assert states(window) == ["done", "done", "done", "ready"]


def test_double_click_sends_once(window):
    made = posts(window)
    slow = throttle(window, up=20_000)
    choose(window, large("twice.jpg"))
    window.get_by_role("button", name="Upload", exact=True).dblclick()
    expect_state(cards(window), "sending")
    submit(window)
    submit(window)
    full_speed(slow)
    expect_state(cards(window), "done")
    assert len(made) == 1


def test_cancel_and_retry(window):
    slow = throttle(window, up=20_000)
    choose(window, large("a.jpg"))
    submit(window)
    expect_state(cards(window), "sending")
    with window.expect_event("requestfailed"):  # it ends, too
        button(window, "Cancel", "a.jpg").press("Enter")
    expect_state(cards(window), "cancelled", "Cancelled")
    assert focused(window) == "Retry: a.jpg"
    window.keyboard.press("Enter")
    expect_state(cards(window), "sending")
    assert focused(window) == "Cancel: a.jpg"
    full_speed(slow)
    expect_state(cards(window), "done")
    assert focused(window) == "a"


def test_server_is_killed_at_40_percent(window, site):
    slow = throttle(window, up=100_000)
    choose(window, large("a.jpg"))
    submit(window)
    bar = window.locator(".upload-bar").element_handle()
    window.wait_for_function("bar => bar.value >= 0.4", arg=bar)
    site.front.stop()
    try:
        expect_state(cards(window), "failed", "The upload broke off. Check the connection")
        full_speed(slow)
        with window.expect_request(NEW):
            button(window, "Retry", "a.jpg").click()
        expect_state(cards(window), "failed", "The upload broke off.")
    finally:
        site.front.start()
    button(window, "Retry", "a.jpg").click()
    expect_state(cards(window), "done")


def test_session_ends_in_the_middle(page, site):
    window = page(user="other", expected=[LOADING])
    window.goto("/photos/new/")
    window.once("dialog", lambda dialog: dialog.dismiss())
    tab = window.context.new_page()
    tab.goto("/")
    window.bring_to_front()  # what is behind is slow
    slow = throttle(window, up=20_000)
    choose(window, large("a.jpg"), large("b.jpg"))
    card(window, "a.jpg").get_by_label("Title").fill("After the login")
    submit(window)
    expect_state(card(window, "a.jpg"), "sending")
    tab.get_by_role("button", name="Log out").click()
    expect(tab.get_by_text("You are logged out.")).to_be_visible()
    site.cookies.pop("other")  # for the tests that come
    window.bring_to_front()
    full_speed(slow)
    for name in ("a.jpg", "b.jpg"):
        expect_state(card(window, name), "failed", "Log in in another tab, then press Retry.")
    button(window, "Retry", "a.jpg").click()
    expect_state(card(window, "a.jpg"), "failed", "You are not logged in any more.")
    tab.goto("/accounts/login/")
    tab.get_by_label("Username").fill("other")
    tab.get_by_label("Password").fill("other")
    tab.get_by_role("button", name="Log in").click()
    window.bring_to_front()
    button(window, "Retry", "a.jpg").click()
    expect_state(cards(window).first, "done")
    submit(window)
    expect_state(cards(window).last, "done")
    assert "After the login" in titles(site)


def test_token_expires_in_the_middle(window):
    errors = '{"errors": {"__all__": ["This page was open for too long. Reload it."]}}'
    first_answer(window, status=403, content_type="application/json", body=errors)
    choose(window, "a.jpg")
    submit(window)
    expect_state(cards(window), "failed", "This page was open for too long. Press Retry.")
    field(window).evaluate("input => { input.form.csrfmiddlewaretoken.value = 'old' }")
    button(window, "Retry", "a.jpg").click()
    expect_state(cards(window), "done")


@pytest.mark.parametrize(
    ("status", "kind", "body", "says"),
    [
        (502, "text/html", "<h1>Bad gateway</h1>", "The server could not take this file (502)."),
        (413, "text/html", "<h1>Too large</h1>", "The server could not take this file (413)."),
        (200, "text/html", "<h1>Hello</h1>", "The server could not take this file (200)."),
        (413, "application/json", '{"errors": {"__all__": ["Too big."]}}', "Too big."),
        (429, "application/json", '{"errors": {"__all__": ["Too often."]}}', "Too often."),
        (503, "application/json", '{"errors": {"image": ["Busy."]}}', "Busy."),
    ],
)
def test_answers_of_a_proxy_and_sentences_of_the_server(window, status, kind, body, says):
    first_answer(window, status=status, content_type=kind, body=body)
    choose(window, "a.jpg")
    submit(window)
    expect_state(cards(window), "failed", says)
    expect(window.get_by_role("alert")).to_contain_text(f"a.jpg: {says}")
    assert focused(window) == "Retry: a.jpg"
    window.keyboard.press("Enter")
    expect_state(cards(window), "done")


def test_site_behind_nginx_is_down(window, site):
    choose(window, "a.jpg")
    expect_state(cards(window), "ready")
    site.app.stop()
    try:
        submit(window)
        expect_state(cards(window), "failed")
    finally:
        site.app.start()
    submit(window)
    expect(cards(window)).to_have_attribute("data-state", "done", timeout=20_000)


def test_no_answer_for_30_seconds(page):
    window = page(expected=[LOADING])
    window.clock.install()
    window.goto("/photos/new/")
    kept = first_answer(window)
    choose(window, "a.jpg")
    submit(window)
    expect_state(cards(window), "sending")
    window.clock.fast_forward(29_000)
    assert states(window) == ["sending"]
    window.clock.fast_forward(2_000)
    expect_state(cards(window), "stalled", "No answer.")
    expect(window.get_by_role("alert")).to_contain_text("a.jpg: No answer.")
    button(window, "Retry", "a.jpg").click()
    expect_state(cards(window), "done")
    assert len(kept) == 1


def test_an_answer_that_is_late_counts(page, site):
    window = page(expected=[LOADING])
    window.clock.install()
    window.goto("/photos/new/")
    made = posts(window)
    choose(window, "a.jpg")
    kept = first_answer(window)
    submit(window)
    expect_state(cards(window), "sending")
    window.clock.fast_forward(31_000)
    expect_state(cards(window), "stalled")
    kept[0].continue_()
    expect_state(cards(window), "done")
    assert len(made) == 1


def test_sixty_files_and_few_announcements(window):
    window.evaluate(
        """() => {
            window.said = [];
            for (const region of document.querySelectorAll("[role=status], [role=alert]"))
                new MutationObserver(() => said.push(region.textContent))
                    .observe(region, { childList: true });
        }"""
    )
    names = [f"many {number:02}.jpg" for number in range(60)]
    choose(window, *[file(name, jpeg((20, 20))) for name in names])
    submit(window)
    expect(window.get_by_text("Uploaded: 60 of 60.")).to_be_visible(timeout=60_000)
    assert window.locator(".upload-name").all_text_contents() == [name[:-4] for name in names]
    links = window.locator(".upload-name").evaluate_all("links => links.map(({ href }) => href)")
    assert len(set(links)) == 60
    said = window.evaluate("said")
    assert said[:2] == ["Chosen: 60.", "Uploading"]
    assert 5 < len(said) < 14


def test_keyboard_alone(window):
    field(window).focus()
    with window.expect_file_chooser() as chooser:
        window.keyboard.press("Space")
    chooser.value.set_files([file("a.jpg"), file("b.jpg")])
    for where in ("Title", "Alt text"):
        window.keyboard.press("Tab")
        assert focused(window).startswith(where)
        assert focused(window).endswith(": a.jpg")
    window.keyboard.press("Tab")
    assert focused(window) == "Remove: a.jpg"
    for _ in range(4):
        window.keyboard.press("Tab")
    assert focused(window) == "Upload"
    window.keyboard.press("Enter")
    expect(window.get_by_role("link", name="See all photos")).to_be_focused()
    window.keyboard.press("Enter")
    window.wait_for_url("**/photos/")


def test_the_same_error_is_read_aloud_once(window):
    """Sixty files without a server are not sixty alarms."""

    def route(route):
        return route.abort() if route.request.method == "POST" else route.continue_()

    window.route(NEW, route)
    choose(window, "a.jpg", "b.jpg", "c.jpg")
    window.evaluate(
        """() => {
            window.said = [];
            const region = document.querySelector(".upload-alarm");
            new MutationObserver(() => region.textContent && said.push(region.textContent))
                .observe(region, { childList: true });
        }"""
    )
    submit(window)
    for name in "abc":
        expect_state(card(window, f"{name}.jpg"), "failed")
    assert len(window.evaluate("said")) == 1


@pytest.mark.parametrize("path", ["/documents/new/"])
def test_files_without_alt(page, path):
    window = page()
    window.goto(path)
    choose(window, file("paper.txt", b"words"))
    assert window.get_by_label("Alt text").count() == 0
    submit(window)
    expect_state(cards(window), "done")


@pytest.mark.parametrize("path", ["/photos/new/", "/admin/library/photo/add-several/"])
def test_axe_finds_no_fault_in_cards(page, path):
    """On both sizes, in light and dark; of the admin what is inside the form."""
    window = page(user="staff", expected=[LOADING, "favicon.ico"])
    window.goto(path)
    choose(window, "a.jpg", file("bad.jpg", b"x"), "notes.exe", "b.jpg")
    window.get_by_role("button", name="Upload", exact=True).click()
    expect_state(card(window, "bad.jpg"), "refused")
    expect_state(cards(window).last, "done")
    choose(window, "later.jpg")
    window.evaluate(AXE)
    for width, scheme in ((1280, "light"), (390, "dark")):
        window.set_viewport_size({"width": width, "height": 844})
        window.emulate_media(color_scheme=scheme)
        found = {name for name, *where in window.evaluate(RUN_ON_FORM)}
        assert found - (DJANGOS if "admin" in path else set()) == set()
