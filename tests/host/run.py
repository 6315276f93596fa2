#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the tests of the scripts and prints KTAP, as every other suite does."""

from __future__ import annotations

import sys
import traceback
import unittest
from pathlib import Path
from types import TracebackType
from typing import Any, Union

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "scripts"), str(HERE)]

_Error = Union[tuple[type[BaseException], BaseException, TracebackType],
               tuple[None, None, None]]


class Verdicts(unittest.TestResult):
    """Collects a line for each test, with the failure's text before it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.count = 0
        self.bad = 0

    def _line(self, test: unittest.TestCase, good: bool,
              tail: str = "") -> None:
        self.count += 1
        self.bad += not good
        name = test.id().replace(" ", "_")
        self.lines.append(f"    {'' if good else 'not '}ok {self.count} "
                          f"{name}{tail}")

    def _failed(self, test: unittest.TestCase, error: _Error) -> None:
        text = "".join(traceback.format_exception(*error))
        self.lines += [f"    # {line}" for line in text.splitlines()]
        self._line(test, False)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self._line(test, True)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self._line(test, True, f" # SKIP {reason}")

    def addFailure(self, test: unittest.TestCase, err: _Error) -> None:
        self._failed(test, err)

    def addError(self, test: unittest.TestCase, err: _Error) -> None:
        self._failed(test, err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase,
                   err: Any) -> None:
        if err is not None:
            self._failed(subtest, err)


def main() -> int:
    """The command; a word on the command line chooses tests by their names."""
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f"*{word}*" for word in sys.argv[1:]]
    verdicts = Verdicts()
    loader.discover(str(HERE), "test_*.py").run(verdicts)
    print("KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: host\n"
          f"    1..{verdicts.count}")
    print("\n".join(verdicts.lines))
    print("ok 1 host" if not verdicts.bad else "not ok 1 host")
    return 1 if verdicts.bad else 0


if __name__ == "__main__":
    sys.exit(main())
