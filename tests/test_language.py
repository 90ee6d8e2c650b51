"""The catalogues of translations: complete, and the compiled ones say what their sources say."""

import ast
import gettext
import re
import shutil
import sys

import pytest

from conftest import FOLDER, TEMPLATE, needs

CATALOGUES = sorted((TEMPLATE / FOLDER).rglob("*.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s")


def entries(path):
    """{msgid: [msgstr, ...]} of a .po; a context stands before its msgid, as in a .mo."""
    found = {}
    for block in re.sub(r'"\n"', "", path.read_text(encoding="utf-8")).split("\n\n"):
        lines = [line.partition(" ") for line in block.splitlines() if line[:1] not in ("#", "")]
        parts = {key: ast.literal_eval(text) for key, _, text in lines}
        context = f"{parts['msgctxt']}\x04" if "msgctxt" in parts else ""
        sentences = [text for key, text in parts.items() if key.startswith("msgstr")]
        found[context + parts["msgid"]] = sentences
        found |= {parts["msgid_plural"]: sentences} if "msgid_plural" in parts else {}
    return found


def compiled(path):
    """The same of a .mo, but of a plural only the sentence that each number gets."""
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)._catalog


def test_there_is_one_for_the_toolkit_and_one_for_the_site():
    places = [path.relative_to(TEMPLATE / FOLDER).as_posix() for path in CATALOGUES]
    assert places == [f"{folder}locale/de/LC_MESSAGES/django.po" for folder in ("", "uploads/")]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-5])
def test_compiled_catalogue_says_the_same(path):
    said = {}
    for msgid, sentence in compiled(path.with_suffix(".mo")).items():
        key = msgid if isinstance(msgid, str) else msgid[0]
        said.setdefault(key, []).append(sentence)
    plurals = set(re.findall(r'(?m)^msgid_plural "((?:.|"\n")*)"$', path.read_text("utf-8")))
    plurals = {ast.literal_eval(f'"{text}"') for text in (re.sub(r'"\n"', "", p) for p in plurals)}
    assert said == {key: text for key, text in entries(path).items() if key not in plurals}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-5])
def test_every_sentence_is_translated_with_its_placeholders(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?m)^#(~|:|,.*fuzzy)|Date:", text)  # what is obsolete, stale or a guess
    for msgid, sentences in entries(path).items():
        for sentence in sentences:
            assert sentence, msgid
            assert {*PLACEHOLDER.findall(msgid)} == {*PLACEHOLDER.findall(sentence)}, msgid


def test_style_sheets_know_no_left_and_right():
    """So that they do for a page from right to left, too."""
    for path in (TEMPLATE / FOLDER).rglob("*.css"):
        assert not re.search(r"[\w-]*\b(left|right)\b[^;]*", path.read_text(encoding="utf-8")), path


def test_scripts_have_no_sentences_of_their_own():
    for path in (TEMPLATE / FOLDER).rglob("*.js"):
        assert not re.search(r"[\"`][A-Z][a-z]+ [a-z]", path.read_text(encoding="utf-8")), path


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the tools of gettext are Debian's")
def test_makemessages_finds_nothing_new(bake, world):
    """Nor anything that is gone: run in the project, it leaves the catalogues as they are."""
    shutil.which("xgettext") or needs("gettext", "apt install gettext")
    project = bake()
    found = sorted(project.path.rglob("*.po"))
    assert len(found) == len(CATALOGUES)
    before = [entries(path) for path in found]
    project.manage(world, "makemessages", "-l", "de", "--no-location", "--no-obsolete")
    for path, known in zip(found, before, strict=True):
        assert "fuzzy" not in path.read_text(encoding="utf-8")
        now = entries(path)
        assert {k: v for k, v in now.items() if k} == {k: v for k, v in known.items() if k}
