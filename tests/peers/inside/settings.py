"""The generated project with the models of a peer's tests; the peer itself is not installed."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "test"]
