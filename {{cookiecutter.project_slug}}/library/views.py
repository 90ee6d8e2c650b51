"""The samples' pages: Django's generic views, which urls.py gives the model to show."""

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import modelform_factory
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import DeleteView, DetailView, FormView, TemplateView, UpdateView

from library.forms import ItemForm, NewItemsForm
from library.models import Item
from uploads.answers import form_refusal, prefers_json, refusal
from uploads.formats.accept import Refused
from uploads.storage import StorageUnavailable

PER_PAGE = 60
NEWEST = 8
COUNTED = 1000


def samples():
    """The sample models, in the order of models.py."""
    return [m for m in apps.get_app_config("library").get_models() if issubclass(m, Item)]


class Overview(TemplateView):
    """Every sample folder with its newest rows and their number: two queries for each folder."""

    template_name = "library/overview.html"

    def get_context_data(self, **kwargs):
        sections = [self.section(model) for model in samples()]
        nothing = not any(section["count"] for section in sections)
        return super().get_context_data(sections=sections, nothing=nothing, **kwargs)

    def section(self, model):
        rows = model.readable_by(self.request.user)
        count = rows[: COUNTED + 1].count()  # to count a large table would take seconds
        return {
            "opts": model._meta,
            "public": model.is_public(),
            "newest": list(rows[:NEWEST]) if count else [],
            "count": min(count, COUNTED),
            "more": count > COUNTED,
        }


# A picture is decoded while no transaction holds up others, whatever ATOMIC_REQUESTS says.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class ItemPage(AccessMixin):
    """What the pages of a sample share: who may open them, and what their templates are told."""

    model = None
    changes = False  # True for pages that belong to the owner and staff
    context_object_name = "item"

    def dispatch(self, request, *args, **kwargs):
        if not request.user.is_authenticated and (self.changes or not self.model.is_public()):
            return self.log_in_first()
        return super().dispatch(request, *args, **kwargs)

    def log_in_first(self):
        if prefers_json(self.request):
            return refusal(_("You are not logged in, or not any more. Log in and try again."), 401)
        return self.handle_no_permission()

    def get_queryset(self):
        return self.model.readable_by(self.request.user)

    def get_object(self, queryset=None):
        item = super().get_object(queryset)  # 404 for what this visitor may not read
        if not self.may_open(item):
            raise PermissionDenied
        return item

    def may_open(self, item):
        return True

    def get_context_data(self, **kwargs):
        opts, public = self.model._meta, self.model.is_public()
        return super().get_context_data(opts=opts, public=public, **kwargs)

    def list_url(self):
        return reverse(f"{self.model._meta.model_name}-list")


class ItemList(ItemPage, TemplateView):
    """Newest first, found by the neighbouring row's pk: page 10,000 costs what page 1 costs."""

    template_name = "library/list.html"

    def get(self, request):
        before, after = self.pk_from("before"), self.pk_from("after")
        rows = self.get_queryset()
        # One row more than a page holds says whether another page follows: no COUNT.
        if after is not None:
            rows = list(rows.filter(pk__gt=after).order_by("pk")[: PER_PAGE + 1])
            if len(rows) <= PER_PAGE:
                return redirect(self.list_url())
            rows = rows[PER_PAGE - 1 :: -1]
            newer = older = True
        else:
            if before is not None:
                rows = rows.filter(pk__lt=before)
            rows = list(rows[: PER_PAGE + 1])
            newer, older = before is not None, len(rows) > PER_PAGE
            rows = rows[:PER_PAGE]
        deletable = {item.pk for item in rows if item.may_delete(request.user)}
        context = {"items": rows, "newer": newer, "older": older, "deletable": deletable}
        return self.render_to_response(self.get_context_data(compact=self.is_compact(), **context))

    def is_compact(self):
        """Whether files are lines rather than cards: as ?view=compact has said last."""
        if self.model.is_public():  # and has one view: no visitor needs a session for it
            return False
        if self.request.GET.get("view") in ("cards", "compact"):
            self.request.session["view"] = self.request.GET["view"]
        return self.request.session.get("view") == "compact"

    def pk_from(self, name):
        """The pk in the address, such as 120 in ?before=120, or None."""
        try:
            return int(self.request.GET[name]) if name in self.request.GET else None
        except ValueError:
            raise Http404(_("%(name)s is not a number") % {"name": name}) from None


class ItemDetail(ItemPage, DetailView):
    template_name = "library/detail.html"

    def get_context_data(self, **kwargs):
        rows, item = self.get_queryset(), self.object
        newer = rows.filter(pk__gt=item.pk).order_by("pk").values_list("pk", flat=True)[:PER_PAGE]
        return super().get_context_data(
            may_change=item.may_change(self.request.user),
            may_delete=item.may_delete(self.request.user),
            newer=newer[0] if newer else None,
            older=rows.filter(pk__lt=item.pk).values_list("pk", flat=True).first(),
            back=self.back(newer),
            **kwargs,
        )

    def back(self, newer):
        """The address of the row's place in its list: on the first page, or amid its neighbours."""
        page = f"?before={newer[PER_PAGE // 2]}" if len(newer) == PER_PAGE else ""
        return f"{self.list_url()}{page}#item-{self.object.pk}"


class ItemNew(ItemPage, FormView):
    """Takes several files at once, each for itself: one that is bad holds up no other.

    Who asks for JSON gets {"id", "title", "url", "preview"}, a list of them for several files, or
    {"errors": {field: [sentence]}}.
    """

    template_name = "library/new.html"
    form_class = NewItemsForm
    changes = True
    items = ()

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "model": self.model, "owner": self.request.user}

    def form_valid(self, form):
        self.items = form.save()
        if form.errors:
            return self.form_invalid(form)
        if prefers_json(self.request):
            answers = [as_json(item) for item in self.items]
            return JsonResponse(answers if len(answers) > 1 else answers[0], status=201, safe=False)
        self.say_uploaded()
        return redirect(self.items[0] if len(self.items) == 1 else self.list_url())

    def form_invalid(self, form):
        if prefers_json(self.request):
            return form_refusal(form, stored=[as_json(item) for item in self.items])
        if self.items:
            self.say_uploaded()
        return super().form_invalid(form)

    def say_uploaded(self):
        if len(self.items) == 1:
            sentence = _("“%(title)s” is uploaded.") % {"title": self.items[0]}
        else:
            sentence = ngettext(
                "%(count)s %(names)s is uploaded.",
                "%(count)s %(names)s are uploaded.",
                len(self.items),
            ) % {"count": len(self.items), "names": self.model._meta.verbose_name_plural}
        messages.success(self.request, sentence)


def as_json(item):
    """What a program is told of a new row."""
    url, preview = item.get_absolute_url(), item.upload.preview
    return {"id": item.pk, "title": str(item), "url": url, "preview": preview}


class ItemEdit(ItemPage, UpdateView):
    template_name = "library/edit.html"
    changes = True

    def may_open(self, item):
        return item.may_change(self.request.user)

    def get_form_class(self):
        fields = [self.model.upload_field().name, *self.model.typed_fields]
        return modelform_factory(self.model, form=ItemForm, fields=fields)

    def form_valid(self, form):
        try:
            response = super().form_valid(form)
        except Refused as error:  # by the owner's quota
            form.add_error(error.field, error)
            return self.form_invalid(form)
        except StorageUnavailable as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("“%(title)s” is saved.") % {"title": self.object})
        return response


class ItemDelete(ItemPage, DeleteView):
    template_name = "library/delete.html"
    changes = True

    def may_open(self, item):
        return item.may_delete(self.request.user)

    def form_valid(self, form):
        messages.success(self.request, _("“%(title)s” is deleted.") % {"title": self.object})
        return super().form_valid(form)

    def get_success_url(self):
        return self.list_url()


class ItemDeleteSeveral(ItemPage, TemplateView):
    """Asks about the rows that were ticked in a list, and deletes them together."""

    template_name = "library/delete_several.html"
    changes = True

    def chosen(self, asked):
        """The rows that a request names; all of them are this visitor's to delete."""
        pks = {int(pk) for pk in asked.getlist("pk") if pk.isdecimal() and len(pk) < 19}
        items = list(self.get_queryset().filter(pk__in=sorted(pks)[:PER_PAGE]))
        if not all(item.may_delete(self.request.user) for item in items):
            raise PermissionDenied
        return items

    def get(self, request):
        if items := self.chosen(request.GET):
            context = {"items": items, "names": self.names(items)}
            return self.render_to_response(self.get_context_data(**context))
        return redirect(self.list_url())

    def post(self, request):
        items = self.chosen(request.POST)
        with transaction.atomic():
            self.model._default_manager.filter(pk__in=[item.pk for item in items]).delete()
        if items:
            sentence = ngettext(
                "%(count)s %(names)s is deleted.", "%(count)s %(names)s are deleted.", len(items)
            )
            messages.success(request, sentence % {"count": len(items), "names": self.names(items)})
        return redirect(self.list_url())

    def names(self, items):
        """What one or several are called."""
        opts = self.model._meta
        return opts.verbose_name if len(items) == 1 else opts.verbose_name_plural
