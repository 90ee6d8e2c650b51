"""Form fields for uploads; a model form takes them from the model's fields by itself."""

from django import forms
from django.core.exceptions import ValidationError

from .formats.files import MEGABYTE
from .widgets import SeveralFilesInput, UploadInput, limits


class UploadField(forms.FileField):
    """One file, checked by `accept(content, name)` of the model field that it belongs to."""

    widget = UploadInput

    def __init__(self, *, accept, extensions, most_mb, help_text="", **kwargs):
        self.accept, self.extensions, self.most_mb = accept, sorted(extensions), most_mb
        super().__init__(help_text=help_text or limits(extensions, most_mb), **kwargs)

    def widget_attrs(self, widget):
        # Only hints for the visitor's browser: accept() is the rule.
        hints = {
            "accept": ",".join(f".{e}" for e in self.extensions),
            "data-max-file-bytes": int(self.most_mb * MEGABYTE),
        }
        return {name: hint for name, hint in hints.items() if name not in widget.attrs}

    def to_python(self, data):
        file = super().to_python(data)
        if file:
            self.accept(file, file.name)
        return file


class SeveralFiles(forms.FileField):
    """Several files at once, each checked by the UploadField `one`; cleans to a list of them."""

    widget = SeveralFilesInput
    MOST = 20  # files in one form; each is decoded while its sender waits

    def __init__(self, one, **kwargs):
        self.one = one
        super().__init__(**{"label": one.label, "help_text": one.help_text} | kwargs)

    def widget_attrs(self, widget):
        return self.one.widget_attrs(widget)

    def clean(self, data, initial=None):
        data = data or []
        if self.required and not data:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(data) > self.MOST:
            raise ValidationError(
                f"These are {len(data)} files; {self.MOST} at once is the most.", code="too_many"
            )
        cleaned, errors = [], []
        for file in data:
            try:
                cleaned.append(self.one.clean(file))
            except ValidationError as error:
                prefix = f"{file.name}: " if len(data) > 1 else ""
                errors += [prefix + message for message in error.messages]
        if errors:
            raise ValidationError(errors)
        return cleaned
