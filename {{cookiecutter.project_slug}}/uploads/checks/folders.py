"""The folders of files on disk: absolute, writable, and apart from all else."""

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.core import checks

from .findings import finding
from .places import PRIVATE, PUBLIC, base_dir, places


def packages():
    """Folders, or single files, that the code of the site is imported from."""
    modules = [config.name for config in apps.get_app_configs()]
    modules.append(os.environ.get(ENVIRONMENT_VARIABLE, ""))
    for name in sorted({module.partition(".")[0] for module in modules if module}):
        spec = find_spec(name)
        for path in spec.submodule_search_locations or [spec.origin]:
            yield Path(path).resolve()


def static_folders():
    folders = [settings.STATIC_ROOT, *settings.STATICFILES_DIRS]
    folders = [entry[1] if isinstance(entry, list | tuple) else entry for entry in folders]
    return [Path(folder).resolve() for folder in folders if folder]


def one_in_other(a, b):
    return a.is_relative_to(b) or b.is_relative_to(a)


def why_not_writable(root):
    """Try it: access bits say nothing to root, nor about a read-only disk. None when it works."""
    try:
        nearest = next((path for path in (root, *root.parents) if path.exists()), root)
        with tempfile.TemporaryFile(dir=nearest):
            return None
    except OSError as error:
        return error.strerror


@checks.register("uploads")
def check_roots(app_configs, **kwargs):
    """The folders of files on disk: absolute, writable, and apart from all else."""
    roots = []
    for place in places():
        if not place.on_disk:
            continue
        if not Path(place.root).is_absolute():
            yield finding("E005", place=place)
        else:
            roots.append(Path(place.root).resolve())
            yield from check_root(place, roots[-1])
    if len(roots) == 2 and one_in_other(*roots):
        yield finding("E009", private=PRIVATE.root, public=PUBLIC.root)


def check_root(place, root):
    code = [base_dir(), *packages()]
    inside = [path for path in code if path.is_relative_to(root)]
    around = [path for path in code[1:] if root.is_relative_to(path)]
    static = [path for path in static_folders() if one_in_other(path, root)]
    if inside:
        yield finding("E006", place=place, path=inside[0])
    elif around:
        yield finding("E007", place=place, path=around[0])
    elif static:
        yield finding("E008", place=place, path=static[0])
    if problem := why_not_writable(root):
        yield finding("W004", place=place, problem=problem)
