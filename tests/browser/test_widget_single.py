"""Forms with one file (profile, edit, the admin): the same card; the browser sends the form."""

import pytest
from playwright.sync_api import expect

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
    jpeg,
    states,
    submit,
    titles,
)

PROFILE = "/accounts/profile/"


@pytest.fixture
def window(page):
    window = page(expected=[LOADING])
    window.goto(PROFILE)
    return window


def posts(window):
    made = []
    window.on("request", lambda request: request.method == "POST" and made.append(request))
    return made


def test_the_card_and_another_choice(window):
    choose(window, file("me.jpg", jpeg((300, 300))))
    expect_state(cards(window), "ready", "Not sent yet")
    expect(cards(window).locator("img")).to_have_js_property("naturalWidth", 300)
    choose(window, "better.jpg")
    assert window.locator(".upload-name").all_text_contents() == ["better.jpg"]
    button(window, "Remove", "better.jpg").click()
    expect(field(window)).to_be_focused()
    assert field(window).evaluate("input => input.files.length") == 0


def test_a_file_that_would_be_refused_is_not_sent(window):
    made = posts(window)
    choose(window, "notes.exe")
    expect_state(cards(window), "bad", "Such files are not accepted here.")
    submit(window, "Save")
    assert not field(window).evaluate("input => input.checkValidity()")
    choose(window, "me.jpg")
    assert made == []
    assert field(window).evaluate("input => input.checkValidity()")


def test_saved_with_a_double_click_once(window):
    made = posts(window)
    choose(window, "me.jpg")
    window.get_by_role("button", name="Save", exact=True).dblclick()
    expect(window.get_by_text("Your profile is saved.")).to_be_visible()
    expect(window.get_by_role("link", name="The picture as it is now")).to_be_visible()
    assert len(made) == 1
    assert cards(window).count() == 0


def test_a_mistake_in_another_field_keeps_the_picture(window):
    choose(window, file("kept.jpg", jpeg((200, 200), "gold")))
    window.get_by_label("Email").fill("nobody@nowhere")
    submit(window, "Save")
    expect(window.get_by_text("Enter a valid email address.")).to_be_visible()
    expect(window.get_by_text("kept.jpg")).to_be_visible()
    picture = window.locator(".upload-kept img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("picture => picture.naturalWidth") > 0
    window.get_by_label("Email").fill("owner@example.com")
    submit(window, "Save")
    expect(window.get_by_text("Your profile is saved.")).to_be_visible()
    assert window.locator(".upload-kept").count() == 0
    assert "-200x200" in window.locator(".upload-now img").get_attribute("src")


def test_session_is_over_before_a_byte_is_sent(page, site):
    window = page(user="other", expected=[LOADING])
    window.goto(PROFILE)
    made = posts(window)
    choose(window, "me.jpg")
    window.context.clear_cookies(name="sessionid")
    submit(window, "Save")
    expect_state(cards(window), "failed", "Log in in another tab, then press Retry.")
    assert focused(window) == "Retry: me.jpg"
    assert made == []
    window.context.add_cookies(
        [{"name": n, "value": v, "url": site.url} for n, v in site.visitor("other").cookies.items()]
    )
    window.keyboard.press("Enter")
    expect(window.get_by_text("Your profile is saved.")).to_be_visible()


def test_server_is_away_and_comes_back(window, site):
    choose(window, "me.jpg")
    site.front.stop()
    try:
        submit(window, "Save")
        expect_state(cards(window), "failed", "The upload broke off.")
        assert window.url == site.url + PROFILE
    finally:
        site.front.start()
    submit(window, "Save")
    expect(window.get_by_text("Your profile is saved.")).to_be_visible()


def test_cancelled_before_it_is_sent(window):
    """While the session is asked for."""
    made = posts(window)
    held = []
    choose(window, "me.jpg")
    window.route(f"**{PROFILE}", lambda route: held.append(route))
    submit(window, "Save")
    expect_state(cards(window), "waiting")
    button(window, "Cancel", "me.jpg").click()
    expect_state(cards(window), "cancelled")
    held[0].continue_()
    window.wait_for_timeout(500)
    assert states(window) == ["cancelled"]
    assert made == []


def test_leaving_asks_saving_does_not(window):
    asked = []
    window.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    choose(window, "me.jpg")
    window.locator("h1").click()
    with window.expect_event("dialog"):
        window.evaluate("() => { location.href = '/' }")
    submit(window, "Save")
    expect(window.get_by_text("Your profile is saved.")).to_be_visible()
    assert asked == ["beforeunload"]


def test_a_form_with_two_files(window):
    """An owner's model may have a picture and a manual."""
    window.evaluate(
        """() => {
            const one = document.querySelector(".upload");
            const two = one.cloneNode(true);
            two.querySelector("[type=file]").name = "other";
            one.after(two);
        }"""
    )
    window.on("dialog", lambda dialog: pytest.fail("nothing is lost, and yet it asks"))
    window.locator("[type=file]").nth(1).set_input_files([file("second.jpg")])
    window.locator("h1").click()
    choose(window, "first.jpg")
    assert states(window) == ["ready", "ready"]
    submit(window, "Save")
    expect(window.get_by_text("Your profile is saved.")).to_be_visible()


def test_edit_with_another_picture(page, site):
    owner = site.visitor("owner")
    at = owner.upload("/photos/new/", "image", ("old.jpg", jpeg())).headers["Location"]
    window = page()
    window.goto(f"{at}edit/")
    choose(window, file("new.jpg", jpeg((123, 77))))
    assert cards(window).locator("[name]").count() == 0  # title and alt are the form's own
    window.get_by_label("Title").fill("Changed with its picture")
    submit(window, "Save")
    expect(window.get_by_role("heading", name="Changed with its picture")).to_be_visible()
    assert "-123x77" in window.locator("main img").first.get_attribute("src")


def test_admin_adds_and_changes(page, site):
    window = page(user="staff", expected=[LOADING])
    window.goto("/admin/library/photo/add/")
    choose(window, file("staff.jpg", jpeg((90, 90))))
    expect(cards(window).locator("img")).to_have_js_property("naturalWidth", 90)
    window.get_by_role("button", name="Save and continue editing").click()
    expect(window.locator(".upload-now img")).to_be_visible()
    assert window.url.endswith("/change/")
    assert "staff" in titles(site)
    choose(window, "notes.exe")
    expect_state(cards(window), "bad", "Such files are not accepted here.")


def test_admin_keeps_the_file_of_a_form_with_another_mistake(page):
    window = page(user="staff", expected=[LOADING])
    window.goto("/admin/library/photo/add/")
    choose(window, "kept.jpg")
    window.evaluate("() => { document.querySelector('[name=owner]').value = '' }")
    window.evaluate("() => { document.querySelector('#photo_form').noValidate = true }")
    window.get_by_role("button", name="Save", exact=True).click()
    expect(window.locator(".upload-kept")).to_contain_text("kept.jpg")


def test_admin_adds_several(page, site):
    window = page(user="staff", expected=[LOADING])
    window.goto("/admin/library/photo/")
    window.get_by_role("link", name="Add several").click()
    choose(window, "admin a.jpg", file("admin bad.jpg", b"no picture"), "admin c.jpg")
    card(window, "admin a.jpg").get_by_label("Title").fill("Added by the staff")
    window.get_by_role("button", name="Upload", exact=True).click()
    expect_state(card(window, "admin bad.jpg"), "refused", "This is not a picture")
    expect(window.get_by_role("status")).to_have_text("Uploaded: 2 of 3.")
    assert states(window) == ["done", "refused", "done"]
    assert {"Added by the staff", "admin c"} <= set(titles(site))
    button(window, "Remove", "admin bad.jpg").click()
    window.get_by_role("link", name="Added by the staff").click()
    expect(window.locator(".upload-now img")).to_be_visible()


def test_admin_whose_session_is_over(page):
    window = page(user="staff", expected=[LOADING])
    window.goto("/admin/library/photo/add-several/")
    choose(window, "a.jpg")
    window.context.clear_cookies(name="sessionid")
    window.get_by_role("button", name="Upload", exact=True).click()
    expect_state(cards(window), "failed", "Log in in another tab, then press Retry.")
