/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What zones look like at one moment: for the file `zones`, for the experiments
 * on zones, and for whoever else reports on them.
 */
#ifndef MM_LAB_ZONE_PROBE_H
#define MM_LAB_ZONE_PROBE_H

#include <linux/fs.h>
#include <linux/mmzone.h>
#include <linux/types.h>

#include "compat.h"

#define ZONE_NR_ORDERS	(MM_MAX_ORDER + 1)

/**
 * struct zone_blocks - the free blocks of a zone
 * @nr: how many there are of each order; pages on per-CPU lists are not in them
 */
struct zone_blocks {
	unsigned long nr[ZONE_NR_ORDERS];
};

/**
 * struct zone_pcp - the per-CPU list of a CPU in a zone
 * @cpu: whose
 * @nr_held: pages on it
 * @high: pages beyond which it gives some back to the zone
 * @batch: pages that go between it and the zone at a time
 */
struct zone_pcp {
	int cpu;
	int nr_held;
	int high;
	int batch;
};

/**
 * struct zone_snapshot - a zone as it was when it was looked at
 * @zone: the zone itself
 * @nid: its node
 * @type: which of the node's zones
 * @name: as /proc/zoneinfo has it
 * @start_pfn: its first frame
 * @end_pfn: the first frame beyond; all frames of the zone are in between
 * @nr_spanned: @end_pfn - @start_pfn
 * @nr_present: frames in between that exist and are the zone's
 * @nr_managed: those that the page allocator was given
 * @nr_free: free pages, without the per-CPU lists and without what the CPUs
 *	have not yet added to the zone's counter
 * @boost: pages by which the watermarks are raised at present, which they
 *	include here
 * @min: below this only those that may dip into the reserves get a page
 * @low: below this kswapd wakes up
 * @high: at this kswapd goes to sleep
 * @promo: the same, where kswapd makes room for pages promoted from slow memory
 * @reserve: pages kept from a request that could be served from zone type i
 * @blocks: the free blocks
 * @pcps: the per-CPU lists, one for each CPU that is online
 * @nr_pcps: entries in @pcps
 *
 * Counts are pages.
 */
struct zone_snapshot {
	struct zone *zone;
	int nid;
	enum zone_type type;
	const char *name;
	unsigned long start_pfn;
	unsigned long end_pfn;
	unsigned long nr_spanned;
	unsigned long nr_present;
	unsigned long nr_managed;
	unsigned long nr_free;
	unsigned long boost;
	unsigned long min;
	unsigned long low;
	unsigned long high;
	unsigned long promo;
	long reserve[MAX_NR_ZONES];
	struct zone_blocks blocks;
	struct zone_pcp *pcps;
	unsigned int nr_pcps;
};

/**
 * struct zone_node - the counters of a node
 * @nid: which
 * @nr_slab_reclaimable: pages of slabs that can be emptied on demand
 * @nr_slab_unreclaimable: pages of the other slabs
 * @nr_page_tables: pages of page tables
 * @nr_anon: pages of anonymous memory that are mapped
 * @nr_file: pages of the page cache, shared memory among them
 */
struct zone_node {
	int nid;
	unsigned long nr_slab_reclaimable;
	unsigned long nr_slab_unreclaimable;
	unsigned long nr_page_tables;
	unsigned long nr_anon;
	unsigned long nr_file;
};

/**
 * struct zone_report - all zones of the machine
 * @zones: each zone of each online node, by node and type, empty ones too
 * @nr_zones: entries in @zones
 * @nodes: each online node
 * @nr_nodes: entries in @nodes
 * @pcps: where the zones' @pcps stand
 */
struct zone_report {
	struct zone_snapshot *zones;
	unsigned int nr_zones;
	struct zone_node *nodes;
	unsigned int nr_nodes;
	struct zone_pcp *pcps;
};

int zone_report_take(struct zone_report *report);
void zone_report_drop(struct zone_report *report);
void zone_blocks_read(const struct zone *zone, struct zone_blocks *blocks);

/* zone_index.c: how fragmented free memory is. */

unsigned long zone_blocks_pages(const struct zone_blocks *blocks);
unsigned long zone_blocks_usable(const struct zone_blocks *blocks,
				 unsigned int order);
int zone_unusable_index(const struct zone_blocks *blocks, unsigned int order);
int zone_fragmentation_index(const struct zone_blocks *blocks,
			     unsigned int order);

/* zone_extents.c: the experiments on where zones lie. */

struct mm_run;

int zone_extents(struct mm_run *run);
int zone_kinds(struct mm_run *run);

extern const struct file_operations zones_fops;

#endif /* MM_LAB_ZONE_PROBE_H */
