"""`check --deploy` on each kind of site; a server without Docker, in a folder for /srv."""

import re
import shlex
import subprocess

import pytest

from conftest import PRODUCTION
from services.servers import QUIET, Server
from services.sites import App

HTTPS = {"CSRF_TRUSTED_ORIGINS": "https://127.0.0.1"}
STRICT = ("check", "--deploy", "--fail-level", "WARNING")


def test_right_configuration_has_no_finding(site):
    assert "no issues" in site.app.manage(*STRICT, env=HTTPS)


@pytest.mark.parametrize(
    ("kind", "change", "finding", "words"),
    [
        ("disk", {"MEDIA_ROOT": "/proc/media"}, "W004", "'/proc/media'"),
        ("disk", {"MEDIA_URL": "https://cdn.example.com/"}, "W001", "MEDIA_BUCKET"),
        ("disk", {"DEBUG": "true"}, "security.W018", "DEBUG"),
        ("forwarded", {"AWS_DEFAULT_REGION": ""}, "W007", "eu-central-1"),
        ("forwarded", {"PRIVATE_MEDIA_BUCKET": "forwarded-public"}, "E011", "a second bucket"),
        ("forwarded", {"PRIVATE_MEDIA_BUCKET": ""}, "W008", "PRIVATE_MEDIA_BUCKET is not"),
        ("forwarded", {"MEDIA_BUCKET": ""}, "W008", "but MEDIA_BUCKET is not"),
        ("bucket", {"DEBUG": "true"}, "W009", "DEBUG"),
    ],
)
def test_each_fault_is_named(get_site, kind, change, finding, words):
    said = get_site(kind).app.manage(*STRICT, env=HTTPS | change, check=False)
    assert f"{finding})" in said
    assert words in said
    assert "HINT: " in said or finding.startswith("security")
    assert "Traceback" not in said


def test_proxy_that_sets_no_header(get_site):
    app = get_site("disk").app
    conf = app.code / "deploy" / "nginx.conf"
    text = conf.read_text()
    line = "proxy_set_header X-Forwarded-Proto $scheme;"
    assert text.count(line) == 1
    conf.write_text(text.replace(line, ""))
    said = app.manage(*STRICT, env=HTTPS, check=False)
    conf.write_text(text)
    assert "uploads.W010)" in said
    assert line in said


def test_bucket_without_boto3(get_site):
    """One sentence at every start, before anything is served."""
    code = """if True:
        import sys
        sys.modules["boto3"] = None  # as if it were not installed
        import config.settings
    """
    said = get_site("bucket").app.python("-c", code, check=False)
    assert said == "MEDIA_BUCKET needs boto3: uv sync --extra s3, or pip install '.[s3]'.\n"


def test_server_without_docker(project, venv, folder, running):
    """What deploy/gunicorn.service runs, with nothing but the .env that it describes."""
    here = f"/srv/{project.name}"
    place = folder / "server"
    app = App(place, project, venv, {})
    unit = (project / "deploy" / "gunicorn.service").read_text().replace(here, str(place))
    (place / "venv").symlink_to(venv)
    example = re.findall(r"^#     ([A-Z_]+)=(\S*)", unit, re.MULTILINE)
    env = dict(example) | {"SECRET_KEY": PRODUCTION["SECRET_KEY"], "ALLOWED_HOSTS": "localhost"}
    assert [name for name, value in env.items() if not value] == []
    (app.code / ".env").write_text("".join(f"{name}={value}\n" for name, value in env.items()))

    def of(name):
        return [shlex.split(line) for line in re.findall(rf"^{name}=(.*)", unit, re.MULTILINE)]

    assert of("WorkingDirectory") == [[str(app.code)]]
    assert of("EnvironmentFile") == [[str(app.code / ".env")]]
    options = {"cwd": app.code, "env": QUIET}
    for command in of("ExecStartPre"):
        subprocess.run(command, **options, check=True, capture_output=True)
    [start] = of("ExecStart")
    server = Server(start, place / "gunicorn.log", f"{place}/run/gunicorn.sock", cwd=app.code)
    running(server)
    # As Docker asks, too.
    asked = [venv / "bin" / "python", "deploy/healthcheck.py"]
    said = subprocess.run(
        asked, cwd=app.code, env=QUIET | env, capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("200 ")
    assert (place / "data" / "db.sqlite3").exists()
    assert list((place / "static").glob("site.*.css"))
    # A command by hand finds the same database: createsuperuser and the like.
    count = [*asked[:1], "manage.py", "migrate", "--check"]
    subprocess.run(count, **options, check=True)
    for temporary in app.code.glob("*.sqlite3"):
        pytest.fail(f"another database: {temporary}")
