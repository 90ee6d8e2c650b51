"""The models that django-cleanup's tests ask for by name, with the field that PEER_FIELD names."""

import os

from django.core.files.storage import default_storage
from django.db import models
from django.utils.module_loading import import_string

Field = import_string(os.environ["PEER_FIELD"])
DEFAULT = "pic.jpg"
# The tests look for all files below MEDIA_ROOT, so private ones would be missed there.
OPTIONS = {"storage": default_storage, "blank": True, "null": True}


def default():
    return DEFAULT


class Pictured(models.Model):
    image = Field(upload_to="test", **OPTIONS)
    image_default = Field(upload_to="test", default=DEFAULT, **OPTIONS)
    image_default_callable = Field(upload_to="test", default=default, **OPTIONS)

    class Meta:
        abstract = True


class Product(Pictured):
    pass


class ProductProxy(Product):
    class Meta:
        proxy = True


class ProductUnmanaged(Pictured):
    """A second model of the rows of Product."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        managed = False
        db_table = "test_product"


class ProductIgnore(Pictured):
    """What django-cleanup is told by a decorator, our field is told by `keep`."""

    image = Field(upload_to="kept", keep=True, **OPTIONS)


class RootProduct(models.Model):
    pass


class BranchProduct(models.Model):
    root = models.ForeignKey(RootProduct, on_delete=models.CASCADE)
    image = Field(upload_to="test", **OPTIONS)
