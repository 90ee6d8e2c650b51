from django import template
from django.utils.html import format_html, format_html_join

register = template.Library()


@register.simple_tag
def picture(image, sizes="100vw", alt="", ratio=None, **attributes):
    """`<img>` of a stored picture, in the width that the browser needs; nothing when there is none.

    `sizes` is how wide the page shows it, as in HTML; `ratio` one of the field's, such as "1/1";
    further `attributes` are written as they are, with `_` as `-` (`class_` for class). Asks neither
    the database nor the storage: stored.py, sources().
    """
    sources = image.sources(ratio) if image else None
    if not sources:
        return ""
    source = {
        "src": sources["url"],
        "srcset": sources["srcset"],
        "sizes": sizes if sources["srcset"] else "",
        "width": sources["width"],
        "height": sources["height"],
        "loading": "lazy",
        "decoding": "async",
    }
    source |= {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    pairs = [(key, value) for key, value in source.items() if value is not None and value != ""]
    return format_html('<img{} alt="{}">', format_html_join("", ' {}="{}"', pairs), alt or "")
