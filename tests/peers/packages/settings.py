"""The generated project with the packages that many have beside it."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [
    *INSTALLED_APPS,
    *["rest_framework", "simple_history", "reversion", "import_export", "formtools", "packages"],
]
ROOT_URLCONF = "packages.urls"
