"""The samples' lists, their admin, the demo and the pages of errors, for every sample model."""

import io
import re
import socket

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape
from django.views import defaults

from library.tests import (
    PUBLIC,
    VISITORS,
    broken,
    for_each,
    make,
    make_rows,
    page,
    pks,
    sent,
)
from library.views import NEWEST, PER_PAGE, samples
from uploads.formats import pictures

pytestmark = pytest.mark.usefixtures("as_generated")


@for_each(samples())
def test_edit_changes_the_title_and_keeps_the_file(model, visit, user):
    item = make(model, user)
    response = visit("owner").post(page(model, "edit", item.pk), {"title": "Better"})
    assert response.url == item.get_absolute_url()
    changed = model.objects.get()
    assert (changed.title, changed.upload.name) == ("Better", item.upload.name)


@for_each(samples())
def test_edit_replaces_the_file(model, visit, user):
    item, client = make(model, user), visit("owner")
    url, field = page(model, "edit", item.pk), model.upload_field().name
    client.post(url, {"title": "A title", field: sent(model, "new")})
    changed = model.objects.get()
    assert changed.title == "A title"
    assert changed.upload.name != item.upload.name
    client.post(url, {"title": "", field: sent(model, "newer")})
    assert model.objects.get().title == "newer"
    client.post(url, {"title": ""})
    assert model.objects.get().title == "newer"


@for_each(samples())
def test_edit_that_is_refused_changes_nothing(model, visit, user):
    item = make(model, user)
    data = {"title": "Better", model.upload_field().name: broken()}
    response = visit("owner").post(page(model, "edit", item.pk), data)
    assert response.status_code == 200
    assert item.upload.url in response.content.decode()
    assert model.objects.get().title == "A title"


@for_each(samples())
def test_delete_asks_and_then_deletes(model, visit, user):
    item, client = make(model, user), visit("owner")
    assert "A title" in client.get(page(model, "delete", item.pk)).content.decode()
    response = client.post(page(model, "delete", item.pk), follow=True)
    assert response.redirect_chain == [(page(model, "list"), 302)]
    assert "“A title” is deleted." in response.content.decode()
    assert not model.objects.exists()


# Lists


def walk(client, url, direction):
    """Every row's pk from `url` on, following the links of one direction."""
    found = []
    while True:
        response = client.get(url, follow=True)
        found.append(pks(response))
        link = re.search(rf'rel="{direction}" href="(.+?)"', response.content.decode())
        if not link:
            return found
        path = response.redirect_chain[-1][0] if response.redirect_chain else url.split("?")[0]
        url = path + link[1]


@for_each(samples())
def test_every_row_is_on_one_page_of_the_list(model, visit, user):
    make_rows(model, user, 2 * PER_PAGE + 5)
    client, url = visit("owner"), page(model, "list")
    everything = list(model.objects.values_list("pk", flat=True))
    pages = walk(client, url, "next")
    assert [len(rows) for rows in pages] == [PER_PAGE, PER_PAGE, 5]
    assert [pk for rows in pages for pk in rows] == everything
    back = walk(client, f"{url}?before={pages[2][0] + 1}", "prev")
    assert back == pages[::-1]


@for_each(samples())
def test_list_ends_well(model, visit, user):
    client, url = visit("owner"), page(model, "list")
    assert "yet." in client.get(url).content.decode()
    make_rows(model, user, 1)
    pk = model.objects.get().pk
    assert "nothing older" in client.get(f"{url}?before={pk}").content.decode()
    assert client.get(f"{url}?after={pk}").url == url
    assert pks(client.get(f"{url}?before={10**30}")) == [pk]
    assert client.get(f"{url}?before=x").status_code == 404
    assert client.get(f"{url}?after=").status_code == 404


def selects(done):
    """What the database was asked, without savepoints, which ATOMIC_REQUESTS adds."""
    return [query for query in done.captured_queries if query["sql"].startswith("SELECT")]


@for_each(samples())
def test_list_costs_three_queries_and_no_call_to_the_storage(model, visit, user, monkeypatch):
    make_rows(model, user, 2 * PER_PAGE)
    last = model.objects.first().pk

    def called(*args, **kwargs):
        raise AssertionError("the list asks the storage")

    for alias in ("default", "private"):
        for call in ("exists", "open", "size", "get_modified_time", "path", "listdir"):
            monkeypatch.setitem(vars(storages[alias]), call, called)
    client = visit("owner")
    for query in ("", f"?before={last}", f"?after={last - PER_PAGE - 1}"):
        with CaptureQueriesContext(connection) as done:
            response = client.get(page(model, "list") + query)
        assert len(selects(done)) <= 3
        assert len(pks(response)) == PER_PAGE
        assert not re.search(r"COUNT|OFFSET", " ".join(q["sql"] for q in done.captured_queries))


def test_overview_shows_the_newest_of_each_folder(visit, user):
    for model in samples():
        make_rows(model, user, NEWEST + 1)
    for visitor in VISITORS:
        client = visit(visitor)
        with CaptureQueriesContext(connection) as done:
            response = client.get(reverse("overview"))
        assert len(selects(done)) <= 2 + 2 * len(samples())
        for model, section in zip(samples(), response.context["sections"], strict=True):
            mine = visitor in {"owner", "staff"} or model.is_public()
            assert len(section["newest"]) == (NEWEST if mine else 0)
            assert page(model, "list") in response.content.decode()


def test_pages_have_no_inline_script_or_style(visit, user):
    client, urls = visit("owner"), [reverse("overview"), reverse("profile"), reverse("login")]
    for model in samples():
        item = make(model, user, title='"><script>alert(1)</script>')
        urls += [page(model, "list"), page(model, "new")]
        urls += [page(model, name, item.pk) for name in ("detail", "edit", "delete")]
    for url in urls:
        html = client.get(url).content.decode()
        assert not re.search(r"<style|<[^>]+ style=|<[^>]+ on[a-z]+=|<script(?![^>]* src=)", html)


# The admin


@for_each(samples())
def test_admin_shows_previews(model, visit, user, staff):
    item, client = make(model, user), visit("staff")
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    preview = item.upload.preview or item.upload.extension.upper()
    assert preview in client.get(reverse(f"{name}_changelist")).content.decode()
    assert preview in client.get(reverse(f"{name}_change", args=[item.pk])).content.decode()
    add = client.get(reverse(f"{name}_add"))
    assert add.context["adminform"].form.initial["owner"] == staff.pk


@for_each(samples())
def test_admin_uploads(model, visit, staff):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_add"
    data = {"title": "", "owner": staff.pk, model.upload_field().name: sent(model, "By staff")}
    assert visit("staff").post(reverse(name), data).status_code == 302
    assert model.objects.get().title == "By staff"


@pytest.mark.django_db(transaction=True)
@for_each(PUBLIC)
def test_admin_decodes_before_its_transaction(model, visit, staff, monkeypatch):
    process, asked = pictures.process, []

    def wrapper(*args, **kwargs):
        asked.append(connection.in_atomic_block)
        return process(*args, **kwargs)

    monkeypatch.setattr(pictures, "process", wrapper)
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", False)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_add"
    data = {"title": "", "owner": staff.pk, model.upload_field().name: sent(model)}
    assert visit("staff").post(reverse(name), data).status_code == 302
    assert asked == [False]


@for_each(PUBLIC)
def test_admin_decodes_nothing_for_staff_without_the_permission(
    model, client, user, helper, monkeypatch
):
    asked = []
    monkeypatch.setattr(pictures, "process", lambda *args, **kwargs: asked.append(args))
    client.force_login(helper)
    opts = model._meta
    helper.user_permissions.set(Permission.objects.filter(codename=f"view_{opts.model_name}"))
    make_rows(model, user, 1)
    name, data = f"admin:{opts.app_label}_{opts.model_name}", {"title": "", "owner": helper.pk}
    for action, args in (("add", []), ("change", [model.objects.get().pk])):
        data[model.upload_field().name] = sent(model)
        assert client.post(reverse(f"{name}_{action}", args=args), data).status_code == 403
    assert asked == []


# The demo


def test_demo_only_with_debug(db):
    with pytest.raises(CommandError, match="DEBUG=true"):
        call_command("demo", "--no-serve")


@pytest.mark.parametrize("host", ["", "127.0.0.1:"])
def test_demo_on_a_taken_port(host, settings, db):
    settings.DEBUG = True
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = rf"Port {port} of 127.0.0.1 is taken .*: manage.py demo {port + 1}"
        with pytest.raises(CommandError, match=said):
            call_command("demo", f"{host}{port}")
    assert not get_user_model().objects.exists()


def test_demo_twice_is_harmless(settings, client, db):
    settings.DEBUG = True
    call_command("demo", "--no-serve", stdout=io.StringIO())
    rows = {model: {*model.objects.values_list("pk", flat=True)} for model in samples()}
    assert all(rows.values())
    call_command("demo", "--no-serve", stdout=io.StringIO())
    assert rows == {model: {*model.objects.values_list("pk", flat=True)} for model in samples()}
    assert client.login(username="demo", password="demo")
    assert get_user_model().objects.get(username="demo").is_staff


# Errors


@pytest.mark.parametrize("status", [400, 500])
def test_error_pages_that_django_renders_bare(status):
    view = {400: defaults.bad_request, 500: defaults.server_error}[status]
    args = [Exception()] if status == 400 else []
    html = view(RequestFactory().get("/"), *args).content.decode()
    assert f'<p class="code">{status}</p>' in html


@for_each(PUBLIC)
def test_error_pages_have_the_sites_header(model, visit, user, settings):
    item, client = make(model, user), visit("other")
    for url, status in {"/nowhere/": 404, page(model, "edit", item.pk): 403}.items():
        html = client.get(url).content.decode()
        assert f'<p class="code">{status}</p>' in html
        assert escape(settings.SITE_NAME) in html
    html = Client(enforce_csrf_checks=True).post(reverse("login")).content.decode()
    assert "reload it and send it again" in html


@for_each(samples())
def test_upload_that_is_too_large_is_said_on_the_page(model, visit, settings):
    settings.MAX_UPLOAD_MB = 0
    response = visit("owner").post(page(model, "new"), {model.upload_field().name: sent(model)})
    assert response.status_code == 413
    html = response.content.decode()
    assert re.search(r'class="message error" role="alert">This upload has .* is the most\.<', html)
    assert 'type="file"' in html


@for_each(PUBLIC)
def test_pictures_from_before_are_shown_without_a_look_at_the_storage(model, visit, user):
    """Django's own ImageField named them; theirs may be gone."""
    model.objects.bulk_create([model(owner=user, title="Old", image="old/holiday.jpg")])
    client = visit("anonymous")
    for url in (page(model, "list"), page(model, "detail", model.objects.get().pk), "/"):
        answer = client.get(url)
        assert answer.status_code == 200
        assert "old/holiday.jpg" in answer.content.decode()
