"""Runs tests and writes into PEER_REPORT which ran, were skipped and failed, and by what."""

import json
import os
from pathlib import Path
from unittest import TextTestResult

from django.test.runner import DiscoverRunner


class Result(TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.report = {"run": [], "skipped": [], "failed": {}}

    def startTest(self, test):
        super().startTest(test)
        self.report["run"].append(test.id())

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.report["skipped"].append(test.id())

    def addError(self, test, error):
        super().addError(test, error)
        self.fail(test, error)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.fail(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            self.fail(test, error)

    def fail(self, test, error):
        line = f"{error[0].__name__}: {error[1]}".splitlines()[0]
        self.report["failed"].setdefault(test.id(), []).append(line)


class Runner(DiscoverRunner):
    def get_resultclass(self):
        return Result

    def run_suite(self, suite, **kwargs):
        result = super().run_suite(suite, **kwargs)
        Path(os.environ["PEER_REPORT"]).write_text(json.dumps(result.report), encoding="utf-8")
        return result
