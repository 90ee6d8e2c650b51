"""Models for these tests only; conftest.py makes their tables."""

from django.conf import settings
from django.core.files.storage import InMemoryStorage
from django.db import models

from uploads.fields import FileField, ImageField


class Album(models.Model):
    name = models.CharField(max_length=50, unique=True)
    cover = ImageField(upload_to="covers", blank=True)
    back = ImageField(upload_to="covers", blank=True)

    class Meta:
        app_label = "uploads"

    def __str__(self):
        return self.name


class Badge(models.Model):
    picture = ImageField(default="badges/default.png")  # and no upload_to

    class Meta:
        app_label = "uploads"

    def __str__(self):
        return self.picture.name


def emblem():
    return "badges/emblem.png"


class Emblem(models.Model):
    """On a storage of another maker."""

    memory = InMemoryStorage()
    picture = ImageField(upload_to="emblems", storage=memory, default=emblem)
    second = ImageField(upload_to="emblems", storage=memory, db_default="badges/second.png")

    class Meta:
        app_label = "uploads"

    def __str__(self):
        return self.picture.name


class Record(models.Model):
    """Its former files are somebody's to look up."""

    file = FileField(upload_to="records/%Y", keep=True)

    class Meta:
        app_label = "uploads"

    def __str__(self):
        return self.file.name


class Ticket(models.Model):
    """Its pk comes behind its file."""

    file = FileField(upload_to="tickets")
    code = models.CharField(max_length=50, primary_key=True)

    class Meta:
        app_label = "uploads"

    def __str__(self):
        return self.code


class Paper(models.Model):
    album = models.ForeignKey(Album, on_delete=models.CASCADE, null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True)
    title = models.CharField(max_length=255)
    file = FileField(upload_to="papers/%d", max_length=200)

    class Meta:
        app_label = "uploads"

    def __str__(self):
        return self.title

    def may_read(self, user):
        return user == self.owner
