"""Answers that refuse a request: a page for a person, JSON for a program or the upload widget."""

from django.core.exceptions import NON_FIELD_ERRORS
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import csrf

LATER = {"busy", "unavailable"}  # codes of what may be right in a minute


def prefers_json(request):
    """Whether JSON is asked for by name, as upload.js does."""
    try:
        preferred = request.get_preferred_type(["text/html", "application/json"])
    except ValueError:  # an Accept that can't be parsed
        return False
    return preferred == "application/json"


def wants_json(request):
    """Whether the answer is not for a person: browsers ask for HTML by name."""
    return "text/html" not in request.headers.get("Accept", "")


def refusal(reason, status):
    """{"errors": {"__all__": [reason]}}: what has nothing to do with one field of a form."""
    return JsonResponse({"errors": {NON_FIELD_ERRORS: [str(reason)]}}, status=status)


def form_refusal(form, **more):
    """{"errors": {field: [sentence]}} of a form: 422, or 503 for what may be right in a minute."""
    return refusals(form.errors.as_data(), **more)


def refusals(errors, **more):
    """The same of {field: [ValidationError]}."""
    codes = {error.code for its in errors.values() for error in its}
    said = {field: [m for error in its for m in error.messages] for field, its in errors.items()}
    return JsonResponse({"errors": said, **more}, status=503 if codes & LATER else 422)


def refused_page(request, status, reason):
    """The site's 400.html or 503.html, with `reason` in it; a plain page where it has none."""
    context = {"status": status, "reason": reason}
    return render(request, [f"{status}.html", "uploads/refused.html"], context, status=status)


def csrf_failure(request, reason=""):
    """For CSRF_FAILURE_VIEW."""
    if prefers_json(request):
        return refusal(_("This page was open for too long. Reload it and send it again."), 403)
    return csrf.csrf_failure(request, reason)
