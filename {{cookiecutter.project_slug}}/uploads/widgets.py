"""The file input: what is stored now, what is kept, and what static/uploads/upload.js is told.

With that script, each chosen file is a card (card.html) with its picture, its state in words, its
bar, and buttons to retry, cancel and remove. The script has no words: they are the data-text-
attributes below. A page tells it

- <form data-upload-each="yes">: send each file by itself, two at a time, as "Uploads by a program"
  in README.md says, and ask what <template class="upload-asked"> has for each. form.html writes
  both, with each="title alt". All other forms are sent by the browser.
- <main data-drop-to="/photos/new/" data-drop-text="...">, or any other element: files that are
  dropped here get the form of that address. The page includes media.html.

Without the script the forms work as HTML.
"""

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from . import kept
from .formats.types import PICTURES, content_type
from .sizes import MEGABYTE, megabytes

# Of what is in the list as jpg and heic.
OTHER_NAMES = {extension for f in PICTURES.values() for extension in f.extensions[1:]}


class UploadInput(kept.KeepingInput, forms.ClearableFileInput):
    template_name = "uploads/file_input.html"

    class Media:
        css = {"all": ["uploads/upload.css"]}
        js = [forms.Script("uploads/upload.js", type="module")]

    def build_attrs(self, base_attrs, extra_attrs=None):
        attrs = super().build_attrs(base_attrs, extra_attrs)
        attrs = {"data-max-bytes": settings.MAX_UPLOAD_MB * MEGABYTE} | attrs
        return refusals(attrs) | words() | attrs


class SeveralFilesInput(UploadInput):
    allow_multiple_selected = True

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        together = _("Up to %(most)s files at once, of up to %(together_mb)s MB together.")
        context["widget"]["together"] = together % limits_of(context["widget"]["attrs"])
        return context


def words():
    """What upload.js says, in the visitor's language: it has no words of its own."""
    said = {
        "ready": _("Not sent yet"),
        "waiting": _("Waiting"),
        "sending": _("Uploading"),
        "leaving": _("Uploading"),
        "processing": _("Processing"),
        "stalled": _("No answer. Wait, or try again."),
        "cancelled": _("Cancelled"),
        "done": _("Uploaded"),
        "0": _("The upload broke off. Check the connection and try again, or send less at once."),
        "401": _("You are not logged in any more. Log in in another tab, then press Retry."),
        "403": _("This page was open for too long. Press Retry."),
        "server": _("The server could not take this file (%(status)s). Try again in a minute."),
        "chosen": _("Chosen: %(count)s."),
        "count": _("Uploaded: %(done)s of %(count)s."),
    }
    return {f"data-text-{name}": sentence for name, sentence in said.items()}


def limits_of(attrs):
    """What sentences say of the limits that these attributes of a file input are about."""
    return {
        "most": attrs.get("data-most", ""),
        "most_mb": megabytes(round(attrs.get("data-max-file-bytes", 0) / MEGABYTE, 2)),
        "together_mb": megabytes(round(attrs["data-max-bytes"] / MEGABYTE, 2)),
        "types": ", ".join(e[1:] for e in attrs.get("accept", "").split(",") if e[:1] == "."),
    }


def refusals(attrs):
    """What upload.js says of a file that the server would refuse."""
    said = {
        "type": _("Such files are not accepted here. Accepted are: %(types)s."),
        "empty": _("This file is empty. Send it again."),
        "large": _("This file is too large: %(most_mb)s MB is the most."),
        "many": _("These are too many files: %(most)s at once is the most."),
        "together": _("Together these files are too large: %(together_mb)s MB is the most."),
    }
    return {f"data-text-{name}": sentence % limits_of(attrs) for name, sentence in said.items()}


def accept(extensions):
    """For a file input. Phones offer their camera only where a content type is named, too."""
    types = {content_type(e) for e in extensions} - {content_type("")}
    return ",".join([f".{e}" for e in extensions] + sorted(types))


def limits(extensions, most_mb):
    """The help text of a file input: "GIF, JPG or PNG, up to 50 MB."."""
    usual = [e for e in extensions if e not in OTHER_NAMES] or extensions
    *most, last = sorted(e.upper() for e in usual) or [""]
    numbers = {"types": ", ".join(most), "last": last, "most": megabytes(most_mb)}
    if most:
        return _("%(types)s or %(last)s, up to %(most)s MB.") % numbers
    return _("%(last)s, up to %(most)s MB.") % numbers
