"""The files that come out: which they are, and that each is sound."""

import ast
import fnmatch
import json
import re
import tomllib
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import local_extensions
from conftest import FOLDER, TEMPLATE, run

# Every path of a generated project. Answers never add one or take one away.
PATHS = """
.answers.json
.env
.env.example
.github/workflows/ci.yml
.gitignore
README.md
accounts/__init__.py
accounts/admin.py
accounts/apps.py
accounts/forms.py
accounts/migrations/0001_initial.py
accounts/migrations/__init__.py
accounts/models.py
accounts/tests.py
accounts/urls.py
accounts/views.py
config/__init__.py
config/context_processors.py
config/csp.py
config/environment.py
config/health.py
config/middleware.py
config/settings.py
config/tests.py
config/urls.py
config/wsgi.py
conftest.py
deploy/Dockerfile
deploy/Dockerfile.dockerignore
deploy/bucket-cors.json
deploy/bucket-policy.json
deploy/compose.yaml
deploy/gunicorn.conf.py
deploy/gunicorn.service
deploy/healthcheck.py
deploy/nginx.conf
library/__init__.py
library/admin.py
library/apps.py
library/drawings.py
library/forms.py
library/management/__init__.py
library/management/commands/__init__.py
library/management/commands/demo.py
library/migrations/0001_initial.py
library/migrations/0002_bytes_alt.py
library/migrations/__init__.py
library/models.py
library/quota.py
library/templatetags/__init__.py
library/templatetags/library.py
library/test_choice.py
library/test_faces.py
library/test_language.py
library/test_pages.py
library/test_quota.py
library/test_several.py
library/test_uploads.py
library/tests.py
library/urls.py
library/views.py
locale/de/LC_MESSAGES/django.mo
locale/de/LC_MESSAGES/django.po
manage.py
pyproject.toml
static/errors/413.html
static/errors/413.json
static/errors/414.html
static/errors/429.html
static/errors/429.json
static/errors/503.html
static/errors/503.json
static/errors/log_in.html
static/errors/log_in.json
static/favicon.svg
static/site.css
static/site.js
templates/400.html
templates/403.html
templates/403_csrf.html
templates/404.html
templates/500.html
templates/503.html
templates/accounts/account.html
templates/accounts/profile.html
templates/base.html
templates/library/delete.html
templates/library/delete_several.html
templates/library/detail.html
templates/library/drop.html
templates/library/edit.html
templates/library/empty.html
templates/library/items.html
templates/library/list.html
templates/library/nav.html
templates/library/new.html
templates/library/overview.html
templates/registration/login.html
templates/registration/logout.html
uploads/__init__.py
uploads/admin.py
uploads/answers.py
uploads/apps.py
uploads/bucket.py
uploads/checks/__init__.py
uploads/checks/addresses.py
uploads/checks/deployment.py
uploads/checks/findings.py
uploads/checks/first_pages.py
uploads/checks/folders.py
uploads/checks/places.py
uploads/checks/rewriting.py
uploads/checks/rules.py
uploads/checks/stores.py
uploads/checks/values.py
uploads/checks/wiring.py
uploads/cleanup.py
uploads/defaults.py
uploads/fields.py
uploads/formats/__init__.py
uploads/formats/accept.py
uploads/formats/admission.py
uploads/formats/animations.py
uploads/formats/apart.py
uploads/formats/containers.py
uploads/formats/decoding.py
uploads/formats/encoding.py
uploads/formats/frames.py
uploads/formats/index.py
uploads/formats/pages.py
uploads/formats/pdfs.py
uploads/formats/pictures.py
uploads/formats/pixels.py
uploads/formats/process.py
uploads/formats/refusals.py
uploads/formats/remuxing.py
uploads/formats/streams.py
uploads/formats/stripping.py
uploads/formats/types.py
uploads/formats/variants.py
uploads/formats/videos.py
uploads/forms.py
uploads/handlers.py
uploads/kept.py
uploads/locale/de/LC_MESSAGES/django.mo
uploads/locale/de/LC_MESSAGES/django.po
uploads/management/__init__.py
uploads/management/commands/__init__.py
uploads/management/commands/copy_media.py
uploads/management/commands/keep_deleted.py
uploads/management/commands/orphans.py
uploads/management/commands/rebuild_renditions.py
uploads/names.py
uploads/references.py
uploads/serve.py
uploads/several.py
uploads/sizes.py
uploads/static/uploads/upload.css
uploads/static/uploads/upload.js
uploads/storage.py
uploads/stored.py
uploads/templates/uploads/admin_list.html
uploads/templates/uploads/admin_several.html
uploads/templates/uploads/card.html
uploads/templates/uploads/face.html
uploads/templates/uploads/field.html
uploads/templates/uploads/file_input.html
uploads/templates/uploads/form.html
uploads/templates/uploads/kept.html
uploads/templates/uploads/media.html
uploads/templates/uploads/preview.html
uploads/templates/uploads/refused.html
uploads/templatetags/__init__.py
uploads/templatetags/uploads.py
uploads/tests/__init__.py
uploads/tests/clips.py
uploads/tests/conftest.py
uploads/tests/examples.py
uploads/tests/keeping.py
uploads/tests/level.py
uploads/tests/models.py
uploads/tests/papers.py
uploads/tests/right_site.py
uploads/tests/tasks.py
uploads/tests/test_admission.py
uploads/tests/test_apart.py
uploads/tests/test_checks.py
uploads/tests/test_cleanup.py
uploads/tests/test_commands.py
uploads/tests/test_company.py
uploads/tests/test_copies.py
uploads/tests/test_deployment_checks.py
uploads/tests/test_fields.py
uploads/tests/test_forms.py
uploads/tests/test_handlers.py
uploads/tests/test_kept.py
uploads/tests/test_kept_once.py
uploads/tests/test_language.py
uploads/tests/test_moves.py
uploads/tests/test_neighbours.py
uploads/tests/test_old_pictures.py
uploads/tests/test_pdfs.py
uploads/tests/test_pictures.py
uploads/tests/test_posters.py
uploads/tests/test_renditions.py
uploads/tests/test_rewriting.py
uploads/tests/test_rules.py
uploads/tests/test_saves.py
uploads/tests/test_serve.py
uploads/tests/test_settings.py
uploads/tests/test_storage.py
uploads/tests/test_streams.py
uploads/tests/test_videos.py
uploads/tests/test_wiring.py
uploads/tests/urls.py
uploads/tracking.py
uploads/urls.py
uploads/widgets.py
"""

OTHER_ANSWERS = {
    "project_name": """O'Neil's "best" {{ photos }} \\ 🦊""",
    "media_url": "uploads/pictures",
    "media_root": "data/o'neil",
    "profile_picture_folder": "people/faces",
    "image_folders": "shop/product_galleries, news, class",
    "file_folders": "none",
    "max_upload_mb": "1 GB",
}


@pytest.fixture(scope="module", params=[{}, OTHER_ANSWERS], ids=["default", "other"])
def project(request, bake):
    return bake(**request.param)


def files(folder, pattern="*"):
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


def texts(folder):
    """All files but pictures and compiled ones: of the catalogues see test_language.py."""
    return [path for path in files(folder) if path.suffix not in (".mo", ".pyc")]


def test_exactly_these_files(project):
    found = {path.relative_to(project.path).as_posix() for path in files(project.path)}
    assert found == set(PATHS.split())


def test_every_python_file_compiles(project):
    for path in files(project.path, "*.py"):
        compile(path.read_text(encoding="utf-8"), path, "exec")


def test_every_toml_file_parses(project):
    for path in files(project.path, "*.toml"):
        tomllib.loads(path.read_text(encoding="utf-8"))


def test_every_yaml_and_json_file_parses(project):
    for path in [p for kind in ("*.yaml", "*.yml") for p in files(project.path, kind)]:
        assert yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in files(project.path, "*.json"):
        json.loads(path.read_text(encoding="utf-8"))


def test_every_svg_file_parses(project):
    for path in files(project.path, "*.svg"):
        ElementTree.fromstring(path.read_text(encoding="utf-8"))


# Elements without an end.
VOID = {"br", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Balance(HTMLParser):
    """Every tag that is opened is closed, in order; there is no code or style inline."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if "style" in names or any(name.startswith("on") for name in names):
            self.wrong.append(f"<{tag}> has inline code")
        if tag == "style" or (tag == "script" and "src" not in names):
            self.wrong.append(f"inline <{tag}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at line {self.getpos()[0]} closes nothing")


def balance(html):
    """What is wrong with a page or a part of one."""
    parser = Balance()
    parser.feed(re.sub(r"(?s)\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", html))
    parser.close()
    return [*parser.wrong, *(f"<{tag}> is never closed" for tag in parser.open)]


def test_every_html_file_is_balanced(project):
    found = files(project.path, "*.html")
    wrong = {path.name: balance(path.read_text(encoding="utf-8")) for path in found}
    assert {name: messages for name, messages in wrong.items() if messages} == {}
    assert len(found) > 10


@pytest.mark.parametrize(
    "html",
    ["<p>", "</p>", "<b><i></b></i>", "<p style=''></p>", "<script>1</script>"],
)
def test_balance_finds_what_is_wrong(html):
    assert balance(html)


@pytest.mark.slow
def test_every_html_file_loads_through_django(project, world):
    code = """
import django; django.setup()
from pathlib import Path
from django.template import engines
names = [p.relative_to(r).as_posix() for r in Path().rglob("templates") for p in r.rglob("*.html")]
for name in names: engines["django"].get_template(name)
print(len(names))
"""
    done = project.python(world, "-c", code, env={"DJANGO_SETTINGS_MODULE": "config.settings"})
    templates = [path for path in files(project.path, "*.html") if "static" not in path.parts]
    assert int(done.stdout.split()[-1]) == len(templates)


def test_nothing_of_cookiecutter_is_left(bake):
    for path in texts(bake().path):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(\{\{|\{%|\{#)[^}]*cookiecutter", text), path
        if path.suffix not in (".html", ".yml") and path.name != "README.md":
            assert not re.search(r"\{%|%\}", text), path


def test_every_file_ends_in_one_newline_and_has_no_other(project):
    for path in texts(project.path):
        data = path.read_bytes()
        assert b"\r" not in data, path
        assert not data or data.endswith(b"\n"), path
        assert not data.endswith(b"\n\n"), path
        assert not re.search(rb"[ \t]\n", data), path


def test_what_needs_answers_is_rendered_and_all_else_is_copied(template):
    """So that a linter, an editor and a reader meet plain files wherever that is possible."""
    settings = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    patterns = settings["_copy_without_render"]
    used = set()
    for path in files(template / FOLDER):
        name = path.relative_to(template / FOLDER).as_posix()
        copied = {pattern for pattern in patterns if fnmatch.fnmatch(name, pattern)}
        text = path.read_text("utf-8", errors="replace")
        needs_answers = re.search(r"\{\{-? ?cookiecutter|cookiecutter \|", text)
        assert bool(copied) != bool(needs_answers) or not text, name
        used |= copied
    assert set(patterns) == used
    # A folder that matched would be removed with all that is in it by `cookiecutter -f`.
    for path in (template / FOLDER).rglob("*"):
        name = path.relative_to(template / FOLDER).as_posix()
        assert path.is_file() or not any(fnmatch.fnmatch(name, p) for p in patterns), name


def test_media_root_may_not_be_a_part_of_the_project(bake):
    parts = {path.name.lower() for path in bake().path.iterdir()}
    assert parts <= local_extensions.PROJECT_FILES


def test_no_model_may_take_a_name_of_the_generated_code(bake):
    project = bake()
    samples = {sample.name for sample in local_extensions.models(project.answers)}
    for name in ("library/models.py", "library/migrations/0001_initial.py"):
        tree = ast.parse((project.path / name).read_text(encoding="utf-8"))
        bound = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                bound |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        taken = {name for name in bound - samples if name[0].isupper()}
        assert taken <= local_extensions.CLASSES


def test_first_segments_of_the_sites_pages_are_reserved(bake):
    urls = (bake().path / "config" / "urls.py").read_text(encoding="utf-8")
    assert set(re.findall(r'path\("(\w+)/', urls)) <= local_extensions.PAGES


@pytest.mark.slow
def test_no_project_may_be_called_like_a_dependency(world):
    assert world.packages() <= local_extensions.DEPENDENCIES


def test_the_readme_names_every_question_with_its_default():
    readme = (TEMPLATE / "README.md").read_text(encoding="utf-8")
    questions = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    table = [line for line in readme.splitlines() if line.startswith("|")]
    for question, prompt in questions["__prompts__"].items():
        title = re.match(r"\[bold\](.+?)\[/\]", prompt)[1]
        (row,) = [line for line in table if line.startswith(f"| {title} |")]
        default = questions[question]
        assert "{{" in default or default in row.split("|")[2].replace("`", "")


def test_the_template_itself_is_clean():
    run("ruff", "check", "--no-cache", "--output-format=concise", cwd=TEMPLATE)
    run("ruff", "format", "--no-cache", "--diff", cwd=TEMPLATE)


def test_env_has_a_secret_key_of_its_own(bake):
    keys = set()
    for _ in range(2):
        project = bake()
        example = (project.path / ".env.example").read_text(encoding="utf-8").splitlines()
        env = (project.path / ".env").read_text(encoding="utf-8").splitlines()
        ((old, new),) = [pair for pair in zip(example, env, strict=True) if pair[0] != pair[1]]
        assert old == "SECRET_KEY="
        assert re.fullmatch(r"SECRET_KEY=[\w-]{60,}", new)
        keys.add(new)
    assert len(keys) == 2


def test_env_is_kept_when_the_project_is_made_again(cookiecutter, tmp_path):
    assert cookiecutter("--no-input").returncode == 0
    project = tmp_path / "out" / "my_media_site"
    (project / ".env").write_text("SECRET_KEY=mine\n")
    (project / "templates" / "mine.html").write_text("mine\n")
    (project / "uploads" / "mine").mkdir()
    assert cookiecutter("--no-input", "-f").returncode == 0
    assert (project / ".env").read_text() == "SECRET_KEY=mine\n"
    assert (project / "templates" / "mine.html").is_file()
    assert (project / "uploads" / "mine").is_dir()


printable = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "))


@given(printable | st.text("\"'\\ab"))
def test_py_and_toml_are_literals_of_the_text(text):
    assert ast.literal_eval(local_extensions.py(text)) == text
    assert tomllib.loads(f"x = {local_extensions.toml(text)}") == {"x": text}


@pytest.mark.parametrize("text", ["", "a", "it's", '"', "'\"", '"\'"', "\\", "\\'", '\\"', "é🦊"])
def test_the_formatter_leaves_py_alone(text, tmp_path):
    path = tmp_path / "x.py"
    path.write_text(f"x = {local_extensions.py(text)}\n", encoding="utf-8")
    run("ruff", "format", "--no-cache", "--isolated", "--check", path)
