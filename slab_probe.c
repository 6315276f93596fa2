// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on the slab layer.
 */
#include <linux/kernel.h>

#include "compat.h"
#include "mm_lab.h"

static const struct mm_experiment slab_experiments[] = {
};

const struct mm_probe slab_probe = {
	.name = "slab",
	.experiments = slab_experiments,
	.nr_experiments = ARRAY_SIZE(slab_experiments),
};
EXPORT_SYMBOL_MM_LAB(slab_probe);
