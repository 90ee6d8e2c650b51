"""Run the benchmarks and print one table; exit code 1 when one misses its limit.

Each runs by itself, in an environment of its own: what the generated project needs, and the peers
of the dependency group `benchmarks`.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from .tools import ENVIRONMENT, ROOT, Row, bake, uv

NAMES = ["renditions", "upload", "gallery", "paging", "refusal", "generation", "first_picture"]
NAMES += ["nginx", "load", "bucket_memory", "bucket_requests", "racing", "copying", "large_video"]
TESTS = str(ROOT / "tests")  # for tests/services, whose servers are used here too
VERSIONS = "import django, PIL, pyvips; print(django.__version__, PIL.__version__, end=' ')"
VERSIONS += "; print(*(pyvips.version(part) for part in range(3)), sep='.')"


def environment(folder):
    """A virtual environment with the generated project's needs and the peers; its Python."""
    project = bake(folder)
    venv = folder / "venv"
    python = venv / "bin" / "python"
    subprocess.run([uv(), "venv", "-q", "-p", sys.executable, venv], check=True, env=ENVIRONMENT)
    groups = [f"{ROOT / 'pyproject.toml'}:{name}" for name in ("benchmarks", "services")]
    needs = ["-r", project / "pyproject.toml", "--extra", "s3", "--extra", "video"]
    needs += [word for group in groups for word in ("--group", group)]
    install = [uv(), "pip", "install", "-q", "-p", python, *needs]
    subprocess.run(install, check=True, env=ENVIRONMENT)
    return python


def rows(python, name, folder):
    """The rows of one benchmark, as they come; a last one that misses if it breaks."""
    running = subprocess.Popen(
        [python, "-m", f"tests.benchmarks.{name}"],
        cwd=ROOT,
        env={**ENVIRONMENT, "TMPDIR": str(folder), "PYTHONUTF8": "1", "PYTHONPATH": TESTS},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with running:
        for line in running.stdout:
            yield Row(**json.loads(line))
    if running.returncode:
        yield Row(f"{name} broke off: exit {running.returncode}", 1, 0, "")


def main(names):
    if unknown := set(names) - set(NAMES):
        sys.exit(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(NAMES)}.")
    missed = 0
    with tempfile.TemporaryDirectory(prefix="benchmarks-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # for nginx, which is another user
        python = environment(Path(folder))
        done = subprocess.run(
            [python, "-c", VERSIONS], check=True, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
        )
        django, pillow, libvips = done.stdout.split()
        print(
            f"Python {platform.python_version()}, Django {django}, Pillow {pillow}, "
            f"libvips {libvips}, {os.cpu_count()} CPUs\n"
        )
        print(f"{'what':90}{'measured':>10}{'limit':>12}")
        for name in names or NAMES:
            print(name)
            for row in rows(python, name, folder):
                missed += row.missed
                print(row, flush=True)
    print(f"\n{missed} missed" if missed else "\nAll within their limits.")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
