"""What an answer may be, and the names that are derived from it: the one place.

cookiecutter.json calls `accept` behind each question. It puts the answer in its usual form, asks
again when somebody is there to answer, and otherwise ends the program with one line. The other
filters write answers into the generated files. hooks/pre_gen_project.py takes a last look with the
same rules.
"""

import builtins
import contextlib
import json
import ntpath
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple

from jinja2.ext import Extension
from slugify import slugify  # a dependency of Cookiecutter itself

QUESTIONS = [
    "project_name",
    "project_slug",
    "media_url",
    "media_root",
    "profile_picture_folder",
    "image_folders",
    "file_folders",
    "max_upload_mb",
]

# Answers that would do, in order of preference: the first that fits the answers before it is shown.
EXAMPLES = {
    "project_name": ["My Media Site"],
    "media_url": ["/media/"],
    "media_root": ["media"],
    "profile_picture_folder": ["profile_pictures"],
    "image_folders": ["photos", "pictures", "gallery"],
    "file_folders": ["documents, videos", "papers, films", "none"],
    "max_upload_mb": ["50"],
}

# First segments of the generated project's own pages: see its config/urls.py.
PAGES = set("accounts admin health private static".split())

# What lies in the generated project beside its media.
PROJECT_FILES = set(
    """
    accounts config deploy docs library locale static staticfiles templates tests uploads
    .answers.json .cruft.json .env .env.example .git .github .gitignore .venv build dist venv
    conftest.py db.sqlite3 manage.py pyproject.toml readme.md uv.lock
    __pycache__ .pytest_cache .ruff_cache
    """.split()
)

# A project that is named like something it installs can't be installed.
DEPENDENCIES = set(
    """
    asgiref av boto3 botocore certifi colorama dj-database-url django django-storages environs
    gunicorn iniconfig jmespath marshmallow packaging pillow pillow-heif pip pluggy psycopg
    psycopg-binary psycopg-pool pygments pypdfium2 pytest pytest-django python-dateutil
    python-dotenv ruff s3transfer setuptools six sqlparse typing-extensions tzdata urllib3 wheel
    """.split()
)

# Names that the generated library app, or Django around it, already gives to something else.
CLASSES = set(
    "FileField ImageField ImageItem Item ItemAdmin Meta Migration Model ModelAdmin User".split()
)

# What file fields take, sorted as people name their folders: see FOLDERS. Each is a type of the
# generated uploads/formats/types.py; pictures are no document.
TYPES = {
    "documents": ["pdf", "docx", "odt", "xlsx", "ods", "pptx", "csv", "txt"],
    "audio": ["mp3", "m4a", "ogg", "wav"],
    "videos": ["mp4", "m4v", "webm", "mov"],
}
# What is in a folder, by the last word of its name, in the singular: any other word, or none of
# these, says nothing, and the folder takes all types, as for lectures, which have slides, too.
FOLDERS = {
    "documents": """
        agreement application article bill certificate contract curriculum cv deed document essay
        form guideline handout invoice letter manual manuscript memo minute offer order paper pdf
        policy presentation protocol quotation receipt report resume slide spreadsheet statement
        table thesis transcript warranty whitepaper worksheet
    """,
    "audio": "audio audiobook jingle melody mp3 music podcast song sound soundtrack track tune",
    "videos": "clip film footage movie reel screencast trailer video vlog webinar",
    "audio videos": "interview recording sermon",
}

# As requires-python in the generated pyproject.toml. This file has to be read by older ones.
OLDEST_PYTHON = (3, 11)

TEMPLATE = Path(__file__).resolve().parent
HOOKS = TEMPLATE / "hooks"

# Windows keeps these for itself, whatever stands behind a dot.
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$|clock\$)(\..*)?", re.I | re.A)


class Unusable(Exception):
    """Why an answer can't be used, in words for the person who gave it."""


class Refusal(SystemExit):
    """The end of the program, told in one line on stderr: no traceback, exit code 1."""

    def __init__(self, message):
        super().__init__(message)
        self.code = 1
        print(message, file=sys.stderr)


if sys.version_info < OLDEST_PYTHON:
    raise Refusal(
        "Python 3.11 or newer is needed, and Cookiecutter runs on "
        f"{sys.version_info[0]}.{sys.version_info[1]} here. With uv: uvx -p 3.13 cookiecutter ..."
    )


class Sample(NamedTuple):
    """A sample model and the words for it. `folder` is its page and its upload_to."""

    folder: str  # shop/product_galleries
    name: str  # ProductGallery
    key: str  # productgallery: Django's model_name
    verbose: str  # product gallery
    verbose_plural: str  # product galleries
    kind: str  # image or file: the name of its field
    field: str  # ImageField or FileField
    base: str  # ImageItem or Item: the class in library/models.py
    types: list | None  # extensions that the field takes; None: all of its kind


# Rules: each takes what was typed and the answers so far, and returns the answer in its usual form.


def project_name(text, answers):
    # Pasted text has odd spaces in it. Many scripts and emoji need joiners (U+200C, U+200D), which
    # Python doesn't call printable.
    text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text).strip()
    if not text.strip("\u200c\u200d"):
        raise Unusable("a project needs a name")
    if len(text) > 60:
        raise Unusable(f"{len(text)} characters are too many, 60 are the most")
    if not text.replace("\u200c", "").replace("\u200d", "").isprintable():
        raise Unusable("it has to be one line of printable text")
    return text


def project_slug(text, answers):
    slug = re.sub(r"[\s.]+", "_", text.strip().lower()).rstrip("-_")
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", slug):
        raise Unusable("it has to start with a letter from a to z, then letters, digits, - and _")
    if len(slug) > 60:
        raise Unusable(f"{len(slug)} characters are too many, 60 are the most")
    if re.sub(r"[-_]+", "-", slug) in DEPENDENCIES:
        raise Unusable("that is the name of a package the project installs")
    refuse_device(slug)
    return slug


def media_url(text, answers):
    text = text.strip().replace("\\", "/").lower()
    if re.match(r"[a-z][a-z0-9+.-]*:|//[^/]*\.", text):
        raise Unusable(
            "a path on the site itself is needed; "
            "the address of a CDN goes into the environment later, as MEDIA_URL"
        )
    segments = [s.strip() for s in text.split("/") if s.strip() not in ("", ".")]
    if not segments:
        raise Unusable("it would hide every page of the site")
    for segment in segments:
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", segment) or ".." in segment:
            raise Unusable(
                f"{show(segment)} can't be part of it: letters from a to z, digits, . - and _ can"
            )
    url = f"/{'/'.join(segments)}/"
    if len(url) > 100:
        raise Unusable(f"{len(url)} characters are too many, 100 are the most")
    if segments[0] in PAGES:
        raise Unusable(f"/{segments[0]}/ is taken by other pages of the site")
    return url


def media_root(text, answers):
    text = text.strip()
    if not text.strip("./\\"):
        raise Unusable("a folder of its own is needed: every visitor can read what lies in it")
    # Without a drive, Windows takes the one it happens to be on.
    absolute = os.path.isabs(text) and bool(os.name != "nt" or ntpath.splitdrive(text)[0])
    if not absolute and re.match(r"[/\\]|[a-z]:", text, re.I):
        raise Unusable("a path of another system: a folder in the project works on every system")
    drive, path = os.path.splitdrive(text) if absolute else ("", text)
    if os.name == "nt" or not absolute:
        path = path.replace("\\", "/")
    segments = [s for s in path.split("/") if s not in ("", ".")]
    for segment in segments:
        refuse_folder_name(segment)
    root = "/".join(segments)
    if len(root) > 200:
        raise Unusable(f"{len(root)} characters are too many, 200 are the most")
    if not absolute:
        refuse_part_of_project(segments[0])
        return root
    root = drive.replace("\\", "/") + "/" + root
    if project := project_folder(answers):
        media = Path(os.path.realpath(root))
        if media == project or media in project.parents:
            raise Unusable("the project would lie in it, and every visitor could read its settings")
        if project in media.parents:
            refuse_part_of_project(media.relative_to(project).parts[0])
    return root


def profile_picture_folder(text, answers):
    found = folders(text)
    if len(found) != 1:
        raise Unusable(f"one folder is needed, not {len(found)}" if found else "a folder is needed")
    return found[0]


def image_folders(text, answers):
    found = folders(text)
    if not found or found == ["none"]:
        raise Unusable("at least one folder is needed")
    refuse_clashes(sample_models(found, "image"), answers["media_url"])
    return ", ".join(found)


def file_folders(text, answers):
    found = folders(text)
    if not found:
        raise Unusable("at least one folder is needed, or the word none")
    if found == ["none"]:
        return "none"
    images = sample_models(folders(answers["image_folders"]), "image")
    refuse_clashes(images + sample_models(found, "file"), answers["media_url"])
    return ", ".join(found)


def max_upload_mb(text, answers):
    number = re.fullmatch(r"(\d{1,9})\s*(?:mi?b?|(gi?b?))?", text.strip(), re.I | re.A)
    if not number:
        raise Unusable("a whole number of megabytes is needed")
    size = int(number[1]) * (1024 if number[2] else 1)
    if not 1 <= size <= 2048:
        raise Unusable(f"{size} MB are out of range, which is 1 to 2048")
    return str(size)


# What the rules share.


def folders(text):
    """The folders in a list with commas, each in its usual form."""
    found = []
    for entry in text.lower().replace("\\", "/").split(","):
        segments = [re.sub(r"\s+", "_", s.strip()) for s in entry.split("/")]
        segments = [s for s in segments if s not in ("", ".")]
        for segment in segments:
            if not re.fullmatch(r"[a-z][a-z0-9_-]*", segment):
                raise Unusable(
                    f"{show(segment)} can't be the name of a folder: a letter from a to z first, "
                    "then letters, digits, - and _"
                )
            refuse_device(segment)
        folder = "/".join(segments)
        if len(folder) > 50:
            raise Unusable(f"{show(folder)} has {len(folder)} characters, 50 are the most")
        if folder in found:
            raise Unusable(f"{folder} is there twice")
        if folder:
            found.append(folder)
    if len(found) > 12:
        raise Unusable(f"{len(found)} folders are too many to start with, 12 are the most")
    return found


def refuse_clashes(samples, media_url):
    """Refuse folders that get in the way of each other, of Python, or of the site's other pages."""
    names = {}
    for sample in samples:
        folder, page = sample.folder, f"/{sample.folder}/"
        if folder.split("/")[0] in PAGES:
            raise Unusable(f"{page} is taken by other pages of the site")
        if page.startswith(media_url) or media_url.startswith(page):
            raise Unusable(
                f"its page {page} and the uploads under {media_url} would hide each other"
            )
        if sample.name in CLASSES or hasattr(builtins, sample.name):
            raise Unusable(f"{folder} would make a model called {sample.name}, which is taken")
        if sample.key in names:
            raise Unusable(
                f"{names[sample.key]} and {folder} would both make the model {sample.name}"
            )
        names[sample.key] = folder
    for folder in names.values():
        for page, does in {"new": "adds to", "delete": "deletes from"}.items():
            if f"{folder}/{page}" in names.values():
                raise Unusable(f"/{folder}/{page}/ is the page that {does} {folder}")


def refuse_folder_name(name):
    """Refuse a name in MEDIA_ROOT that some system would take for something else, or not at all."""
    if name == "..":
        raise Unusable('".." leads out of the folder: a folder elsewhere needs its whole path')
    if name.startswith("~") or "$" in name or "%" in name:
        raise Unusable(f"{show(name)} would stay as it is, it stands for no other folder here")
    if not name.isprintable() or re.search(r'[<>:"|?*\\`{}\[\]]', name):
        raise Unusable(f"{show(name)} has a character that some system doesn't take in a folder")
    if name != name.lstrip() or name != name.rstrip(" ."):
        raise Unusable(f"{show(name)} starts or ends with what Windows would drop")
    if len(os.fsencode(name)) > 255:
        raise Unusable(f"{show(name)} is too long for the name of a folder")
    refuse_device(name)


def refuse_part_of_project(name):
    if name.lower() in PROJECT_FILES:
        raise Unusable(f"{show(name)} is a part of the project itself")


def refuse_device(name):
    if DEVICES.fullmatch(name):
        raise Unusable(f"Windows keeps the name {name} for a device")


def show(text):
    """An answer for a message: in quotes, in one line, and not too long."""
    shown = repr(text)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def project_folder(answers):
    """Where the project is made: None until Cookiecutter tells it, after the last question."""
    if "_output_dir" in answers:
        return Path(os.path.realpath(answers["_output_dir"]), answers["project_slug"])


def roots(answers):
    """Public and private media as folders of the project: none where they lie elsewhere."""
    root = answers["media_root"]
    if os.path.isabs(root):
        project, root = project_folder(answers), Path(os.path.realpath(root))
        if project not in root.parents:
            return []
        root = root.relative_to(project).as_posix()
    return [root, f"{root}_private"]


# From an answer to names.

SAME = set(
    "aircraft atlas canvas data fish gas lens media news series sheep species".split(),
)
SINGULARS = dict(
    pair.split(":")
    for pair in """
    aliases:alias atlases:atlas bases:base brownies:brownie buses:bus caches:cache calories:calorie
    canoes:canoe canvases:canvas children:child cookies:cookie crises:crisis criteria:criterion
    excuses:excuse feet:foot gases:gas geese:goose hoodies:hoodie indices:index knives:knife
    lenses:lens lives:life matrices:matrix men:man menus:menu mice:mouse movies:movie people:person
    quizzes:quiz selfies:selfie shoes:shoe smoothies:smoothie teeth:tooth theses:thesis toes:toe
    wives:wife women:woman zombies:zombie
    """.split()
)
# The first ending that fits is replaced.
ENDINGS = [
    (r"(ss|us|sis|nis)$", r"\1"),  # class, status, analysis, tennis
    (r"(..)ies$", r"\1y"),  # galleries, but not pies
    (r"(lea|el|hal|cal|wol|thie|loa|scar)ves$", r"\1f"),  # shelves, but not archives
    (r"(heroe|potatoe|tomatoe|echoe|torpedoe|vetoe)s$", lambda m: m[1][:-1]),
    (r"(ss|ch|sh|x|zz)es$", r"\1"),  # addresses, boxes
    (r"(\w\w[^aeo]us)es$", r"\1"),  # statuses, but not houses
    (r"yses$", "ysis"),
    (r"s$", ""),
]


def singular(word):
    """The singular of an English plural, as well as a few rules know it: galleries -> gallery."""
    if word in SAME:
        return word
    if word in SINGULARS:
        return SINGULARS[word]
    for ending, replacement in ENDINGS:
        found, count = re.subn(ending, replacement, word)
        if count:
            return found or word
    return word


def sample_models(found, kind):
    """One Sample for each folder; `kind` is image or file."""
    samples = []
    for folder in found:
        words = re.split("[_-]+", folder.split("/")[-1].strip("_-"))
        one = [*words[:-1], singular(words[-1])]
        samples.append(
            Sample(
                folder=folder,
                name="".join(word.capitalize() for word in one),
                key="".join(one),
                verbose=" ".join(one),
                verbose_plural=" ".join(words),
                kind=kind,
                field=f"{kind.capitalize()}Field",
                base="ImageItem" if kind == "image" else "Item",
                types=types_of(one[-1]) if kind == "file" else None,
            )
        )
    return samples


def types_of(word):
    """The extensions that a folder of this name is for, or None: see FOLDERS."""
    for holds, words in FOLDERS.items():
        if word in words.split():
            return [extension for name in holds.split() for extension in TYPES[name]]
    return None


def models(answers):
    """The sample models that the answers ask for: images first, then files."""
    samples = sample_models(folders(answers["image_folders"]), "image")
    if answers["file_folders"] != "none":
        samples += sample_models(folders(answers["file_folders"]), "file")
    return samples


def slug(answers):
    """A project_slug that is made from the project's name and can always be used."""
    name = re.sub("['\u2019]", "", str(answers.get("project_name", "")))
    # Letters of any script become those that sound like them; what looks like HTML stays text.
    plain = slugify(name, separator="_", entities=False, decimal=False, hexadecimal=False)
    found = plain.lstrip("_0123456789")[:50].strip("_")
    for candidate in (found, f"{found}_site"):
        with contextlib.suppress(Unusable):
            return project_slug(candidate, answers)
    return "media_site"


# From an answer to the text of a file.


def py(value):
    """A Python literal as `ruff format` writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(py, value))}]"
    if not isinstance(value, str):
        return repr(value)
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + value.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def toml(value):
    """A basic string of TOML."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_json(answers):
    """The answers, as `cruft link --extra-context` takes them."""
    return json.dumps({q: answers[q] for q in QUESTIONS}, ensure_ascii=False, indent=2)


def made_with(answers):
    """What git calls this state of the template; its version, where it is no clone."""
    if (TEMPLATE / ".git").exists():
        command = ["git", "-C", str(TEMPLATE), "describe", "--tags", "--always"]
        with contextlib.suppress(OSError):
            found = subprocess.run(command, capture_output=True, encoding="utf-8")  # noqa: S603
            if not found.returncode:
                return found.stdout.strip()
    text = (TEMPLATE / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'(?m)^version = "(.+)"$', text)[1]


# Accepting, asking and refusing.


def judge(answers, question):
    """The answer in its usual form. Raises Unusable."""
    value = answers[question]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unusable("it has to be text")
    return globals()[question](str(value), answers)


def example(answers, question):
    """An answer that would do here."""
    for candidate in EXAMPLES.get(question) or [slug(answers)]:
        with contextlib.suppress(Unusable):
            return judge({**answers, question: candidate}, question)


def complaint(answers, question, reason):
    """One line about an answer that can't be used."""
    would_do = example(answers, question)
    return f"{question} {show(answers[question])}: {reason}. This would do: {would_do}"


def someone_to_ask():
    """Whether a person answers the questions."""
    # Cookiecutter, cruft and pytest-cookies ask through one function, which knows.
    frame = caller("prompt_for_config")
    return frame is not None and not frame.f_locals["no_input"]


def only_to_compare(answers):
    """Whether cruft makes this project beside the real one, for its diff, check or update."""
    return caller("_generate_output") is not None


def caller(function):
    """The frame of a function that is being called, or None: no tool tells a template this much."""
    frame = sys._getframe()
    while frame and frame.f_code.co_name != function:
        frame = frame.f_back
    return frame


def accept(answers, question):
    """Put the answer in its usual form, in `answers` itself. Asks again, or refuses."""
    while True:
        try:
            answers[question] = judge(answers, question)
            return answers[question]
        except KeyError:
            return ""  # the rest is in a replay file: last_look judges it
        except Unusable as reason:
            told = complaint(answers, question, reason)
            if not someone_to_ask():
                raise Refusal(told) from None
            try:
                answers[question] = ask(told, example(answers, question))
            except EOFError:
                raise Refusal(told) from None


def ask(told, default):
    """Say what is wrong and take another answer. Raises EOFError when nobody gives one."""
    from rich import get_console
    from rich.padding import Padding
    from rich.prompt import Prompt
    from rich.text import Text

    get_console().print(Padding(Text(told, style="yellow"), (0, 0, 0, 8)))
    return Prompt.ask("       ", default=default)


def folder(answers):
    """The project's folder in its usual form. Refuses a replayed one before it is made."""
    if "project_slug" not in answers:
        return ""  # the first answer was the name of this variable
    try:
        answers["project_slug"] = judge(answers, "project_slug")
    except Unusable as reason:
        raise Refusal(complaint(answers, "project_slug", reason)) from None
    return answers["project_slug"]


def last_look(answers):
    """Accept every answer once more; where one can't be used, refuse and leave no folder behind."""
    for question in QUESTIONS:
        answers.setdefault(question, "")
        try:
            answers[question] = judge(answers, question)
        except Unusable as reason:
            with contextlib.suppress(OSError):
                project_folder(answers).rmdir()  # Cookiecutter has just made it, and it is empty
            raise Refusal(complaint(answers, question, reason)) from None
    return ""


def edit_lines():
    """Let arrow keys move in an answer: input() does, as soon as readline is there."""
    if someone_to_ask() and sys.stdin.isatty():
        with contextlib.suppress(ImportError):  # on Windows, whose console does it by itself
            import readline  # noqa: F401


class Answers(Extension):
    """The filters of this file, for cookiecutter.json, the hooks and the project's files."""

    def __init__(self, environment):
        super().__init__(environment)
        edit_lines()
        filters = [accept, as_json, folder, last_look, made_with, models, only_to_compare, py]
        for function in [*filters, roots, slug, toml]:
            environment.filters[function.__name__] = function
        # cruft update renders two versions of the template in one process, each with its own rules.
        sys.modules.pop(__name__, None)

    def preprocess(self, source, name, filename=None):
        """Leave the braces in an answer alone: Cookiecutter renders answers as it renders files."""
        if name or "{" not in source:
            return source
        if source == "{{cookiecutter.project_slug}}":
            return "{{ cookiecutter | folder }}"
        if re.fullmatch(r"\{\{ cookiecutter \| (slug|accept\('\w+'\)) \}\}", source):
            return source  # from cookiecutter.json
        if any(source == hook.read_text(encoding="utf-8") for hook in HOOKS.glob("*.py")):
            return source
        return "{{ " + ascii(source) + " }}"
