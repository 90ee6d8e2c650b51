"""Well-known packages beside our fields: tests/peers/packages, run in a generated project."""

import os
import shutil
from pathlib import Path

import pytest

from conftest import bin_of, run, uv

pytestmark = [pytest.mark.slow, pytest.mark.peers]

PACKAGES = [
    "djangorestframework>=3.16,<4",
    "django-import-export>=4.3,<5",
    "django-formtools>=2.5,<3",
    "django-ninja>=1.4,<2",
    "django-reversion>=6,<7",
    "django-simple-history>=3.10,<4",
    "factory-boy>=3.3,<4",
    "model-bakery>=1.20,<2",
]


def test_packages_beside_ours(bake, world, tmp_path):
    project = bake()
    shutil.copytree(Path(__file__).parent / "packages", project.path / "packages")
    python = bin_of(world.venv, "python")
    run(uv(), "pip", "install", "-q", "-p", python, "--target", tmp_path, *PACKAGES)
    for name in os.listdir(tmp_path):  # the world has its own Django, which is to be tested
        if name.lower().startswith("django") and name.lower().partition("-")[0] == "django":
            shutil.rmtree(tmp_path / name)
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--ds=packages.settings"]
    warnings = ["-W", "default"]  # theirs are not ours to mend
    said = project.python(
        world, *command, *warnings, "packages", env={"PYTHONPATH": str(tmp_path)}
    ).stdout
    assert " passed" in said
    assert "skipped" not in said
