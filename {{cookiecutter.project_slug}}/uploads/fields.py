"""`image = ImageField(upload_to="products")`: all that a model's owner writes.

The name, the renditions, srcset, width and height and the clean-up come from the field.
"""

import posixpath

from django.core.files.base import ContentFile
from django.db import models
from django.db.models.fields.files import (
    FieldFile,
    FileDescriptor,
    ImageFieldFile,
    ImageFileDescriptor,
)
from django.db.models.signals import class_prepared

from . import checks, cleanup, files, forms, images, names, tracking
from .storage import StorageUnavailable, private_storage


class StoredFile(FieldFile):
    """A row's file. Whatever stores it (form, admin, shell, `save()`), it is checked first."""

    def __str__(self):
        return str(self.name or "")

    @property
    def extension(self):
        return names.extension(self.name)

    @property
    def kind(self):
        """ "image", "audio", "video", "pdf" or "other": how a page shows it."""
        return files.kind(self.extension)

    def save(self, name, content, save=True):
        """Check and store `content`, sent as `name`, and save the row unless told not to.

        Raises ValidationError for what is not accepted, StorageUnavailable when it can't be kept.
        """
        accepted = self.field.accept(content, name)
        # Django's own rules for upload_to (a folder, with strftime, or a callable) give the folder.
        folder = posixpath.dirname(self.field.generate_filename(self.instance, "file"))
        stored = names.new(folder, accepted.extension, accepted.size)
        whole = content if accepted.content is None else ContentFile(accepted.content)
        self.name, self._committed = names.StoredName(self.store(stored, whole, accepted)), True
        content.accepted = content.accepted_by = None  # stored; not for the request to carry on
        cleanup.remember_upload(self.field, self.name, self.instance, (name, content))
        setattr(self.instance, self.field.attname, self.name)
        if save:
            tracking.mark_new(self.instance, self.field, self.name)
            tracking.note_upload(self.field, self.name)
            self.instance.save()

    save.alters_data = True

    def store(self, name, whole, accepted):
        """Put a file and its renditions into the storage. Returns its name there."""
        written = []
        try:
            written.append(self.storage.save(name, whole))
            for width, rendition in accepted.renditions.items():
                if names.STORED.fullmatch(written[0]):  # it may have given a name of its own
                    part = names.rendition(name, width)
                    written.append(self.storage.save(part, ContentFile(rendition)))
        except Exception as error:  # each storage has its own family of errors
            list(cleanup.delete(self.storage, written))  # no row has heard of them
            raise StorageUnavailable(
                "The file could not be stored. Nothing was saved: try again later."
            ) from error
        return written[0]

    def delete(self, save=True):
        """Take the file from the row; it is deleted when the row has been saved and committed."""
        if not self:
            return
        self.close()
        self.name = None
        self._committed = True
        setattr(self.instance, self.field.attname, None)
        if save:
            self.instance.save()

    delete.alters_data = True


class StoredImage(StoredFile, ImageFieldFile):
    """A row's picture; all that a page asks of it is in its name."""

    @property
    def width(self):
        return names.size(self.name)[0]

    @property
    def height(self):
        return names.size(self.name)[1]

    @property
    def renditions(self):
        """{width in pixels: address} of the smaller versions, by width."""
        return {w: self.storage.url(n) for w, n in names.renditions(self.name).items()}

    @property
    def srcset(self):
        """For `<img srcset>`: the renditions and the picture itself; empty for a foreign name."""
        if not self.width:
            return ""
        sources = {**self.renditions, self.width: self.url}
        return ", ".join(f"{url} {width}w" for width, url in sources.items())


class Marking:
    """Marks a file that is set after the row was loaded: see tracking.is_set()."""

    def __set__(self, instance, value):
        same = value is instance.__dict__.get(self.field.attname)
        super().__set__(instance, value)
        if instance._state.adding:
            tracking.mark_loaded(instance)
        elif not same:
            tracking.mark_set(instance, [self.field])


class StoredFileDescriptor(Marking, FileDescriptor):
    pass


class StoredImageDescriptor(Marking, ImageFileDescriptor):
    pass


class Stored:
    """What both fields share."""

    def __init__(self, *args, keep=False, **kwargs):
        self.keep = keep
        # Files are looked up by name: before one is sent to a visitor, and before one is deleted.
        super().__init__(*args, **{"max_length": 255, "db_index": True} | kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for option, default in {"max_length": 255, "db_index": True}.items():
            if kwargs.get(option) == default:
                del kwargs[option]
        if not self.db_index:
            kwargs["db_index"] = False
        return name, path, args, kwargs

    def check(self, **kwargs):
        return [*super().check(**kwargs), *self._check_keep()]

    def _check_keep(self):
        if self.keep and not self.own_folder():
            yield checks.found("E012", obj=self, field=self)

    def own_folder(self):
        """The folder, such as "papers/", that all its files are in; "" when they have none."""
        folder = self.upload_to if isinstance(self.upload_to, str) else ""
        folder = f"{folder.strip('/')}/".partition("%")[0]
        return folder[: folder.rfind("/") + 1].lstrip("/")

    def accept(self, content, name):
        """`content`, sent as `name`, as what to store: with extension, size, content, renditions.

        Asked by the form and again when the row is saved; the work is done once.
        """
        if getattr(content, "accepted_by", None) is not type(self):
            content.accepted = self.check_content(content, name)
            content.accepted_by = type(self)
        return content.accepted

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if value and not value._committed:
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
        tracking.before_write(self, value, connection)
        return super().get_db_prep_save(value, connection)

    def from_db_value(self, value, expression, connection):
        return names.StoredName(value) if value else value

    def get_prep_value(self, value):
        """The name for the row; a file that no `save()` has stored yet has none."""
        if isinstance(value, StoredFile) and value and not value._committed:
            raise ValueError(f"{self} is not stored yet: call save() on each row instead.")
        return super().get_prep_value(value)

    def formfield(self, **kwargs):
        return super().formfield(
            **{"form_class": forms.UploadField, "extensions": self.extensions} | kwargs,
            accept=self.accept,
        )


class FileField(Stored, models.FileField):
    """A private file: it has no public address, and its model's `may_read(user)` says who may.

    Takes UPLOAD_FILE_TYPES. `storage="..."` of your own makes it what that storage is.
    """

    attr_class = StoredFile
    descriptor_class = StoredFileDescriptor

    def __init__(self, *args, storage=private_storage, **kwargs):
        super().__init__(*args, storage=storage, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("storage") is private_storage:
            del kwargs["storage"]
        return name, path, args, kwargs

    @property
    def extensions(self):
        return files.extensions()

    def check_content(self, content, name):
        return files.check(content, name)


class ImageField(Stored, models.ImageField):
    """A public picture with renditions; see images.py for what is taken and what becomes of it."""

    attr_class = StoredImage
    descriptor_class = StoredImageDescriptor

    @property
    def extensions(self):
        return images.EXTENSIONS

    def check_content(self, content, name):
        files.check_name(content, name, images.EXTENSIONS)
        return images.process(content, names.extension(name))


class_prepared.connect(tracking.watch)
