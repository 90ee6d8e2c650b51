"""For a ModelAdmin whose model takes uploads."""

from contextlib import suppress

from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.core.files import File

from .fields import UploadMixin
from .tracking import own_fields
from .widgets import UploadInput


class UploadAdmin:
    """Put it before ModelAdmin: the forms get the site's own file input.

    Uploads are checked and decoded before the admin opens its transaction: with SQLite, everybody
    else who writes would wait for the pictures.
    """

    formfield_overrides = {UploadMixin: {"widget": UploadInput}}

    def changeform_view(self, request, object_id=None, *args, **kwargs):
        kept = [key.removesuffix("-kept") for key in request.POST if key.endswith("-kept")]
        sent = {*request.FILES, *kept}
        models = self.models_to_change(request, object_id) if sent else []
        known = {field.name: field for model in models for field in own_fields(model)}
        for name in sent:
            file = UploadInput().value_from_datadict(request.POST, request.FILES, name)
            field = known.get(name.rpartition("-")[2])  # an inline's is photo_set-0-image
            if field and isinstance(file, File):
                with suppress(ValidationError):  # the form asks again, and says it
                    field.accept(file, file.name)
        return super().changeform_view(request, object_id, *args, **kwargs)

    def models_to_change(self, request, object_id):
        """Its own and those of its inlines; none where the admin will refuse the request."""
        obj = None
        if object_id is None or (self.save_as and "_saveasnew" in request.POST):
            permitted = self.has_add_permission(request)
        else:
            obj = self.get_object(request, unquote(object_id))
            permitted = obj is not None and self.has_change_permission(request, obj)
        inlines = self.get_inline_instances(request, obj) if permitted else []
        return [admin.model for admin in [self, *inlines]] if permitted else []
