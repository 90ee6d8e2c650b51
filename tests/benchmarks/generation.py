"""Generating a project, from the start of the program to its end, against Django's own command."""

import resource
import sys

from . import tools
from .tools import Row

ROUNDS = 15
LIMIT = 2.0


def clock():
    """CPU seconds of the processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def startproject():
    tools.run(sys.executable, "-m", "django", "startproject", "mysite", cwd=tools.folder())


def rows():
    times = tools.by_turns(
        ROUNDS, clock, generate=lambda: tools.bake(tools.folder()), startproject=startproject
    )
    what = "generation, whole process and hooks: CPU time against django-admin startproject"
    yield Row(what, tools.ratio(times["generate"], times["startproject"]), LIMIT)


if __name__ == "__main__":
    tools.report(rows())
