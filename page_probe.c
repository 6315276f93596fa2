// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on struct page, and the files `pages` and `frame`.
 */
#include <linux/kernel.h>

#include "compat.h"
#include "mm_lab.h"

static const struct mm_experiment page_experiments[] = {
};

const struct mm_probe page_probe = {
	.name = "page",
	.experiments = page_experiments,
	.nr_experiments = ARRAY_SIZE(page_experiments),
};
EXPORT_SYMBOL_MM_LAB(page_probe);
