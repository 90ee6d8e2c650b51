"""Those that the tests of django-storages are written for, with what our buckets want."""

from config.settings import PRIVATE_MEDIA_URL  # noqa: F401
from tests.settings import *  # noqa: F403

TEST_RUNNER = "suites.runner.Runner"
