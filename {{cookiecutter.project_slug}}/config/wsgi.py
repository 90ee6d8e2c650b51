"""What gunicorn runs: `gunicorn config.wsgi`."""

import codecs
import os

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()


def application(environ, start_response):
    """Django, which answers 500 to a Content-Type without sense before any middleware is asked."""
    content_type = environ.get("CONTENT_TYPE", "")
    if not makes_sense(content_type):
        environ["CONTENT_TYPE"] = content_type.partition(";")[0]
    return django(environ, start_response)


def makes_sense(content_type):
    """Whether it can be parsed, and its charset, if any, is one for words: hex and idna aren't."""
    words = "".join(map(chr, range(32, 127)))
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        if not is_known(charset):
            return True  # Django ignores it
        return (words.encode() + bytes(range(128, 256))).decode(charset, "replace")[:95] == words
    except Exception:  # each of Python's codecs has its own family of errors
        return False


def is_known(charset):
    try:
        return bool(codecs.lookup(charset))
    except LookupError:
        return False
