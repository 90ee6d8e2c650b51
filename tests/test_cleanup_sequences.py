"""The generated project's files follow its rows, whatever is done and however often at once."""

import shutil
import subprocess
import time

import pytest

from conftest import ENVIRONMENT, INSIDE, bin_of, run_inside

pytestmark = pytest.mark.slow

BESIDE = "--ds=company_settings"  # a second database
PROCESSES = 8
ROUNDS = 60  # for each process: 480 files


def test_two_databases_and_a_fork(bake, world, tmp_path):
    said = run_inside(bake(), world, "test_two_databases.py", tmp_path, BESIDE)
    assert "17 passed, 2 skipped" in said


def test_any_sequence_leaves_files_and_rows_level(bake, world, tmp_path):
    assert "1 passed" in run_inside(bake(), world, "test_sequences.py", tmp_path, BESIDE)


@pytest.mark.parametrize(
    ("kind", "size"), [("memory", 3_000), ("file", 3_000_000), ("field", 3_000)]
)
def test_racing_saves_of_one_name_lose_nothing(kind, size, bake, worlds):
    project, world = bake(), worlds("django-5.2")
    command = [bin_of(world.venv, "python"), INSIDE / "racing.py", kind, str(ROUNDS), str(size)]
    processes = [
        subprocess.Popen(
            [str(part) for part in command],
            cwd=project.path,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    start = time.time() + 3  # seconds, for all to be ready
    for process in processes:
        process.stdin.write(f"{start}\n")
        process.stdin.flush()
    saved = [line.split() for p in processes for line in p.communicate(timeout=300)[0].splitlines()]
    folder = project.path / "media_private"
    assert len(dict(saved)) == PROCESSES * ROUNDS
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == set(dict(saved))
    for name, mark in saved:
        assert (folder / name).read_bytes() == mark.encode().ljust(size, b".")
    shutil.rmtree(folder)
