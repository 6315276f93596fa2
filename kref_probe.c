// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on reference counters: struct kref.
 */
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/slab.h>

#include "compat.h"
#include "mm_lab.h"

/* An object as a user of kref builds it; @kref is not its first member. */
struct kref_object {
	unsigned int nr_releases;
	struct kref kref;
};

static void kref_object_release(struct kref *kref)
{
	container_of(kref, struct kref_object, kref)->nr_releases++;
}

static int kref_init_one(struct mm_run *run)
{
	struct kref_object object = { };
	unsigned int count;

	kref_init(&object.kref);
	count = kref_read(&object.kref);
	mm_note(run, "count after kref_init: %u", count);
	mm_expect(run, count == 1, "count after kref_init: expected 1, saw %u",
		  count);
	mm_expect(run, kref_put(&object.kref, kref_object_release) == 1,
		  "put after kref_init: expected the last, saw another");
	return 0;
}

static const struct mm_experiment kref_experiments[] = {
	{
		.name = "init_one",
		.claim = "a new counter stands at one",
		.run = kref_init_one,
	},
};

const struct mm_probe kref_probe = {
	.name = "kref",
	.experiments = kref_experiments,
	.nr_experiments = ARRAY_SIZE(kref_experiments),
};
EXPORT_SYMBOL_MM_LAB(kref_probe);
