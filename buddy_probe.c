// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on the page allocator.
 */
#include <linux/kernel.h>

#include "compat.h"
#include "mm_lab.h"

static const struct mm_experiment buddy_experiments[] = {
};

const struct mm_probe buddy_probe = {
	.name = "buddy",
	.experiments = buddy_experiments,
	.nr_experiments = ARRAY_SIZE(buddy_experiments),
};
EXPORT_SYMBOL_MM_LAB(buddy_probe);
