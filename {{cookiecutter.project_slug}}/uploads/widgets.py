"""The file input: it shows what is stored now, and upload.js adds previews and progress."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from . import kept
from .formats.types import PICTURES
from .sizes import MEGABYTE, megabytes

# Of what is in the list as jpg and heic.
OTHER_NAMES = {extension for f in PICTURES.values() for extension in f.extensions[1:]}


class UploadInput(kept.KeepingInput, forms.ClearableFileInput):
    template_name = "uploads/file_input.html"

    class Media:
        css = {"all": ["uploads/upload.css"]}
        js = [forms.Script("uploads/upload.js", defer=True)]

    def build_attrs(self, base_attrs, extra_attrs=None):
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return {"data-max-bytes": settings.MAX_UPLOAD_MB * MEGABYTE} | words() | attrs


class SeveralFilesInput(UploadInput):
    allow_multiple_selected = True


def words():
    """What upload.js says: it has no words of its own."""
    return {
        "data-text-too-large": _("This upload has %(size)s MB; %(most)s MB is the most."),
        "data-text-broken": _(
            "The upload broke off. Check the connection and try again, or send less at once."
        ),
        "data-text-progress": pgettext("what a progress bar shows", "Upload"),
        "data-text-kb": _("%s KB"),  # these two are Django's, and in all of its languages
        "data-text-mb": _("%s MB"),
    }


def limits(extensions, most_mb):
    """The help text of a file input: "GIF, JPG or PNG, up to 50 MB."."""
    usual = [e for e in extensions if e not in OTHER_NAMES] or extensions
    *most, last = sorted(e.upper() for e in usual) or [""]
    numbers = {"types": ", ".join(most), "last": last, "most": megabytes(most_mb)}
    if most:
        return _("%(types)s or %(last)s, up to %(most)s MB.") % numbers
    return _("%(last)s, up to %(most)s MB.") % numbers
