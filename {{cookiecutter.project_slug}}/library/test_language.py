"""No page, form, refusal or message has a sentence that can't be translated.

The site is read in a language that puts all it translates into brackets: a word outside of them,
other than a visitor's or an owner's own, would be English in every language.
"""

import json
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings as site
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import trans_real
from django.views import defaults

from library.views import PER_PAGE, samples
from uploads import names, serve
from uploads.formats import types
from uploads.forms import SeveralFiles
from uploads.tests.examples import encoded, example, image, jpeg, png

pytestmark = pytest.mark.usefixtures("as_generated")

# Read aloud or shown by the browser, or written onto the page by upload.js.
SAID = re.compile(r"alt|aria-description|aria-label|data-(drop-)?text.*|label|placeholder|title")
TITLE = "Held out"
NAMES = {name for m in samples() for name in (m._meta.verbose_name, m._meta.verbose_name_plural)}
PEOPLE = {"user", "other", "staff", "user@example.com"}
DATA = {site.SITE_NAME, TITLE, "evil.png", "JPG", "jpg", "UTC", *PEOPLE, *NAMES}
DATA |= {capfirst(name) for name in NAMES}
DATA |= {word for e in types.FILES for word in (e, e.upper())}


class Brackets:
    """The language: all that it is given, in brackets."""

    def gettext(self, message):
        return f"⟦{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧"

    def ngettext(self, singular, plural, number):
        return self.gettext(singular if number == 1 else plural)


@pytest.fixture
def brackets(monkeypatch, as_generated):
    monkeypatch.setattr(trans_real, "_default", Brackets())


def outside(text):
    """What of a text stands in no brackets: they may be one in another."""
    while "⟦" in text:
        text, before = re.sub(r"(?s)⟦[^⟦⟧]*⟧", "", text), text
        assert text != before, f"brackets without their counterpart: {text}"
    return text


def untranslated(text):
    """The words of a text that are neither translated nor anybody's own."""
    text = outside(text)
    for own in sorted(DATA, key=len, reverse=True):
        text = text.replace(own, " ")
    return [part.strip() for part in text.split("\n") if re.search(r"[^\W\d_]", part)]


class Page(HTMLParser):
    """What a visitor reads of a page: `texts`, and what stands in attributes."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.said, self.skipped = [], [], 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.skipped += tag in {"script", "style"}
        self.texts.append("" if tag in {"a", "span", "strong"} else "\n")
        button = dict(attrs).get("type") in {"submit", "button", "reset"}
        self.said += [v for n, v in attrs if SAID.fullmatch(n) or (button and n == "value")]

    def handle_endtag(self, tag):
        self.skipped -= tag in {"script", "style"}

    def handle_data(self, data):
        if not self.skipped:
            self.texts.append(re.sub(r"\s*\n\s*", "\n", data))


def check(response, *statuses):
    """Fail with what is not translated on a page, in a refusal or in an answer for a program."""
    assert response.status_code in (statuses or {200}), response
    text = response.content.decode()
    if response.headers["Content-Type"].startswith("application/json"):
        errors = json.loads(text)["errors"].values()
        found = [words for sentences in errors for s in sentences for words in untranslated(s)]
    else:
        page = Page(text)
        found = untranslated("".join(page.texts))
        found += [words for said in page.said for words in untranslated(said or "")]
    assert found == []
    return text


def page(model, name, *args):
    return reverse(f"{model._meta.model_name}-{name}", args=args)


def sent(model, name="evil.png"):
    if name != "evil.png":
        return SimpleUploadedFile(name, b"<script>")
    good = (f"{TITLE}.jpg", jpeg(900, 700)) if model.is_public() else files_own(model)
    return SimpleUploadedFile(*good)


def files_own(model):
    extension, content = example(model.upload_field().extensions)
    return f"{TITLE}.{extension}", content


def make(model, owner):
    field = model.upload_field().name
    return model.objects.create(owner=owner, title=TITLE, **{field: sent(model)})


for_each = pytest.mark.parametrize("model", samples(), ids=lambda model: model._meta.model_name)


@pytest.mark.parametrize("html", ["<p>Log in</p>", '<a title="Log in"></a>', "<p>⟦a⟧ or <b>b</b>"])
def test_a_word_that_is_not_translated_is_found(html):
    read = Page(html)
    assert untranslated("".join([*read.texts, *read.said]))


@for_each
def test_pages_of_a_sample(model, client, user, staff, brackets):
    for who in (None, user, staff):
        if who:
            client.force_login(who)
        for url in (reverse("overview"), page(model, "list"), page(model, "new")):
            check(client.get(url, follow=True))
    items = [make(model, user) for _ in range(3)]
    client.logout()
    check(client.get(page(model, "list"), follow=True))
    for who in (user, staff):
        client.force_login(who)
        for name in ("detail", "edit", "delete"):
            check(client.get(page(model, name, items[1].pk)))
        for url in (reverse("overview"), page(model, "list"), f"{page(model, 'list')}?before=1"):
            check(client.get(url))
    field = model.upload_field().name
    model.objects.bulk_create(
        model(owner=user, title=TITLE, **{field: items[0].upload.name}) for _ in range(2 * PER_PAGE)
    )
    check(client.get(f"{page(model, 'list')}?before={model.objects.all()[PER_PAGE].pk}"))


@for_each
def test_what_is_said_of_an_upload(model, client, user, brackets):
    client.force_login(user)
    field, new = model.upload_field().name, page(model, "new")
    check(client.post(new, {field: sent(model)}, follow=True))
    check(client.post(new, {field: [sent(model), sent(model)]}, follow=True))
    item = model.objects.first()
    check(client.post(page(model, "edit", item.pk), {"title": TITLE}, follow=True))
    check(client.post(page(model, "edit", item.pk), {field: sent(model, "evil.html")}))
    check(client.post(page(model, "delete", item.pk), follow=True))
    check(client.post(new, {}))
    check(client.post(new, {field: [sent(model)] * (SeveralFiles.MOST + 1)}))
    check(client.post(new, {field: [sent(model), sent(model, "evil.html")]}))


@pytest.mark.django_db(transaction=True)
@for_each
def test_what_is_said_of_a_storage_that_fails(model, client, user, staff, brackets, monkeypatch):
    def save(name, content, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(model.upload_field().storage, "save", save)
    field = model.upload_field().name
    client.force_login(user)
    check(client.post(page(model, "new"), {field: sent(model)}))
    client.force_login(staff)
    add = reverse(f"admin:library_{model._meta.model_name}_add")
    check(client.post(add, {"title": TITLE, "owner": staff.pk, field: sent(model)}), 503)


FORMATS = "uploads.formats"
TURNED = [image(40, 40).rotate(angle) for angle in (90, 180, 270)]
GIF = encoded(image(40, 40), "GIF", save_all=True, append_images=TURNED)
JPEG = jpeg(300, 200, progressive=True)
HEIC = encoded(image(300, 200), "HEIF")
NO_READS = {"JPEG": 0, "other": 0}
REFUSED = [  # code, name, content, limits that make it so
    ("empty", "evil.png", b"", {}),
    ("not_a_picture", "evil.png", b"<script>", {}),
    ("wrong_type", "evil.html", b"x", {}),
    ("wrong_type", "evil", b"x", {}),
    ("wrong_extension", "evil.png", jpeg(20, 20), {}),
    ("name_too_long", "文" * 90 + ".png", png(20, 20), {}),
    ("damaged", "evil.png", png()[:200], {}),
    ("too_small", "evil.png", png(20, 5), {}),
    ("too_long", "evil.png", png(66_000, 10), {}),
    ("too_large", "evil.png", png(20, 20) + bytes(2**17), {"MAX_MB": 0.1}),
    ("too_many_pixels", "evil.png", png(300, 200), {"IMAGE_MAX_PIXELS": 50_000}),
    ("too_many_pixels", "evil.jpg", JPEG, {"IMAGE_MAX_PIXELS": 61_000}),
    ("too_many_pixels", "evil.heic", HEIC, {"IMAGE_MAX_PIXELS": 61_000}),
    ("too_many_pixels", "evil.gif", GIF, {"IMAGE_MAX_ANIMATION_PIXELS": 4_000}),
    ("too_many_pixels", "evil.gif", GIF, {f"{FORMATS}.animations.MAX_FRAME_PIXELS": 1_000}),
    ("too_many_frames", "evil.gif", GIF, {"IMAGE_MAX_FRAMES": 2}),
    ("too_many_scans", "evil.jpg", JPEG, {f"{FORMATS}.decoding.MAX_SCANS": 1}),
    ("too_many_parts", "evil.png", png(20, 20), {f"{FORMATS}.decoding.READS_TO_OPEN": NO_READS}),
]


@pytest.mark.parametrize(("code", "name", "content", "limits"), REFUSED)
def test_refusals(code, name, content, limits, client, user, settings, brackets, monkeypatch):
    field = user._meta.get_field("profile_picture")
    monkeypatch.setattr(field, "min_side", 10)
    monkeypatch.setattr(field, "max_mb", limits.pop("MAX_MB", None))
    for limit, value in limits.items():
        if "." in limit:
            monkeypatch.setattr(limit, value)
        else:
            setattr(settings, limit, value)
    client.force_login(user)
    data = {"profile_picture": SimpleUploadedFile(name, content)}
    response = client.post(reverse("profile"), data)
    check(response)
    (refusal,) = response.context["form"].errors.as_data()["profile_picture"]
    assert refusal.code == code


def test_what_is_gone(user, tmp_path, brackets):
    user.profile_picture = names.StoredName("gone.jpg")
    with pytest.raises(ValidationError) as gone:
        user.save()
    assert outside(gone.value.messages[0]) == ""
    for name in ("nothing", "../nothing"):
        with pytest.raises(Http404) as missing:
            serve.public(RequestFactory().get("/"), name, tmp_path)
        assert outside(str(missing.value)) == ""


def test_refused_bodies(client, user, settings, brackets):
    client.force_login(user)
    profile = reverse("profile")
    for accept in ("text/html", "application/json"):
        body = b"x", "multipart/form-data"  # what Django says of it, for programmers, stays
        check(client.generic("POST", profile, *body, HTTP_ACCEPT=accept), 400)
    settings.MAX_UPLOAD_MB = 0
    for accept in ("text/html", "application/json"):
        data = {"profile_picture": SimpleUploadedFile("evil.png", png(20, 20))}
        check(client.post(profile, data, HTTP_ACCEPT=accept), 413)


def test_pages_of_accounts(client, user, other, brackets):
    login, logout, profile = reverse("login"), reverse("logout"), reverse("profile")
    check(client.get(login))
    check(client.get(profile, follow=True))
    check(client.post(login, {"username": "user", "password": "wrong"}))
    client.force_login(user)
    for url in (login, f"{login}?next={profile}", logout, profile):
        check(client.get(url))
    upload = SimpleUploadedFile("evil.jpg", jpeg(300, 300))
    data = {"email": "user@example.com", "profile_picture": upload}
    check(client.post(profile, data, follow=True))
    check(client.post(profile, {"email": "nonsense"}))
    check(client.post(logout, follow=True))


def test_errors(client, user, other, brackets):
    item = make(samples()[0], user)
    client.force_login(other)
    check(client.get("/nowhere/"), 404)
    missing = client.get(f"{page(samples()[0], 'list')}?before=x")
    assert outside(missing.context["exception"]) == ""
    check(client.get(page(samples()[0], "edit", item.pk)), 403)
    check(Client(enforce_csrf_checks=True).post(reverse("login")), 403)
    request = RequestFactory().get("/")
    check(defaults.bad_request(request, Exception()), 400)
    check(defaults.server_error(request), 500)
    check(render(request, "503.html"))


# Of Django's own, these and the names of permissions can't be translated.
DJANGOS = {"Search", "True", "False"}


@pytest.mark.parametrize("model", [get_user_model(), *samples()], ids=lambda m: m.__name__)
def test_admin(model, client, staff, brackets, monkeypatch):
    files = {make(sample, staff).upload.name for sample in samples()}
    monkeypatch.setattr(f"{__name__}.DATA", DATA | DJANGOS | files)
    client.force_login(staff)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    for url in (f"{name}_changelist", f"{name}_add", "admin:index"):
        check(client.get(reverse(url)))
    change = client.get(reverse(f"{name}_change", args=[model.objects.get().pk]))
    if model in samples():
        check(change)
    else:
        assert "⟦Profile picture⟧" in change.content.decode()
