"""A model with fields of ours, as the packages beside it expect one."""

from django.db import models
from simple_history.models import HistoricalRecords
from uploads.fields import FileField, ImageField


class Product(models.Model):
    name = models.CharField(max_length=50)
    picture = ImageField(upload_to="products", blank=True)
    manual = FileField(upload_to="manuals", types=["pdf"], max_mb=0.1, keep=True, blank=True)
    history = HistoricalRecords()

    def __str__(self):
        return self.name
