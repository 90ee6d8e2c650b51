"""Form fields for uploads; a model form takes them from the model's fields by itself."""

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import FILE_INPUT_CONTRADICTION
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from .sizes import MEGABYTE
from .widgets import SeveralFilesInput, UploadInput, accept, limits

lazy_limits = lazy(limits, str)  # forms are made before a page has its language
# Of Django's own sentences none is about what a file has inside, whatever a refusal's code is.
DJANGOS = forms.FileField().error_messages

UNREADABLE = {"not_a_picture", "damaged"}


def given(field):
    """The error_messages of a form field that are not Django's."""
    return {c: text for c, text in field.error_messages.items() if text is not DJANGOS.get(c)}


def reworded(refusal, sentences):
    """`refusal` with the sentence that `sentences` has for its code, and the same params."""
    for error in refusal.error_list:
        code = error.code
        if code in UNREADABLE and code not in sentences:
            code = "invalid_image"  # as forms.ImageField calls it
        error.message = sentences.get(code, error.message)
    return refusal


class UploadBoundField(forms.BoundField):
    """Tells its widget what is wrong: what is refused is not kept (kept.py)."""

    def as_widget(self, widget=None, attrs=None, only_initial=False):
        widget = widget or self.field.widget
        widget.refusals = {error.code for error in self.errors.as_data()}
        return super().as_widget(widget, attrs, only_initial)


class UploadField(forms.FileField):
    """One file, checked by `accept(content, name)` of the model field that it belongs to.

    What is refused can be said in other words: error_messages={"too_large": "Too big!"}.
    """

    widget = UploadInput
    bound_field_class = UploadBoundField

    def __init__(self, *, accept, extensions, most_mb, help_text="", **kwargs):
        self.accept, self.extensions, self.most_mb = accept, sorted(extensions), most_mb
        super().__init__(help_text=help_text or lazy_limits(extensions, most_mb), **kwargs)

    def widget_attrs(self, widget):
        # Only hints for the visitor's browser: accept() is the rule.
        hints = {
            "accept": accept(self.extensions),
            "data-names": r"\.({})$".format("|".join(self.extensions)),
            "data-max-file-bytes": int(self.most_mb * MEGABYTE),
        }
        return {name: hint for name, hint in hints.items() if name not in widget.attrs}

    def to_python(self, data):
        file = super().to_python(data)
        if file:
            try:
                self.accept(file, file.name)
            except ValidationError as error:
                file.refusals = {refusal.code for refusal in error.error_list}
                reworded(error, given(self))
                raise
        return file

    def clean(self, data, initial=None):
        if data is FILE_INPUT_CONTRADICTION:  # a new file, and the box to clear it is ticked
            for file in getattr(self.widget, "chosen", ()):
                self.to_python(file)  # what is good is kept until that is settled
        return super().clean(data, initial)


class SeveralFiles(forms.FileField):
    """Several files at once, each checked by the UploadField `one`; cleans to a list of them."""

    widget = SeveralFilesInput
    bound_field_class = UploadBoundField
    default_error_messages = {
        "too_many": ngettext_lazy(
            "This is %(count)s file; %(most)s at once is the most.",
            "These are %(count)s files; %(most)s at once is the most.",
            "count",
        )
    }
    MOST = 20  # files in one form; each is decoded while its sender waits

    def __init__(self, one, **kwargs):
        self.one = one
        super().__init__(**{"label": one.label, "help_text": one.help_text} | kwargs)
        self.error_messages |= {**given(one), **given(self)}

    def widget_attrs(self, widget):
        return {"data-most": self.MOST} | self.one.widget_attrs(widget)

    def clean(self, data, initial=None):
        if len(data or []) > self.MOST:
            raise self.too_many(data)
        good, refusals = self.sort(data)
        if refusals:
            raise ValidationError(refusals)
        return good

    def sort(self, data):
        """(files that are good, ValidationErrors of the others, which say the file's name)."""
        data = data or []
        if self.required and not data:
            raise ValidationError(self.error_messages["required"], code="required")
        good, errors = [], []
        for file in data[: self.MOST]:
            try:
                good.append(self.one.clean(file))
            except ValidationError as error:
                refusals = reworded(error, given(self)).error_list
                if any(refusal.code == "busy" for refusal in refusals):
                    raise ValidationError(refusals) from error  # of all of them, not of this file
                errors += [named(file, e) for e in refusals] if len(data) > 1 else refusals
        return good, errors + [named(file, self.too_many(data)) for file in data[self.MOST :]]

    def too_many(self, data):
        params = {"count": len(data), "most": self.MOST}
        return ValidationError(self.error_messages["too_many"], "too_many", params)


def for_each(values, files):
    """What was typed for each of so many files: [] when nothing was, one for all, or one for each.

    Raises ValidationError for any other number: whose is whose? Of one file, the last counts.
    """
    if len(values) in (0, files):
        return values
    if 1 in (len(values), files):
        return values[-1:] * files
    raise ValidationError(
        _(
            "This came %(values)s times for %(files)s files: send it once for all of them, or once "
            "for each, in their order."
        ),
        params={"values": len(values), "files": files},
        code="uneven",
    )


def named(file, error):
    """A refusal that says which of several files it is about."""
    params = {"name": file.name, "reason": error.messages[0]}
    return ValidationError(_("%(name)s: %(reason)s"), params=params, code=error.code)
