from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from uploads.formats.accept import Refused
from uploads.forms import SeveralFiles, for_each, named
from uploads.storage import StorageUnavailable


class EachFile(SeveralFiles):
    """Cleans to the files that are good; `refusals` say what is wrong with the others."""

    refusals = ()

    def clean(self, data, initial=None):
        good, self.refusals = self.sort(data)
        return good


class NewItemsForm(forms.Form):
    """One or several files for a sample model, each of which becomes a row of its own.

    What is typed is for all of them, unless it comes once for each file, in the same order.
    """

    def __init__(self, *args, model, owner, **kwargs):
        super().__init__(*args, **kwargs)
        self.model, self.owner = model, owner
        self.upload = model.upload_field().name
        self.fields[self.upload] = EachFile(model.upload_field().formfield())
        self.fields[self.upload].label = capfirst(model._meta.verbose_name_plural)
        for name in model.typed_fields:
            self.fields[name] = model._meta.get_field(name).formfield()

    def clean(self):
        files = self[self.upload].data or []
        columns = [self.for_each_file(name, len(files)) for name in self.model.typed_fields]
        rows = zip(*columns, strict=True) if columns else [()] * len(files)
        self.typed = dict(zip(files, rows, strict=True))
        if self.errors:  # nothing will be stored: all that is wrong is said now
            self.add_errors((self.upload, e) for e in self.fields[self.upload].refusals)

    def for_each_file(self, name, count):
        values = self.data.getlist(name) if hasattr(self.data, "getlist") else []
        try:
            values = for_each(values, count) if count else []
            if len(values) > 1 and name not in self.errors:
                return [self.fields[name].clean(value) for value in values]
        except ValidationError as error:
            self.add_error(name, error)
        return [self.cleaned_data.get(name, "")] * count

    def save(self):
        """The new rows: a file that is refused, now or before, is an error of the form instead.

        What else goes wrong with one, such as a callback of its commit, is raised after the others.
        """
        items, unavailable, wrong = [], None, None
        refusals = [(self.upload, error) for error in self.fields[self.upload].refusals]
        for file in self.cleaned_data[self.upload]:
            try:
                if unavailable:  # none of the others waits for it again
                    raise unavailable
                items.append(self.create(file))
            except Refused as error:  # by the owner's quota
                refusals += [(self.upload, self.about(file, e)) for e in error.error_list]
            except StorageUnavailable as error:
                unavailable = error
                refusal = ValidationError(str(error), code="unavailable")
                refusals.append((None, self.about(file, refusal)))
            except Exception as error:
                wrong = error
        if wrong:
            raise wrong
        self.add_errors(refusals)
        return items

    def add_errors(self, refusals):
        for field, error in refusals:
            self.add_error(field, error)

    def about(self, file, error):
        """`error`, with the file's name where there are several."""
        return named(file, error) if len(self.typed) > 1 else error

    def create(self, file):
        typed = dict(zip(self.model.typed_fields, self.typed[file], strict=True))
        return self.model.objects.create(owner=self.owner, **typed, **{self.upload: file})


class ItemForm(forms.ModelForm):
    """Changes what is typed or replaces the file of a row; the view names model and fields."""

    class Meta:
        help_texts = {"title": _("If left empty, it stays, or a new file's own name is taken.")}

    def clean_title(self):
        # An emptied title means the new file's name; without a new file, the title stays.
        title, replaced = self.cleaned_data["title"], self.instance.upload_field().name
        return title if title or replaced in self.changed_data else self.instance.title
