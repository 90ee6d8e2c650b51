import pytest
from django.contrib.auth import get_user_model
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import RequestFactory
from django.urls import reverse
from django.utils.html import escape
from django.views.defaults import server_error

from uploads.tests.examples import jpeg

pytestmark = pytest.mark.usefixtures("as_generated")


def picture(name="me.jpg", **size):
    return SimpleUploadedFile(name, jpeg(**size))


@pytest.fixture
def profile(client, user):
    """Posts the profile form as `user`, and returns the user as stored afterwards."""
    client.force_login(user)

    def post(**data):
        profile.response = client.post(reverse("profile"), data, follow=True)
        user.refresh_from_db()
        return user

    return post


def test_login_leads_to_where_it_was_asked_for(client, user, settings):
    asked = client.get(reverse("profile"), follow=True)
    assert asked.redirect_chain == [(f"{reverse('login')}?next={reverse('profile')}", 302)]
    assert escape(settings.SITE_NAME) in asked.content.decode()
    form = {"username": "user", "password": "user"}
    answer = client.post(f"{reverse('login')}?next={reverse('profile')}", form)
    assert answer.url == reverse("profile")


def test_wrong_password_is_said(client, user):
    answer = client.post(reverse("login"), {"username": "user", "password": "wrong"})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


def test_logout_asks_first(client, user):
    client.force_login(user)
    assert client.get(reverse("logout")).status_code == 200
    assert "_auth_user_id" in client.session
    answer = client.post(reverse("logout"), follow=True)
    assert answer.redirect_chain == [(reverse("overview"), 302)]
    assert "You are logged out." in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("logout")).url == reverse("overview")


def test_profile_needs_nothing_filled_in(profile):
    user = profile()
    assert not user.profile_picture
    user = profile(first_name="Ada", email="ada@example.com")
    assert (user.first_name, user.email) == ("Ada", "ada@example.com")


def test_profile_picture_is_set_replaced_and_cleared(profile, client):
    user = profile(profile_picture=picture(width=600, height=500))
    first = user.profile_picture.name
    assert (user.profile_picture.width, user.profile_picture.height) == (600, 500)
    assert user.profile_picture.url in client.get(reverse("profile")).content.decode()

    user = profile(first_name="Ada")
    assert user.profile_picture.name == first

    user = profile(profile_picture=picture(width=300, height=200))
    assert user.profile_picture.name != first
    assert user.profile_picture.width == 300

    user = profile(**{"profile_picture-clear": "on"})
    assert not user.profile_picture
    assert client.get(reverse("overview")).status_code == 200


def test_refused_profile_changes_nothing_that_is_shown(profile, client):
    profile(profile_picture=picture(), first_name="Ada")
    # A good picture beside a bad address: the page must not show what is not stored.
    before = profile(first_name="Eve", email="nonsense", profile_picture=picture())
    assert (before.first_name, before.email) == ("Ada", "")
    html = client.post(
        reverse("profile"), {"email": "nonsense", "profile_picture": picture()}
    ).content.decode()
    assert before.profile_picture.url in html
    assert "<span>Ada</span>" in html


def test_profile_refuses_what_is_no_picture(profile, client):
    fake = SimpleUploadedFile("me.jpg", b"<html>")
    html = client.post(reverse("profile"), {"profile_picture": fake}).content.decode()
    assert "id_profile_picture_error" in html


def test_storage_that_fails_is_said(profile, client, monkeypatch):
    before = profile(profile_picture=picture()).profile_picture

    def save(name, content, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(before.storage, "save", save)
    answer = client.post(reverse("profile"), {"profile_picture": picture(width=500)})
    assert answer.context["form"].non_field_errors()
    assert before.url in answer.content.decode()


def test_admin_shows_the_picture(profile, client, staff):
    user = profile(profile_picture=picture())
    client.force_login(staff)
    smallest = min(user.profile_picture.renditions.items())[1]
    assert smallest in client.get(reverse("admin:accounts_user_changelist")).content.decode()
    change = client.get(reverse("admin:accounts_user_change", args=[user.pk]))
    assert smallest in change.content.decode()
    assert "profile_picture" in change.context["adminform"].form.fields
    assert client.get(reverse("admin:accounts_user_add")).status_code == 200


@pytest.mark.parametrize(
    ("language", "direction", "words"),
    [("de", "ltr", "Anmelden"), ("ar", "rtl", "Log in to go on.")],
)
def test_pages_have_the_language_of_the_settings(language, direction, words, client, db, settings):
    settings.LANGUAGE_CODE = language
    pages = [client.get(reverse("profile"), follow=True), server_error(RequestFactory().get("/"))]
    for response in pages:
        assert f'<html lang="{language}" dir="{direction}">' in response.content.decode()
    assert words in pages[0].content.decode()


def test_migrations_store_pictures_where_the_model_does(monkeypatch, db):
    """They say nothing of its rules; a data migration would make a private picture public."""
    field = get_user_model()._meta.get_field("profile_picture")
    monkeypatch.setattr(field, "storage", storages["private"])
    monkeypatch.setattr(field, "widths", [50])
    model = MigrationLoader(connection).project_state().apps.get_model("accounts.User")
    historical = model._meta.get_field("profile_picture")
    assert (historical.storage, historical.widths) == (storages["private"], [50])
