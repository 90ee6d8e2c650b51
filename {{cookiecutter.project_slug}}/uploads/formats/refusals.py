"""Why a video or sound is refused, in a sentence for its visitor; in German, too: uploads/locale.

What is wrong with it is found by copying it (remuxing.py), which says so as a code and values.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

CODECS = {"h264": "H.264", "hevc": "HEVC", "vp8": "VP8", "vp9": "VP9", "av1": "AV1"}
CODECS |= {"mpeg4": "MPEG-4 Visual", "mpeg2video": "MPEG-2", "mjpeg": "Motion JPEG"}
CODECS |= {"prores": "ProRes", "theora": "Theora", "aac": "AAC", "mp3": "MP3", "opus": "Opus"}
CODECS |= {"vorbis": "Vorbis", "flac": "FLAC", "alac": "ALAC", "ac3": "AC-3", "eac3": "E-AC-3"}


def refusal(code, values, is_film):
    """The ValidationError for a code of remuxing.copy(), with its values; or "too_slow"."""
    make = REFUSALS.get(code, unreadable)
    return ValidationError(make(is_film, values), code=code, params=values)


def unreadable(is_film, values):
    if is_film:
        return _("This video is damaged: it can't be read. Export or send it again.")
    return _("This sound is damaged: it can't be read. Export or send it again.")


def cut_off(is_film, values):
    if is_film:
        return _("This video is cut off: its end is missing. Send it again.")
    return _("This sound is cut off: its end is missing. Send it again.")


def too_slow(is_film, values):
    return _("It takes too long to read this file. Try again later, or export it anew.")


def no_pictures(is_film, values):
    return _("There are no moving pictures in this file, only sound.")


def no_sound(is_film, values):
    return _("There is no sound in this file.")


def codec(is_film, values):
    values["codec"] = codec_name(values["codec"])
    if is_film:
        return _(
            "This video holds %(codec)s, which browsers don't play. Export it as MP4 with H.264 "
            "and AAC."
        )
    return _("This sound is %(codec)s, which browsers don't play. Export it as MP3.")


def elsewhere(is_film, values):
    values["codec"] = codec_name(values["codec"])
    if is_film:
        return _(
            "This video holds %(codec)s, which browsers don't play in a file of this type. Export "
            "it as MP4 with H.264 and AAC."
        )
    return _(
        "This sound is %(codec)s, which browsers don't play in a file of this type. Export it as "
        "MP3."
    )


def codec_name(codec):
    """As people know it."""
    return CODECS.get(codec, "PCM" if codec.startswith("pcm_") else codec)


def too_long(is_film, values):
    values |= {name: in_minutes(values[name]) for name in ("seconds", "most")}
    if is_film:
        return _("This video lasts %(seconds)s minutes; %(most)s is the most.")
    return _("This sound lasts %(seconds)s minutes; %(most)s is the most.")


def too_large_side(is_film, values):
    return _("This video is %(width)s × %(height)s pixels; %(most)s is the most for a side.")


def too_many_frames(is_film, values):
    return ngettext(
        "This video has %(rate)s picture a second; %(most)s is the most.",
        "This video has %(rate)s pictures a second; %(most)s is the most.",
        values["rate"],
    )


def in_minutes(seconds):
    """83 seconds as "1:23", 3723 as "62:03"."""
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes:.0f}:{int(seconds):02}"


REFUSALS = {
    make.__name__: make
    for make in (
        *(cut_off, too_slow, no_pictures, no_sound, codec, elsewhere),
        *(too_long, too_large_side, too_many_frames),
    )
}
