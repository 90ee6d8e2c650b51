"""Runs tests of Django with our classes: python -m suites.run_django LABEL..."""

import atexit
import os
import shutil
import sys
import tempfile


def main(*labels):
    folder = tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    import runtests  # of Django's source archive; it wants that folder

    collect = runtests.setup_collect_tests

    def setup(*args, **kwargs):
        """Once Django is set up, and before any model of its tests is."""
        collected = collect(*args, **kwargs)
        from . import django_put

        django_put.put_in()
        return collected

    runtests.setup_collect_tests = setup
    runtests.ALWAYS_INSTALLED_APPS.append("uploads.apps.UploadsConfig")
    runtests.ALWAYS_MIDDLEWARE.append("uploads.handlers.UploadMiddleware")
    off = ["failfast", "keepdb", "reverse", "debug_sql", "pdb", "buffer", "timing", "shuffle"]
    none = ["tags", "exclude_tags", "test_name_patterns", "start_at", "start_after"]
    options = dict.fromkeys(off, False) | dict.fromkeys(none)
    options |= {"verbosity": 1, "interactive": False, "parallel": 1, "test_labels": labels}
    sys.exit(bool(runtests.django_tests(**options)))


if __name__ == "__main__":
    main(*sys.argv[1:])
