"""What the tests share: projects baked from a clean copy of the template, and where they run."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sharing import folder_of_the_run, make_once

TEMPLATE = Path(__file__).parent.parent
INSIDE = Path(__file__).parent / "inside"
FOLDER = "{{cookiecutter.project_slug}}"
CI = os.environ.get("CI", "").lower() in ("1", "true")

# What a shell may have set for another project must not reach the ones that are tested here.
FOREIGN = tuple(
    "ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS DATABASE_ DEBUG DJANGO_ GIT_ MEDIA_ PRIVATE_MEDIA_ PYTEST_ "
    "PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH SECRET_KEY STATIC_ UV_PROJECT "
    "VIRTUAL_ENV".split()
)
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}

PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "only-for-tests-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "example.com",
}

# The oldest and the newest pair that is supported: name, Pythons that would do, Django.
WORLDS = {
    "django-5.2": (["3.11"], "django>=5.2,<5.3"),
    "django-6.1": (["3.13", "3.12"], "django>=6.1,<6.2"),
}
# The one that real servers run: most of what they are asked depends on neither Python nor Django.
SERVED = os.environ.get("SERVED_WORLD", "django-6.1")

LONGEST = ("test_generated", "test_cleanup_sequences", "test_existing_project")

collect_ignore = ["inside", "wishes"]  # run inside a generated project
if sys.platform == "linux":
    pytest_plugins = ["services.fixtures"]  # of tests/services and tests/browser
else:  # the servers are Debian's, and what is asked of processes is in /proc
    collect_ignore += ["browser", "services"]


def pytest_xdist_auto_num_workers():
    """One more than there are processors: the tests of real servers mostly wait."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items):
    """What takes longest by itself comes first: at the end, one process would work and two wait."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


def run(*command, cwd=None, env=None, check=True, timeout=600):
    """Run a command to its end. Returns it with its output, in which errors are mixed.

    Fails the test with that output when the exit code is not 0 and `check` is true.
    """
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**ENVIRONMENT, "PYTHONUTF8": "1", **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
    )
    if check and done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-6000:]}")
    return done


def uv():
    """The uv that runs these tests, or the one on PATH."""
    return os.environ.get("UV") or shutil.which("uv") or pytest.fail("uv is needed: pip install uv")


def find_python(versions):
    """The first interpreter of these versions on this machine, else None."""
    for version in versions:
        found = run(
            uv(), "python", "find", "--system", "--no-python-downloads", version, check=False
        )
        # Warnings about other interpreters may stand above the answer.
        path = Path(found.stdout.strip().splitlines()[-1]) if not found.returncode else None
        if path and path.is_file():
            return path
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
        for path in sorted(pyenv.glob(f"{version}.*/bin/python")):
            return path
    return None


def git(folder, *args):
    """Run git in a folder, as somebody. Returns what it prints."""
    somebody = ["-c", "user.name=Tests", "-c", "user.email=tests@example.com"]
    return run("git", *somebody, *args, cwd=folder).stdout


def bin_of(venv, name):
    """A program in a virtual environment."""
    return venv / "Scripts" / f"{name}.exe" if os.name == "nt" else venv / "bin" / name


# What a process of its own makes of a video or PDF depends on no database, no answer, and nothing
# that an owner sets: a third of the time of the generated project's tests. test_the_gate runs them.
ALL_BUT_FILMS = [
    f"--ignore=uploads/tests/test_{name}.py"
    for name in ("apart", "pdfs", "posters", "rewriting", "streams", "videos")
]

# In one interpreter: to start it costs more than what it does.
CHECKS = """
import sys
from manage import main
for line in ("check --fail-level WARNING", "makemigrations --check --dry-run"):
    sys.argv = ["manage.py", *line.split()]
    main()
"""


@dataclasses.dataclass
class World:
    """A Python with a Django and everything else that a generated project needs."""

    name: str
    venv: Path

    def packages(self):
        """The names of all that is installed."""
        listed = run(uv(), "pip", "list", "-q", "--format=json", "-p", bin_of(self.venv, "python"))
        return {package["name"].lower() for package in json.loads(listed.stdout)}


@dataclasses.dataclass
class BakedProject:
    """A generated project and its answers as they were accepted."""

    path: Path
    answers: dict

    def python(self, world, *args, **options):
        """Run the world's Python in the project: see run()."""
        return run(bin_of(world.venv, "python"), *args, cwd=self.path, **options)

    def manage(self, world, *args, **options):
        return self.python(world, "-W", "error", "manage.py", *args, **options)

    def lint(self, world):
        self.python(world, "-m", "ruff", "check", "--no-cache", "--output-format=concise")
        self.python(world, "-m", "ruff", "format", "--no-cache", "--diff")

    def check(self, world):
        """What needs no test to be seen: settings, models and migrations fit together."""
        self.python(world, "-W", "error", "-c", CHECKS)

    def check_deploy(self, world):
        self.manage(world, "check", "--deploy", "--fail-level", "WARNING", env=PRODUCTION)

    def test(self, world, *args):
        """The project's own tests. Nothing may be skipped but what is repeated for no model."""
        done = self.python(world, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *args)
        skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
        assert all("got empty parameter set" in line for line in skipped), done.stdout
        assert " passed" in done.stdout

    def sound(self, world):
        """What the project promises about itself without a test of its own being run."""
        self.lint(world)
        self.check(world)
        self.check_deploy(world)

    def gate(self, world):
        """Everything the project promises about itself."""
        self.sound(world)
        self.test(world)


def needs(what, how):
    """Skip the test because something is missing; in CI, fail it."""
    stop = pytest.fail if CI else pytest.skip
    stop(f"{what} is needed: {how}")


def make_venv(path, world, project, *options):
    """A virtual environment with a world's Python and Django, and all that the project needs."""
    versions, django = WORLDS[world]
    python = find_python(versions) or needs(
        f"Python {' or '.join(versions)}", f"uv python install {versions[0]}"
    )
    run(uv(), "venv", "-q", "--python", python, path)
    install = [uv(), "pip", "install", "-q", "-p", bin_of(path, "python"), django]
    run(*install, "-r", "pyproject.toml", "--group", "dev", *options, cwd=project)
    return path


def run_inside(project, world, test, folder, *options):
    """Run a test of tests/inside in a project; returns what pytest says.

    With --ds=company_settings there is a second database beside the first. Hypothesis, which the
    generated project doesn't need, goes into a folder of its own.
    """
    for name in {test, "test_two_databases.py"}:
        shutil.copy(INSIDE / name, project.path / "uploads/tests")
    shutil.copy(INSIDE / "company_settings.py", project.path)
    python = bin_of(world.venv, "python")
    run(uv(), "pip", "install", "-q", "-p", python, "--target", folder, "hypothesis<7")
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", f"uploads/tests/{test}", *options]
    env = {"PYTHONPATH": str(folder), "COMPANY_FOLDER": str(folder)}
    return project.python(world, *command, env=env).stdout


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A copy of the template as a clone would have it, without what tools leave behind."""
    copy = tmp_path_factory.mktemp("template") / "cookiecutter-django-media"
    junk = ["__pycache__", "*.pyc", "*.egg-info", "build", "dist", "uv.lock", ".*_cache"]
    kept = shutil.ignore_patterns(*junk, ".git", ".hypothesis", ".uv", ".venv")
    shutil.copytree(TEMPLATE, copy, ignore=kept)
    return copy


@pytest.fixture
def repository(template, tmp_path):
    """The template as a git repository, which is what cruft takes."""
    folder = tmp_path / "repository" / template.name
    shutil.copytree(template, folder)
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "First")
    return folder


@pytest.fixture(scope="session")
def bake(cookies_session, template):
    """bake(**answers) makes a project without asking, and fails the test when that fails."""

    def make(**answers):
        result = cookies_session.bake(extra_context=answers, template=str(template))
        if result.exception:
            pytest.fail(f"{answers}: {result.exception}")
        answers = {k: v for k, v in result.context.items() if not k.startswith("_")}
        return BakedProject(result.project_path, answers)

    return make


@pytest.fixture(scope="session")
def worlds(tmp_path_factory, bake):
    """worlds(name) makes the virtual environment of a world, once for all processes of a run."""
    folder, made = folder_of_the_run(tmp_path_factory), {}

    def make(name):
        if name not in made:
            venv = make_once(folder / name, lambda path: make_venv(path, name, bake().path))
            made[name] = World(name, venv)
        return made[name]

    return make


@pytest.fixture(params=WORLDS)
def world(request, worlds):
    """Each world in turn."""
    return worlds(request.param)


@pytest.fixture(scope="session")
def config_file(tmp_path_factory):
    """A configuration of Cookiecutter that keeps its files away from the person's own."""
    folder = tmp_path_factory.mktemp("cookiecutter")
    path = folder / "config.json"  # JSON is YAML too
    path.write_text(
        json.dumps({"replay_dir": str(folder / "replay"), "cookiecutters_dir": str(folder / "cc")})
    )
    return path


@pytest.fixture
def cookiecutter(template, config_file, tmp_path):
    """The command line: cookiecutter(*options) makes its project in tmp_path / "out".

    Returns the finished process, with stdout and stderr apart.
    """

    def call(*options, stdin=""):
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "cookiecutter", template, "-o", out]
        return subprocess.run(
            [*map(str, command), "--config-file", str(config_file), *options],
            env={**ENVIRONMENT, "PYTHONUTF8": "1", "COLUMNS": "200"},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    return call
