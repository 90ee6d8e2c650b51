"""Several files at once in the admin: "Add several" on a list, each file a row of its own.

Without this module, and its name in library/admin.py, each is added by itself.
"""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import router, transaction
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .answers import form_refusal, prefers_json, refusal
from .formats.accept import Refused
from .forms import SeveralFiles, named
from .storage import StorageUnavailable
from .tracking import own_fields
from .widgets import SeveralFilesInput


class SeveralAdmin:
    """For a ModelAdmin whose model has an upload: put it first. All else of a row is its form's."""

    each = ("title", "alt")  # fields of that form which are asked for each file, not for all
    change_list_template = "uploads/admin_list.html"

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_add_several"
        return [path("add-several/", self.add_several, name=name), *super().get_urls()]

    @transaction.non_atomic_requests  # a picture is decoded while no transaction is open
    def add_several(self, request):
        if prefers_json(request) and not self.admin_site.has_permission(request):
            reason = _("You are not logged in, or not any more. Log in and try again.")
            return refusal(reason, 401)
        return self.admin_site.admin_view(self.several)(request)

    def several(self, request):
        if not self.has_add_permission(request):
            if prefers_json(request):
                return refusal(_("You have no permission to add this."), 403)
            raise PermissionDenied
        upload = own_fields(self.model)[0].name
        sent = SeveralFilesInput().value_from_datadict(request.POST, request.FILES, upload)
        if not sent:  # of a POST, too: the browser has asked for one
            return self.several_page(request, upload)
        files, rest = sent[: SeveralFiles.MOST], sent[SeveralFiles.MOST :]
        forms = [self.one_of_several(request, upload, file) for file in files]
        good = [form for form in forms if not form.errors]
        if prefers_json(request):
            rows = [self.row(form.instance, upload) for form in good]
            if len(good) < len(forms):
                return form_refusal(next(form for form in forms if form.errors), stored=rows)
            return JsonResponse(rows[0] if len(rows) == 1 else rows, status=201, safe=False)
        for file, form in zip(files, forms, strict=True):
            for error in (e for errors in form.errors.as_data().values() for e in errors):
                messages.error(request, named(file, error).messages[0])
        for file in rest:
            error = SeveralFiles(forms[0].fields[upload]).too_many(sent)
            messages.error(request, named(file, error).messages[0])
        if good:
            said = ngettext(
                "%(count)s %(names)s is uploaded.", "%(count)s %(names)s are uploaded.", len(good)
            )
            names = self.opts.verbose_name_plural
            messages.success(request, said % {"count": len(good), "names": names})
        left = [file for file, form in zip(files, forms, strict=True) if form.errors] + rest
        return self.several_page(request, upload, left) if left else redirect(self.list_url())

    def one_of_several(self, request, upload, file):
        """The form of one file, which is decoded before the transaction begins, and saved."""
        form = self.get_form(request)(request.POST, MultiValueDict({upload: [file]}))
        if not form.is_valid():
            return form
        try:
            with transaction.atomic(using=router.db_for_write(self.model)):
                row = self.save_form(request, form, change=False)
                self.save_model(request, row, form, change=False)
                self.save_related(request, form, [], change=False)
                self.log_addition(request, row, [{"added": {}}])
        except Refused as error:  # by the owner's quota
            form.add_error(upload, error)
        except StorageUnavailable as error:
            form.add_error(None, str(error))
        return form

    def row(self, row, upload):
        """What a program is told of a new row, as by the site's own pages."""
        url = reverse(self.url_name("change"), args=[row.pk])
        file = getattr(row, upload)
        return {"id": row.pk, "title": str(row), "url": url, "preview": file.preview}

    def several_page(self, request, upload, left=()):
        """With what was typed, and the files that are `left` and good: they are kept (kept.py)."""
        typed = self.get_changeform_initial_data(request) | request.POST.dict()
        form = self.get_form(request)(initial=typed)
        form.fields[upload] = SeveralFiles(form.fields[upload])
        form.fields[upload].widget.chosen = left
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add several"),
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
            "each": self.each,
            "list_url": self.list_url(),
        }
        return render(request, "uploads/admin_several.html", context)

    def url_name(self, page):
        site = self.admin_site.name
        return f"{site}:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def list_url(self):
        return reverse(self.url_name("changelist"))
