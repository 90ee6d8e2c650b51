"""The addresses of files: what they are, and what answers below them."""

import re
from itertools import combinations
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.urls import Resolver404, get_resolver, resolve
from django.views import static

from .findings import finding
from .places import PRIVATE, PUBLIC, places


@checks.register("uploads")
def check_urls(app_configs, **kwargs):
    """The addresses by themselves, and beside one another."""
    urls = {"STATIC_URL": settings.STATIC_URL} if settings.STATIC_URL else {}
    for place in places():
        if place.url in ("", "/"):  # Django reads an empty MEDIA_URL as "/"
            if place == PRIVATE or not place.has_own_addresses:
                yield finding("E001", place=place)
        elif not place.url.endswith("/"):
            yield finding("E002", place=place)
        else:
            urls[place.url_name] = place.url
    for (name, url), (other_name, other) in combinations(urls.items(), 2):
        if url.startswith(other) or other.startswith(url):
            yield finding("E003", name=name, url=url, other_name=other_name, other=other)
    if urlsplit(PUBLIC.url).netloc and PUBLIC.on_disk:
        yield finding("W001", place=PUBLIC)


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
        if urlsplit(place.url).netloc or place.url == "/":
            continue
        routes = [f"/{literal(route)}" for route in all_routes(get_resolver().url_patterns)]
        covered = [route for route in routes if route.startswith(place.url)]
        try:
            match = resolve(f"{place.url}2026/01/picture.jpg")
            answering = f"/{literal(match.route)}"
        except Resolver404:
            match = answering = None
        if answering == place.url:
            covered.remove(place.url)  # the route of the files themselves
        # In production, nginx or a bucket sends the public files, without any route.
        needed = place == PRIVATE or (settings.DEBUG and place.on_disk)
        if needed and answering not in (None, place.url):
            yield finding("W003", place=place, route=answering)
        elif covered:
            pages = ", ".join(dict.fromkeys(covered[:5]))
            yield finding("E004", place=place, count=len(covered), pages=pages)
        elif needed and answering is None:
            yield finding("W002", place=place)
        elif needed and match.func is static.serve:
            yield finding("W018", place=place)
