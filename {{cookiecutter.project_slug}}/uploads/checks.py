"""System checks: mistakes in the settings for uploads, each with its value and with what to type.

`manage.py check` runs them, and so do `runserver` and `migrate`; `check --deploy` adds the last.
SILENCED_SYSTEM_CHECKS = ["uploads.W001"] switches one off where a site knows better.
"""

import os
import re
import tempfile
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.core import checks
from django.core.files.storage import FileSystemStorage, storages
from django.urls import Resolver404, get_resolver, resolve
from django.utils.module_loading import import_string

# id: what is wrong, what to type. E stops the site from starting, W doesn't.
FINDINGS = {
    "E001": (
        "{place.url_name} is '/' or empty: every address of the site would be an upload.",
        'Type {place.url_name} = "{place.url_example}".',
    ),
    "E002": (
        "{place.url_name} is {place.url!r}, without a slash at its end.",
        'Type {place.url_name} = "{place.url}/".',
    ),
    "E003": (
        "{name} {url!r} and {other_name} {other!r} are the same, or one lies in the other.",
        'Type STATIC_URL = "/static/", MEDIA_URL = "/media/" and PRIVATE_MEDIA_URL = "/private/".',
    ),
    "E004": (
        "{place.url_name} is {place.url!r}, and covers {count} of the site's routes: {pages}.",
        'Type {place.url_name} = "{place.url_example}", or another that no page begins with.',
    ),
    "E005": (
        "{place.root_name} is {place.root!r}, not an absolute path: it follows whatever folder the "
        "server is started in.",
        'Type {place.root_name} = BASE_DIR / "{place.root_example}".',
    ),
    "E006": (
        "{place.root_name} is {place.root!r}, and code is in it, {path}: people could download it.",
        'Type {place.root_name} = BASE_DIR / "{place.root_example}", for uploads alone.',
    ),
    "E007": (
        "{place.root_name} is {place.root!r}, inside {path}, where code is imported from.",
        'Type {place.root_name} = BASE_DIR / "{place.root_example}", outside all packages.',
    ),
    "E008": (
        "{place.root_name} {place.root!r} and {path}, of STATIC_ROOT or STATICFILES_DIRS, "
        "are the same, or one lies in the other.",
        'Type {place.root_name} = BASE_DIR / "{place.root_example}": uploads are no static files.',
    ),
    "E009": (
        "PRIVATE_MEDIA_ROOT {private!r} and MEDIA_ROOT {public!r} are the same, or one lies in "
        "the other: private files would be public.",
        'Type PRIVATE_MEDIA_ROOT = BASE_DIR / "media_private", beside MEDIA_ROOT.',
    ),
    "E010": (
        "{name} is {value!r}, and Django ignores it since 5.1.",
        'Remove it, and type STORAGES["{key}"] = {{"BACKEND": "{value}"}}.',
    ),
    "E011": (
        "MEDIA_BUCKET and PRIVATE_MEDIA_BUCKET are both {bucket!r}: whoever may read the public "
        "files may read the private ones.",
        "Make a second bucket that nobody may read, and name it in PRIVATE_MEDIA_BUCKET.",
    ),
    "E012": (
        "{field} has keep=True and upload_to={field.upload_to!r}: without a folder of their own, "
        "its files can't be told from others when no row names them any more.",
        'Type upload_to="{field.model._meta.model_name}_{field.name}" there.',
    ),
    "E013": (
        "{field} has types={field.types!r}, which is no list of types that it can recognise.",
        "Type types=[...] with some of these: {known}.",
    ),
    "E014": (
        "{field} has max_mb={field.max_mb!r}, which is no number of megabytes above 0 and up to "
        "MAX_UPLOAD_MB, {most}.",
        "Type max_mb={most}, or less; for more, first change MAX_UPLOAD_MB.",
    ),
    "E015": (
        "{field} has {rule}={value!r}: sizes are whole numbers of pixels above 0, widths a list.",
        "Type widths=[200, 400], max_side=2000 or min_side=400.",
    ),
    "W001": (
        "MEDIA_URL is {place.url!r}, but the files are on the disk of this machine.",
        'Type MEDIA_URL = "/media/", or set MEDIA_BUCKET. Where a CDN fetches its files from this '
        'site, type SILENCED_SYSTEM_CHECKS = ["uploads.W001"].',
    ),
    "W002": (
        "{place.url_name} is {place.url!r}, but no route answers below it: each file is a 404.",
        "Type {place.route} first in urlpatterns, not in i18n_patterns().",
    ),
    "W003": (
        "{place.url_name} is {place.url!r}, but below it answers the route {route!r}.",
        "Type {place.route} first in urlpatterns.",
    ),
    "W004": (
        "{place.root_name} is {place.root!r}, and nothing can be written there: {problem}.",
        "Give it to the user that runs the site, on Linux: install -d -o USER {place.root}",
    ),
    "W005": (
        "MEDIA_URL is {place.url!r}, and nobody sends its files: Django only does with DEBUG, and "
        "{conf} has no location for it.",
        "Type location {path} {{ alias {place.root}/; }} into nginx.conf, or set MEDIA_BUCKET. "
        'For another server, type SILENCED_SYSTEM_CHECKS = ["uploads.W005"].',
    ),
    "W006": (
        "MAX_UPLOAD_MB is {limit}, but client_max_body_size in {conf} is {found}.",
        "Type client_max_body_size {limit}m; once, for the whole server.",
    ),
    "W007": (
        "MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET is set, but AWS_DEFAULT_REGION is not: all is "
        "signed for us-east-1, and refused elsewhere.",
        "Set AWS_DEFAULT_REGION, such as eu-central-1; where the store is not Amazon's, what it "
        "says, often auto or us-east-1.",
    ),
    "W008": (
        "{place.bucket_name} is set, but {other.bucket_name} is not: those files are on the disk "
        "of this machine, in {other.root}.",
        "Set {other.bucket_name}, too. Where that disk is kept and backed up, type "
        'SILENCED_SYSTEM_CHECKS = ["uploads.W008"].',
    ),
    "W009": (
        "MEDIA_BUCKET or PRIVATE_MEDIA_BUCKET is set with DEBUG: what is uploaded in development "
        "goes where the site's own files are.",
        "Unset them in .env, or name buckets of your own and type "
        'SILENCED_SYSTEM_CHECKS = ["uploads.W009"].',
    ),
    "W010": (
        "SECURE_PROXY_SSL_HEADER trusts {header}, but {conf} does not set it: a visitor could send "
        "it, and pass as one who uses HTTPS.",
        "Type proxy_set_header {header} $scheme; into its server. Where another server stands "
        'before the site and sets it, type SILENCED_SYSTEM_CHECKS = ["uploads.W010"].',
    ),
}


def found(number, obj=None, **values):
    kind = checks.Error if number.startswith("E") else checks.Warning
    message, hint = (text.format(**values) for text in FINDINGS[number])
    return kind(message, hint=hint, obj=obj, id=f"uploads.{number}")


class Place(NamedTuple):
    """Where files of one sort live: the names of their settings, and what to type for each."""

    storage: str
    url_name: str
    url_example: str
    root_name: str
    root_example: str
    bucket_name: str
    route: str

    @property
    def url(self):
        return getattr(settings, self.url_name, None) or ""

    @property
    def root(self):
        options = settings.STORAGES.get(self.storage, {}).get("OPTIONS", {})
        return str(options.get("location") or getattr(settings, self.root_name, None) or "")

    @property
    def on_disk(self):
        backend = settings.STORAGES.get(self.storage, {}).get("BACKEND")
        return bool(backend) and issubclass(import_string(backend), FileSystemStorage)

    @property
    def bucket(self):
        return settings.STORAGES.get(self.storage, {}).get("OPTIONS", {}).get("bucket_name")


PUBLIC = Place(
    *("default", "MEDIA_URL", "/media/", "MEDIA_ROOT", "media", "MEDIA_BUCKET"),
    route="*static(settings.MEDIA_URL, view=serve.public, document_root=settings.MEDIA_ROOT)",
)
PRIVATE = Place(
    *("private", "PRIVATE_MEDIA_URL", "/private/", "PRIVATE_MEDIA_ROOT", "media_private"),
    bucket_name="PRIVATE_MEDIA_BUCKET",
    route='path(settings.PRIVATE_MEDIA_URL.lstrip("/") + "<path:name>", serve.private)',
)


def places():
    return [place for place in (PUBLIC, PRIVATE) if place.storage in settings.STORAGES]


@checks.register("uploads")
def check_urls(app_configs, **kwargs):
    """The addresses by themselves, and beside one another."""
    urls = {"STATIC_URL": settings.STATIC_URL} if settings.STATIC_URL else {}
    for place in places():
        if place.url in ("", "/"):  # Django reads an empty MEDIA_URL as "/"
            yield found("E001", place=place)
        elif not place.url.endswith("/"):
            yield found("E002", place=place)
        else:
            urls[place.url_name] = place.url
    for (name, url), (other_name, other) in combinations(urls.items(), 2):
        if url.startswith(other) or other.startswith(url):
            yield found("E003", name=name, url=url, other_name=other_name, other=other)
    if urlsplit(PUBLIC.url).netloc and PUBLIC.on_disk:
        yield found("W001", place=PUBLIC)


def literal(route):
    """What a route begins with, up to its first variable part: "a/<int:b>/" gives "a/"."""
    start = re.match(r"(?:[^\\<(\[{.*+?|$]|\\\W|\.(?![*+?]))*", route.removeprefix("^"))[0]
    return re.sub(r"\\(\W)", r"\1", start)


def all_routes(patterns, before=""):
    for entry in patterns:
        route = before + str(entry.pattern).removeprefix("^")
        if hasattr(entry, "url_patterns"):
            yield from all_routes(entry.url_patterns, route)
        else:
            yield route


@checks.register("uploads")
def check_routes(app_configs, **kwargs):
    """What answers below the addresses: the files, all of them, and nothing else."""
    if any(finding.is_serious() for finding in check_urls(app_configs)):
        return
    for place in places():
        if urlsplit(place.url).netloc:
            continue
        routes = [f"/{literal(route)}" for route in all_routes(get_resolver().url_patterns)]
        covered = [route for route in routes if route.startswith(place.url)]
        try:
            answering = f"/{literal(resolve(f'{place.url}2026/01/picture.jpg').route)}"
        except Resolver404:
            answering = None
        if answering == place.url:
            covered.remove(place.url)  # the route of the files themselves
        # In production, nginx or a bucket sends the public files, without any route.
        needed = place == PRIVATE or (settings.DEBUG and place.on_disk)
        if needed and answering not in (None, place.url):
            yield found("W003", place=place, route=answering)
        elif covered:
            pages = ", ".join(dict.fromkeys(covered[:5]))
            yield found("E004", place=place, count=len(covered), pages=pages)
        elif needed and answering is None:
            yield found("W002", place=place)


def packages():
    """Folders, or single files, that the code of the site is imported from."""
    modules = [config.name for config in apps.get_app_configs()]
    modules.append(os.environ.get(ENVIRONMENT_VARIABLE, ""))
    for name in sorted({module.partition(".")[0] for module in modules if module}):
        spec = find_spec(name)
        for path in spec.submodule_search_locations or [spec.origin]:
            yield Path(path).resolve()


def static_folders():
    folders = [settings.STATIC_ROOT, *settings.STATICFILES_DIRS]
    folders = [entry[1] if isinstance(entry, list | tuple) else entry for entry in folders]
    return [Path(folder).resolve() for folder in folders if folder]


def one_in_other(a, b):
    return a.is_relative_to(b) or b.is_relative_to(a)


def why_not_writable(root):
    """Try it: access bits say nothing to root, nor about a read-only disk. None when it works."""
    try:
        nearest = next((path for path in (root, *root.parents) if path.exists()), root)
        with tempfile.TemporaryFile(dir=nearest):
            return None
    except OSError as error:
        return error.strerror


@checks.register("uploads")
def check_roots(app_configs, **kwargs):
    """The folders of files on disk: absolute, writable, and apart from all else."""
    roots = []
    for place in places():
        if not place.on_disk:
            continue
        if not Path(place.root).is_absolute():
            yield found("E005", place=place)
        else:
            roots.append(Path(place.root).resolve())
            yield from check_root(place, roots[-1])
    if len(roots) == 2 and one_in_other(*roots):
        yield found("E009", private=PRIVATE.root, public=PUBLIC.root)


def check_root(place, root):
    code = [Path(settings.BASE_DIR).resolve(), *packages()]
    inside = [path for path in code if path.is_relative_to(root)]
    around = [path for path in code[1:] if root.is_relative_to(path)]
    static = [path for path in static_folders() if one_in_other(path, root)]
    if inside:
        yield found("E006", place=place, path=inside[0])
    elif around:
        yield found("E007", place=place, path=around[0])
    elif static:
        yield found("E008", place=place, path=static[0])
    if problem := why_not_writable(root):
        yield found("W004", place=place, problem=problem)


@checks.register("uploads")
def check_removed_settings(app_configs, **kwargs):
    removed = {"DEFAULT_FILE_STORAGE": "default", "STATICFILES_STORAGE": "staticfiles"}
    for name, key in removed.items():
        if hasattr(settings, name):
            yield found("E010", name=name, key=key, value=getattr(settings, name))


@checks.register("uploads")
def check_buckets(app_configs, **kwargs):
    """That public and private files are apart, and that both can be signed for."""
    with_bucket = [place for place in places() if place.bucket]
    if not with_bucket:
        return
    if PUBLIC.bucket == PRIVATE.bucket:
        yield found("E011", bucket=PUBLIC.bucket)
    if not getattr(storages[with_bucket[0].storage], "region", "unknown"):
        yield found("W007")
    if settings.DEBUG:
        yield found("W009")


@checks.register("uploads", deploy=True)
def check_both_buckets(app_configs, **kwargs):
    """That no file is left on the disk of one machine when the others went into a bucket."""
    for place, other in ((PUBLIC, PRIVATE), (PRIVATE, PUBLIC)):
        if place.bucket and other.on_disk:
            yield found("W008", place=place, other=other)


@checks.register("uploads", deploy=True)
def check_proxy(app_configs, **kwargs):
    """That the header by which the proxy says that a request came by HTTPS is set by it."""
    conf = Path(settings.BASE_DIR, "deploy", "nginx.conf")
    if not settings.SECURE_PROXY_SSL_HEADER or not conf.exists():
        return
    header = settings.SECURE_PROXY_SSL_HEADER[0].removeprefix("HTTP_").replace("_", "-").title()
    set_there = rf"^\s*proxy_set_header\s+{header}\s"
    if not re.search(set_there, conf.read_text(encoding="utf-8"), re.MULTILINE | re.IGNORECASE):
        yield found("W010", header=header, conf=conf)


@checks.register("uploads", deploy=True)
def check_nginx(app_configs, **kwargs):
    """That deploy/nginx.conf sends the public files, and takes bodies as large as the site does."""
    conf = Path(settings.BASE_DIR, "deploy", "nginx.conf")
    text = conf.read_text(encoding="utf-8") if conf.exists() else ""
    path, limit = urlsplit(PUBLIC.url).path, settings.MAX_UPLOAD_MB
    location = rf"^\s*location\s+(\^~\s+)?{re.escape(path)}\s*\{{"
    if PUBLIC.on_disk and not re.search(location, text, re.MULTILINE):
        yield found("W005", place=PUBLIC, conf=conf, path=path)
    sizes = re.findall(r"^\s*client_max_body_size\s+(\w+);", text, re.MULTILINE)
    if text and sizes != [f"{limit}m"]:
        yield found("W006", conf=conf, limit=limit, found=" and ".join(sizes) or "1m, the default")
