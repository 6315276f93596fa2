// SPDX-License-Identifier: GPL-2.0
/*
 * The experiments of slab_probe.c, a case each.
 */
#include "mm_kunit.h"

static const void *slab_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&slab_probe, prev, desc);
}

static struct kunit_case slab_cases[] = {
	KUNIT_CASE_PARAM(mm_kunit_run, slab_next),
	{ }
};

static struct kunit_suite slab_suite = {
	.name = "mm_lab_slab",
	.test_cases = slab_cases,
};

kunit_test_suite(slab_suite);
