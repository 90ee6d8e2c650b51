"""axe-core finds no fault on any page, on a screen and a phone, in light and dark."""

from pathlib import Path

import axe_playwright_python
import pytest

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN = """(rules) => axe.run(document, { resultTypes: ["violations"], ...rules }).then(
  ({ violations }) => violations.map(
    ({ id, nodes }) => [id, ...nodes.slice(0, 3).map(({ html }) => html.slice(0, 99))]))"""
EVERYTHING, COLOURS = {}, {"runOnly": ["color-contrast"]}
VIEWS = [(1280, "light", EVERYTHING), (1280, "dark", COLOURS)]
VIEWS += [(390, "dark", EVERYTHING), (390, "light", COLOURS)]


def pages(gallery, faces):
    """{who looks: at what}"""
    one, two = gallery["pages"][:2]
    several = f"/photos/delete/?pk={one.split('/')[-2]}&pk={two.split('/')[-2]}"
    return {
        None: ["/", "/photos/", "/accounts/login/", "/nowhere/"],
        "owner": [
            *["/", "/photos/", "/photos/new/", one, f"{one}edit/", f"{one}delete/", several],
            *["/documents/", "/documents/?view=compact", "/documents/?view=cards"],
            *["/documents/new/", "/videos/", "/photos/?before=%00", *faces.values()],
            *["/accounts/profile/", "/accounts/logout/"],
        ],
        "other": [f"{one}edit/"],
    }


# Of Django's own: colours of links and buttons in the dark.
DJANGOS = {"color-contrast"}


def faults(window, path):
    """{what is wrong: where} in all views."""
    window.goto(path)
    window.evaluate(AXE)
    found = {}
    for width, scheme, rules in VIEWS:
        window.set_viewport_size({"width": width, "height": 844})
        window.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found |= {name: [width, scheme, *where] for name, *where in window.evaluate(RUN, rules)}
    return found


@pytest.mark.parametrize("user", [None, "owner", "other"], ids=str)
def test_pages_of_the_site(page, gallery, faces, user):
    window = page(user=user, expected=["status of 40[034]"])
    for path in pages(gallery, faces)[user]:
        assert faults(window, path) == {}, path


def test_pages_of_the_admin(page, gallery):
    window = page(user="staff", expected=["favicon.ico"])  # Django's pages name none
    photos, documents = "/admin/library/photo/", "/admin/library/document/"
    one = f"{photos}{gallery['pages'][0].split('/')[-2]}/change/"
    for path in ("/admin/", f"{photos}?q=Photo+1", one, f"{photos}add/", documents):
        found = faults(window, path)
        assert {name: found[name] for name in found.keys() - DJANGOS} == {}, path
