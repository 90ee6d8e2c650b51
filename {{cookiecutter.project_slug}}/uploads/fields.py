"""`image = ImageField(upload_to="products")`: all that a model's owner writes.

The name, the renditions, srcset, width and height and the clean-up come from the field.
"""

import functools
from contextlib import suppress

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.db.models.fields.files import FieldFile
from django.db.models.signals import class_prepared

from . import forms, names, tracking
from .checks import rules
from .defaults import is_number
from .formats import accept, decoding, types, variants
from .storage import at
from .stored import StoredFile, StoredFileDescriptor, StoredImage, StoredImageDescriptor


class UploadMixin:
    """What both fields share.

    Rules of a field, none of which makes a migration: `types` are the extensions it takes, `max_mb`
    the most megabytes of a file, `private` whether may_read() is asked for each download; with
    `keep`, its files are never deleted.
    """

    private = False  # unless the field says otherwise
    rule_names = ("types", "max_mb", "private", "keep")

    def __init__(
        self, *args, types=None, max_mb=None, private=None, keep=False, storage=None, **kwargs
    ):
        self.types, self.max_mb, self.keep = types, max_mb, keep
        self.given_private, self.given_storage = private, storage
        self.private = self.private if private is None else private
        if storage is None:
            storage = "private" if self.private else "default"
        if issubclass(type(storage), str):  # isinstance() would wake a lazy storage
            storage = default_storage if storage == "default" else functools.partial(at, storage)
        # Files are looked up by name: before one is sent to a visitor, and before one is deleted.
        kwargs = {"max_length": 255, "db_index": True} | kwargs
        super().__init__(*args, storage=storage, **kwargs)

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        if cls._meta.apps is not apps:  # a model of migrations, which say nothing of the rules
            with suppress(LookupError, FieldDoesNotExist):
                self.take_rules(apps.get_model(cls._meta.label)._meta.get_field(name))

    def take_rules(self, field):
        """Those of the field in today's models: a data migration stores files where it does."""
        if type(field) is type(self) and self.given_storage is None:
            for rule in ("storage", *self.rule_names):
                setattr(self, rule, getattr(field, rule))

    def deconstruct(self):
        """Without the rules for uploads, which change nothing in the database."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("storage", None)
        if self.given_storage is not None:
            lazy = self.given_storage is default_storage  # migrations can't write that
            kwargs["storage"] = "default" if lazy else self.given_storage
        for option, default in {"max_length": 255, "db_index": True}.items():
            if kwargs.get(option) == default:
                del kwargs[option]
        if not self.db_index:
            kwargs["db_index"] = False
        return name, path, args, kwargs

    @property
    def extensions(self):
        """Those that the field takes: its `types`, of those that the settings allow."""
        listed = isinstance(self.types, list | tuple | set | frozenset) and self.types
        wanted = {e for e in self.types if isinstance(e, str)} if listed else self.all_types()
        return self.all_types().intersection(wanted)

    def most_mb(self, extension=None):
        """The most megabytes of a file with this extension, or of any."""
        limits, most = settings.UPLOAD_FILE_TYPES, settings.MAX_UPLOAD_MB
        wanted = [extension] if extension else self.extensions
        most = max((limits.get(e, most) for e in wanted), default=most)
        return min(most, self.max_mb) if is_number(self.max_mb) else most

    def check(self, **kwargs):
        return [*super().check(**kwargs), *rules.problems(self)]

    def own_folder(self):
        """The folder, such as "papers/", that all its files are in; "" when they have none."""
        folder = self.upload_to if isinstance(self.upload_to, str) else ""
        folder = f"{folder.strip('/')}/".partition("%")[0]
        return folder[: folder.rfind("/") + 1].lstrip("/")

    def accept(self, content, name):
        """`content`, sent as `name`, as what to store: with extension, size, content, renditions.

        Asked by the form and again when the row is saved; the work is done once, and the field's
        own `validators` are asked once, with the file as it was sent. Raises Refused.
        """
        if getattr(content, "accepted_by", None) is not self:
            try:
                content.accepted = self.process(content, name)
                content.accepted_by = self  # a validator may ask for the size of a picture
                self.ask_validators(content, name)
            except Exception as error:
                content.accepted_by = None
                if not isinstance(error, ValidationError):
                    raise
                refused = forms.reworded(accept.Refused(error), self.error_messages)
                refused.field = self.name
                raise refused from error
        return content.accepted

    def process(self, content, name):
        """What accept() does, once: subclasses may do more, or refuse more."""
        limits = {"extensions": self.extensions, "most_mb": self.most_mb(names.extension(name))}
        return accept.accept(content, name, **limits, **self.format_rules())

    def ask_validators(self, content, name):
        file = self.attr_class(None, self, name)
        file.file, file._committed = content, False
        if isinstance(content.read(0), str):  # ContentFile("text"), as code makes it
            content.seek(0)
            file.file = ContentFile(content.read().encode())
        errors = []
        for validator in [*self.default_validators, *self._validators]:
            file.seek(0)
            try:
                validator(file)
            except ValidationError as error:
                errors += getattr(error, "error_list", None) or error.messages
        if errors:
            raise ValidationError(errors)

    def format_rules(self):
        """What accept() has to know of pictures or videos that this field takes."""
        return {}

    def variants_of(self, name):
        """The kinds of renditions that its file `name` has."""
        return []

    def renditions_of(self, name):
        """The names of all renditions of its file `name`."""
        return [made for v in self.variants_of(name) for made in v.renditions(name).values()]

    @functools.cached_property
    def validators(self):
        """One, the check of an upload: full_clean() asks it, serializers of APIs copy it."""
        return [self.check_upload]

    def check_upload(self, value):
        if not isinstance(value, FieldFile):
            self.accept(value, value.name)
        elif not value._committed:
            self.accept(value.file, value.name)

    def undo(self, name, instance, sent):
        """The file `name` is deleted; its upload, sent as (name, content), may be tried again."""
        instance = instance()
        if instance is not None and getattr(instance, self.attname).name == name:
            file = self.attr_class(instance, self, sent[0])
            file.file, file._committed = sent[1], False
            setattr(instance, self.attname, file)

    def store_before(self, instance):
        """Decode and store an upload while no transaction holds up others.

        A callable upload_to may look at what pre_save() of other fields puts into the instance:
        then only the first half.
        """
        file = getattr(instance, self.attname)
        if file and not file._committed:
            if callable(self.upload_to):
                self.accept(file.file, file.name)
            else:
                self.pre_save(instance, instance._state.adding)

    def pre_save(self, instance, add):
        uncommitted = not getattr(instance, self.attname)._committed
        file = super().pre_save(instance, add)
        if uncommitted:
            tracking.mark_new(instance, self, file.name)
            tracking.note_upload(self, file.name)
        return file

    def get_db_prep_save(self, value, connection):
        """The name for the row; a file that no `save()` has stored yet has none."""
        if isinstance(value, StoredFile) and value and not value._committed:
            raise ValueError(f"{self} is not stored yet: call save() on each row instead.")
        tracking.before_write(self, value, connection)
        return super().get_db_prep_save(value, connection)

    def from_db_value(self, value, expression, connection):
        return names.StoredName(value) if value else value

    def formfield(self, **kwargs):
        options = {"form_class": forms.UploadField} | kwargs
        if issubclass(options["form_class"], forms.UploadField):
            limits = {"extensions": self.extensions, "most_mb": self.most_mb()}
            options = {"accept": self.accept} | limits | options
        return super().formfield(**options)


class FileField(UploadMixin, models.FileField):
    """A private file: it has no public address, and its model's `may_read(user)` says who may.

    Takes the types of UPLOAD_FILE_TYPES, unless `types` names some of them. With private=False, or
    a public storage of your own, everybody may read them. `max_seconds` is how long a video or
    sound may be.
    """

    attr_class = StoredFile
    descriptor_class = StoredFileDescriptor
    private = True
    rule_names = (*UploadMixin.rule_names, "max_seconds")

    def __init__(self, *args, max_seconds=None, **kwargs):
        self.max_seconds = max_seconds
        super().__init__(*args, **kwargs)

    @staticmethod
    def all_types():
        return frozenset(settings.UPLOAD_FILE_TYPES)

    def variants_of(self, name):
        """A video has posters, a PDF its first page, a picture smaller ones."""
        kind = types.kind(names.extension(name))
        if kind == "image":
            return variants.of_field(None, None)
        return variants.of_files() if kind in {"video", "pdf"} else []

    def format_rules(self):
        seconds = self.max_seconds if is_number(self.max_seconds) else None
        return {"max_seconds": seconds, "variants": variants.of_field(None, None)}


class ImageField(UploadMixin, models.ImageField):
    """A picture with renditions, public unless private=True.

    Takes all picture formats of formats/types.py, unless `types` names some of their extensions.
    In pixels: `widths` of the renditions and `max_side` of what is stored (IMAGE_WIDTHS and
    IMAGE_MAX_SIDE unless told), `min_side` of what is taken. Each of `ratios`, such as "16/9", has
    renditions of its own, of the picture's middle in that shape.
    """

    attr_class = StoredImage
    descriptor_class = StoredImageDescriptor
    rule_names = (*UploadMixin.rule_names, "widths", "ratios", "max_side", "min_side")

    def __init__(self, *args, widths=None, ratios=None, max_side=None, min_side=None, **kwargs):
        self.widths, self.ratios, self.max_side, self.min_side = widths, ratios, max_side, min_side
        super().__init__(*args, **kwargs)

    @staticmethod
    def all_types():
        return types.PICTURE_EXTENSIONS

    def variants(self):
        """The kinds of renditions that its pictures have: the whole first, one for each ratio."""
        return variants.of_field(self.widths, self.ratios)

    def variants_of(self, name):
        return self.variants()

    def format_rules(self):
        sides = {"max_side": self.max_side, "min_side": self.min_side}
        return {"variants": self.variants(), **sides}

    def process(self, content, name):
        accepted = super().process(content, name)
        content.image = decoding.header(content)  # as forms.ImageField has it
        content.content_type = content.image.get_format_mimetype()
        return accepted


class_prepared.connect(tracking.watch)
