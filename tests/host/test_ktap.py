# SPDX-License-Identifier: GPL-2.0
"""What kunit.py says is counted right, and nothing missing is overlooked."""

from __future__ import annotations

import json
import unittest

import demo
import guest
import ktap
import suite

SAID = """\
[12:00:00] ============================================================
[12:00:00] ==================== buddy (3 subtests) ====================
[12:00:00] [PASSED] page_unit
[12:00:00] # expected order 4, saw 3
[12:00:00] [FAILED] split
[12:00:00] [SKIPPED] numa_node
[12:00:00] ====================== [FAILED] buddy ======================
[12:00:00] Testing complete. Ran 3 tests: passed: 1, failed: 1, skipped: 1
"""


def group(*cases: tuple[str, str]) -> str:
    """kunit.py's JSON of one suite."""
    return json.dumps({"test_cases": [], "sub_groups": [{
        "name": "buddy", "sub_groups": [],
        "test_cases": [{"name": n, "status": s} for n, s in cases]}]})


class Judging(unittest.TestCase):
    """Counts and complaints."""

    def test_cases_are_counted_at_any_depth(self) -> None:
        reading = ktap.judge(SAID, group(("page_unit", "PASS"),
                                         ("split", "FAIL"),
                                         ("numa_node", "SKIP")))
        self.assertEqual(reading.counts, ktap.Counts(1, 1, 1))
        self.assertIn("    # expected order 4, saw 3", reading.complaints)
        self.assertIn("[FAILED] split", reading.complaints)
        self.assertNotIn("[PASSED] page_unit", reading.complaints)

    def test_a_crashed_case_has_failed(self) -> None:
        reading = ktap.judge(SAID, group(("split", "ERROR")))
        self.assertEqual(reading.counts.failed, 1)

    def test_nothing_read_is_a_failure(self) -> None:
        for said, result in (("", ""), ("Traceback", ""), (
                "Testing complete. Ran 0 tests: errors: 1",
                '{"test_cases": [], "sub_groups": []}')):
            with self.subTest(said):
                self.assertEqual(ktap.judge(said, result).counts,
                                 ktap.Counts(failed=1))

    def test_an_error_of_the_format_is_a_failure(self) -> None:
        said = "Testing complete. Ran 1 tests: passed: 1, errors: 1"
        reading = ktap.judge(said, group(("page_unit", "PASS")))
        self.assertEqual(reading.counts, ktap.Counts(1, 1, 0))

    def test_all_skipped_is_no_failure(self) -> None:
        said = "Testing complete. Ran 1 tests: skipped: 1"
        reading = ktap.judge(said, group(("numa_node", "SKIP")))
        self.assertEqual(reading.counts, ktap.Counts(skipped=1))


class DataChannel(unittest.TestCase):
    """Sections of what a guest sent."""

    def test_sections_lie_in_one_another(self) -> None:
        sections, done = guest.parse_data(
            "@@ begin a\r\none\r\n@@ begin b\r\ntwo\r\n@@ end b 3\r\n"
            "three\r\n@@ end a 0\r\n@@ done\r\n")
        self.assertTrue(done)
        self.assertEqual([(s.name, s.text, s.status, s.outer)
                          for s in sections],
                         [("a", "one\nthree\n", 0, ""),
                          ("b", "two\n", 3, "a")])

    def test_a_section_cut_off_has_no_status(self) -> None:
        sections, done = guest.parse_data("@@ begin a\none\n@@ en")
        self.assertFalse(done)
        self.assertIsNone(sections[0].status)

    def test_silence(self) -> None:
        self.assertEqual(guest.parse_data(""), ([], False))


# What 6.1 prints of the suites in a module, of which one parameter skips.
OLD = """\
[    1.0]     KTAP version 1
[    1.0]     # Subtest: mm_lab_zone
[    1.0]     1..1
[    1.0]         KTAP version 1
[    1.0]         # Subtest: mm_kunit_run
[    1.1]     # mm_kunit_run: kinds: every kind is there
[    1.1]         ok 1 kinds
[    1.2]     # mm_kunit_run: skipped: no #2 node
[    1.2]         ok 2 extents
[    1.2]     # mm_kunit_run: pass:1 fail:0 skip:1 total:2
[    1.2]     ok 1 mm_kunit_run
[    1.2] ok 1 mm_lab_zone
"""


class OldConsole(unittest.TestCase):
    """What KUnit of 6.1 leaves away."""

    def test_the_head_is_put_before_a_module_without_one(self) -> None:
        lines = suite.with_head("[    0.9] mm_lab: loading\n" + OLD) \
            .splitlines()
        self.assertEqual(lines[1], "[    1.0] KTAP version 1")
        self.assertRegex(lines[2], r"^\[    1\.0\] 1\.\.[1-9]\d*$")
        self.assertEqual(lines[3:], OLD.splitlines())

    def test_numbers_that_go_on_from_the_boot_begin_anew(self) -> None:
        boot = "[    0.8]     ok 1 a_case\n[    0.9] not ok 1 damon\n" \
            "[    0.9] ok 2 damon-operations\nok: no result\n"
        later = OLD.replace("] ok 1 mm_lab_zone", "] ok 3 mm_lab_zone")
        self.assertEqual(suite.with_head(later, boot), suite.with_head(OLD))
        self.assertNotEqual(suite.with_head(later), suite.with_head(OLD))

    def test_a_head_that_is_there_is_left_alone(self) -> None:
        text = "[    1.0] KTAP version 1\n[    1.0] 1..1\n" + OLD
        self.assertEqual(suite.with_head(text), text)

    def test_a_skipped_parameter_counts_as_skipped(self) -> None:
        mended = suite.with_skips(OLD)
        self.assertEqual([(case.name, case.verdict, case.reason)
                          for case in ktap.cases(mended)],
                         [("kinds", "passed", ""),
                          ("extents", "skipped", "no #2 node")])
        self.assertEqual(ktap.contradictions(mended), [])
        self.assertEqual(suite.with_skips(mended), mended)

    def test_totals_that_the_lines_do_not_add_up_to_are_told(self) -> None:
        self.assertEqual(ktap.contradictions(OLD), [
            "mm_kunit_run: KUnit counts 1 passed, 0 failed, 1 skipped, and "
            "its lines say 2 passed, 0 failed, 0 skipped"])


class Demo(unittest.TestCase):
    """The lines that make demo makes of a result."""

    def test_rows(self) -> None:
        rows = ktap.cases(
            "KTAP version 1\n1..1\n    KTAP version 1\n"
            "    # Subtest: buddy\n    1..3\n    # saw 4\n"
            "    ok 1 page_unit\n    # expected 4, saw 3\n"
            "    not ok 2 split\n    ok 3 numa_node # SKIP one node\n"
            "not ok 1 buddy\n")
        self.assertEqual([(r.name, r.verdict, r.reason) for r in rows],
                         [("page_unit", "passed", ""),
                          ("split", "FAILED", ""),
                          ("numa_node", "skipped", "one node")])
        self.assertEqual(rows[1].notes, ["expected 4, saw 3"])
        self.assertEqual({r.path for r in rows}, {("buddy",)})

    def test_cases_of_a_console(self) -> None:
        rows = ktap.cases(
            "[    1.5] mm_lab: loading\n[    1.6] KTAP version 1\n"
            "[    1.6] 1..1\n[    1.6]     KTAP version 1\n"
            "[    1.6]     # Subtest: mm_lab_zone\n[    1.6]     1..2\n"
            "[    1.7]         KTAP version 1\n"
            "[    1.7]         # Subtest: mm_kunit_run\n"
            "[    1.8]     # finding: DMA 16 MiB\n"
            "[    1.8]         ok 1 kinds\n"
            "[    1.8]     # mm_kunit_run: pass:1 fail:0 skip:0 total:1\n"
            "[    1.8]     ok 1 mm_kunit_run\n"
            "[    1.9]     ok 2 \"a # b\" # SKIP not here\n"
            "[    1.9] ok 1 mm_lab_zone\n")
        self.assertEqual([(r.path, r.name, r.verdict, r.reason)
                          for r in rows],
                         [(("mm_lab_zone", "mm_kunit_run"), "kinds",
                           "passed", ""),
                          (("mm_lab_zone",), '"a # b"', "skipped",
                           "not here")])
        self.assertEqual(rows[0].notes, ["finding: DMA 16 MiB"])

    def test_the_allocator_is_read_from_the_config(self) -> None:
        for name in ("SLUB_TINY", "SLUB", "SLAB", "SLOB"):
            with self.subTest(name):
                self.assertEqual(demo.allocator(
                    f"CONFIG_A=y\nCONFIG_{name}=y\n"), name)


if __name__ == "__main__":
    unittest.main()
