// SPDX-License-Identifier: GPL-2.0
/*
 * The experiments of mempool_probe.c, a case each.
 */
#include "mm_kunit.h"

static const void *mempool_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&mempool_probe, prev, desc);
}

static struct kunit_case mempool_cases[] = {
	KUNIT_CASE_PARAM(mm_kunit_run, mempool_next),
	{ }
};

static struct kunit_suite mempool_suite = {
	.name = "mm_lab_mempool",
	.test_cases = mempool_cases,
};

kunit_test_suite(mempool_suite);
