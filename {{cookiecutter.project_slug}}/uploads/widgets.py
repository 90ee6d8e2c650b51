"""The file input: it shows what is stored now, and upload.js adds previews and progress."""

from django import forms
from django.conf import settings

from .files import MEGABYTE

OTHER_NAMES = {"heif", "jfif", "jpeg", "mpo"}  # of what is in the list as heic and jpg


class UploadInput(forms.ClearableFileInput):
    template_name = "uploads/file_input.html"

    class Media:
        css = {"all": ["uploads/upload.css"]}
        js = [forms.Script("uploads/upload.js", defer=True)]

    def build_attrs(self, base_attrs, extra_attrs=None):
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return {"data-max-bytes": settings.MAX_UPLOAD_MB * MEGABYTE} | attrs


class SeveralFilesInput(UploadInput):
    allow_multiple_selected = True


def limits(extensions, most_mb):
    """The help text of a file input: "GIF, JPG or PNG, up to 50 MB."."""
    *most, last = sorted(e.upper() for e in extensions if e not in OTHER_NAMES)
    kinds = f"{', '.join(most)} or {last}" if most else last
    return f"{kinds}, up to {most_mb:g} MB."
