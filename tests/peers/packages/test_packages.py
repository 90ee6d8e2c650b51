"""Well-known packages with our fields, each as its documentation uses it."""

import factory
import pytest
import reversion
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from import_export import resources
from model_bakery import baker
from packages.models import Product
from tablib import Dataset
from uploads.tests.examples import jpeg, pdf

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = {
    "extension": ("manual", "a.exe", b"MZ", "“.exe” files are not accepted here"),
    "content": ("manual", "a.pdf", b"<html>", "something else inside"),
    "size": ("manual", "a.pdf", pdf() + bytes(200_000), "0.1 MB is the most"),
    "picture": ("picture", "a.png", jpeg(), "This is a JPEG picture"),
    "cut": ("picture", "a.jpg", jpeg(500, 300)[:3000], "can't be read to its end"),
}


def stored():
    return {e.name for alias in ("default", "private") for e in storages[alias].walk()}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_rest_framework_refuses_at_the_field(case, method, client, rf):
    field, name, content, sentence = REFUSED[case]
    address = "/drf/products/"
    if method != "post":
        address += f"{Product.objects.create(name='old').pk}/"
    body = {"name": "new", field: SimpleUploadedFile(name, content)}
    sent = rf.post(address, body)
    answer = client.generic(method.upper(), address, sent.body, sent.META["CONTENT_TYPE"])
    assert answer.status_code == 400, answer.content
    assert list(answer.json()) == [field]
    # Pillow's own look comes first there, and may say it in words of its own.
    assert sentence in answer.json()[field][0] or case == "cut"
    assert stored() == set()


def test_rest_framework_stores_what_is_good(client):
    body = {"name": "new", "picture": SimpleUploadedFile("a.jpg", jpeg(500, 300))}
    answer = client.post("/drf/products/", body)
    assert answer.status_code == 201, answer.content
    product = Product.objects.get()
    assert answer.json()["picture"].endswith(product.picture.url)
    assert product.picture.width == 500


@pytest.mark.parametrize("case", ["extension", "content", "size"])
def test_ninja_refuses_at_the_field(case, client):
    field, name, content, sentence = REFUSED[case]
    body = {field: SimpleUploadedFile(name, content)}
    answer = client.post("/ninja/products?name=new", body)
    assert answer.status_code == 400, answer.content
    assert sentence in answer.json()["errors"][field][0]
    assert not Product.objects.exists()


def test_ninja_stores_what_is_good(client):
    body = {"manual": SimpleUploadedFile("a.pdf", pdf())}
    answer = client.post("/ninja/products?name=new", body)
    assert answer.status_code == 200, answer.content
    assert Product.objects.get().manual.read() == pdf()


def wizard(client, step, **values):
    values = {f"{step}-{name}": value for name, value in values.items()}
    answer = client.post("/wizard/", {"product_wizard-current_step": step, **values})
    assert answer.status_code == 200, answer.content
    return answer


def test_wizard_keeps_a_file_until_it_is_done(client):
    answer = wizard(client, 0, picture=SimpleUploadedFile("a.jpg", jpeg(500, 300)))
    assert answer.context["wizard"]["steps"].current == "1"
    assert stored() == {"a.jpg"}
    wizard(client, 1, name="new")
    product = Product.objects.get()
    assert (product.name, product.picture.width) == ("new", 500)
    names = product.picture.field.renditions_of(product.picture.name)
    assert stored() == {product.picture.name, *names}


@pytest.mark.parametrize("case", ["picture", "cut"])
def test_wizard_refuses_at_the_field(case, client):
    field, name, content, sentence = REFUSED[case]
    answer = wizard(client, 0, **{field: SimpleUploadedFile(name, content)})
    assert sentence in answer.context["form"].errors[field][0]
    assert stored() == set()


def test_history_finds_its_files():
    product = Product.objects.create(name="one", manual=ContentFile(pdf(), name="a.pdf"))
    first = product.manual.name
    product.manual = ContentFile(pdf() + b"%", name="a.pdf")
    product.save()
    product.delete()
    assert Product.history.earliest().manual == first
    assert first in stored()
    Product.history.earliest().instance.save()  # the former version comes back
    assert Product.objects.get().manual.name == first


def test_reversion_brings_a_version_back():
    reversion.register(Product)
    try:
        with reversion.create_revision():
            product = Product.objects.create(name="one", manual=ContentFile(pdf(), name="a.pdf"))
        first = product.manual.name
        with reversion.create_revision():
            product.manual = ContentFile(pdf() + b"%", name="a.pdf")
            product.save()
        version = reversion.models.Version.objects.get_for_object(product).last()
        version.revision.revert()
        assert Product.objects.get().manual.name == first
        assert first in stored()
    finally:
        reversion.unregister(Product)


def test_import_and_export_of_names():
    product = Product.objects.create(name="one", picture=ContentFile(jpeg(500, 300), name="a.jpg"))
    resource = resources.modelresource_factory(Product)()
    exported = resource.export()
    data = Dataset().load(exported.csv.replace("one", "renamed"), format="csv")
    assert not resource.import_data(data, raise_errors=True).has_errors()
    now = Product.objects.get()
    assert (now.name, now.picture.name) == ("renamed", product.picture.name)
    assert product.picture.name in stored()


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    name = "made"
    picture = factory.django.ImageField(width=300, height=200)


def test_factory_boy_makes_pictures():
    assert ProductFactory().picture.width == 300


def test_model_bakery_leaves_optional_files_empty():
    assert not baker.make(Product).picture
