"""The pages in docs/: their code is put into a project and run, and what they name is there.

docs/existing_project.md has tests/test_existing_project.py, docs/bucket.md has
tests/services/test_docs_bucket.py, and the lines of docs/updating.md are run by test_update.py.
"""

import re
import shlex
import shutil
from types import SimpleNamespace

import pytest

import reading
from conftest import INSIDE, SERVED, TEMPLATE, run, uv

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wishes")]

DRF = "djangorestframework>=3.16,<4"
# Where lines go that are for a file which is there already: above or below these.
PLACES = {
    "config/urls.py": ("above", '    path("", include("library.urls")),\n'),
    "shop/urls.py": ("below", "urlpatterns = [\n"),
    "library/models.py": (
        "above",
        '\n    class Meta(Item.Meta):\n        verbose_name = "document"\n',
    ),
}
CONTRACT = """
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from papers.models import Contract
user, _ = get_user_model().objects.get_or_create(username="owner")
Contract.objects.create(owner=user, file=ContentFile(b"%PDF-1.4", name="a.pdf"))
"""
NO_MIGRATION = """
from django.core.management import call_command
call_command("makemigrations", check=True)
"""
ORPHANS = """
from django.core.management import call_command
call_command("orphans", older_than=0)
"""
ALL_PUBLIC = """
from django.test import Client
from papers.models import Contract
names = [row.file.name for row in Contract.objects.all()]
assert len(names) == 1, names
for row in Contract.objects.all():
    answer = Client(SERVER_NAME="localhost").get(row.file.url)
    assert row.file.url.startswith("/media/contracts/"), row.file.url
    assert b"".join(answer) == b"%PDF-1.4", answer
"""


def page(name):
    return (TEMPLATE / f"docs/{name}.md").read_text(encoding="utf-8")


def replace(path, old, new):
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old} in {path}"
    path.write_text(text.replace(old, new), "utf-8")


def install(project, text):
    """Put the code of a page where its first lines say; returns the names of whole files."""
    whole = []
    for language, code in reading.fences(text):
        head, _, lines = code.partition("\n")
        match = re.match(r"(?:#|\{#) ([\w./]+\.(?:py|html))", head)
        if language not in ("python", "html") or not match:
            continue
        path = project.path / match[1]
        if match[1] in whole or match[1] in ("config/urls.py", "library/models.py"):
            add(path, match[1], lines)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(lines, "utf-8")
            whole.append(match[1])
    return whole


def add(path, name, lines):
    """Imports to the head of a file, routes and methods to their place."""
    imports, routes = re.findall(r"(?m)^from .+\n", lines), re.findall(r"(?m)^    path.+\n", lines)
    place, line = PLACES[name]
    new = "".join(routes) or f"\n{lines}"
    replace(path, line, new + line if place == "above" else f"{line}{new}")
    path.write_text("".join(imports) + path.read_text("utf-8"), "utf-8")


def small_machine(project):
    """The settings that docs/load_and_memory.md has for 512 MB."""
    path = project.path / "config/settings.py"
    (lines,) = reading.blocks(page("load_and_memory"), "# config/settings.py")
    for line, name in re.findall(r"(?m)^((\w+) = .+)$", lines):
        replace(path, re.search(rf"(?m)^{name} = .+$", path.read_text("utf-8"))[0], line)


def add_apps(project, *names):
    for name in names:
        line = '    "library.apps.LibraryConfig",\n'
        replace(project.path / "config/settings.py", line, f'{line}    "{name}",\n')


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A folder with Django REST framework, without the Django that it brings."""
    folder = tmp_path_factory.mktemp("packages")
    run(uv(), "pip", "install", "-q", "--no-deps", "--target", folder, DRF)
    return folder


@pytest.fixture(scope="module")
def site(bake, worlds, packages):
    """A project with the code of both pages, made and migrated by their own lines."""
    project, world = bake(), worlds(SERVED)
    env = {"PYTHONPATH": str(packages)}

    def type_in(line, **options):
        return project.python(world, *shlex.split(line.removeprefix("python ")), env=env, **options)

    model, private = page("model_with_uploads"), page("private_files")
    start, *rest = "".join(
        code for kind, code in reading.fences(model) if kind == "bash"
    ).splitlines()
    type_in(start)
    (project.path / "papers").mkdir()
    (project.path / "papers/__init__.py").touch()
    add_apps(project, "papers", "rest_framework", "shop")
    whole = install(project, model) + install(project, private)
    small_machine(project)
    type_in("manage.py makemigrations papers -v0")
    for line in rest:
        type_in(line)
    shutil.copy(INSIDE / "test_docs_pages.py", project.path)
    return SimpleNamespace(project=project, type=type_in, env=env, whole=whole, private=private)


def test_code_of_the_pages_is_sound(site, worlds):
    files = [name for name in site.whole if name.endswith(".py") and name != "shop/urls.py"]
    site.type(f"python -m ruff check --no-cache --output-format=concise {' '.join(files)}")
    site.type(f"python -m ruff format --no-cache --diff {' '.join(files)}")
    (migration,) = (site.project.path / "shop/migrations").glob("0001*.py")
    text = migration.read_text("utf-8")
    assert "max_mb" not in text
    assert "ratios" not in text


def test_pages_inside(site, world):
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_docs_pages.py"]
    said = site.project.python(world, *command, "-W", "default", env=site.env).stdout
    assert " passed" in said
    assert "skipped" not in said


def test_change_of_private(site):
    """In the order of the page, on disk: nothing is lost, or left at the old place."""
    section = site.private.partition("## A change of private=")[2]
    (line,) = (code.strip() for kind, code in reading.fences(section) if kind == "bash")

    def shell(*code):
        return site.type(f"manage.py shell -c {shlex.quote(chr(10).join(code))}").stdout

    shell(CONTRACT)
    models = site.project.path / "papers/models.py"
    replace(models, 'upload_to="contracts")', 'upload_to="contracts", private=False)')
    shell(NO_MIGRATION)
    site.type(line)
    assert "0 orphans" in shell(ORPHANS, ALL_PUBLIC)
    assert [*(site.project.path / "media_private").rglob("*.pdf")] == []
