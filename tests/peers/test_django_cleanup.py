"""What django-cleanup promises, our fields keep: its own tests, with them and without its app.

Its archive has the tests, but neither models nor fixtures: those are ours, in tests/peers/inside.
Left out is its test_integration.py, about thumbnails of packages that no world has.
"""

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import run, uv

pytestmark = [pytest.mark.slow, pytest.mark.peers]

INSIDE = Path(__file__).parent / "inside"
PEER = "django-cleanup==9.0.0"
SUITE, TESTS = ["test_all.py", "testing_helpers.py"], 26

# Those of its tests that fail, and by which error; above each, why that is meant.
DIFFERENCES = {
    # delete(save=False) takes a file from its row; the file goes when that is committed, no sooner.
    "test_exception_on_save": "AssertionError: assert not True",
    # Nothing is announced: renditions, which such a signal is mostly for, are the field's own.
    "test_signals": "KeyError: 'deleted'",
}


@pytest.fixture(scope="session")
def peer(tmp_path_factory):
    """The folder of django-cleanup's source archive."""
    folder = tmp_path_factory.mktemp("peer")
    download = [uv(), "tool", "run", "pip", "download", "-q", "--no-deps"]
    run(*download, "--no-binary", "django-cleanup", "-d", folder, PEER)
    (archive,) = folder.iterdir()
    shutil.unpack_archive(archive, folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


@pytest.mark.parametrize("field", ["FileField", "ImageField"])
def test_its_suite_passes_but_for_what_is_meant(field, peer, bake, world, tmp_path):
    project, report = bake(), tmp_path / "report.xml"
    shutil.copytree(INSIDE, project.path / "test")
    for name in SUITE:
        shutil.copy(peer / "test" / name, project.path / "test")
    done = project.python(
        *(world, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *("--ds=test.settings", f"--junitxml={report}", "test"),
        env={"PEER_FIELD": f"uploads.fields.{field}", "PYTHONPATH": str(peer / "src")},
        check=False,
    )
    assert done.returncode == 1, done.stdout  # some have failed, and pytest itself has not
    cases = list(ElementTree.parse(report).iter("testcase"))
    assert len(cases) == TESTS
    # A case with anything inside has failed, or was skipped.
    failed = {case.get("name"): case[0].get("message") for case in cases if len(case)}
    errors = {name: message.splitlines()[0] for name, message in failed.items()}
    assert errors == DIFFERENCES, done.stdout
