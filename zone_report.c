// SPDX-License-Identifier: GPL-2.0
/*
 * Zones as they are at one moment, and the file `zones` that shows them.
 *
 * No zone lock is taken. Each number is one word that its owner updates in one
 * store, so none of them is torn; but they are read one after the other, and a
 * machine that is at work moves on in between. What a CPU is doing at that very
 * moment (a batch of pages on its way between the zone and a per-CPU list) is
 * what numbers of one zone can be apart. On a quiet machine they agree.
 *
 * Free pages and the node's counters are the shared counters, as /proc/zoneinfo
 * shows them. Each CPU keeps up to its stat_threshold (125 at the most) of each
 * to itself before it adds them, so a counter is off by no more than the sum of
 * that over the CPUs. The free blocks have no such drift.
 */
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "zone_probe.h"

/**
 * zone_blocks_read - count the free blocks of a zone
 * @zone: the zone
 * @blocks: filled
 *
 * Context: any; takes no lock.
 */
void zone_blocks_read(const struct zone *zone, struct zone_blocks *blocks)
{
	unsigned int order;

	for (order = 0; order < ZONE_NR_ORDERS; order++)
		blocks->nr[order] = READ_ONCE(zone->free_area[order].nr_free);
}

static void zone_pcps_read(const struct zone *zone, struct zone_snapshot *shot)
{
	int cpu;

	for_each_online_cpu(cpu) {
		const struct per_cpu_pages *pcp =
			per_cpu_ptr(zone->per_cpu_pageset, cpu);

		shot->pcps[shot->nr_pcps++] = (struct zone_pcp){
			.cpu = cpu,
			.nr_held = READ_ONCE(pcp->count),
			.high = READ_ONCE(pcp->high),
			.batch = READ_ONCE(pcp->batch),
		};
	}
}

static void zone_watermarks_read(const struct zone *zone,
				 struct zone_snapshot *shot)
{
	shot->boost = READ_ONCE(zone->watermark_boost);
	shot->min = READ_ONCE(zone->_watermark[WMARK_MIN]) + shot->boost;
	shot->low = READ_ONCE(zone->_watermark[WMARK_LOW]) + shot->boost;
	shot->high = READ_ONCE(zone->_watermark[WMARK_HIGH]) + shot->boost;
	shot->promo = READ_ONCE(zone->_watermark[WMARK_PROMO]) + shot->boost;
}

static void zone_snapshot_take(struct zone *zone, int nid, enum zone_type type,
			       struct zone_pcp *pcps,
			       struct zone_snapshot *shot)
{
	unsigned int i;

	*shot = (struct zone_snapshot){
		.zone = zone,
		.nid = nid,
		.type = type,
		.name = zone->name,
		.start_pfn = READ_ONCE(zone->zone_start_pfn),
		.nr_spanned = READ_ONCE(zone->spanned_pages),
		.nr_present = READ_ONCE(zone->present_pages),
		.nr_managed = zone_managed_pages(zone),
		.nr_free = zone_page_state(zone, NR_FREE_PAGES),
		.pcps = pcps,
	};
	shot->end_pfn = shot->start_pfn + shot->nr_spanned;
	zone_watermarks_read(zone, shot);
	for (i = 0; i < MAX_NR_ZONES; i++)
		shot->reserve[i] = READ_ONCE(zone->lowmem_reserve[i]);
	zone_blocks_read(zone, &shot->blocks);
	/* The lists of an empty zone are the same few bytes for all of them. */
	if (shot->nr_present)
		zone_pcps_read(zone, shot);
}

/* As /proc/zoneinfo does: what CPUs have not added yet can make it negative. */
static unsigned long zone_node_counter(const struct pglist_data *pgdat,
				       enum node_stat_item item)
{
	return max(atomic_long_read(&pgdat->vm_stat[item]), 0L);
}

static void zone_node_read(const struct pglist_data *pgdat, int nid,
			   struct zone_node *node)
{
	*node = (struct zone_node){
		.nid = nid,
		.nr_slab_reclaimable =
			zone_node_counter(pgdat, NR_SLAB_RECLAIMABLE_B),
		.nr_slab_unreclaimable =
			zone_node_counter(pgdat, NR_SLAB_UNRECLAIMABLE_B),
		.nr_page_tables = zone_node_counter(pgdat, NR_PAGETABLE),
		.nr_anon = zone_node_counter(pgdat, NR_ANON_MAPPED),
		.nr_file = zone_node_counter(pgdat, NR_FILE_PAGES),
	};
}

static int zone_report_reserve(struct zone_report *report)
{
	size_t nr_zones = nr_node_ids * MAX_NR_ZONES;
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;

	*report = (struct zone_report){
		.zones = kvcalloc(nr_zones, sizeof(*report->zones), gfp),
		.nodes = kvcalloc(nr_node_ids, sizeof(*report->nodes), gfp),
		.pcps = kvcalloc(nr_zones * num_possible_cpus(),
				 sizeof(*report->pcps), gfp),
	};
	if (report->zones && report->nodes && report->pcps)
		return 0;
	zone_report_drop(report);
	return -ENOMEM;
}

/**
 * zone_report_take - look at all zones
 * @report: filled; for zone_report_drop()
 *
 * Context: may sleep. Takes no zone lock; see the head of this file for how far
 * the numbers can drift.
 * Return: 0, or -ENOMEM, and then there is nothing to drop.
 */
int zone_report_take(struct zone_report *report)
{
	struct zone_pcp *pcps;
	int nid, err;

	err = zone_report_reserve(report);
	if (err)
		return err;
	pcps = report->pcps;
	for_each_online_node(nid) {
		struct pglist_data *pgdat = NODE_DATA(nid);
		unsigned int i;

		zone_node_read(pgdat, nid, &report->nodes[report->nr_nodes++]);
		for (i = 0; i < MAX_NR_ZONES; i++) {
			zone_snapshot_take(&pgdat->node_zones[i], nid, i, pcps,
					   &report->zones[report->nr_zones++]);
			pcps += num_possible_cpus();
		}
	}
	return 0;
}
EXPORT_SYMBOL_MM_LAB(zone_report_take);

/**
 * zone_report_drop - forget a report of zone_report_take()
 * @report: the report
 */
void zone_report_drop(struct zone_report *report)
{
	kvfree(report->zones);
	kvfree(report->nodes);
	kvfree(report->pcps);
}
EXPORT_SYMBOL_MM_LAB(zone_report_drop);

/*
 * The text: rows of a table's name, a node, a zone and the values, under a
 * heading that names them. What is no row begins with a #.
 */

static void zones_heading(struct seq_file *m, const char *what)
{
	seq_printf(m, "\n# %s\n#%-9s %4s %-7s", what, "table", "node", "zone");
}

static void zones_row(struct seq_file *m, const char *table,
		      const struct zone_snapshot *shot)
{
	seq_printf(m, "%-10s %4d %-7s", table, shot->nid, shot->name);
}

typedef void (*zones_row_fn)(struct seq_file *m,
			     const struct zone_snapshot *shot);

static void zones_rows(struct seq_file *m, const struct zone_report *report,
		       zones_row_fn row)
{
	unsigned int i;

	for (i = 0; i < report->nr_zones; i++)
		if (report->zones[i].nr_present)
			row(m, &report->zones[i]);
}

static void zones_extents_row(struct seq_file *m,
			      const struct zone_snapshot *shot)
{
	zones_row(m, "extents", shot);
	seq_printf(m, " %10lu %10lu %10lu %10lu %10lu\n", shot->start_pfn,
		   shot->end_pfn, shot->nr_spanned, shot->nr_present,
		   shot->nr_managed);
}

static void zones_extents(struct seq_file *m, const struct zone_report *report)
{
	zones_heading(m,
		      "extents: the first PFN, and the first one beyond; pages in between, those that\n"
		      "# exist, those that the page allocator manages");
	seq_printf(m, " %10s %10s %10s %10s %10s\n", "start_pfn", "end_pfn",
		   "spanned", "present", "managed");
	zones_rows(m, report, zones_extents_row);
}

static void zones_watermarks_row(struct seq_file *m,
				 const struct zone_snapshot *shot)
{
	zones_row(m, "watermarks", shot);
	seq_printf(m, " %10lu %8lu %8lu %8lu %8lu %8lu\n", shot->nr_free,
		   shot->boost, shot->min, shot->low, shot->high, shot->promo);
}

static void zones_watermarks(struct seq_file *m,
			     const struct zone_report *report)
{
	zones_heading(m,
		      "watermarks: pages that are free, and the limits that free pages are held\n"
		      "# against, in which the boost is included");
	seq_printf(m, " %10s %8s %8s %8s %8s %8s\n", "free", "boost", "min",
		   "low", "high", "promo");
	zones_rows(m, report, zones_watermarks_row);
}

static void zones_reserve_row(struct seq_file *m,
			      const struct zone_snapshot *shot)
{
	unsigned int i;

	zones_row(m, "reserve", shot);
	for (i = 0; i < MAX_NR_ZONES; i++)
		seq_printf(m, " %8ld", shot->reserve[i]);
	seq_putc(m, '\n');
}

static void zones_reserve(struct seq_file *m, const struct zone_report *report)
{
	unsigned int i;

	zones_heading(m,
		      "lowmem reserve: pages of the row's zone that are kept from a request which the\n"
		      "# column's zone could serve too");
	for (i = 0; i < MAX_NR_ZONES; i++)
		seq_printf(m, " %8s", report->zones[i].name);
	seq_putc(m, '\n');
	zones_rows(m, report, zones_reserve_row);
}

static void zones_pcps_row(struct seq_file *m, const struct zone_snapshot *shot)
{
	unsigned int i;

	for (i = 0; i < shot->nr_pcps; i++) {
		const struct zone_pcp *pcp = &shot->pcps[i];

		zones_row(m, "percpu", shot);
		seq_printf(m, " %8d %8d %8d %8d\n", pcp->cpu, pcp->nr_held,
			   pcp->high, pcp->batch);
	}
}

static void zones_pcps(struct seq_file *m, const struct zone_report *report)
{
	zones_heading(m,
		      "per-CPU lists: pages that a CPU holds, beyond how many it gives some back, how\n"
		      "# many move at a time");
	seq_printf(m, " %8s %8s %8s %8s\n", "cpu", "held", "high", "batch");
	zones_rows(m, report, zones_pcps_row);
}

static void zones_orders(struct seq_file *m)
{
	unsigned int order;

	for (order = 0; order < ZONE_NR_ORDERS; order++)
		seq_printf(m, " %6u", order);
	seq_putc(m, '\n');
}

static void zones_blocks_row(struct seq_file *m,
			     const struct zone_snapshot *shot)
{
	unsigned int order;

	zones_row(m, "blocks", shot);
	for (order = 0; order < ZONE_NR_ORDERS; order++)
		seq_printf(m, " %6lu", shot->blocks.nr[order]);
	seq_putc(m, '\n');
}

static void zones_blocks(struct seq_file *m, const struct zone_report *report)
{
	zones_heading(m, "free blocks of each order n, of 2^n pages");
	zones_orders(m);
	zones_rows(m, report, zones_blocks_row);
}

static void zones_index(struct seq_file *m, int thousandths)
{
	unsigned int abs = thousandths < 0 ? -thousandths : thousandths;

	seq_printf(m, " %s%u.%03u", thousandths < 0 ? "-" : " ", abs / 1000,
		   abs % 1000);
}

static void zones_unusable_row(struct seq_file *m,
			       const struct zone_snapshot *shot)
{
	unsigned int order;

	zones_row(m, "unusable", shot);
	for (order = 0; order < ZONE_NR_ORDERS; order++)
		zones_index(m, zone_unusable_index(&shot->blocks, order));
	seq_putc(m, '\n');
}

static void zones_unusable(struct seq_file *m, const struct zone_report *report)
{
	zones_heading(m,
		      "unusable-free index for each order: the share of the free pages that stand in\n"
		      "# smaller blocks, 0 none to 1 all");
	zones_orders(m);
	zones_rows(m, report, zones_unusable_row);
}

static void zones_fragmentation_row(struct seq_file *m,
				    const struct zone_snapshot *shot)
{
	unsigned int order;

	zones_row(m, "extfrag", shot);
	for (order = 0; order < ZONE_NR_ORDERS; order++)
		zones_index(m, zone_fragmentation_index(&shot->blocks, order));
	seq_putc(m, '\n');
}

static void zones_fragmentation(struct seq_file *m,
				const struct zone_report *report)
{
	zones_heading(m,
		      "fragmentation index for each order: why a request fails, 0 for lack of memory\n"
		      "# to 1 for fragmentation; -1: it does not fail, a block is free");
	zones_orders(m);
	zones_rows(m, report, zones_fragmentation_row);
}

static void zones_counters(struct seq_file *m, const struct zone_report *report)
{
	unsigned int i;

	seq_puts(m, "\n# counters of the node, in pages: slabs that can be emptied on demand, the others;\n"
		    "# page tables; mapped anonymous memory; page cache\n");
	seq_printf(m, "#%-9s %4s %12s %12s %12s %10s %10s\n", "table", "node",
		   "slab_reclaim", "slab_other", "page_tables", "anon",
		   "file");
	for (i = 0; i < report->nr_nodes; i++) {
		const struct zone_node *node = &report->nodes[i];

		seq_printf(m, "%-10s %4d %12lu %12lu %12lu %10lu %10lu\n",
			   "counters", node->nid, node->nr_slab_reclaimable,
			   node->nr_slab_unreclaimable, node->nr_page_tables,
			   node->nr_anon, node->nr_file);
	}
}

static void zones_empty(struct seq_file *m, const struct zone_report *report)
{
	unsigned int i;

	seq_puts(m, "\n# zones without a page\n");
	seq_printf(m, "#%-9s %4s %s\n", "table", "node", "zone");
	for (i = 0; i < report->nr_zones; i++) {
		if (report->zones[i].nr_present)
			continue;
		seq_printf(m, "%-10s %4d %s\n", "empty", report->zones[i].nid,
			   report->zones[i].name);
	}
}

static void zones_title(struct seq_file *m, const struct zone_report *report)
{
	seq_printf(m, "# zones: counts are pages of %lu KiB; a PFN is the number of a page frame\n",
		   PAGE_SIZE / SZ_1K);
}

typedef void (*zones_table_fn)(struct seq_file *m,
			       const struct zone_report *report);

static const zones_table_fn zones_tables[] = {
	zones_title,
	zones_extents,
	zones_watermarks,
	zones_reserve,
	zones_pcps,
	zones_blocks,
	zones_unusable,
	zones_fragmentation,
	zones_counters,
	zones_empty,
};

static void *zones_start(struct seq_file *m, loff_t *pos)
{
	return *pos < ARRAY_SIZE(zones_tables) ? pos : NULL;
}

static void *zones_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return zones_start(m, pos);
}

static void zones_stop(struct seq_file *m, void *v)
{
}

static int zones_show(struct seq_file *m, void *v)
{
	const loff_t *pos = v;

	zones_tables[*pos](m, m->private);
	return 0;
}

static const struct seq_operations zones_ops = {
	.start = zones_start,
	.next = zones_next,
	.stop = zones_stop,
	.show = zones_show,
};

/* All that is read from one opening of the file is of one moment. */
static int zones_open(struct inode *inode, struct file *file)
{
	struct zone_report *report;
	int err;

	report = __seq_open_private(file, &zones_ops, sizeof(*report));
	if (!report)
		return -ENOMEM;
	err = zone_report_take(report);
	if (err)
		seq_release_private(inode, file);
	return err;
}

static int zones_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	zone_report_drop(m->private);
	return seq_release_private(inode, file);
}

const struct file_operations zones_fops = {
	.owner = THIS_MODULE,
	.open = zones_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = zones_release,
};
