"""rebuild_renditions: pictures from before the field, and a field that has become private."""

import json
from pathlib import Path

import pytest

from services.test_every_path import get, put, renditions

INSIDE = Path(__file__).parent / "inside" / "old_rows.py"
GOOD = ("holiday", "accents", "shared", "shared too")


@pytest.fixture(params=["postgresql", "bucket"])
def site(request, get_site):
    return get_site(request.param)


@pytest.fixture
def do(site):
    yield lambda what: json.loads(site.app.python(INSIDE, what).splitlines()[-1])
    site.app.python(INSIDE, "end")


def of(name, files):
    """A picture and its renditions."""
    stem = name.rpartition(".")[0]
    return {file for file in files if file.startswith(stem)}


def test_old_pictures_are_stored_anew_and_become_private_and_public(do, site, samples):
    path, address = put(site.visitor("owner"), samples, "photos", "small.jpg")
    old, done = do("old")["rows"], do("rebuild")
    rows = done["rows"]
    assert "4 pictures from before stored anew." in " ".join(done["said"])
    assert len({rows[title] for title in GOOD}) == 4
    assert {old[title] for title in GOOD}.isdisjoint(done["default"])
    for title in ("broken", "nowhere"):
        assert rows[title] == old[title]
        assert any(line.startswith(f"{old[title]} stays as it is: ") for line in done["said"])
    assert old["broken"] in done["default"]
    page = site.visitor().get("/photos/").text
    for title, widths in (("holiday", 3), ("accents", 3), ("shared", 2)):
        assert len(of(rows[title], done["default"])) == widths
        assert rows[title] in page

    (name,) = [name for name in done["default"] if address.endswith(name)]
    moved = do("private")
    assert "files moved, which are private now." in " ".join(moved["said"])
    assert not of(name, moved["default"])
    assert get(site.visitor(), address).status_code in (403, 404)
    for title in GOOD:
        assert moved["rows"][title] in moved["private"]
        assert moved["rows"][title] not in moved["default"]

    do("public")
    shown = renditions(site.visitor().get(path))
    assert len(shown) == 3
    assert address not in shown
    assert {get(site.visitor(), address).status_code for address in shown} == {200}
