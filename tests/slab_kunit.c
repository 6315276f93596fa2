// SPDX-License-Identifier: GPL-2.0
/*
 * The slab room: its measuring, and the experiments of slab_probe.c, a case
 * each.
 */
#include <linux/poison.h>

#include "../slab_probe.h"
#include "mm_kunit.h"

/* 4096 bytes of 700-byte objects, 704 apart: five, and 576 bytes are left. */
static void slab_layout_full(struct kunit *test)
{
	unsigned int offsets[] = { 2112, 0, 1408, 704, 2816 };
	struct slab_layout layout;

	slab_layout_of(&layout, offsets, ARRAY_SIZE(offsets), 4096);
	KUNIT_EXPECT_EQ(test, layout.bytes, 4096U);
	KUNIT_EXPECT_EQ(test, layout.nr_objects, 5U);
	KUNIT_EXPECT_EQ(test, layout.first, 0U);
	KUNIT_EXPECT_EQ(test, layout.last, 2816U);
	KUNIT_EXPECT_EQ(test, layout.stride, 704U);
	KUNIT_EXPECT_EQ(test, layout.waste, 576U);
	KUNIT_EXPECT_TRUE(test, layout.even);
	KUNIT_EXPECT_TRUE(test, layout.whole);
}

static void slab_layout_gap(struct kunit *test)
{
	unsigned int offsets[] = { 64, 128, 256 };
	struct slab_layout layout;

	slab_layout_of(&layout, offsets, ARRAY_SIZE(offsets), 320);
	KUNIT_EXPECT_EQ(test, layout.first, 64U);
	KUNIT_EXPECT_EQ(test, layout.stride, 64U);
	KUNIT_EXPECT_EQ(test, layout.waste, 0U);
	KUNIT_EXPECT_TRUE(test, layout.even);
	KUNIT_EXPECT_FALSE(test, layout.whole);
}

static void slab_layout_uneven(struct kunit *test)
{
	unsigned int offsets[] = { 0, 64, 144 };
	unsigned int doubled[] = { 64, 0, 64 };
	struct slab_layout layout;

	slab_layout_of(&layout, offsets, ARRAY_SIZE(offsets), 4096);
	KUNIT_EXPECT_EQ(test, layout.stride, 64U);
	KUNIT_EXPECT_FALSE(test, layout.even);
	KUNIT_EXPECT_FALSE(test, layout.whole);

	slab_layout_of(&layout, doubled, ARRAY_SIZE(doubled), 4096);
	KUNIT_EXPECT_EQ(test, layout.stride, 0U);
	KUNIT_EXPECT_FALSE(test, layout.even);
}

static void slab_layout_single(struct kunit *test)
{
	unsigned int offset = 8;
	struct slab_layout layout;

	slab_layout_of(&layout, &offset, 1, 4096);
	KUNIT_EXPECT_EQ(test, layout.nr_objects, 1U);
	KUNIT_EXPECT_EQ(test, layout.first, 8U);
	KUNIT_EXPECT_EQ(test, layout.last, 8U);
	KUNIT_EXPECT_EQ(test, layout.stride, 0U);
	KUNIT_EXPECT_TRUE(test, layout.even);
	KUNIT_EXPECT_TRUE(test, layout.whole);
}

/* 16 bytes of red zone, then objects of 40 bytes, 64 apart, then waste. */
static void slab_places(struct kunit *test)
{
	const struct slab_layout layout = {
		.bytes = 256, .nr_objects = 3, .first = 16, .last = 144,
		.stride = 64,
	};
	static const struct {
		unsigned int offset;
		char place;
	} places[] = {
		{ 0, '-' }, { 15, '-' }, { 16, 'a' }, { 55, 'a' }, { 56, '.' },
		{ 79, '.' }, { 80, 'b' }, { 144, 'c' }, { 183, 'c' },
		{ 184, '.' }, { 207, '.' }, { 208, '-' }, { 255, '-' },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		KUNIT_EXPECT_EQ_MSG(test, slab_place(&layout, 40,
						     places[i].offset),
				    places[i].place, "at offset %u",
				    places[i].offset);
}

static void slab_classes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, slab_class(1), (size_t)KMALLOC_MIN_SIZE);
	KUNIT_EXPECT_EQ(test, slab_class(KMALLOC_MIN_SIZE),
			(size_t)KMALLOC_MIN_SIZE);
	KUNIT_EXPECT_EQ(test, slab_class(193), (size_t)256);
	KUNIT_EXPECT_EQ(test, slab_class(256), (size_t)256);
	KUNIT_EXPECT_EQ(test, slab_class(257), (size_t)512);
	KUNIT_EXPECT_EQ(test, slab_class(513), (size_t)1024);
	KUNIT_EXPECT_EQ(test, slab_class(4097), (size_t)8192);
	if (KMALLOC_MIN_SIZE > 32)
		kunit_skip(test, "the smallest class leaves no room for 96");
	KUNIT_EXPECT_EQ(test, slab_class(64), (size_t)64);
	KUNIT_EXPECT_EQ(test, slab_class(65), (size_t)96);
	KUNIT_EXPECT_EQ(test, slab_class(96), (size_t)96);
	KUNIT_EXPECT_EQ(test, slab_class(97), (size_t)128);
	KUNIT_EXPECT_EQ(test, slab_class(129), (size_t)192);
	KUNIT_EXPECT_EQ(test, slab_class(192), (size_t)192);
}

static void slab_poison_bytes(struct kunit *test)
{
	u8 bytes[8];

	memset(bytes, POISON_FREE, sizeof(bytes));
	KUNIT_EXPECT_FALSE(test, slab_poisoned(bytes, 8));
	bytes[7] = POISON_END;
	KUNIT_EXPECT_TRUE(test, slab_poisoned(bytes, 8));
	bytes[0] = 0;
	KUNIT_EXPECT_FALSE(test, slab_poisoned(bytes, 8));
	bytes[0] = POISON_FREE;
	bytes[6] = POISON_INUSE;
	KUNIT_EXPECT_FALSE(test, slab_poisoned(bytes, 8));
}

/* @offset=512 is not the object at 5120. */
static void slab_log_lines(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, slab_line_has("Object 0x1 @offset=512",
					      "@offset=512"));
	KUNIT_EXPECT_TRUE(test, slab_line_has("a @offset=512 b", "@offset=512"));
	KUNIT_EXPECT_TRUE(test, slab_line_has("@offset=5120 @offset=512",
					      "@offset=512"));
	KUNIT_EXPECT_FALSE(test, slab_line_has("Object 0x1 @offset=5120",
					       "@offset=512"));
	KUNIT_EXPECT_FALSE(test, slab_line_has("", "@offset=512"));
}

static struct slab_hoard *slab_test_hoard(struct kunit *test)
{
	struct mm_run *run = mm_kunit_new_run(test);
	struct slab_hoard *hoard;

	run->request.budget = 256;
	hoard = slab_hoard_open(run, "mm_lab_test", 256, 0, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, hoard);
	return hoard;
}

static void slab_hoard_books(struct kunit *test)
{
	struct slab_hoard *hoard = slab_test_hoard(test);
	struct mm_run *run = hoard->run;
	unsigned int i, nr = 0;

	KUNIT_EXPECT_EQ(test, slab_hoard_fill(hoard, 3), 0);
	KUNIT_EXPECT_EQ(test, hoard->nr_seen, 3U);
	KUNIT_EXPECT_EQ(test, run->charged, hoard->charged);
	for (i = 0; i < hoard->nr_seen; i++)
		nr += hoard->seen[i].nr;
	KUNIT_EXPECT_EQ(test, nr, hoard->nr);

	slab_hoard_thin(hoard);
	KUNIT_EXPECT_EQ(test, hoard->nr, 3U);
	for (i = 0; i < hoard->nr_seen; i++)
		KUNIT_EXPECT_EQ(test, hoard->seen[i].nr, 1U);
	KUNIT_EXPECT_TRUE(test, slab_hoard_close(hoard));
	KUNIT_EXPECT_EQ(test, run->charged, 0UL);
}

static void slab_hoard_stamps(struct kunit *test)
{
	struct slab_hoard *hoard = slab_test_hoard(test);

	KUNIT_EXPECT_EQ(test, slab_hoard_take(hoard, 5), 0);
	slab_hoard_stamp(hoard);
	KUNIT_EXPECT_EQ(test, slab_hoard_spoilt(hoard), 0U);
	((u8 *)hoard->objects[1])[255] ^= 1;
	((u8 *)hoard->objects[3])[0] ^= 0x80;
	KUNIT_EXPECT_EQ(test, slab_hoard_spoilt(hoard), 2U);
	slab_hoard_close(hoard);
}

/* A cache with an object out must fail the run, and stay. */
static void slab_lost_object(struct kunit *test)
{
	struct mm_run *run = mm_kunit_new_run(test);
	struct kmem_cache *cache;
	void *object;

	if (!IS_ENABLED(CONFIG_SLAB) && !IS_ENABLED(CONFIG_SLUB_DEBUG))
		kunit_skip(test, "this allocator does not count its slabs");
	cache = slab_cache("mm_lab_test", 256, 0, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	object = slab_take(cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, object);
	KUNIT_EXPECT_FALSE(test, object && slab_cache_end(run, cache));
	KUNIT_EXPECT_EQ(test, run->nr_failures, 1U);
	if (object)
		kmem_cache_free(cache, object);
	KUNIT_EXPECT_TRUE(test, slab_cache_end(run, cache));
	KUNIT_EXPECT_EQ(test, run->nr_failures, 1U);
}

static const void *slab_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&slab_probe, prev, desc);
}

static struct kunit_case slab_cases[] = {
	KUNIT_CASE(slab_layout_full),
	KUNIT_CASE(slab_layout_gap),
	KUNIT_CASE(slab_layout_uneven),
	KUNIT_CASE(slab_layout_single),
	KUNIT_CASE(slab_places),
	KUNIT_CASE(slab_classes),
	KUNIT_CASE(slab_poison_bytes),
	KUNIT_CASE(slab_log_lines),
	KUNIT_CASE(slab_hoard_books),
	KUNIT_CASE(slab_hoard_stamps),
	KUNIT_CASE(slab_lost_object),
	KUNIT_CASE_PARAM(mm_kunit_run, slab_next),
	{ }
};

static struct kunit_suite slab_suite = {
	.name = "mm_lab_slab",
	.test_cases = slab_cases,
};

kunit_test_suite(slab_suite);
