"""Puts our classes in the place of Django's, where its tests look for them."""

import functools
from types import SimpleNamespace
from unittest import mock

from django import forms
from django.conf import settings
from django.conf.urls import static as urls
from django.contrib.admin import utils
from django.core.files import storage
from django.db import models
from django.forms import models as model_forms
from django.views import static
from uploads import names, references
from uploads.fields import FileField, ImageField
from uploads.formats import types
from uploads.forms import UploadField
from uploads.serve import public
from uploads.storage import DiskStorage
from uploads.stored import StoredFile
from uploads.widgets import UploadInput

# Of files that the tests send, all of them text, and many without an extension.
TYPES = ["", "ext", "file1", "file2", "gz", "longext", "py"]


def accept(content, name):
    """Every file, as a form's field does that is of no model."""


class FormField(UploadField):
    def __init__(self, **kwargs):
        rules = {"accept": accept, "extensions": ["txt"], "most_mb": 1}
        super().__init__(**rules | kwargs)


class FormImageField(FormField):
    """With the rules of a model's."""

    def __init__(self, **kwargs):
        of = ImageField()
        rules = {"accept": of.accept, "extensions": of.extensions, "most_mb": of.most_mb()}
        super().__init__(**rules | kwargs)


def serve(request, path, document_root=None, show_indexes=False):
    """Ours has no `show_indexes`: it never lists a folder."""
    return public(request, path, document_root)


def with_its_name(save):
    """StoredFile.save with the name that Django would give, which the tests look for."""

    @functools.wraps(save)
    def wrapper(self, name, *args, **kwargs):
        generate = self.field.generate_filename
        paths = []

        def given(instance, filename):
            paths.append(generate(instance, name))
            return paths[0]

        def new(*rest):
            return self.storage.get_available_name(paths[0], max_length=self.field.max_length)

        path = mock.patch.object(self.field, "generate_filename", given)
        with path, mock.patch.object(names, "new", new):
            save(self, name, *args, **kwargs)

    return wrapper


def put_in():
    """Once Django is set up, and before any model of its tests is."""
    # There, isinstance(field, models.FileField) is asked of image fields too.
    for module in (utils, model_forms, references):
        module.models = SimpleNamespace(**vars(models))
    models.FileField, models.ImageField = FileField, ImageField
    forms.FileField, forms.ImageField = FormField, FormImageField
    forms.ClearableFileInput = UploadInput
    storage.FileSystemStorage = DiskStorage
    static.serve = serve
    urls.static = functools.partial(urls.static, view=serve)
    # What all of its tests would stumble over, and ours are for.
    FileField.private = False
    StoredFile.save = with_its_name(StoredFile.save)
    # Django cuts names to fit a short column; ours are never cut, and a check says so.
    settings.SILENCED_SYSTEM_CHECKS = [*settings.SILENCED_SYSTEM_CHECKS, "uploads.E023"]
    settings.UPLOAD_FILE_TYPES |= dict.fromkeys(TYPES, settings.MAX_UPLOAD_MB)
    types.FILES |= dict.fromkeys(TYPES, types.FILES["txt"])
