"""Models with a history."""

import reversion
from django.db import models
from simple_history.models import HistoricalRecords
from uploads.fields import FileField


class Recorded(models.Model):
    # README: History, 1
    # README: History, 2

    class Meta:
        app_label = "beside"


# README: History, 3
class Registered(models.Model):
    # README: History, 1

    class Meta:
        app_label = "beside"
