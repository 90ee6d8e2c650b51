"""For a ModelAdmin whose model takes uploads."""

from contextlib import suppress

from django.core.exceptions import ValidationError

from .tracking import own_fields


class UploadAdmin:
    """Checks and decodes the uploads of a form before the admin opens its transaction.

    With SQLite, everybody else who writes would wait for the pictures. Put it before ModelAdmin.
    """

    def changeform_view(self, request, *args, **kwargs):
        models = [self.model, *(inline.model for inline in self.inlines)]
        fields = {field.name: field for model in models for field in own_fields(model)}
        for name, file in request.FILES.items():
            if field := fields.get(name.rpartition("-")[2]):  # an inline's is photo_set-0-image
                with suppress(ValidationError):  # the form asks again, and says it
                    field.accept(file, file.name)
        return super().changeform_view(request, *args, **kwargs)
