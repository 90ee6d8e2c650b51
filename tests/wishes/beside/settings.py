"""The generated project with the packages of the wishes beside it."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework", "simple_history", "reversion", "beside"]
ROOT_URLCONF = "beside.urls"
# README: Test data, 4
