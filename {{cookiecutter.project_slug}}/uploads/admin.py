"""For a ModelAdmin whose model takes uploads."""

from contextlib import suppress

from django.core.exceptions import ValidationError

from .fields import UploadMixin
from .tracking import own_fields
from .widgets import UploadInput


class UploadAdmin:
    """Put it before ModelAdmin: the forms get the site's own file input.

    Uploads are checked and decoded before the admin opens its transaction: with SQLite, everybody
    else who writes would wait for the pictures.
    """

    formfield_overrides = {UploadMixin: {"widget": UploadInput}}

    def changeform_view(self, request, *args, **kwargs):
        models = [self.model, *(inline.model for inline in self.inlines)]
        known = {field.name: field for model in models for field in own_fields(model)}
        for name, file in request.FILES.items():
            if field := known.get(name.rpartition("-")[2]):  # an inline's is photo_set-0-image
                with suppress(ValidationError):  # the form asks again, and says it
                    field.accept(file, file.name)
        return super().changeform_view(request, *args, **kwargs)
