// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on zones: their limits, the accounting of their free pages, and
 * how fragmented these are. Where zones lie is in zone_extents.c.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "mm_lab.h"
#include "zone_probe.h"

/* The smallest order that goes straight to the zone's free lists. */
#define ZONE_BLOCK_ORDER	(PAGE_ALLOC_COSTLY_ORDER + 1)
#define ZONE_BLOCK_PAGES	BIT(ZONE_BLOCK_ORDER)

/*
 * What spoils an observation here may last as long as another CPU's host lets
 * it wait with the zone half updated: sleep for longer each time.
 */
static bool zone_try_again(struct mm_run *run, unsigned int *tries)
{
	if (!mm_try_again(run, tries))
		return false;
	usleep_range(*tries * 20, *tries * 40);
	return true;
}

static bool zone_is_populated(const struct zone_snapshot *shot)
{
	return shot->nr_managed;
}

typedef void (*zone_look_fn)(struct mm_run *run,
			     const struct zone_snapshot *shot);

/* Calls @look for each zone that the page allocator has pages of. */
static int zone_for_each(struct mm_run *run, zone_look_fn look)
{
	struct zone_report report;
	unsigned int i;
	int err;

	err = zone_report_take(&report);
	if (err)
		return err;
	for (i = 0; !err && i < report.nr_zones; i++) {
		if (zone_is_populated(&report.zones[i]))
			look(run, &report.zones[i]);
		err = mm_yield();
	}
	zone_report_drop(&report);
	return err;
}

/* HighMem and Movable have a small min of their own, and full steps. */
static bool zone_min_is_capped(const struct zone_snapshot *shot)
{
	return shot->type == ZONE_MOVABLE || is_highmem(shot->zone);
}

/*
 * __setup_per_zone_wmarks() puts low, high and promo one step each above the
 * one before: a quarter of min, or more where watermark_scale_factor says so.
 */
static void zone_expect_steps(struct mm_run *run,
			      const struct zone_snapshot *shot)
{
	unsigned long step = shot->low - shot->min;
	unsigned long least = (shot->min - shot->boost) / 4;

	mm_expect(run, shot->high - shot->low == step &&
		  shot->promo - shot->high == step,
		  "node %d %s: expected steps of %lu pages from low to high to promo, saw %lu and %lu",
		  shot->nid, shot->name, step, shot->high - shot->low,
		  shot->promo - shot->high);
	if (zone_min_is_capped(shot))
		return;
	mm_expect(run, step >= least,
		  "node %d %s: expected steps of a quarter of min, %lu pages, or more, saw %lu",
		  shot->nid, shot->name, least, step);
}

static void zone_look_watermarks(struct mm_run *run,
				 const struct zone_snapshot *shot)
{
	mm_note(run,
		"node %d %s: min %lu, low %lu, high %lu, promo %lu (boost %lu), of %lu pages",
		shot->nid, shot->name, shot->min, shot->low, shot->high,
		shot->promo, shot->boost, shot->nr_managed);
	if (mm_expect(run, shot->min <= shot->low && shot->low <= shot->high &&
		      shot->high <= shot->promo,
		      "node %d %s: expected min <= low <= high <= promo, saw %lu, %lu, %lu, %lu",
		      shot->nid, shot->name, shot->min, shot->low, shot->high,
		      shot->promo))
		zone_expect_steps(run, shot);
}

static int zone_watermarks(struct mm_run *run)
{
	return zone_for_each(run, zone_look_watermarks);
}

/*
 * Free pages that stand in no block: those of a guest that has not accepted
 * them from its host yet.
 */
static long zone_nr_unaccepted(struct zone *zone)
{
#ifdef CONFIG_UNACCEPTED_MEMORY
	return zone_page_state(zone, NR_UNACCEPTED);
#else
	return 0;
#endif
}

/*
 * Blocks may stand on the free lists and not count as free: in pageblocks that
 * are isolated, to be taken offline or for a large contiguous range.
 */
static long zone_nr_isolated_max(const struct zone *zone)
{
#ifdef CONFIG_MEMORY_ISOLATION
	return READ_ONCE(zone->nr_isolate_pageblock) << MM_MAX_ORDER;
#else
	return 0;
#endif
}

/* The zone's counter with what each CPU has not added to it yet. */
static long zone_free_counted(struct zone *zone)
{
	return zone_page_state_snapshot(zone, NR_FREE_PAGES);
}

/* What the CPUs may keep to themselves: a signed byte each. */
static long zone_drift_max(void)
{
	return IS_ENABLED(CONFIG_SMP) ? (long)num_online_cpus() * S8_MAX : 0;
}

/* A zone's free pages, counted twice. */
struct zone_balance {
	long shared;
	long counted;
	long in_blocks;
};

static bool zone_is_balanced(struct zone *zone,
			     const struct zone_balance *balance)
{
	long extra = balance->in_blocks + zone_nr_unaccepted(zone) -
		     balance->counted;

	return extra >= 0 && extra <= zone_nr_isolated_max(zone);
}

/* Whether the zone stood still while it was read. */
static bool zone_balance_read(struct zone *zone, struct zone_balance *balance)
{
	struct zone_blocks blocks;
	unsigned long flags;
	bool still;

	local_irq_save(flags);
	balance->shared = zone_page_state(zone, NR_FREE_PAGES);
	balance->counted = zone_free_counted(zone);
	zone_blocks_read(zone, &blocks);
	still = balance->counted == zone_free_counted(zone) &&
		balance->shared == (long)zone_page_state(zone, NR_FREE_PAGES);
	local_irq_restore(flags);

	balance->in_blocks = zone_blocks_pages(&blocks);
	return still;
}

static void zone_look_accounting(struct mm_run *run,
				 const struct zone_snapshot *shot)
{
	struct zone_balance balance;
	unsigned int tries = 0;
	bool balanced;
	long drift;

	do {
		balanced = zone_balance_read(shot->zone, &balance) &&
			   zone_is_balanced(shot->zone, &balance);
	} while (!balanced && zone_try_again(run, &tries));

	drift = balance.counted - balance.shared;
	mm_note(run,
		"node %d %s: the free blocks hold %ld pages; the counter says %ld, the CPUs have %+ld to add",
		shot->nid, shot->name, balance.in_blocks, balance.shared,
		drift);
	mm_expect(run, balanced,
		  "node %d %s: expected free blocks of %ld pages as counted, saw %ld",
		  shot->nid, shot->name, balance.counted, balance.in_blocks);
	mm_expect(run, abs(drift) <= zone_drift_max(),
		  "node %d %s: expected the CPUs to have %ld pages to add at the most, saw %ld",
		  shot->nid, shot->name, zone_drift_max(), drift);
}

/*
 * The orders of which every block goes straight between the zone and its user;
 * the small ones, and the huge page's, pass through per-CPU lists.
 */
static unsigned int zone_last_direct_order(void)
{
	unsigned int huge_order = PMD_SHIFT - PAGE_SHIFT;

	return min3(ZONE_BLOCK_ORDER + 4U, MM_MAX_ORDER - 1U, huge_order - 1);
}

/* What taking a block and giving it back did to its zone's free pages. */
struct zone_trade {
	struct zone *zone;
	unsigned long pfn;
	long taken;
	long given;
};

static int zone_trade_block(struct mm_run *run, unsigned int order,
			    struct zone_trade *trade)
{
	long before = zone_free_counted(trade->zone);
	struct page *page = mm_alloc_pages(run, GFP_KERNEL, order);
	long held = zone_free_counted(trade->zone);

	if (!page)
		return -ENOMEM;
	trade->pfn = page_to_pfn(page);
	mm_free_pages(run, page, order);
	trade->taken = before - held;
	trade->given = zone_free_counted(trade->zone) - held;
	/* Where it came from another zone, that one is watched next. */
	trade->zone = page_zone(page);
	return 0;
}

static int zone_expect_trade(struct mm_run *run, unsigned int order,
			     struct zone_trade *trade)
{
	long nr_pages = 1L << order;
	unsigned int tries = 0;
	bool seen;

	do {
		if (zone_trade_block(run, order, trade))
			return -ENOMEM;
		seen = trade->taken == nr_pages && trade->given == nr_pages;
	} while (!seen && zone_try_again(run, &tries));

	mm_note(run,
		"order %u, frame %lu: node %d %s lost %ld free pages by the allocation, got %ld by the free",
		order, trade->pfn, zone_to_nid(trade->zone), trade->zone->name,
		trade->taken, trade->given);
	mm_expect(run, seen,
		  "order %u, frame %lu: expected node %d %s to lose and get %ld free pages, saw %ld and %ld",
		  order, trade->pfn, zone_to_nid(trade->zone),
		  trade->zone->name, nr_pages, trade->taken, trade->given);
	return 0;
}

static int zone_free_accounting(struct mm_run *run)
{
	struct zone_trade trade = {
		.zone = &NODE_DATA(first_online_node)->node_zones[ZONE_NORMAL],
	};
	unsigned int order;
	int err;

	err = zone_for_each(run, zone_look_accounting);
	/* The first trade finds out which zone it is that serves the kernel. */
	if (!err)
		err = zone_trade_block(run, ZONE_BLOCK_ORDER, &trade);
	for (order = ZONE_BLOCK_ORDER;
	     !err && order <= zone_last_direct_order(); order++) {
		if (mm_budget(run) >> order)
			err = zone_expect_trade(run, order, &trade);
	}
	return err;
}

/*
 * The indices by another route: each block on its own, cut into requests, and
 * the quotients checked by multiplying.
 */
struct zone_tally {
	s64 nr_blocks;
	s64 nr_free;
	s64 nr_usable;
};

static void zone_tally_block(struct zone_tally *tally, unsigned long nr_pages,
			     unsigned long nr_requested)
{
	unsigned long offset;

	tally->nr_blocks++;
	tally->nr_free += nr_pages;
	for (offset = 0; offset + nr_requested <= nr_pages;
	     offset += nr_requested)
		tally->nr_usable += nr_requested;
}

static struct zone_tally zone_tally(const struct zone_blocks *blocks,
				    unsigned int order)
{
	struct zone_tally tally = { };
	unsigned long i;
	unsigned int o;

	for (o = 0; o < ZONE_NR_ORDERS; o++)
		for (i = 0; i < blocks->nr[o]; i++)
			zone_tally_block(&tally, 1UL << o, 1UL << order);
	return tally;
}

static bool zone_unusable_agrees(const struct zone_tally *tally, s64 index)
{
	s64 unusable = 1000 * (tally->nr_free - tally->nr_usable);

	if (!tally->nr_free)
		return index == 1000;
	return index * tally->nr_free <= unusable &&
	       unusable < (index + 1) * tally->nr_free;
}

static bool zone_fragmentation_agrees(const struct zone_tally *tally,
				      s64 nr_requested, s64 index)
{
	s64 quotient = 1000 - index;

	if (!tally->nr_blocks)
		return index == 0;
	if (tally->nr_usable)
		return index == -1000;
	return (quotient * tally->nr_blocks - 1000) * nr_requested <=
	       1000 * tally->nr_free &&
	       1000 * tally->nr_free <
	       ((quotient + 1) * tally->nr_blocks - 1000) * nr_requested;
}

static void zone_expect_indices(struct mm_run *run,
				const struct zone_blocks *blocks,
				unsigned int order)
{
	struct zone_tally tally = zone_tally(blocks, order);
	int unusable = zone_unusable_index(blocks, order);
	int fragmentation = zone_fragmentation_index(blocks, order);

	mm_expect(run, zone_unusable_agrees(&tally, unusable),
		  "order %u, %lld free pages, %lld of use: the unusable-free index cannot be %d thousandths",
		  order, tally.nr_free, tally.nr_usable, unusable);
	mm_expect(run, zone_fragmentation_agrees(&tally, 1LL << order,
						 fragmentation),
		  "order %u, %lld free pages in %lld blocks, %lld of use: the fragmentation index cannot be %d thousandths",
		  order, tally.nr_free, tally.nr_blocks, tally.nr_usable,
		  fragmentation);
}

#define ZONE_NR_MODELS	64

/* Few orders have blocks, so that requests of the others fail. */
static void zone_look_models(struct mm_run *run)
{
	unsigned int i, order;

	for (i = 0; i < ZONE_NR_MODELS; i++) {
		unsigned int top = mm_random(run, ZONE_NR_ORDERS + 1);
		struct zone_blocks blocks = { };

		for (order = 0; order < top; order++)
			blocks.nr[order] = mm_random(run, 8);
		for (order = 0; order < ZONE_NR_ORDERS; order++)
			zone_expect_indices(run, &blocks, order);
	}
	mm_note(run, "the indices of %u made-up zones are as defined",
		ZONE_NR_MODELS);
}

/* What holds for the indices of any free memory. */
static void zone_look_indices(struct mm_run *run,
			      const struct zone_snapshot *shot)
{
	const struct zone_blocks *blocks = &shot->blocks;
	unsigned int order;
	int before = 0;

	mm_note(run,
		"node %d %s: unusable for order %u: %d, for order %d: %d thousandths of what is free",
		shot->nid, shot->name, ZONE_BLOCK_ORDER,
		zone_unusable_index(blocks, ZONE_BLOCK_ORDER), MM_MAX_ORDER,
		zone_unusable_index(blocks, MM_MAX_ORDER));
	for (order = 0; order < ZONE_NR_ORDERS; order++) {
		int index = zone_unusable_index(blocks, order);
		bool served = zone_blocks_usable(blocks, order);

		mm_expect(run, before <= index && index <= 1000,
			  "node %d %s, order %u: expected an unusable-free index of %d to 1000 thousandths, saw %d",
			  shot->nid, shot->name, order, before, index);
		before = index;
		index = zone_fragmentation_index(blocks, order);
		mm_expect(run, served == (index == -1000),
			  "node %d %s, order %u: %lu pages are free in blocks of use, saw a fragmentation index of %d thousandths",
			  shot->nid, shot->name, order,
			  zone_blocks_usable(blocks, order), index);
	}
}

/* Blocks of ZONE_BLOCK_ORDER: at 2i and 2i + 1 stand two that are buddies. */
struct zone_hoard {
	struct zone *zone;
	unsigned int nr_blocks;
	struct page *blocks[];
};

static int zone_compare_pages(const void *a, const void *b)
{
	unsigned long left = page_to_pfn(*(struct page * const *)a);
	unsigned long right = page_to_pfn(*(struct page * const *)b);

	return left < right ? -1 : left > right;
}

static void zone_hoard_free(struct mm_run *run, struct zone_hoard *hoard,
			    unsigned int first, unsigned int step)
{
	unsigned int i;

	for (i = first; i < hoard->nr_blocks; i += step) {
		mm_free_pages(run, hoard->blocks[i], ZONE_BLOCK_ORDER);
		hoard->blocks[i] = NULL;
	}
}

static void zone_hoard_take(struct mm_run *run, struct zone_hoard *hoard,
			    unsigned int nr_blocks)
{
	hoard->nr_blocks = 0;
	while (hoard->nr_blocks < nr_blocks) {
		struct page *page = mm_alloc_pages(run, GFP_KERNEL,
						   ZONE_BLOCK_ORDER);

		if (!page)
			break;
		hoard->blocks[hoard->nr_blocks++] = page;
	}
	sort(hoard->blocks, hoard->nr_blocks, sizeof(*hoard->blocks),
	     zone_compare_pages, NULL);
}

static bool zone_is_buddy(const struct page *page, const struct page *other)
{
	return (page_to_pfn(page) ^ ZONE_BLOCK_PAGES) == page_to_pfn(other) &&
	       page_zone(page) == page_zone(other);
}

/* Keeps the pairs of one zone, gives the rest back. */
static void zone_hoard_pair(struct mm_run *run, struct zone_hoard *hoard)
{
	unsigned int nr_kept = 0;
	unsigned int i = 0;

	hoard->zone = NULL;
	while (i < hoard->nr_blocks) {
		struct page **two = &hoard->blocks[i];
		bool pair = i + 1 < hoard->nr_blocks &&
			    zone_is_buddy(two[0], two[1]) &&
			    (!hoard->zone || hoard->zone == page_zone(*two));

		if (!pair) {
			mm_free_pages(run, *two, ZONE_BLOCK_ORDER);
			i++;
			continue;
		}
		hoard->zone = page_zone(*two);
		hoard->blocks[nr_kept++] = two[0];
		hoard->blocks[nr_kept++] = two[1];
		i += 2;
	}
	hoard->nr_blocks = nr_kept;
}

/* The zone with all pairs held, with half of each free, with both free. */
struct zone_stages {
	struct zone_blocks held;
	struct zone_blocks halves;
	struct zone_blocks whole;
};

static void zone_hoard_release(struct mm_run *run, struct zone_hoard *hoard,
			       struct zone_stages *stages)
{
	zone_blocks_read(hoard->zone, &stages->held);
	zone_hoard_free(run, hoard, 1, 2);
	zone_blocks_read(hoard->zone, &stages->halves);
	zone_hoard_free(run, hoard, 0, 2);
	zone_blocks_read(hoard->zone, &stages->whole);
}

/* Free pages that a request of one order more than a half cannot have. */
static long zone_stuck(const struct zone_blocks *blocks)
{
	return zone_blocks_pages(blocks) -
	       zone_blocks_usable(blocks, ZONE_BLOCK_ORDER + 1);
}

static int zone_stuck_index(const struct zone_blocks *blocks)
{
	return zone_unusable_index(blocks, ZONE_BLOCK_ORDER + 1);
}

/*
 * Others that allocate and free at the same time move the figures too, hence
 * at least half of what the halves alone would move.
 */
static bool zone_stages_show(const struct zone_stages *stages, long nr_halves)
{
	long half = nr_halves * (long)ZONE_BLOCK_PAGES / 2;
	long stuck = zone_stuck(&stages->halves);
	int index = zone_stuck_index(&stages->halves);

	return stuck - zone_stuck(&stages->held) >= half &&
	       stuck - zone_stuck(&stages->whole) >= half &&
	       index >= zone_stuck_index(&stages->held) &&
	       index >= zone_stuck_index(&stages->whole);
}

static void zone_expect_stages(struct mm_run *run, bool shown,
			       const struct zone_hoard *hoard,
			       const struct zone_stages *stages)
{
	unsigned int nr_halves = hoard->nr_blocks / 2;

	mm_note(run,
		"free pages too small for order %u: %ld; with %u order-%u blocks freed whose buddies are held: %ld; with the buddies freed: %ld",
		ZONE_BLOCK_ORDER + 1, zone_stuck(&stages->held), nr_halves,
		ZONE_BLOCK_ORDER, zone_stuck(&stages->halves),
		zone_stuck(&stages->whole));
	mm_note(run,
		"the unusable-free index of order %u went from %d to %d and to %d thousandths",
		ZONE_BLOCK_ORDER + 1, zone_stuck_index(&stages->held),
		zone_stuck_index(&stages->halves),
		zone_stuck_index(&stages->whole));
	mm_expect(run, shown,
		  "expected %lu pages to become unusable for order %u and usable again, saw %ld, %ld and %ld unusable",
		  nr_halves * ZONE_BLOCK_PAGES, ZONE_BLOCK_ORDER + 1,
		  zone_stuck(&stages->held), zone_stuck(&stages->halves),
		  zone_stuck(&stages->whole));
}

static int zone_look_stages(struct mm_run *run, struct zone_hoard *hoard,
			    unsigned int nr_blocks)
{
	struct zone_stages stages = { };
	unsigned int tries = 0;
	bool shown = false;

	do {
		zone_hoard_take(run, hoard, nr_blocks);
		if (!hoard->nr_blocks)
			return -ENOMEM;
		zone_hoard_pair(run, hoard);
		if (!hoard->nr_blocks)
			continue;
		zone_hoard_release(run, hoard, &stages);
		shown = zone_stages_show(&stages, hoard->nr_blocks / 2);
	} while (!shown && zone_try_again(run, &tries));

	zone_expect_stages(run, shown, hoard, &stages);
	return mm_yield();
}

static int zone_make_fragments(struct mm_run *run)
{
	unsigned int nr_blocks = min_t(unsigned long, mm_arg(run, "nr"),
				       mm_budget(run) >> ZONE_BLOCK_ORDER);
	struct zone_hoard *hoard;
	int err;

	hoard = kvzalloc(struct_size(hoard, blocks, nr_blocks),
			 GFP_KERNEL | __GFP_NOWARN);
	if (!hoard)
		return -ENOMEM;
	err = zone_look_stages(run, hoard, nr_blocks);
	kvfree(hoard);
	return err;
}

static int zone_fragmentation_indices(struct mm_run *run)
{
	int err;

	zone_look_models(run);
	err = zone_for_each(run, zone_look_indices);
	return err ?: zone_make_fragments(run);
}

static const struct mm_param zone_fragmentation_params[] = {
	{ .name = "nr", .def = 128, .min = 16, .max = 4096 },
	{ }
};

/* Pages of the node that a request for @type can have and one for @shot's not. */
static long zone_managed_above(const struct zone_snapshot *shot,
			       unsigned int type)
{
	struct zone *zones = NODE_DATA(shot->nid)->node_zones;
	long nr_pages = 0;
	unsigned int i;

	for (i = shot->type + 1; i <= type; i++)
		nr_pages += zone_managed_pages(&zones[i]);
	return nr_pages;
}

/*
 * setup_per_zone_lowmem_reserve(): the pages above, through a ratio of one or
 * more, or nothing where the ratio is 0.
 */
static void zone_look_reserve(struct mm_run *run,
			      const struct zone_snapshot *shot)
{
	const struct zone *zones = NODE_DATA(shot->nid)->node_zones;
	long before = 0;
	unsigned int i;

	for (i = 0; i < MAX_NR_ZONES; i++) {
		long above = zone_managed_above(shot, i);
		long reserve = shot->reserve[i];

		if (reserve != before)
			mm_note(run,
				"node %d %s keeps %ld pages from a request for %s, which could have %ld pages elsewhere",
				shot->nid, shot->name, reserve, zones[i].name,
				above);
		mm_expect(run, before <= reserve && reserve <= above,
			  "node %d %s: expected %ld to %ld pages kept from a request for %s, saw %ld",
			  shot->nid, shot->name, before, above, zones[i].name,
			  reserve);
		before = reserve;
	}
}

static int zone_lowmem_reserve(struct mm_run *run)
{
	return zone_for_each(run, zone_look_reserve);
}

/* A page freed and taken again: the CPU's list and the zone's free blocks. */
struct zone_pcp_trade {
	struct zone *zone;
	int cpu;
	unsigned long pfn;
	int held[3];
	long in_blocks[3];
};

static void zone_pcp_look(struct zone_pcp_trade *trade, unsigned int i)
{
	const struct per_cpu_pages *pcp =
		per_cpu_ptr(trade->zone->per_cpu_pageset, trade->cpu);
	struct zone_blocks blocks;

	trade->held[i] = READ_ONCE(pcp->count);
	zone_blocks_read(trade->zone, &blocks);
	trade->in_blocks[i] = zone_blocks_pages(&blocks);
}

static int zone_pcp_exchange(struct mm_run *run, struct zone_pcp_trade *trade)
{
	struct page *page = mm_alloc_pages(run, GFP_KERNEL, 0);

	if (!page)
		return -ENOMEM;
	migrate_disable();
	trade->cpu = smp_processor_id();
	trade->zone = page_zone(page);
	trade->pfn = page_to_pfn(page);
	zone_pcp_look(trade, 0);
	mm_free_pages(run, page, 0);
	zone_pcp_look(trade, 1);
	page = mm_alloc_pages(run, GFP_KERNEL, 0);
	zone_pcp_look(trade, 2);
	migrate_enable();
	mm_free_pages(run, page, 0);
	return page ? 0 : -ENOMEM;
}

static bool zone_pcp_kept(const struct zone_pcp_trade *trade)
{
	return trade->held[1] == trade->held[0] + 1 &&
	       trade->held[2] == trade->held[0] &&
	       trade->in_blocks[1] == trade->in_blocks[0] &&
	       trade->in_blocks[2] == trade->in_blocks[0];
}

/* A list that stood at its high mark gives a batch back: look again then. */
static int zone_per_cpu_list(struct mm_run *run)
{
	struct zone_pcp_trade trade;
	unsigned int tries = 0;
	bool kept;

	do {
		if (zone_pcp_exchange(run, &trade))
			return -ENOMEM;
		kept = zone_pcp_kept(&trade);
	} while (!kept && zone_try_again(run, &tries));

	mm_note(run,
		"frame %lu freed on CPU %d: its list in %s went from %d to %d pages, the zone's free blocks from %ld to %ld",
		trade.pfn, trade.cpu, trade.zone->name, trade.held[0],
		trade.held[1], trade.in_blocks[0], trade.in_blocks[1]);
	mm_note(run,
		"a page taken again: the list at %d pages, the free blocks at %ld",
		trade.held[2], trade.in_blocks[2]);
	mm_expect(run, kept,
		  "frame %lu on CPU %d: expected the list to go from %d pages to one more and back, saw %d and %d; the free blocks to stay at %ld, saw %ld and %ld",
		  trade.pfn, trade.cpu, trade.held[0], trade.held[1],
		  trade.held[2], trade.in_blocks[0], trade.in_blocks[1],
		  trade.in_blocks[2]);
	return 0;
}

static const struct mm_experiment zone_experiments[] = {
	{
		.name = "extents",
		.claim =
			"a zone manages no more pages than are present in it, these are no more than it spans, a node's zones lie apart, and together they are the machine's memory",
		.run = zone_extents,
	},
	{
		.name = "watermarks",
		.claim =
			"every zone has three limits for its free pages, min <= low <= high",
		.run = zone_watermarks,
	},
	{
		.name = "free_accounting",
		.claim =
			"the free blocks of all orders add up to the zone's free pages, but for what the CPUs have not yet added to the counter",
		.run = zone_free_accounting,
	},
	{
		.name = "kinds",
		.claim =
			"each kind of zone that this kernel has keeps to its addresses, and there is a reason for each that is not here",
		.run = zone_kinds,
	},
	{
		.name = "fragmentation_indices",
		.claim =
			"the unusable-free index and the fragmentation index tell how fragmented free memory is, and holding every second block drives the first one up",
		.run = zone_fragmentation_indices,
		.params = zone_fragmentation_params,
	},
	{
		.name = "lowmem_reserve",
		.claim =
			"the more memory of higher zones a request could have, the more pages of its own a zone keeps from it",
		.run = zone_lowmem_reserve,
	},
	{
		.name = "per_cpu_list",
		.claim =
			"a page that is freed goes onto a list of its CPU and stands in none of its zone's free blocks",
		.run = zone_per_cpu_list,
	},
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
