#!/usr/bin/env python
"""Django's command-line tool for this project."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"{error}. Say `uv run manage.py ...`, or activate the virtual environment first."
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
