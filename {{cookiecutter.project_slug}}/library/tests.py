"""The samples' pages, for every sample model there is: none is named here."""

import io
import re
import socket

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape
from django.views import defaults
from PIL import Image

from library.views import NEWEST, PER_PAGE, samples
from uploads import serve
from uploads.formats import pictures
from uploads.tests.examples import jpeg, pdf

pytestmark = pytest.mark.usefixtures("as_generated")

PUBLIC = [model for model in samples() if model.is_public()]
PRIVATE = [model for model in samples() if not model.is_public()]
VISITORS = ("anonymous", "other", "owner", "staff")


def for_each(models):
    return pytest.mark.parametrize("model", models, ids=[m._meta.model_name for m in models])


def page(model, name, *args):
    return reverse(f"{model._meta.model_name}-{name}", args=args)


def sent(model, name="Mein Foto é 🦊"):
    """A file as a visitor sends it, of a kind that the model takes."""
    if model.is_public():
        return SimpleUploadedFile(f"{name}.JPG", jpeg(width=1200, height=900))
    return SimpleUploadedFile(f"{name}.pdf", pdf())


def broken(name="evil"):
    """No picture and no PDF, whatever its name says."""
    return SimpleUploadedFile(f"{name}.png", b"<script>alert(1)</script>")


def make(model, owner, title="A title"):
    return model.objects.create(
        owner=owner, title=title, **{model.upload_field().name: sent(model)}
    )


def make_rows(model, owner, count):
    """Rows alone: their files are nowhere, and no list may notice."""
    name = "x/2026/01/0b7c1d52-5f0e-4d0a-9d1c-0123456789ab-1200x900.jpg"
    field = model.upload_field().name
    model.objects.bulk_create(
        model(owner=owner, title=f"Row {n}", **{field: name}) for n in range(count)
    )


def pks(response):
    return [item.pk for item in response.context["items"]]


@pytest.fixture
def visit(client, user, other, staff):
    """The client, as one of VISITORS; `user` owns what the tests make."""

    def become(visitor):
        client.logout()
        account = {"owner": user, "other": other, "staff": staff}.get(visitor)
        if account:
            client.force_login(account)
        return client

    return become


# Uploading


@for_each(PUBLIC)
def test_picture_is_uploaded_and_read_back(model, visit, settings):
    client = visit("owner")
    response = client.post(page(model, "new"), {"image": sent(model), "title": "Held out"})
    item = model.objects.get()
    assert response.url == item.get_absolute_url()
    assert item.title == "Held out"
    assert item.upload.url in client.get(response.url).content.decode()
    answer = serve.public(
        RequestFactory().get(item.upload.url), item.upload.name, settings.MEDIA_ROOT
    )
    with Image.open(io.BytesIO(answer.getvalue())) as picture:
        assert picture.size == (1200, 900)
    answer.close()


@for_each(PRIVATE)
def test_file_is_uploaded_and_read_back(model, visit):
    client = visit("owner")
    response = client.post(page(model, "new"), {"file": sent(model)}, follow=True)
    url = model.objects.get().upload.url
    assert f'"{url}"' in response.content.decode()
    assert url.startswith("/private/")
    answer = client.get(url)
    assert answer.getvalue() == pdf()
    answer.close()


@for_each(samples())
def test_title_is_the_files_own_name_unless_given(model, visit):
    visit("owner").post(page(model, "new"), {model.upload_field().name: sent(model)})
    item = model.objects.get()
    assert str(item) == item.title == "Mein Foto é 🦊"


@for_each(samples())
def test_row_without_title_has_a_name(model, user):
    make_rows(model, user, 1)
    model.objects.update(title="")
    item = model.objects.get()
    item.save()
    assert str(item) == f"{model._meta.verbose_name} {item.pk}"


@for_each(samples())
def test_several_files_make_a_row_each(model, visit):
    client = visit("owner")
    files = [sent(model, "one"), sent(model, "two")]
    field = model.upload_field().name
    response = client.post(page(model, "new"), {field: files}, follow=True)
    assert response.redirect_chain == [(page(model, "list"), 302)]
    assert [item.title for item in response.context["items"]] == ["two", "one"]
    assert "2 " in response.content.decode()
    files = [sent(model, "three"), sent(model, "four")]
    client.post(page(model, "new"), {field: files, "title": "Both"})
    assert model.objects.filter(title="Both").count() == 2


@for_each(samples())
def test_several_files_are_taken_together_or_not_at_all(model, visit):
    files = [sent(model), broken()]
    response = visit("owner").post(page(model, "new"), {model.upload_field().name: files})
    assert response.status_code == 200
    assert "evil.png: " in response.content.decode()
    assert not model.objects.exists()


@for_each(samples())
def test_storage_that_fails_is_said_and_leaves_nothing(model, visit, monkeypatch):
    storage = model.upload_field().storage
    real, saved = storage.save, []

    def save(name, content, **kwargs):
        if saved:
            raise OSError("No space left on device")
        saved.append(real(name, content, **kwargs))
        return saved[0]

    monkeypatch.setattr(storage, "save", save)
    client, field = visit("owner"), model.upload_field().name
    response = client.post(page(model, "new"), {field: [sent(model), sent(model)]})
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert not model.objects.exists()


@for_each(samples())
def test_storage_that_fails_keeps_the_file_there_was(model, visit, user, monkeypatch):
    item = make(model, user)

    def save(name, content, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(model.upload_field().storage, "save", save)
    data = {"title": "Better", model.upload_field().name: sent(model)}
    response = visit("owner").post(page(model, "edit", item.pk), data)
    assert response.context["form"].non_field_errors()
    assert item.upload.url in response.content.decode()
    assert model.objects.get().title == "A title"


@for_each(samples())
def test_refusal_is_a_sentence_tied_to_its_field(model, visit):
    field = model.upload_field().name
    html = visit("owner").post(page(model, "new"), {field: broken()}).content.decode()
    errors = re.search(rf'<ul class="errorlist" id="(id_{field}_error)"><li>(.+?)</li>', html)
    assert errors[2].endswith(".")
    described = re.search(rf'<input type="file" name="{field}"[^>]* aria-describedby="(.+?)"', html)
    assert errors[1] in described[1].split()
    assert all(f'id="{one}"' in html for one in described[1].split())


@for_each(samples())
def test_forms_take_files_and_need_no_script(model, visit, user):
    client, item = visit("owner"), make(model, user)
    for url in (page(model, "new"), page(model, "edit", item.pk)):
        html = client.get(url).content.decode()
        assert re.search(r'<form method="post" enctype="multipart/form-data"', html)
        assert '<button type="submit">' in html


# Who may do what

EXPECTED = {  # what each of VISITORS gets: of public models, of private ones
    "list": ([200, 200, 200, 200], [302, 200, 200, 200]),
    "new": ([302, 200, 200, 200], [302, 200, 200, 200]),
    "detail": ([200, 200, 200, 200], [302, 404, 200, 200]),
    "edit": ([302, 403, 200, 200], [302, 404, 200, 200]),
    "delete": ([302, 403, 200, 200], [302, 404, 200, 200]),
}


@pytest.mark.parametrize("name", EXPECTED)
@for_each(samples())
def test_pages_open_to_whom_they_should(model, name, visit, user):
    item = make(model, user)
    args = [] if name in {"list", "new"} else [item.pk]
    url = page(model, name, *args)
    answers = [visit(visitor).get(url) for visitor in VISITORS]
    assert [answer.status_code for answer in answers] == EXPECTED[name][not model.is_public()]
    if answers[0].status_code == 302:
        assert answers[0].url == f"{reverse('login')}?next={url}"


@pytest.mark.parametrize("visitor", ["anonymous", "other"])
@for_each(samples())
def test_only_the_owner_and_staff_change_anything(model, visitor, visit, user):
    item, client = make(model, user), visit(visitor)
    refused = {302} if visitor == "anonymous" else {403, 404}
    edit = client.post(page(model, "edit", item.pk), {"title": "Mine now"})
    delete = client.post(page(model, "delete", item.pk))
    assert {edit.status_code, delete.status_code} <= refused
    assert model.objects.get().title == "A title"


@for_each(PRIVATE)
def test_private_rows_and_files_are_their_owners(model, visit, user):
    item = make(model, user)
    seen = {who: visit(who).get(page(model, "list")) for who in VISITORS[1:]}
    assert [len(pks(seen[who])) for who in ("other", "owner", "staff")] == [0, 1, 1]
    answers = {}
    for who in VISITORS:
        answer = visit(who).get(item.upload.url)
        answers[who] = answer.status_code
        answer.getvalue()  # read to its end, which closes the file
    assert answers == {"anonymous": 302, "other": 404, "owner": 200, "staff": 200}


ALLOWED = {  # what staff gets of a private model: detail, edit, delete, the file
    None: [404, 404, 404, 404],
    "add": [404, 404, 404, 404],
    "view": [200, 403, 403, 200],
    "change": [200, 200, 403, 200],
    "delete": [404, 404, 404, 404],  # as in the admin: who deletes has to see it
    "view delete": [200, 403, 200, 200],
}


@pytest.mark.parametrize("actions", ALLOWED)
@for_each(samples())
def test_staff_does_what_its_permissions_say(model, actions, client, user, helper):
    item, public = make(model, user), model.is_public()
    for action in (actions or "").split():
        codename = f"{action}_{model._meta.model_name}"
        helper.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(helper)
    pages = [page(model, name, item.pk) for name in ("detail", "edit", "delete")]
    expected, seen = ALLOWED[actions], len(pks(client.get(page(model, "list"))))
    if public:
        may = [action in (actions or "") for action in ("change", "delete")]
        expected = [200, *(200 if yes else 403 for yes in may)]
    else:
        pages.append(item.upload.url)
    answers = [client.get(url) for url in pages]
    assert [answer.status_code for answer in answers] == expected
    assert seen == (expected[0] == 200)
    if expected[0] == 200:
        html = answers[0].content.decode()
        assert [f'"{url}"' in html for url in pages[1:3]] == [s == 200 for s in expected[1:3]]
    getattr(answers[-1], "getvalue", bytes)()  # read to its end, which closes the file


@for_each(samples())
def test_rows_of_nobody_are_404(model, visit):
    for name in ("detail", "edit", "delete"):
        assert visit("staff").get(page(model, name, 9)).status_code == 404


# Changing and deleting


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
            monkeypatch.setattr(storages[alias], call, called)
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
        assert len(selects(done)) <= 2 + len(samples())
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
    preview = min(item.upload.renditions.items())[1] if model.is_public() else "PDF"
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
