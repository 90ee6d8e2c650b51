"""What pages make a browser fetch: each picture in the size that is shown, and no more."""

import pytest

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def gallery(site):
    """Sixty photos of different shapes: one page."""
    site.app.python("tests_fill.py")
