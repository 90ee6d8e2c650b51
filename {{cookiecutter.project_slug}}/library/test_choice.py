"""What the pages of a sample offer beyond their forms: choosing several, counting, the way back."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from library import drawings, views
from library.tests import PRIVATE, PUBLIC, for_each, make, make_rows, page, pks, sent
from library.views import PER_PAGE, samples

pytestmark = pytest.mark.usefixtures("as_generated")


def boxes(html):
    """The pks of the rows that can be ticked."""
    return [int(pk) for pk in re.findall(r'<input type="checkbox" name="pk" value="(\d+)"', html)]


def chosen(*items):
    return {"pk": [item.pk for item in items]}


@for_each(samples())
def test_several_are_asked_about_and_then_deleted(model, visit, user):
    kept, *items = [make(model, user, title=f"Row {n}") for n in range(3)]
    client, url = visit("owner"), page(model, "delete-several")
    assert boxes(client.get(page(model, "list")).content.decode()) == pks_of(model)
    html = client.get(url, chosen(*items)).content.decode()
    assert [item.title in html for item in (kept, *items)] == [False, True, True]
    response = client.post(url, chosen(*items), follow=True)
    assert response.redirect_chain == [(page(model, "list"), 302)]
    assert "2 " in response.content.decode()
    assert model.objects.get() == kept


def pks_of(model):
    return list(model.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
@for_each(samples())
def test_files_of_several_go_with_their_rows(model, visit, user):
    items = [make(model, user) for _ in range(2)]
    storage, names = items[0].upload.storage, [item.upload.name for item in items]
    visit("owner").post(page(model, "delete-several"), chosen(*items))
    assert not any(storage.exists(name) for name in names)


@for_each(samples())
def test_rows_of_others_are_neither_ticked_nor_deleted(model, visit, user, other):
    mine, theirs = make(model, other), make(model, user)
    client, url = visit("other"), page(model, "delete-several")
    assert boxes(client.get(page(model, "list")).content.decode()) == [mine.pk]
    refused = 403 if model.is_public() else 302  # what one may not read is not there
    for send in (client.get, client.post):
        assert send(url, chosen(theirs)).status_code == refused
    assert theirs in model.objects.all()
    for send in (visit("nobody").get, visit("nobody").post):
        assert reverse("login") in send(url, chosen(mine)).url
    assert model.objects.count() == 2


@for_each(samples())
def test_staff_may_delete_several_where_it_may_delete_one(model, client, user, helper):
    item = make(model, user)
    of_model = {"content_type__app_label": model._meta.app_label}
    for action, ticked in {"view": [], "delete": [item.pk]}.items():
        codename = f"{action}_{model._meta.model_name}"
        helper.user_permissions.add(Permission.objects.get(codename=codename, **of_model))
        client.force_login(helper)
        assert boxes(client.get(page(model, "list")).content.decode()) == ticked
    client.post(page(model, "delete-several"), chosen(item))
    assert not model.objects.exists()


@pytest.mark.parametrize("pk", ["", "x", "-1", "²", "9" * 30])
@for_each(samples())
def test_nothing_chosen_leads_back_to_the_list(model, pk, visit, user):
    make_rows(model, user, 1)
    client, url = visit("owner"), page(model, "delete-several")
    for send in (client.get, client.post):
        assert send(url, {"pk": pk}).url == page(model, "list")
    assert model.objects.exists()


@for_each(samples())
def test_overview_counts_only_so_far(model, visit, user, monkeypatch):
    monkeypatch.setattr(views, "COUNTED", 3)
    for count in (0, 1, 2):  # of rows there are 1, 3 and 5
        make_rows(model, user, count or 1)
        response = visit("owner").get(reverse("overview"))
        section = response.context["sections"][samples().index(model)]
        assert section["count"] == min(model.objects.count(), 3)
        assert ("more than 3" in response.content.decode()) == (model.objects.count() > 3)


def test_empty_site_has_one_button(visit):
    for visitor in ("nobody", "owner"):
        html = visit(visitor).get(reverse("overview")).content.decode()
        (address,) = re.findall(r'class="button[^"]*" href="([^"]*)"', html)
        assert address == page(samples()[0], "new")


@for_each(samples())
def test_way_back_leads_to_the_page_with_the_row(model, visit, user):
    make_rows(model, user, 2 * PER_PAGE + 5)
    client, everything = visit("owner"), pks_of(model)
    for pk in (everything[0], everything[PER_PAGE - 1], everything[PER_PAGE], everything[-1]):
        html = client.get(page(model, "detail", pk)).content.decode()
        url, anchor = re.search(r'class="back" href="(.+?)#(.+?)"', html).groups()
        listed = client.get(url)
        assert pk in pks(listed)
        assert f'id="{anchor}"' in listed.content.decode()
        assert anchor == f"item-{pk}"
    first = client.get(page(model, "detail", everything[PER_PAGE - 1])).content.decode()
    assert f'href="{page(model, "list")}#item' in first


@for_each(samples())
def test_tab_of_the_folder_is_marked_on_all_of_its_pages(model, visit, user):
    item, client = make(model, user), visit("owner")
    marked = rf'href="{page(model, "list")}" aria-current="(\w+)"'
    for name in ("detail", "edit", "delete", "new", "list"):
        args = [] if name in {"list", "new"} else [item.pk]
        html = client.get(page(model, name, *args)).content.decode().partition("</header>")[0]
        assert re.findall(r'aria-current="\w+"', html) == [
            f'aria-current="{"page" if name == "list" else "true"}"'
        ]
        assert re.search(marked, html)


@for_each(samples())
def test_item_page_says_what_it_knows_and_asks_no_storage(model, visit, user, monkeypatch):
    item, client = make(model, user), visit("owner")

    def called(*args, **kwargs):
        raise AssertionError("the page asks the storage")

    for alias in ("default", "private"):
        for call in ("exists", "open", "size", "get_modified_time", "path", "listdir"):
            monkeypatch.setitem(vars(storages[alias]), call, called)
    with CaptureQueriesContext(connection) as done:
        html = client.get(item.get_absolute_url()).content.decode()
    assert len([q for q in done.captured_queries if q["sql"].startswith("SELECT")]) <= 5
    facts = dict(re.findall(r"<dt>(.+?)</dt><dd>(?:<time[^>]*>)?(.+?)<", html))
    assert facts["Format"] == item.upload.extension.upper()
    assert facts["Owner"] == "user"
    assert ("pixels" in facts.get("Size", "")) == (item.upload.kind in {"image", "video"})
    assert re.match(r"[\d.]+\s(bytes|KB)", facts["Bytes"])


@for_each(PUBLIC)
def test_first_row_comes_at_once_and_the_rest_when_it_is_near(model, visit, user):
    make_rows(model, user, PER_PAGE)
    html = visit("owner").get(page(model, "list")).content.decode()
    loading = re.findall(r'<img [^>]*loading="(\w+)"', html.partition("<main")[2])
    assert loading == ["eager"] * 4 + ["lazy"] * (PER_PAGE - 4)
    assert html.count('fetchpriority="high"') == 1
    assert 'sizes="min(100vw, 1.333 * clamp(' in html


@for_each(PUBLIC)
def test_title_is_no_description(model, visit, user):
    item = model.objects.create(owner=user, title="IMG 1", image=sent(model))
    html = visit("owner").get(item.get_absolute_url()).content.decode()
    assert 'alt="IMG 1"' not in html


@for_each(PUBLIC)
def test_admin_finds_pictures_that_are_not_described(model, visit, user):
    bare, described = make(model, user), make(model, user)
    model.objects.filter(pk=described.pk).update(alt="A fox")
    url, client = reverse(f"admin:library_{model._meta.model_name}_changelist"), visit("staff")
    for empty, expected in {"1": bare, "0": described}.items():
        listed = client.get(url, {"alt__isempty": empty}).context["cl"].result_list
        assert list(listed) == [expected]
    html = client.get(url).content.decode()
    assert "alt__isempty=1" in html
    assert f'alt="{bare}"' in html  # the link to the row has a name


@for_each(samples())
def test_edit_says_what_an_empty_title_means(model, visit, user):
    html = visit("owner").get(page(model, "edit", make(model, user).pk)).content.decode()
    assert "If left empty, it stays" in html
    assert "the file&#x27;s own name is taken" not in html


def test_demo_draws_each_folder_its_own():
    one, two = drawings.pictures(0), drawings.pictures(1)
    assert not {title for title, *_ in one} & {title for title, *_ in two}
    papers = [drawings.files(number, ["csv", "pdf", "txt"]) for number in (0, 1)]
    for first, second in ((one, two), (one, drawings.pictures(3)), papers):
        assert not {content for _, _, content, *_ in first} & {c for _, _, c, *_ in second}


@for_each(PRIVATE)
def test_demo_draws_what_a_folder_takes(model):
    takes = model.upload_field().extensions
    drawn = drawings.files(0, takes)
    assert drawn
    assert {extension for _, extension, _ in drawn} <= takes
