"""The same forms in a browser that runs no script."""

import pytest
from playwright.sync_api import expect

from browser.uploads import choose, file, jpeg, submit, titles


@pytest.fixture
def window(page):
    return page(javascript=False)


def test_one_bad_of_four(window, site):
    window.goto("/photos/new/")
    expect(window.get_by_text("or drop files here")).to_be_visible()
    limits = window.locator(".upload noscript .helptext")
    expect(limits).to_have_text("Up to 20 files at once, of up to 50 MB together.")
    expect(limits).to_be_visible()
    files = "plain a.jpg", file("plain b.jpg", b"no picture"), "plain c.jpg", "notes.exe"
    choose(window, *files)
    submit(window)
    expect(window.get_by_text("2 photos are uploaded.")).to_be_visible()
    said = window.locator(".errorlist").first.inner_text()
    assert "plain b.jpg: This is not a picture" in said
    assert "notes.exe: “.exe” files are not accepted here." in said
    assert {"plain a", "plain c"} <= set(titles(site))


def test_title_and_alt(window, site):
    window.goto("/photos/new/")
    window.get_by_label("Title").fill("Typed without a script")
    window.get_by_label("Alt text").fill("What it shows")
    choose(window, "a.jpg")
    submit(window)
    expect(window.get_by_role("heading", name="Typed without a script")).to_be_visible()
    expect(window.get_by_alt_text("What it shows")).to_be_visible()


def test_nothing_of_the_widget_is_shown(window):
    window.goto("/photos/new/")
    assert window.locator(".upload-cards li").count() == 0
    assert not window.get_by_role("link", name="See all photos").is_visible()
    assert window.get_by_role("button", name="Upload", exact=True).count() == 1


def test_a_mistake_in_another_field_keeps_the_picture(window):
    window.goto("/accounts/profile/")
    choose(window, file("kept.jpg", jpeg((210, 210))))
    window.get_by_label("Email").fill("nobody@nowhere")
    submit(window, "Save")
    expect(window.locator(".upload-kept")).to_contain_text("kept.jpg")
    window.get_by_label("Email").fill("owner@example.com")
    submit(window, "Save")
    expect(window.get_by_text("Your profile is saved.")).to_be_visible()
    assert "-210x210" in window.locator(".upload-now img").get_attribute("src")
