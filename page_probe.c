// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on struct page, and the files `pages` and `frame`.
 */
#include <linux/kernel.h>

#include "compat.h"
#include "mm_lab.h"
#include "page_frame.h"

static const struct mm_experiment page_experiments[] = {
};

static const struct mm_file page_files[] = {
	{ "pages", 0400, &page_pages_fops },
	{ "frame", 0600, &page_frame_fops },
	{ }
};

const struct mm_probe page_probe = {
	.name = "page",
	.experiments = page_experiments,
	.nr_experiments = ARRAY_SIZE(page_experiments),
	.files = page_files,
};
EXPORT_SYMBOL_MM_LAB(page_probe);
