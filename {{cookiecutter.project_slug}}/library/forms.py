from django import forms
from django.db import transaction
from django.utils.text import capfirst

from uploads.forms import SeveralFiles


class NewItemsForm(forms.Form):
    """One or several files for a sample model, each of which becomes a row of its own."""

    def __init__(self, *args, model, owner, **kwargs):
        super().__init__(*args, **kwargs)
        self.model = model
        self.owner = owner
        self.upload = model.upload_field()
        self.fields[self.upload.name] = SeveralFiles(self.upload.formfield())
        self.fields[self.upload.name].label = capfirst(model._meta.verbose_name_plural)
        self.fields["title"] = model._meta.get_field("title").formfield()

    @transaction.atomic
    def save(self):
        """The new rows: all of them, or, when one fails, none."""
        return [
            self.model.objects.create(
                owner=self.owner, title=self.cleaned_data["title"], **{self.upload.name: file}
            )
            for file in self.cleaned_data[self.upload.name]
        ]


class ItemForm(forms.ModelForm):
    """Changes the title or replaces the file of one row; the view names model and fields."""

    def clean_title(self):
        # An emptied title means the new file's name; without a new file, the title stays.
        title = self.cleaned_data["title"]
        return title if title or self.files else self.instance.title
