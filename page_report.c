// SPDX-License-Identifier: GPL-2.0
/*
 * The file `pages`: the census of struct page, and what struct page costs.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "page_frame.h"

/* Room for the whole report, lest a second walk follow the first. */
#define PAGE_REPORT_SIZE	SZ_16K

static void page_show_cost(struct seq_file *m)
{
	static const unsigned long sizes[] = { SZ_4K, SZ_16K, SZ_64K };
	struct page_cost cost;
	unsigned int i;

	page_cost_of(&cost, sizeof(struct page), PAGE_SIZE);
	seq_printf(m, "# struct page: %zu bytes for each frame of %lu bytes: %lu bytes per GiB, %u.%03u %% of memory\n",
		   sizeof(struct page), PAGE_SIZE, cost.per_gib,
		   cost.millipercent / 1000, cost.millipercent % 1000);
	seq_puts(m, "# the same struct page for frames of other sizes\n");
	seq_puts(m, "# page_kib  bytes_per_gib  per_cent\n");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		page_cost_of(&cost, sizeof(struct page), sizes[i]);
		seq_printf(m, "%10lu %14lu %5u.%03u\n", sizes[i] / SZ_1K,
			   cost.per_gib, cost.millipercent / 1000,
			   cost.millipercent % 1000);
	}
}

static void page_show_counts(struct seq_file *m,
			     const struct page_zone_census *z)
{
	unsigned int i;

	seq_printf(m, " %9lu", z->nr_frames);
	for (i = 0; i < PAGE_NR_STATES; i++)
		seq_printf(m, " %8lu", z->nr_in[i]);
	seq_printf(m, " %8lu %8lu\n", z->nr_absent, z->nr_foreign);
}

static void page_show_states(struct seq_file *m,
			     const struct page_census *census)
{
	struct page_zone_census sum = { };
	unsigned int i;

	seq_puts(m, "# frames by state, in frames; absent and foreign ones of the span are not counted in frames\n");
	seq_puts(m, "# node    zone    frames");
	for (i = 0; i < PAGE_NR_STATES; i++)
		seq_printf(m, " %8s", page_state_name(i));
	seq_printf(m, " %8s %8s\n", "absent", "foreign");
	for (i = 0; i < census->nr_zones; i++) {
		const struct page_zone_census *z = &census->zones[i];

		seq_printf(m, "%6d %7s", z->nid, z->zone->name);
		page_show_counts(m, z);
		page_census_add(&sum, z);
	}
	seq_printf(m, "%6s %7s", "all", "all");
	page_show_counts(m, &sum);
}

static void page_show_free(struct seq_file *m, const struct page_census *census)
{
	unsigned int i, order;

	seq_puts(m, "# free blocks by order, in blocks of 2^order frames\n");
	seq_puts(m, "# node    zone");
	for (order = 0; order <= MM_MAX_ORDER; order++)
		seq_printf(m, " %7u", order);
	seq_putc(m, '\n');
	for (i = 0; i < census->nr_zones; i++) {
		const struct page_zone_census *z = &census->zones[i];

		seq_printf(m, "%6d %7s", z->nid, z->zone->name);
		for (order = 0; order <= MM_MAX_ORDER; order++)
			seq_printf(m, " %7lu", z->nr_free[order] >> order);
		seq_putc(m, '\n');
	}
}

static int page_pages_show(struct seq_file *m, void *unused)
{
	struct page_census *census = page_census_new();
	int ret;

	if (!census)
		return -ENOMEM;
	ret = page_census_take(census);
	if (!ret) {
		page_show_cost(m);
		page_show_states(m, census);
		page_show_free(m, census);
	}
	page_census_free(census);
	return ret;
}

static int page_pages_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, page_pages_show, NULL, PAGE_REPORT_SIZE);
}

const struct file_operations page_pages_fops = {
	.owner = THIS_MODULE,
	.open = page_pages_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};
