"""A project that exists already takes uploads/ in, by the lines of docs/existing_project.md."""

import re
import shlex
import shutil
import sys
import tomllib

import pytest

from conftest import TEMPLATE, WORLDS, bin_of, find_python, needs, run, uv

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="cp and rm are of POSIX"),
]

PAGE = (TEMPLATE / "docs/existing_project.md").read_text(encoding="utf-8")
MODELS = """from django.db import models


class Old(models.Model):
    photo = models.ImageField(upload_to="old")
    paper = models.FileField(upload_to="papers")
"""
OLD_ROWS = """
import io
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from shop.models import Old
def picture(kind):
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "green").save(out, kind)
    return ContentFile(out.getvalue())
paper = default_storage.save("papers/a.pdf", ContentFile(b"%PDF-1.4 old"))
for name, kind in {"x.png": "PNG", "holiday.JPG": "JPEG", "wrong.jpg": "PNG"}.items():
    photo = default_storage.save(f"old/{name}", picture(kind))
    Old.objects.create(photo=photo, paper=paper)
Old.objects.create(photo="old/x.png", paper=paper)
Old.objects.create(photo=default_storage.save("old/broken.png", ContentFile(b"no picture")))
"""
VISIT = """
from django.contrib.auth.models import User
from django.template import Context, Template
from django.test import Client
from shop.models import *
anybody, staff = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
staff.force_login(User.objects.get_or_create(username="s", is_staff=True, is_superuser=True)[0])
def body(response):
    assert response.status_code == 200, response
    return b"".join(response)
def html(image):
    page = Template("{% load uploads %}{% picture image sizes='20rem' %}")
    return page.render(Context({"image": image}))
def codes(address):
    return [client.get(address).status_code for client in (anybody, staff)]
"""
AS_BEFORE = """
rows = list(Old.objects.order_by("pk"))
assert [r.photo.name for r in rows[:2]] == ["old/x.png", "old/holiday.JPG"]
for row in rows:
    assert row.photo.url in html(row.photo)
    assert body(anybody.get(row.photo.url))
assert body(anybody.get("/media/papers/a.pdf")) == b"%PDF-1.4 old"
"""
WITH_RENDITIONS = """
*rows, broken = Old.objects.order_by("pk")
assert [len(r.photo.renditions) for r in rows] == [2] * 4, rows
assert len({r.photo.name for r in rows}) == 4
assert [r.photo.extension for r in rows] == ["png", "jpg", "png", "png"]
for row in rows:
    page = html(row.photo)
    assert "400w" in page and 'width="900"' in page, page
    answer = anybody.get(row.photo.url)
    assert body(answer) and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert all(body(anybody.get(url)) for url in row.photo.renditions.values())
assert broken.photo.name == "old/broken.png"
from pathlib import Path
assert [path.name for path in Path("media/old").glob("*.*")] == ["broken.png"]
assert body(anybody.get("/media/papers/a.pdf")) == b"%PDF-1.4 old"
"""
NEW_ROWS = """
import io, os
from django.core.files.uploadedfile import SimpleUploadedFile as Sent
from PIL import Image
out = io.BytesIO()
Image.frombytes("RGB", (1200, 900), os.urandom(3_240_000)).save(out, "PNG")
image = lambda: Sent("a.png", out.getvalue())
pdf, long_name = Sent("a.pdf", b"%PDF-1.4 new"), Sent("a." + "x" * 250, bytes(3_000_000))
add = "/admin/shop/product/add/"
assert len(out.getvalue()) > 2_621_440, "goes through a temporary file"
assert staff.post(add, {"image": image(), "manual": pdf}).status_code == 302
product = Product.objects.get()
assert "800w" in html(product.image)
assert codes(product.image.url) == [200, 200]
assert product.manual.url.startswith("/private/manuals/")
assert codes(product.manual.url) == [302, 200]
assert body(staff.get(product.manual.url)) == b"%PDF-1.4 new"
page = staff.post(add, {"image": long_name, "manual": ""})
assert page.status_code == 200 and "are not accepted here" in page.content.decode()
page = staff.post(add, {"image": Sent("a.png", bytes(51 * 1024**2)), "manual": ""})
assert page.status_code == 413 and "50 MB is the most" in page.content.decode()
assert Product.objects.count() == 1
"""
NOW_PRIVATE = """
assert codes("/media/papers/a.pdf") == [404, 404]
*papers, _ = Old.objects.order_by("pk")
assert [codes(row.paper.url) for row in papers] == [[302, 200]] * 4
assert {body(staff.get(row.paper.url)) for row in papers} == {b"%PDF-1.4 old"}
"""


def blocks(section):
    """[(language, code)] of a section of the page."""
    text = re.search(rf"(?ms)^## {section}\n(.*?)(?=^## |\Z)", PAGE)[1]
    return re.findall(r"(?ms)^```(\w+)\n(.*?)^```", text)


def code(section, language, file=None):
    """The one block of this language, or the one that is for a file."""
    (found,) = [
        code
        for kind, code in blocks(section)
        if kind == language and (file is None or code.startswith(f"# {file}"))
    ]
    return found


class Site:
    """What `django-admin startproject` makes, with an app, and rows in it."""

    def __init__(self, folder, world, generated):
        versions, django = WORLDS[world]
        python = find_python(versions) or needs(f"Python {versions[0]}", "uv python install")
        self.path, self.venv = folder / "mine", folder / "venv"
        run(uv(), "venv", "-q", "--python", python, self.venv)
        self.install(django)
        self.path.mkdir()
        shutil.copytree(generated, folder / "my_media_site")
        self.python("-m", "django", "startproject", "mysite", ".")
        self.python("-m", "django", "startapp", "shop")
        self.models = self.path / "shop/models.py"
        self.settings, self.urls = self.path / "mysite/settings.py", self.path / "mysite/urls.py"

    def install(self, *packages):
        run(uv(), "pip", "install", "-q", "-p", bin_of(self.venv, "python"), *packages)

    def python(self, *args, **options):
        return run(bin_of(self.venv, "python"), *args, cwd=self.path, **options)

    def manage(self, *args, **options):
        return self.python("-W", "error", "manage.py", *args, **options)

    def shell(self, *parts):
        return self.manage("shell", "-c", "\n".join(parts))

    def commands(self, section):
        """Run what the page says; returns what the last command prints."""
        for line in code(section, "bash").splitlines():
            command, *words = shlex.split(line)
            if words[:3] == ["-m", "pip", "install"]:
                self.install(*words[3:])
            elif command == "python":
                said = self.python("-W", "error", *words).stdout
            else:
                said = run(command, *words, cwd=self.path).stdout
        return said

    def lacks(self, path, line):
        """What check says without a line."""
        whole = path.read_text(encoding="utf-8")
        assert line in whole
        path.write_text(whole.replace(line, ""), encoding="utf-8")
        said = self.manage("check", check=False).stdout
        path.write_text(whole, encoding="utf-8")
        return said


def add(path, text):
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def put(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text, (path, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(params=WORLDS)
def site(request, tmp_path, bake):
    """With pictures and papers in Django's own fields."""
    made = Site(tmp_path, request.param, bake().path)
    made.models.write_text(MODELS, encoding="utf-8")
    add(made.settings, 'INSTALLED_APPS += ["shop"]\n')
    media = 'MEDIA_URL = "/media/"\nMEDIA_ROOT = BASE_DIR / "media"\n'
    add(made.settings, media)
    made.install(*dependencies())  # Django's ImageField wants Pillow
    made.manage("makemigrations", "-v0")
    made.manage("migrate", "-v0")
    made.shell(OLD_ROWS)
    put(made.settings, media, "")  # the page's lines have them
    return made


def dependencies():
    """What the page has installed."""
    (line,) = [line for line in code("The folder", "bash").splitlines() if "pip" in line]
    return shlex.split(line)[4:]


def test_dependencies_are_those_of_a_generated_project(bake):
    project = tomllib.loads((bake().path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert set(dependencies()) <= {*project["dependencies"], *extras["video"], *extras["pdf"]}
    for extra in extras["s3"]:
        assert f'`"{extra}"`' in PAGE


def wire(site):
    """The settings and the line of urls.py."""
    section = "Four settings and a line"
    add(site.settings, code(section, "python", "settings.py"))
    lines = code(section, "python", "urls.py")
    (imported,) = re.findall(r"(?m)^from .+$", lines)
    (route,) = re.findall(r"(?m)^    path.+$", lines)
    put(site.urls, "\nurlpatterns = [\n", f"{imported}\n\nurlpatterns = [\n{route}\n")
    assert "no issues (0 silenced)" in site.commands(section)
    middleware, *_ = re.findall(r"(?m)^MIDDLEWARE \+= .+\n", site.settings.read_text("utf-8"))
    said = site.lacks(site.settings, middleware)
    assert '"uploads.handlers.UploadMiddleware", last in MIDDLEWARE' in said
    assert site.lacks(site.urls, route).count('Type path("", include("uploads.urls")),') == 2
    assert 'Type MEDIA_URL = "/media/"' in site.lacks(site.settings, 'MEDIA_URL = "/media/"')
    root = 'MEDIA_ROOT = BASE_DIR / "media"'
    assert f"Type {root}" in site.lacks(site.settings, root)


def switch(site):
    """Our fields in place of Django's."""
    for sign, line in re.findall(r"(?m)^([-+])(.+)$", code("Fields with old files", "diff")):
        if sign == "-":
            old = line
        else:
            put(site.models, old, line)


def test_word_by_word(site):
    site.commands("The folder")
    wire(site)

    lines = code("A new model", "python", "models.py")
    imported = "from uploads.fields import FileField, ImageField\n"
    put(site.models, "from django.db import models\n", f"from django.db import models\n{imported}")
    add(site.models, lines.split(imported)[1])
    add(
        site.path / "shop/admin.py",
        "from shop.models import Product\nadmin.site.register(Product)\n",
    )
    site.commands("A new model")
    site.shell(VISIT, NEW_ROWS)
    assert (site.path / "media_private/manuals").is_dir()

    switch(site)
    *_, renditions = code("Fields with old files", "bash").splitlines()
    site.manage("makemigrations", "-v0")
    site.manage("migrate", "-v0")
    site.shell(VISIT, AS_BEFORE)
    said = site.commands("Fields with old files")
    assert renditions == "python manage.py rebuild_renditions"
    assert "old/broken.png stays as it is" in said
    assert "4 pictures from before stored anew" in said
    site.shell(VISIT, WITH_RENDITIONS)
    assert "4 pictures" not in site.manage("rebuild_renditions").stdout

    put(site.models, ", private=False)", ")")
    assert "4 files moved" in site.manage("rebuild_renditions").stdout
    site.shell(VISIT, NOW_PRIVATE)
    site.manage("makemigrations", "--check")
    assert "no issues (0 silenced)" in site.manage("check").stdout
