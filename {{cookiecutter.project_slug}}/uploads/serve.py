"""How stored files reach a visitor, with the same safe headers wherever Django sends them.

Public files: Django in development, nginx or the bucket in production. Private files: a view asks
whether this visitor may, and then lets nginx or the bucket send the bytes. None holds a
transaction, whatever ATOMIC_REQUESTS says: with SQLite, each picture would wait for the one lock.
"""

import posixpath
import re
from pathlib import Path
from urllib.parse import quote, urlsplit

from django import urls
from django.conf import settings
from django.contrib.auth import get_permission_codename
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.db.transaction import non_atomic_requests
from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.utils._os import safe_join
from django.utils.http import content_disposition_header, http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since

from . import cleanup, fields, names
from .formats import types
from .storage import private_storage

YEAR = 31_536_000  # seconds
INTERNAL = "/_private/"  # the location of deploy/nginx.conf that only nginx itself may use


@non_atomic_requests
@require_safe
def public(request, path, document_root):
    """A public file, in development; see static() in urls.py."""
    if hasattr(storages["default"], "signed_url"):
        return forward(request, path)
    path = posixpath.normpath(path).lstrip("/")  # with "//" in it, as nginx and Django take it
    try:
        file = Path(safe_join(document_root, path))
        # Followed to its end, a link is another file.
        plain = file.resolve() == Path(document_root).resolve() / path and file.is_file()
    except (SuspiciousFileOperation, ValueError, OSError) as error:
        raise Http404(_("“%(path)s” is not a file's name.") % {"path": path}) from error
    if not plain or any(part.startswith(".") for part in Path(path).parts):
        places = {"path": path, "folder": document_root}
        raise Http404(_("“%(path)s” is not in %(folder)s.") % places)
    response = send(request, file.open("rb"), path, file.stat().st_mtime)
    # The name of a changed file is another, so this one may be kept for ever; not a 416.
    kept = f"public, max-age={YEAR}, immutable" if response.status_code < 400 else None
    return with_headers(response, path, kept)


def forwarding(prefix):
    """In production, the route below `prefix` to public files in a bucket, if they need one.

    They don't when MEDIA_URL is the address of the bucket or a CDN.
    """
    if settings.DEBUG or urlsplit(prefix).netloc or not hasattr(storages["default"], "signed_url"):
        return []
    return [urls.path(prefix.lstrip("/") + "<path:name>", forward)]


@non_atomic_requests
@require_safe
def forward(request, name):
    """To the bucket, with an address that outlives the cached answer."""
    storage = storages["default"]
    response = HttpResponseRedirect(storage.signed_url(name, method=request.method))
    kept = min(600, storage.querystring_expire // 2)  # seconds
    response.headers["Cache-Control"] = f"public, max-age={kept}"
    return response


@non_atomic_requests
@require_safe
def private(request, name):
    """A private file, to those whom its model's `may_read(user)` lets; to others it isn't there."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    instance = next((row for row in naming(name) if may_read(row, request.user)), None)
    if instance is None:
        raise Http404(_("There is no such file, or it is not yours."))
    storage = private_storage()
    title = f"{names.plain(str(instance))}.{names.extension(name)}"
    if hasattr(storage, "signed_url"):
        address = storage.signed_url(name, disposition(name, title), request.method)
        response = HttpResponseRedirect(address)
        response.headers["Cache-Control"] = "private, no-store"
        return response
    if request.headers.get("X-Sendfile-Type") == "X-Accel-Redirect":
        # nginx says that it is there and can send the file itself, Range included.
        response = HttpResponse(headers={"X-Accel-Redirect": INTERNAL + quote(name)})
    else:
        try:
            file = storage.open(name)
            changed = storage.get_modified_time(name).timestamp()
        except FileNotFoundError as error:
            raise Http404(_("This file is missing from the storage.")) from error
        response = send(request, file, name, changed)
    # A browser may keep it, and asks each time whether this visitor still may have it.
    return with_headers(response, name, "private, no-cache", title)


def naming(name):
    """The rows that name the private file `name`, or its picture where it is a rendition."""
    if "\0" in name:  # PostgreSQL refuses to look for it
        return
    wanted = {"": name}
    if names.is_rendition(name):
        wanted["__startswith"] = names.stem(name) + "."
    for field in cleanup.file_fields(private_storage()):
        if isinstance(field, fields.UploadMixin):
            for lookup, value in wanted.items():
                yield from field.model._base_manager.filter(**{field.attname + lookup: value})


def may_read(instance, user):
    """What the model says; else staff who may view or change its rows in the admin."""
    if hasattr(instance, "may_read"):
        return instance.may_read(user)
    opts = instance._meta
    wanted = [get_permission_codename(action, opts) for action in ("view", "change")]
    return user.is_staff and any(user.has_perm(f"{opts.app_label}.{name}") for name in wanted)


def disposition(name, title=None):
    """Shown in the page or player when a browser can do so safely, saved under `title` if not."""
    return content_disposition_header(types.kind(names.extension(name)) == "other", title)


def with_headers(response, name, cache, title=None):
    """The headers of every file: a browser neither guesses its type nor runs what is in it."""
    if response.status_code != 304:
        response.headers["Content-Type"] = types.content_type(names.extension(name))
        response.headers["Content-Disposition"] = disposition(name, title) or "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if cache:
        response.headers["Cache-Control"] = cache
    return response


class Slice:
    """`length` bytes of an open file, from `start` on."""

    def __init__(self, file, start, length):
        self.file, self.left = file, length
        file.seek(start)

    def read(self, size=-1):
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data

    def close(self):
        self.file.close()


def send(request, file, name, changed):
    """The bytes of an open file, all or the Range asked for; `changed` is in seconds since 1970.

    Django's own static view ignores Range; a video can't be wound forward then, and Safari
    refuses to play it.
    """
    modified = http_date(changed)
    if not was_modified_since(request.headers.get("If-Modified-Since"), changed):
        file.close()
        return HttpResponseNotModified(headers={"Last-Modified": modified})
    size = file.seek(0, 2)
    headers = {"Accept-Ranges": "bytes", "Last-Modified": modified}
    wanted = None  # numbers of thousands of digits, which int() refuses, are not understood either
    if request.headers.get("If-Range", modified) == modified:
        wanted = re.fullmatch(r"bytes=(\d{0,99})-(\d{0,99})", request.headers.get("Range", ""))
    if not wanted or not any(wanted.groups()):
        file.seek(0)
        return FileResponse(file, headers={**headers, "Content-Length": size})
    first, last = wanted.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        file.close()
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {start}-{end}/{size}", "Content-Length": end - start + 1}
    return FileResponse(Slice(file, start, end - start + 1), status=206, headers=headers)
