// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on pools whose users sleep: for one element, in a crowd, and for
 * several elements at once.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mempool.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "compat.h"
#include "mempool_lab.h"

/* How long a freed element may take to reach a sleeper; see MEMPOOL_PATIENCE. */
#define MEMPOOL_WAKE_MS		3000
/* How long a thread may take to notice that a gate is open. */
#define MEMPOOL_GATE_WAIT_MS	10

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

/* Returns how many could be started. */
static unsigned int mempool_waiters_start(struct mempool_lab *lab,
					  struct mempool_waiter *waiters,
					  unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		waiters[i].lab = lab;
		waiters[i].thread = mm_thread_start(mempool_wait, &waiters[i],
						    -1);
		if (!waiters[i].thread)
			break;
	}
	return i;
}

static int mempool_with_waiters(struct mempool_lab *lab, unsigned int n)
{
	struct mempool_waiter waiters[MEMPOOL_WAITERS_MAX] = { };
	unsigned int started = mempool_waiters_start(lab, waiters, n);

	if (started == n)
		mempool_check_waits(lab, waiters, n);
	mempool_waiters_join(lab, waiters, started);
	return started == n ? 0 : -ENOMEM;
}

/**
 * struct mempool_window - an element given as the pool's lock is dropped
 * @waiter: found the pool empty under that lock, and drops it
 * @gate: holds the waiter up before it takes the lock
 * @cpu: where the waiter runs
 * @csd: interrupts it there
 * @element: given back by the interrupt
 * @locked: the experiment holds the lock
 * @over: the interrupt is
 * @given: the waiter was interrupted, the pool still empty, the lock free
 * @queued: the waiter stood in the pool's queue already
 * @served: it got an element soon
 */
struct mempool_window {
	struct mempool_waiter waiter;
	struct mempool_gate gate;
	unsigned int cpu;
	call_single_data_t csd;
	void *element;
	bool locked;
	struct completion over;
	bool given;
	bool queued;
	bool served;
};

/* In the interrupt. */
static void mempool_window_give(void *info)
{
	struct mempool_window *window = info;
	struct mempool_lab *lab = window->waiter.lab;

	window->given = current == window->gate.asker &&
			!READ_ONCE(window->locked) &&
			!READ_ONCE(lab->pool->curr_nr);
	/* Only the waiter can be in it. */
	window->queued = waitqueue_active(&lab->pool->wait);
	if (window->given)
		mempool_lab_give(lab, window->element);
	complete(&window->over);
}

static bool mempool_await_asker(const struct mempool_gate *gate)
{
	u64 end = ktime_get_ns() + MEMPOOL_WAKE_MS * (u64)NSEC_PER_MSEC;

	while (!READ_ONCE(gate->asker)) {
		if (mm_yield() || ktime_get_ns() > end)
			return false;
		usleep_range(20, 50);
	}
	return true;
}

/* With interrupts off, so by no clock: this CPU's ticks may be the time. */
static bool mempool_await_passed(const struct mempool_gate *gate)
{
	unsigned int us = MEMPOOL_GATE_WAIT_MS * USEC_PER_MSEC;

	while (!READ_ONCE(gate->passed) && us--)
		udelay(1);
	return READ_ONCE(gate->passed);
}

/*
 * The waiter spins for the lock with interrupts off. One that comes meanwhile
 * stays pending until the waiter has looked into the pool and drops the lock.
 */
static bool mempool_window_interrupt(struct mempool_window *window)
{
	spinlock_t *lock = &window->waiter.lab->pool->lock;
	unsigned long flags;
	bool sent;

	spin_lock_irqsave(lock, flags);
	WRITE_ONCE(window->locked, true);
	WRITE_ONCE(window->gate.open, true);
	sent = mempool_await_passed(&window->gate);
	/* From the gate into the lock, which not every lock tells. */
	mdelay(1);
	sent = sent &&
	       !smp_call_function_single_async(window->cpu, &window->csd);
	/* It may take a while to get there. */
	mdelay(1);
	WRITE_ONCE(window->locked, false);
	spin_unlock_irqrestore(lock, flags);
	return sent;
}

static void mempool_window_watch(struct mempool_window *window)
{
	struct mempool_waiter *waiter = &window->waiter;
	struct mm_run *run = waiter->lab->run;
	u64 start = ktime_get_ns();

	wait_for_completion(&window->over);
	if (!window->given)
		return;
	window->served = mempool_await_served(waiter, 1, 1) && waiter->element;
	if (window->served && window->queued)
		mm_note(run, "element given as a sleeper drops the lock: served after %llu us",
			div_u64(ktime_get_ns() - start, NSEC_PER_USEC));
}

/*
 * Who was not queued, and was served all the same, had not looked yet: the
 * interrupt came before.
 */
static bool mempool_window_hit(const struct mempool_window *window)
{
	return window->given && (window->queued || !window->served);
}

/* An empty pool again, whatever the try before this one left. */
static void mempool_window_reset(struct mempool_window *window,
				 struct mempool_lab *lab)
{
	mempool_lab_give_all(lab);
	mempool_lab_drain(lab);
	*window = (struct mempool_window){
		.waiter.lab = lab,
		.element = mempool_backing_find(lab->backing, MEMPOOL_IN_USE,
						0),
	};
	init_completion(&window->over);
	INIT_CSD(&window->csd, mempool_window_give, window);
}

/* The waiter's CPU is not the caller's; see mempool_window_interrupt(). */
static int mempool_window_try(struct mempool_window *window,
			      struct mempool_lab *lab)
{
	struct mempool_waiter *waiter = &window->waiter;
	unsigned int cpu;
	bool sent = false;

	mempool_window_reset(window, lab);
	lab->backing->gate = &window->gate;
	migrate_disable();
	cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());
	window->cpu = cpu;
	waiter->thread = mm_thread_start(mempool_wait, waiter,
					 cpu < nr_cpu_ids ? (int)cpu : -1);
	if (waiter->thread && mempool_await_asker(&window->gate))
		sent = mempool_window_interrupt(window);
	migrate_enable();
	if (sent)
		mempool_window_watch(window);
	WRITE_ONCE(window->gate.open, true);
	if (waiter->thread)
		mempool_waiters_join(lab, waiter, 1);
	lab->backing->gate = NULL;
	return waiter->thread ? 0 : -ENOMEM;
}

/* Why no interrupt can be made to come at that point, or NULL. */
static const char *mempool_no_window(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return "PREEMPT_RT leaves interrupts on under the pool's lock";
	if (IS_ENABLED(CONFIG_GENERIC_LOCKBREAK))
		return "interrupts stay on while a spinlock is waited for";
	if (num_online_cpus() < 2)
		return "one CPU: nobody else could hold the pool's lock";
	return NULL;
}

/* Whoever is refused stands in the queue before the pool's lock is dropped. */
static int mempool_check_window(struct mempool_lab *lab)
{
	const char *why_not = mempool_no_window();
	struct mempool_window window;
	unsigned int tries = 0;
	int ret;

	if (why_not) {
		mm_note(lab->run, "no element given as the pool's lock is dropped (%s)",
			why_not);
		return 0;
	}
	do {
		ret = mempool_window_try(&window, lab);
	} while (!ret && !mempool_window_hit(&window) &&
		 mm_try_again(lab->run, &tries));
	if (ret || mm_yield())
		return ret;
	if (mm_expect(lab->run, mempool_window_hit(&window),
		      "expected to give an element as a sleeper drops the pool's lock, saw it missed in %u tries",
		      tries))
		mm_expect(lab->run, window.served,
			  "element %d given as a sleeper on CPU %u dropped the pool's lock: expected it served within %u ms, saw it left without",
			  mempool_backing_index(lab->backing, window.element),
			  window.cpu, MEMPOOL_WAKE_MS);
	return 0;
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
	ret = mempool_with_waiters(&lab, n) ?: mempool_check_window(&lab);
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

/* Fills the entries, @from_reserve of them of the reserve; so no sleep. */
static bool mempool_check_bulk(struct mempool_lab *lab, void **elements,
			       unsigned int quota, unsigned int from_reserve)
{
	unsigned int n = lab->min_nr;
	unsigned int reserve = mempool_lab_count(lab, MEMPOOL_IN_RESERVE);
	unsigned int in_use = mempool_lab_count(lab, MEMPOOL_IN_USE) + n;
	bool ok;

	mempool_backing_set(lab->backing, MEMPOOL_WORKS, quota);
	ok = mm_expect(lab->run, mempool_take_bulk(lab->backing, lab->pool,
						   elements, n),
		       "bulk of %u, %u of them in the backing allocator, %u in the reserve: expected all, saw less",
		       n, n - from_reserve, reserve);
	mempool_lab_draw(lab, "taken at once");
	ok &= mm_expect(lab->run,
			mempool_lab_count(lab, MEMPOOL_IN_USE) == in_use,
			"bulk of %u: expected %u in use, saw %u", n, in_use,
			mempool_lab_count(lab, MEMPOOL_IN_USE));
	mempool_expect_tally(lab, n - from_reserve, 0, "bulk");
	mempool_expect_reserve(lab, reserve - from_reserve, "after the bulk");
	return ok;
}

/* Gives all back at once; what the pool does not keep, the backing gets. */
static unsigned int mempool_give_bulk(struct mempool_lab *lab, void **elements)
{
	unsigned int n = lab->min_nr, freed, i;

	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	for (i = 0; i < n; i++)
		mempool_backing_given(lab->backing, elements[i]);
	freed = mempool_free_bulk(lab->pool, elements, n);
	for (i = freed; i < n; i++)
		mempool_backing_free(elements[i], lab->backing);
	return freed;
}

/* Gives all back at once: the first ones fill the reserve, the rest stay. */
static void mempool_check_free_bulk(struct mempool_lab *lab, void **elements)
{
	unsigned int n = lab->min_nr;
	unsigned int missing = n - mempool_lab_count(lab, MEMPOOL_IN_RESERVE);
	void *first = elements[0], *last = elements[n - 1];
	unsigned int freed = mempool_give_bulk(lab, elements);

	mm_note(lab->run, "%u given at once to a reserve that lacks %u: %u kept",
		n, missing, freed);
	mm_expect(lab->run, freed == missing,
		  "%u given at once: expected %u kept for the reserve, saw %u",
		  n, missing, freed);
	mm_expect(lab->run, freed == n || elements[n - 1] == last,
		  "expected the last one left to its user, saw another");
	mm_expect(lab->run, freed || elements[0] == first,
		  "expected the first one left to its user, saw another");
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
	mempool_lab_give_all(lab);
	return 0;
}

static bool mempool_take_reserve(struct mempool_lab *lab, void **elements)
{
	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	return mm_expect(lab->run,
			 mempool_take_bulk(lab->backing, lab->pool, elements,
					   lab->min_nr),
			 "bulk of the whole reserve: expected %u elements, saw less",
			 lab->min_nr);
}

/* A bulk that is given back serves a bulk that waits. */
static int mempool_check_bulk_for_bulk(struct mempool_lab *lab, void **elements)
{
	struct mempool_bulk_waiter waiter = {
		.lab = lab,
		.elements = elements + lab->min_nr,
	};
	struct mempool_waiter w = { .lab = lab };
	bool served;

	if (!mempool_take_reserve(lab, elements))
		return 0;
	w.thread = mm_thread_start(mempool_wait_bulk, &waiter, -1);
	if (!w.thread)
		return -ENOMEM;
	mm_expect(lab->run, mempool_await_sleep(lab, &w, 1),
		  "bulk of %u, reserve empty: expected it asleep, saw it awake",
		  lab->min_nr);
	mempool_give_bulk(lab, elements);
	served = mempool_await_served(&w, 1, 1);
	mempool_waiters_join(lab, &w, 1);
	mm_expect(lab->run, served && waiter.ok,
		  "%u given at once to a bulk that waits for them: expected it served within %u ms, saw it left without",
		  lab->min_nr, MEMPOOL_WAKE_MS);
	mempool_lab_give_all(lab);
	return 0;
}

static void mempool_check_each_served(struct mempool_lab *lab, void **elements,
				      struct mempool_waiter *waiters,
				      unsigned int nr)
{
	unsigned int i;

	mm_expect(lab->run, mempool_await_sleep(lab, waiters, nr),
		  "reserve empty: expected %u sleepers in the pool, saw %u asleep",
		  nr, mempool_nr_asleep(waiters, nr));
	mempool_give_bulk(lab, elements);
	mempool_await_served(waiters, nr, nr);
	for (i = 0; i < nr; i++)
		mm_expect(lab->run, mm_thread_ended(waiters[i].thread, 0) &&
			  waiters[i].element,
			  "%u given at once to %u sleepers: expected sleeper %u served within %u ms, saw it left without",
			  lab->min_nr, nr, i, MEMPOOL_WAKE_MS);
}

/* And as many who wait for one element each. */
static int mempool_check_bulk_for_each(struct mempool_lab *lab, void **elements)
{
	struct mempool_waiter waiters[MEMPOOL_WAITERS_MAX] = { };
	unsigned int nr = min(lab->min_nr, MEMPOOL_WAITERS_MAX), started;

	if (!mempool_take_reserve(lab, elements))
		return 0;
	started = mempool_waiters_start(lab, waiters, nr);
	if (started == nr)
		mempool_check_each_served(lab, elements, waiters, nr);
	mempool_waiters_join(lab, waiters, started);
	mempool_lab_give_all(lab);
	return started == nr ? 0 : -ENOMEM;
}

/* Half of the reserve is out: what is left is all that the bulk still lacks. */
static bool mempool_check_bulk_of_rest(struct mempool_lab *lab, void **elements)
{
	unsigned int left = lab->min_nr / 2, taken = lab->min_nr - left;
	bool ok;

	mempool_backing_set(lab->backing, MEMPOOL_REFUSES, 0);
	mempool_lab_take_many(lab, taken, GFP_NOWAIT);
	ok = mempool_check_bulk(lab, elements, taken, left);
	if (ok)
		mempool_check_free_bulk(lab, elements);
	mempool_lab_give_all(lab);
	return ok;
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
	if (!mempool_check_bulk_of_rest(lab, elements))
		return 0;
	return mempool_check_bulk_waits(lab, elements) ?:
	       mempool_check_bulk_for_bulk(lab, elements) ?:
	       mempool_check_bulk_for_each(lab, elements);
}

int mempool_probe_bulk(struct mm_run *run)
{
	unsigned int n = max_t(unsigned int, mm_arg(run, "min_nr"), 2);
	struct mempool_lab lab;
	void **elements;
	int ret, err;

	if (!MM_HAS_MEMPOOL_BULK)
		return mm_skip(run, "mempool_alloc_bulk() came with 6.19");
	/* A second bulk may wait for the first. */
	elements = kcalloc(2 * n, sizeof(*elements), GFP_KERNEL);
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
