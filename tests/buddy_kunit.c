// SPDX-License-Identifier: GPL-2.0
/*
 * The buddy room: its formulas, and the experiments of buddy_probe.c, a case
 * each.
 */
#include "../buddy_probe.h"
#include "mm_kunit.h"

/* Frames of the block that stands in for a set's memory. */
#define BUDDY_TEST_ORDER	4

static void buddy_formulas(struct kunit *test)
{
	const struct buddy_block block = { 0x140, 6 };

	KUNIT_EXPECT_EQ(test, buddy_of(0, 0), 1UL);
	KUNIT_EXPECT_EQ(test, buddy_of(1, 0), 0UL);
	KUNIT_EXPECT_EQ(test, buddy_of(0x30, 4), 0x20UL);
	KUNIT_EXPECT_EQ(test, buddy_of(0x20, 4), 0x30UL);
	KUNIT_EXPECT_EQ(test, buddy_of(0x10c00, 10), 0x10800UL);

	KUNIT_EXPECT_TRUE(test, buddy_aligned(0, 10));
	KUNIT_EXPECT_TRUE(test, buddy_aligned(0x1238, 3));
	KUNIT_EXPECT_FALSE(test, buddy_aligned(0x1238, 4));
	KUNIT_EXPECT_TRUE(test, buddy_aligned(7, 0));

	KUNIT_EXPECT_TRUE(test, buddy_holds(&block, 0x140));
	KUNIT_EXPECT_TRUE(test, buddy_holds(&block, 0x17f));
	KUNIT_EXPECT_FALSE(test, buddy_holds(&block, 0x13f));
	KUNIT_EXPECT_FALSE(test, buddy_holds(&block, 0x180));
}

static void buddy_losses(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, buddy_lost(PAGE_SIZE), 0UL);
	KUNIT_EXPECT_EQ(test, buddy_lost(1), PAGE_SIZE - 1);
	KUNIT_EXPECT_EQ(test, buddy_lost(513), PAGE_SIZE - 513);
	KUNIT_EXPECT_EQ(test, buddy_lost(PAGE_SIZE + 1), PAGE_SIZE - 1);
	KUNIT_EXPECT_EQ(test, buddy_lost(3 * PAGE_SIZE), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, buddy_lost(5 * PAGE_SIZE), 3 * PAGE_SIZE);
}

static void buddy_pcp_orders(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, buddy_passes_pcp(0));
	KUNIT_EXPECT_TRUE(test, buddy_passes_pcp(3));
	KUNIT_EXPECT_FALSE(test, buddy_passes_pcp(4));
}

static struct page *buddy_test_block(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL, BUDDY_TEST_ORDER);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page;
}

/* A set of the named frames of a block, none of which it owns. */
static void buddy_test_set(struct kunit *test, struct buddy_set *set,
			   struct page *page, const u8 *frames,
			   unsigned int nr)
{
	*set = (struct buddy_set){ .nr = nr, .max = nr };
	set->pages = kunit_kcalloc(test, nr, sizeof(*set->pages), GFP_KERNEL);
	if (!set->pages) {
		set->nr = 0;
		return;
	}
	while (nr--)
		set->pages[nr] = page + frames[nr];
}

static void buddy_groups(struct kunit *test)
{
	static const u8 frames[] = { 7, 1, 14, 4, 2, 13, 6, 5 };
	struct page *page = buddy_test_block(test);
	unsigned long pfn = page_to_pfn(page);
	struct buddy_set set;
	unsigned int i = 0;

	buddy_test_set(test, &set, page, frames, ARRAY_SIZE(frames));
	buddy_set_sort(&set);
	KUNIT_EXPECT_EQ(test, set.nr, 8U);

	/* Of 1, 2, 4, 5, 6, 7, 13, 14 neither 1-2 nor 5-6 nor 13-14 is a pair. */
	KUNIT_EXPECT_TRUE(test, buddy_next_pair(&set, &i));
	KUNIT_EXPECT_EQ(test, buddy_set_pfn(&set, i), pfn + 4);
	i += 2;
	KUNIT_EXPECT_TRUE(test, buddy_next_pair(&set, &i));
	KUNIT_EXPECT_EQ(test, buddy_set_pfn(&set, i), pfn + 6);
	i += 2;
	KUNIT_EXPECT_FALSE(test, buddy_next_pair(&set, &i));

	i = 0;
	KUNIT_EXPECT_TRUE(test, buddy_next_quad(&set, &i));
	KUNIT_EXPECT_EQ(test, buddy_set_pfn(&set, i), pfn + 4);
	i += 4;
	KUNIT_EXPECT_FALSE(test, buddy_next_quad(&set, &i));
	__free_pages(page, BUDDY_TEST_ORDER);
}

static void buddy_sorts(struct kunit *test)
{
	static const u8 frames[] = { 9, 3, 0, 12 };
	struct page *page = buddy_test_block(test);
	unsigned long pfn = page_to_pfn(page);
	struct buddy_set set;

	buddy_test_set(test, &set, page, frames, ARRAY_SIZE(frames));
	if (set.nr) {
		set.pages[1] = NULL;
		buddy_set_sort(&set);
		KUNIT_EXPECT_EQ(test, set.nr, 3U);
		KUNIT_EXPECT_EQ(test, buddy_set_pfn(&set, 0), pfn);
		KUNIT_EXPECT_EQ(test, buddy_set_pfn(&set, 1), pfn + 9);
		KUNIT_EXPECT_EQ(test, buddy_set_pfn(&set, 2), pfn + 12);
	}
	__free_pages(page, BUDDY_TEST_ORDER);
}

static void buddy_held_is_not_free(struct kunit *test)
{
	struct page *page = buddy_test_block(test);
	unsigned long pfn = page_to_pfn(page);
	struct buddy_block block;
	unsigned int i;

	for (i = 0; i < 1U << BUDDY_TEST_ORDER; i++)
		KUNIT_EXPECT_FALSE(test, buddy_find_free(pfn + i, &block));
	__free_pages(page, BUDDY_TEST_ORDER);
}

/* Pages have one migratetype with their buddies; what stands apart is a fault. */
static void buddy_surveys(struct kunit *test)
{
	struct buddy_survey survey = { .nr_blocks = 5 };

	KUNIT_EXPECT_TRUE(test, buddy_survey_aligned(&survey));
	KUNIT_EXPECT_EQ(test, buddy_survey_apart(&survey),
			(unsigned int)MM_MAX_ORDER);
	survey.nr_apart[1] = 1;
	KUNIT_EXPECT_EQ(test, buddy_survey_apart(&survey), 1U);
	survey.nr_apart[0] = 2;
	KUNIT_EXPECT_EQ(test, buddy_survey_apart(&survey), 0U);
	survey.nr_misaligned = 1;
	KUNIT_EXPECT_FALSE(test, buddy_survey_aligned(&survey));
}

/* The same block handed out twice: said, and given back once only. */
static void buddy_tells_doubles(struct kunit *test)
{
	static const u8 frames[] = { 2, 5, 2 };
	struct page *page = buddy_test_block(test);
	struct buddy_set set;
	struct mm_run run;
	char text[256];

	mm_run_init(&run, text, sizeof(text));
	run.charged = 3;
	buddy_test_set(test, &set, page, frames, ARRAY_SIZE(frames));
	buddy_set_sort(&set);
	KUNIT_EXPECT_FALSE(test, buddy_set_distinct(&run, &set));
	KUNIT_EXPECT_EQ(test, set.nr, 2U);
	KUNIT_EXPECT_EQ(test, run.charged, 2UL);
	KUNIT_EXPECT_EQ(test, run.nr_failures, 1U);
	__free_pages(page, BUDDY_TEST_ORDER);
}

static const void *buddy_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&buddy_probe, prev, desc);
}

static struct kunit_case buddy_cases[] = {
	KUNIT_CASE(buddy_formulas),
	KUNIT_CASE(buddy_losses),
	KUNIT_CASE(buddy_pcp_orders),
	KUNIT_CASE(buddy_groups),
	KUNIT_CASE(buddy_sorts),
	KUNIT_CASE(buddy_held_is_not_free),
	KUNIT_CASE(buddy_tells_doubles),
	KUNIT_CASE(buddy_surveys),
	KUNIT_CASE_PARAM(mm_kunit_run, buddy_next),
	{ }
};

static struct kunit_suite buddy_suite = {
	.name = "mm_lab_buddy",
	.test_cases = buddy_cases,
};

kunit_test_suite(buddy_suite);
