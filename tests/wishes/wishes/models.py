"""A model for each wish. test_wishes.py puts the README's lines in where they are named."""

from django.conf import settings
from django.db import models
from uploads.fields import FileField, ImageField

from wishes.scanning import scan


class SmallerLimit(models.Model):
    """Of the field `manual`."""

    # README: Smaller limit, 1


class HeicOnly(models.Model):
    """Of the field `image`."""

    # README: HEIC only, 1


class PrivatePicture(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    # README: Private picture, 1

    # README: Private picture, 2


class PublicFile(models.Model):
    """Of the field `catalogue`."""

    # README: Public file, 1


class OtherWidths(models.Model):
    """Of the field `image`."""

    # README: Other widths, 1


class AltText(models.Model):
    image = ImageField(upload_to="described")
    # README: Alt text, 1


class Scanned(models.Model):
    """Of the field `file`."""

    # README: Virus scanner, 1


class Product(models.Model):
    """For APIs and test data."""

    image = ImageField(upload_to="products")
    manual = FileField(upload_to="manuals")
    second = ImageField(upload_to="products", blank=True)


# README: Form for everybody, models.py

# README: Originals, models.py
