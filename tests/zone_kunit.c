// SPDX-License-Identifier: GPL-2.0
/*
 * The experiments of zone_probe.c, a case each.
 */
#include "mm_kunit.h"

static const void *zone_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&zone_probe, prev, desc);
}

static struct kunit_case zone_cases[] = {
	KUNIT_CASE_PARAM(mm_kunit_run, zone_next),
	{ }
};

static struct kunit_suite zone_suite = {
	.name = "mm_lab_zone",
	.test_cases = zone_cases,
};

kunit_test_suite(zone_suite);
