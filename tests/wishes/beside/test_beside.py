"""Wishes with another package in them."""

import factory
import pytest
import reversion
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from model_bakery import baker
from uploads.tests.examples import jpeg, pdf
from wishes.clamd import EICAR
from wishes.models import Product, Scanned

from beside.models import Recorded, Registered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product():
    picture, manual = ContentFile(jpeg(500, 300), name="a.jpg"), ContentFile(pdf(), name="a.pdf")
    return Product.objects.create(image=picture, manual=manual)


def expected(product):
    shown = product.image.sources()
    assert shown["srcset"].count(" 400w") == 1
    assert (shown["width"], shown["height"]) == (500, 300)
    return [{"id": product.pk, "image": shown, "second": None}]


def test_drf(client, product):
    """Pictures in DRF."""
    assert client.get("/drf/products/").json() == expected(product)


def test_ninja(client, product):
    """Pictures in django-ninja."""
    assert client.get("/ninja/products").json() == expected(product)


@pytest.mark.parametrize("address", ["/drf/scanned/", "/ninja/scanned"])
def test_virus_through_an_api(address, client, clamd, stored):
    def post(content):
        headers = {"Accept": "application/json"}
        file = SimpleUploadedFile("a.txt", content)
        return client.post(address, {"file": file}, headers=headers)

    answer = post(EICAR)
    assert answer.status_code == 400
    assert "The virus scanner refuses this file." in answer.content.decode()
    assert not stored()
    content = b"a" * 5 * 1024**2
    assert post(content).status_code in (200, 201)
    assert Scanned.objects.get().file.size == len(content)
    _, chunks = clamd.streams
    assert b"".join(chunks) == content
    assert max(map(len, chunks)) <= 64 * 1024


@pytest.mark.parametrize("model", [Recorded, Registered])
def test_history(model, stored):
    """History."""
    with reversion.create_revision():
        row = model.objects.create(contract=ContentFile(pdf(), name="a.pdf"))
    first = row.contract.name
    with reversion.create_revision():
        row.contract = ContentFile(pdf() + b"%", name="a.pdf")
        row.save()
    assert first in stored()
    if model is Recorded:
        model.history.earliest().instance.save()
    else:
        reversion.models.Version.objects.get_for_object(row).last().revision.revert()
    with model.objects.get().contract as file:
        assert file.read() == pdf()


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    # README: Test data, 1
    # README: Test data, 2


def test_data():
    """Test data."""
    made = ProductFactory()
    assert (made.image.width, made.manual.size) == (300, len(b"%PDF-"))
    baked = (
        # README: Test data, 3
    )
    assert baked.image.width > 0
    assert baked.manual.extension == "txt"
