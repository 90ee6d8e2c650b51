"""How a request's body is taken: not at all when it is too large, into a file when it is big."""

import tempfile
from contextlib import suppress

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    TemporaryFileUploadHandler,
)
from django.http import HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from .answers import LATER, prefers_json, refusal, refused_page, wants_json
from .formats import accept, admission
from .formats.accept import Refused
from .sizes import MEGABYTE, too_large
from .storage import StorageUnavailable, temporary_folder

AT_ONCE = 128 * 1024  # bytes of a file: with Django's 64 KB, a large one takes a tenth longer


class ReceivedFile(TemporaryUploadedFile):
    """Django's, but the temporary file's name takes nothing from the visitor's.

    Django appends the visitor's extension, and a very long one is an error before a form sees it.
    """

    def __init__(self, *args):
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=temporary_folder())  # noqa: SIM115
        UploadedFile.__init__(self, file, *args)


class TemporaryFileHandler(TemporaryFileUploadHandler):
    def new_file(self, *args, **kwargs):
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = ReceivedFile(
            self.file_name, self.content_type, 0, self.charset, self.content_type_extra
        )


class UploadMiddleware:
    """Answers a body that can't be taken: with the form that it was sent from and the reason on it.

    The request goes on as a GET, so that nothing is changed by half a form. What asks for JSON, or
    has no form to go back to, gets {"errors": {"__all__": [reason]}}. Put it last: the message
    needs the session, and no view or CSRF check may have read the body before.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:  # Django reads nothing then
            length = 0
        if length > settings.MAX_UPLOAD_MB * MEGABYTE:
            # Known before a byte is read. (Django reads no more than Content-Length says, and
            # nothing when it says nothing, so there is no counting to do.)
            return self.refuse(request, 413, too_large(length, settings.MAX_UPLOAD_MB).messages[0])
        if request.method != "POST" or request.content_type != "multipart/form-data":
            return self.respond(request)
        for handler in request.upload_handlers:
            if handler.chunk_size == FileUploadHandler.chunk_size:  # none of an owner's own
                handler.chunk_size = AT_ONCE
        try:
            request.POST  # noqa: B018  reads the body
        except (OSError, MultiPartParserError, SuspiciousOperation) as error:
            for handler in request.upload_handlers:
                if file := getattr(handler, "file", None):  # its temporary file is half written
                    file.close()
            if isinstance(error, UnreadablePostError):  # the visitor has gone
                return HttpResponse(status=400)
            with suppress(UnreadablePostError):
                while request.read(AT_ONCE):  # unread, the rest could cost nginx the answer
                    pass
            if isinstance(error, OSError):  # the disk for temporary files is full
                reason = _("The server could not keep this upload. Nothing was saved: try again.")
                return self.refuse(request, 503, reason)
            reason = _("This upload can't be read: %(error)s") % {"error": error}
            return self.refuse(request, 400, reason)
        try:
            return self.respond(request)
        finally:
            for _name, files in request.FILES.lists():
                for file in files:
                    accept.forget(file)

    def respond(self, request):
        """The view's answer. Its time begins when the body is there, however slowly it came."""
        with admission.request():
            return self.get_response(request)

    def refuse(self, request, status, reason):
        answer = refusal(reason, status)
        shown = hasattr(request, "_messages")  # MessageMiddleware has been here
        if request.method != "POST" or prefers_json(request) or not shown:
            return answer
        request.method = "GET"
        messages.error(request, reason)
        response = self.get_response(request)
        form = response.headers.get("Content-Type", "").startswith("text/html")
        if response.status_code == 405 or (response.status_code == 200 and not form):
            list(messages.get_messages(request))  # not for a later page
            return answer  # an API
        if response.status_code == 200:
            response.status_code = status
        return response

    def process_exception(self, request, exception):
        """What a view without an answer of its own, such as the admin's or an API's, lets through.

        An upload that is refused, or one that the storage could not keep.
        """
        if isinstance(exception, Refused):
            status = 503 if any(e.code in LATER for e in exception.error_list) else 400
            if wants_json(request):
                errors = {exception.field: exception.messages}
                return JsonResponse({"errors": errors}, status=status)
            return refused_page(request, status, " ".join(exception.messages))
        if isinstance(exception, StorageUnavailable):
            if prefers_json(request):
                return refusal(exception, 503)
            return refused_page(request, 503, exception)
        return None
