"""The rules of a field; its check() asks for them."""

from django.conf import settings
from django.utils import timezone

from .. import names
from ..defaults import is_number, is_whole
from ..formats import types, variants
from ..formats.types import PICTURE_EXTENSIONS
from .findings import finding


def problems(field):
    """What is wrong with the rules of a field of uploads, as findings."""
    if field.keep and not field.own_folder():
        yield finding("E012", obj=field, field=field)
    if field.types is not None and not are_types(field):
        known = ", ".join(sorted(field.all_types()))
        yield finding("E013", obj=field, field=field, known=known)
    most = settings.MAX_UPLOAD_MB
    too_much = is_number(field.max_mb) and is_number(most) and field.max_mb > most
    if field.max_mb is not None and (too_much or not is_number(field.max_mb)):
        yield finding("E014", obj=field, field=field, most=most)
    seconds = getattr(field, "max_seconds", None)
    if seconds is not None and not is_number(seconds):
        yield finding("E026", obj=field, field=field, value=seconds)
    if field.given_private is not None and field.given_storage is not None:
        yield finding("E024", obj=field, field=field)
    for value in field._validators:
        if not callable(value):
            yield finding("E025", obj=field, field=field, value=value)
    yield from problems_of_length(field)
    if hasattr(field, "ratios"):
        yield from problems_of_sizes(field)


def are_types(field):
    """Whether all are known, and the settings leave one of them."""
    listed = isinstance(field.types, list | tuple | set | frozenset) and field.types
    known = field.all_types() | (set() if hasattr(field, "ratios") else types.FILES.keys())
    return listed and field.extensions and all(isinstance(t, str) and t in known for t in listed)


def problems_of_length(field):
    folder = field.upload_to if isinstance(field.upload_to, str) else ""
    needed = length = len(timezone.now().strftime(folder)) + names.LONGEST
    if field.extensions & PICTURE_EXTENSIONS:
        needed += names.OF_SIZE
    if field.extensions & {e for e in types.FILES if types.kind(e) in {"audio", "video"}}:
        needed = max(needed, length + names.OF_SIZE + names.OF_LENGTH)
    if isinstance(field.max_length, int) and field.max_length < needed:
        yield finding("E023", obj=field, field=field, needed=needed)


def problems_of_sizes(field):
    for rule in ("max_side", "min_side", "widths"):
        value = getattr(field, rule)
        sizes = value if rule == "widths" else [value]
        if value is not None and not (isinstance(sizes, list) and all(map(is_whole, sizes))):
            yield finding("E015", obj=field, field=field, rule=rule, value=value)
    if field.ratios is not None and not variants.are_ratios(field.ratios):
        yield finding("E016", obj=field, field=field)
