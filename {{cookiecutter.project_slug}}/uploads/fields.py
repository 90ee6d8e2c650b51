"""`image = ImageField(upload_to="products")`: all that a model's owner writes.

The name, the renditions, srcset, width and height and the clean-up come from the field.
"""

import functools
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

from . import checks, cleanup, files, forms, images, names
from .storage import StorageUnavailable, private_storage


class Uploads(dict):
    """Of an instance; it is left behind when that is pickled or copied, open files and all."""

    def __reduce__(self):
        return Uploads, ()


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
        stored = names.StoredName(names.new(folder, accepted.extension, accepted.size))
        contents = {stored: content if accepted.content is None else ContentFile(accepted.content)}
        for width, rendition in accepted.renditions.items():
            contents[names.rendition(stored, width)] = ContentFile(rendition)
        written = []
        try:
            for part, data in contents.items():
                self.storage.save(part, data)
                written.append(part)
        except Exception as error:  # each storage has its own family of errors
            list(cleanup.delete(self.storage, written))  # no row has heard of them
            raise StorageUnavailable(
                "The file could not be stored. Nothing was saved: try again later."
            ) from error
        content.accepted = content.accepted_by = None  # stored; not for the request to carry on
        self.name, self._committed = stored, True
        self.uploads[stored] = functools.partial(self._undo, name, content, stored)
        setattr(self.instance, self.field.attname, stored)
        if save:
            cleanup.note(self.field, stored, self.uploads[stored])
            self.instance.save()

    save.alters_data = True

    @property
    def uploads(self):
        """The instance's {name: undo} of what is stored, and in no committed row yet."""
        return self.instance.__dict__.setdefault("_uploads", Uploads())

    def _undo(self, name, content, stored):
        """When its file is deleted after a rollback, the upload can be saved once more."""
        if getattr(self.instance, self.field.attname).name == stored:
            self.name, self.file, self._committed = name, content, False
            setattr(self.instance, self.field.attname, self)

    def delete(self, save=True):
        """Take the file from the row; it is deleted when the row has been saved and committed."""
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
    """Marks a file that is set after the row was loaded; cleanup.is_set() asks."""

    def __set__(self, instance, value):
        super().__set__(instance, value)
        stored = isinstance(value, StoredFile) and value._committed
        own = stored and (value.instance, value.field) == (instance, self.field)
        if own and value.instance is not instance:  # refresh_from_db() hands over that of a copy
            cleanup.mark_set(instance, [self.field], False)
        elif not own and not instance._state.adding:
            cleanup.mark_set(instance, [self.field])


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

    def pre_save(self, instance, add):
        """The file, stored; in place of one that was not set, what the row itself names by now."""
        if not add and not cleanup.is_set(instance, self):
            return models.F(self.name)
        file = super().pre_save(instance, add)
        if upload := file.uploads.get(file.name):
            cleanup.note(self, file.name, upload)
        return file

    def get_db_prep_save(self, value, connection):
        cleanup.before_write(self, value, connection)
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


class_prepared.connect(cleanup.watch)
