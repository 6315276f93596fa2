// SPDX-License-Identifier: GPL-2.0
/*
 * The experiments of mempool_probe.c, a case each, and the backing allocator
 * that they look through: it has to notice whatever a pool might do wrong.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "../mempool_backing.h"
#include "mm_kunit.h"

#define NR_ELEMENTS	4

static const void *mempool_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&mempool_probe, prev, desc);
}

static void expect_only_fault(struct kunit *test, enum mempool_fault fault)
{
	const struct mempool_backing *backing = test->priv;
	unsigned int i;

	for (i = 0; i < MEMPOOL_FAULTS; i++)
		KUNIT_EXPECT_EQ_MSG(test, backing->nr_faults[i],
				    (unsigned int)(i == fault), "fault %u", i);
}

static void gives_each_element_once(struct kunit *test)
{
	struct mempool_backing *backing = test->priv;
	int i;

	for (i = 0; i < NR_ELEMENTS; i++) {
		void *element = mempool_backing_alloc(GFP_KERNEL, backing);

		KUNIT_EXPECT_EQ(test, mempool_backing_index(backing, element),
				i);
	}
	KUNIT_EXPECT_NULL(test, mempool_backing_alloc(GFP_KERNEL, backing));
	KUNIT_EXPECT_EQ(test,
			mempool_backing_count(backing, MEMPOOL_IN_RESERVE), 4U);
	expect_only_fault(test, MEMPOOL_FAULTS);
}

static void fails_on_command(struct kunit *test)
{
	struct mempool_backing *backing = test->priv;

	mempool_backing_set(backing, MEMPOOL_REFUSES, UINT_MAX);
	KUNIT_EXPECT_NULL(test, mempool_backing_alloc(GFP_KERNEL, backing));

	mempool_backing_set(backing, MEMPOOL_NEEDS_RECLAIM, UINT_MAX);
	KUNIT_EXPECT_NULL(test, mempool_backing_alloc(GFP_NOWAIT, backing));
	KUNIT_EXPECT_NOT_NULL(test, mempool_backing_alloc(GFP_NOIO, backing));

	mempool_backing_set(backing, MEMPOOL_WORKS, 1);
	KUNIT_EXPECT_NOT_NULL(test, mempool_backing_alloc(GFP_NOWAIT, backing));
	KUNIT_EXPECT_NULL(test, mempool_backing_alloc(GFP_KERNEL, backing));
}

static void gate_is_for_reclaimers(struct kunit *test)
{
	struct mempool_gate gate = { .open = true };
	struct mempool_backing *backing = test->priv;

	backing->gate = &gate;
	mempool_backing_alloc(GFP_NOWAIT, backing);
	KUNIT_EXPECT_NULL(test, gate.asker);
	KUNIT_EXPECT_FALSE(test, gate.passed);
	mempool_backing_alloc(GFP_NOIO, backing);
	KUNIT_EXPECT_PTR_EQ(test, gate.asker,
			    (const struct task_struct *)current);
	KUNIT_EXPECT_TRUE(test, gate.passed);
	backing->gate = NULL;
}

static void gate_gives_way(struct kunit *test)
{
	struct mempool_gate gate = { };
	struct mempool_backing *backing = test->priv;
	u64 start = ktime_get_ns();

	backing->gate = &gate;
	KUNIT_EXPECT_NOT_NULL(test, mempool_backing_alloc(GFP_NOIO, backing));
	KUNIT_EXPECT_GE(test, ktime_get_ns() - start, (u64)NSEC_PER_MSEC);
	backing->gate = NULL;
}

static void tallies(struct kunit *test)
{
	struct mempool_backing *backing = test->priv;
	struct mempool_tally tally;
	void *element;

	mempool_backing_set(backing, MEMPOOL_WORKS, 1);
	element = mempool_backing_alloc(GFP_KERNEL, backing);
	mempool_backing_alloc(GFP_NOWAIT, backing);
	mempool_backing_free(element, backing);
	tally = mempool_backing_tally(backing);
	KUNIT_EXPECT_EQ(test, tally.nr_asks, 2U);
	KUNIT_EXPECT_EQ(test, tally.nr_reclaim_asks, 1U);
	KUNIT_EXPECT_EQ(test, tally.nr_allocs, 1U);
	KUNIT_EXPECT_EQ(test, tally.nr_frees, 1U);
	KUNIT_EXPECT_TRUE(test, tally.gfp_all & __GFP_KSWAPD_RECLAIM);
	KUNIT_EXPECT_FALSE(test, tally.gfp_all & __GFP_DIRECT_RECLAIM);
}

static void notices_double_free(struct kunit *test)
{
	void *element = mempool_backing_alloc(GFP_KERNEL, test->priv);

	mempool_backing_free(element, test->priv);
	expect_only_fault(test, MEMPOOL_FAULTS);
	mempool_backing_free(element, test->priv);
	expect_only_fault(test, MEMPOOL_FREED_TWICE);
}

static void notices_free_in_use(struct kunit *test)
{
	void *element = mempool_backing_alloc(GFP_KERNEL, test->priv);

	KUNIT_EXPECT_PTR_EQ(test, mempool_backing_taken(test->priv, element),
			    element);
	mempool_backing_free(element, test->priv);
	expect_only_fault(test, MEMPOOL_FREED_IN_USE);
	KUNIT_EXPECT_EQ(test, mempool_backing_count(test->priv,
						    MEMPOOL_IN_USE), 1U);
}

static void notices_handed_twice(struct kunit *test)
{
	void *element = mempool_backing_alloc(GFP_KERNEL, test->priv);

	mempool_backing_taken(test->priv, element);
	KUNIT_EXPECT_NULL(test, mempool_backing_taken(test->priv, element));
	expect_only_fault(test, MEMPOOL_HANDED_TWICE);
}

static void notices_handed_freed(struct kunit *test)
{
	void *element = mempool_backing_alloc(GFP_KERNEL, test->priv);

	mempool_backing_free(element, test->priv);
	KUNIT_EXPECT_NULL(test, mempool_backing_taken(test->priv, element));
	expect_only_fault(test, MEMPOOL_HANDED_FREED);
}

static void notices_strange_element(struct kunit *test)
{
	struct mempool_backing *backing = test->priv;
	void *inside = (char *)&backing->elements[1] + 1;
	void *behind = &backing->elements[NR_ELEMENTS];

	KUNIT_EXPECT_EQ(test, mempool_backing_index(backing, inside), -1);
	KUNIT_EXPECT_EQ(test, mempool_backing_index(backing, behind), -1);
	KUNIT_EXPECT_EQ(test, mempool_backing_index(backing, NULL), -1);
	KUNIT_EXPECT_NULL(test, mempool_backing_taken(backing, behind));
	expect_only_fault(test, MEMPOOL_STRANGE_ELEMENT);
}

static void notices_strange_data(struct kunit *test)
{
	int nobody;

	KUNIT_EXPECT_NOT_NULL(test, mempool_backing_alloc(GFP_KERNEL, &nobody));
	expect_only_fault(test, MEMPOOL_STRANGE_DATA);
}

static void counts_what_is_out(struct kunit *test)
{
	struct mempool_backing *backing = test->priv;
	void *first = mempool_backing_alloc(GFP_KERNEL, backing);
	void *second = mempool_backing_alloc(GFP_KERNEL, backing);

	mempool_backing_taken(backing, first);
	mempool_backing_taken(backing, second);
	mempool_backing_given(backing, first);
	KUNIT_EXPECT_EQ(test, backing->nr_in_use, 1U);
	KUNIT_EXPECT_EQ(test, backing->max_in_use, 2U);
	KUNIT_EXPECT_PTR_EQ(test,
			    mempool_backing_find(backing, MEMPOOL_IN_USE, 0),
			    second);
	KUNIT_EXPECT_NULL(test,
			  mempool_backing_find(backing, MEMPOOL_IN_USE, 1));
	expect_only_fault(test, MEMPOOL_FAULTS);
}

static struct kunit_case mempool_cases[] = {
	KUNIT_CASE_PARAM(mm_kunit_run, mempool_next),
	{ }
};

static struct kunit_suite mempool_suite = {
	.name = "mm_lab_mempool",
	.test_cases = mempool_cases,
};

struct backing_case {
	const char *name;
	void (*run)(struct kunit *test);
};

static const struct backing_case backing_tests[] = {
	{ "gives_each_element_once", gives_each_element_once },
	{ "fails_on_command", fails_on_command },
	{ "gate_is_for_reclaimers", gate_is_for_reclaimers },
	{ "gate_gives_way", gate_gives_way },
	{ "tallies", tallies },
	{ "notices_double_free", notices_double_free },
	{ "notices_free_in_use", notices_free_in_use },
	{ "notices_handed_twice", notices_handed_twice },
	{ "notices_handed_freed", notices_handed_freed },
	{ "notices_strange_element", notices_strange_element },
	{ "notices_strange_data", notices_strange_data },
	{ "counts_what_is_out", counts_what_is_out },
};

static void backing_desc(const struct backing_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(backing, backing_tests, backing_desc);

/*
 * The backing allocators are a list under the run lock, which is no matter for
 * init and exit: KUnit may call those from another thread than the case.
 */
static void backing_run(struct kunit *test)
{
	const struct backing_case *c = test->param_value;

	mm_run_lock();
	test->priv = mempool_backing_open(NR_ELEMENTS);
	KUNIT_EXPECT_NOT_NULL(test, test->priv);
	if (test->priv) {
		c->run(test);
		mempool_backing_close(test->priv);
	}
	mm_run_unlock();
}

static struct kunit_case backing_cases[] = {
	KUNIT_CASE_PARAM(backing_run, backing_gen_params),
	{ }
};

static struct kunit_suite backing_suite = {
	.name = "mm_lab_mempool_backing",
	.test_cases = backing_cases,
};

kunit_test_suites(&mempool_suite, &backing_suite);
