// SPDX-License-Identifier: GPL-2.0
/*
 * The experiments of page_probe.c, a case each.
 */
#include "mm_kunit.h"

static const void *page_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&page_probe, prev, desc);
}

static struct kunit_case page_cases[] = {
	KUNIT_CASE_PARAM(mm_kunit_run, page_next),
	{ }
};

static struct kunit_suite page_suite = {
	.name = "mm_lab_page",
	.test_cases = page_cases,
};

kunit_test_suite(page_suite);
