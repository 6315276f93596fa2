// SPDX-License-Identifier: GPL-2.0
/*
 * The census: every online frame of every zone, counted once by its state.
 */
#include <linux/math64.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "mm_lab.h"
#include "page_frame.h"

static unsigned int page_fill_zones(struct page_census *census,
				    unsigned int nr_max)
{
	unsigned int i, n = 0;
	int nid;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES && n < nr_max; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];

			if (!populated_zone(zone))
				continue;
			census->zones[n].zone = zone;
			census->zones[n++].nid = nid;
		}
	}
	return n;
}

/**
 * page_census_new - room for a census of this machine
 *
 * Context: may sleep.
 * Return: for page_census_take() and page_census_free(), or NULL when memory
 * ran out.
 */
struct page_census *page_census_new(void)
{
	unsigned int nr_max = num_online_nodes() * MAX_NR_ZONES;
	struct page_census *census;

	census = kvzalloc(struct_size(census, zones, nr_max),
			  GFP_KERNEL | __GFP_NOWARN);
	if (census)
		census->nr_zones = page_fill_zones(census, nr_max);
	return census;
}

/**
 * page_census_free - free a census
 * @census: of page_census_new(), or NULL
 */
void page_census_free(struct page_census *census)
{
	kvfree(census);
}

static void page_zone_reset(struct page_zone_census *z)
{
	*z = (struct page_zone_census){
		.zone = z->zone,
		.nid = z->nid,
		.start = z->zone->zone_start_pfn,
		.nr_spanned = READ_ONCE(z->zone->spanned_pages),
		.nr_present = READ_ONCE(z->zone->present_pages),
	};
}

/*
 * Counts the frame and those after it in the same block. Returns how many.
 * What follows in a block is in the block's state, whatever its own struct
 * page says by the time that it would be its turn: so each is counted once.
 */
static unsigned long page_count_block(struct page_zone_census *z,
				      struct page *page, unsigned long pfn,
				      unsigned long end)
{
	struct page_frame frame;
	enum page_state state;
	unsigned long nr;

	page_look(page, pfn, &frame);
	nr = min(frame.head + (1UL << frame.order), end) - pfn;
	if (mm_page_flags(page) == ULONG_MAX || page_zone(page) != z->zone) {
		z->nr_foreign += nr;
		return nr;
	}
	state = page_classify(frame.traits);
	z->nr_frames += nr;
	z->nr_in[state] += nr;
	if (state == PAGE_STATE_FREE)
		z->nr_free[frame.order] += nr;
	return nr;
}

/* Counts from @pfn to the end of its chunk or further. Returns where it got. */
static unsigned long page_count_chunk(struct page_zone_census *z,
				      unsigned long pfn, unsigned long end)
{
	unsigned long stop = min(ALIGN(pfn + 1, PAGE_CHUNK), end);
	struct page *page;

	rcu_read_lock();
	page = pfn_to_online_page(pfn);
	if (!page) {
		z->nr_absent += stop - pfn;
		pfn = stop;
	}
	while (pfn < stop) {
		unsigned long nr = page_count_block(z, page, pfn, end);

		pfn += nr;
		page += nr;
	}
	rcu_read_unlock();
	return pfn;
}

static int page_count_zone(struct page_zone_census *z)
{
	unsigned long pfn, end;
	int ret = 0;

	page_zone_reset(z);
	end = z->start + z->nr_spanned;
	for (pfn = z->start; pfn < end && !ret; ret = mm_yield())
		pfn = page_count_chunk(z, pfn, end);
	return ret;
}

/**
 * page_census_take - count every online frame by its state
 * @census: of page_census_new()
 *
 * Nothing is locked: a frame that changes hands during the walk is counted
 * once, as it was when its turn came. Free blocks and compound blocks are
 * stepped over, so an idle machine is walked quickly.
 *
 * Context: process context; yields every few hundred frames.
 * Return: 0, -EINTR on a fatal signal, or another negative errno.
 */
int page_census_take(struct page_census *census)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < census->nr_zones && !ret; i++)
		ret = page_count_zone(&census->zones[i]);
	return ret;
}

/**
 * page_census_add - add the counts of one zone to a sum
 * @to: the sum; its @zone, @nid and @start stay
 * @from: the zone's
 */
void page_census_add(struct page_zone_census *to,
		     const struct page_zone_census *from)
{
	unsigned int i;

	to->nr_spanned += from->nr_spanned;
	to->nr_present += from->nr_present;
	to->nr_frames += from->nr_frames;
	to->nr_absent += from->nr_absent;
	to->nr_foreign += from->nr_foreign;
	for (i = 0; i < PAGE_NR_STATES; i++)
		to->nr_in[i] += from->nr_in[i];
	for (i = 0; i <= MM_MAX_ORDER; i++)
		to->nr_free[i] += from->nr_free[i];
}
EXPORT_SYMBOL_MM_LAB(page_census_add);

/**
 * page_cost_of - what a struct page for every frame costs
 * @cost: filled
 * @struct_size: bytes of struct page
 * @page_size: bytes of a frame
 *
 * A GiB has 2^30 / @page_size frames, and each costs @struct_size bytes.
 */
void page_cost_of(struct page_cost *cost, unsigned int struct_size,
		  unsigned long page_size)
{
	cost->per_gib = SZ_1G / page_size * struct_size;
	cost->millipercent =
		(100000UL * struct_size + page_size / 2) / page_size;
}
EXPORT_SYMBOL_MM_LAB(page_cost_of);
