// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on zones, and the file `zones`.
 */
#include <linux/kernel.h>

#include "compat.h"
#include "mm_lab.h"

static const struct mm_experiment zone_experiments[] = {
};

const struct mm_probe zone_probe = {
	.name = "zone",
	.experiments = zone_experiments,
	.nr_experiments = ARRAY_SIZE(zone_experiments),
};
EXPORT_SYMBOL_MM_LAB(zone_probe);
