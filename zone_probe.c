// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on zones, and the file `zones`.
 */
#include <linux/kernel.h>

#include "compat.h"
#include "mm_lab.h"
#include "zone_probe.h"

static const struct mm_experiment zone_experiments[] = {
};

static const struct mm_file zone_files[] = {
	{ .name = "zones", .mode = 0400, .fops = &zones_fops },
	{ }
};

const struct mm_probe zone_probe = {
	.name = "zone",
	.experiments = zone_experiments,
	.nr_experiments = ARRAY_SIZE(zone_experiments),
	.files = zone_files,
};
EXPORT_SYMBOL_MM_LAB(zone_probe);
