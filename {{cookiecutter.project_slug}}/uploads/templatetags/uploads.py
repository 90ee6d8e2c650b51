from django import template
from django.utils.html import format_html, format_html_join

from uploads import names

register = template.Library()
FALLBACK = 800  # pixels: what a browser without srcset is given


@register.simple_tag
def picture(image, sizes="100vw", alt="", **attributes):
    """`<img>` of a stored picture, in the width that the browser needs; nothing when it is empty.

    `sizes` is how wide the page shows it, as in HTML; further `attributes` are written as they
    are, with `_` as `-` (`class_` for class). Asks neither the database nor the storage.
    """
    if not image:
        return ""
    width, height = names.size(image.name)
    fitting = [url for width, url in image.renditions.items() if width >= FALLBACK]
    source = {
        "src": fitting[0] if fitting else image.url,
        "srcset": image.srcset,
        "sizes": sizes if image.srcset else "",
        "width": width,
        "height": height,
        "loading": "lazy",
        "decoding": "async",
    }
    source |= {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    pairs = [(key, value) for key, value in source.items() if value not in {None, ""}]
    return format_html('<img{} alt="{}">', format_html_join("", ' {}="{}"', pairs), alt)
