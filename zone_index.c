// SPDX-License-Identifier: GPL-2.0
/*
 * How fragmented free memory is: two indices, computed from nothing but the
 * number of free blocks of each order.
 *
 * Both are defined in M. Gorman and A. Whitcroft, "The What, The Why and the
 * Where To of Anti-Fragmentation", 2006, and in M. Gorman's description of
 * memory compaction, 2010. Fractions are given in thousandths, rounded as the
 * kernel's extfrag files round them, to be compared with these.
 */
#include <linux/math64.h>

#include "zone_probe.h"

/**
 * zone_blocks_pages - the pages in free blocks
 * @blocks: the blocks
 *
 * Return: pages.
 */
unsigned long zone_blocks_pages(const struct zone_blocks *blocks)
{
	unsigned long nr_pages = 0;
	unsigned int order;

	for (order = 0; order < ZONE_NR_ORDERS; order++)
		nr_pages += blocks->nr[order] << order;
	return nr_pages;
}
EXPORT_SYMBOL_MM_LAB(zone_blocks_pages);

/**
 * zone_blocks_usable - the pages in blocks that a request fits into
 * @blocks: the blocks
 * @order: of the request
 *
 * Return: pages.
 */
unsigned long zone_blocks_usable(const struct zone_blocks *blocks,
				 unsigned int order)
{
	unsigned long nr_pages = 0;

	for (; order < ZONE_NR_ORDERS; order++)
		nr_pages += blocks->nr[order] << order;
	return nr_pages;
}
EXPORT_SYMBOL_MM_LAB(zone_blocks_usable);

static unsigned long zone_blocks_total(const struct zone_blocks *blocks)
{
	unsigned long total = 0;
	unsigned int order;

	for (order = 0; order < ZONE_NR_ORDERS; order++)
		total += blocks->nr[order];
	return total;
}

/**
 * zone_unusable_index - how much of the free memory is of no use to an order
 * @blocks: the free blocks
 * @order: of the request, MM_MAX_ORDER at the most
 *
 * The share of the free pages that stand in blocks smaller than the request:
 * (free - usable) / free. Where nothing is free, all of it is of no use.
 *
 * Return: thousandths, rounded down: 0 all is usable, 1000 nothing is.
 */
int zone_unusable_index(const struct zone_blocks *blocks, unsigned int order)
{
	unsigned long nr_free = zone_blocks_pages(blocks);
	unsigned long nr_usable = zone_blocks_usable(blocks, order);

	if (!nr_free)
		return 1000;
	return div64_u64((nr_free - nr_usable) * 1000ULL, nr_free);
}
EXPORT_SYMBOL_MM_LAB(zone_unusable_index);

/**
 * zone_fragmentation_index - why a request of an order would fail
 * @blocks: the free blocks
 * @order: of the request, MM_MAX_ORDER at the most
 *
 * 1 - (1 + free / requested) / blocks. Towards 0 the request fails because too
 * little is free, towards 1 because what is free stands in many small blocks.
 * One or two blocks just below the request give a value below 0.
 *
 * Return: thousandths; 0 where nothing is free; -1000 where a block is large
 * enough, and the request would not fail.
 */
int zone_fragmentation_index(const struct zone_blocks *blocks,
			     unsigned int order)
{
	unsigned long total = zone_blocks_total(blocks);
	u64 requests;

	if (!total)
		return 0;
	if (zone_blocks_usable(blocks, order))
		return -1000;
	requests = (zone_blocks_pages(blocks) * 1000ULL) >> order;
	return 1000 - (int)div64_u64(1000 + requests, total);
}
EXPORT_SYMBOL_MM_LAB(zone_fragmentation_index);
