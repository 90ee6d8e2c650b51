"""How many pictures a process works on at once: as many as IMAGE_MEMORY_MB has room for.

A picture of 48 megapixels can take 250 MB while it is decoded. Others wait for their turn, in the
order in which they came, and their senders are told when that takes too long: at the form, before
anything is stored.
"""

import collections
import threading
import time
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

PATIENCE = 40  # seconds of a request until it is too late for another picture; nginx waits for 60
MOST = 9  # pictures in a process, at work or waiting: the other threads are for pages

_changed = threading.Condition()
_waiting = collections.deque()
_working, _used = 0, 0  # pictures, and their megabytes
_request = threading.local()


@contextmanager
def request():
    """While a request is answered in this thread, its PATIENCE counts."""
    _request.end = time.monotonic() + PATIENCE
    try:
        yield
    finally:
        _request.end = None


def seconds_left():
    """Of the request that this thread answers; None for a command, which has all the time."""
    end = getattr(_request, "end", None)
    return None if end is None else max(0, end - time.monotonic())


def busy():
    return ValidationError(_("The site is busy: try again in a minute."), code="busy")


@contextmanager
def turn(megabytes, patience=None):
    """Wait until there is memory for a picture that takes so much; then it is this one's.

    What is larger than all there is has its turn alone. Raises ValidationError when too many wait,
    or when the request's time, or `patience` seconds of it, is over.
    """
    global _working, _used
    left, me = seconds_left(), object()
    if left is not None and patience is not None:
        left = min(left, patience)
    with _changed:
        if left == 0 or (left is not None and len(_waiting) + _working >= MOST):
            raise busy()
        _waiting.append(me)
        wanted = min(megabytes, settings.IMAGE_MEMORY_MB)

        def is_turn():
            return _waiting[0] is me and _used + wanted <= settings.IMAGE_MEMORY_MB

        try:
            if not _changed.wait_for(is_turn, timeout=left):
                raise busy()
            _working, _used = _working + 1, _used + wanted
        finally:
            _waiting.remove(me)
            _changed.notify_all()
    try:
        yield
    finally:
        with _changed:
            _working, _used = _working - 1, _used - wanted
            _changed.notify_all()
