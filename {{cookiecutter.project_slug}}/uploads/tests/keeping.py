"""A site that keeps files, and a visitor of it: for the tests of uploads/kept.py."""

import re

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.storage import storages
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory

from uploads import kept
from uploads.formats.accept import Refused
from uploads.storage import StorageUnavailable
from uploads.tests.models import Album


def there():
    """Names of the files that are kept now."""
    return [e.name for e in storages["private"].walk() if e.name.startswith(kept.FOLDER)]


class AlbumForm(forms.ModelForm):
    class Meta:
        model = Album
        fields = ["name", "cover"]


class Site:
    """A form behind the middleware, and one visitor of it."""

    def __init__(self, user=None):
        self.user, self.session = user or AnonymousUser(), SessionStore()

    def ask(self, data=None, path="/", form_class=AlbumForm, status=200, instance=None):
        """Send the form. Returns the answer, with `tokens` of the files that it shows again."""

        def view(request):
            self.form = form = form_class(request.POST, request.FILES, instance=instance)
            if form.is_valid():
                try:
                    with transaction.atomic():
                        form.save()
                    return HttpResponse("saved", status=status)
                except Refused as error:
                    form.add_error(error.field, error)
                except StorageUnavailable as error:
                    form.add_error(None, str(error))
            return HttpResponse(form.as_p(), status=status)

        request = RequestFactory().post(path, data or {})
        request.user, request.session = self.user, self.session
        answer = kept.KeptFilesMiddleware(view)(request)
        request.close()
        answer.page = answer.content.decode(errors="replace")
        answer.tokens = re.findall(r'name="cover-kept" value="([^"]+)"', answer.page)
        return answer
