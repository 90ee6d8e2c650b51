"""What the pages in docs/ and both READMEs link to is there, and so is what the pages name."""

import re
import sys

import pytest

import reading
from conftest import FOLDER, TEMPLATE, run

DOCS = sorted((TEMPLATE / "docs").glob("*.md"))
PAGES = [*DOCS, TEMPLATE / "README.md", TEMPLATE / FOLDER / "README.md"]
OURS = "https://github.com/org/cookiecutter-django-media"
PROJECT = TEMPLATE / FOLDER
# What is not of the template: made by an owner, by a page's own lines or by a tool.
FILE = r"[\w./-]*(?:/|\.(?:py|md|html|json|conf|yaml|toml|service|env))"
ELSEWHERE = {".cruft.json", ".env", "deploy/.env", "400.html", "503.html"}
OTHERS = ("media", "papers", "shop", "/")  # an owner's own, and addresses
DJANGOS = (
    "check createsuperuser makemigrations migrate runserver shell startapp collectstatic".split()
)
DJANGOS_OPTIONS = {"--deploy", "--check", "--merge"}


def spans(page):
    """What stands between backticks, and the lines that are to be typed."""
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"(?ms)^```.*?^```", "", text)
    typed = [code for kind, code in reading.fences(text) if kind in ("sh", "bash", "ini")]
    lines = [line.partition("# ")[0] for code in typed for line in code.splitlines()]
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)] + lines


def anchor(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(TEMPLATE)))
def test_links(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"(?ms)^```.*?^```", "", text))
    links += re.findall(r'<(?:source|img)[^>]* src(?:set)?="([^"]+)"', text)
    for link in links:
        place = re.sub(rf"^{OURS}(/(blob|raw)/main)?/?", f"{TEMPLATE}/", link)
        if place.startswith("https://"):
            continue
        path, _, wanted = place.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        if wanted:
            titles = re.findall(r"(?m)^#+ (.+)$", target.read_text(encoding="utf-8"))
            assert wanted in map(anchor, titles), link


@pytest.mark.parametrize("page", DOCS, ids=lambda path: path.stem)
def test_every_page_is_found(page):
    for readme in PAGES[-2:]:
        assert f"docs/{page.name})" in readme.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").count("\n") <= 170


def known_settings():
    sources = ["config/settings.py", "uploads/defaults.py", ".env.example"]
    sources += ["deploy/gunicorn.conf.py", "deploy/compose.yaml"]
    text = "".join((PROJECT / name).read_text(encoding="utf-8") for name in sources)
    return set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b", text))


@pytest.mark.parametrize("page", DOCS, ids=lambda path: path.stem)
def test_settings_and_variables_exist(page):
    named = {
        name
        for span in spans(page)
        for name in re.findall(r"(?:^|\s)([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|DEBUG)\b", span)
    }
    assert named <= known_settings(), named - known_settings()


@pytest.mark.parametrize("page", DOCS, ids=lambda path: path.stem)
def test_files_exist(page):
    for span in spans(page):
        if not re.fullmatch(FILE, span) or span in ELSEWHERE or span.startswith(OTHERS):
            continue
        assert any((place / span).exists() for place in (PROJECT, TEMPLATE)), span


@pytest.mark.parametrize("page", DOCS, ids=lambda path: path.stem)
def test_commands_and_their_options_exist(page):
    commands = {path.stem: path for path in PROJECT.glob("*/management/commands/*.py")}
    for span in spans(page):
        match = re.search(rf"manage\.py (\w+)(.*)|^({'|'.join(commands)})\b(.*)", span)
        if not match:
            continue
        name, options = match[1] or match[3], match[2] or match[4] or ""
        assert name in commands or name in DJANGOS, span
        for option in re.findall(r"(?<!\S)--[\w-]+", options):
            source = commands[name].read_text(encoding="utf-8") if name in commands else ""
            assert f'"{option}"' in source or option in DJANGOS_OPTIONS, span


def test_a_readmes_section_that_a_page_names_is_there():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for page in DOCS:
        for title in re.findall(r'README, "(.+?)"', page.read_text(encoding="utf-8")):
            assert re.search(rf"(?m)^##+ {title}$", readme), title


def test_options_of_cruft_exist():
    text = " ".join((TEMPLATE / "docs/updating.md").read_text(encoding="utf-8").split())
    for command, options in {
        "update": ["--skip-apply-ask", "--checkout"],
        "link": ["--checkout", "--no-input", "--extra-context"],
        "diff": [],
    }.items():
        said = run(sys.executable, "-m", "cruft", command, "--help", env={"COLUMNS": "200"}).stdout
        assert f"uvx cruft {command}" in text
        assert all(option in said and option in text for option in options), said


LOAD = (TEMPLATE / "docs/load_and_memory.md").read_text(encoding="utf-8")


def number(file, pattern):
    (found,) = re.findall(pattern, (TEMPLATE / file).read_text(encoding="utf-8"))
    return int(found)


def test_workers_fit_into_their_machine():
    worker = number("tests/services/load.py", r"WORKER_MB = (\d+)")
    system = 250  # Linux and nginx; PostgreSQL as much again
    rows = re.findall(
        r"(?m)^\| (\d+) (MB|GB), .*?\| (\d) \| (\d+).*? \| (\d+) MB \| (\w+) \|$", LOAD
    )
    assert len(rows) == 6
    for size, unit, workers, pictures, most, beside in rows:
        whole = int(size) * (1024 if unit == "GB" else 1)
        assert int(most) == int(workers) * (worker + int(pictures))
        assert int(most) + system <= whole
        assert (int(most) + 2 * system <= whole) == (beside == "yes")


def test_numbers_of_the_load_page():
    words = {"nine": 9, "three": 3, "eight": 8}
    threads = number(f"{FOLDER}/deploy/gunicorn.conf.py", r"(?m)^threads = (\d+)")
    pictures = number(f"{FOLDER}/uploads/formats/admission.py", r"(?m)^MOST = (\d+)")
    assert f"A worker has {threads} threads" in LOAD
    assert pictures == words["nine"]
    assert threads - pictures == words["three"]
    assert 100 // threads == words["eight"]
    patience = number(f"{FOLDER}/uploads/formats/admission.py", r"(?m)^PATIENCE = (\d+)")
    assert f"waited for {patience} seconds" in LOAD
    limit = number(f"{FOLDER}/deploy/nginx.conf", r"proxy_read_timeout (\d+)s")
    assert f"nginx gives up after {limit}" in LOAD
    wanted = number(f"{FOLDER}/uploads/defaults.py", r'"IMAGE_MEMORY_MB": (\d+)')
    assert wanted == 250


def test_figures_are_of_the_benchmark_and_within_its_limits():
    """Each format and each machine has its row; what was measured is no more than is promised."""
    worker = number("tests/services/load.py", r"WORKER_MB = (\d+)")
    benchmark = (TEMPLATE / "tests/benchmarks/load.py").read_text(encoding="utf-8")
    formats = re.findall(r'(?m)^    "([^",]+)": \((\d+), ', benchmark)
    rows = re.findall(r"(?m)^\| ([\w ]+), (\d+) MP.*? \| \d+ MB \| (\d+) MB \|", LOAD)
    assert [row[:2] for row in rows] == formats
    limit = 2 * (worker + 250)
    assert all(int(most) <= limit for *_, most in rows)
    machines = re.findall(r"(?m)^\| (\d) \| (\d+) \| \d+ MB \| (\d+) MB \|", LOAD)
    assert len(machines) >= 5
    for workers, megabytes, most in machines:
        assert int(most) <= int(workers) * (worker + max(int(megabytes), 250))
