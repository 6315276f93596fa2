/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An object as a user of kref builds it, and what its release saw.
 */
#ifndef MM_LAB_KREF_OBJECT_H
#define MM_LAB_KREF_OBJECT_H

#include <linux/kref.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "mm_lab.h"

/* How long a thread may take to do what it is expected to do. */
#define KREF_PATIENCE_MS	3000

/**
 * struct kref_object - an object with a reference counter
 * @nr_releases: how often its release was called
 * @count: the counter, as the last release saw it
 * @releaser: the thread that the last release ran in
 * @cpu: the CPU that the last release ran on
 * @kref: the counter; not the first member
 */
struct kref_object {
	unsigned int nr_releases;
	unsigned int count;
	const struct task_struct *releaser;
	int cpu;
	struct kref kref;
};

/**
 * kref_object_release - a release that notes what it sees, and frees nothing
 * @kref: of the object
 */
static inline void kref_object_release(struct kref *kref)
{
	struct kref_object *object = container_of(kref, struct kref_object,
						  kref);

	object->count = kref_read(kref);
	object->releaser = current;
	object->cpu = raw_smp_processor_id();
	object->nr_releases++;
}

/**
 * kref_object_init - an object with so many references
 * @object: the object
 * @refs: how many
 */
static inline void kref_object_init(struct kref_object *object,
				    unsigned int refs)
{
	*object = (struct kref_object){ .cpu = -1 };
	kref_init(&object->kref);
	while (--refs)
		kref_get(&object->kref);
}

bool kref_expect(struct mm_run *run, const struct kref_object *object,
		 unsigned int count, unsigned int nr_releases,
		 const char *when);

/* kref_lock.c */
int kref_put_mutex_run(struct mm_run *run);
int kref_put_lock_run(struct mm_run *run);

/* kref_storm.c */
int kref_race_run(struct mm_run *run);
int kref_rcu_lookup_run(struct mm_run *run);

#endif /* MM_LAB_KREF_OBJECT_H */
