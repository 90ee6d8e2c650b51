"""What holds where the settings don't say, or say what can't be.

MEDIA_URL and MEDIA_ROOT have none here: a site has to say them. config/settings.py explains each.
A wrong value is put aside for the checks, which name it: the start goes on with the default, up to
where they can say so.
"""

from pathlib import Path

from django.conf import settings

from .formats.types import FILES, PICTURE_EXTENSIONS

PIXELS_AND_FRAMES = {
    "IMAGE_MAX_PIXELS": 60_000_000,
    "IMAGE_MAX_ANIMATION_PIXELS": 16_000_000,
    "IMAGE_MAX_FRAMES": 300,
    "IMAGE_MAX_SIDE": 4096,
    "IMAGE_MEMORY_MB": 250,
    "VIDEO_MAX_SIDE": 4096,
    "VIDEO_MAX_FRAMES_A_SECOND": 240,
}
DEFAULTS = {"MAX_UPLOAD_MB": 50, "IMAGE_WIDTHS": [400, 800, 1600], **PIXELS_AND_FRAMES}
FILE_TYPES = (
    *("pdf", "txt", "csv", "docx", "xlsx", "pptx", "odt", "ods", "zip"),
    *("mp3", "m4a", "wav", "ogg", "mp4", "m4v", "webm", "mov"),
    *("jpg", "jpeg", "png", "webp", "avif", "gif", "heic"),
)
MOST = 1_000_000_000  # above it, a number is a mistake

PRIVATE_ON_DISK = {"BACKEND": "uploads.storage.PrivateDiskStorage"}
ON_DISK = {"default": {"BACKEND": "uploads.storage.DiskStorage"}, "private": PRIVATE_ON_DISK}
HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "uploads.handlers.TemporaryFileHandler",
]

unset = []  # names of settings that were missing when the site was started
wrong = {}  # {name: value} of those that could not be


def apply():
    """Put the defaults where a setting is missing or wrong. May be called again."""
    for name, value in DEFAULTS.items():
        put(name, value)
    put("UPLOAD_FILE_TYPES", dict.fromkeys(FILE_TYPES, settings.MAX_UPLOAD_MB))
    put_private_files()
    put_unless_given("STORAGES", {**settings.STORAGES, **ON_DISK})
    if "private" not in settings.STORAGES:
        settings.STORAGES = {**settings.STORAGES, "private": PRIVATE_ON_DISK}
    put_unless_given("FILE_UPLOAD_HANDLERS", HANDLERS)


def put(name, value):
    if hasattr(settings, name):
        if not any(problems(name, getattr(settings, name))):
            return
        wrong[name] = getattr(settings, name)
    else:
        unset.append(name)
    setattr(settings, name, value)


def put_private_files():
    """Beside the public ones, never among them."""
    root = settings.MEDIA_ROOT and f"{Path(settings.MEDIA_ROOT)}_private"
    for name, value in {"PRIVATE_MEDIA_URL": "/private/", "PRIVATE_MEDIA_ROOT": root}.items():
        if not hasattr(settings, name):
            setattr(settings, name, value)


def put_unless_given(name, value):
    """In place of Django's own default."""
    if not settings.is_overridden(name):
        setattr(settings, name, value)


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < MOST


def is_whole(value):
    return isinstance(value, int) and is_number(value)


def problems(name, value):
    """(number of the finding, its values) for all that is wrong with this value of a setting."""
    if name == "IMAGE_WIDTHS":
        if not (isinstance(value, list | tuple) and all(map(is_whole, value))):
            yield "E018", {"value": value}
    elif name != "UPLOAD_FILE_TYPES":
        if not is_whole(value):
            yield "E017", {"name": name, "value": value, "example": DEFAULTS[name]}
    elif not isinstance(value, dict):
        yield "E019", {"value": value}
    else:
        for extension, most_mb in value.items():
            yield from problems_of_type(extension, most_mb)


def problems_of_type(extension, most_mb):
    right = str(extension).lower().lstrip(".")
    if extension != right:
        yield "E020", {"extension": extension, "right": right}
    elif extension not in FILES and extension not in PICTURE_EXTENSIONS:
        yield "E021", {"extension": extension}
    else:
        most = settings.MAX_UPLOAD_MB
        too_much = is_number(most_mb) and is_number(most) and most_mb > most
        if too_much or not is_number(most_mb):
            yield "E022", {"extension": extension, "value": most_mb, "most": most}


apply()  # when this is imported, by apps.py and fields.py: models and forms ask for them
