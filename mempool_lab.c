// SPDX-License-Identifier: GPL-2.0
/*
 * A pool under observation: what the experiments on pools do over and over.
 */
#include <linux/kernel.h>
#include <linux/mempool.h>

#include "compat.h"
#include "mempool_lab.h"

/**
 * mempool_lab_open - a pool whose backing allocator is observed
 * @lab: filled
 * @run: the run
 * @min_nr: of the pool
 *
 * Context: may sleep. Undone by mempool_lab_close().
 * Return: 0, or -ENOMEM.
 */
int mempool_lab_open(struct mempool_lab *lab, struct mm_run *run,
		     unsigned int min_nr)
{
	lab->run = run;
	lab->min_nr = min_nr;
	lab->err = 0;
	lab->backing = mempool_backing_open(3 * min_nr + MEMPOOL_SPARE);
	if (!lab->backing)
		return -ENOMEM;
	lab->pool = mempool_create(min_nr, mempool_backing_alloc,
				   mempool_backing_free, lab->backing);
	if (lab->pool)
		return 0;
	mempool_backing_judge(run, lab->backing);
	mempool_backing_close(lab->backing);
	return -ENOMEM;
}

/**
 * mempool_lab_take - take an element
 * @lab: whose pool
 * @gfp: as for mempool_alloc()
 *
 * Context: any thread that may sleep.
 * Return: the element, for mempool_lab_give(), or NULL.
 */
void *mempool_lab_take(struct mempool_lab *lab, gfp_t gfp)
{
	return mempool_take(lab->backing, lab->pool, gfp);
}

/**
 * mempool_lab_give - give an element back
 * @lab: whose pool
 * @element: of mempool_lab_take(), or NULL
 *
 * Context: any.
 */
void mempool_lab_give(struct mempool_lab *lab, void *element)
{
	mempool_give(lab->backing, lab->pool, element);
}

/**
 * mempool_lab_count - how many elements are at a place
 * @lab: whose pool
 * @place: the place
 *
 * Return: the count.
 */
unsigned int mempool_lab_count(struct mempool_lab *lab,
			       enum mempool_place place)
{
	return mempool_backing_count(lab->backing, place);
}

/* Gives back the @nth element in use; false when there are not so many. */
static bool mempool_lab_give_nth(struct mempool_lab *lab, unsigned int nth)
{
	void *element = mempool_backing_find(lab->backing, MEMPOOL_IN_USE, nth);

	if (!element)
		return false;
	mempool_lab_give(lab, element);
	return true;
}

/**
 * mempool_lab_give_any - give an element back, drawn by the run's seed
 * @lab: whose pool
 *
 * Context: the experiment's own thread.
 * Return: false when none was in use.
 */
bool mempool_lab_give_any(struct mempool_lab *lab)
{
	unsigned int n = mempool_lab_count(lab, MEMPOOL_IN_USE);

	return n && mempool_lab_give_nth(lab, mm_random(lab->run, n));
}

/**
 * mempool_lab_give_all - give every element back
 * @lab: whose pool
 */
void mempool_lab_give_all(struct mempool_lab *lab)
{
	while (mempool_lab_give_nth(lab, 0))
		;
}

/**
 * mempool_lab_take_many - take several elements, one by one
 * @lab: whose pool
 * @n: how many
 * @gfp: as for mempool_alloc()
 *
 * Return: how many it got before the first NULL.
 */
unsigned int mempool_lab_take_many(struct mempool_lab *lab,
				   unsigned int n, gfp_t gfp)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!mempool_lab_take(lab, gfp))
			break;
	return i;
}

/**
 * mempool_lab_drain - let the backing allocator fail, and take the reserve
 * @lab: whose pool
 *
 * Return: how many elements could be had.
 */
unsigned int mempool_lab_drain(struct mempool_lab *lab)
{
	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	return mempool_lab_take_many(lab, lab->backing->nr_elements,
				     GFP_NOWAIT);
}

/**
 * mempool_lab_draw - note where each element is
 * @lab: whose pool
 * @when: what was just done
 */
void mempool_lab_draw(struct mempool_lab *lab, const char *when)
{
	mempool_backing_draw(lab->run, lab->backing, when);
}

/**
 * mempool_expect_reserve - check the reserve
 * @lab: whose pool
 * @expected: elements, by the pool's own count and by what it was given
 * @when: for the message
 */
void mempool_expect_reserve(struct mempool_lab *lab,
			    unsigned int expected, const char *when)
{
	unsigned int held = mempool_lab_count(lab, MEMPOOL_IN_RESERVE);
	int curr_nr = READ_ONCE(lab->pool->curr_nr);

	mm_expect(lab->run, held == expected && curr_nr == (int)expected,
		  "reserve %s: expected %u elements, saw %u and curr_nr %d",
		  when, expected, held, curr_nr);
}

/**
 * mempool_expect_tally - check what the backing allocator gave and got back
 * @lab: whose pool
 * @nr_allocs: elements given since the last mempool_backing_set()
 * @nr_frees: elements got back since then
 * @when: for the message
 */
void mempool_expect_tally(struct mempool_lab *lab,
			  unsigned int nr_allocs, unsigned int nr_frees,
			  const char *when)
{
	struct mempool_tally tally = mempool_backing_tally(lab->backing);

	mm_expect(lab->run, tally.nr_allocs == nr_allocs,
		  "%s: expected %u elements from the backing allocator, saw %u",
		  when, nr_allocs, tally.nr_allocs);
	mm_expect(lab->run, tally.nr_frees == nr_frees,
		  "%s: expected %u elements freed to the backing allocator, saw %u",
		  when, nr_frees, tally.nr_frees);
}

/**
 * mempool_lab_close - give all elements back and destroy the pool
 * @lab: of mempool_lab_open()
 *
 * Whatever the pool did wrong since it was opened fails the run.
 *
 * Context: may sleep.
 * Return: 0, @lab's err, or -EINTR on a fatal signal.
 */
int mempool_lab_close(struct mempool_lab *lab)
{
	unsigned int kept;

	mempool_lab_give_all(lab);
	mempool_destroy(lab->pool);
	kept = mempool_lab_count(lab, MEMPOOL_IN_RESERVE);
	if (kept)
		mm_expect(lab->run, false,
			  "the pool is destroyed: expected no element kept, saw %u",
			  kept);
	mempool_backing_judge(lab->run, lab->backing);
	mempool_backing_close(lab->backing);
	return lab->err ?: mm_yield();
}
