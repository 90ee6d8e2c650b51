"""The samples in the admin: one block per model."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from library import models
from uploads.admin import UploadAdmin
from uploads.several import SeveralAdmin


class ItemAdmin(SeveralAdmin, UploadAdmin, admin.ModelAdmin):
    """What the samples share. Previews come from the stored name: no storage is asked."""

    list_display_links = ["preview", "title"]
    list_select_related = ["owner"]
    list_per_page = 60
    show_full_result_count = False  # counting a large table takes seconds
    search_fields = ["title"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["preview", "created"]

    @admin.display(description=_("preview"))
    def preview(self, item):
        return render_to_string("uploads/preview.html", {"file": item.upload, "alt": item})

    def get_list_filter(self, request):
        """Finds the pictures that are not described."""
        described = "alt" in self.model.typed_fields
        own = [("alt", admin.EmptyFieldListFilter)] if described else []
        return [*super().get_list_filter(request), *own]

    def get_changeform_initial_data(self, request):
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}
{%- for model in cookiecutter | models %}


@admin.register(models.{{ model.name }})
class {{ model.name }}Admin(ItemAdmin):
    list_display = ["preview", "title", "owner", "created"]
{%- endfor %}
