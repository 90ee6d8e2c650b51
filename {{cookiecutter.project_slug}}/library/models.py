"""The sample models, one per folder: made to be read, changed and deleted."""

from django.conf import settings
from django.contrib.auth import get_permission_codename
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from library import quota
from uploads import fields, names


class Item(models.Model):
    """What all samples share. Each sample adds one field: a public image or a private file."""

    typed_fields = ("title",)  # what a visitor types about a file

    title = models.CharField(
        _("title"),
        max_length=255,
        blank=True,
        help_text=_("If left empty, the file's own name is taken."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("owner"),
    )
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    bytes = models.PositiveBigIntegerField(_("bytes"), default=0, editable=False)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def __str__(self):
        return self.title or f"{self._meta.verbose_name} {self.pk}"

    def save(self, *args, update_fields=None, **kwargs):
        saved = update_fields is None or self.upload_field().name in update_fields
        if not saved or not self.upload or self.upload._committed:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        # A new file still has the visitor's name here; once stored, its name is only an id.
        self.title = self.title or names.title_from(self.upload.name)
        self.bytes = quota.size(self.upload)
        if update_fields is not None:
            update_fields = {*update_fields, "bytes"}
        with quota.kept(self):
            super().save(*args, update_fields=update_fields, **kwargs)

    def get_absolute_url(self):
        return reverse(f"{self._meta.model_name}-detail", args=[self.pk])

    @classmethod
    def upload_field(cls):
        """The model's image or file field."""
        return next(f for f in cls._meta.fields if isinstance(f, models.FileField))

    @classmethod
    def is_public(cls):
        """Images are public to read, files are private."""
        return isinstance(cls.upload_field(), fields.ImageField)

    @classmethod
    def readable_by(cls, user):
        """The rows that may_read() lets this visitor see, as a queryset."""
        rows = cls._default_manager.select_related("owner")
        if cls.is_public() or cls.permits(user, "view", "change"):
            return rows
        return rows.filter(owner=user.pk)

    @classmethod
    def permits(cls, user, *actions):
        """Whether this visitor is staff with one of these permissions; superusers have all."""
        app, opts = cls._meta.app_label, cls._meta
        wanted = [f"{app}.{get_permission_codename(action, opts)}" for action in actions]
        return user.is_staff and any(user.has_perm(name) for name in wanted)

    @property
    def upload(self):
        """The stored image or file, whatever its field is called."""
        return getattr(self, self.upload_field().name)

    def may_read(self, user):
        """Whether this visitor may see the row and its file; asked for each private download."""
        return self.is_public() or self.is_of(user) or self.permits(user, "view", "change")

    def may_change(self, user):
        """Whether this visitor may edit the row: its owner, and staff with the permission."""
        return self.is_of(user) or self.permits(user, "change")

    def may_delete(self, user):
        return self.is_of(user) or self.permits(user, "delete")

    def is_of(self, user):
        return user.is_authenticated and user.pk == self.owner_id


class ImageItem(Item):
    """A picture, and what it shows: blank is a choice, never to be filled with the file's name."""

    typed_fields = ("title", "alt")
    alt = models.CharField(
        _("alt text"),
        max_length=255,
        blank=True,
        help_text=_("What the picture shows, for who can't see it. Left empty, it decorates."),
    )

    class Meta(Item.Meta):
        abstract = True
{%- for model in cookiecutter | models %}


class {{ model.name }}({{ model.base }}):
    {{ model.kind }} = fields.{{ model.field }}(
        _({{ model.kind | py }}),
        upload_to={{ model.folder | py }},
        types={{ model.types | py }},
    )

    class Meta(Item.Meta):
        verbose_name = {{ model.verbose | py }}
        verbose_name_plural = {{ model.verbose_plural | py }}
{%- endfor %}
