"""deploy/nginx.conf, beside the settings: asked by `check --deploy` alone."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

from ..formats.types import CONTENT_TYPES, kind
from .findings import finding
from .places import PUBLIC, base_dir


@checks.register("uploads", deploy=True)
def check_proxy(app_configs, **kwargs):
    """That the header by which the proxy says that a request came by HTTPS is set by it."""
    conf = base_dir() / "deploy" / "nginx.conf"
    if not settings.SECURE_PROXY_SSL_HEADER or not conf.exists():
        return
    header = settings.SECURE_PROXY_SSL_HEADER[0].removeprefix("HTTP_").replace("_", "-").title()
    set_there = rf"^\s*proxy_set_header\s+{header}\s"
    if not re.search(set_there, conf.read_text(encoding="utf-8"), re.MULTILINE | re.IGNORECASE):
        yield finding("W010", header=header, conf=conf)


@checks.register("uploads", deploy=True)
def check_nginx(app_configs, **kwargs):
    """That deploy/nginx.conf sends the public files, and takes bodies as large as the site does."""
    conf = base_dir() / "deploy" / "nginx.conf"
    text = conf.read_text(encoding="utf-8") if conf.exists() else ""
    path, limit = urlsplit(PUBLIC.url).path, settings.MAX_UPLOAD_MB
    location = rf"^\s*location\s+(\^~\s+)?{re.escape(path)}\s*\{{"
    if PUBLIC.on_disk and not re.search(location, text, re.MULTILINE):
        yield finding("W005", place=PUBLIC, conf=conf, path=path)
    sizes = re.findall(r"^\s*client_max_body_size\s+(\w+);", text, re.MULTILINE)
    if text and sizes[:1] != [f"{limit}m"]:  # the server's; behind it, locations have their own
        size = sizes[0] if sizes else "1m, the default"
        yield finding("W006", conf=conf, limit=limit, size=size)
    if text and PUBLIC.on_disk:
        yield from check_nginx_types(conf, text)


def check_nginx_types(conf, text):
    """That nginx knows what browsers may show, as the list of types says it."""
    block = re.search(r"^\s*types\s*\{(.*?)\}", text, re.MULTILINE | re.DOTALL)
    there = {}  # extension: content type
    for line in block[1].split(";") if block else ():
        content_type, *extensions = line.split() or [""]
        there |= dict.fromkeys(extensions, content_type)
    missing = {}  # content type: extensions
    for extension, content_type in CONTENT_TYPES.items():
        if kind(extension) != "other" and there.get(extension) != content_type:
            missing.setdefault(content_type, []).append(extension)
    for content_type, extensions in missing.items():
        listed = " ".join(extensions)
        yield finding("W011", conf=conf, content_type=content_type, extensions=listed)
