// SPDX-License-Identifier: GPL-2.0
/*
 * The indices of fragmentation against examples worked by hand, snapshots of
 * zones, and the experiments of zone_probe.c, a case each.
 */
#include <linux/cpumask.h>
#include <linux/nodemask.h>
#include <linux/sizes.h>

#include "../zone_probe.h"
#include "mm_kunit.h"

/*
 * Four blocks of order 0, two of order 1, one of order 3: 4 + 4 + 8 = 16 free
 * pages in 7 blocks.
 */
static const struct zone_blocks zone_mixed = {
	.nr = { [0] = 4, [1] = 2, [3] = 1 },
};

static void unusable_mixed(struct kunit *test)
{
	/* Order 0: all 16 pages are of use. */
	KUNIT_EXPECT_EQ(test, zone_unusable_index(&zone_mixed, 0), 0);
	/* Order 1: the 4 single pages are not: 4/16. */
	KUNIT_EXPECT_EQ(test, zone_unusable_index(&zone_mixed, 1), 250);
	/* Orders 2 and 3: only the block of 8 pages is of use: 8/16. */
	KUNIT_EXPECT_EQ(test, zone_unusable_index(&zone_mixed, 2), 500);
	KUNIT_EXPECT_EQ(test, zone_unusable_index(&zone_mixed, 3), 500);
	/* Order 4: nothing is of use. */
	KUNIT_EXPECT_EQ(test, zone_unusable_index(&zone_mixed, 4), 1000);
}

static void unusable_rounds_down(struct kunit *test)
{
	/* Three free pages: one alone, two together. */
	const struct zone_blocks third = { .nr = { 1, 1 } };
	/* Three free pages, all alone, and a block of four: 3/7 = 0.42857. */
	const struct zone_blocks sevenths = { .nr = { 3, 0, 1 } };

	/* Order 1: 1/3 = 0.3333. */
	KUNIT_EXPECT_EQ(test, zone_unusable_index(&third, 1), 333);
	KUNIT_EXPECT_EQ(test, zone_unusable_index(&sevenths, 2), 428);
}

/* All of nothing is of no use. */
static void unusable_without_free(struct kunit *test)
{
	const struct zone_blocks none = { };

	KUNIT_EXPECT_EQ(test, zone_unusable_index(&none, 0), 1000);
	KUNIT_EXPECT_EQ(test, zone_unusable_index(&none, MM_MAX_ORDER), 1000);
}

static void fragmentation_mixed(struct kunit *test)
{
	unsigned int order;

	/* Up to order 3 the block of 8 pages serves the request. */
	for (order = 0; order <= 3; order++)
		KUNIT_EXPECT_EQ(test,
				zone_fragmentation_index(&zone_mixed, order),
				-1000);
	/*
	 * Order 4: the free pages would make 16/16 = 1 request;
	 * 1 - (1 + 1)/7 = 1 - 0.28571, of which 0.285 is taken off.
	 */
	KUNIT_EXPECT_EQ(test, zone_fragmentation_index(&zone_mixed, 4), 715);
}

static void fragmentation_rounds_twice(struct kunit *test)
{
	/*
	 * Three single pages, order 2: they would make 3/4 = 0.750 requests;
	 * 1 - (1 + 0.750)/3 = 1 - 0.58333.
	 */
	const struct zone_blocks singles = { .nr = { 3 } };
	/*
	 * Five single pages and a pair, order 3: 7/8 = 0.875 requests;
	 * 1 - (1 + 0.875)/6 = 1 - 0.3125.
	 */
	const struct zone_blocks eighths = { .nr = { 5, 1 } };

	KUNIT_EXPECT_EQ(test, zone_fragmentation_index(&singles, 2), 417);
	KUNIT_EXPECT_EQ(test, zone_fragmentation_index(&eighths, 3), 688);
}

/*
 * Little memory, not fragmented: one block of half the request.
 * 1 - (1 + 2/4)/1 = -0.5.
 */
static void fragmentation_below_zero(struct kunit *test)
{
	const struct zone_blocks pair = { .nr = { 0, 1 } };

	KUNIT_EXPECT_EQ(test, zone_fragmentation_index(&pair, 2), -500);
}

/* Nothing is free: it is lack of memory. */
static void fragmentation_without_free(struct kunit *test)
{
	const struct zone_blocks none = { };

	KUNIT_EXPECT_EQ(test, zone_fragmentation_index(&none, 0), 0);
	KUNIT_EXPECT_EQ(test, zone_fragmentation_index(&none, MM_MAX_ORDER), 0);
}

static void fragmentation_of_singles(struct kunit *test)
{
	const struct zone_blocks singles = { .nr = { 1000 } };

	/* Order 1: 1000/2 = 500 requests; 1 - 501/1000. */
	KUNIT_EXPECT_EQ(test, zone_fragmentation_index(&singles, 1), 499);
	/* Order 5: 1000/32 = 31.25 requests; 1 - 32.25/1000 = 1 - 0.03225. */
	KUNIT_EXPECT_EQ(test, zone_fragmentation_index(&singles, 5), 968);
}

/*
 * 2^27 single pages, 512 GiB of 4 KiB: in thousandths that is beyond 32 bits.
 * Order 6: 2^27/2^6 = 2^21 requests; 1 - (1 + 2^21)/2^27 = 1 - 0.015625007.
 */
static void indices_of_much_memory(struct kunit *test)
{
	const struct zone_blocks many = { .nr = { SZ_128M, 0, 1 } };
	const struct zone_blocks singles = { .nr = { SZ_128M } };

	KUNIT_EXPECT_EQ(test, zone_fragmentation_index(&singles, 6), 985);
	/* Order 1: 2^27 of 2^27 + 4 are of no use: 0.99999997. */
	KUNIT_EXPECT_EQ(test, zone_unusable_index(&many, 1), 999);
}

static void blocks_count_pages(struct kunit *test)
{
	/* Of order 1 and more: 2 * 2 + 8 = 12. */
	KUNIT_EXPECT_EQ(test, zone_blocks_pages(&zone_mixed), 16UL);
	KUNIT_EXPECT_EQ(test, zone_blocks_usable(&zone_mixed, 0), 16UL);
	KUNIT_EXPECT_EQ(test, zone_blocks_usable(&zone_mixed, 1), 12UL);
	KUNIT_EXPECT_EQ(test, zone_blocks_usable(&zone_mixed, 3), 8UL);
	KUNIT_EXPECT_EQ(test, zone_blocks_usable(&zone_mixed, 4), 0UL);
}

static void report_has_every_zone(struct kunit *test)
{
	struct zone_report report;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, zone_report_take(&report), 0);
	KUNIT_EXPECT_EQ(test, report.nr_nodes, num_online_nodes());
	KUNIT_EXPECT_EQ(test, report.nr_zones,
			num_online_nodes() * MAX_NR_ZONES);
	for (i = 0; i < report.nr_zones; i++) {
		const struct zone_snapshot *shot = &report.zones[i];

		KUNIT_EXPECT_EQ(test, shot->type, i % MAX_NR_ZONES);
		KUNIT_EXPECT_EQ(test, shot->end_pfn,
				shot->start_pfn + shot->nr_spanned);
		KUNIT_EXPECT_EQ(test, shot->nr_pcps,
				shot->nr_present ? num_online_cpus() : 0);
	}
	zone_report_drop(&report);
}

static const void *zone_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&zone_probe, prev, desc);
}

static struct kunit_case zone_cases[] = {
	KUNIT_CASE(unusable_mixed),
	KUNIT_CASE(unusable_rounds_down),
	KUNIT_CASE(unusable_without_free),
	KUNIT_CASE(fragmentation_mixed),
	KUNIT_CASE(fragmentation_rounds_twice),
	KUNIT_CASE(fragmentation_below_zero),
	KUNIT_CASE(fragmentation_without_free),
	KUNIT_CASE(fragmentation_of_singles),
	KUNIT_CASE(indices_of_much_memory),
	KUNIT_CASE(blocks_count_pages),
	KUNIT_CASE(report_has_every_zone),
	KUNIT_CASE_PARAM(mm_kunit_run, zone_next),
	{ }
};

static struct kunit_suite zone_suite = {
	.name = "mm_lab_zone",
	.test_cases = zone_cases,
};

kunit_test_suite(zone_suite);
