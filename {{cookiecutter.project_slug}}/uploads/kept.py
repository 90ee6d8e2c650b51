"""A file that passed its checks is kept while another field of its form is still wrong.

The form is shown again with the file's preview and a hidden input, `<field>-kept`: a signed name,
good for this visitor, for an hour, once: of all requests that send it at the same moment, one
stores it (claim). What nobody sends again is swept by `orphans`. Without this module, KeepingInput
in widgets.py, kept.html and the line in MIDDLEWARE, each form asks for its file again.
"""

import uuid
from contextlib import suppress
from contextvars import ContextVar

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError
from django.forms.widgets import FILE_INPUT_CONTRADICTION
from django.http import Http404, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from . import cleanup, names, references
from .formats import accept, types
from .formats.accept import Refused
from .storage import private_storage

FOLDER = ".kept"  # of the private storage: what begins with a dot is temporary, and sent to nobody
SECONDS = 3600
# Codes of refusals that have nothing against the file itself: it may do in a minute, as it is.
NOT_OF_THE_FILE = {"busy", "unavailable", "quota", "contradiction"}
_request = ContextVar("request", default=None)  # forms and widgets don't know theirs


class KeptFilesMiddleware:
    """Behind sessions and authentication: a kept file is one visitor's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        prefix = f"{settings.PRIVATE_MEDIA_URL}{FOLDER}/"
        if request.path_info.startswith(prefix):
            return preview(request, request.path_info.removeprefix(prefix))
        request.kept_files, before = {}, _request.set(request)
        try:
            response = self.get_response(request)
        finally:
            _request.reset(before)
        for file in request.kept_files.values():
            forget(file, response.status_code)
        return response


class KeepingInput:
    """A file input that shows what is kept, `widget.kept`, and takes it when it comes back."""

    chosen = ()  # what came in; Django hands only what is stored to get_context()
    refusals = frozenset()  # codes of what is wrong with the field; forms.py says so

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["kept"] = [shown for file in self.good() if (shown := keep(file))]
        if context["widget"]["kept"]:
            context["widget"]["attrs"].pop("required", None)
        return context

    def good(self):
        """The chosen files that nothing is said against; an error of no one file is of them all."""
        wrong = {file: getattr(file, "refusals", set()) - NOT_OF_THE_FILE for file in self.chosen}
        if self.refusals - NOT_OF_THE_FILE - set().union(*wrong.values()):
            return []  # by the form's own clean_<field>(), say
        return [file for file in self.chosen if not wrong[file]]

    def value_from_datadict(self, data, files, name):
        sent, given = super().value_from_datadict(data, files, name), f"{name}-kept"
        tokens = data.getlist(given) if hasattr(data, "getlist") else [data.get(given)]
        kept = [file for token in dict.fromkeys(tokens) if (file := take(token))]
        if f"{given}-drop" in data:
            kept = []
        if self.allow_multiple_selected:
            self.chosen = [*kept, *(sent if isinstance(sent, list) else [])]
            return self.chosen
        file = files.get(name) or (kept[-1] if kept else None)
        self.chosen = [file]
        if sent is None or not file:
            return file or sent
        return file if sent is file else FILE_INPUT_CONTRADICTION  # the box to clear it is ticked

    def value_omitted_from_data(self, data, files, name):
        return super().value_omitted_from_data(data, files, name) and f"{name}-kept" not in data


def not_kept():
    sentence = _("The file that you chose before is not kept any longer. Choose it again.")
    return Refused(sentence, code="not_kept")


class Gone(UploadedFile):
    """In place of a kept file that is there no longer: whoever asks for its size hears of it."""

    @property
    def size(self):
        raise not_kept()

    @size.setter
    def size(self, value):
        pass


class KeptFile(UploadedFile):
    """One that is there. `kept_as` has the names of the file and its preview in the storage."""

    claimed = None  # the session that says that this request stores it

    def claim(self, field):
        """Before `field` stores it. Raises Refused where another request has been first.

        Of all who make a session of one name, one succeeds, in a database, cache or folder: an
        empty one is the mark. (With signed_cookies, there is none.)
        """
        if self.claimed:
            return
        key = salted_hmac(FOLDER, self.kept_as[0], algorithm="sha256").hexdigest()
        session = self.sessions(key[:40])
        try:
            session.save(must_create=True)
        except CreateError as error:
            refused = not_kept()
            refused.field, self.refusals = field.name, {refused.code}
            raise refused from error
        self.claimed = session


def keep(file):
    """What the widget shows of an accepted file, {"token", "name", "size", "preview"}, or None."""
    request = _request.get()
    fine = getattr(file, "accepted_by", None) is not None or hasattr(file, "kept_as")
    if request is None or visitor(request) is None or not fine:
        return None
    try:
        if is_used(file):
            return None
        store(file)
    except Exception:  # each storage has its own family of errors
        return None
    data = {"stored": file.kept_as, "name": file.name, "for": visitor(request)}
    token = signing.dumps(data, salt=FOLDER)
    address = f"{settings.PRIVATE_MEDIA_URL}{FOLDER}/{token}" if file.kept_as[1] else None
    return {"token": token, "name": file.name, "size": file.size, "preview": address}


def store(file):
    """Put an accepted file, and a small picture of it, where nobody reads them, unless it is."""
    file.shown_again = True
    if hasattr(file, "kept_as"):
        return
    storage, name, small = private_storage(), f"{FOLDER}/{uuid.uuid4()}", ""
    made, itself = file.accepted.renditions.values(), file.accepted.content
    if made or (file.accepted.size and isinstance(itself, bytes)):
        small = f"{name}.webp" if made else f"{name}.{file.accepted.extension}"
        small = storage.save(small, ContentFile(min(made, key=len, default=itself)))
    file.seek(0)
    file.kept_as = [storage.save(name, file), small]


def take(token):
    """The kept file of this request's visitor that `token` names; Gone; None without a token."""
    request = _request.get()
    if request is None or not token:
        return None
    if token not in request.kept_files:
        request.kept_files[token] = opened(request, token)
    return request.kept_files[token]


def opened(request, token):
    data = read(request, token)
    try:
        file = private_storage().open(data["stored"][0])
    except Exception:  # not his, too late, used already, or the storage is down
        return Gone(name=data["name"] if data else "?")
    file = KeptFile(file, data["name"], size=file.size)
    file.kept_as, file.sessions = data["stored"], type(request.session)
    return file


def read(request, token):
    """What was signed for this visitor within the hour, or None."""
    try:
        data = signing.loads(token, salt=FOLDER, max_age=SECONDS)
    except signing.BadSignature:
        return None
    return data if data["for"] == visitor(request) else None


def visitor(request):
    """Who a file is kept for: a user, wherever he is logged in, or else one session.

    None where the site has neither. The session's key is as good as a password: it stays here.
    """
    if not (hasattr(request, "user") and hasattr(request, "session")):
        return None
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    if request.session.session_key is None:
        request.session.create()
    key = request.session.session_key
    return key and salted_hmac(FOLDER, key, algorithm="sha256").hexdigest()


def preview(request, token):
    """The small picture of a kept file, to the visitor for whom it is kept."""
    data = read(request, token)
    if not data or not data["stored"][1]:
        raise Http404
    name = data["stored"][1]
    try:
        with private_storage().open(name) as file:
            response = HttpResponse(file.read(), types.content_type(names.extension(name)))
    except Exception as error:  # used by now, or the storage is down
        raise Http404 from error
    response.headers["Cache-Control"] = "private, no-store"
    return response


def is_used(file):
    """Whether a row names what was stored of it. Raises what the databases raise."""
    storage, name = getattr(file, "stored_as", (None, None))
    return bool(name) and not references.unnamed(storage, [name], references.fields_by_database())


def forget(file, status):
    """Close what was taken; delete it when a row has it by now, or when it was left out.

    What could not be stored may be claimed again.
    """
    if isinstance(file, Gone):
        return
    accept.forget(file)
    file.close()
    left_out = status < 400 and not (hasattr(file, "stored_as") or hasattr(file, "shown_again"))
    with suppress(DatabaseError):  # it is claimed for good, then, and left to `orphans`
        if left_out or is_used(file):
            list(cleanup.delete(private_storage(), filter(None, file.kept_as)))
        elif file.claimed:
            file.claimed.delete()
