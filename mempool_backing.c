// SPDX-License-Identifier: GPL-2.0
/*
 * A backing allocator for pools under observation.
 *
 * Its elements are the entries of a table, each of which knows where it is.
 * A pointer that a pool passes on is looked up in the table and never followed:
 * a pool that is out of its mind gives a fault with a name, and no oops.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "mempool_backing.h"

/*
 * A sleeper is woken by hand after this time. A pool's own sleepers wake after
 * 5 s even where nobody woke them; the watch has to be quicker to tell.
 */
#define MEMPOOL_PATIENCE	(4 * HZ)
/* What is known to oversleep is not waited for so long again. */
#define MEMPOOL_IMPATIENCE	(HZ / 4)
/* Whoever is held up at a gate goes on after this time. */
#define MEMPOOL_GATE_MS		100

static const char *const mempool_fault_names[] = {
	[MEMPOOL_STRANGE_DATA] = "called back with a pool_data that is not its creator's",
	[MEMPOOL_STRANGE_ELEMENT] = "passed on what never was an element",
	[MEMPOOL_HANDED_TWICE] = "handed out an element that is in use",
	[MEMPOOL_HANDED_FREED] = "handed out an element that it had freed",
	[MEMPOOL_FREED_TWICE] = "freed an element twice",
	[MEMPOOL_FREED_IN_USE] = "freed an element that is in use",
	[MEMPOOL_OVERSLEPT] = "let its user sleep for 4 s",
};

/* Changed under the run lock, while no pool is in use. */
static LIST_HEAD(mempool_backings);

/**
 * mempool_backing_open - a backing allocator with all its elements
 * @nr_elements: how many
 *
 * Context: may sleep; the run lock is held.
 * Return: the backing allocator, or NULL when memory ran out.
 */
struct mempool_backing *mempool_backing_open(unsigned int nr_elements)
{
	struct mempool_backing *backing;

	backing = kvzalloc(struct_size(backing, elements, nr_elements),
			   GFP_KERNEL);
	if (!backing)
		return NULL;
	spin_lock_init(&backing->lock);
	backing->nr_elements = nr_elements;
	mempool_backing_set(backing, MEMPOOL_WORKS, UINT_MAX);
	list_add(&backing->list, &mempool_backings);
	return backing;
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_open);

/**
 * mempool_backing_close - forget a backing allocator
 * @backing: no pool uses it any more; may be NULL
 *
 * Context: may sleep; the run lock is held.
 */
void mempool_backing_close(struct mempool_backing *backing)
{
	if (!backing)
		return;
	list_del(&backing->list);
	kvfree(backing);
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_close);

/**
 * mempool_backing_judge - fail the run for each fault that was seen
 * @run: the run
 * @backing: whose pool was observed
 *
 * No fault is no check: what an experiment claims, it checks itself.
 */
void mempool_backing_judge(struct mm_run *run,
			   const struct mempool_backing *backing)
{
	unsigned int i;

	for (i = 0; i < MEMPOOL_FAULTS; i++)
		if (backing->nr_faults[i])
			mm_expect(run, false, "the pool %s, %u times",
				  mempool_fault_names[i],
				  backing->nr_faults[i]);
}

/**
 * mempool_backing_index - which element a pointer is
 * @backing: whose
 * @element: any pointer
 *
 * Return: its index, or -1 when it is none of them.
 */
int mempool_backing_index(const struct mempool_backing *backing,
			  const void *element)
{
	uintptr_t first = (uintptr_t)backing->elements;
	uintptr_t offset = (uintptr_t)element - first;

	if ((uintptr_t)element < first ||
	    offset % sizeof(*backing->elements) ||
	    offset / sizeof(*backing->elements) >= backing->nr_elements)
		return -1;
	return offset / sizeof(*backing->elements);
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_index);

static void mempool_backing_fault(struct mempool_backing *backing,
				  enum mempool_fault fault)
{
	unsigned long flags;

	spin_lock_irqsave(&backing->lock, flags);
	backing->nr_faults[fault]++;
	spin_unlock_irqrestore(&backing->lock, flags);
}

/* A pool_data that is nobody's is the fault of the one opened last. */
static struct mempool_backing *mempool_backing_of(void *pool_data)
{
	struct mempool_backing *backing;

	list_for_each_entry(backing, &mempool_backings, list)
		if (backing == pool_data)
			return backing;
	backing = list_first_entry_or_null(&mempool_backings,
					   struct mempool_backing, list);
	if (backing)
		mempool_backing_fault(backing, MEMPOOL_STRANGE_DATA);
	return backing;
}

static bool mempool_backing_willing(const struct mempool_backing *backing,
				    gfp_t gfp)
{
	switch (backing->mode) {
	case MEMPOOL_WORKS:
		return backing->quota;
	case MEMPOOL_NEEDS_RECLAIM:
		return backing->quota && (gfp & __GFP_DIRECT_RECLAIM);
	default:
		return false;
	}
}

static void mempool_backing_note_ask(struct mempool_tally *tally, gfp_t gfp)
{
	tally->nr_asks++;
	if (gfp & __GFP_DIRECT_RECLAIM)
		tally->nr_reclaim_asks++;
	tally->gfp_all &= gfp;
}

/* Spins: a sleeper would be too slow for whoever opens the gate. */
static void mempool_gate_pass(struct mempool_gate *gate)
{
	u64 end = ktime_get_ns() + MEMPOOL_GATE_MS * (u64)NSEC_PER_MSEC;

	WRITE_ONCE(gate->asker, current);
	while (!READ_ONCE(gate->open) && ktime_get_ns() < end)
		cpu_relax();
	WRITE_ONCE(gate->passed, true);
}

/**
 * mempool_backing_alloc - a mempool_alloc_t
 * @gfp: noted
 * @pool_data: of mempool_backing_open()
 *
 * Context: any.
 * Return: the first element at hand, or NULL.
 */
void *mempool_backing_alloc(gfp_t gfp, void *pool_data)
{
	struct mempool_backing *backing = mempool_backing_of(pool_data);
	struct mempool_element *element = NULL;
	unsigned long flags;
	unsigned int i;

	if (!backing)
		return NULL;
	if (backing->gate && (gfp & __GFP_DIRECT_RECLAIM))
		mempool_gate_pass(backing->gate);
	spin_lock_irqsave(&backing->lock, flags);
	mempool_backing_note_ask(&backing->tally, gfp);
	for (i = 0; i < backing->nr_elements && !element; i++)
		if (mempool_backing_willing(backing, gfp) &&
		    backing->elements[i].place == MEMPOOL_IN_BACKING)
			element = &backing->elements[i];
	if (element) {
		element->place = MEMPOOL_IN_RESERVE;
		backing->nr_given = max(backing->nr_given, i);
		backing->tally.nr_allocs++;
		backing->quota--;
	} else if (READ_ONCE(backing->rescue)) {
		element = &backing->none;
	}
	spin_unlock_irqrestore(&backing->lock, flags);
	return element;
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_alloc);

/**
 * mempool_backing_free - a mempool_free_t
 * @element: comes back
 * @pool_data: of mempool_backing_open()
 *
 * Context: any.
 */
void mempool_backing_free(void *element, void *pool_data)
{
	struct mempool_backing *backing = mempool_backing_of(pool_data);
	unsigned long flags;
	int i;

	if (!backing || element == &backing->none)
		return;
	i = mempool_backing_index(backing, element);
	spin_lock_irqsave(&backing->lock, flags);
	backing->tally.nr_frees++;
	if (i < 0)
		backing->nr_faults[MEMPOOL_STRANGE_ELEMENT]++;
	else if (backing->elements[i].place == MEMPOOL_IN_BACKING)
		backing->nr_faults[MEMPOOL_FREED_TWICE]++;
	else if (backing->elements[i].place == MEMPOOL_IN_USE)
		backing->nr_faults[MEMPOOL_FREED_IN_USE]++;
	else
		backing->elements[i].place = MEMPOOL_IN_BACKING;
	spin_unlock_irqrestore(&backing->lock, flags);
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_free);

/**
 * mempool_backing_set - say what to answer from now on, and begin a new tally
 * @backing: the backing allocator
 * @mode: its answer
 * @quota: elements that it gives at the most
 */
void mempool_backing_set(struct mempool_backing *backing,
			 enum mempool_mode mode, unsigned int quota)
{
	unsigned long flags;

	spin_lock_irqsave(&backing->lock, flags);
	backing->mode = mode;
	backing->quota = quota;
	backing->tally = (struct mempool_tally){
		.gfp_all = ~(__force gfp_t)0,
	};
	spin_unlock_irqrestore(&backing->lock, flags);
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_set);

/**
 * mempool_backing_tally - what was asked since mempool_backing_set()
 * @backing: the backing allocator
 *
 * Return: a copy.
 */
struct mempool_tally mempool_backing_tally(struct mempool_backing *backing)
{
	struct mempool_tally tally;
	unsigned long flags;

	spin_lock_irqsave(&backing->lock, flags);
	tally = backing->tally;
	spin_unlock_irqrestore(&backing->lock, flags);
	return tally;
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_tally);

/**
 * mempool_backing_count - how many elements are at a place
 * @backing: whose elements
 * @place: the place
 *
 * Return: the count.
 */
unsigned int mempool_backing_count(struct mempool_backing *backing,
				   enum mempool_place place)
{
	unsigned int i, count = 0;
	unsigned long flags;

	spin_lock_irqsave(&backing->lock, flags);
	for (i = 0; i < backing->nr_elements; i++)
		count += backing->elements[i].place == place;
	spin_unlock_irqrestore(&backing->lock, flags);
	return count;
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_count);

/**
 * mempool_backing_find - an element that is at a place
 * @backing: whose elements
 * @place: the place
 * @nth: how many of those there to pass over
 *
 * Return: the element, or NULL when there are not so many.
 */
void *mempool_backing_find(struct mempool_backing *backing,
			   enum mempool_place place, unsigned int nth)
{
	struct mempool_element *found = NULL;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&backing->lock, flags);
	for (i = 0; i < backing->nr_elements && !found; i++)
		if (backing->elements[i].place == place && !nth--)
			found = &backing->elements[i];
	spin_unlock_irqrestore(&backing->lock, flags);
	return found;
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_find);

/* The elements that a drawing shows. */
#define MEMPOOL_DRAWN	64

/**
 * mempool_backing_draw - note where each element is
 * @run: the run
 * @backing: whose elements; those that it never gave are left out
 * @when: what was just done
 */
void mempool_backing_draw(struct mm_run *run, struct mempool_backing *backing,
			  const char *when)
{
	static const char letters[] = {
		[MEMPOOL_IN_BACKING] = '.',
		[MEMPOOL_IN_RESERVE] = 'R',
		[MEMPOOL_IN_USE] = 'U',
	};
	unsigned int count[ARRAY_SIZE(letters)] = { };
	char picture[MEMPOOL_DRAWN + 1] = "";
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&backing->lock, flags);
	for (i = 0; i < backing->nr_given; i++) {
		enum mempool_place place = backing->elements[i].place;

		count[place]++;
		if (i < MEMPOOL_DRAWN)
			picture[i] = letters[place];
	}
	spin_unlock_irqrestore(&backing->lock, flags);
	mm_note(run, "%s: [%s%s] %u in reserve, %u in use, %u in backing",
		when, picture, i > MEMPOOL_DRAWN ? "..." : "",
		count[MEMPOOL_IN_RESERVE], count[MEMPOOL_IN_USE],
		count[MEMPOOL_IN_BACKING]);
}

/**
 * mempool_backing_taken - note that a pool handed an element out
 * @backing: whose element it should be
 * @element: as the pool returned it
 *
 * Return: the element; NULL where it was NULL or cannot be used.
 */
void *mempool_backing_taken(struct mempool_backing *backing, void *element)
{
	int i = mempool_backing_index(backing, element);
	struct mempool_element *e;
	unsigned long flags;

	if (!element || element == &backing->none)
		return NULL;
	if (i < 0) {
		mempool_backing_fault(backing, MEMPOOL_STRANGE_ELEMENT);
		return NULL;
	}
	e = &backing->elements[i];
	spin_lock_irqsave(&backing->lock, flags);
	if (e->place == MEMPOOL_IN_RESERVE) {
		e->place = MEMPOOL_IN_USE;
		e->nr_uses++;
		backing->nr_in_use++;
		backing->max_in_use = max(backing->max_in_use,
					  backing->nr_in_use);
	} else {
		backing->nr_faults[e->place == MEMPOOL_IN_USE ?
				   MEMPOOL_HANDED_TWICE :
				   MEMPOOL_HANDED_FREED]++;
		element = NULL;
	}
	spin_unlock_irqrestore(&backing->lock, flags);
	return element;
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_taken);

/**
 * mempool_backing_given - note that an element is about to go back to its pool
 * @backing: whose element it is
 * @element: of mempool_backing_taken()
 */
void mempool_backing_given(struct mempool_backing *backing, void *element)
{
	struct mempool_element *e = element;
	unsigned long flags;

	spin_lock_irqsave(&backing->lock, flags);
	e->place = MEMPOOL_IN_RESERVE;
	backing->nr_in_use--;
	spin_unlock_irqrestore(&backing->lock, flags);
}
EXPORT_SYMBOL_MM_LAB(mempool_backing_given);

static void mempool_watch_fire(struct work_struct *work)
{
	struct mempool_watch *watch = container_of(to_delayed_work(work),
						   struct mempool_watch, work);

	WRITE_ONCE(watch->fired, true);
	WRITE_ONCE(*watch->rescue, true);
	wake_up_process(watch->task);
	/* It may have been about to sleep, and missed this. */
	schedule_delayed_work(&watch->work, HZ / 10);
}

/**
 * mempool_watch_start - see to it that the caller does not sleep for ever
 * @watch: on the caller's stack
 * @rescue: set when the caller has slept too long, before it is woken
 * @patience: jiffies until then
 *
 * Context: may sleep. Undone by mempool_watch_stop().
 */
void mempool_watch_start(struct mempool_watch *watch, bool *rescue,
			 unsigned long patience)
{
	watch->task = current;
	watch->rescue = rescue;
	watch->fired = false;
	INIT_DELAYED_WORK_ONSTACK(&watch->work, mempool_watch_fire);
	schedule_delayed_work(&watch->work, patience);
}

/**
 * mempool_watch_stop - end what mempool_watch_start() began
 * @watch: the watch
 *
 * Context: may sleep.
 * Return: whether it came to the rescue.
 */
bool mempool_watch_stop(struct mempool_watch *watch)
{
	cancel_delayed_work_sync(&watch->work);
	destroy_delayed_work_on_stack(&watch->work);
	if (watch->fired)
		WRITE_ONCE(*watch->rescue, false);
	return watch->fired;
}

static void mempool_backing_watch(struct mempool_backing *backing,
				  struct mempool_watch *watch)
{
	bool known = backing->nr_faults[MEMPOOL_OVERSLEPT];

	mempool_watch_start(watch, &backing->rescue,
			    known ? MEMPOOL_IMPATIENCE : MEMPOOL_PATIENCE);
}

static void mempool_backing_unwatch(struct mempool_backing *backing,
				    struct mempool_watch *watch)
{
	if (mempool_watch_stop(watch))
		mempool_backing_fault(backing, MEMPOOL_OVERSLEPT);
}

/**
 * mempool_take - take an element out of a pool, and note it
 * @backing: the pool's backing allocator
 * @pool: the pool
 * @gfp: as for mempool_alloc()
 *
 * Where a broken pool would sleep for ever, the sleeper is woken after a while
 * and gets an element that is none, and so NULL; that is a fault.
 *
 * Context: process context; may sleep, whatever @gfp is.
 * Return: the element, for mempool_give(), or NULL.
 */
void *mempool_take(struct mempool_backing *backing, mempool_t *pool, gfp_t gfp)
{
	struct mempool_watch watch;
	void *element;

	mempool_backing_watch(backing, &watch);
	element = mempool_alloc(pool, gfp);
	mempool_backing_unwatch(backing, &watch);
	return mempool_backing_taken(backing, element);
}

/**
 * mempool_take_bulk - take several elements out of a pool at once
 * @backing: the pool's backing allocator
 * @pool: the pool
 * @elements: filled
 * @count: entries of @elements
 *
 * Context: process context; may sleep.
 * Return: whether every entry is filled now, and with elements of this pool.
 */
bool mempool_take_bulk(struct mempool_backing *backing, mempool_t *pool,
		       void **elements, unsigned int count)
{
	struct mempool_watch watch;
	unsigned int i;
	bool ok;

	mempool_backing_watch(backing, &watch);
	ok = !mm_mempool_alloc_bulk(pool, elements, count);
	mempool_backing_unwatch(backing, &watch);
	for (i = 0; i < count; i++)
		ok = mempool_backing_taken(backing, elements[i]) && ok;
	return ok;
}

/**
 * mempool_give - give an element back to its pool, and note it
 * @backing: the pool's backing allocator
 * @pool: the pool
 * @element: of mempool_take(), or NULL
 *
 * Context: any.
 */
void mempool_give(struct mempool_backing *backing, mempool_t *pool,
		  void *element)
{
	if (element)
		mempool_backing_given(backing, element);
	mempool_free(element, pool);
}
