// SPDX-License-Identifier: GPL-2.0
/*
 * The buddy room: where frames lie, how large blocks get, and where it ends.
 */
#include <linux/delay.h>
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/panic.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include "buddy_probe.h"
#include "compat.h"

/* Blocks of each order that alignment looks at. */
#define BUDDY_ALIGN_NR	8
/* The same, of zones that are small and wanted by devices. */
#define BUDDY_ALIGN_FEW	2
/* Pages asked of each modifier, and of each node. */
#define BUDDY_ASK_NR	32
/* Pages that others may take or give while exhaustion counts. */
#define BUDDY_NOISE	64
/* How long the free count may take to come back. */
#define BUDDY_WAIT_MS	2000

const struct mm_param buddy_node_params[] = {
	/* the default means every node */
	{ "node", MAX_NUMNODES, 0, MAX_NUMNODES },
	{ }
};

const struct mm_param buddy_vmalloc_params[] = {
	{ "nr", 64, 2, 1024 },
	{ }
};

/* Whether any frame of a held block is on a buddy list. */
static void buddy_check_held(struct mm_run *run, const struct buddy_set *set,
			     unsigned int i)
{
	unsigned long pfn = buddy_set_pfn(set, i);
	struct buddy_block block;
	unsigned long j;

	for (j = 0; j < 1UL << set->order; j++)
		if (!mm_expect(run, !buddy_find_free(pfn + j, &block),
			       "order %u, PFN %#lx: expected 2^%u frames to be ours, PFN %#lx is free",
			       set->order, pfn, set->order, pfn + j))
			return;
}

static void buddy_check_aligned(struct mm_run *run, struct buddy_set *set,
				const char *name)
{
	unsigned int order = set->order;
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		unsigned long pfn = buddy_set_pfn(set, i);

		mm_expect(run, buddy_aligned(pfn, order),
			  "%s, order %u: expected a PFN that is a multiple of %lu, saw PFN %#lx",
			  name, order, 1UL << order, pfn);
		buddy_check_held(run, set, i);
	}
	buddy_set_sort(set);
	buddy_set_distinct(run, set);
}

static int buddy_align_order(struct mm_run *run, unsigned int order)
{
	struct buddy_set set;
	int ret;

	ret = buddy_set_take(run, &set, order, BUDDY_ALIGN_NR, GFP_KERNEL);
	if (ret)
		goto out;
	if (!set.nr) {
		mm_note(run, "order %u: not to be had within the budget", order);
		/* What is always there tells a small budget from a fault. */
		if (order <= PAGE_ALLOC_COSTLY_ORDER)
			ret = -ENOMEM;
		goto out;
	}
	mm_note(run, "order %2u: %u blocks, PFN %#lx = %lu * 2^%u the first",
		order, set.nr, buddy_set_pfn(&set, 0),
		buddy_set_pfn(&set, 0) >> order, order);
	buddy_check_aligned(run, &set, "GFP_KERNEL");
out:
	buddy_set_exit(run, &set);
	return ret;
}

/*
 * What the zones for devices have, where GFP_KERNEL looks last. Nothing is
 * reclaimed for it, and a zone may have no block to spare.
 */
static int buddy_align_low(struct mm_run *run, const char *name, gfp_t gfp)
{
	unsigned int order, nr = 0;
	struct buddy_set set;
	int ret = 0;

	for (order = 0; order <= MM_MAX_ORDER && !ret; order++) {
		ret = buddy_set_take(run, &set, order, BUDDY_ALIGN_FEW,
				     gfp & ~__GFP_RECLAIM);
		if (!ret)
			buddy_check_aligned(run, &set, name);
		nr += set.nr;
		buddy_set_exit(run, &set);
	}
	mm_note(run, "%s: %u blocks of orders up to %u", name, nr,
		MM_MAX_ORDER);
	return ret;
}

/* The free blocks of all zones, also those that nobody asks for. */
static int buddy_align_free(struct mm_run *run)
{
	struct buddy_survey survey;
	int ret;

	ret = buddy_survey(run, &survey, buddy_survey_aligned);
	if (ret)
		return ret;
	mm_note(run, "%lu free blocks in all zones, not aligned: %lu",
		survey.nr_blocks, survey.nr_misaligned);
	mm_expect(run, !survey.nr_misaligned,
		  "free blocks: expected each to start at a multiple of its size, saw %lu that do not, of order %u at PFN %#lx the last",
		  survey.nr_misaligned, survey.misaligned.order,
		  survey.misaligned.pfn);
	return 0;
}

/**
 * buddy_alignment - blocks are naturally aligned
 * @run: the run
 *
 * What is free is looked at first: to take a block that lies across others
 * may be the end.
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_alignment(struct mm_run *run)
{
	struct mm_mark mark;
	unsigned int order;
	int ret;

	ret = buddy_align_free(run);
	mm_mark(run, &mark);
	if (ret || mark.nr_failures)
		return ret;
	for (order = 0; order <= MM_MAX_ORDER && !ret; order++)
		ret = buddy_align_order(run, order);
	if (!ret && IS_ENABLED(CONFIG_ZONE_DMA32))
		ret = buddy_align_low(run, "GFP_DMA32", GFP_KERNEL | GFP_DMA32);
	if (!ret && IS_ENABLED(CONFIG_ZONE_DMA))
		ret = buddy_align_low(run, "GFP_DMA", GFP_KERNEL | GFP_DMA);
	return ret;
}

/* Free blocks of the largest order that a GFP_KERNEL request may take. */
static unsigned long buddy_nr_largest(void)
{
	unsigned long nr = 0;
	int nid, i;

	for_each_node_state(nid, N_MEMORY) {
		for (i = 0; i <= ZONE_NORMAL; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];
			unsigned long spare = high_wmark_pages(zone) +
				zone->lowmem_reserve[ZONE_NORMAL] +
				(1UL << MM_MAX_ORDER);

			if (zone_page_state(zone, NR_FREE_PAGES) > spare)
				nr += READ_ONCE(zone->free_area[MM_MAX_ORDER].nr_free);
		}
	}
	return nr;
}

static void buddy_beyond_limit(struct mm_run *run)
{
	unsigned int order = MM_MAX_ORDER + 1;
	bool warned = test_taint(TAINT_WARN);
	struct page *page;

	/* Charged to nobody: it must not be had. */
	page = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, order);
	mm_note(run, "order %u: %s%s", order, page ? "a block" : "NULL",
		!warned && test_taint(TAINT_WARN) ? " and a warning" : "");
	/* What warns once only has perhaps done so. */
	if (warned)
		mm_note(run, "the kernel gave a warning before: another may not be seen");
	if (!mm_expect(run, !page, "order %u: expected NULL, got PFN %#lx",
		       order, page ? page_to_pfn(page) : 0))
		__free_pages(page, order);
	mm_expect(run, warned || !test_taint(TAINT_WARN),
		  "order %u: expected no warning, the kernel gave one",
		  order);
}

/*
 * Gives a block of the largest order back. Whether it is one free block then;
 * another CPU may have split it.
 */
static bool buddy_return_largest(struct mm_run *run, struct page *page,
				 struct buddy_block *block)
{
	unsigned long pfn = page_to_pfn(page);
	struct buddy_pin pin;
	bool found;

	*block = (struct buddy_block){ };
	buddy_pin(&pin);
	mm_free_pages(run, page, MM_MAX_ORDER);
	found = buddy_find_free(pfn, block);
	buddy_unpin(&pin);
	return found && block->order == MM_MAX_ORDER;
}

static int buddy_judge_largest(struct mm_run *run, struct page *page)
{
	unsigned int tries = 0;
	struct buddy_block block;
	unsigned long pfn;
	bool whole;

	mm_note(run, "order %u: %lu KiB at PFN %#lx", MM_MAX_ORDER,
		PAGE_SIZE >> 10 << MM_MAX_ORDER, page_to_pfn(page));
	mm_expect(run, buddy_aligned(page_to_pfn(page), MM_MAX_ORDER),
		  "order %u: expected a multiple of 2^%u, got PFN %#lx",
		  MM_MAX_ORDER, MM_MAX_ORDER, page_to_pfn(page));
	memset(page_address(page), 0, PAGE_SIZE << MM_MAX_ORDER);
	if (buddy_passes_pcp(MM_MAX_ORDER)) {
		mm_free_pages(run, page, MM_MAX_ORDER);
		return 0;
	}
	do {
		pfn = page_to_pfn(page);
		whole = buddy_return_largest(run, page, &block);
		if (whole || !mm_try_again(run, &tries))
			break;
		page = mm_alloc_pages(run, GFP_KERNEL, MM_MAX_ORDER);
	} while (page);
	if (!page) {
		mm_note(run,
			"order %u: PFN %#lx was given back and is in pieces, and there is no other to be had",
			MM_MAX_ORDER, pfn);
		return buddy_expect_merged(run);
	}
	mm_expect(run, whole,
		  "order %u, PFN %#lx given back: expected one free block, not seen in %u tries, at last one of order %u at PFN %#lx",
		  MM_MAX_ORDER, pfn, tries, block.order, block.pfn);
	return 0;
}

/**
 * buddy_order_limit - the largest block, and none beyond
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_order_limit(struct mm_run *run)
{
	unsigned long size_kb = PAGE_SIZE >> 10 << MM_MAX_ORDER;
	unsigned int tries = 0;
	unsigned long nr_free;
	struct page *page;
	int ret = 0;

	buddy_beyond_limit(run);
	if (mm_budget(run) < 1UL << MM_MAX_ORDER)
		return mm_skip(run,
			       "a block of the largest order takes %lu KiB, the budget is %lu pages",
			       size_kb, mm_budget(run));
	do {
		nr_free = buddy_nr_largest();
		page = mm_alloc_pages(run, GFP_KERNEL, MM_MAX_ORDER);
	} while (!page && nr_free && mm_try_again(run, &tries));

	if (!page && !nr_free) {
		/* A fault may be why there is none. */
		ret = buddy_expect_merged(run);
		return ret ?: mm_skip(run,
				      "memory is too fragmented: no free block of order %u that may be had",
				      MM_MAX_ORDER) ?: mm_yield();
	}
	if (mm_expect(run, page, "order %u: expected one of %lu free blocks, got NULL",
		      MM_MAX_ORDER, nr_free))
		ret = buddy_judge_largest(run, page);
	return ret ?: mm_yield();
}

/**
 * struct buddy_modifier - what a zone modifier promises
 * @name: of the flags
 * @gfp: the flags
 * @zone: the highest zone that they allow; where it is not configured, the one
 *	that stands in for it (OPT_ZONE_* of gfp.h)
 * @end: the physical address that frames stay below, or 0
 */
struct buddy_modifier {
	const char *name;
	gfp_t gfp;
	enum zone_type zone;
	u64 end;
};

/*
 * ISA's 16 MiB and PCI's 4 GiB are x86's; elsewhere the limits depend on the
 * machine, and the zone's own end is all that is promised.
 */
#define BUDDY_END(config, size)	\
	(IS_ENABLED(CONFIG_X86) && IS_ENABLED(config) ? (size) : 0)

static const struct buddy_modifier buddy_modifiers[] = {
	{ "GFP_DMA", GFP_KERNEL | GFP_DMA, OPT_ZONE_DMA,
	  BUDDY_END(CONFIG_ZONE_DMA, SZ_16M) },
	{ "GFP_DMA32", GFP_KERNEL | GFP_DMA32, OPT_ZONE_DMA32,
	  BUDDY_END(CONFIG_ZONE_DMA32, 4ULL * SZ_1G) },
	{ "GFP_KERNEL", GFP_KERNEL, ZONE_NORMAL, 0 },
	{ "GFP_HIGHUSER", GFP_HIGHUSER, OPT_ZONE_HIGHMEM, 0 },
};

/* Managed and free pages of the zones that a modifier allows, on all nodes. */
struct buddy_supply {
	unsigned long nr_managed;
	unsigned long nr_free;		/* on the buddy lists */
	unsigned long nr_pcp;		/* on the per-CPU lists */
	unsigned long nr_kept;		/* what the watermarks keep back */
	unsigned long nr_min;		/* of that, for sure */
};

/*
 * What no request without a right to reserves leaves less of in a zone. The
 * allocator goes by a count that lags behind by a CPU's share, twice: when it
 * looks, and when the page is taken.
 */
static unsigned long buddy_zone_min(struct zone *zone, enum zone_type type,
				    unsigned long nr_free)
{
	unsigned long least = zone->_watermark[WMARK_MIN] +
			      zone->lowmem_reserve[type];
	unsigned long lag = 0;

#ifdef CONFIG_SMP
	lag = 2 * raw_cpu_ptr(zone->per_cpu_zonestats)->stat_threshold;
#endif
	least = min(least, nr_free);
	return least > lag ? least - lag : 0;
}

static void buddy_add_supply(struct buddy_supply *supply, struct zone *zone,
			     enum zone_type type)
{
	unsigned long nr_free = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	unsigned int cpu;

	supply->nr_managed += zone_managed_pages(zone);
	supply->nr_free += nr_free;
	supply->nr_min += buddy_zone_min(zone, type, nr_free);
	supply->nr_kept += high_wmark_pages(zone) +
			   zone->lowmem_reserve[type] +
			   zone->nr_reserved_highatomic +
			   zone_page_state(zone, NR_FREE_CMA_PAGES);
	for_each_online_cpu(cpu)
		supply->nr_pcp += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset,
							cpu)->count);
}

static struct buddy_supply buddy_get_supply(enum zone_type type)
{
	struct buddy_supply supply = { };
	int nid, i;

	for_each_node_state(nid, N_MEMORY) {
		for (i = 0; i <= type; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];

			if (populated_zone(zone))
				buddy_add_supply(&supply, zone, type);
		}
	}
	return supply;
}

/*
 * The zone that a request begins with, where it has so much that nothing makes
 * the allocator turn elsewhere; or NULL.
 */
static struct zone *buddy_first_choice(enum zone_type type)
{
	int i;

	for (i = type; i >= 0; i--) {
		struct zone *zone = &NODE_DATA(numa_mem_id())->node_zones[i];
		unsigned long enough;

		if (!populated_zone(zone))
			continue;
		enough = 4 * high_wmark_pages(zone) +
			 zone->lowmem_reserve[type] +
			 4 * (1UL << MM_MAX_ORDER);
		if (zone_page_state(zone, NR_FREE_PAGES) > enough &&
		    READ_ONCE(zone->free_area[MM_MAX_ORDER].nr_free))
			return zone;
		return NULL;
	}
	return NULL;
}

static void buddy_check_zone(struct mm_run *run,
			     const struct buddy_modifier *mod,
			     struct page *page)
{
	phys_addr_t end = page_to_phys(page) + PAGE_SIZE - 1;
	unsigned long pfn = page_to_pfn(page);

	mm_expect(run, page_zonenum(page) <= mod->zone,
		  "%s: expected PFN %#lx in zone %u or below, saw zone %s",
		  mod->name, pfn, mod->zone, page_zone(page)->name);
	mm_expect(run, zone_spans_pfn(page_zone(page), pfn),
		  "%s: expected PFN %#lx within its zone %s",
		  mod->name, pfn, page_zone(page)->name);
	mm_expect(run, !mod->end || end < mod->end,
		  "%s: expected an address below %llu MiB, saw PFN %#lx",
		  mod->name, mod->end >> 20, pfn);
	if (mod->zone <= ZONE_NORMAL)
		mm_expect(run, !PageHighMem(page) && page_address(page),
			  "%s: expected PFN %#lx to have a permanent address",
			  mod->name, pfn);
}

/* A task that moved, or a memory policy, may have begun on another node. */
static bool buddy_is_choice(const struct page *page, struct zone *first)
{
	return first && (page_zone(page) == first ||
			 page_to_nid(page) != zone_to_nid(first));
}

static void buddy_judge_modifier(struct mm_run *run,
				 const struct buddy_modifier *mod,
				 const struct buddy_set *set,
				 struct zone *first)
{
	unsigned int i, nr_first = 0;
	const struct zone *zone = page_zone(set->pages[0]);

	for (i = 0; i < set->nr; i++) {
		buddy_check_zone(run, mod, set->pages[i]);
		nr_first += buddy_is_choice(set->pages[i], first);
	}
	mm_note(run, "%s: %u pages, PFN %#lx of zone %s the first (%llu MiB)",
		mod->name, set->nr, buddy_set_pfn(set, 0), zone->name,
		(u64)page_to_phys(set->pages[0]) >> 20);
	if (first)
		mm_expect(run, nr_first,
			  "%s: expected pages of zone %s, which has plenty, %u pages came from elsewhere, PFN %#lx of %s the first",
			  mod->name, first->name, set->nr,
			  buddy_set_pfn(set, 0), zone->name);
}

static int buddy_try_modifier(struct mm_run *run,
			      const struct buddy_modifier *mod)
{
	struct buddy_supply supply = buddy_get_supply(mod->zone);
	struct zone *first = buddy_first_choice(mod->zone);
	struct buddy_set set;
	int ret;

	ret = buddy_set_take(run, &set, 0, BUDDY_ASK_NR, mod->gfp);
	if (ret)
		goto out;
	if (set.nr) {
		buddy_judge_modifier(run, mod, &set, first);
	} else {
		mm_note(run, "%s: NULL; the zones that it allows manage %lu pages, %lu are free",
			mod->name, supply.nr_managed, supply.nr_free);
		mm_expect(run, supply.nr_free <= supply.nr_kept,
			  "%s: expected pages, as %lu are free, got NULL",
			  mod->name, supply.nr_free);
	}
out:
	buddy_set_exit(run, &set);
	return ret;
}

/**
 * buddy_zone_modifiers - each modifier keeps its promise
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_zone_modifiers(struct mm_run *run)
{
	unsigned int i;
	int ret = 0;

	if (!IS_ENABLED(CONFIG_ZONE_DMA))
		mm_note(run, "this kernel has no ZONE_DMA: GFP_DMA allows what GFP_KERNEL does");
	if (!IS_ENABLED(CONFIG_ZONE_DMA32))
		mm_note(run,
			"this kernel has no ZONE_DMA32: GFP_DMA32 allows what GFP_KERNEL does");
	if (!IS_ENABLED(CONFIG_HIGHMEM))
		mm_note(run,
			"this kernel has no ZONE_HIGHMEM: GFP_HIGHUSER allows what GFP_KERNEL does");
	for (i = 0; i < ARRAY_SIZE(buddy_modifiers) && !ret; i++)
		ret = buddy_try_modifier(run, &buddy_modifiers[i]);
	return ret;
}

static void buddy_map_fill(struct page *page, unsigned char value)
{
	void *addr = kmap_local_page(page);

	memset(addr, value, PAGE_SIZE);
	kunmap_local(addr);
}

static bool buddy_map_check(struct page *page, unsigned char value)
{
	void *addr = kmap_local_page(page);
	bool same = !memchr_inv(addr, value, PAGE_SIZE);

	kunmap_local(addr);
	return same;
}

static unsigned int buddy_judge_highmem(struct mm_run *run,
					const struct buddy_set *set)
{
	unsigned int i, nr_high = 0;

	for (i = 0; i < set->nr; i++)
		if (PageHighMem(set->pages[i]))
			buddy_map_fill(set->pages[i], i);
	for (i = 0; i < set->nr; i++) {
		struct page *page = set->pages[i];

		if (!PageHighMem(page))
			continue;
		nr_high++;
		mm_expect(run, !page_address(page),
			  "PFN %#lx of zone %s: expected no permanent address, it has one",
			  page_to_pfn(page), page_zone(page)->name);
		mm_expect(run, buddy_map_check(page, i),
			  "PFN %#lx: expected the second mapping to read what the first wrote",
			  page_to_pfn(page));
	}
	return nr_high;
}

/**
 * buddy_highmem_unmapped - highmem is reached by temporary mappings alone
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_highmem_unmapped(struct mm_run *run)
{
	struct buddy_set set;
	unsigned int nr;
	int ret;

	if (!IS_ENABLED(CONFIG_HIGHMEM))
		return mm_skip(run,
			       "this kernel has no ZONE_HIGHMEM: every frame has a permanent address");
	if (!totalhigh_pages())
		return mm_skip(run, "this machine has no memory in ZONE_HIGHMEM");
	ret = buddy_set_take(run, &set, 0, BUDDY_ASK_NR, GFP_HIGHUSER);
	if (!ret) {
		nr = buddy_judge_highmem(run, &set);
		mm_note(run, "%u of %u pages are of ZONE_HIGHMEM", nr, set.nr);
		mm_expect(run, nr, "expected a frame of ZONE_HIGHMEM among %u, saw none",
			  set.nr);
	}
	buddy_set_exit(run, &set);
	return ret;
}

/* Expected values come from the PFN: an address is PFN * PAGE_SIZE + offset. */
static void buddy_check_addresses(struct mm_run *run, struct page *page)
{
	unsigned long offset = mm_random(run, PAGE_SIZE);
	unsigned long pfn = page_to_pfn(page);
	phys_addr_t phys = (phys_addr_t)pfn * PAGE_SIZE;
	char *virt = page_address(page);

	mm_expect(run, pfn_to_page(pfn) == page, "PFN %#lx: expected its page back, saw another",
		  pfn);
	mm_expect(run, page_to_phys(page) == phys,
		  "PFN %#lx: expected physical address PFN * %lu, saw PFN %#lx",
		  pfn, PAGE_SIZE, (unsigned long)PHYS_PFN(page_to_phys(page)));
	mm_expect(run, virt_to_phys(virt + offset) == phys + offset,
		  "PFN %#lx offset %lu: expected the same of its virtual address, saw PFN %#lx",
		  pfn, offset,
		  (unsigned long)PHYS_PFN(virt_to_phys(virt + offset)));
	mm_expect(run, phys_to_virt(phys + offset) == virt + offset,
		  "PFN %#lx offset %lu: expected its virtual address back, saw another",
		  pfn, offset);
	mm_expect(run, virt_to_page(virt + offset) == page,
		  "PFN %#lx offset %lu: expected the page of its virtual address, saw PFN %#lx",
		  pfn, offset, page_to_pfn(virt_to_page(virt + offset)));
}

static int buddy_direct_map(struct mm_run *run)
{
	struct buddy_set set;
	unsigned int i;
	int ret;

	ret = buddy_set_take(run, &set, 0, BUDDY_ASK_NR, GFP_KERNEL);
	if (!ret && !set.nr)
		ret = -ENOMEM;
	for (i = 0; !ret && i < set.nr; i++)
		buddy_check_addresses(run, set.pages[i]);
	if (!ret)
		mm_note(run,
			"%u pages: PFN %#lx = physical %#lx * %lu, and virtual addresses convert back",
			set.nr, buddy_set_pfn(&set, 0), buddy_set_pfn(&set, 0),
			PAGE_SIZE);
	buddy_set_exit(run, &set);
	return ret;
}

/* What is written by virtual address is met in the frames, page by page. */
static bool buddy_maps_through(char *virt, unsigned int i, unsigned char value)
{
	struct page *page = vmalloc_to_page(virt + i * PAGE_SIZE);

	memset(virt + i * PAGE_SIZE, value, PAGE_SIZE);
	return page && buddy_map_check(page, value);
}

/* Runs of neighbouring frames under a virtual range. */
static unsigned int buddy_count_runs(const char *virt, unsigned int nr)
{
	unsigned int i, nr_runs = 1;

	for (i = 1; i < nr; i++)
		nr_runs += vmalloc_to_pfn(virt + i * PAGE_SIZE) !=
			   vmalloc_to_pfn(virt + (i - 1) * PAGE_SIZE) + 1;
	return nr_runs;
}

/* The frames that we choose, in falling order, under one virtual range. */
static int buddy_vmap_reversed(struct mm_run *run, unsigned int nr)
{
	struct buddy_set set;
	unsigned int i;
	char *virt;
	int ret;

	ret = buddy_set_take(run, &set, 0, nr, GFP_KERNEL);
	if (!ret && set.nr < 2)
		ret = -ENOMEM;
	if (ret)
		goto out;
	buddy_set_sort(&set);
	for (i = 0; i < set.nr / 2; i++)
		swap(set.pages[i], set.pages[set.nr - 1 - i]);
	virt = vmap(set.pages, set.nr, VM_MAP, PAGE_KERNEL);
	if (!virt) {
		ret = -ENOMEM;
		goto out;
	}
	for (i = 0; i < set.nr; i++)
		mm_expect(run, vmalloc_to_page(virt + i * PAGE_SIZE) == set.pages[i] &&
			  buddy_maps_through(virt, i, i),
			  "vmap, page %u: expected PFN %#lx behind it, saw PFN %#lx",
			  i, buddy_set_pfn(&set, i),
			  vmalloc_to_pfn(virt + i * PAGE_SIZE));
	mm_note(run,
		"vmap: %u pages in a row in virtual memory, from PFN %#lx down to PFN %#lx in physical",
		set.nr, buddy_set_pfn(&set, 0), buddy_set_pfn(&set, set.nr - 1));
	vunmap(virt);
out:
	buddy_set_exit(run, &set);
	return ret;
}

/* Leaves this CPU's list of free pages in no order of PFN. */
static int buddy_shuffle(struct mm_run *run, unsigned int nr)
{
	struct buddy_set set;
	unsigned int i;
	int ret;

	ret = buddy_set_take(run, &set, 0, nr, GFP_KERNEL);
	for (i = 1; !ret && i < set.nr; i++) {
		unsigned int j = mm_random(run, i + 1);

		swap(set.pages[i], set.pages[j]);
	}
	buddy_set_exit(run, &set);
	return ret;
}

static int buddy_vmalloc_once(struct mm_run *run, unsigned int nr,
			      unsigned int *nr_runs)
{
	unsigned int i, nr_bad = 0;
	char *virt;
	int ret;

	ret = buddy_shuffle(run, nr) ?: mm_charge(run, nr);
	if (ret)
		return ret;
	virt = __vmalloc(nr * PAGE_SIZE, GFP_KERNEL | __GFP_NORETRY |
			 __GFP_NOWARN);
	if (!virt) {
		ret = -ENOMEM;
		goto out;
	}
	for (i = 0; i < nr; i++)
		nr_bad += !buddy_maps_through(virt, i, i);
	mm_expect(run, is_vmalloc_addr(virt) && !nr_bad,
		  "vmalloc: expected %u pages in a row, %u are not to be reached",
		  nr, nr_bad);
	*nr_runs = buddy_count_runs(virt, nr);
	if (*nr_runs > 1)
		mm_note(run,
			"vmalloc: %u pages in a row in virtual memory, %u runs of frames, PFN %#lx and PFN %#lx the first pages'",
			nr, *nr_runs, vmalloc_to_pfn(virt),
			vmalloc_to_pfn(virt + PAGE_SIZE));
	vfree(virt);
out:
	mm_uncharge(run, nr);
	return ret ?: mm_yield();
}

/**
 * buddy_virtual_physical - page, PFN, physical and virtual address
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_virtual_physical(struct mm_run *run)
{
	unsigned int nr = mm_arg(run, "nr");
	unsigned int tries = 0, nr_runs = 0;
	int ret;

	/* vmalloc() may try one large block for as many pages as that has. */
	if (is_power_of_2(nr))
		nr++;
	ret = buddy_direct_map(run) ?: buddy_vmap_reversed(run, nr);
	if (ret)
		return ret;
	do {
		ret = buddy_vmalloc_once(run, nr, &nr_runs);
	} while (!ret && nr_runs < 2 && mm_try_again(run, &tries));
	if (!ret)
		mm_expect(run, nr_runs > 1,
			  "vmalloc: expected frames that are no neighbours among %u, saw one run in %u tries",
			  nr, tries);
	return ret;
}

static int buddy_ask_node(struct mm_run *run, int nid)
{
	gfp_t gfp = GFP_HIGHUSER | __GFP_THISNODE | __GFP_NORETRY | __GFP_NOWARN;
	unsigned int order, nr = 0;
	unsigned long pfn = 0;

	for (order = 0; order <= PAGE_ALLOC_COSTLY_ORDER + 1; order++) {
		unsigned int i;

		for (i = 0; i < BUDDY_ASK_NR; i++) {
			struct page *page;

			page = mm_alloc_pages_node(run, nid, gfp, order);
			if (!page)
				break;
			pfn = page_to_pfn(page);
			nr++;
			mm_expect(run, page_to_nid(page) == nid &&
				  pfn >= node_start_pfn(nid) &&
				  pfn < node_end_pfn(nid),
				  "node %d, order %u: expected a block of it, got PFN %#lx of node %d",
				  nid, order, pfn, page_to_nid(page));
			mm_free_pages(run, page, order);
		}
	}
	mm_note(run, "node %d, PFN %#lx to %#lx: %u blocks asked and had, PFN %#lx the last",
		nid, node_start_pfn(nid), node_end_pfn(nid) - 1, nr, pfn);
	mm_expect(run, nr, "node %d: expected blocks of it, got NULL", nid);
	return mm_yield();
}

/* What a CPU was given that asked for memory of no particular node. */
struct buddy_near {
	int nid;
	unsigned int nr;	/* pages, while its node had plenty */
	unsigned int nr_far;	/* of those, from other nodes */
	unsigned long far_pfn;
	int far_nid;
};

static bool buddy_has_plenty(int nid)
{
	struct zone *first = buddy_first_choice(ZONE_NORMAL);

	return first && zone_to_nid(first) == nid;
}

static void buddy_count_near(struct buddy_near *near, const struct page *page)
{
	near->nr++;
	if (page_to_nid(page) == near->nid)
		return;
	near->nr_far++;
	near->far_pfn = page_to_pfn(page);
	near->far_nid = page_to_nid(page);
}

/* Runs in a thread of its own, which has neither memory policy nor cpuset. */
static int buddy_ask_near(void *arg)
{
	struct page *pages[BUDDY_ASK_NR];
	struct buddy_near *near = arg;
	unsigned int i;

	*near = (struct buddy_near){ .nid = numa_mem_id() };
	for (i = 0; i < BUDDY_ASK_NR; i++) {
		bool plenty = buddy_has_plenty(near->nid);

		pages[i] = alloc_pages(GFP_KERNEL | __GFP_NORETRY |
				       __GFP_NOWARN, 0);
		if (pages[i] && plenty && buddy_has_plenty(near->nid))
			buddy_count_near(near, pages[i]);
	}
	while (i--)
		if (pages[i])
			__free_pages(pages[i], 0);
	return 0;
}

static int buddy_ask_cpu(struct mm_run *run, int cpu)
{
	unsigned int tries = 0;
	struct buddy_near near;
	int ret;

	do {
		struct mm_thread *thread;

		ret = mm_charge(run, BUDDY_ASK_NR);
		if (ret)
			return ret;
		thread = mm_thread_start(buddy_ask_near, &near, cpu);
		mm_thread_join(thread);
		mm_uncharge(run, BUDDY_ASK_NR);
		if (!thread)
			return -ENOMEM;
	} while (near.nr_far && mm_try_again(run, &tries));

	mm_note(run,
		"CPU %d asked for no node: %u pages while node %d had plenty, %u of them from other nodes",
		cpu, near.nr, near.nid, near.nr_far);
	mm_expect(run, !near.nr_far,
		  "CPU %d: expected pages of node %d, which is its own and has plenty, saw %u of %u come from elsewhere, PFN %#lx of node %d the last",
		  cpu, near.nid, near.nr_far, near.nr, near.far_pfn,
		  near.far_nid);
	return mm_yield();
}

/* A page for which no node is named comes from the CPU's own. */
static int buddy_ask_from(struct mm_run *run, int nid)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (cpu_to_mem(cpu) == nid)
			return buddy_ask_cpu(run, cpu);
	mm_note(run, "node %d: no CPU's own", nid);
	return 0;
}

/**
 * buddy_numa_node - a node's pages lie on it
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_numa_node(struct mm_run *run)
{
	unsigned int wanted = mm_arg(run, "node");
	int nid, ret = 0;

	if (wanted < MAX_NUMNODES && !node_state(wanted, N_MEMORY))
		return mm_skip(run, "this machine has no node %u with memory",
			       wanted);
	if (num_node_state(N_MEMORY) == 1)
		mm_note(run, "this machine has one node with memory");
	for_each_node_state(nid, N_MEMORY) {
		if (wanted == MAX_NUMNODES || wanted == nid)
			ret = buddy_ask_node(run, nid) ?:
			      buddy_ask_from(run, nid);
		if (ret)
			break;
	}
	return ret;
}

/*
 * The modifier whose zones are the fewest pages: what is emptied is never the
 * larger part of the machine, so nobody else runs out of memory.
 */
static const struct buddy_modifier *buddy_smallest(void)
{
	const struct buddy_modifier *smallest = NULL;
	unsigned long least = totalram_pages() / 2;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(buddy_modifiers); i++) {
		unsigned long nr = buddy_get_supply(buddy_modifiers[i].zone)
				   .nr_managed;

		if (nr && nr < least) {
			least = nr;
			smallest = &buddy_modifiers[i];
		}
	}
	return smallest;
}

/* Takes pages until the allocator says NULL. */
static int buddy_take_all(struct mm_run *run, const struct buddy_modifier *mod,
			  struct list_head *taken, unsigned long *nr)
{
	/*
	 * Nothing is reclaimed for this: it would only prolong the end. Nor is
	 * anything of the reserves taken, to which who cannot wait has a right.
	 */
	gfp_t gfp = (mod->gfp & ~__GFP_RECLAIM) | __GFP_NOMEMALLOC;
	struct page *page;
	int ret = 0;

	*nr = 0;
	while (!ret && mm_budget(run) &&
	       (page = mm_alloc_pages(run, gfp, 0))) {
		buddy_check_zone(run, mod, page);
		list_add(&page->lru, taken);
		++*nr;
		if (*nr % 256 == 0)
			ret = mm_yield();
	}
	return ret;
}

static void buddy_give_all(struct mm_run *run, struct list_head *taken)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, taken, lru) {
		list_del(&page->lru);
		mm_free_pages(run, page, 0);
	}
}

static void buddy_check_supply(struct mm_run *run,
			       const struct buddy_modifier *mod,
			       const struct buddy_supply *before)
{
	unsigned long was = before->nr_free + before->nr_pcp;
	struct buddy_supply after;
	unsigned long is, gap;
	int waited;

	for (waited = 0; ; waited += 20) {
		after = buddy_get_supply(mod->zone);
		is = after.nr_free + after.nr_pcp;
		gap = is > was ? is - was : was - is;
		if (gap <= BUDDY_NOISE || waited >= BUDDY_WAIT_MS)
			break;
		msleep(20);
	}
	mm_note(run, "given back: %lu pages free, %lu on per-CPU lists",
		after.nr_free, after.nr_pcp);
	mm_expect(run, gap <= BUDDY_NOISE,
		  "expected %lu pages free again, within %u, saw %lu",
		  was, BUDDY_NOISE, is);
}

/**
 * buddy_exhaustion - the allocator's end, and back
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_exhaustion(struct mm_run *run)
{
	const struct buddy_modifier *mod = buddy_smallest();
	bool warned = test_taint(TAINT_WARN);
	struct buddy_supply before, end;
	LIST_HEAD(taken);
	unsigned long nr;
	int ret;

	if (!mod)
		return mm_skip(run,
			       "this machine has no zone that is its smaller part: to empty one is to empty all");
	before = buddy_get_supply(mod->zone);
	mm_raise_budget(run, before.nr_managed);
	ret = buddy_take_all(run, mod, &taken, &nr);
	end = buddy_get_supply(mod->zone);
	buddy_give_all(run, &taken);
	if (ret)
		return ret;

	mm_note(run, "%s: %lu pages managed, %lu free, %lu on per-CPU lists",
		mod->name, before.nr_managed, before.nr_free, before.nr_pcp);
	mm_note(run,
		"%lu pages had, then NULL with %lu left, of which %lu are kept for others, and %lu for sure",
		nr, end.nr_free, end.nr_kept, before.nr_min);
	mm_expect(run, nr, "expected pages before the end, the first was NULL");
	mm_expect(run, end.nr_free <= end.nr_kept + BUDDY_NOISE,
		  "expected NULL with %lu pages left or fewer, it came with %lu",
		  end.nr_kept, end.nr_free);
	mm_expect(run, end.nr_free + end.nr_pcp >= before.nr_min,
		  "%s: expected NULL before the reserve below the min watermark is touched, which is %lu pages, it came with %lu free and %lu on per-CPU lists",
		  mod->name, before.nr_min, end.nr_free, end.nr_pcp);
	mm_expect(run, warned || !test_taint(TAINT_WARN),
		  "expected a clean NULL, the kernel gave a warning");
	buddy_check_supply(run, mod, &before);
	return 0;
}
