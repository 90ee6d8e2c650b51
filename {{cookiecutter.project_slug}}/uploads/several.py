"""Several files at once in the admin: "Add several" on a list, each file a row of its own.

Without this module, and its name in library/admin.py, each is added by itself.
"""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import router, transaction
from django.forms import Field
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .answers import prefers_json, refusal, refusals
from .formats.accept import Refused
from .forms import SeveralFiles, for_each, named
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
        if request.method != "POST":
            return self.several_page(request, upload)
        if errors := self.wrong_together(request, upload, sent):
            return self.several_refused(request, upload, errors)
        files, rest = sent[: SeveralFiles.MOST], sent[SeveralFiles.MOST :]
        forms = [self.one_of_several(request, upload, sent, n) for n in range(len(files))]
        good = [form for form in forms if not form.errors]
        errors = {}
        for file, form in zip(files, forms, strict=True):
            for field, its in form.errors.as_data().items():
                errors.setdefault(field, []).extend(self.about(file, sent, e) for e in its)
            file.refusals = {error.code for error in form.errors.as_data().get(upload, ())}
        for file in rest:
            error = SeveralFiles(forms[0].fields[upload]).too_many(sent)
            errors.setdefault(upload, []).append(self.about(file, sent, error))
        if prefers_json(request):
            rows = [self.row(form.instance, upload) for form in good]
            if errors:
                return refusals(errors, stored=rows)
            return JsonResponse(rows[0] if len(rows) == 1 else rows, status=201, safe=False)
        self.say_uploaded(request, len(good))
        left = [file for file, form in zip(files, forms, strict=True) if form.errors] + rest
        if not left:
            return redirect(self.list_url())
        return self.several_refused(request, upload, errors, left)

    def wrong_together(self, request, upload, sent):
        """{field: [ValidationError]} of the request as a whole, of which nothing is stored then."""
        if not sent:
            required = Field.default_error_messages["required"]
            return {upload: [ValidationError(required, code="required")]}
        errors = {}
        for name in self.each:
            try:
                for_each(request.POST.getlist(name), len(sent))
            except ValidationError as error:
                errors[name] = [error]
        return errors

    def several_refused(self, request, upload, errors, left=()):
        if prefers_json(request):
            return refusals(errors)
        for error in (error for its in errors.values() for error in its):
            messages.error(request, error.messages[0])
        return self.several_page(request, upload, left)

    def about(self, file, sent, error):
        """`error`, with the file's name where there are several."""
        return named(file, error) if len(sent) > 1 else error

    def say_uploaded(self, request, count):
        if count:
            said = ngettext(
                "%(count)s %(names)s is uploaded.", "%(count)s %(names)s are uploaded.", count
            )
            names = self.opts.verbose_name_plural
            messages.success(request, said % {"count": count, "names": names})

    def one_of_several(self, request, upload, sent, number):
        """The form of one file, which is decoded before the transaction begins, and saved."""
        typed = request.POST.copy()
        for name in self.each:
            if values := for_each(request.POST.getlist(name), len(sent)):
                typed[name] = values[number]
        form = self.get_form(request)(typed, MultiValueDict({upload: [sent[number]]}))
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
