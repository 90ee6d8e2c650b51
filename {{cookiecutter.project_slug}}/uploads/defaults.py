"""What holds where the settings don't say; config/settings.py says what each is for."""

from django.conf import settings

PIXELS_AND_FRAMES = {
    "IMAGE_MAX_PIXELS": 60_000_000,
    "IMAGE_MAX_ANIMATION_PIXELS": 16_000_000,
    "IMAGE_MAX_FRAMES": 300,
    "IMAGE_MAX_SIDE": 4096,
}
DEFAULTS = {"MAX_UPLOAD_MB": 50, "IMAGE_WIDTHS": [400, 800, 1600], **PIXELS_AND_FRAMES}
FILE_TYPES = (
    *("pdf", "txt", "csv", "docx", "xlsx", "pptx", "odt", "ods", "zip"),
    *("mp3", "m4a", "wav", "ogg", "mp4", "webm", "mov"),
    *("jpg", "jpeg", "png", "webp", "avif", "gif", "heic"),
)

unset = []  # the names of settings that were missing when the site was started


def apply():
    """Put the defaults where a setting is missing."""
    for name, value in DEFAULTS.items():
        set_default(name, value)
    set_default("UPLOAD_FILE_TYPES", dict.fromkeys(FILE_TYPES, settings.MAX_UPLOAD_MB))


def set_default(name, value):
    if not hasattr(settings, name):
        setattr(settings, name, value)
        unset.append(name)
