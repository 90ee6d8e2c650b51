"""Several files at once in the admin: see uploads/several.py."""

import re

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.urls import reverse

from library.tests import PRIVATE, broken, for_each, page, sent
from library.views import samples

pytestmark = pytest.mark.usefixtures("as_generated")


def admin(model, name="add_several"):
    return reverse(f"admin:library_{model._meta.model_name}_{name}")


@pytest.fixture
def send(client, staff):
    client.force_login(staff)

    def post(model, *files, accept="text/html", **data):
        field = model.upload_field().name
        data = {"owner": staff.pk, "title": "", field: list(files)} | data
        return client.post(admin(model), data, HTTP_ACCEPT=accept)

    return post


@for_each(samples())
def test_the_list_leads_to_a_form_for_several(model, client, staff):
    client.force_login(staff)
    assert 'href="add-several/"' in client.get(admin(model, "changelist")).content.decode()
    html = client.get(admin(model)).content.decode()
    assert "multiple" in html
    assert f'<option value="{staff.pk}" selected>' in html


@for_each(samples())
def test_each_file_is_a_row(model, send, staff):
    response = send(model, sent(model, "one"), sent(model, "two"))
    assert response.headers["Location"] == admin(model, "changelist")
    assert {row.title for row in model.objects.all()} == {"one", "two"}
    assert {row.owner for row in model.objects.all()} == {staff}


@for_each(samples())
def test_one_that_is_bad_holds_up_no_other(model, send, client):
    response = send(model, sent(model, "good"), broken("evil"))
    html = response.content.decode()
    assert "vil.png: " in html  # the admin writes messages with a capital
    assert [row.title for row in model.objects.all()] == ["good"]
    assert "-kept" not in html


@for_each(samples())
def test_files_outlive_a_mistake_in_another_field(model, send, staff):
    html = send(model, sent(model, "one"), sent(model, "two"), owner="", title="Both")
    html = html.content.decode()
    assert not model.objects.exists()
    assert 'value="Both"' in html
    kept = re.findall(r'name="(\w+-kept)" value="([^"]+)"', html)
    assert len(kept) == 2
    send(model, **{kept[0][0]: [token for _, token in kept]}, title="Both")
    assert [row.title for row in model.objects.all()] == ["Both", "Both"]


@for_each(samples())
def test_a_file_that_the_admins_own_form_refuses_is_not_kept(model, send, monkeypatch):
    def refuse(form):
        raise ValidationError("Not this one.")

    clean = {f"clean_{model.upload_field().name}": refuse}
    monkeypatch.setattr(site._registry[model], "form", type("Form", (ModelForm,), clean))
    html = send(model, sent(model), sent(model)).content.decode()
    assert html.count("ot this one.") == 2
    assert "-kept" not in html


@for_each(samples())
def test_a_program_is_answered_as_by_the_sites_own_form(model, send):
    response = send(model, sent(model), accept="application/json", title="Typed")
    row = model.objects.get()
    assert response.status_code == 201
    change = reverse(f"admin:library_{model._meta.model_name}_change", args=[row.pk])
    preview = row.upload.preview
    assert response.json() == {"id": row.pk, "title": "Typed", "url": change, "preview": preview}
    response = send(model, broken(), accept="application/json")
    assert response.status_code == 422
    assert list(response.json()["errors"]) == [model.upload_field().name]
    response = send(model, sent(model), accept="application/json", owner="")
    assert list(response.json()["errors"]) == ["owner"]


@for_each(samples())
def test_a_program_that_sends_no_file_is_told(model, send):
    answer = send(model, accept="application/json")
    errors = {model.upload_field().name: ["This field is required."]}
    assert (answer.status_code, answer.json()) == (422, {"errors": errors})
    assert "This field is required." in send(model).content.decode()


@for_each(samples())
def test_what_is_typed_comes_once_or_once_for_each_file(model, send):
    for accept, status in {"application/json": 422, "text/html": 200}.items():
        files = [sent(model), sent(model)]
        answer = send(model, *files, accept=accept, title=["A", "B", "C"])
        assert answer.status_code == status
        assert "This came 3 times for 2 files:" in answer.content.decode()
        assert not model.objects.exists()
    send(model, sent(model), sent(model), title=["A", "B"])
    assert [row.title for row in model.objects.order_by("pk")] == ["A", "B"]


@for_each(PRIVATE[:1])
def test_twenty_files_count_and_the_rest_are_named(model, send):
    for accept in ("application/json", "text/html"):
        before = model.objects.count()
        files = [sent(model, f"n{n}") for n in range(22)]
        said = send(model, *files, accept=accept).content.decode()
        assert model.objects.count() == before + 20
        most = "These are 22 files; 20 at once is the most."
        ending = files[0].name.removeprefix("n0")
        assert [f"{n}{ending}: {most}" in said for n in (20, 21)] == [True, True]
        assert said.count(f"{ending}: ") == 2


@for_each(samples())
def test_every_refusal_of_several_is_told(model, send):
    answer = send(model, broken("a"), sent(model), broken("b"), accept="application/json")
    assert answer.status_code == 422
    errors = answer.json()["errors"][model.upload_field().name]
    assert [error.split(":")[0] for error in errors] == ["a.png", "b.png"]
    assert [row["id"] for row in answer.json()["stored"]] == [model.objects.get().pk]


@for_each(samples())
def test_nobody_without_the_permission(model, client, user, staff):
    json = {"HTTP_ACCEPT": "application/json"}
    assert client.post(admin(model), **json).status_code == 401
    assert client.get(admin(model)).status_code == 302
    staff.is_superuser = False
    staff.save()
    staff.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(staff)
    assert client.get(admin(model)).status_code == 403
    assert "add-several/" not in client.get(admin(model, "changelist")).content.decode()
    assert page(model, "new") not in client.get(admin(model, "changelist")).content.decode()
