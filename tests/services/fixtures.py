"""What tests of real servers and tests in a browser share: a project that can be served."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from conftest import SERVED, bin_of, make_venv, run
from services import sites
from sharing import folder_of_the_run, make_once


@pytest.fixture(scope="session")
def folder():
    """A folder that every user of the machine may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="services-"))
    path.chmod(0o755)
    yield path
    if not os.environ.get("SERVICES_KEEP"):
        shutil.rmtree(path)


@pytest.fixture(scope="session")
def running(folder):
    """start(server) starts it, to be stopped at the end."""
    with contextlib.ExitStack() as stack:

        def start(server):
            stack.callback(server.stop)
            return server.start()

        yield start


@pytest.fixture(scope="session")
def project(bake, worlds):
    """Compiled, since its sites are started again and again, and write nothing there."""
    path = bake().path
    run(bin_of(worlds(SERVED).venv, "python"), "-m", "compileall", "-q", path)
    return path


@pytest.fixture(scope="session")
def venv(tmp_path_factory, project):
    """The project's environment with everything that production needs, the bucket too.

    Compiled, as in a container: gunicorn is started again and again, and writes nothing there.
    """
    options = "--extra s3 --extra video --compile-bytecode".split()
    return make_once(
        folder_of_the_run(tmp_path_factory) / "services",
        lambda path: make_venv(path, SERVED, project, *options),
    )


@pytest.fixture(scope="session")
def make_site(folder, project, venv, running):
    """make_site(kind, env, machines=1, start=True): see sites.make()."""

    def make(kind, env=None, machines=1, start=True):
        site = sites.make(kind, folder / kind, project, venv, env or {}, machines)
        return running(site) if start else site

    return make


@pytest.fixture(scope="session")
def samples(project, venv):
    """{file name: content} of what visitors send; made by the generated project's own tests."""
    code = """if True:
        import pathlib, sys
        from uploads.tests import examples
        out = pathlib.Path(sys.argv[1])
        (out / "small.jpg").write_bytes(examples.jpeg(1000, 700))
        (out / "large.jpg").write_bytes(examples.jpeg(5000, 4000, quality=95))
        (out / "other.png").write_bytes(examples.png(900, 1200))
        (out / "paper.pdf").write_bytes(examples.pdf() + b"%" * 10_000)
        (out / "sheet.csv").write_bytes(b"a,b\\n1,2\\n")
        (out / "film.mp4").write_bytes(examples.mp4(6_000_000))
        (out / "clip.mp4").write_bytes(examples.mp4(2_400_000))
    """
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([bin_of(venv, "python"), "-c", code, out], cwd=project, check=True)
        return {path.name: path.read_bytes() for path in Path(out).iterdir()}
