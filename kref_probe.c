// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on reference counters: struct kref.
 *
 * A release frees nothing here: a counter that is broken is then seen to be,
 * and hurts nobody.
 */
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "kref_object.h"
#include "mm_lab.h"

#define KREF_NR_MAX	65536

/**
 * kref_expect - check an object's counter and its releases
 * @run: the run
 * @object: the object
 * @count: what its counter should be
 * @nr_releases: how often it should have been released
 * @when: for the message
 *
 * Return: whether both are as expected.
 */
bool kref_expect(struct mm_run *run, const struct kref_object *object,
		 unsigned int count, unsigned int nr_releases, const char *when)
{
	unsigned int saw = kref_read(&object->kref);

	return mm_expect(run, saw == count &&
			 object->nr_releases == nr_releases,
			 "%s: expected count %u and %u releases, saw %u and %u",
			 when, count, nr_releases, saw, object->nr_releases);
}

static void kref_expect_put(struct mm_run *run, struct kref_object *object,
			    int last)
{
	int ret = kref_put(&object->kref, kref_object_release);

	mm_expect(run, ret == last, "put: expected %d returned, saw %d", last,
		  ret);
}

static int kref_init_one(struct mm_run *run)
{
	struct kref made = KREF_INIT(1);
	struct kref_object object;

	/* Whatever was there before does not count. */
	memset(&object, 0x5a, sizeof(object));
	object.nr_releases = 0;
	kref_init(&object.kref);
	mm_note(run, "count after kref_init: %u", kref_read(&object.kref));
	kref_expect(run, &object, 1, 0, "after kref_init");
	mm_expect(run, kref_read(&made) == 1,
		  "after KREF_INIT(1): expected count 1, saw %u",
		  kref_read(&made));
	kref_expect_put(run, &object, 1);
	kref_expect(run, &object, 0, 1, "after its only put");
	return 0;
}

/* A walk up and down that the seed draws, and that never reaches zero. */
static int kref_get_put(struct mm_run *run)
{
	unsigned int i, count = 1, most = 1, nr = mm_arg(run, "nr");
	struct kref_object object;

	kref_object_init(&object, 1);
	for (i = 0; i < nr && !mm_yield(); i++) {
		if (count == 1 || mm_random(run, 2)) {
			kref_get(&object.kref);
			count++;
		} else {
			kref_expect_put(run, &object, 0);
			count--;
		}
		most = max(most, count);
		if (!kref_expect(run, &object, count, 0, "in mid-walk"))
			return 0;
	}
	mm_note(run, "%u gets and puts: the count rose to %u and is %u", i,
		most, count);
	return mm_yield();
}

static int kref_put_return(struct mm_run *run)
{
	unsigned int left, nr = mm_arg(run, "nr");
	struct kref_object object;

	kref_object_init(&object, nr);
	kref_expect(run, &object, nr, 0, "before the puts");
	for (left = nr - 1; left; left--) {
		kref_expect_put(run, &object, 0);
		if (!kref_expect(run, &object, left, 0, "after a put"))
			return 0;
	}
	kref_expect_put(run, &object, 1);
	kref_expect(run, &object, 0, 1, "after the last put");
	mm_note(run, "of %u puts the last one returned 1", nr);
	return 0;
}

/**
 * struct kref_putter - what one worker of release_once saw
 * @object: put by this worker alone
 * @task: the worker
 * @cpu: where it put
 * @early: releases before the last put
 * @late: releases when the last put had returned
 * @ran: there was such a worker
 */
struct kref_putter {
	struct kref_object object;
	const struct task_struct *task;
	int cpu;
	unsigned int early;
	unsigned int late;
	bool ran;
};

static int kref_putter_storm(struct mm_worker *worker, void *arg)
{
	struct kref_putter *putters = arg;
	struct kref_putter *putter = &putters[mm_worker_index(worker)];

	kref_object_init(&putter->object, 2);
	putter->task = current;
	kref_put(&putter->object.kref, kref_object_release);
	putter->early = putter->object.nr_releases;
	/* A worker may be moved when its CPU goes; not between these two. */
	putter->cpu = get_cpu();
	kref_put(&putter->object.kref, kref_object_release);
	putter->late = putter->object.nr_releases;
	put_cpu();
	putter->ran = true;
	return 0;
}

static void kref_putter_judge(struct mm_run *run,
			      const struct kref_putter *putter)
{
	const struct kref_object *object = &putter->object;

	mm_note(run, "put on CPU %d: %u releases before, %u when put returned, on CPU %d",
		putter->cpu, putter->early, putter->late, object->cpu);
	mm_expect(run, !putter->early,
		  "CPU %d, a reference left: expected no release, saw %u",
		  putter->cpu, putter->early);
	mm_expect(run, putter->late == 1,
		  "CPU %d, last put returned: expected 1 release, saw %u",
		  putter->cpu, putter->late);
	mm_expect(run, object->nr_releases == 1,
		  "CPU %d, long after: expected 1 release, saw %u",
		  putter->cpu, object->nr_releases);
	mm_expect(run, object->cpu == putter->cpu,
		  "expected the release on the putter's CPU %d, saw it on %d",
		  putter->cpu, object->cpu);
	mm_expect(run, object->releaser == putter->task,
		  "CPU %d: expected the release in the putter's thread, saw another",
		  putter->cpu);
	mm_expect(run, !object->count,
		  "CPU %d: expected count 0 in the release, saw %u",
		  putter->cpu, object->count);
}

static int kref_release_once(struct mm_run *run)
{
	struct kref_putter *putters;
	unsigned int i;
	int ret;

	putters = kvcalloc(mm_storm_size(), sizeof(*putters), GFP_KERNEL);
	if (!putters)
		return -ENOMEM;
	ret = mm_storm(run, kref_putter_storm, putters);
	for (i = 0; i < mm_storm_size() && !ret; i++)
		if (putters[i].ran)
			kref_putter_judge(run, &putters[i]);
	kvfree(putters);
	return ret;
}

/* The counter at the object's start: there kfree() would happen to work. */
struct kref_leading {
	struct kref kref;
	struct kref *released;
};

/* The counter further in, as in most of the kernel's objects. */
struct kref_inner {
	char name[40];
	struct kref *released;
	struct kref kref;
};

static void kref_leading_release(struct kref *kref)
{
	container_of(kref, struct kref_leading, kref)->released = kref;
}

static void kref_inner_release(struct kref *kref)
{
	container_of(kref, struct kref_inner, kref)->released = kref;
}

static void kref_check_container(struct mm_run *run, const char *name,
				 const void *object, const struct kref *kref,
				 const struct kref *released, size_t offset)
{
	mm_expect(run, released == kref,
		  "%s: expected the release to get the object's kref, saw %s",
		  name, released ? "another pointer" : "no release");
	if (released != kref)
		return;
	mm_note(run, "%s: release got the pointer at offset %td of its object%s",
		name, (const void *)released - object,
		offset ? "; kfree() of it would be a bug" : "");
	mm_expect(run, (const void *)released - object == (ptrdiff_t)offset,
		  "%s: expected offset %zu, saw %td", name, offset,
		  (const void *)released - object);
}

static int kref_container(struct mm_run *run)
{
	struct kref_leading *leading = kzalloc(sizeof(*leading), GFP_KERNEL);
	struct kref_inner *inner = kzalloc(sizeof(*inner), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!leading || !inner)
		goto out;
	ret = 0;
	kref_init(&leading->kref);
	kref_init(&inner->kref);
	kref_put(&leading->kref, kref_leading_release);
	kref_put(&inner->kref, kref_inner_release);
	kref_check_container(run, "kref first", leading, &leading->kref,
			     leading->released, 0);
	kref_check_container(run, "kref further in", inner, &inner->kref,
			     inner->released,
			     offsetof(struct kref_inner, kref));
	mm_expect(run, (void *)&inner->kref != (void *)inner,
		  "expected a kref that is not where its object begins");
out:
	kfree(inner);
	kfree(leading);
	return ret;
}

static int kref_get_unless_zero_run(struct mm_run *run)
{
	struct kref_object object;
	unsigned int i;

	kref_object_init(&object, 1);
	for (i = 1; i <= 3; i++) {
		mm_expect(run, kref_get_unless_zero(&object.kref),
			  "count %u: expected a reference, saw none", i);
		kref_expect(run, &object, i + 1, 0, "after the reference");
	}
	while (i-- > 1)
		kref_expect_put(run, &object, 0);
	kref_expect_put(run, &object, 1);
	for (i = 0; i < 3; i++) {
		mm_expect(run, !kref_get_unless_zero(&object.kref),
			  "count 0: expected no reference, saw one");
		kref_expect(run, &object, 0, 1, "after the refusal");
	}
	mm_note(run, "at 1 and above a reference was had, at 0 none");
	return 0;
}

/* Both ways to put beside kref_put() must leave the counter alone too. */
static void kref_check_stuck_puts(struct mm_run *run,
				  struct kref_object *object)
{
	struct mutex *mutex = kzalloc(sizeof(*mutex), GFP_KERNEL);

	kref_expect_put(run, object, 0);
	kref_expect(run, object, REFCOUNT_SATURATED, 0, "saturated, put");
	if (!mutex)
		return;
	mutex_init(mutex);
	mm_expect(run, !kref_put_mutex(&object->kref, kref_object_release,
				       mutex),
		  "saturated, put_mutex: expected 0 returned, saw 1");
	mm_expect(run, !mutex_is_locked(mutex),
		  "saturated, put_mutex: expected the mutex free, saw it held");
	kref_expect(run, object, REFCOUNT_SATURATED, 0, "saturated, put_mutex");
	mutex_destroy(mutex);
	kfree(mutex);
}

static int kref_saturation(struct mm_run *run)
{
	unsigned int i, nr = mm_arg(run, "nr");
	struct kref_object object;

	kref_object_init(&object, 1);
	refcount_set(&object.kref.refcount, REFCOUNT_MAX - 1);
	kref_get(&object.kref);
	kref_expect(run, &object, REFCOUNT_MAX, 0, "at the largest count");

	mm_announce_maybe(run, "refcount_t: saturated; leaking memory");
	for (i = 0; i < nr; i++) {
		kref_get(&object.kref);
		if (!kref_expect(run, &object, REFCOUNT_SATURATED, 0,
				 "saturated, get"))
			break;
	}
	mm_expect(run, kref_get_unless_zero(&object.kref),
		  "saturated, get_unless_zero: expected a reference, saw none");
	kref_expect(run, &object, REFCOUNT_SATURATED, 0,
		    "saturated, get_unless_zero");
	mm_announce_end(run);
	mm_note(run, "%u gets beyond %d: the count stuck at %d", nr,
		REFCOUNT_MAX, (int)kref_read(&object.kref));

	mm_announce_maybe(run, "refcount_t: underflow; use-after-free");
	for (i = 0; i < nr; i++)
		kref_check_stuck_puts(run, &object);
	mm_announce_end(run);
	mm_note(run, "%u puts: it still stands at %d, released %u times", 2 * i,
		(int)kref_read(&object.kref), object.nr_releases);
	return mm_yield();
}

static int kref_underflow(struct mm_run *run)
{
	struct kref_object object;

	kref_object_init(&object, 1);
	kref_expect_put(run, &object, 1);
	mm_announce_maybe(run, "refcount_t: underflow; use-after-free");
	kref_expect_put(run, &object, 0);
	mm_announce_end(run);
	mm_note(run, "put at 0: the count is %d, released %u times",
		(int)kref_read(&object.kref), object.nr_releases);
	kref_expect(run, &object, REFCOUNT_SATURATED, 1, "put at 0");

	kref_object_init(&object, 1);
	kref_expect_put(run, &object, 1);
	mm_announce_maybe(run, "refcount_t: addition on 0; use-after-free");
	kref_get(&object.kref);
	mm_announce_end(run);
	mm_note(run, "get at 0: the count is %d",
		(int)kref_read(&object.kref));
	kref_expect(run, &object, REFCOUNT_SATURATED, 1, "get at 0");
	return 0;
}

static const struct mm_param kref_nr_steps[] = {
	{ "nr", 1000, 1, KREF_NR_MAX },
	{ }
};

static const struct mm_param kref_nr_refs[] = {
	{ "nr", 8, 1, 1000 },
	{ }
};

static const struct mm_param kref_nr_contested[] = {
	{ "nr", 2048, 1, KREF_NR_MAX },
	{ }
};

static const struct mm_param kref_nr_entries[] = {
	{ "nr", 4096, 1024, KREF_NR_MAX },
	{ }
};

static const struct mm_experiment kref_experiments[] = {
	{
		.name = "init_one",
		.claim = "a new counter stands at one",
		.run = kref_init_one,
	},
	{
		.name = "get_put",
		.claim = "each get raises the count by one, each put lowers it by one",
		.run = kref_get_put,
		.params = kref_nr_steps,
	},
	{
		.name = "put_return",
		.claim = "put says whether it was the last",
		.run = kref_put_return,
		.params = kref_nr_refs,
	},
	{
		.name = "release_once",
		.claim =
			"release runs once, on the last put, on the putter's CPU, before put returns",
		.run = kref_release_once,
	},
	{
		.name = "container",
		.claim =
			"release finds the object from its kref, which need not be where the object begins, so kfree is no release function",
		.run = kref_container,
	},
	{
		.name = "get_unless_zero",
		.claim = "an object at zero cannot be revived",
		.run = kref_get_unless_zero_run,
	},
	{
		.name = "put_mutex",
		.claim =
			"release runs with the mutex held, and a put that is not the last leaves it alone",
		.run = kref_put_mutex_run,
	},
	{
		.name = "put_lock",
		.claim =
			"release runs with the spinlock held, and a put that is not the last leaves it alone",
		.run = kref_put_lock_run,
	},
	{
		.name = "race",
		.claim = "storms of get and put on every CPU end in exactly one release",
		.run = kref_race_run,
		.params = kref_nr_contested,
	},
	{
		.name = "rcu_lookup",
		.claim =
			"readers that look objects up under RCU while others drop them never see one that was freed",
		.run = kref_rcu_lookup_run,
		.params = kref_nr_entries,
	},
	{
		.name = "saturation",
		.claim = "a counter that rose too high sticks instead of wrapping",
		.run = kref_saturation,
		.params = kref_nr_refs,
		.disruptive = true,
	},
	{
		.name = "underflow",
		.claim = "a counter that is put or got at zero sticks instead of wrapping",
		.run = kref_underflow,
		.disruptive = true,
	},
};

const struct mm_probe kref_probe = {
	.name = "kref",
	.experiments = kref_experiments,
	.nr_experiments = ARRAY_SIZE(kref_experiments),
};
EXPORT_SYMBOL_MM_LAB(kref_probe);
