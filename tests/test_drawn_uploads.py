"""Whatever bytes come under whatever name: they are accepted or refused, and nothing is left."""

import shutil
from pathlib import Path

import pytest

from conftest import bin_of, run, uv

pytestmark = pytest.mark.slow

INSIDE = Path(__file__).parent / "inside"


def test_any_bytes_under_any_name(bake, world, tmp_path):
    project = bake()
    shutil.copy(INSIDE / "test_drawn.py", project.path / "uploads/tests")
    python = bin_of(world.venv, "python")
    run(uv(), "pip", "install", "-q", "-p", python, "--target", tmp_path / "more", "hypothesis<7")
    done = project.python(
        world,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "uploads/tests/test_drawn.py"),
        env={"PYTHONPATH": str(tmp_path / "more")},
    )
    assert "9 passed" in done.stdout
