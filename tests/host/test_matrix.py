# SPDX-License-Identifier: GPL-2.0
"""The table of make matrix: what it is made of, and when it fails."""

from __future__ import annotations

import contextlib
import io
import os
import unittest
import unittest.mock
from pathlib import Path

import claims
import common
import kernels
import ktap
import matrix
import suite


def case(path: str, name: str, verdict: str = "passed", reason: str = "",
         *notes: str) -> ktap.Case:
    """A case in subtests that are joined by a slash."""
    return ktap.Case(tuple(path.split("/")), name, verdict, reason,
                     list(notes))


def guest(name: str, *runs: list[ktap.Case]) -> matrix.Guest:
    """A guest whose runs brought these cases."""
    made = matrix.Guest(kernels.load_spec(name))
    for cases in runs:
        outcome = suite.Outcome(name, cases=cases)
        for one in cases:
            outcome.counts.add(one.verdict)
        made.outcomes.append(outcome)
    return made


def every_claim() -> list[ktap.Case]:
    """All experiments, each passed and with a finding."""
    return [case(probe, name, "passed", "", "finding: so") for probe, names
            in claims.experiments().items() for name in names]


class Cells(unittest.TestCase):
    """Which cell a case counts in."""

    def test_an_experiment_is_one_case_in_debugfs_and_in_kunit(self) -> None:
        one = guest("slob", [case("buddy", "split")],
                    [case("mm_lab_buddy/mm_kunit_run", "split")])
        self.assertEqual(str(one.cell("buddy")),
                         "1 passed, 0 failed, 0 skipped")

    def test_what_one_run_showed_is_shown(self) -> None:
        one = guest("slob", [case("buddy", "split", "skipped", "later")],
                    [case("buddy", "split")])
        self.assertEqual(str(one.cell("buddy")),
                         "1 passed, 0 failed, 0 skipped")

    def test_the_reason_of_a_skip_is_not_that_consent_was_missing(self) -> None:
        there = guest("slob",
                      [case("slab", "poison", "skipped", "disruptive: load")],
                      [case("slab", "poison", "skipped", "no debugging")],
                      [case("slab", "poison", "skipped", "disruptive: load")])
        self.assertEqual(there.cases()["slab", "poison"].reason,
                         "no debugging")

    def test_a_failure_is_not_outdone(self) -> None:
        for verdicts in (("FAILED", "passed"), ("passed", "FAILED")):
            one = guest("slob", *([case("buddy", "split", verdict)]
                                  for verdict in verdicts))
            self.assertEqual(one.cell("buddy").failed, 1)

    def test_tests_of_a_room_count_with_its_probe(self) -> None:
        one = guest("slob", [case("mm_lab_mempool_backing", "fails_nth"),
                             case("mm_lab_experiment/parse_run", "all"),
                             case("bad_input", "all")])
        self.assertEqual(one.cell("mempool").passed, 1)
        self.assertEqual(one.cell(claims.OTHER).passed, 2)

    def test_a_complaint_of_the_kernel_is_seen(self) -> None:
        one = guest("slob", [case("buddy", "split")])
        one.outcomes[0].fail("the kernel's complaint (WARNING)")
        self.assertEqual(one.cell(claims.OTHER).failed, 1)


class Verdict(unittest.TestCase):
    """When the matrix fails though no case did."""

    def judge(self, cases: list[ktap.Case], names: list[str]) -> tuple[
            int, str]:
        """What it says of guests that all brought these cases."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            bad = matrix.judge([guest(name, cases) for name in names])
        return bad, out.getvalue()

    def test_all_claims_passed(self) -> None:
        bad, text = self.judge(every_claim(), kernels.spec_names())
        self.assertEqual(bad, 0, text)
        self.assertIn(f"split {len(kernels.spec_names())}", text)

    def test_a_claim_that_skips_everywhere(self) -> None:
        cases = [one for one in every_claim() if one.name != "split"]
        cases.append(case("buddy", "split", "skipped", "too tired"))
        bad, text = self.judge(cases, kernels.spec_names())
        self.assertEqual(bad, 1, text)
        self.assertIn("passed in none of these guests: buddy split", text)
        self.assertEqual(self.judge(cases, ["slob"])[0], 0)

    def test_a_difference_that_is_not_told(self) -> None:
        cases = [one for one in every_claim() if one.name != "kinds"]
        bad, text = self.judge([*cases, case("zone", "kinds")],
                               kernels.spec_names())
        self.assertEqual(bad, len(kernels.spec_names()), text)
        self.assertIn("no finding: slob: zone kinds", text)

    def test_guests_that_do_the_same_share_a_line(self) -> None:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            matrix.show_rows("slab constructor", [
                ("slub", "once"), ("slob", "each time"), ("slab", "once")])
        self.assertIn("slub slab: once\n", out.getvalue())

    def test_no_word_of_a_reason_is_cut(self) -> None:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            matrix.show_rows("mempool bulk", [
                (f"guest-{i}", "mempool_alloc_bulk() came with 6.19")
                for i in range(10)])
        self.assertIn("mempool_alloc_bulk()", out.getvalue().split())

    def test_what_kunit_counts_otherwise(self) -> None:
        outcome = suite.Outcome("x", ktap.Counts(passed=2),
                                cases=[case("buddy", "split")])
        matrix.cross_check(outcome)
        self.assertEqual(outcome.counts.failed, 1)


class Order(unittest.TestCase):
    """What is run, and what is left out."""

    def setUp(self) -> None:
        for name, value in (("kernels.at_hand", lambda spec: spec.name
                             == "slob"),
                            ("suite.runs_of", self.runs)):
            patch = unittest.mock.patch(name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def runs(self, spec: kernels.Spec, kunits: list[Path]) -> list[suite.Run]:
        """A run that brings one case."""
        del kunits

        def go(outcome: suite.Outcome) -> None:
            outcome.cases.append(case("buddy", spec.name))
            outcome.counts.passed += 1

        return [suite.Run(spec.name, go)]

    def carry_out(self, limit_min: float, *more: str) -> tuple[
            matrix.Matrix, list[str]]:
        """Two guests, of which one's kernel is there, and those named."""
        whole = matrix.Matrix([kernels.load_spec(name) for name in
                               ("slab", "slob", *more)], limit_min, [])
        seen: list[str] = []
        whole.carry_out(lambda outcome: seen.append(outcome.name))
        return whole, seen

    def test_one_that_cannot_be_built_stops_no_other(self) -> None:
        def make_ready(spec: kernels.Spec) -> None:
            if spec.name == "slab":
                raise common.LabError("no compiler")

        with unittest.mock.patch("suite.make_ready", make_ready):
            whole, seen = self.carry_out(float("inf"))
        self.assertCountEqual(seen, ["slab/kernel", "slob"])
        self.assertEqual(whole.guests["slab"].outcomes[0].complaints,
                         ["no compiler"])

    def test_what_would_take_too_long_is_left_out(self) -> None:
        with unittest.mock.patch("suite.make_ready", lambda spec: None):
            whole, seen = self.carry_out(5.0)
        self.assertCountEqual(seen, ["slab/left-out", "slob"])
        outcome = whole.guests["slab"].outcomes[0]
        self.assertEqual(str(outcome.counts), "0 passed, 0 failed, 1 skipped")
        self.assertIn("5 minutes are left", whole.guests["slab"].left_out)

    def test_a_download_takes_less_than_a_build(self) -> None:
        with unittest.mock.patch("suite.make_ready", lambda spec: None):
            _, seen = self.carry_out(5.0, "stock-rt")
            self.assertCountEqual(seen, ["slab/left-out", "slob", "stock-rt"])
            _, seen = self.carry_out(3.0, "stock-rt")
        self.assertCountEqual(seen, ["slab/left-out", "slob",
                                     "stock-rt/left-out"])

    def test_a_fault_of_the_script_ends_it(self) -> None:
        with unittest.mock.patch("suite.make_ready", side_effect=KeyError):
            with self.assertRaises(KeyError):
                self.carry_out(float("inf"))

    def test_a_limit_is_a_number(self) -> None:
        with unittest.mock.patch.dict(os.environ, {"LIMIT_MIN": "soon"}):
            with self.assertRaisesRegex(common.LabError, "number of minutes"):
                matrix.limit()


if __name__ == "__main__":
    unittest.main()
