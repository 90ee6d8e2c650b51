"""What the benchmarks share: projects to measure, turns to take, rows to print."""

import contextlib
import dataclasses
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# What a shell may have set for another project must not reach the ones that are measured.
FOREIGN = "DEBUG SECRET_KEY ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS STATIC_ROOT VIRTUAL_ENV".split()
FOREIGN += ["AWS_", "DATABASE_", "DJANGO_", "MEDIA_", "PRIVATE_MEDIA_", "PYTHON", "UV_PROJECT"]
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(tuple(FOREIGN))}


@dataclasses.dataclass
class Row:
    """One line of the table: `limit` is the most (or least), or None for what is only shown."""

    what: str
    figure: float
    limit: float | None = None
    unit: str = "x"
    at_least: bool = False

    @property
    def missed(self):
        if self.limit is None:
            return False
        return self.figure < self.limit if self.at_least else self.figure > self.limit

    def __str__(self):
        line = f"  {self.what:88}{self.written(self.figure):>10}"
        if self.limit is None:
            return line
        sign = ">=" if self.at_least else "<="
        return f"{line}{sign + ' ' + self.written(self.limit):>12}{'  MISSED' * self.missed}"

    def written(self, number):
        digits = {"x": 2, "%": 2, "s": 1, "ms": 1}.get(self.unit, 0)
        return f"{number:.{digits}f} {self.unit}".rstrip()


def report(rows):
    """Print rows for the process that makes the table of them."""
    for row in rows:
        print(json.dumps(dataclasses.asdict(row)), flush=True)


def uv():
    """The uv that runs this, or the one on PATH."""
    return os.environ.get("UV") or shutil.which("uv") or sys.exit("uv is needed: pip install uv")


def folder():
    """A new empty folder; the process that started all of this deletes it.

    Every user may enter it: nginx is another one than the app.
    """
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    return path


def bake(into, **answers):
    """Generate a project in the folder `into`; returns its folder."""
    settings = Path(into, "cookiecutter.json")  # JSON is YAML too
    own = {"replay_dir": f"{into}/replay", "cookiecutters_dir": f"{into}/cookiecutters"}
    settings.write_text(json.dumps(own))
    made = Path(into, "projects")
    command = [sys.executable, "-m", "cookiecutter", ROOT, "--no-input", "-o", made]
    command += ["--config-file", settings, *(f"{key}={value}" for key, value in answers.items())]
    run(*command, cwd=into)
    return next(made.iterdir())


def run(*command, cwd, **env):
    """Run a command to its end; its output goes to stderr, and only when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**ENVIRONMENT, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print(done.stdout[-3000:], file=sys.stderr)
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}")


def open_project(*apps, **answers):
    """Generate a project with an empty database, for this process to be; `apps` come on top.

    Returns its folder. May be called once.
    """
    project = bake(folder(), **answers)
    os.chdir(project)
    sys.path.insert(0, str(project))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    # For processes that this one starts.
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (project, ROOT, ROOT / "tests")))

    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.INSTALLED_APPS += apps
    settings.ALLOWED_HOSTS += ["testserver"]
    django.setup()
    call_command("migrate", verbosity=0)
    return project


def sample(public):
    """The first sample model that is public (an image), or private (a file)."""
    from library.views import samples

    return next(model for model in samples() if model.is_public() == public)


def user(name="visitor"):
    from django.contrib.auth import get_user_model

    return get_user_model().objects.create_user(name)


def logged_in(person):
    """A test client with the session of `person`."""
    from django.test import Client

    client = Client()
    client.force_login(person)
    return client


def by_turns(rounds, clock=time.perf_counter, **functions):
    """{name: seconds of each round by `clock`}, the functions called in turn.

    What slows the machine for a while slows all of them. A first round to warm up is left out.
    """
    times = {name: [] for name in functions}
    for turn in range(rounds + 1):
        for name, function in functions.items():
            start = clock()
            function()
            if turn:
                times[name].append(clock() - start)
    return times


def ratio(ours, peers):
    """The median of what the rounds of by_turns() say."""
    return statistics.median(a / b for a, b in zip(ours, peers, strict=True))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serve(application, cwd, **env):
    """The port of a gunicorn with one worker of a few threads that runs `application` in `cwd`."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--threads", "4", "--log-level", "warning"]
    server = subprocess.Popen(command, cwd=cwd, env={**ENVIRONMENT, **env}, stdout=sys.stderr)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if server.poll() is not None:
                raise SystemExit(f"gunicorn ended by itself: exit {server.returncode}")
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)
