// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on reference counters that every CPU works on at once.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "compat.h"
#include "kref_object.h"

/* Gets and puts of each worker before it drops its own reference. */
#define KREF_RACE_ROUNDS	64
/*
 * How long a worker waits for the others at one object, and at all of them:
 * where the machine is virtual, its CPUs may not run at the same time.
 */
#define KREF_RACE_MEET_NS	(10 * NSEC_PER_MSEC)
#define KREF_RACE_PATIENCE_NS	(500 * NSEC_PER_MSEC)

/**
 * struct kref_contested - an object of which each worker has a reference
 * @nr_arrived: workers that came to it
 * @nr_releases: how often it was released
 * @nr_last: how often a put said that it was the last
 * @kref: the counter
 */
struct kref_contested {
	atomic_t nr_arrived;
	atomic_t nr_releases;
	atomic_t nr_last;
	struct kref kref;
};

/**
 * struct kref_race - what the workers of a race share
 * @nr_workers: those that have references
 * @nr_refused: get_unless_zero refused a worker that had a reference
 * @nr_met: objects at which a worker met all the others
 * @nr_objects: entries of @objects
 * @objects: dropped one after the other
 */
struct kref_race {
	unsigned int nr_workers;
	atomic_t nr_refused;
	atomic_t nr_met;
	unsigned int nr_objects;
	struct kref_contested objects[];
};

static void kref_contested_release(struct kref *kref)
{
	struct kref_contested *object =
		container_of(kref, struct kref_contested, kref);

	atomic_inc(&object->nr_releases);
}

static void kref_contested_put(struct kref_contested *object)
{
	if (kref_put(&object->kref, kref_contested_release))
		atomic_inc(&object->nr_last);
}

/* All workers at one object at once: that is what makes it a race. */
static bool kref_race_meet(struct kref_contested *object, unsigned int n,
			   u64 *patience)
{
	u64 start = ktime_get_ns(), waited = 0;

	atomic_inc(&object->nr_arrived);
	while ((unsigned int)atomic_read(&object->nr_arrived) < n) {
		waited = ktime_get_ns() - start;
		if (waited > min_t(u64, *patience, KREF_RACE_MEET_NS))
			break;
		cpu_relax();
	}
	*patience -= min(*patience, waited);
	return (unsigned int)atomic_read(&object->nr_arrived) >= n;
}

static void kref_race_one(struct kref_race *race, struct kref_contested *object,
			  u64 *patience)
{
	unsigned int i;

	if (kref_race_meet(object, race->nr_workers, patience))
		atomic_inc(&race->nr_met);
	for (i = 0; i < KREF_RACE_ROUNDS; i++) {
		if (i & 1)
			kref_get(&object->kref);
		else if (!kref_get_unless_zero(&object->kref))
			atomic_inc(&race->nr_refused);
		kref_contested_put(object);
	}
	kref_contested_put(object);
	/* The worker's own reference is gone: it may be too late now. */
	if (kref_get_unless_zero(&object->kref))
		kref_contested_put(object);
}

static int kref_race_storm(struct mm_worker *worker, void *arg)
{
	u64 patience = KREF_RACE_PATIENCE_NS;
	struct kref_race *race = arg;
	unsigned int i;

	if (mm_worker_index(worker) >= race->nr_workers)
		return 0;
	/* Every reference has to be dropped, so time alone does not end it. */
	for (i = 0; i < race->nr_objects; i++) {
		kref_race_one(race, &race->objects[i], &patience);
		if (!(i % 64))
			cond_resched();
	}
	return 0;
}

static int kref_count_workers(struct mm_worker *worker, void *arg)
{
	atomic_inc(arg);
	return 0;
}

static void kref_race_judge(struct mm_run *run, struct kref_race *race)
{
	unsigned int i, missing = 0;

	for (i = 0; i < race->nr_objects; i++) {
		struct kref_contested *object = &race->objects[i];
		int releases = atomic_read(&object->nr_releases);
		int last = atomic_read(&object->nr_last);
		unsigned int count = kref_read(&object->kref);
		unsigned int arrived = atomic_read(&object->nr_arrived);

		missing = max(missing, race->nr_workers - arrived);
		if (arrived < race->nr_workers)
			continue;
		if (!mm_expect(run, releases == 1 && last == 1 && !count,
			       "object %u: expected one release, one last put and count 0, saw %d, %d and %u",
			       i, releases, last, count))
			return;
	}
	mm_expect(run, !missing,
		  "expected %u workers, saw %u less: a CPU went offline",
		  race->nr_workers, missing);
	mm_expect(run, !atomic_read(&race->nr_refused),
		  "get_unless_zero with a reference held: expected one more, saw %d refusals",
		  atomic_read(&race->nr_refused));
}

static int kref_race_with(struct mm_run *run, struct kref_race *race)
{
	unsigned int i, refs;
	int ret;

	for (i = 0; i < race->nr_objects; i++) {
		kref_init(&race->objects[i].kref);
		for (refs = 1; refs < race->nr_workers; refs++)
			kref_get(&race->objects[i].kref);
	}
	ret = mm_storm(run, kref_race_storm, race);
	if (ret)
		return ret;
	mm_note(run, "%u workers, %u objects, %u gets and puts of each worker on each object",
		race->nr_workers, race->nr_objects, KREF_RACE_ROUNDS);
	mm_note(run, "a worker met all the others at an object %d times",
		atomic_read(&race->nr_met));
	kref_race_judge(run, race);
	return 0;
}

int kref_race_run(struct mm_run *run)
{
	unsigned int nr = mm_arg(run, "nr");
	unsigned long nr_pages;
	atomic_t nr_workers = ATOMIC_INIT(0);
	struct kref_race *race;
	int ret;

	ret = mm_storm(run, kref_count_workers, &nr_workers);
	if (ret)
		return ret;
	nr_pages = PFN_UP(struct_size(race, objects, nr));
	ret = mm_charge(run, nr_pages);
	if (ret)
		return ret;
	race = kvzalloc(struct_size(race, objects, nr), GFP_KERNEL);
	ret = -ENOMEM;
	if (!race)
		goto out;
	race->nr_workers = atomic_read(&nr_workers);
	race->nr_objects = nr;
	ret = kref_race_with(run, race);
	kvfree(race);
out:
	mm_uncharge(run, nr_pages);
	return ret;
}

#define KREF_SLOTS	2

/**
 * enum kref_state - the life of an entry of the table
 * @KREF_NEW: nobody has seen it
 * @KREF_LIVE: it is, or was, in the table, and has references
 * @KREF_RELEASED: the last reference was put
 * @KREF_FREED: a grace period later; its memory would be someone else's
 */
enum kref_state {
	KREF_NEW,
	KREF_LIVE,
	KREF_RELEASED,
	KREF_FREED,
};

/**
 * struct kref_entry - an object that readers look up
 * @kref: one reference is the table's
 * @state: see above; never goes back
 * @nr_releases: how often it was released
 * @rcu: for freeing it
 */
struct kref_entry {
	struct kref kref;
	enum kref_state state;
	atomic_t nr_releases;
	struct rcu_head rcu;
};

/**
 * struct kref_table - a table of objects, read under RCU and ever changing
 * @slots: the objects that can be found
 * @next: the entry that comes next
 * @nr_found: lookups that got a reference
 * @nr_refused: lookups that came too late for one
 * @nr_dead: references to an object that was released: no reader may see one
 * @nr_freed: objects seen freed under the RCU read lock: likewise
 * @nr_entries: entries of @entries
 * @entries: each goes through the table once
 */
struct kref_table {
	struct kref_entry __rcu *slots[KREF_SLOTS];
	atomic_t next;
	atomic_t nr_found;
	atomic_t nr_refused;
	atomic_t nr_dead;
	atomic_t nr_freed;
	unsigned int nr_entries;
	struct kref_entry entries[];
};

static void kref_entry_free(struct rcu_head *rcu)
{
	struct kref_entry *entry = container_of(rcu, struct kref_entry, rcu);

	WRITE_ONCE(entry->state, KREF_FREED);
}

static void kref_entry_release(struct kref *kref)
{
	struct kref_entry *entry = container_of(kref, struct kref_entry, kref);

	/* Freeing it twice would hurt others than this experiment. */
	if (atomic_inc_return(&entry->nr_releases) != 1)
		return;
	WRITE_ONCE(entry->state, KREF_RELEASED);
	call_rcu(&entry->rcu, kref_entry_free);
}

static void kref_table_set(struct kref_table *table, unsigned int slot,
			   struct kref_entry *entry)
{
	struct kref_entry *old;

	old = unrcu_pointer(xchg(&table->slots[slot], RCU_INITIALIZER(entry)));
	if (old)
		kref_put(&old->kref, kref_entry_release);
}

/* False when every entry was used. */
static bool kref_table_replace(struct kref_table *table, unsigned int slot)
{
	unsigned int next = atomic_inc_return(&table->next) - 1;
	struct kref_entry *entry;

	if (next >= table->nr_entries) {
		atomic_dec(&table->next);
		return false;
	}
	entry = &table->entries[next];
	kref_init(&entry->kref);
	entry->state = KREF_LIVE;
	kref_table_set(table, slot, entry);
	return true;
}

/* For as long as there is a reference, the object must live. */
static void kref_entry_use(struct kref_table *table, struct kref_entry *entry)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (READ_ONCE(entry->state) != KREF_LIVE)
			atomic_inc(&table->nr_dead);
		cond_resched();
	}
	kref_put(&entry->kref, kref_entry_release);
}

/*
 * Between the look into the slot and the get is the gap in which others may
 * drop the object; with @provoke this very reader drops it there.
 */
static void kref_table_lookup(struct kref_table *table, unsigned int slot,
			      bool provoke)
{
	struct kref_entry *entry;
	bool got = false;

	rcu_read_lock();
	entry = rcu_dereference(table->slots[slot]);
	if (entry) {
		if (provoke)
			kref_table_replace(table, slot);
		else
			udelay(1);
		got = kref_get_unless_zero(&entry->kref);
		if (READ_ONCE(entry->state) == KREF_FREED)
			atomic_inc(&table->nr_freed);
	}
	rcu_read_unlock();
	if (!entry)
		return;
	atomic_inc(got ? &table->nr_found : &table->nr_refused);
	if (got)
		kref_entry_use(table, entry);
}

static int kref_table_storm(struct mm_worker *worker, void *arg)
{
	struct kref_table *table = arg;
	unsigned int i = mm_worker_index(worker);

	for (; !mm_storm_over(worker); i++) {
		unsigned int slot = i % KREF_SLOTS;

		if (!(i % 5) && !kref_table_replace(table, slot))
			break;
		kref_table_lookup(table, slot, !(i % 16));
		if (!(i % 64))
			cond_resched();
	}
	return 0;
}

static void kref_table_judge(struct mm_run *run, struct kref_table *table)
{
	unsigned int i, used = atomic_read(&table->next);

	mm_note(run, "%u objects went through a table of %d", used, KREF_SLOTS);
	mm_note(run, "readers got %d references and came too late %d times",
		atomic_read(&table->nr_found), atomic_read(&table->nr_refused));
	mm_expect(run, !atomic_read(&table->nr_dead),
		  "reader with a reference: expected a live object, saw a released one %d times",
		  atomic_read(&table->nr_dead));
	mm_expect(run, !atomic_read(&table->nr_freed),
		  "reader under RCU: expected no freed object, saw one %d times",
		  atomic_read(&table->nr_freed));
	mm_expect(run, atomic_read(&table->nr_found) &&
		  atomic_read(&table->nr_refused),
		  "expected lookups of both kinds, saw %d in time and %d late",
		  atomic_read(&table->nr_found),
		  atomic_read(&table->nr_refused));
	for (i = 0; i < used; i++) {
		const struct kref_entry *entry = &table->entries[i];
		int releases = atomic_read(&entry->nr_releases);

		if (!mm_expect(run, releases == 1 &&
			       entry->state == KREF_FREED,
			       "object %u, all references put: expected one release and it freed, saw %d, state %d, count %u",
			       i, releases, entry->state,
			       kref_read(&entry->kref)))
			return;
	}
}

static int kref_table_run(struct mm_run *run, struct kref_table *table)
{
	unsigned int i;
	int ret;

	for (i = 0; i < KREF_SLOTS; i++)
		kref_table_replace(table, i);
	ret = mm_storm(run, kref_table_storm, table);
	for (i = 0; i < KREF_SLOTS; i++)
		kref_table_set(table, i, NULL);
	/* Whatever happened, no callback may come after the table is gone. */
	rcu_barrier();
	if (!ret)
		kref_table_judge(run, table);
	return ret;
}

int kref_rcu_lookup_run(struct mm_run *run)
{
	unsigned int nr = mm_arg(run, "nr");
	struct kref_table *table;
	unsigned long nr_pages = PFN_UP(struct_size(table, entries, nr));
	int ret = mm_charge(run, nr_pages);

	if (ret)
		return ret;
	ret = -ENOMEM;
	table = kvzalloc(struct_size(table, entries, nr), GFP_KERNEL);
	if (!table)
		goto out;
	table->nr_entries = nr;
	ret = kref_table_run(run, table);
	kvfree(table);
out:
	mm_uncharge(run, nr_pages);
	return ret;
}
