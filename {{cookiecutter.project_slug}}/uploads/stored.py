"""What hangs on a field of a row: a stored file with its address, kind, size and renditions."""

import posixpath

from django.core.files.base import ContentFile
from django.db.models.fields.files import (
    FieldFile,
    FileDescriptor,
    ImageFieldFile,
    ImageFileDescriptor,
)
from django.utils.translation import gettext as _

from . import cleanup, names, tracking
from .formats import accept, types
from .storage import StorageUnavailable

FALLBACK = 800  # pixels: the width that a browser without srcset is given


class StoredFile(FieldFile):
    """A row's file. Whatever stores it (form, admin, shell, `save()`), it is checked first."""

    srcset = ""  # templates ask for it, to tell a picture

    def __str__(self):
        return str(self.name or "")

    @property
    def extension(self):
        return names.extension(self.name)

    @property
    def kind(self):
        """ "image", "audio", "video", "pdf" or "other": how a page shows it."""
        return types.kind(self.extension)

    @property
    def width(self):
        """In pixels, of a picture or video; None where the name does not say."""
        return names.size(self.name)[0]

    @property
    def height(self):
        return names.size(self.name)[1]

    @property
    def duration(self):
        """Seconds of a video or sound; None where the name does not say."""
        return names.seconds(self.name)

    @property
    def pages(self):
        """How many a PDF has; None where the name does not say."""
        return names.pages(self.name)

    @property
    def renditions(self):
        """{width in pixels: address} of the pictures that show it, by width."""
        made = [v.renditions(self.name) for v in self.field.variants_of(self.name)][:1]
        return {size[0]: self.storage.url(name) for each in made for size, name in each.items()}

    @property
    def poster(self):
        """The address of a picture that stands for it on a page; None where there is none."""
        made = self.renditions
        large = [url for width, url in made.items() if width >= FALLBACK]
        return next(iter(large or reversed(made.values())), None)

    @property
    def preview(self):
        """The address of a small picture of it; None where there is none."""
        small = next(iter(self.renditions.values()), None)
        return small or (self.url if self.kind == "image" and self.width else None)

    @property
    def note(self):
        """What a visitor has to know of it, as a sentence; "" when there is nothing."""
        if not names.is_hevc(self.name):
            return ""
        return _("This video is HEVC (H.265), which some browsers don't play.")

    def sources(self):
        """All that shows it, for a page or an API; None when nothing is stored.

        {"url", "type", "width", "height", "seconds", "poster"}: what the name does not say is None.
        """
        if not self or not self._committed:
            return None
        return {
            "url": self.url,
            "type": types.content_type(self.extension),
            "width": self.width,
            "height": self.height,
            "seconds": self.duration,
            "poster": self.poster,
        }

    def save(self, name, content, save=True):
        """Check and store `content`, sent as `name`, and save the row unless told not to.

        Raises ValidationError for what is not accepted, StorageUnavailable when it can't be kept.
        """
        accepted = self.field.accept(content, name)
        # Django's own rules for upload_to (a folder, with strftime, or a callable) give the folder.
        file = f"file.{accepted.extension}"  # callables may split it
        folder = posixpath.dirname(self.field.generate_filename(self.instance, file))
        stored = names.new(folder, accepted.extension, accepted.size, **accepted.marks)
        whole = accepted.content if accepted.content is not None else content
        whole = ContentFile(whole) if isinstance(whole, bytes) else whole
        if hasattr(content, "claim"):  # it was kept, and is good for one row: see kept.py
            content.claim(self.field)
        try:
            self.name = names.StoredName(self.store(stored, whole, accepted))
        finally:
            accept.forget(content)  # not for the request to carry on
        self._committed = True
        content.stored_as = self.storage, self.name  # for kept.py
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
            for (variant, width), rendition in accepted.renditions.items():
                if names.PATTERN.fullmatch(written[0]):  # it may have given a name of its own
                    beside = names.rendition(name, width, variant)
                    written.append(self.storage.save(beside, ContentFile(rendition)))
        except Exception as error:  # each storage has its own family of errors
            list(cleanup.delete(self.storage, written))  # no row has heard of them
            raise StorageUnavailable(
                _("The file could not be stored. Nothing was saved: try again later.")
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
        """In pixels, as it is stored; of a picture that is not stored yet, as it will be."""
        return self._size()[0]

    @property
    def height(self):
        return self._size()[1]

    def _size(self):
        if not self:
            return None, None
        if not self._committed:
            return self.field.accept(self.file, self.name).size
        size = names.size(self.name)
        # Of a name that was not made here, such as one from before this field, Django measures it.
        return size if size[0] else self._get_image_dimensions()

    @property
    def renditions(self):
        """{width in pixels: address} of the smaller versions, by width."""
        widths = self.field.variants()[0].widths
        return {w: self.storage.url(n) for w, n in names.renditions(self.name, widths).items()}

    @property
    def preview(self):
        return next(iter(self.renditions.values()), self.url) if self else None

    @property
    def srcset(self):
        """For `<img srcset>`: the renditions and the picture itself; empty for a foreign name."""
        return (self.sources() or {"srcset": ""})["srcset"]

    def sources(self, ratio=None):
        """All that shows it, for a page or an API: {"url", "srcset", "width", "height"}.

        With `ratio`, such as "16/9", its middle in that shape; ValueError when the field has none
        such. A name that was not made here has no renditions, and says nothing of its size. None
        when no picture is stored.
        """
        variant = next((v for v in self.field.variants() if v.ratio == ratio), None)
        if variant is None:
            known = ", ".join(self.field.ratios or ()) or "none"
            raise ValueError(f"{self.field} has no ratio {ratio!r}. Its ratios are: {known}.")
        if not self or not self._committed:
            return None
        made = {s: self.storage.url(name) for s, name in variant.renditions(self.name).items()}
        size = names.size(self.name)
        if not ratio and all(size):
            made[size] = self.url
        if not made:
            return {"url": self.url, "srcset": "", "width": None, "height": None}
        width, height = max(made)
        fallback = next((url for (wide, _high), url in made.items() if wide >= FALLBACK), None)
        return {
            "url": fallback or made[width, height],
            "srcset": ", ".join(f"{url} {wide}w" for (wide, _high), url in made.items()),
            "width": width,
            "height": height,
        }


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
