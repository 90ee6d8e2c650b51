"""What files look like in lists and on their pages: a picture, or type, size and length."""

import re

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from library.tests import PRIVATE, PUBLIC, for_each, make_rows, page, pks
from library.views import PER_PAGE

pytestmark = pytest.mark.usefixtures("as_generated")

STEM = "x/2026/01/0b7c1d52-5f0e-4d0a-9d1c-0123456789ab"
FILM, SOUND, PAPER = f"{STEM}-1920x1080-83s.mp4", f"{STEM}-3723s.mp3", f"{STEM}-1131x1600-12p.pdf"
OLD = f"{STEM}.pdf"  # from before there were faces


@pytest.fixture
def no_call_to_the_storage(monkeypatch):
    def called(*args, **kwargs):
        raise AssertionError("the page asks the storage")

    for alias in ("default", "private"):
        for call in ("exists", "open", "size", "get_modified_time", "path", "listdir"):
            monkeypatch.setitem(vars(storages[alias]), call, called)


def put(model, owner, name, **values):
    """A row alone: its file is nowhere, and no page may notice."""
    (item,) = model.objects.bulk_create(
        [model(owner=owner, title="Named", **{model.upload_field().name: name}, **values)]
    )
    return item


def text_of(response):
    return response.content.decode()


def card(html, item):
    """What is in the row's place in a list."""
    return re.search(rf'<li id="item-{item.pk}".*?</li>', html, re.DOTALL)[0]


@for_each(PRIVATE)
@pytest.mark.parametrize("view", ["cards", "compact"])
def test_a_file_shows_its_picture_where_it_has_one(
    model, view, visit, user, no_call_to_the_storage
):
    film, paper = put(model, user, FILM), put(model, user, PAPER)
    html = text_of(visit("owner").get(f"{page(model, 'list')}?view={view}"))
    for item, kind in ((film, "video"), (paper, "pdf")):
        stem = item.upload.name.rpartition(".")[0]
        assert f'<img src="/private/{stem}-400w.webp" alt="" loading="lazy"' in card(html, item)
        assert f'class="face {kind}" aria-hidden="true"' in card(html, item)
    assert "MP4 · 1:23" in card(html, film)


@for_each(PRIVATE)
def test_a_file_without_a_picture_shows_its_type(model, visit, user, no_call_to_the_storage):
    table, old = put(model, user, f"{STEM}.csv", bytes=2_500_000), put(model, user, OLD)
    html = text_of(visit("owner").get(page(model, "list")))
    assert '<span class="face other" aria-hidden="true">csv</span>' in card(html, table)
    assert "CSV · 2.4\xa0MB" in card(html, table)
    assert '<span class="face pdf" aria-hidden="true">pdf</span>' in card(html, old)
    assert "<img" not in card(html, table) + card(html, old)


@for_each(PRIVATE)
def test_sound_has_its_player_in_its_card(model, visit, user, no_call_to_the_storage):
    item, client = put(model, user, SOUND), visit("owner")
    url = page(model, "list")
    html = card(text_of(client.get(url)), item)
    assert f'<audio src="{item.upload.url}" controls preload="none" aria-label="Named">' in html
    assert "MP3 · 1:02:03" in html
    several = f"{page(model, 'delete-several')}?pk={item.pk}"
    for other in (f"{url}?view=compact", reverse("overview"), several):
        html = card(text_of(client.get(other)), item)
        assert "MP3" in html
        assert "<audio" not in html


@for_each(PRIVATE)
def test_the_compact_view_is_remembered(model, visit, user):
    make_rows(model, user, PER_PAGE + 1)
    client, url = visit("owner"), page(model, "list")

    def is_compact(address):
        response = client.get(address)
        compact = 'class="files compact"' in text_of(response)
        marked = re.search(r'href="([^"]+)" aria-current="true">Compact<', text_of(response))
        assert bool(marked) == compact
        return compact

    assert not is_compact(url)
    assert is_compact(f"{url}?view=compact")
    older = re.search(r'rel="next" href="(.+?)"', text_of(client.get(url)))[1]
    assert is_compact(url + older)
    assert is_compact(f"{url}?view=sideways")
    assert not is_compact(f"{url}{older}&view=cards")
    assert not is_compact(url)


@for_each(PRIVATE)
def test_the_other_view_shows_the_same_rows(model, visit, user):
    make_rows(model, user, 2 * PER_PAGE)
    before = model.objects.first().pk - PER_PAGE + 1
    response = visit("owner").get(f"{page(model, 'list')}?before={before}")
    link = re.search(r'href="([^"]+)">Compact<', text_of(response))[1].replace("&amp;", "&")
    assert pks(visit("owner").get(page(model, "list") + link)) == pks(response)


@for_each(PRIVATE)
def test_either_view_costs_the_same(model, visit, user, no_call_to_the_storage):
    make_rows(model, user, PER_PAGE + 1)
    client = visit("owner")
    for query in ("?view=compact", "", "?view=cards", ""):
        with CaptureQueriesContext(connection) as done:
            client.get(page(model, "list") + query)
        asked = [query["sql"] for query in done if query["sql"].startswith("SELECT")]
        assert len(asked) <= 3, asked


@for_each(PUBLIC)
def test_galleries_have_one_view(model, visit, user):
    make_rows(model, user, 1)
    answer = visit("anonymous").get(f"{page(model, 'list')}?view=compact")
    assert "Compact" not in text_of(answer)
    assert 'class="gallery"' in text_of(answer)
    assert not answer.cookies  # nor does it make a session of its own for each robot


# Pages of one file


@for_each(PRIVATE)
def test_the_page_of_a_pdf_shows_its_first_page(model, visit, user, no_call_to_the_storage):
    item, old = put(model, user, PAPER), put(model, user, OLD)
    html = text_of(visit("owner").get(page(model, "detail", item.pk)))
    picture = f'<img src="/private/{STEM}-1131x1600-12p-800w.webp" width="1131" height="1600"'
    assert picture in html
    assert "<dt>Pages</dt><dd>12</dd>" in html
    html = text_of(visit("owner").get(page(model, "detail", old.pk)))
    assert "Open the PDF" in html
    assert "<img" not in html[html.index("<main") :]
    assert "<dt>Pages</dt>" not in html


@for_each(PRIVATE)
def test_the_page_of_a_file_says_what_is_known(model, visit, user, no_call_to_the_storage):
    film = put(model, user, FILM, bytes=2_500_000)
    html = text_of(visit("owner").get(page(model, "detail", film.pk)))
    facts = dict(re.findall(r"<dt>(.+?)</dt><dd>(.+?)</dd>", html))
    assert facts["Length"] == "1:23"
    assert facts["Size"] == "1920 × 1080 pixels"
    assert facts["Bytes"] == "2.4\xa0MB"
    other = put(model, user, f"{STEM}.zip")
    html = text_of(visit("owner").get(page(model, "detail", other.pk)))
    assert '<span class="face other" aria-hidden="true">zip</span>' in html
    assert "<dt>Length</dt>" not in html
