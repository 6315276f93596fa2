// SPDX-License-Identifier: GPL-2.0
/*
 * The experiments of buddy_probe.c, a case each.
 */
#include "mm_kunit.h"

static const void *buddy_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&buddy_probe, prev, desc);
}

static struct kunit_case buddy_cases[] = {
	KUNIT_CASE_PARAM(mm_kunit_run, buddy_next),
	{ }
};

static struct kunit_suite buddy_suite = {
	.name = "mm_lab_buddy",
	.test_cases = buddy_cases,
};

kunit_test_suite(buddy_suite);
