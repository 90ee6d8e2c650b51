"""The wishes in the generated README: its lines are put into a project, and used.

tests/wishes is copied into the project, and each `README: wish, key` in it is replaced by those
lines: the key is the number of a piece of code in the table, or the file that a block is for.
"""

import ast
import contextlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from conftest import SERVED, bin_of, run, uv

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wishes")]
linux = pytest.mark.skipif(sys.platform != "linux", reason="the servers are Debian's")

HERE = Path(__file__).parent / "wishes"
PACKAGES = [
    "djangorestframework>=3.16,<4",
    "django-ninja>=1.4,<2",
    "django-reversion>=6,<7",
    "django-simple-history>=3.10,<4",
    "factory-boy>=3.3,<4",
    "model-bakery>=1.20,<2",
]
# Lines for files that the project has: the file, and what stands before them or behind them.
EDITS = {
    ("EPUB", "1"): ("uploads/formats/types.py", "FILES = {\n", ""),
    ("SVG to download", "1"): ("uploads/formats/types.py", "FILES = {\n", ""),
    ("EPUB", "2"): ("config/settings.py", "", "\n# What image fields take"),
    ("SVG to download", "2"): ("config/settings.py", "", "\n# What image fields take"),
    ("Square avatars", "1"): ("accounts/models.py", "", "        blank=True,\n    )\n"),
    ("Form for everybody", "deploy/nginx.conf, in http"): ("deploy/nginx.conf", "http {\n", ""),
    ("Form for everybody", "deploy/nginx.conf, in server"): (
        "deploy/nginx.conf",
        "",
        "        location / {\n",
    ),
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def section(readme):
    return re.search(r"(?ms)^## Wishes\n(.*?)^## ", readme)[1]


def rows(text):
    """{wish: what its row says}"""
    table = re.findall(r"(?m)^\| (.+?) \| (.+) \|$", text)
    assert table.pop(0) == ("wish", "the lines that grant it")
    assert len(dict(table)) == len(table)
    return dict(table)


def code_of(text):
    """{(wish, key): lines}: all that an owner would copy."""
    found = {}
    for wish, row in rows(text).items():
        pieces = re.findall(r"`([^`]+)`", row)
        code = [piece for piece in pieces if not re.fullmatch(r"[\w./-]+", piece)]
        found |= {(wish, str(number)): piece for number, piece in enumerate(code, 1)}
    for wish, block in re.findall(r"(?ms)^### (.+?)\n(.*?)(?=^### |\Z)", text):
        linked = f"[below](#{wish.lower().replace(' ', '-')})"
        assert linked in rows(text)[wish]
        for fence in re.findall(r"(?ms)^```\w+\n(.*?)^```", block):
            for file, lines in files_in(fence):
                found[wish, file] = lines.strip("\n")
    return found


def files_in(fence):
    """(file, lines) of a block; a comment begins each file."""
    parts = re.split(r"(?m)^(?:#|\{#) (\S+\.\w+(?:, in \w+)?|in manage\.py shell)\b.*\n", fence)
    assert not parts[0]
    return zip(parts[1::2], parts[2::2], strict=True)


def indented(lines, indent):
    return "".join(f"{indent}{line}".rstrip() + "\n" for line in lines.splitlines())


def fill(path, code):
    """Put the README's lines into a file. Returns which."""
    used = set()

    def lines(match):
        used.add((match[2], match[3]))
        return indented(code[match[2], match[3]], match[1])

    place = r"(?m)^( *)(?:#|\{#) README: (.+?), ([\w./-]+)(?: #\})?\n"
    path.write_text(re.sub(place, lines, path.read_text("utf-8")), "utf-8")
    return used


def insert(project, file, lines, before, after):
    path, near = project / file, before or after
    text = path.read_text("utf-8")
    assert text.count(near) == 1, f"{near} in {file}"
    indent = re.search(r"(?m)^ *", text[text.index(near) + len(before) :])[0]
    path.write_text(text.replace(near, before + indented(lines, indent) + after), "utf-8")


@pytest.fixture(scope="module")
def wishes(bake, worlds):
    """The project in which all wishes are granted, and what the README says of them."""
    project = bake(file_folders="uploads, videos")
    text = section((project.path / "README.md").read_text("utf-8"))
    code = code_of(text)
    junk = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE, project.path, ignore=junk, dirs_exist_ok=True)
    used = set()
    for app in ("wishes", "beside"):
        for path in sorted((project.path / app).rglob("*.*")):
            used |= fill(path, code) if path.suffix in (".py", ".html") else set()
    for key in EDITS:
        file, *around = EDITS[key]
        insert(project.path, file, code[key], *around)
    insert(project.path, "config/settings.py", '"wishes",', "", '    "library.apps')
    site = '    path("", include("library.urls")),\n'
    insert(project.path, "config/urls.py", 'path("", include("wishes.urls")),', "", site)
    project.manage(worlds(SERVED), "makemigrations", "wishes")
    return SimpleNamespace(
        project=project, path=project.path, text=text, code=code, used=used | set(EDITS)
    )


def granted():
    """The wishes: no other test here has a docstring, and these begin with one."""
    for path in (Path(__file__), *HERE.rglob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                doc = ast.get_docstring(node)
                yield from [doc.partition("\n")[0].removesuffix(".")] if doc else []


def test_every_wish_is_tested_and_every_line_used(wishes):
    assert set(granted()) == set(rows(wishes.text))
    assert wishes.used | {("S3 lifecycle", "in manage.py shell")} == set(wishes.code)


def test_files_that_rows_name_are_there(wishes):
    for row in rows(wishes.text).values():
        for file in re.findall(r"`([\w/]+\.(?:py|conf))`", row):
            assert (wishes.path / file).is_file() or file == "manage.py"


def test_project_is_sound(wishes, world):
    wishes.project.check(world)
    wishes.project.check_deploy(world)


def test_wishes_inside(wishes, world, tmp_path):
    python = bin_of(world.venv, "python")
    run(uv(), "pip", "install", "-q", "-p", python, "--target", tmp_path, *PACKAGES)
    for name in os.listdir(tmp_path):  # the world has its own Django, which is to be tested
        if name.lower().partition("-")[0] == "django":
            shutil.rmtree(tmp_path / name)
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--ds=beside.settings"]
    warnings = ["-W", "default"]  # theirs are not ours to mend
    env = {"PYTHONPATH": str(tmp_path)}
    said = wishes.project.python(world, *command, *warnings, "wishes", "beside", env=env).stdout
    assert " passed" in said
    assert "skipped" not in said


@pytest.fixture(scope="module")
def folder():
    """A folder that nginx may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="wishes-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def running():
    """start(server) starts it, to be stopped at the end."""
    with contextlib.ExitStack() as stack:

        def start(server):
            stack.callback(server.stop)
            return server.start()

        yield start


@pytest.fixture(scope="module")
def site(wishes, worlds, folder, running):
    """The project behind nginx, with the lines for deploy/nginx.conf in it."""
    from services import sites

    return running(sites.make("wishes", folder / "site", wishes.path, worlds(SERVED).venv, {}))


@pytest.fixture(scope="module")
def development(site, folder, running):
    """The address of `manage.py runserver`, with the same files and rows."""
    from services import servers

    address = ("127.0.0.1", servers.free_port())
    host = "{}:{}".format(*address)
    command, options = site.app.as_popen(
        *["manage.py", "runserver", "--noreload", host], env={"DEBUG": "true"}
    )
    running(servers.Server(command, folder / "runserver.log", address, **options))
    return f"http://{host}"


def in_shell(site, code):
    return site.app.manage("shell", "-c", code).splitlines()[-1]


@linux
@pytest.mark.parametrize("server", ["nginx", "runserver"])
def test_svg_as_it_is_sent(server, site, development):
    """SVG to download."""
    owner = site.visitor("owner")
    answer = owner.upload("/uploads/new/", "file", ("a.svg", SVG))
    page = owner.get(answer.headers["Location"]).text
    private = re.search(r"/private/uploads/[^\"]+\.svg", page)[0]
    code = "from django.core.files.base import ContentFile; from wishes.models import PublicFile; "
    code += f"file = ContentFile({SVG!r}, name='a.svg'); "
    public = in_shell(site, code + "print(PublicFile.objects.create(catalogue=file).catalogue.url)")
    for address in (private, public):
        # A new one each time: runserver closes its connections without saying so.
        visitor = site.visitor("owner", url=development if server == "runserver" else None)
        answer = visitor.get(address)
        assert (answer.status_code, answer.content) == (200, SVG)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@linux
def test_applications_in_a_row(site):
    """Form for everybody."""
    visitor = site.visitor()
    for _ in range(8):  # looking does not count
        assert visitor.get("/apply/").status_code == 200

    def apply():
        file = ("a.pdf", b"%PDF-1.4\n%%EOF\n")
        return visitor.send_form("/apply/", {"name": "Ann"}, {"cv": file}).status_code

    assert [apply() for _ in range(7)] == [302] * 5 + [429] * 2
    assert visitor.get("/apply/").status_code == 200
    assert (
        in_shell(site, "from wishes.models import Application; print(Application.objects.count())")
        == "5"
    )


@linux
def test_lifecycle(wishes, folder, running):
    """S3 lifecycle."""
    from services import servers

    s3 = running(servers.moto(folder))
    for bucket in ("my-media", "my-private-media"):
        s3.bucket(bucket)
    code = wishes.code["S3 lifecycle", "in manage.py shell"]
    run(sys.executable, "-c", code, env=servers.QUIET | s3.env)
    for bucket in ("my-media", "my-private-media"):
        (rule,) = s3.client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert rule["Status"] == "Enabled"
        assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
        assert "Expiration" not in rule
