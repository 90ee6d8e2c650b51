"""`image = ImageField(upload_to="products")`: all that a model's owner writes.

The name, the renditions, srcset, width and height and the clean-up come from the field.
"""

import functools

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import models
from django.db.models.fields.files import FieldFile
from django.db.models.signals import class_prepared

from . import checks, decoding, files, forms, images, names, tracking
from .fieldfiles import StoredFile, StoredFileDescriptor, StoredImage, StoredImageDescriptor
from .storage import at


class Stored:
    """What both fields share."""

    private = False  # unless the field says otherwise

    def __init__(
        self, *args, types=None, max_mb=None, private=None, keep=False, storage=None, **kwargs
    ):
        self.types, self.max_mb, self.keep = types, max_mb, keep
        self.given_storage = storage
        if storage is None:
            storage = "private" if (self.private if private is None else private) else "default"
        if issubclass(type(storage), str):  # isinstance() would wake a lazy storage
            storage = default_storage if storage == "default" else functools.partial(at, storage)
        # Files are looked up by name: before one is sent to a visitor, and before one is deleted.
        kwargs = {"max_length": 255, "db_index": True} | kwargs
        super().__init__(*args, storage=storage, **kwargs)

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
        """Those that the field takes."""
        return frozenset(self.types or self.all_types())

    def most_mb(self, extension=None):
        """The most megabytes of a file, or of one with this extension."""
        most = settings.UPLOAD_FILE_TYPES.get(extension, settings.MAX_UPLOAD_MB)
        return min(most, self.max_mb or most)

    def check(self, **kwargs):
        return [*super().check(**kwargs), *self._check_rules()]

    def _check_rules(self):
        if self.keep and not self.own_folder():
            yield checks.found("E012", obj=self, field=self)
        known = self.all_types()
        listed = isinstance(self.types, list | tuple | set | frozenset) and self.types
        if self.types is not None and not (listed and known.issuperset(self.types)):
            yield checks.found("E013", obj=self, field=self, known=", ".join(sorted(known)))
        number = isinstance(self.max_mb, int | float) and not isinstance(self.max_mb, bool)
        if self.max_mb is not None and not (number and 0 < self.max_mb <= settings.MAX_UPLOAD_MB):
            yield checks.found("E014", obj=self, field=self, most=settings.MAX_UPLOAD_MB)

    def own_folder(self):
        """The folder, such as "papers/", that all its files are in; "" when they have none."""
        folder = self.upload_to if isinstance(self.upload_to, str) else ""
        folder = f"{folder.strip('/')}/".partition("%")[0]
        return folder[: folder.rfind("/") + 1].lstrip("/")

    def accept(self, content, name):
        """`content`, sent as `name`, as what to store: with extension, size, content, renditions.

        Asked by the form and again when the row is saved; the work is done once. Raises Refused.
        """
        if getattr(content, "accepted_by", None) is not self:
            try:
                content.accepted = self.check_content(content, name)
            except ValidationError as error:
                refused = files.Refused(error)
                refused.field = self.name
                raise refused from error
            content.accepted_by = self
        return content.accepted

    @functools.cached_property
    def validators(self):
        """With the check of an upload: full_clean() asks them, serializers of APIs copy them."""
        return [*super().validators, self.check_upload]

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
            rules = {"extensions": self.extensions, "most_mb": self.most_mb()}
            options = {"accept": self.accept} | rules | options
        return super().formfield(**options)


class FileField(Stored, models.FileField):
    """A private file: it has no public address, and its model's `may_read(user)` says who may.

    Takes the types of UPLOAD_FILE_TYPES, unless `types` names some of them. With private=False, or
    a public storage of your own, everybody may read them.
    """

    attr_class = StoredFile
    descriptor_class = StoredFileDescriptor
    private = True

    @staticmethod
    def all_types():
        return files.extensions()

    def check_content(self, content, name):
        files.check_name(content, name, self.extensions, self.most_mb(names.extension(name)))
        return files.check(content, name)


class ImageField(Stored, models.ImageField):
    """A picture with renditions, public unless private=True.

    Takes all formats of images.py, unless `types` names some of their extensions. In pixels:
    `widths` of the renditions and `max_side` of what is stored (IMAGE_WIDTHS and IMAGE_MAX_SIDE
    unless told), `min_side` of what is taken.
    """

    attr_class = StoredImage
    descriptor_class = StoredImageDescriptor

    def __init__(self, *args, widths=None, max_side=None, min_side=None, **kwargs):
        self.widths, self.max_side, self.min_side = widths, max_side, min_side
        super().__init__(*args, **kwargs)

    def renditions_of(self, name):
        """{width: name} of the renditions of the picture `name`."""
        return names.renditions(name, self.widths)

    @staticmethod
    def all_types():
        return images.EXTENSIONS

    def _check_rules(self):
        yield from super()._check_rules()
        for rule in ("max_side", "min_side", "widths"):
            value = getattr(self, rule)
            sizes = value if rule == "widths" else [value]
            if value is not None and not (isinstance(sizes, list) and all(map(is_size, sizes))):
                yield checks.found("E015", obj=self, field=self, rule=rule, value=value)

    def check_content(self, content, name):
        files.check_name(content, name, self.extensions, self.most_mb(names.extension(name)))
        rules = {"widths": self.widths, "max_side": self.max_side, "min_side": self.min_side}
        accepted = images.process(content, names.extension(name), **rules)
        content.image = decoding.header(content)  # as forms.ImageField has it
        content.content_type = content.image.get_format_mimetype()
        return accepted


def is_size(value):
    """Whether it can be a number of pixels."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


class_prepared.connect(tracking.watch)
