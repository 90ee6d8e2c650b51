"""What goes wrong on an owner's first day is said in words, or doesn't go wrong."""

import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import reading
from conftest import ENVIRONMENT, SERVED, TEMPLATE, bin_of, find_python, run, uv

pytestmark = pytest.mark.slow

# Of other programs: none may stop the start, whatever it resembles.
FOREIGN = """DATABASE_USER DATABASE_URI DATABASE_URL_RO S3_MEDIA_BUCKET AWS_MEDIA_BUCKET NDEBUG
XDEBUG ALLOWED_HOST CI_SECRET_KEY SECRET_KEY_1 DJANGO_CSRF_TRUSTED_ORIGINS""".split()


@pytest.fixture(scope="module")
def world(worlds):
    return worlds(SERVED)


@pytest.fixture
def project(bake):
    return bake()


def last_line(done):
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    return done.stdout.strip().splitlines()[-1]


# Before there is a project


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10"])
def test_old_python_is_told_in_one_line(version, template, config_file, tmp_path):
    python = find_python([version])
    if not python:
        pytest.skip(f"Python {version} is not on this machine: uv python install {version}")
    run(uv(), "venv", "-q", "-p", python, tmp_path / "venv")
    old = bin_of(tmp_path / "venv", "python")
    run(uv(), "pip", "install", "-q", "-p", old, "cookiecutter>=2.1")
    out = tmp_path / "out"
    out.mkdir()
    command = [old, "-m", "cookiecutter", template, "--config-file", config_file, "-o", out]
    for options in (["--no-input"], []):
        done = run(*command, *options, check=False)
        assert done.stdout.count("\n") == 1
        assert "Python 3.11 or newer is needed" in last_line(done)
        assert f"runs on {version} here" in done.stdout
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("folder", ["out", "Anna's own"])
def test_farewell_leads_to_the_project(folder, template, config_file, tmp_path):
    command = [sys.executable, "-m", "cookiecutter", template, "--config-file", config_file]
    done = run(*command, "--no-input", "-o", tmp_path / folder, cwd=tmp_path)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("  cd ")]
    if os.name != "nt":
        assert shlex.split(line) == ["cd", str(tmp_path / folder / "my_media_site")]


def ignored(project):
    """The lines of .gitignore about media, which are those of deploy/Dockerfile.dockerignore."""
    git = (project.path / ".gitignore").read_text(encoding="utf-8")
    lines = git.partition("backup\n")[2].splitlines()
    docker = (project.path / "deploy/Dockerfile.dockerignore").read_text(encoding="utf-8")
    assert docker.partition("/staticfiles\n")[2].splitlines() == [x.rstrip("/") for x in lines]
    return lines


def test_media_in_the_project_is_ignored_by_git(bake, cookies_session, template, tmp_path):
    assert ignored(bake()) == ["/media/", "/media_private/"]
    assert ignored(bake(media_root="data/up")) == ["/data/up/", "/data/up_private/"]
    assert ignored(bake(media_root=str(tmp_path / "media"))) == []


def test_absolute_media_in_the_project_is_ignored_by_git(cookiecutter, tmp_path):
    project = tmp_path / "out" / "my_media_site"
    done = cookiecutter("--no-input", f"media_root={project / 'up'}")
    assert done.returncode == 0, done.stderr
    lines = (project / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert lines[-2:] == ["/up/", "/up_private/"]


README = (TEMPLATE / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "number", [pytest.param(1, id="uv"), pytest.param(3, id="pip", marks=pytest.mark.bare)]
)
def test_first_line_in_the_shell_of_this_machine(number, template, tmp_path):
    """Without uv and `python`; on a bare Debian, see test_bare_debian.py.

    What pip downloads and compiles takes three times as long: it comes with -m bare.
    """
    line = reading.commands(README.partition("\n## ")[0])[number] + " --no-serve"
    clone = tmp_path / "clone"
    shutil.copytree(template, clone)
    python = Path(sys.executable).resolve()
    env = {k: v for k, v in ENVIRONMENT.items() if k != "UV"} | {"PIP_NO_COMPILE": "1"}
    if sys.platform == "win32":
        if number == 3:
            pytest.skip("of this line, the README says what to change on Windows")
        shell = ["powershell", "-NoProfile", "-Command", line.replace("python3", "python")]
        env["PATH"] = f"{python.parent};{env['PATH']}"
    else:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/python3").symlink_to(python)
        shell, env["PATH"] = ["sh", "-c", line], f"{tmp_path}/bin:/usr/bin:/bin"
    done = subprocess.run(shell, cwd=clone, env=env, capture_output=True, text=True, timeout=600)
    assert "User demo, password demo." in done.stdout, done.stderr
    assert list((tmp_path / "my_media_site/media/photos").rglob("*.webp"))


# The environment


@pytest.mark.parametrize("name", ["ALLOWED_HOST", "DEBG", "DATABASE_URI", "SECRETKEY"])
def test_misspelt_name_in_env_file_stops_the_start(name, project, world):
    with (project.path / ".env").open("a", encoding="utf-8") as env:
        env.write(f"{name}=x\n")
    done = project.manage(world, "check", check=False, env={name: "x"})
    assert f"{name} in .env is no variable of this project. Is it" in last_line(done)


def test_names_of_other_programs_never_stop_it(project, world):
    """A warning of `check` where ours is missing; what gunicorn runs says nothing."""
    done = project.manage(world, "check", env=dict.fromkeys(FOREIGN, "x"))
    named = {name for name in FOREIGN if f"{name} is in the environment" in done.stdout}
    ours = {"NDEBUG", "XDEBUG", "CI_SECRET_KEY", "SECRET_KEY_1"}  # DEBUG and SECRET_KEY are set
    assert named == set(FOREIGN) - ours
    assert done.stdout.count("config.W001") == len(named) * 2
    done = project.python(world, "-c", "import config.wsgi", env=dict.fromkeys(FOREIGN, "x"))
    assert done.stdout == ""


def test_env_file_reaches_boto3(project, world):
    with (project.path / ".env").open("a", encoding="utf-8") as env:
        env.write("AWS_DEFAULT_REGION=of-the-file\nAWS_ACCESS_KEY_ID=of-the-file\n")
    code = "import os, config.settings; print(*map(os.environ.get, {names}))"
    code = code.format(names=["AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"])
    done = project.python(world, "-c", code, env={"AWS_ACCESS_KEY_ID": "of-the-shell"})
    assert done.stdout.split() == ["of-the-file", "of-the-shell"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("DATABASE_URL", "mysql//x"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", " "),
    ],
)
@pytest.mark.parametrize("command", ["check", "migrate"])
def test_value_that_can_not_be_stops_the_start(command, name, value, project, world):
    done = project.manage(world, command, check=False, env={name: value})
    assert name in last_line(done)


ROOTS = "from django.conf import settings as s; print(s.MEDIA_ROOT, s.PRIVATE_MEDIA_ROOT)"


def test_each_media_root_has_a_default_of_its_own(project, world, tmp_path):
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    both = {
        "MEDIA_ROOT": f"{project.path}/media",
        "PRIVATE_MEDIA_ROOT": f"{project.path}/media_private",
    }
    for changed in ({}, *({name: f"{tmp_path}/elsewhere"} for name in both)):
        done = project.python(world, "-c", ROOTS, env=settings | changed)
        assert done.stdout.split() == [*(both | changed).values()]


def test_no_command_makes_folders(project, world):
    def folders():
        return {path for path in project.path.rglob("*") if path.is_dir()}

    before = folders()
    env = {"MEDIA_ROOT": "shop/media", "PYTHONDONTWRITEBYTECODE": "1"}
    project.manage(world, "migrate", env=env)
    for command in ("check", "orphans", "showmigrations", "makemigrations --check --dry-run"):
        project.manage(world, *command.split(), env=env)
    assert folders() == before


# The first run


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def status(url):
    """The status of an answer, None where there is none."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@contextlib.contextmanager
def server(project, *command):
    """A server that answers at its port while the block runs."""
    site = f"http://127.0.0.1:{free_port()}"
    command = [str(part).format(site.removeprefix("http://")) for part in command]
    with (project.path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=project.path, env=ENVIRONMENT, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while status(site) is None:
            assert process.poll() is None, (project.path / "server.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield site
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn is a thing of POSIX")
def test_gunicorn_with_debug_serves_static_files(project, world):
    project.manage(world, "migrate", "-v0")
    gunicorn = bin_of(world.venv, "gunicorn")
    with server(project, gunicorn, "-b", "{}", "config.wsgi") as site:
        found = {path: status(site + path) for path in ("/", "/static/site.css", ADMIN_CSS)}
    assert found == {"/": 200, "/static/site.css": 200, ADMIN_CSS: 200}


ADMIN_CSS = "/static/admin/css/base.css"


# The samples go


@pytest.mark.parametrize("begun", [True, False], ids=["after the demo", "in a new project"])
def test_samples_are_removed_in_reading_order(begun, project, world):
    """Word by word; after each step the site answers."""
    if begun:
        project.manage(world, "demo", "--no-serve")
        assert list((project.path / "media/photos").rglob("*.*"))
    readme = (project.path / "README.md").read_text(encoding="utf-8")
    text = reading.section(readme, "Remove the samples")
    *commands, check = [shlex.split(line) for line in reading.commands(text)]
    reading.remove_pages(project.path, text)
    for python, *command in commands:
        assert python == "python"
        project.python(world, *command)
        answers(project, world)
    reading.remove_code(project.path, text)
    assert "no issues" in project.manage(world, *check[2:]).stdout
    answers(project, world)
    left = project.path.rglob("media*/*/20*/**/*.*")
    assert {path.relative_to(project.path).parts[1] for path in left} <= {"profile_pictures"}
    shutil.rmtree(project.path / "media", ignore_errors=True)
    project.python(world, "-m", "pytest", "-q", "--collect-only")
    if not begun:  # rows and files are no business of tests, and the code is the same
        rest = ["accounts", "uploads/tests/test_handlers.py", "uploads/tests/test_serve.py"]
        project.test(world, *rest)


PAGES = """
import django; django.setup()
from django.test import Client
for path in ("/", "/accounts/login/", "/admin/login/", "/nowhere/"):
    print(Client(SERVER_NAME="localhost").get(path).status_code)
"""


def answers(project, world):
    env = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    said = project.python(world, "-c", PAGES, env=env).stdout.split()
    assert [word for word in said if word.isdigit()][:3] == ["200"] * 3, said
