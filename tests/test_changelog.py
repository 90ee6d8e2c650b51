"""The version is one, and the changelog says what an owner has to do."""

import re
import tomllib

import pytest

from conftest import TEMPLATE, git, run

TEXT = (TEMPLATE / "CHANGELOG.md").read_text(encoding="utf-8")
HEADS = re.findall(r"(?m)^## (.+)$", TEXT)
RELEASE = r"20\d\d\.(?:[1-9]|1[0-2])\.[1-9]\d*"


def version():
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))
    return project["project"]["version"]


def releases():
    return [head for head in HEADS if head != "Unreleased"]


def test_the_newest_release_is_the_version():
    assert "Unreleased" not in HEADS[1:]
    assert all(re.fullmatch(RELEASE, head) for head in releases())
    assert releases()[0] == version()
    numbers = [tuple(map(int, head.split("."))) for head in releases()]
    assert numbers == sorted(set(numbers), reverse=True)


def test_a_tag_of_this_state_is_the_version():
    if not (TEMPLATE / ".git").exists():
        pytest.skip("not a clone")
    found = run("git", "tag", "--points-at", "HEAD", cwd=TEMPLATE).stdout.split()
    tags = [tag for tag in found if re.fullmatch(rf"v?{RELEASE}", tag)]
    if tags and not git(TEMPLATE, "status", "--porcelain"):
        assert tags == [version()]
        assert HEADS[0] == version(), "what is tagged is released"


def test_page_names_the_version():
    page = (TEMPLATE / "docs/updating.md").read_text(encoding="utf-8")
    assert set(re.findall(r"--checkout\s([\d.]+)", page)) == {version()}


def entries():
    return re.findall(r"(?ms)^- (.+?)(?=^- |^## |\Z)", TEXT[TEXT.index("\n## ") :])


def test_marks_are_spelt_as_the_head_says():
    known = set(re.findall(r"(?m)^- (\*\*\w+:\*\*) is ", TEXT))
    assert known == {"**Do:**", "**Security:**"}
    for entry in entries():
        assert set(re.findall(r"\*\*.+?\*\*", entry)) <= known, entry
        assert not re.search(r"(?i)a project made before|by hand$", entry.strip()), entry
    assert any("**Do:**" in entry for entry in entries())


@pytest.mark.parametrize("entry", [e for e in entries() if "**Security:**" in e])
def test_a_security_fix_says_where(entry):
    assert re.search(r"`[\w/]+\.(py|conf|js|html)`", entry), entry
