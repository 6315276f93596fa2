// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on the making, resizing and destroying of pools, and on what
 * that leaves behind.
 */
#include <linux/kernel.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "mempool_lab.h"

/* The reserve of a pool that is only made and destroyed. */
#define MEMPOOL_CYCLE_NR	16
/* What a leak in the making of pools would add up to. */
#define MEMPOOL_LEAK_BYTES	SZ_1M
/* How often that is measured before it is believed. */
#define MEMPOOL_LEAK_TRIES	8

static char mempool_cycle_element;

/* Elements of a pool that nobody takes anything from. */
static void *mempool_cycle_alloc(gfp_t gfp, void *pool_data)
{
	return &mempool_cycle_element;
}

static void *mempool_cycle_refuse(gfp_t gfp, void *pool_data)
{
	return NULL;
}

static void mempool_cycle_free(void *element, void *pool_data)
{
}

static mempool_t *mempool_cycle_pool(mempool_alloc_t *alloc)
{
	/* Where pools do leak, the machine may run short. */
	return mempool_create_node(MEMPOOL_CYCLE_NR, alloc, mempool_cycle_free,
				   NULL, GFP_KERNEL | __GFP_NORETRY |
				   __GFP_NOWARN, NUMA_NO_NODE);
}

static long mempool_slab_pages(void)
{
	return global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B);
}

static int mempool_cycles(bool (*cycle)(void *arg), void *arg, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!cycle(arg))
			return -ENOMEM;
		if (!(i % 256) && mm_yield())
			return -EINTR;
	}
	return 0;
}

/*
 * Repeats @cycle until a leak of @bytes in each would show in the size of the
 * slabs. Others allocate too: what matters is the least growth of several.
 */
static int mempool_expect_no_leak(struct mm_run *run, const char *what,
				  bool (*cycle)(void *arg), void *arg,
				  size_t bytes)
{
	const unsigned int n = DIV_ROUND_UP(MEMPOOL_LEAK_BYTES, bytes);
	const long limit = MEMPOOL_LEAK_BYTES / PAGE_SIZE / 2;
	long growth, least = LONG_MAX;
	unsigned int tries;
	int ret;

	for (tries = 0; tries < MEMPOOL_LEAK_TRIES && least >= limit; tries++) {
		growth = mempool_slab_pages();
		ret = mempool_cycles(cycle, arg, n);
		if (ret)
			return ret;
		growth = mempool_slab_pages() - growth;
		least = min(least, growth);
	}
	mm_note(run, "%u times %s: the slabs grew by %ld pages", n, what,
		least);
	mm_expect(run, least < limit,
		  "%u times %s: expected the slabs not to grow by %ld pages, saw %ld each time",
		  n, what, limit, least);
	return 0;
}

/* What the pool guarantees now, all of it given back after. */
static void mempool_expect_guarantee(struct mempool_lab *lab, unsigned int n)
{
	unsigned int got = mempool_lab_drain(lab);

	mm_expect(lab->run, got == n,
		  "backing fails, pool resized: expected %u elements, saw %u",
		  n, got);
	mempool_lab_give_all(lab);
	mempool_expect_reserve(lab, n, "of the resized pool, all given back");
	mempool_expect_tally(lab, 0, 0, "resized pool, all given back");
}

static bool mempool_check_resize(struct mempool_lab *lab, unsigned int min_nr,
				 unsigned int nr_allocs, unsigned int nr_frees)
{
	int ret = mempool_resize(lab->pool, min_nr);

	if (ret == -ENOMEM) {
		lab->err = ret;
		return false;
	}
	if (!mm_expect(lab->run, !ret, "resize from %u to %u: expected 0, saw %d",
		       lab->min_nr, min_nr, ret))
		return false;
	mm_note(lab->run, "resized from %u to %u: reserve %u, in use %u",
		lab->min_nr, min_nr, READ_ONCE(lab->pool->curr_nr),
		mempool_lab_count(lab, MEMPOOL_IN_USE));
	mm_expect(lab->run, lab->pool->min_nr == (int)min_nr,
		  "resize to %u: saw min_nr %d", min_nr, lab->pool->min_nr);
	mempool_expect_tally(lab, nr_allocs, nr_frees, "resize");
	return true;
}

static bool mempool_check_grow(struct mempool_lab *lab, unsigned int to)
{
	unsigned int from = lab->min_nr;

	mempool_backing_set(lab->backing, MEMPOOL_WORKS, UINT_MAX);
	if (!mempool_check_resize(lab, to, to - from, 0))
		return false;
	lab->min_nr = to;
	mempool_expect_reserve(lab, to, "after growing");
	mempool_lab_draw(lab, "grown");
	mempool_expect_guarantee(lab, to);
	return true;
}

static bool mempool_check_shrink(struct mempool_lab *lab, unsigned int to)
{
	unsigned int from = lab->min_nr;

	mempool_backing_set(lab->backing, MEMPOOL_WORKS, UINT_MAX);
	if (!mempool_check_resize(lab, to, 0, from - to))
		return false;
	lab->min_nr = to;
	mempool_expect_reserve(lab, to, "after shrinking");
	mempool_lab_draw(lab, "shrunk");
	mempool_expect_guarantee(lab, to);
	return true;
}

/*
 * With all but one of the reserve in use there is nothing to free; what comes
 * back beyond the new size is not kept.
 */
static bool mempool_check_shrink_in_use(struct mempool_lab *lab,
					unsigned int to)
{
	unsigned int from = lab->min_nr;

	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	mempool_lab_take_many(lab, from - 1, GFP_NOWAIT);
	if (!mempool_check_resize(lab, to, 0, 0))
		return false;
	lab->min_nr = to;
	mempool_expect_reserve(lab, 1, "after shrinking with the rest in use");
	mempool_lab_draw(lab, "shrunk with elements in use");
	mempool_lab_give_all(lab);
	mempool_expect_reserve(lab, to, "after all came back");
	mempool_expect_tally(lab, 0, from - to, "all came back");
	return true;
}

/* It grows all the same, and is filled by what comes back; see its comment. */
static bool mempool_check_grow_refused(struct mempool_lab *lab, unsigned int to)
{
	unsigned int from = lab->min_nr;

	mempool_backing_set(lab->backing, MEMPOOL_WORKS, UINT_MAX);
	mempool_lab_take_many(lab, to, GFP_KERNEL);
	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	if (!mempool_check_resize(lab, to, 0, 0))
		return false;
	lab->min_nr = to;
	mempool_expect_reserve(lab, from, "after growing with backing failing");
	mempool_lab_draw(lab, "grown, the backing failing");
	mempool_lab_give_all(lab);
	mempool_expect_reserve(lab, to, "after elements came back");
	mempool_expect_tally(lab, 0, from, "elements came back");
	mempool_expect_guarantee(lab, to);
	return true;
}

static bool mempool_cycle_resize(void *arg)
{
	mempool_t *pool = arg;

	return !mempool_resize(pool, 2 * MEMPOOL_CYCLE_NR) &&
	       !mempool_resize(pool, MEMPOOL_CYCLE_NR);
}

static int mempool_check_resize_leak(struct mm_run *run)
{
	mempool_t *pool = mempool_cycle_pool(mempool_cycle_alloc);
	int ret;

	if (!pool)
		return -ENOMEM;
	ret = mempool_expect_no_leak(run, "resize", mempool_cycle_resize, pool,
				     2 * MEMPOOL_CYCLE_NR * sizeof(void *));
	mempool_destroy(pool);
	return ret;
}

int mempool_probe_resize(struct mm_run *run)
{
	unsigned int n = max_t(unsigned int, mm_arg(run, "min_nr"), 2);
	struct mempool_lab lab;
	int ret = mempool_lab_open(&lab, run, n);

	if (ret)
		return ret;
	mempool_lab_draw(&lab, "created");
	if (mempool_check_grow(&lab, 2 * n) &&
	    mempool_check_shrink(&lab, n) &&
	    mempool_check_shrink_in_use(&lab, n / 2) &&
	    mempool_check_grow_refused(&lab, n))
		mempool_check_shrink(&lab, 1);
	ret = mempool_lab_close(&lab);
	return ret ?: mempool_check_resize_leak(run);
}

/* The creation whose allocation number @nr_good fails. */
static int mempool_check_unwind(struct mm_run *run,
				struct mempool_backing *backing,
				unsigned int min_nr, unsigned int nr_good)
{
	struct mempool_tally tally;
	mempool_t *pool;

	mempool_backing_set(backing, MEMPOOL_WORKS, nr_good);
	pool = mempool_create(min_nr, mempool_backing_alloc,
			      mempool_backing_free, backing);
	mm_expect(run, !pool,
		  "allocation %u of %u fails: expected no pool, saw one",
		  nr_good, min_nr);
	mempool_destroy(pool);
	tally = mempool_backing_tally(backing);
	/* Memory for the pool itself was not to be had. */
	if (!pool && !tally.nr_asks)
		return -ENOMEM;
	mm_expect(run, tally.nr_allocs == nr_good &&
		  tally.nr_frees == nr_good,
		  "allocation %u of %u fails: expected the %u before it freed, saw %u allocated and %u freed",
		  nr_good, min_nr, nr_good, tally.nr_allocs, tally.nr_frees);
	return 0;
}

/* A failed mempool_init() leaves nothing that mempool_exit() could trip over. */
static int mempool_check_init_unwinds(struct mm_run *run,
				      struct mempool_backing *backing,
				      unsigned int min_nr)
{
	mempool_t *pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	int ret;

	if (!pool)
		return -ENOMEM;
	mempool_backing_set(backing, MEMPOOL_WORKS, min_nr - 1);
	ret = mempool_init(pool, min_nr, mempool_backing_alloc,
			   mempool_backing_free, backing);
	mm_expect(run, ret == -ENOMEM,
		  "mempool_init, the last allocation fails: expected %d, saw %d",
		  -ENOMEM, ret);
	mempool_exit(pool);
	kfree(pool);
	return 0;
}

static bool mempool_cycle_failed_creation(void *arg)
{
	mempool_destroy(mempool_cycle_pool(mempool_cycle_refuse));
	return true;
}

int mempool_probe_create_unwinds(struct mm_run *run)
{
	unsigned int i, kept, n = mm_arg(run, "min_nr");
	struct mempool_backing *backing;
	int ret = 0;

	backing = mempool_backing_open(n + MEMPOOL_SPARE);
	if (!backing)
		return -ENOMEM;
	for (i = 0; i < n && !ret; i++)
		ret = mempool_check_unwind(run, backing, n, i);
	mm_note(run, "%u creations, failing at the allocations 0 to %u", i,
		i - 1);
	ret = ret ?: mempool_check_init_unwinds(run, backing, n);
	kept = mempool_backing_count(backing, MEMPOOL_IN_RESERVE);
	mm_expect(run, !kept,
		  "no pool was created: expected no element kept, saw %u", kept);
	mempool_backing_judge(run, backing);
	mempool_backing_close(backing);
	return ret ?: mempool_expect_no_leak(run, "failed creation",
					     mempool_cycle_failed_creation,
					     NULL, sizeof(mempool_t));
}

static bool mempool_cycle_life(void *arg)
{
	mempool_t *pool = mempool_cycle_pool(mempool_cycle_alloc);

	mempool_destroy(pool);
	return pool;
}

/* Destroys a pool of which @nr_used elements are in use, and stay so. */
static int mempool_check_destroy(struct mm_run *run, unsigned int min_nr,
				 unsigned int nr_used)
{
	struct mempool_lab lab;
	unsigned int i, used;
	int ret = mempool_lab_open(&lab, run, min_nr);

	if (ret)
		return ret;
	mempool_backing_set(lab.backing, MEMPOOL_REFUSES, 0);
	mempool_lab_take_many(&lab, nr_used, GFP_NOWAIT);
	mempool_lab_draw(&lab, "before destruction");
	mempool_destroy(lab.pool);
	mempool_lab_draw(&lab, "after destruction");
	mempool_expect_tally(&lab, 0, min_nr - nr_used, "destruction");
	used = mempool_lab_count(&lab, MEMPOOL_IN_USE);
	mm_expect(run, used == nr_used,
		  "destruction: expected %u elements still in use, saw %u",
		  nr_used, used);

	for (i = 0; i < used; i++) {
		void *element = mempool_backing_find(lab.backing,
						     MEMPOOL_IN_USE, 0);

		mempool_backing_given(lab.backing, element);
		mempool_backing_free(element, lab.backing);
	}
	mempool_backing_judge(run, lab.backing);
	mempool_backing_close(lab.backing);
	return mm_yield();
}

int mempool_probe_destroy_frees(struct mm_run *run)
{
	unsigned int n = mm_arg(run, "min_nr");
	int ret;

	mempool_destroy(NULL);
	ret = mempool_check_destroy(run, n, 0) ?:
	      mempool_check_destroy(run, n, n / 2) ?:
	      mempool_check_destroy(run, n, n);
	return ret ?: mempool_expect_no_leak(run, "pool made and destroyed",
					     mempool_cycle_life, NULL,
					     sizeof(mempool_t));
}
