"""System checks: mistakes in the settings for uploads, each with its value and with what to type.

`manage.py check` runs them, and so do `runserver` and `migrate`; `check --deploy` adds some.
SILENCED_SYSTEM_CHECKS = ["uploads.W001"] switches one off where a site knows better. The rules of a
field are in rules.py, which the field asks.
"""

from . import addresses, deployment, folders, stores, values, wiring  # noqa: F401  registers them
from .first_pages import check_first_pages  # noqa: F401
from .rewriting import check_rewriting  # noqa: F401
