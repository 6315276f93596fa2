// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on memory pools.
 */
#include <linux/kernel.h>

#include "compat.h"
#include "mm_lab.h"

static const struct mm_experiment mempool_experiments[] = {
};

const struct mm_probe mempool_probe = {
	.name = "mempool",
	.experiments = mempool_experiments,
	.nr_experiments = ARRAY_SIZE(mempool_experiments),
};
EXPORT_SYMBOL_MM_LAB(mempool_probe);
