// SPDX-License-Identifier: GPL-2.0
/*
 * The experiments of kref_probe.c, a case each.
 */
#include "mm_kunit.h"

static const void *kref_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&kref_probe, prev, desc);
}

static struct kunit_case kref_cases[] = {
	KUNIT_CASE_PARAM(mm_kunit_run, kref_next),
	{ }
};

static struct kunit_suite kref_suite = {
	.name = "mm_lab_kref",
	.test_cases = kref_cases,
};

kunit_test_suite(kref_suite);
