// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on pools whose users sleep: for one element, in a crowd, and for
 * several elements at once.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mempool.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "compat.h"
#include "mempool_lab.h"

/* How long a freed element may take to reach a sleeper; see MEMPOOL_PATIENCE. */
#define MEMPOOL_WAKE_MS		3000

/* Before a pool lets its user sleep, it asks once more, with reclaim. */
static void mempool_check_second_ask(struct mempool_lab *lab)
{
	struct mempool_tally tally;
	void *element;

	mempool_backing_set(lab->backing, MEMPOOL_NEEDS_RECLAIM, UINT_MAX);
	element = mempool_lab_take(lab, GFP_KERNEL);
	tally = mempool_backing_tally(lab->backing);
	mm_note(lab->run, "backing needs reclaim: it was asked %u times, %u of them with reclaim",
		tally.nr_asks, tally.nr_reclaim_asks);
	mm_expect(lab->run, element && tally.nr_asks == 2 &&
		  tally.nr_reclaim_asks == 1,
		  "reserve empty, backing needs reclaim: expected an element at the second call, saw %d after %u calls, %u of them with reclaim",
		  !!element, tally.nr_asks, tally.nr_reclaim_asks);
	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
}

struct mempool_waiter {
	struct mempool_lab *lab;
	struct mm_thread *thread;
	void *element;
};

static int mempool_wait(void *arg)
{
	struct mempool_waiter *waiter = arg;

	waiter->element = mempool_lab_take(waiter->lab, GFP_KERNEL);
	return 0;
}

static unsigned int mempool_nr_served(struct mempool_waiter *waiters,
				      unsigned int n)
{
	unsigned int i, served = 0;

	for (i = 0; i < n; i++)
		served += mm_thread_ended(waiters[i].thread, 0);
	return served;
}

static unsigned int mempool_nr_asleep(struct mempool_waiter *waiters,
				      unsigned int n)
{
	unsigned int i, asleep = 0;

	for (i = 0; i < n; i++)
		asleep += !mm_thread_ended(waiters[i].thread, 0) &&
			  mm_thread_sleeps(waiters[i].thread);
	return asleep;
}

/* All @n asleep, and in the pool: each was refused with reclaim allowed. */
static bool mempool_await_sleep(struct mempool_lab *lab,
				struct mempool_waiter *waiters, unsigned int n)
{
	unsigned int ms;

	for (ms = 0; ms < MEMPOOL_WAKE_MS && !mm_yield(); ms += 2) {
		struct mempool_tally tally =
			mempool_backing_tally(lab->backing);

		if (tally.nr_reclaim_asks >= n &&
		    /* A glance; what it misses, the next one sees. */
		    waitqueue_active(&lab->pool->wait) &&
		    mempool_nr_asleep(waiters, n) == n)
			return true;
		usleep_range(1000, 2000);
	}
	return false;
}

static bool mempool_await_served(struct mempool_waiter *waiters,
				 unsigned int n, unsigned int expected)
{
	unsigned int ms;

	for (ms = 0; ms < MEMPOOL_WAKE_MS && !mm_yield(); ms++) {
		if (mempool_nr_served(waiters, n) >= expected)
			return true;
		usleep_range(500, 1000);
	}
	return false;
}

/* Each element given back serves one sleeper, and no more. */
static void mempool_check_wakeups(struct mempool_lab *lab,
				  struct mempool_waiter *waiters,
				  unsigned int n)
{
	unsigned int i, served;
	u64 start, ns;

	for (i = 1; i <= n; i++) {
		start = ktime_get_ns();
		mempool_lab_give_any(lab);
		mempool_await_served(waiters, n, i);
		ns = ktime_get_ns() - start;
		usleep_range(5000, 6000);
		served = mempool_nr_served(waiters, n);
		if (!mm_expect(lab->run, served == i,
			       "%u elements given to %u sleepers: expected %u served within %u ms, saw %u",
			       i, n, i, MEMPOOL_WAKE_MS, served))
			return;
		mm_note(lab->run, "element %u given: sleeper served after %llu us",
			i, div_u64(ns, NSEC_PER_USEC));
	}
}

static void mempool_check_waits(struct mempool_lab *lab,
				struct mempool_waiter *waiters, unsigned int n)
{
	unsigned int asleep, served, nr_asks;

	if (!mempool_await_sleep(lab, waiters, n)) {
		asleep = mempool_nr_asleep(waiters, n);
		served = mempool_nr_served(waiters, n);
		mm_expect(lab->run, false,
			  "backing fails, reserve empty: expected %u sleepers in the pool, saw %u asleep and %u served",
			  n, asleep, served);
		return;
	}
	nr_asks = mempool_backing_tally(lab->backing).nr_asks;
	msleep(50);
	nr_asks = mempool_backing_tally(lab->backing).nr_asks - nr_asks;
	mm_expect(lab->run, !nr_asks,
		  "nothing given back: expected the sleepers asleep, saw them ask the backing allocator %u times in 50 ms",
		  nr_asks);
	served = mempool_nr_served(waiters, n);
	mm_note(lab->run, "%u threads sleep in mempool_alloc(), refused with reclaim allowed",
		n);
	mm_expect(lab->run, !served,
		  "nothing given back: expected %u sleepers left alone, saw %u served",
		  n, served);
	mempool_check_wakeups(lab, waiters, n);
}

/* Whoever still sleeps gets an element, as a broken pool would not. */
static void mempool_waiters_join(struct mempool_lab *lab,
				 struct mempool_waiter *waiters, unsigned int n)
{
	unsigned int i;

	if (mempool_nr_served(waiters, n) < n)
		mempool_backing_set(lab->backing, MEMPOOL_WORKS, UINT_MAX);
	for (i = 0; i < n; i++) {
		while (!mm_thread_ended(waiters[i].thread, 0)) {
			mm_thread_wake(waiters[i].thread);
			usleep_range(1000, 2000);
		}
		mm_thread_join(waiters[i].thread);
	}
}

static int mempool_with_waiters(struct mempool_lab *lab, unsigned int n)
{
	struct mempool_waiter waiters[MEMPOOL_WAITERS_MAX] = { };
	unsigned int i;

	for (i = 0; i < n; i++) {
		waiters[i].lab = lab;
		waiters[i].thread = mm_thread_start(mempool_wait, &waiters[i],
						    -1);
		if (!waiters[i].thread)
			break;
	}
	if (i == n)
		mempool_check_waits(lab, waiters, n);
	mempool_waiters_join(lab, waiters, i);
	return i == n ? 0 : -ENOMEM;
}

int mempool_probe_waits(struct mm_run *run)
{
	unsigned int n = mm_arg(run, "nr");
	struct mempool_lab lab;
	int ret, err;

	ret = mempool_lab_open(&lab, run, n);
	if (ret)
		return ret;
	mempool_lab_drain(&lab);
	mempool_check_second_ask(&lab);
	ret = mempool_with_waiters(&lab, n);
	err = mempool_lab_close(&lab);
	return ret ?: err;
}

/* Threads that take part beside the storm's, so that one CPU is crowded too. */
#define MEMPOOL_GUESTS	2

/**
 * struct mempool_seat - what one member of a crowd saw
 * @crowd: whose member it is
 * @thread: where it is not the storm's
 * @nr_served: times that it got an element
 * @nr_refused: times that it got none
 * @max_ns: the longest that it waited
 */
struct mempool_seat {
	struct mempool_crowd *crowd;
	struct mm_thread *thread;
	unsigned int nr_served;
	unsigned int nr_refused;
	u64 max_ns;
};

/**
 * struct mempool_crowd - threads that want more elements than there are
 * @lab: the pool
 * @nr_rounds: times that each member takes and gives
 * @over: the members that are not the storm's end
 * @nr_seats: entries of @seats; the last ones are not the storm's
 * @seats: a seat for each member
 */
struct mempool_crowd {
	struct mempool_lab *lab;
	unsigned int nr_rounds;
	bool over;
	unsigned int nr_seats;
	struct mempool_seat seats[];
};

static void mempool_crowd_round(struct mempool_seat *seat, unsigned int round)
{
	struct mempool_lab *lab = seat->crowd->lab;
	u64 start = ktime_get_ns();
	void *element = mempool_lab_take(lab, GFP_NOIO);

	seat->max_ns = max(seat->max_ns, ktime_get_ns() - start);
	if (!element) {
		seat->nr_refused++;
		return;
	}
	if (round % 8)
		cond_resched();
	else
		usleep_range(20, 50);
	mempool_lab_give(lab, element);
	seat->nr_served++;
}

static int mempool_crowd_storm(struct mm_worker *worker, void *arg)
{
	struct mempool_crowd *crowd = arg;
	struct mempool_seat *seat = &crowd->seats[mm_worker_index(worker)];
	unsigned int i;

	for (i = 0; i < crowd->nr_rounds && !mm_storm_over(worker); i++)
		mempool_crowd_round(seat, i);
	return 0;
}

static int mempool_crowd_guest(void *arg)
{
	struct mempool_seat *seat = arg;
	unsigned int i;

	for (i = 0; i < seat->crowd->nr_rounds; i++) {
		if (READ_ONCE(seat->crowd->over))
			break;
		mempool_crowd_round(seat, i);
	}
	return 0;
}

static int mempool_crowd_run(struct mempool_crowd *crowd)
{
	struct mempool_seat *guests = crowd->seats + mm_storm_size();
	int i, ret = 0;

	for (i = 0; i < MEMPOOL_GUESTS && !ret; i++) {
		guests[i].crowd = crowd;
		guests[i].thread = mm_thread_start(mempool_crowd_guest,
						   &guests[i], -1);
		if (!guests[i].thread)
			ret = -ENOMEM;
	}
	for (i = 0; i < (int)mm_storm_size(); i++)
		crowd->seats[i].crowd = crowd;
	ret = ret ?: mm_storm(crowd->lab->run, mempool_crowd_storm, crowd);
	if (ret)
		WRITE_ONCE(crowd->over, true);
	for (i = 0; i < MEMPOOL_GUESTS; i++)
		mm_thread_join(guests[i].thread);
	return ret;
}

static void mempool_crowd_judge(struct mempool_crowd *crowd)
{
	struct mempool_lab *lab = crowd->lab;
	unsigned int i, members = 0, served = 0;
	u64 max_ns = 0;

	for (i = 0; i < crowd->nr_seats; i++) {
		struct mempool_seat *seat = &crowd->seats[i];

		mm_expect(lab->run, !seat->nr_refused,
			  "member %u: expected every ask served, saw %u of %u refused",
			  i, seat->nr_refused,
			  seat->nr_refused + seat->nr_served);
		members += seat->nr_served > 0;
		served += seat->nr_served;
		max_ns = max(max_ns, seat->max_ns);
	}
	mm_note(lab->run, "%u threads took %u times of a reserve of %u; longest wait %llu us",
		members, served, lab->min_nr,
		div_u64(max_ns, NSEC_PER_USEC));
	mm_note(lab->run, "at the most %u elements were out at once",
		lab->backing->max_in_use);
	mm_expect(lab->run, members > MEMPOOL_GUESTS,
		  "expected each thread served, saw %u that were", members);
	mm_expect(lab->run, lab->backing->max_in_use <= lab->min_nr,
		  "backing fails: expected %u elements out at the most, saw %u",
		  lab->min_nr, lab->backing->max_in_use);
	mempool_expect_reserve(lab, lab->min_nr, "when all is over");
	mempool_expect_tally(lab, 0, 0, "backing fails");
}

int mempool_probe_concurrent(struct mm_run *run)
{
	unsigned int nr_seats = mm_storm_size() + MEMPOOL_GUESTS;
	struct mempool_crowd *crowd;
	struct mempool_lab lab;
	int ret, err;

	crowd = kvzalloc(struct_size(crowd, seats, nr_seats), GFP_KERNEL);
	if (!crowd)
		return -ENOMEM;
	ret = mempool_lab_open(&lab, run, mm_arg(run, "min_nr"));
	if (ret)
		goto out;
	crowd->lab = &lab;
	crowd->nr_seats = nr_seats;
	crowd->nr_rounds = mm_arg(run, "nr");
	mempool_backing_set(lab.backing, MEMPOOL_REFUSES, 0);
	ret = mempool_crowd_run(crowd);
	if (!ret)
		mempool_crowd_judge(crowd);
	err = mempool_lab_close(&lab);
	ret = ret ?: err;
out:
	kvfree(crowd);
	return ret;
}

/* Fills the entries, @from_reserve of them of the reserve. */
static bool mempool_check_bulk(struct mempool_lab *lab, void **elements,
			       unsigned int quota, unsigned int from_reserve)
{
	unsigned int n = lab->min_nr;
	bool ok;

	mempool_backing_set(lab->backing, MEMPOOL_WORKS, quota);
	ok = mm_expect(lab->run, mempool_take_bulk(lab->backing, lab->pool,
						   elements, n),
		       "bulk of %u: expected all, saw less", n);
	mempool_lab_draw(lab, "taken at once");
	ok &= mm_expect(lab->run, mempool_lab_count(lab, MEMPOOL_IN_USE) == n,
			"bulk of %u: expected %u in use, saw %u", n, n,
			mempool_lab_count(lab, MEMPOOL_IN_USE));
	mempool_expect_tally(lab, n - from_reserve, 0, "bulk");
	mempool_expect_reserve(lab, n - from_reserve, "after the bulk");
	return ok;
}

/* Gives all back at once: the first ones fill the reserve, the rest stay. */
static void mempool_check_free_bulk(struct mempool_lab *lab, void **elements)
{
	unsigned int n = lab->min_nr, freed, i;
	unsigned int missing = n - mempool_lab_count(lab, MEMPOOL_IN_RESERVE);
	void *first = elements[0], *last = elements[n - 1];

	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	for (i = 0; i < n; i++)
		mempool_backing_given(lab->backing, elements[i]);
	freed = mempool_free_bulk(lab->pool, elements, n);
	mm_note(lab->run, "%u given at once to a reserve that lacks %u: %u kept",
		n, missing, freed);
	mm_expect(lab->run, freed == missing,
		  "%u given at once: expected %u kept for the reserve, saw %u",
		  n, missing, freed);
	mm_expect(lab->run, freed == n || elements[n - 1] == last,
		  "expected the last one left to its user, saw another");
	mm_expect(lab->run, freed || elements[0] == first,
		  "expected the first one left to its user, saw another");
	for (i = freed; i < n; i++)
		mempool_backing_free(elements[i], lab->backing);
	mempool_expect_reserve(lab, n, "after all were given at once");
	mempool_expect_tally(lab, 0, n - missing, "given at once");
	memset(elements, 0, n * sizeof(*elements));
}

struct mempool_bulk_waiter {
	struct mempool_lab *lab;
	void **elements;
	bool ok;
};

static int mempool_wait_bulk(void *arg)
{
	struct mempool_bulk_waiter *waiter = arg;
	struct mempool_lab *lab = waiter->lab;

	waiter->ok = mempool_take_bulk(lab->backing, lab->pool,
				       waiter->elements, lab->min_nr);
	return 0;
}

/* One element short, it sleeps, and takes none of those that are there. */
static int mempool_check_bulk_waits(struct mempool_lab *lab, void **elements)
{
	struct mempool_bulk_waiter waiter = {
		.lab = lab,
		.elements = elements,
	};
	struct mempool_waiter w = { .lab = lab };

	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	mempool_lab_take(lab, GFP_NOWAIT);
	w.thread = mm_thread_start(mempool_wait_bulk, &waiter, -1);
	if (!w.thread)
		return -ENOMEM;
	mm_expect(lab->run, mempool_await_sleep(lab, &w, 1),
		  "bulk of %u, %u in the reserve: expected it asleep, saw it awake",
		  lab->min_nr, lab->min_nr - 1);
	mempool_expect_reserve(lab, lab->min_nr - 1, "while the bulk waits");
	mempool_lab_give_any(lab);
	mm_expect(lab->run, mempool_await_served(&w, 1, 1),
		  "the missing element was given back: expected the bulk served within %u ms, saw it asleep",
		  MEMPOOL_WAKE_MS);
	mempool_waiters_join(lab, &w, 1);
	mm_expect(lab->run, waiter.ok,
		  "bulk that waited: expected %u elements, saw less",
		  lab->min_nr);
	return 0;
}

/* Of the backing allocator, of both, and of the reserve alone. */
static int mempool_check_bulks(struct mempool_lab *lab, void **elements)
{
	const unsigned int n = lab->min_nr;
	const unsigned int quotas[] = { UINT_MAX, n / 2, 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(quotas); i++) {
		if (!mempool_check_bulk(lab, elements, quotas[i],
					n - min(quotas[i], n)))
			return 0;
		mempool_check_free_bulk(lab, elements);
	}
	return mempool_check_bulk_waits(lab, elements);
}

int mempool_probe_bulk(struct mm_run *run)
{
	unsigned int n = max_t(unsigned int, mm_arg(run, "min_nr"), 2);
	struct mempool_lab lab;
	void **elements;
	int ret, err;

	if (!MM_HAS_MEMPOOL_BULK)
		return mm_skip(run, "mempool_alloc_bulk() came with 6.19");
	elements = kcalloc(n, sizeof(*elements), GFP_KERNEL);
	if (!elements)
		return -ENOMEM;
	ret = mempool_lab_open(&lab, run, n);
	if (ret)
		goto out;
	ret = mempool_check_bulks(&lab, elements);
	err = mempool_lab_close(&lab);
	ret = ret ?: err;
out:
	kfree(elements);
	return ret;
}
