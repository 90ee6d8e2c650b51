"""What this site asks of every request and says with every page, beside Django's own middleware."""

from urllib.parse import unquote

from django.core.exceptions import BadRequest
from django.http import Http404


class NulMiddleware:
    """Keeps the character NUL out of addresses and cookies: nothing of the site has it.

    PostgreSQL refuses to look for text with one: a session cookie or a search would be a 500.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\0" in request.path_info:
            raise Http404
        if "\0" in unquote(request.META.get("QUERY_STRING", "")):
            raise BadRequest
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]  # as if it had not been sent
        return self.get_response(request)


class PrivatePagesMiddleware:
    """Says of each page that somebody logged in gets: no proxy keeps it, a browser asks again.

    Not no-store: Back would then lose what was typed and chosen in a form.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        # Where nobody has asked who is there, nothing depends on it.
        asked = request.session.accessed and response.status_code < 500
        if asked and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
