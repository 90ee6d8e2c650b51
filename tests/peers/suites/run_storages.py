"""Runs the tests that django-storages has of S3: python -m suites.run_storages CLASS.

CLASS is that of ours which takes the place of its S3Storage.
"""

import sys

import django
import moto  # noqa: F401  before boto3 has any session
from storages.backends import s3

from .runner import Runner


def main(name):
    django.setup()
    from . import storages_put

    s3.S3Storage = getattr(storages_put, name)
    sys.exit(bool(Runner(interactive=False).run_tests(["tests.test_s3"])))


if __name__ == "__main__":
    main(sys.argv[1])
