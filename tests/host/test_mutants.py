# SPDX-License-Identifier: GPL-2.0
"""Mutants: what is changed, and what counts as caught."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import claims
import console
import guest
import mutants
import mutate
from common import LabError

SOURCE = """\
/* merge() in a comment { is none */
static int merge(int order);

#ifdef CONFIG_SMALL
static inline int merge(int order) { return order; }
#else
static __always_inline
int merge(int order)
{
	if (order < 10) {
		order++;
	}
	return other(order);
}
#endif

int user(void)
{
	return merge(9);
}

#define HALF(x)		\\
	((x) / 2)
#define HALFWAY 5

static const int table[2][2] = {
	{ 1, 2 }, { 3, 4 },
};
"""
HEAD = """\
# claim: buddy split
# file: mm/none.c mm/some.c
# in: merge
# places: 1
# why: Somebody
#	slipped.
"""


class Functions(unittest.TestCase):
    """Where a name is defined, and not just used."""

    def found(self, name: str) -> list[str]:
        """The definitions of a name in the source above."""
        return [SOURCE[start:end] for start, end
                in mutate.definitions(SOURCE, name)]

    def test_each_definition_of_a_function(self) -> None:
        short, long = self.found("merge")
        self.assertEqual(
            short, "static inline int merge(int order) { return order; }\n")
        self.assertTrue(long.startswith("static __always_inline\nint merge"))
        self.assertTrue(long.endswith("return other(order);\n}\n"))

    def test_a_macro_with_all_of_its_lines(self) -> None:
        self.assertEqual(self.found("HALF"),
                         ["#define HALF(x)\t\t\\\n\t((x) / 2)\n"])

    def test_a_table(self) -> None:
        table, = self.found("table")
        self.assertTrue(table.startswith("static const int table"))
        self.assertTrue(table.endswith("};\n"))

    def test_a_call_is_no_definition(self) -> None:
        self.assertEqual(self.found("other"), [])


class Files(unittest.TestCase):
    """A mutant's file, applied to a tree of one file."""

    def setUp(self) -> None:
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.tree = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (self.tree / "mm").mkdir()
        (self.tree / "mm" / "some.c").write_text(SOURCE)
        for name in ("ROOT", "MUTANTS"):
            stack.enter_context(unittest.mock.patch.object(
                mutate, name, self.tree))
        stack.enter_context(unittest.mock.patch.object(
            claims, "experiments", lambda: {"buddy": ["split"]}))

    def mutant(self, rule: str, head: str = HEAD) -> mutate.Mutant:
        """A mutant by a sed script."""
        (self.tree / "tried.sed").write_text(head + rule)
        return mutate.load("tried")

    def refused(self, words: str, rule: str, head: str = HEAD) -> None:
        """It is refused, in a text that has these words."""
        with self.assertRaisesRegex(LabError, words):
            mutate.apply(self.mutant(rule, head), self.tree)

    def test_the_head_is_read(self) -> None:
        mutant = self.mutant("s/x/y/\n")
        self.assertEqual(mutant.claims, (("buddy", "split"),))
        self.assertEqual(mutant.why, "Somebody slipped.")
        self.assertTrue(mutant.holds_in((6, 1)))
        self.assertFalse(mutant.in_header)

    def test_only_the_function_is_changed(self) -> None:
        change = mutate.apply(self.mutant("s/9|10/11/\n"), self.tree)
        self.assertEqual(change.after, SOURCE.replace("10", "11"))
        self.assertEqual(change.file, "mm/some.c")

    def test_a_rule_that_changes_nothing_is_refused(self) -> None:
        self.refused("changes 0 places of merge", "s/never/x/\n")

    def test_white_space_is_no_change(self) -> None:
        self.refused("changes 0 places", "s/order < 10/order  <  10/\n")

    def test_a_rule_that_changes_too_much_is_refused(self) -> None:
        self.refused("changes 4 places", "s/return|<|int/x/\n")

    def test_a_tree_without_the_function_is_named(self) -> None:
        self.refused("has no gone in mm/none.c or mm/some.c", "s/x/y/\n",
                     HEAD.replace("merge", "gone"))

    def test_a_claim_that_is_none_is_refused(self) -> None:
        self.refused("'buddy splits' is no probe", "s/x/y/\n",
                     HEAD.replace("split", "splits"))

    def test_a_field_that_is_missing_is_named(self) -> None:
        self.refused("no 'places:'", "s/x/y/\n",
                     HEAD.replace("# places: 1\n", ""))

    def test_versions(self) -> None:
        mutant = self.mutant("s/x/y/\n", HEAD + "# kernels: 6.8-6.17\n")
        self.assertFalse(mutant.holds_in((6, 7)))
        self.assertTrue(mutant.holds_in((6, 17)))
        self.assertFalse(mutant.holds_in((7, 0)))
        self.refused("is not like", "s/x/y/\n", HEAD + "# kernels: 6.8\n")


CONSOLE = """\
[    3.0] mm_lab-guest: mutant
[    3.1]     KTAP version 1
[    3.1]     # Subtest: mm_lab_buddy
[    3.1]     1..1
[    3.1]         KTAP version 1
[    3.1]         # Subtest: mm_kunit_run
[    3.2]         ok 1 page_unit
[    3.2]     # mm_kunit_run: EXPECTATION FAILED at lib/x.c:1
[    3.2]     Expected run->verdict == 0, but
[    3.2]         run->verdict == 1 (0x1)
[    3.2] split: order 4: expected PFN 0x10 alone, saw it in a block of order 5
[    3.2]         not ok 2 split
"""


def result(text: str, *faults: console.Report) -> guest.Result:
    """How a guest with this console ended."""
    return guest.Result([], text, list(faults), 1.0)


class Verdicts(unittest.TestCase):
    """What a mutant came to."""

    def setUp(self) -> None:
        self.mutant = mutate.load("buddy_no_merge")

    def said(self, *failed: str, state: str = "failed",
             equivalent: str = "") -> str:
        """The verdict on a mutant of buddy coalesce."""
        mutant = dataclasses.replace(
            self.mutant, claims=(("buddy", "coalesce"),),
            equivalent=equivalent)
        trial = mutants.Trial(state, failed=list(failed))
        right = mutants.is_right(mutant, mutants.Finding("x", trial, trial))
        self.assertEqual(right, mutants.verdict(mutant, trial)
                         == ("equivalent" if equivalent else "caught"))
        return mutants.verdict(mutant, trial)

    def test_the_claim_that_was_named_failed(self) -> None:
        self.assertEqual(self.said("buddy split", "buddy coalesce"), "caught")

    def test_another_claim_failed(self) -> None:
        self.assertEqual(self.said("buddy split"), "elsewhere")

    def test_nothing_failed(self) -> None:
        self.assertEqual(self.said(state="passed"), "survived")
        self.assertEqual(self.said(state="crashed"), "crashed")
        self.assertEqual(self.said(state="hung"), "hung")

    def test_an_equivalent_one_must_survive(self) -> None:
        self.assertEqual(self.said(state="passed", equivalent="so"),
                         "equivalent")
        self.assertEqual(self.said("buddy coalesce", equivalent="so"),
                         "caught")

    def test_the_failed_case_and_its_words(self) -> None:
        trial = mutants.judge(result(CONSOLE), CONSOLE, "mm_lab_")
        self.assertEqual(trial.state, "failed")
        self.assertEqual(trial.failed, ["buddy split"])
        self.assertEqual(trial.words, ["order 4: expected PFN 0x10 alone, "
                                       "saw it in a block of order 5"])
        self.assertEqual(trial.nr_cases, 2)

    def test_a_kernel_that_dies_after_the_case(self) -> None:
        fault = console.Report("panic", ["Kernel panic - not syncing: x"])
        trial = mutants.judge(result(CONSOLE, fault), CONSOLE, "mm_lab_")
        self.assertEqual((trial.state, trial.end), ("failed", "crashed"))

    def test_a_kernel_that_dies_before_it(self) -> None:
        begin = CONSOLE.partition("[    3.2]     # mm_kunit_run")[0]
        dead = console.Report("panic", ["Kernel panic - not syncing: x"])
        stuck = console.Report("guest", ["the guest hung: stopped after 9 s"])
        for fault, state in ((dead, "crashed"), (stuck, "hung")):
            trial = mutants.judge(result(begin, fault), begin, "mm_lab_")
            self.assertEqual((trial.state, trial.failed), (state, []))

    def test_a_warning_alone_is_no_catch(self) -> None:
        text = CONSOLE.replace("not ok", "ok")
        fault = console.Report("WARNING", ["-----[ cut here ]-----",
                                           "[  3.2] WARNING: CPU: 0 at x"])
        trial = mutants.judge(result(text, fault), text, "mm_lab_")
        self.assertEqual(trial.state, "passed")
        self.assertEqual(trial.complaint, "WARNING: CPU: 0 at x")

    def test_mainlines_cases_are_none_of_ours(self) -> None:
        text = CONSOLE.replace("mm_lab_buddy", "slub_kunit")
        self.assertEqual(mutants.judge(result(text), text, "mm_lab_").nr_cases,
                         0)
        self.assertEqual(mutants.judge(result(text), text, "").failed,
                         ["slub_kunit/mm_kunit_run/split"])


class Sample(unittest.TestCase):
    """A few, drawn by a seed."""

    def draw(self, **env: str) -> list[str]:
        """What is drawn of a hundred."""
        with unittest.mock.patch.dict(os.environ, env), \
                unittest.mock.patch.object(mutants, "say"):
            return mutants.sample([f"m{n}" for n in range(100)])

    def test_a_seed_repeats_it(self) -> None:
        one = self.draw(SAMPLE="6", SEED="a")
        self.assertEqual(len(set(one)), 6)
        self.assertEqual(one, self.draw(SAMPLE="6", SEED="a"))
        self.assertNotEqual(one, self.draw(SAMPLE="6", SEED="b"))

    def test_all_without_a_number(self) -> None:
        self.assertEqual(len(self.draw(SAMPLE="")), 100)

    def test_a_wrong_number_is_named(self) -> None:
        with self.assertRaisesRegex(LabError, "SAMPLE=some"):
            self.draw(SAMPLE="some")
