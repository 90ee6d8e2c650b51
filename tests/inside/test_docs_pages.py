"""What the pages on models and on private files promise, in a project with their code."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from library.models import Document
from papers import views
from papers.models import Contract
from shop.models import Product
from uploads import defaults
from uploads.formats import decoding
from uploads.tests.examples import jpeg, pdf

pytestmark = pytest.mark.django_db


def picture(width=900, height=600):
    return ContentFile(jpeg(width, height), name="a.jpg")


def paper(content=b""):
    return ContentFile(pdf() + content, name="a.pdf")


def test_migrations_are_made():
    call_command("makemigrations", check=True, dry_run=True)


def test_memory_for_a_small_machine(settings):
    """Of docs/load_and_memory.md, whose two lines this project has."""
    largest = settings.IMAGE_MAX_PIXELS * 4 / decoding.MEGA + decoding.ENCODING_MB
    assert largest <= settings.IMAGE_MEMORY_MB < defaults.DEFAULTS["IMAGE_MEMORY_MB"]


# A model with uploads


@pytest.fixture
def product():
    return Product.objects.create(name="Lamp", image=picture(), manual=paper())


def test_page_of_a_product(client, product):
    page = client.get(f"/shop/{product.pk}/").content.decode()
    assert 'sizes="(min-width: 50rem) 40rem, 100vw"' in page
    assert "-1x1-400w.webp 400w" in page
    assert 'alt="Lamp"' in page
    assert product.manual.url in page
    assert client.get(product.manual.url).url.startswith("/accounts/login/")


def test_refusals_stand_at_their_fields(client, user):
    assert client.get("/shop/new/").url.startswith("/accounts/login/")
    client.force_login(user)
    sent = {"name": "x", "image": picture(300, 200), "manual": paper(b"%" * 6 * 1024**2)}
    errors = client.post("/shop/new/", sent).context["form"].errors
    sentence = "This picture is 300 × 200 pixels; 400 is the least for each side."
    assert errors["image"] == [sentence]
    assert "5 MB is the most" in errors["manual"][0]
    wrong = {**sent, "image": picture(), "manual": ContentFile(b"x", name="a.txt")}
    assert "not accepted here" in client.post("/shop/new/", wrong).content.decode()


def test_admin_of_products(client, staff):
    client.force_login(staff)
    sent = {"name": "Lamp", "image": picture(), "manual": ""}
    assert client.post("/admin/shop/product/add/", sent).status_code == 302
    assert Product.objects.get().image.width == 900
    assert client.get("/admin/shop/product/").status_code == 200


def test_api_of_products(client, user, product):
    (shown,) = client.get("/api/products/").json()
    assert shown["shown"] == product.image.sources()
    assert shown["manual"].endswith(product.manual.url)
    sent = {"name": "x", "image": picture()}
    assert client.post("/api/products/", sent).status_code == 403
    client.force_login(user)
    assert client.post("/api/products/", {**sent, "image": picture()}).status_code == 201
    answer = client.post("/api/products/", {**sent, "image": picture(300, 200)})
    assert answer.status_code == 400
    assert "300 × 200" in answer.json()["image"][0]


# Private files


@pytest.fixture
def contract(user):
    return Contract.objects.create(owner=user, file=paper())


def test_who_may_open(visit, contract, other):
    def codes():
        return [visit(who).get(contract.file.url).status_code for who in ("owner", "other")]

    login = visit("nobody").get(contract.file.url)
    assert (login.status_code, login.url) == (302, f"/accounts/login/?next={contract.file.url}")
    assert codes() == [200, 404]
    assert visit("owner").get("/private/contracts/none.pdf").status_code == 404
    contract.readers.add(other)
    assert codes() == [200, 200]
    contract.until = timezone.localdate() - timedelta(days=1)
    contract.save()
    assert codes() == [200, 404]
    contract.until = timezone.localdate()
    contract.save()
    assert codes() == [200, 200]
    contract.readers.remove(other)
    assert codes() == [200, 404]
    second = Contract(owner=other)
    second.file = contract.file
    second.save()
    assert codes() == [200, 200]


def test_superuser_is_asked_about_too(visit, contract, monkeypatch):
    assert visit("staff").get(contract.file.url).status_code == 200  # has_perm() is in may_read()
    monkeypatch.setattr(Contract, "may_read", lambda self, user: False)
    assert visit("staff").get(contract.file.url).status_code == 404


def test_without_may_read(client, contract, helper, staff, monkeypatch):
    def code(user):
        client.force_login(type(user).objects.get(pk=user.pk))  # without the permissions it knew
        return client.get(contract.file.url).status_code

    monkeypatch.delattr(Contract, "may_read")
    assert [code(contract.owner), code(helper), code(staff)] == [404, 404, 200]
    helper.user_permissions.set(Permission.objects.filter(codename="view_contract"))
    assert code(helper) == 200


def test_one_sample_for_all_who_have_an_account(visit, user):
    document = Document.objects.create(owner=user, title="For all", file=paper())
    assert "For all" in visit("other").get("/documents/").content.decode()
    assert visit("other").get(document.file.url).status_code == 200
    assert visit("nobody").get(document.file.url).status_code == 302


def test_link_for_a_week(client, contract, monkeypatch):
    address = f"/shared/{views.token(contract)}/"
    answer = client.get(address)
    assert b"".join(answer) == pdf()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="contract.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"{address[:-2]}/").status_code == 404
    monkeypatch.setattr(views, "WEEK", -1)
    assert client.get(address).status_code == 404


def test_how_it_is_sent(visit, contract):
    """By Django itself, or by nginx; the bucket is in tests/services/test_docs_bucket.py."""
    client, address = visit("owner"), contract.file.url
    whole, part = client.get(address), client.get(address, headers={"Range": "bytes=2-4"})
    assert (whole.status_code, b"".join(whole)) == (200, pdf())
    assert (part.status_code, b"".join(part)) == (206, pdf()[2:5])
    assert whole.headers["Cache-Control"] == "private, no-cache"
    assert f'filename="Contract {contract.pk}.pdf"' in whole.headers["Content-Disposition"]
    handed_over = client.get(address, headers={"X-Sendfile-Type": "X-Accel-Redirect"})
    assert handed_over.headers["X-Accel-Redirect"] == f"/_private/{contract.file.name}"
    assert handed_over.content == b""
