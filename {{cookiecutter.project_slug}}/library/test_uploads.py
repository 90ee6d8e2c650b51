"""Uploads to every sample model: each file for itself, and what a program is answered."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from library.tests import PRIVATE, PUBLIC, broken, for_each, make, page, sent
from library.views import samples
from uploads import names
from uploads.formats import admission, pictures
from uploads.forms import SeveralFiles

pytestmark = pytest.mark.usefixtures("as_generated")
JSON = {"headers": {"accept": "application/json"}}


def text_of(response):
    return response.content.decode()


@pytest.fixture
def only_one_is_stored(monkeypatch):
    """full_after(model): its storage takes one file, then the disk is full."""

    def full_after(model):
        storage = model.upload_field().storage
        real, saved = storage.save, []

        def save(name, content, **kwargs):
            if not name.startswith(".kept/"):
                if saved and names.stem(name) != names.stem(saved[0]):
                    raise OSError("No space left on device")
                saved.append(name)
            return real(name, content, **kwargs)

        monkeypatch.setattr(storage, "save", save)

    return full_after


@for_each(samples())
def test_good_files_are_stored_and_bad_ones_named(model, visit):
    field, client = model.upload_field().name, visit("owner")
    files = [sent(model, "one"), broken(), sent(model, "two"), broken("worse")]
    response = client.post(page(model, "new"), {field: files})
    assert response.status_code == 200
    assert sorted(item.title for item in model.objects.all()) == ["one", "two"]
    errors = response.context["form"].errors[field]
    assert [error.split(":")[0] for error in errors] == ["evil.png", "worse.png"]
    plural = model._meta.verbose_name_plural
    assert f"2 {plural} are uploaded." in text_of(response)


@for_each(samples())
def test_what_is_stored_is_not_kept_for_the_next_try(model, visit):
    response = visit("owner").post(
        page(model, "new"), {model.upload_field().name: [sent(model), broken()]}
    )
    assert "-kept" not in text_of(response)


@for_each(PRIVATE[:1])
def test_twenty_files_count_and_the_rest_are_named(model, visit):
    files = [sent(model, f"n{n}") for n in range(SeveralFiles.MOST + 2)]
    response = visit("owner").post(page(model, "new"), {"file": files})
    assert model.objects.count() == SeveralFiles.MOST
    errors = response.context["form"].errors["file"]
    most = "These are 22 files; 20 at once is the most."
    assert errors == [f"{file.name}: {most}" for file in files[-2:]]
    said = text_of(response)
    assert [error in said for error in errors] == [True, True]
    assert f"20 {model._meta.verbose_name_plural} are uploaded." in said


@pytest.mark.django_db(transaction=True)
@for_each(samples())
def test_storage_that_fails_in_the_middle(model, visit, only_one_is_stored):
    only_one_is_stored(model)
    files = [sent(model, name) for name in ("one", "two", "three")]
    response = visit("owner").post(page(model, "new"), {model.upload_field().name: files})
    assert [item.title for item in model.objects.all()] == ["one"]
    said = text_of(response)
    assert "is uploaded." in said
    assert [f"{name}." in said for name in ("two", "three")] == [True, True]


@pytest.mark.django_db(transaction=True)
@for_each(samples())
def test_storage_that_fails_is_said_and_leaves_nothing(model, visit, monkeypatch):
    def save(name, content, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(model.upload_field().storage, "save", save)
    field, client = model.upload_field().name, visit("owner")
    response = client.post(page(model, "new"), {field: sent(model)})
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    asked = client.post(page(model, "new"), {field: sent(model)}, **JSON)
    assert asked.status_code == 503
    assert asked.json()["errors"]["__all__"][0].startswith("The file could not be stored.")
    assert not model.objects.exists()


@for_each(samples())
def test_what_is_typed_may_come_once_for_each_file(model, visit):
    field, titles = model.upload_field().name, ["First", "", "Third"]
    files = [sent(model, "one"), sent(model, "two"), sent(model, "three")]
    visit("owner").post(page(model, "new"), {field: files, "title": titles})
    assert [item.title for item in model.objects.order_by("pk")] == ["First", "two", "Third"]


UNEVEN = "send it once for all of them, or once for each, in their order."


@for_each(samples())
def test_what_is_typed_comes_once_or_once_for_each_file(model, visit):
    field, client = model.upload_field().name, visit("owner")
    for count in (3, 4):
        data = {field: [sent(model), sent(model)], "title": [f"T{n}" for n in range(count)]}
        answer = client.post(page(model, "new"), data)
        said = f"This came {count} times for 2 files: {UNEVEN}"
        assert answer.context["form"].errors == {"title": [said]}
        assert said in text_of(answer)
        data = {field: [sent(model), sent(model)], "title": [f"T{n}" for n in range(count)]}
        answer = client.post(page(model, "new"), data, **JSON)
        assert (answer.status_code, answer.json()["errors"]) == (422, {"title": [said]})
    assert not model.objects.exists()
    client.post(page(model, "new"), {field: sent(model), "title": ["A", "B"]})
    assert model.objects.get().title == "B"  # as in any other form of Django


@for_each(samples())
def test_titles_stay_with_their_files_where_one_is_bad(model, visit):
    field, files = model.upload_field().name, [broken(), sent(model)]
    visit("owner").post(page(model, "new"), {field: files, "title": ["Bad", "Good"]})
    assert [item.title for item in model.objects.all()] == ["Good"]


@for_each(PUBLIC)
def test_alt_is_what_was_typed_and_never_the_files_name(model, visit):
    client = visit("owner")
    client.post(page(model, "new"), {"image": [sent(model), sent(model)], "alt": ["A fox", ""]})
    first, second = model.objects.order_by("pk")
    assert (first.alt, second.alt) == ("A fox", "")
    client.post(page(model, "edit", second.pk), {"title": "T", "alt": "A hare"})
    second.refresh_from_db()
    assert second.alt == "A hare"


# What a program is answered


@for_each(samples())
def test_a_new_row_as_json(model, visit):
    client, field = visit("owner"), model.upload_field().name
    answer = client.post(page(model, "new"), {field: sent(model), "title": "Sea"}, **JSON)
    item = model.objects.get()
    preview = item.upload.preview
    url = page(model, "detail", item.pk)
    assert answer.status_code == 201
    assert answer.json() == {"id": item.pk, "title": "Sea", "url": url, "preview": preview}
    several = client.post(page(model, "new"), {field: [sent(model), sent(model)]}, **JSON)
    assert several.status_code == 201
    assert [one["id"] for one in several.json()] == [item.pk + 1, item.pk + 2]
    assert "is uploaded" not in text_of(client.get(page(model, "list")))


@for_each(samples())
def test_a_refused_file_as_json(model, visit):
    client, field = visit("owner"), model.upload_field().name
    answer = client.post(page(model, "new"), {field: broken(), "title": "t" * 300}, **JSON)
    assert answer.status_code == 422
    assert sorted(answer.json()["errors"]) == sorted([field, "title"])
    assert client.post(page(model, "new"), {}, **JSON).json()["errors"].keys() == {field}
    answer = client.post(page(model, "new"), {field: [broken(), sent(model)]}, **JSON)
    assert answer.status_code == 422
    assert [one["id"] for one in answer.json()["stored"]] == [model.objects.get().pk]


@for_each(samples())
def test_who_is_not_logged_in_is_told_as_json(model, visit):
    answer = visit("anonymous").post(page(model, "new"), {}, **JSON)
    assert (answer.status_code, list(answer.json()["errors"])) == (401, ["__all__"])


@for_each(samples())
def test_a_page_that_was_open_for_too_long_is_told_as_json(model, user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    answer = client.post(page(model, "new"), {}, **JSON)
    assert (answer.status_code, list(answer.json()["errors"])) == (403, ["__all__"])
    assert "<h1>" in text_of(client.post(page(model, "new"), {}))


@for_each(samples())
def test_too_large_a_body_is_told_as_json(model, visit, settings):
    settings.MAX_UPLOAD_MB = 1
    file = SimpleUploadedFile("big.pdf", bytes(1_100_000))
    answer = visit("owner").post(page(model, "new"), {model.upload_field().name: file}, **JSON)
    assert (answer.status_code, list(answer.json()["errors"])) == (413, ["__all__"])


@for_each(PUBLIC)
def test_a_busy_site_is_told_as_json(model, visit, monkeypatch):
    monkeypatch.setattr(admission, "MOST", 0)
    answer = visit("owner").post(page(model, "new"), {"image": sent(model)}, **JSON)
    assert answer.status_code == 503
    assert answer.json()["errors"]["image"] == ["The site is busy: try again in a minute."]
    assert not model.objects.exists()


# Files that are kept


def tokens(answer):
    return re.findall(r'name="\w+-kept" value="([^"]+)"', text_of(answer))


@for_each(samples())
def test_a_file_outlives_a_title_that_is_too_long(model, visit):
    client, field = visit("owner"), model.upload_field().name
    files = [sent(model), sent(model)]
    answer = client.post(page(model, "new"), {field: files, "title": "t" * 300})
    assert not model.objects.exists()
    data = {f"{field}-kept": tokens(answer), "title": ["A", "B"]}
    assert client.post(page(model, "new"), data).status_code == 302
    assert [item.title for item in model.objects.order_by("pk")] == ["A", "B"]
    with model.objects.first().upload.open() as file:
        assert file.read()


@for_each(samples())
def test_a_file_outlives_titles_of_which_nobody_knows_whose_they_are(model, visit):
    data = {model.upload_field().name: [sent(model), sent(model)], "title": ["A", "B", "C"]}
    assert len(tokens(visit("owner").post(page(model, "new"), data))) == 2


@for_each(samples())
def test_a_file_outlives_a_title_in_the_edit_form(model, visit, user):
    item, client, field = make(model, user), visit("owner"), model.upload_field().name
    before = item.upload.name
    url = page(model, "edit", item.pk)
    answer = client.post(url, {field: sent(model, "new"), "title": "t" * 300})
    client.post(url, {f"{field}-kept": tokens(answer), "title": ""})
    item.refresh_from_db()
    assert item.upload.name != before
    assert item.title == "new"


@for_each(samples())
def test_a_file_outlives_a_mistake_in_the_admin(model, visit, staff):
    client, field = visit("staff"), model.upload_field().name
    url = reverse(f"admin:library_{model._meta.model_name}_add")
    answer = client.post(url, {field: sent(model), "title": "T", "owner": ""})
    assert not model.objects.exists()
    data = {f"{field}-kept": tokens(answer), "title": "T", "owner": staff.pk}
    assert client.post(url, data).status_code == 302
    assert model.objects.get().upload


@for_each(samples())
def test_a_file_that_outlives_a_form_is_one_however_often_it_is_named(model, visit):
    client, field = visit("owner"), model.upload_field().name
    answer = client.post(page(model, "new"), {field: sent(model), "title": "t" * 300})
    client.post(page(model, "new"), {f"{field}-kept": tokens(answer) * 3})
    assert model.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@for_each(PUBLIC)
def test_what_outlives_a_form_is_decoded_before_it_is_saved(model, visit, staff, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", False)
    client, opened = visit("staff"), []
    url = reverse(f"admin:library_{model._meta.model_name}_add")
    answer = client.post(url, {"image": sent(model), "title": "T", "owner": ""})
    real = pictures.process

    def process(*args, **kwargs):
        opened.append(connection.in_atomic_block)
        return real(*args, **kwargs)

    monkeypatch.setattr(pictures, "process", process)
    client.post(url, {"image-kept": tokens(answer), "title": "T", "owner": staff.pk})
    assert opened == [False]
    assert model.objects.get().upload
