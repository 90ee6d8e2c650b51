"""Those that Django's tests are written for, with the generated project's for uploads."""

from config import settings as site
from django.conf import global_settings
from test_sqlite import *  # noqa: F403

OURS = {"FILE_UPLOAD_HANDLERS", "MEDIA_ROOT", "MEDIA_URL"}
values = vars(site).items()
globals().update({k: v for k, v in values if k in OURS or not hasattr(global_settings, k)})
# Where a project says nothing, uploads/defaults.py has others; Django's tests are about these.
STORAGES, FILE_UPLOAD_TEMP_DIR = global_settings.STORAGES, None
TEST_RUNNER = "suites.runner.Runner"
