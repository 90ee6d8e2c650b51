from itertools import pairwise

from django import template
from django.utils.html import format_html, format_html_join

from uploads import names

register = template.Library()

THRIFTY = 1.29  # times the pixels shown; with what browsers round, at most 1.3


@register.simple_tag
def picture(image, sizes="100vw", alt=None, ratio=None, height="", thrifty=False, **attributes):
    """`<img>` of a stored picture, in the width that the browser needs; nothing when there is none.

    `sizes` is how wide the page shows it, as in HTML; where it is `height` high (a length of CSS),
    its own shape says how wide that is, and `sizes` is the most. `thrifty` has the browser fetch
    the largest version that has at most 1.3 times the pixels shown, or else the smallest. `ratio`
    is one of the field's, such as "1/1"; unless `alt` is given, the row's own is taken, where it
    has one. Further `attributes` are written as they are, with `_` as `-` (`class_` for class).

    Asks neither the database nor the storage: stored.py, sources().
    """
    sources = image.sources(ratio) if image else None
    if not sources:
        return ""
    source = {
        "src": sources["url"],
        "srcset": at_most(sources["srcset"]) if thrifty else sources["srcset"],
        "sizes": sizes_of(sources, sizes, height, thrifty) if sources["srcset"] else "",
        "width": sources["width"],
        "height": sources["height"],
        "loading": "lazy",
        "decoding": "async",
    }
    source |= {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    pairs = [(key, value) for key, value in source.items() if value is not None and value != ""]
    alt = getattr(image.instance, "alt", "") if alt is None else alt
    return format_html('<img{} alt="{}">', format_html_join("", ' {}="{}"', pairs), alt or "")


@register.simple_tag
def video(file, captions=None, label="", lang="", **attributes):
    """`<video>` of a stored video, with its poster, width and height; nothing when there is none.

    `captions` is a stored file of WebVTT, or its address, with the `label` and `lang` that players
    show. Further `attributes` are written as they are, with `_` as `-` (`class_` for class), their
    name alone where they are True, and none where they are False: `autoplay=True controls=False`.
    Where browsers may not play it, a note says so behind it.
    """
    sources = file.sources() if file else None
    if not sources:
        return ""
    attributes = {
        "controls": True,
        "preload": "metadata",
        "poster": sources["poster"],
        "width": sources["width"],
        "height": sources["height"],
        **{key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()},
    }
    # Chrome does not even try what is called video/quicktime, and plays it all the same.
    kind = {"type": sources["type"]} if sources["type"] != "video/quicktime" else {}
    address = getattr(captions, "url", captions) if captions else None
    track = '<track kind="captions" src="{}" label="{}" srclang="{}" default>'
    return format_html(
        "<video{}><source{}>{}</video>{}",
        written(attributes),
        written({"src": sources["url"], **kind}),
        format_html(track, address, label, lang) if address else "",
        format_html('<p class="note">{}</p>', file.note) if file.note else "",
    )


def written(attributes):
    """{name: value} as HTML has it; True is the name alone, and False, None and "" are nothing."""
    parts = []
    for name, value in attributes.items():
        if value is True:
            parts.append(format_html(" {}", name))
        elif value is not False and value not in (None, ""):
            parts.append(format_html(' {}="{}"', name, value))
    return format_html_join("", "{}", ([part] for part in parts))


@register.filter
def shape(image):
    """The width of a stored picture in percent of its height; "" where its name does not say."""
    width, height = names.size(image.name)
    return round(100 * width / height) if height else ""


def at_most(srcset):
    """The same for browsers that are to take the largest version which `sizes` has room for.

    By themselves they take one that is wider, or the nearest, as each likes. So each version is in
    it twice: as wide as it is, and as if it were one pixel narrower than the next.
    """
    versions = [version.split() for version in srcset.split(", ") if version]
    again = [f"{url} {int(wider[:-1]) - 1}w" for (url, _), (_, wider) in pairwise(versions)]
    return ", ".join(filter(None, [srcset, *again]))


@register.filter
def clock(seconds):
    """How long a video or sound is: 83 seconds as "1:23", 3723 as "1:02:03"; "" for None."""
    if seconds is None:
        return ""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def sizes_of(sources, sizes, height, thrifty):
    """The attribute of that name."""
    if height:
        shape = round(sources["width"] / sources["height"], 3)
        sizes = f"min({sizes}, {shape} * {height})"
    return f"calc({THRIFTY} * ({sizes}))" if thrifty else sizes
