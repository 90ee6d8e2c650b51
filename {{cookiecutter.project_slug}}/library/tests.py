"""The samples' forms and who may use them, for every sample model there is: none is named here."""

import io
import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse
from PIL import Image

from library.views import samples
from uploads import serve
from uploads.tests.examples import HEIGHT, WIDTH, example, jpeg

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
        return SimpleUploadedFile(f"{name}.JPG", jpeg())
    extension, content = example(model.upload_field().extensions)
    return SimpleUploadedFile(f"{name}.{extension}", content)


def broken(name="evil"):
    """No picture and nothing else, whatever its name says."""
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
        assert picture.size == (WIDTH, HEIGHT)
    answer.close()


@for_each(PRIVATE)
def test_file_is_uploaded_and_read_back(model, visit):
    client = visit("owner")
    response = client.post(page(model, "new"), {"file": sent(model)}, follow=True)
    url = model.objects.get().upload.url
    assert f'"{url}"' in response.content.decode()
    assert url.startswith("/private/")
    answer = client.get(url)
    assert answer.getvalue() == example(model.upload_field().extensions)[1]
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


@pytest.mark.django_db(transaction=True)  # a save that fails breaks off the one of a TestCase
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
        assert '<button type="submit"' in html


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
        of_model = {"content_type__app_label": model._meta.app_label}
        codename = f"{action}_{model._meta.model_name}"
        helper.user_permissions.add(Permission.objects.get(codename=codename, **of_model))
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
