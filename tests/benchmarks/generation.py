"""Generating a project, from the start of the program to its end, against Django's own command."""

import itertools
import os
import sys
from pathlib import Path

from . import tools
from .tools import Row

ROUNDS = 9
LIMIT = 2.0


def rows():
    folder = tools.folder()
    baked, started = itertools.count(), itertools.count()
    django_admin = Path(sys.executable).with_name(
        "django-admin.exe" if os.name == "nt" else "django-admin"
    )

    def generate():
        into = folder / f"baked{next(baked)}"
        into.mkdir()
        tools.bake(into)

    def startproject():
        into = folder / f"started{next(started)}"
        into.mkdir()
        tools.run(django_admin, "startproject", "mysite", cwd=into)

    times = tools.by_turns(ROUNDS, generate=generate, startproject=startproject)
    what = "generation, whole process: time against django-admin startproject"
    yield Row(what, tools.ratio(times["generate"], times["startproject"]), LIMIT)


if __name__ == "__main__":
    tools.report(rows())
