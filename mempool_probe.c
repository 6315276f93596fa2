// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on memory pools, observed through a backing allocator that fails
 * on command; see mempool_backing.c.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mempool.h>
#include <linux/slab.h>

#include "compat.h"
#include "mempool_lab.h"

static void mempool_check_created(struct mempool_lab *lab)
{
	struct mempool_tally tally = mempool_backing_tally(lab->backing);

	mm_note(lab->run, "min_nr %u: the allocation function was called %u times",
		lab->min_nr, tally.nr_asks);
	mm_expect(lab->run, tally.nr_asks == lab->min_nr,
		  "creation with min_nr %u: expected %u calls of the allocation function, saw %u",
		  lab->min_nr, lab->min_nr, tally.nr_asks);
	mempool_expect_tally(lab, lab->min_nr, 0, "creation");
	mempool_expect_reserve(lab, lab->min_nr, "after creation");
	mm_expect(lab->run, tally.nr_reclaim_asks == lab->min_nr,
		  "creation with GFP_KERNEL: expected %u calls that allow direct reclaim, saw %u",
		  lab->min_nr, tally.nr_reclaim_asks);
}

/* A pool that is part of another object is no different. */
static int mempool_check_embedded(struct mm_run *run, unsigned int min_nr)
{
	struct mempool_lab lab = { .run = run, .min_nr = min_nr };
	int ret = -ENOMEM;

	lab.backing = mempool_backing_open(min_nr + MEMPOOL_SPARE);
	lab.pool = kzalloc(sizeof(*lab.pool), GFP_KERNEL);
	if (!lab.backing || !lab.pool)
		goto out;
	ret = mempool_init(lab.pool, min_nr, mempool_backing_alloc,
			   mempool_backing_free, lab.backing);
	if (ret)
		goto out;
	mempool_check_created(&lab);
	mempool_exit(lab.pool);
	mempool_expect_tally(&lab, min_nr, min_nr, "mempool_exit");
	mempool_backing_judge(run, lab.backing);
out:
	kfree(lab.pool);
	mempool_backing_close(lab.backing);
	return ret;
}

static int mempool_probe_preallocates(struct mm_run *run)
{
	unsigned int sizes[] = { 1, 2, mm_arg(run, "min_nr") };
	struct mempool_lab lab;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ret = mempool_lab_open(&lab, run, sizes[i]);
		if (ret)
			return ret;
		mempool_check_created(&lab);
		ret = mempool_lab_close(&lab);
		if (ret)
			return ret;
	}
	return mempool_check_embedded(run, sizes[2]);
}

/*
 * The element must be a new one, asked for without reclaim and without
 * touching the machine's emergency reserves; see mempool_alloc() in
 * mm/mempool.c.
 */
static void mempool_check_from_backing(struct mempool_lab *lab, gfp_t gfp)
{
	const gfp_t added = __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
	struct mempool_tally tally;
	void *element;

	mempool_backing_set(lab->backing, MEMPOOL_WORKS, UINT_MAX);
	element = mempool_lab_take(lab, gfp);
	tally = mempool_backing_tally(lab->backing);
	mm_expect(lab->run, element && tally.nr_asks == 1 &&
		  tally.nr_allocs == 1,
		  "expected one element by one call of the allocation function, saw %d by %u",
		  !!element, tally.nr_asks);
	mm_expect(lab->run, mempool_backing_index(lab->backing, element) >=
		  (int)lab->min_nr,
		  "expected an element that is not of the reserve, saw #%d",
		  mempool_backing_index(lab->backing, element));
	mm_expect(lab->run, !tally.nr_reclaim_asks,
		  "expected the first call without direct reclaim, saw it allowed");
	mm_expect(lab->run, (tally.gfp_all & added) == added,
		  "expected NOMEMALLOC, NORETRY and NOWARN asked for, saw %pGg",
		  &tally.gfp_all);
	mempool_expect_reserve(lab, lab->min_nr, "while the backing works");
}

static int mempool_probe_prefers_backing(struct mm_run *run)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL, GFP_NOIO, GFP_NOWAIT, GFP_ATOMIC,
	};
	struct mempool_lab lab;
	unsigned int i, n;
	int ret = mempool_lab_open(&lab, run, mm_arg(run, "min_nr"));

	if (ret)
		return ret;
	n = lab.min_nr + 1;
	for (i = 0; i < n; i++)
		mempool_check_from_backing(&lab, gfps[i % ARRAY_SIZE(gfps)]);
	mempool_lab_draw(&lab, "taken while the backing works");

	mempool_backing_set(lab.backing, MEMPOOL_WORKS, UINT_MAX);
	for (i = 0; i < n; i++) {
		mempool_lab_give_any(&lab);
		mempool_expect_tally(&lab, 0, i + 1, "given to a full pool");
		mempool_expect_reserve(&lab, lab.min_nr, "that is full");
	}
	mempool_lab_draw(&lab, "given back");
	return mempool_lab_close(&lab);
}

static void mempool_check_guarantee(struct mempool_lab *lab, gfp_t gfp)
{
	struct mempool_tally tally;
	unsigned int got;

	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	got = mempool_lab_take_many(lab, lab->min_nr, gfp);
	tally = mempool_backing_tally(lab->backing);
	mm_expect(lab->run, !tally.nr_reclaim_asks,
		  "expected the reserve used before direct reclaim is tried, saw %u calls that allowed it",
		  tally.nr_reclaim_asks);
	mempool_expect_reserve(lab, 0, "after min_nr elements were taken");
	got += mempool_lab_take_many(lab, MEMPOOL_SPARE, GFP_NOWAIT);
	mm_note(lab->run, "backing refused %u times; %u elements could be had",
		tally.nr_asks, got);
	mm_expect(lab->run, got == lab->min_nr,
		  "backing fails, min_nr %u: expected %u elements, saw %u",
		  lab->min_nr, lab->min_nr, got);
}

static int mempool_probe_guarantee(struct mm_run *run)
{
	struct mempool_lab lab;
	int round, ret;

	ret = mempool_lab_open(&lab, run, mm_arg(run, "min_nr"));
	if (ret)
		return ret;
	mempool_lab_draw(&lab, "created");
	for (round = 0; round < 4; round++) {
		mempool_check_guarantee(&lab, round & 1 ? GFP_KERNEL :
					GFP_NOWAIT);
		mempool_lab_draw(&lab, "backing fails, all taken");
		while (mempool_lab_give_any(&lab))
			;
		mempool_expect_reserve(&lab, lab.min_nr,
				       "after all were given back");
	}
	return mempool_lab_close(&lab);
}

static void mempool_check_nowait(struct mempool_lab *lab, gfp_t gfp,
				 const char *name)
{
	struct mempool_tally tally;
	void *element;
	u64 start;

	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	start = ktime_get_ns();
	element = mempool_lab_take(lab, gfp);
	mm_note(lab->run, "%s: %s after %llu ns", name,
		element ? "an element" : "NULL", ktime_get_ns() - start);
	tally = mempool_backing_tally(lab->backing);
	mm_expect(lab->run, !element,
		  "%s, backing fails, reserve empty: expected NULL, saw element #%d",
		  name, mempool_backing_index(lab->backing, element));
	mm_expect(lab->run, tally.nr_asks && !tally.nr_reclaim_asks,
		  "%s: expected the backing asked, and never with direct reclaim, saw %u of %u",
		  name, tally.nr_reclaim_asks, tally.nr_asks);
}

static int mempool_probe_nowait_fails(struct mm_run *run)
{
	struct mempool_lab lab;
	unsigned int got;
	int ret = mempool_lab_open(&lab, run, mm_arg(run, "min_nr"));

	if (ret)
		return ret;
	got = mempool_lab_drain(&lab);
	mm_expect(run, got == lab.min_nr,
		  "expected %u elements before the first NULL, saw %u",
		  lab.min_nr, got);
	mempool_check_nowait(&lab, GFP_NOWAIT, "GFP_NOWAIT");
	mempool_check_nowait(&lab, GFP_ATOMIC, "GFP_ATOMIC");

	mempool_lab_give_any(&lab);
	mm_expect(run, mempool_lab_take(&lab, GFP_NOWAIT),
		  "one element given back: expected it by GFP_NOWAIT, saw NULL");
	mempool_check_nowait(&lab, GFP_NOWAIT, "GFP_NOWAIT");
	return mempool_lab_close(&lab);
}

static int mempool_probe_refills_first(struct mm_run *run)
{
	struct mempool_lab lab;
	unsigned int i, n;
	int ret = mempool_lab_open(&lab, run, mm_arg(run, "min_nr"));

	if (ret)
		return ret;
	n = mempool_lab_take_many(&lab, lab.min_nr, GFP_KERNEL);
	n += mempool_lab_drain(&lab);
	mm_expect(run, n == 2 * lab.min_nr,
		  "expected %u elements in use, half of them of the reserve, saw %u",
		  2 * lab.min_nr, n);
	mempool_lab_draw(&lab, "all taken");

	mempool_lab_give(&lab, NULL);
	mempool_expect_reserve(&lab, 0, "after NULL was given");
	for (i = 1; mempool_lab_give_any(&lab) && i <= n; i++) {
		unsigned int kept = min(i, lab.min_nr);

		mempool_expect_reserve(&lab, kept, "as elements come back");
		mempool_expect_tally(&lab, 0, i - kept, "elements come back");
		if (i == lab.min_nr || i == n)
			mempool_lab_draw(&lab, i == n ? "all given back" :
					 "half of them given back");
	}
	return mempool_lab_close(&lab);
}

/* Two pools with one pair of functions: only pool_data tells them apart. */
static int mempool_probe_pool_data(struct mm_run *run)
{
	struct mempool_lab labs[2];
	unsigned int i, n = mm_arg(run, "min_nr");
	int ret, err;

	ret = mempool_lab_open(&labs[0], run, n);
	if (ret)
		return ret;
	ret = mempool_lab_open(&labs[1], run, n + 1);
	if (ret)
		goto out;
	for (i = 0; i < 2; i++)
		mempool_expect_tally(&labs[i], n + i, 0, "creation");

	for (i = 0; i < 2 * n; i++)
		mempool_lab_take(&labs[i & 1], GFP_KERNEL);
	mm_expect(run, mempool_lab_count(&labs[0], MEMPOOL_IN_USE) == n &&
		  mempool_lab_count(&labs[1], MEMPOOL_IN_USE) == n,
		  "expected %u elements of each pool's own, saw %u and %u", n,
		  mempool_lab_count(&labs[0], MEMPOOL_IN_USE),
		  mempool_lab_count(&labs[1], MEMPOOL_IN_USE));
	mempool_lab_draw(&labs[0], "pool A");
	mempool_lab_draw(&labs[1], "pool B");
	for (i = 0; i < 2; i++) {
		mempool_lab_give_all(&labs[i]);
		mempool_expect_tally(&labs[i], 2 * n + i, n, "all given back");
	}
	ret = mempool_lab_close(&labs[1]);
out:
	err = mempool_lab_close(&labs[0]);
	return ret ?: err;
}

/* Takes what is preallocated; returns how many it got. */
static unsigned int mempool_lab_take_preallocated(struct mempool_lab *lab)
{
	unsigned int n = 0;

	while (n < lab->backing->nr_elements &&
	       mempool_backing_taken(lab->backing,
				     mempool_alloc_preallocated(lab->pool)))
		n++;
	return n;
}

static int mempool_probe_preallocated(struct mm_run *run)
{
	struct mempool_tally tally;
	struct mempool_lab lab;
	unsigned int got;
	int ret;

	if (!MM_HAS_MEMPOOL_PREALLOCATED)
		return mm_skip(run, "mempool_alloc_preallocated() came with 6.8");
	ret = mempool_lab_open(&lab, run, mm_arg(run, "min_nr"));
	if (ret)
		return ret;
	mempool_backing_set(lab.backing, MEMPOOL_WORKS, UINT_MAX);
	got = mempool_lab_take_preallocated(&lab);
	tally = mempool_backing_tally(lab.backing);
	mempool_lab_draw(&lab, "preallocated elements taken");
	mm_expect(run, got == lab.min_nr,
		  "expected %u preallocated elements, saw %u", lab.min_nr,
		  got);
	mm_expect(run, !tally.nr_asks,
		  "expected the working backing allocator left alone, saw it asked %u times",
		  tally.nr_asks);
	mempool_lab_give_any(&lab);
	got = mempool_lab_take_preallocated(&lab);
	mm_expect(run, got == 1,
		  "one given back: expected to take one, saw %u", got);
	return mempool_lab_close(&lab);
}

static const struct mm_param mempool_min_nr[] = {
	{ "min_nr", 8, 1, MEMPOOL_MIN_NR_MAX },
	{ }
};

static const struct mm_param mempool_nr_waiters[] = {
	{ "nr", 3, 1, MEMPOOL_WAITERS_MAX },
	{ }
};

static const struct mm_param mempool_crowd_params[] = {
	{ "min_nr", 2, 1, MEMPOOL_MIN_NR_MAX },
	{ "nr", 200, 1, MEMPOOL_ROUNDS_MAX },
	{ }
};

static const struct mm_experiment mempool_experiments[] = {
	{
		.name = "preallocates",
		.claim =
			"creating a pool calls the allocation function exactly min_nr times",
		.run = mempool_probe_preallocates,
		.params = mempool_min_nr,
	},
	{
		.name = "prefers_backing",
		.claim =
			"while the backing allocator works, the reserve is not touched",
		.run = mempool_probe_prefers_backing,
		.params = mempool_min_nr,
	},
	{
		.name = "guarantee",
		.claim =
			"with the backing allocator failing, exactly min_nr elements can be had",
		.run = mempool_probe_guarantee,
		.params = mempool_min_nr,
	},
	{
		.name = "nowait_fails",
		.claim = "whoever may not sleep gets NULL when the reserve is used up",
		.run = mempool_probe_nowait_fails,
		.params = mempool_min_nr,
	},
	{
		.name = "waits",
		.claim =
			"whoever may sleep does so until an element is freed, and each element freed wakes one up",
		.run = mempool_probe_waits,
		.params = mempool_nr_waiters,
	},
	{
		.name = "refills_first",
		.claim =
			"a freed element tops the reserve up before any goes back to the backing allocator",
		.run = mempool_probe_refills_first,
		.params = mempool_min_nr,
	},
	{
		.name = "resize",
		.claim =
			"growing fills the reserve, shrinking frees what is over, and elements in use are not touched",
		.run = mempool_probe_resize,
		.params = mempool_min_nr,
	},
	{
		.name = "backends",
		.claim =
			"pools of kmalloc memory, of slab objects and of pages keep the same promises",
		.run = mempool_probe_backends,
	},
	{
		.name = "pool_data",
		.claim =
			"the allocation and the free function get the pointer that the pool's creator gave",
		.run = mempool_probe_pool_data,
		.params = mempool_min_nr,
	},
	{
		.name = "create_unwinds",
		.claim = "a creation that fails part-way frees what it had",
		.run = mempool_probe_create_unwinds,
		.params = mempool_min_nr,
	},
	{
		.name = "destroy_frees",
		.claim = "destroying a pool frees each reserved element once",
		.run = mempool_probe_destroy_frees,
		.params = mempool_min_nr,
	},
	{
		.name = "concurrent",
		.claim =
			"with the backing allocator failing, no more than min_nr elements are ever out and every waiter is served",
		.run = mempool_probe_concurrent,
		.params = mempool_crowd_params,
	},
	{
		.name = "preallocated",
		.claim =
			"the preallocated elements can be had without asking the backing allocator",
		.run = mempool_probe_preallocated,
		.params = mempool_min_nr,
	},
	{
		.name = "bulk",
		.claim =
			"a bulk allocation fills every entry, of the reserve where the backing allocator fails",
		.run = mempool_probe_bulk,
		.params = mempool_min_nr,
	},
};

const struct mm_probe mempool_probe = {
	.name = "mempool",
	.experiments = mempool_experiments,
	.nr_experiments = ARRAY_SIZE(mempool_experiments),
};
EXPORT_SYMBOL_MM_LAB(mempool_probe);
