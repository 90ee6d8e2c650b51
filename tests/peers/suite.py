"""Test suites of other packages: fetched, run in a generated project, and judged."""

import json
import shutil
from collections import Counter
from pathlib import Path

from conftest import bin_of, run, uv

SUITES = Path(__file__).parent / "suites"


def source(world, requirement, folder):
    """The unpacked source archive of a package, whose tests no wheel has."""
    python = bin_of(world.venv, "python")
    download = [uv(), "tool", "run", "--python", python, "pip", "download", "-q", "--no-deps"]
    package = requirement.partition("==")[0]
    run(*download, "--no-binary", package, "-d", folder, requirement)
    (archive,) = folder.iterdir()
    shutil.unpack_archive(archive, folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def run_suite(project, world, module, *args, env):
    """Run a module of tests/peers/suites in a project. Returns what happened, and its output."""
    shutil.copytree(SUITES, project.path / "suites")
    report = project.path / "report.json"
    env = {**env, "PEER_REPORT": str(report)}
    done = project.python(world, "-m", f"suites.{module}", *args, env=env, check=False)
    assert report.is_file(), done.stdout
    return json.loads(report.read_text(encoding="utf-8")), done.stdout


def short(test):
    """Its class and its name."""
    return ".".join(test.split(".")[-2:])


def each(classes, names, error):
    """The same error in each of these tests of each of these classes."""
    return {f"{c}.{name}": error for c in classes.split() for name in names.split()}


def judge(report, differences, output):
    """Assert that what fails is what is meant, no less either; print the figures of each suite.

    `differences` are the beginnings of errors by class and name of the test; those of tests that
    this version does not have don't count.
    """
    failed = {}
    for test, lines in report["failed"].items():
        assert short(test) not in failed, f"two tests are called {short(test)}"
        meant = differences.get(short(test), "nothing")
        others = [line for line in lines if not line.startswith(meant)]
        failed[short(test)] = others[0] if others else meant
    there = {short(test) for test in report["run"]}
    expected = {test: line for test, line in differences.items() if test in there}
    wrong = sorted(failed.items() ^ expected.items())
    assert not wrong, f"{output}\n{wrong}"
    kinds = [report["run"], report["skipped"], report["failed"]]
    ran, skipped, meant = (Counter(test.split(".")[0] for test in tests) for tests in kinds)
    for suite in ran:
        passed = ran[suite] - skipped[suite] - meant[suite]
        print(f"{suite}: {passed} passed, {meant[suite]} differ as meant, {skipped[suite]} skipped")
