// SPDX-License-Identifier: GPL-2.0
/*
 * The engine's own logic: the parser of run, budgets, verdicts, KTAP text.
 */
#include "mm_kunit.h"

static void default_budget(struct kunit *test)
{
	const unsigned long mb = SZ_1M >> PAGE_SHIFT;

	KUNIT_EXPECT_EQ(test, mm_default_budget(0), 0UL);
	KUNIT_EXPECT_EQ(test, mm_default_budget(80 * mb), 10 * mb);
	KUNIT_EXPECT_EQ(test, mm_default_budget(512 * mb), 64 * mb);
	KUNIT_EXPECT_EQ(test, mm_default_budget(4096 * mb), 64 * mb);
}

static struct kunit_case experiment_cases[] = {
	KUNIT_CASE(default_budget),
	{ }
};

static struct kunit_suite experiment_suite = {
	.name = "mm_lab_experiment",
	.test_cases = experiment_cases,
};
kunit_test_suite(experiment_suite);
