"""What visitors choose, and what tests ask of the cards that the widget makes of it."""

import io
import os

from PIL import Image
from playwright.sync_api import expect

NOISE = (350, 350)  # a JPEG of about 150 KB
LOADING = "Failed to load resource"  # what Chromium says in its console of each answer like 422


def jpeg(size=(60, 40), color="teal"):
    """A small JPEG; without a color, one of noise that can't be compressed."""
    picture = Image.new("RGB", size, color) if color else None
    if picture is None:
        picture = Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def file(name="sea.jpg", content=None):
    kinds = {"jpg": "image/jpeg", "heic": "image/heic"}
    kind = kinds.get(name.split(".")[-1], "application/octet-stream")
    content = jpeg() if content is None else content
    return {"name": name, "mimeType": kind, "buffer": content}


def large(name="large.jpg"):
    return file(name, jpeg(NOISE, None))


def field(window):
    return window.locator("input[type=file]").first


def choose(window, *files):
    field(window).set_input_files([file(f) if isinstance(f, str) else f for f in files])


def submit(window, name="Upload"):
    window.locator("main").get_by_role("button", name=name, exact=True).click()


def cards(window):
    return window.locator(".upload-card")


def full_speed(session):
    """End what throttle() began, for requests that are under way, too."""
    numbers = {"downloadThroughput": -1, "uploadThroughput": -1, "latency": 0}
    session.send("Network.emulateNetworkConditions", {"offline": False, **numbers})


def card(window, name):
    return cards(window).filter(has_text=name)


def button(window, text, name):
    return window.get_by_role("button", name=f"{text}: {name}", exact=True)


def expect_state(one, state, says=None):
    """Wait until a card is in a state, and says so."""
    expect(one).to_have_attribute("data-state", state)
    if says:
        expect(one.locator(".upload-state")).to_contain_text(says)


def states(window):
    return cards(window).evaluate_all("cards => cards.map(({ dataset }) => dataset.state)")


def focused(window):
    """What has the focus, in words."""
    return window.evaluate(
        "document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()"
    )


def titles(site, folder="photos", user="owner"):
    """The titles on a folder's first page, newest first."""
    page = site.visitor(user).get(f"/{folder}/").text
    return [part.split("<")[0].strip() for part in page.split('<span dir="auto">')[1:]]
