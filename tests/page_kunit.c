// SPDX-License-Identifier: GPL-2.0
/*
 * The classifier of frames on inputs made by hand, what struct page costs
 * worked by hand, the parser of `frame`, and the experiments of page_probe.c,
 * a case each.
 */
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../page_frame.h"
#include "mm_kunit.h"

struct page_example {
	const char *what;
	unsigned int traits;
	enum page_state state;
};

static const struct page_example page_examples[] = {
	{ "nothing known", 0, PAGE_STATE_OTHER },
	{ "some page type", PAGE_TRAIT_TYPED, PAGE_STATE_OTHER },
	{ "free block", PAGE_TRAIT_BUDDY | PAGE_TRAIT_TYPED, PAGE_STATE_FREE },
	{ "free, and it was reserved", PAGE_TRAIT_BUDDY | PAGE_TRAIT_RESERVED,
	  PAGE_STATE_FREE },
	{ "free page of a CPU", PAGE_TRAIT_LISTED, PAGE_STATE_PCP },
	{ "balloon", PAGE_TRAIT_OFFLINE | PAGE_TRAIT_TYPED,
	  PAGE_STATE_OFFLINE },
	{ "reserved by the balloon", PAGE_TRAIT_OFFLINE | PAGE_TRAIT_RESERVED,
	  PAGE_STATE_OFFLINE },
	{ "hole or image", PAGE_TRAIT_RESERVED, PAGE_STATE_RESERVED },
	{ "slab of one page", PAGE_TRAIT_SLAB | PAGE_TRAIT_TYPED,
	  PAGE_STATE_SLAB },
	{ "slab of several, words in mapping's place",
	  PAGE_TRAIT_SLAB | PAGE_TRAIT_COMPOUND | PAGE_TRAIT_FILE,
	  PAGE_STATE_SLAB },
	{ "page table", PAGE_TRAIT_TABLE | PAGE_TRAIT_TYPED, PAGE_STATE_TABLE },
	{ "hugetlb, of a file",
	  PAGE_TRAIT_HUGETLB | PAGE_TRAIT_COMPOUND | PAGE_TRAIT_FILE,
	  PAGE_STATE_COMPOUND },
	{ "hugetlb, private",
	  PAGE_TRAIT_HUGETLB | PAGE_TRAIT_COMPOUND | PAGE_TRAIT_ANON,
	  PAGE_STATE_COMPOUND },
	{ "anonymous", PAGE_TRAIT_ANON, PAGE_STATE_ANON },
	{ "anonymous, transparent huge", PAGE_TRAIT_ANON | PAGE_TRAIT_COMPOUND,
	  PAGE_STATE_ANON },
	{ "file", PAGE_TRAIT_FILE, PAGE_STATE_CACHE },
	{ "file, large folio", PAGE_TRAIT_FILE | PAGE_TRAIT_COMPOUND,
	  PAGE_STATE_CACHE },
	{ "driver's compound block", PAGE_TRAIT_COMPOUND,
	  PAGE_STATE_COMPOUND },
};

static void classify_examples(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(page_examples); i++) {
		const struct page_example *e = &page_examples[i];

		KUNIT_EXPECT_EQ_MSG(test, page_classify(e->traits), e->state,
				    "%s", e->what);
	}
}

/* Whatever comes together, a frame is in one of the states. */
static void classify_is_total(struct kunit *test)
{
	unsigned int traits;

	for (traits = 0; traits < 2 * PAGE_TRAIT_TYPED; traits++)
		KUNIT_ASSERT_LT(test, (unsigned int)page_classify(traits),
				(unsigned int)PAGE_NR_STATES);
}

static void block_bounds(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, page_block_holds(7, 0, 7));
	KUNIT_EXPECT_FALSE(test, page_block_holds(7, 0, 8));
	KUNIT_EXPECT_FALSE(test, page_block_holds(7, 0, 6));
	KUNIT_EXPECT_TRUE(test, page_block_holds(32, 4, 32));
	KUNIT_EXPECT_TRUE(test, page_block_holds(32, 4, 47));
	KUNIT_EXPECT_FALSE(test, page_block_holds(32, 4, 48));
	KUNIT_EXPECT_FALSE(test, page_block_holds(32, 4, 31));
}

/* What is read of a page that changes may be any number. */
static void block_wild(struct kunit *test)
{
	/* 40 is no multiple of 16. */
	KUNIT_EXPECT_FALSE(test, page_block_holds(40, 4, 41));
	KUNIT_EXPECT_FALSE(test, page_block_holds(0, BITS_PER_LONG, 0));
	KUNIT_EXPECT_FALSE(test, page_block_holds(0, 255, 1));
	KUNIT_EXPECT_FALSE(test, page_block_holds(0, UINT_MAX, 0));
}

static void cost_by_hand(struct kunit *test)
{
	struct page_cost cost;

	/* 262,144 frames of 64 bytes; 64/4096 = 1.5625 %. */
	page_cost_of(&cost, 64, SZ_4K);
	KUNIT_EXPECT_EQ(test, cost.per_gib, 16777216UL);
	KUNIT_EXPECT_EQ(test, cost.millipercent, 1563U);
	/* 65,536 frames; 0.390625 %. */
	page_cost_of(&cost, 64, SZ_16K);
	KUNIT_EXPECT_EQ(test, cost.per_gib, 4194304UL);
	KUNIT_EXPECT_EQ(test, cost.millipercent, 391U);
	/* 16,384 frames; 0.09765625 %. */
	page_cost_of(&cost, 64, SZ_64K);
	KUNIT_EXPECT_EQ(test, cost.per_gib, 1048576UL);
	KUNIT_EXPECT_EQ(test, cost.millipercent, 98U);
	/* The 40 bytes of the lecture: 10 MiB per GiB, 0.9765625 %. */
	page_cost_of(&cost, 40, SZ_4K);
	KUNIT_EXPECT_EQ(test, cost.per_gib, 10485760UL);
	KUNIT_EXPECT_EQ(test, cost.millipercent, 977U);
}

static void sum_of_zones(struct kunit *test)
{
	const struct page_zone_census a = {
		.nr_spanned = 100, .nr_present = 70, .nr_frames = 80,
		.nr_absent = 15, .nr_foreign = 5,
		.nr_in = { [PAGE_STATE_FREE] = 48, [PAGE_STATE_OTHER] = 32 },
		.nr_free = { [4] = 48 },
	};
	struct page_zone_census sum = { .nid = 3 };

	page_census_add(&sum, &a);
	page_census_add(&sum, &a);
	KUNIT_EXPECT_EQ(test, sum.nid, 3);
	KUNIT_EXPECT_EQ(test, sum.nr_spanned, 200UL);
	KUNIT_EXPECT_EQ(test, sum.nr_present, 140UL);
	KUNIT_EXPECT_EQ(test, sum.nr_frames, 160UL);
	KUNIT_EXPECT_EQ(test, sum.nr_absent, 30UL);
	KUNIT_EXPECT_EQ(test, sum.nr_foreign, 10UL);
	KUNIT_EXPECT_EQ(test, sum.nr_in[PAGE_STATE_FREE], 96UL);
	KUNIT_EXPECT_EQ(test, sum.nr_in[PAGE_STATE_OTHER], 64UL);
	KUNIT_EXPECT_EQ(test, sum.nr_free[4], 96UL);
}

static int page_parse(const char *words, unsigned long *pfn)
{
	char text[64];

	strscpy(text, words, sizeof(text));
	*pfn = 77;
	return page_parse_pfn(text, pfn);
}

static void parse_good(struct kunit *test)
{
	unsigned long pfn;

	KUNIT_EXPECT_EQ(test, page_parse("0", &pfn), 0);
	KUNIT_EXPECT_EQ(test, pfn, 0UL);
	KUNIT_EXPECT_EQ(test, page_parse(" 4096\n", &pfn), 0);
	KUNIT_EXPECT_EQ(test, pfn, 4096UL);
	KUNIT_EXPECT_EQ(test, page_parse("0x100", &pfn), 0);
	KUNIT_EXPECT_EQ(test, pfn, 256UL);
}

static void parse_bad(struct kunit *test)
{
	static const char *const words[] = {
		"", " ", "\n", "-1", "1 2", "12a", "0x", "pfn", "1.5", "\"7\"",
		"99999999999999999999999",
	};
	unsigned long pfn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		KUNIT_EXPECT_EQ_MSG(test, page_parse(words[i], &pfn), -EINVAL,
				    "\"%s\"", words[i]);
		KUNIT_EXPECT_EQ_MSG(test, pfn, 77UL, "\"%s\"", words[i]);
	}
}

/* Each frame of a block is seen, whichever is asked for. */
static void look_at_compound(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	struct page_frame frame;
	unsigned long pfn;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, page);
	pfn = page_to_pfn(page);
	for (i = 0; i < 8; i++) {
		page_look(page + i, pfn + i, &frame);
		KUNIT_EXPECT_EQ(test, frame.pfn, pfn + i);
		KUNIT_EXPECT_EQ(test, frame.head, pfn);
		KUNIT_EXPECT_EQ(test, frame.order, 3U);
		KUNIT_EXPECT_EQ(test, frame.nr_references, 1);
		KUNIT_EXPECT_EQ(test, frame.traits,
				(unsigned int)PAGE_TRAIT_COMPOUND);
	}
	__free_pages(page, 3);
}

static const void *page_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&page_probe, prev, desc);
}

static struct kunit_case page_cases[] = {
	KUNIT_CASE(classify_examples),
	KUNIT_CASE(classify_is_total),
	KUNIT_CASE(block_bounds),
	KUNIT_CASE(block_wild),
	KUNIT_CASE(cost_by_hand),
	KUNIT_CASE(sum_of_zones),
	KUNIT_CASE(parse_good),
	KUNIT_CASE(parse_bad),
	KUNIT_CASE(look_at_compound),
	KUNIT_CASE_PARAM(mm_kunit_run, page_next),
	{ }
};

static struct kunit_suite page_suite = {
	.name = "mm_lab_page",
	.test_cases = page_cases,
};

kunit_test_suite(page_suite);
