"""A project over three versions of the template, with what owners do to theirs in between."""

import hashlib
import json
import re
import sys

import pytest

import reading
from conftest import FOLDER, SERVED, TEMPLATE, git, run
from test_end_to_end import cruft

pytestmark = pytest.mark.slow

PAGE = (TEMPLATE / "docs/updating.md").read_text(encoding="utf-8")
ANSWERS = {
    "project_name": """O'Neil's "best" \\ {{ photos }} $(id) 🦊""",
    "project_slug": "site-1",
    "media_url": "/up/load.s/",
    "media_root": "data/o'neil's медиа",
    "image_folders": "shop/product_galleries, news",
    "file_folders": "contracts/signed",
    "max_upload_mb": "1 GB",
}
NOTE = '    note = models.CharField(_("title"), max_length=100, blank=True)\n'
MIGRATION = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]

    operations = [
{%- for model in cookiecutter | models %}
        migrations.AddField(
            model_name={{ model.key | py }},
            name="note",
            field=models.CharField(blank=True, max_length=100, verbose_name="title"),
        ),
{%- endfor %}
    ]
"""
# What the template learns in a version: {file: (what stands there, what is to stand there)}.
SECOND = {
    "library/models.py": (
        '    created = models.DateTimeField(_("created")',
        NOTE + '    created = models.DateTimeField(_("created")',
    ),
    "library/views.py": ('"""', '"""New. '),
    "config/settings.py": ("IMAGE_MAX_FRAMES = 300", "IMAGE_MAX_FRAMES = 250"),
    "deploy/nginx.conf": ("    server_tokens off;", "    server_tokens off;  # new"),
    "uploads/sizes.py": ('"""', '"""New. '),
    "accounts/urls.py": ("from ", "# new\nfrom "),
}
THIRD = {
    "config/settings.py": ('LANGUAGE_CODE = "en-us"', 'LANGUAGE_CODE = "en-gb"'),
    "uploads/names.py": ('"""The names', '"""New. The names'),
    "manage.py": ("import os", "# new\nimport os"),
}


def put(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def release(repository, version, changes, extra=()):
    for name, (old, new) in changes.items():
        put(repository / FOLDER / name, old, new)
    for name, text in dict(extra).items():
        (repository / FOLDER / name).write_text(text, encoding="utf-8")
    commit(repository, version)
    git(repository, "tag", version)


def commit(folder, message):
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", message)


@pytest.fixture
def versions(repository):
    """The template with the tags one, two and three; the last is not there yet."""
    git(repository, "tag", "one")
    rules = repository / "cookiecutter.json"

    def publish(number):
        if number == "two":
            # A list that cruft had written down: the new one counts.
            put(rules, '"*.svg"', '"static/*.svg"')
            added = {"library/migrations/0002_note.py": MIGRATION, "uploads/notes.txt": "new\n"}
            release(repository, "two", SECOND, added)
        else:
            release(repository, "three", THIRD)

    return publish


class Owner:
    """Somebody's project, in git, with rows and files."""

    def __init__(self, project, world):
        self.path, self.world = project, world
        git(project, "init", "-q")
        commit(project, "First")
        self.manage("migrate", "-v0")
        self.manage("shell", "-c", ROWS)
        self.env = (project / ".env").read_bytes()
        self.before = self.files()
        assert len(self.before) > 5

    def python(self, *args, **options):
        name = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
        return run(self.world.venv / name, *args, cwd=self.path, **options)

    def manage(self, *args, **options):
        return self.python("manage.py", *args, **options)

    def files(self):
        data = self.path / "data"
        found = (path for path in data.rglob("*") if path.is_file())
        return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}

    def update(self, checkout):
        done = cruft("update", "-y", "--checkout", checkout, cwd=self.path)
        assert "rejected" not in done.stdout
        return done.stdout

    def conflicts(self):
        """{file: number of conflicts}"""
        found = {}
        for path in git(self.path, "ls-files", "-co", "--exclude-standard", "-z").split("\0"):
            file = self.path / path
            if path and file.is_file() and b"<<<<<<< " in file.read_bytes():
                found[path] = file.read_bytes().count(b"<<<<<<< ")
        assert list(self.path.rglob("*.rej")) == []
        return found

    def nothing_is_lost(self):
        assert (self.path / ".env").read_bytes() == self.env
        now = self.files()
        assert {name: now.get(name) for name in self.before} == self.before

    def suite(self, *args):
        done = self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", *args)
        assert " passed" in done.stdout


ROWS = """
import io
from django.apps import apps
from django.core.files.base import ContentFile
from PIL import Image
from accounts.models import User
out = io.BytesIO()
Image.new("RGB", (900, 600), "green").save(out, "JPEG")
picture = lambda: ContentFile(out.getvalue(), name="a.jpg")
paper = lambda: ContentFile(b"%PDF-1.4", name="a.pdf")
user = User.objects.create_user("anna", password="anna", profile_picture=picture())
for model in apps.get_app_config("library").get_models():
    file = {"image": picture()} if model.is_public() else {"file": paper()}
    model.objects.create(owner=user, title="mine", **file)
"""
SHOWN = """
from django.apps import apps
rows = [row for m in apps.get_app_config("library").get_models() for row in m.objects.all()]
assert [r.title for r in rows] == ["mine"] * 3, rows
assert all(r.upload.storage.exists(r.upload.name) for r in rows)
"""


def answered(repository, folder):
    """A project of cruft's, of the first version."""
    answers = json.dumps(ANSWERS)
    first = ("create", "-y", repository, "--checkout", "one", "--extra-context", answers)
    cruft(*first, cwd=folder)
    return folder / ANSWERS["project_slug"]


def test_owner_who_changed_much(versions, repository, worlds, tmp_path):
    """Settings, models and nginx, each with lines that the template has changed elsewhere."""
    owner = Owner(answered(repository, tmp_path), worlds(SERVED))
    put(
        owner.path / "config/settings.py", "IMAGE_WIDTHS = [400, 800, 1600]", "IMAGE_WIDTHS = [320]"
    )
    put(owner.path / "config/settings.py", 'LANGUAGE_CODE = "en-us"', 'LANGUAGE_CODE = "de"')
    put(owner.path / "deploy/nginx.conf", "worker_connections 1024;", "worker_connections 4096;")
    models = owner.path / "library/models.py"
    price = "    price = models.PositiveIntegerField(default=0, editable=False)\n\n"
    put(models, "    class Meta(Item.Meta):", f"{price}    class Meta(Item.Meta):")
    owner.manage("makemigrations", "library", "-v0")
    owner.manage("migrate", "-v0")
    commit(owner.path, "Mine")

    versions("two")
    owner.update("two")
    assert owner.conflicts() == {}
    assert (owner.path / "uploads/notes.txt").exists()
    settings = (owner.path / "config/settings.py").read_text(encoding="utf-8")
    assert "IMAGE_WIDTHS = [320]" in settings
    assert "IMAGE_MAX_FRAMES = 250" in settings
    assert "4096" in (owner.path / "deploy/nginx.conf").read_text(encoding="utf-8")
    said = owner.manage("makemigrations", "--check", check=False)
    assert said.returncode
    assert "makemigrations --merge" in said.stdout
    owner.manage("makemigrations", "--merge", "--no-input", "-v0")
    owner.manage("makemigrations", "--check")
    owner.manage("migrate", "-v0")
    owner.manage("shell", "-c", SHOWN)
    commit(owner.path, "Two")

    versions("three")
    owner.update("three")
    assert owner.conflicts() == {"config/settings.py": 1}
    settings = owner.path / "config/settings.py"
    text = settings.read_text(encoding="utf-8")
    both = re.search(r"(?s)<<<<<<< .*?\n(.*?)=======\n(.*?)>>>>>>> .*?\n", text)
    assert both.groups() == ('LANGUAGE_CODE = "de"\n', 'LANGUAGE_CODE = "en-gb"\n')
    settings.write_text(text.replace(both[0], both[1]), encoding="utf-8")
    commit(owner.path, "Three")
    owner.manage("check", "--fail-level", "WARNING")
    owner.manage("makemigrations", "--check")
    owner.manage("migrate", "-v0")
    owner.manage("shell", "-c", SHOWN)
    owner.nothing_is_lost()
    owner.suite("library/tests.py", "library/test_uploads.py", "accounts")


def without_samples(project):
    """What "Remove the samples" in the README comes to, and the line that updates want."""
    git(project, "rm", "-rq", "library", "templates/library")
    put(project / "config/settings.py", '    "library.apps.LibraryConfig",\n', "")
    home = 'path("", TemplateView.as_view(template_name="home.html"), name="overview")'
    put(project / "config/urls.py", 'path("", include("library.urls"))', home)
    view = "from django.views.generic import TemplateView\n"
    put(project / "config/urls.py", "\nfrom .health", f"{view}\nfrom .health")
    page = '{% extends "base.html" %}\n'
    (project / "templates/home.html").write_text(page, encoding="utf-8")
    put(project / "templates/base.html", '{% include "library/nav.html" %}', "")
    (skip,) = reading.blocks(PAGE, "# pyproject.toml")
    with open(project / "pyproject.toml", "a", encoding="utf-8") as file:
        file.write(f"\n{skip}")


def test_owner_who_removed_the_samples(versions, repository, worlds, tmp_path):
    owner = Owner(answered(repository, tmp_path), worlds(SERVED))
    gone = "from library.views import samples; [m.objects.all().delete() for m in samples()]"
    owner.manage("shell", "-c", gone)
    owner.manage("migrate", "library", "zero", "-v0")
    owner.before = owner.files()
    without_samples(owner.path)
    commit(owner.path, "Mine")
    for version in ("two", "three"):
        versions(version)
        owner.update(version)
        assert owner.conflicts() == {}
        there = [path for path in owner.path.rglob("library/**/*.*") if path.suffix != ".pyc"]
        assert there == []
        commit(owner.path, version)
    assert (owner.path / "manage.py").read_text(encoding="utf-8").count("# new") == 1
    owner.manage("check", "--fail-level", "WARNING")
    owner.manage("makemigrations", "--check")
    owner.manage("migrate", "-v0")
    owner.nothing_is_lost()
    owner.suite("accounts", "uploads/tests/test_checks.py", "uploads/tests/test_serve.py")


def lines_of(readme):
    """The commands of the section about newer versions, as an owner would type them."""
    section = re.search(r"(?ms)^## A newer version of the template\n(.*?)^## ", readme)[1]
    return re.findall(r"(?m)^    (.+)$", section)


@pytest.mark.skipif(sys.platform == "win32", reason='"$(cat ...)" is for a POSIX shell')
def test_project_of_plain_cookiecutter(versions, repository, config_file, tmp_path):
    """The README's own line links it, with its answers and to the version that it is from."""
    given = [f"{name}={value}" for name, value in ANSWERS.items()]
    cookiecutter = [sys.executable, "-m", "cookiecutter", "--config-file", config_file]
    run(*cookiecutter, repository, "--no-input", *given, cwd=tmp_path)
    project = tmp_path / ANSWERS["project_slug"]
    git(project, "init", "-q")
    commit(project, "First")
    versions("two")
    link, add = lines_of((project / "README.md").read_text(encoding="utf-8"))
    assert " --checkout one " in link
    on_page, add_on_page, *_ = (
        line for _, code in reading.fences(PAGE) for line in code.splitlines()
    )
    assert re.sub(r"--checkout \S+", "--checkout one", on_page) == link
    assert add_on_page == add
    url = re.search(r"https://\S+", link)[0]
    here = link.replace("uvx cruft", f"{sys.executable} -m cruft").replace(url, str(repository))
    run("sh", "-c", here, cwd=project)
    assert cruft("diff", cwd=project).stdout == ""  # the very same project, odd answers and all
    git(project, "add", ".cruft.json")
    assert add.startswith("git add .cruft.json && git commit")
    commit(project, "Linked")
    cruft("update", "-y", cwd=project)
    assert (project / "uploads/notes.txt").exists()
    new = {"library/migrations/0002_note.py", "uploads/notes.txt"}
    changed = set(git(project, "diff", "--name-only", "HEAD").split())
    assert changed == {*SECOND, *new, ".cruft.json", "README.md"}
    assert "--checkout two " in (project / "README.md").read_text(encoding="utf-8")
