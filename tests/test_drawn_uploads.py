"""Whatever bytes come under whatever name: they are accepted or refused, and nothing is left."""

import pytest

from conftest import run_inside

pytestmark = pytest.mark.slow


def test_any_bytes_under_any_name(bake, world, tmp_path):
    assert "9 passed" in run_inside(bake(), world, "test_drawn.py", tmp_path)
