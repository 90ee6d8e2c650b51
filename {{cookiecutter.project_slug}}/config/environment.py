"""The names in the environment that are this project's, and those that may be meant for them."""

import difflib
import os

from django.core import checks
from dotenv import dotenv_values, load_dotenv

NAMES = {
    "DEBUG",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "MEDIA_URL",
    "MEDIA_ROOT",
    "PRIVATE_MEDIA_ROOT",
    "MEDIA_BUCKET",
    "PRIVATE_MEDIA_BUCKET",
    "STATIC_ROOT",
}


def meant_by(name):
    """The variable that a name may be misspelt for, else None."""
    close = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.85)
    return close[0] if close and name not in NAMES else None


def read_env_file(path):
    """Put what is in .env into the environment, where boto3 looks, too; what is there stays.

    The file is this project's alone: a name in it that is almost one of ours stops the start.
    """
    for name in dotenv_values(path):
        if meant := meant_by(name):
            raise SystemExit(f"{name} in .env is no variable of this project. Is it {meant}?")
    load_dotenv(path)


@checks.register
def check_names(app_configs, **kwargs):
    """Elsewhere it may be another program's: a warning, and only where ours is not set."""
    for name in sorted(os.environ):
        meant = meant_by(name)
        if meant and meant not in os.environ:
            yield checks.Warning(
                f"{name} is in the environment, and not of this project; {meant} is not set.",
                hint=f"Rename it to {meant}; or, if another program reads it, type "
                'SILENCED_SYSTEM_CHECKS = ["config.W001"].',
                id="config.W001",
            )
