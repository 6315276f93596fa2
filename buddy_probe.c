// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on the page allocator: their table, and what they share.
 */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "buddy_probe.h"
#include "compat.h"

/* Walks of all memory that are made in the hope of a right one. */
#define BUDDY_WALKS_MAX	4
/*
 * Free pageblocks that may stand beside a free buddy: what was kept from
 * merging for its type has another by now.
 */
#define BUDDY_APART_MAX	4

/**
 * buddy_lost - internal fragmentation: what a request loses in its block
 * @size: bytes asked, not 0
 *
 * Return: bytes between @size and the power of two of pages that serves it.
 */
unsigned long buddy_lost(unsigned long size)
{
	return (PAGE_SIZE << get_order(size)) - size;
}
EXPORT_SYMBOL_MM_LAB(buddy_lost);

/**
 * buddy_passes_pcp - whether freed blocks wait on a per-CPU list
 * @order: of the block
 *
 * Such a block merges only when its list is drained, so its fate cannot be
 * seen at once. Huge pages' order is pageblock_order or HPAGE_PMD_ORDER,
 * depending on the version; they differ nowhere that both exist but on
 * machines of several huge page sizes.
 *
 * Return: whether blocks of @order may.
 */
bool buddy_passes_pcp(unsigned int order)
{
	if (order <= PAGE_ALLOC_COSTLY_ORDER)
		return true;
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	return order == pageblock_order || order == HPAGE_PMD_ORDER;
#else
	return false;
#endif
}
EXPORT_SYMBOL_MM_LAB(buddy_passes_pcp);

static bool buddy_look(unsigned long pfn, struct buddy_block *block)
{
	unsigned int order;

	for (order = 0; order <= MM_MAX_ORDER; order++) {
		unsigned long head = pfn & ~((1UL << order) - 1);
		struct page *page = pfn_to_online_page(head);

		if (!page || !PageBuddy(page))
			continue;
		block->pfn = head;
		block->order = READ_ONCE(page_private(page));
		if (block->order >= order && block->order <= MM_MAX_ORDER)
			return true;
	}
	return false;
}

/**
 * buddy_find_free - the free block that a frame is part of
 * @pfn: the frame
 * @block: filled when there is one
 *
 * Reads without the zone's lock, hence twice: what changes in between was
 * no sight of anything. Blocks on a per-CPU list do not count as free here.
 *
 * Context: any.
 * Return: whether the frame is on a buddy list.
 */
bool buddy_find_free(unsigned long pfn, struct buddy_block *block)
{
	struct buddy_block again;

	if (!buddy_look(pfn, block))
		return false;
	/* The order is written before the mark that makes it valid. */
	smp_rmb();
	return buddy_look(pfn, &again) && again.pfn == block->pfn &&
	       again.order == block->order;
}
EXPORT_SYMBOL_MM_LAB(buddy_find_free);

/* Whether the buddy of a free block is free too, and was not merged with it. */
static bool buddy_stands_apart(const struct buddy_block *block,
			       const struct zone *zone)
{
	unsigned long pfn = buddy_of(block->pfn, block->order);
	struct page *page = pfn_to_online_page(pfn);
	struct buddy_block other, again;

	return block->order < MM_MAX_ORDER && page && page_zone(page) == zone &&
	       buddy_find_free(pfn, &other) && other.pfn == pfn &&
	       other.order == block->order &&
	       buddy_find_free(block->pfn, &again) &&
	       again.pfn == block->pfn && again.order == block->order;
}

/* Returns how many frames need no look of their own. */
static unsigned long buddy_survey_frame(struct buddy_survey *survey,
					const struct zone *zone,
					unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);
	struct buddy_block block;

	if (!page || !PageBuddy(page) || page_zone(page) != zone ||
	    !buddy_find_free(pfn, &block) || block.pfn != pfn)
		return 1;
	survey->nr_blocks++;
	if (!buddy_aligned(pfn, block.order)) {
		survey->nr_misaligned++;
		survey->misaligned = block;
		return 1;
	}
	if (pfn < buddy_of(pfn, block.order) &&
	    buddy_stands_apart(&block, zone)) {
		survey->nr_apart[block.order]++;
		survey->apart[block.order] = pfn;
	}
	return 1UL << block.order;
}

static int buddy_survey_zone(struct buddy_survey *survey,
			     const struct zone *zone)
{
	unsigned long end = zone_end_pfn(zone);
	unsigned long pfn = zone->zone_start_pfn;
	int ret = 0;

	while (pfn < end && !ret) {
		unsigned long stop = min(ALIGN(pfn + 1, 1UL << MM_MAX_ORDER),
					 end);

		/* Keeps the struct pages, see mm_hotplug_init(). */
		rcu_read_lock();
		while (pfn < stop)
			pfn += buddy_survey_frame(survey, zone, pfn);
		rcu_read_unlock();
		ret = mm_yield();
	}
	return ret;
}

/**
 * buddy_survey - look at every free block
 * @run: the run
 * @survey: filled
 * @is_right: whether a walk showed what it should
 *
 * Nothing is locked, so others may spoil a walk: it is repeated a few times.
 * A fault stays and is there in each.
 *
 * Context: may sleep; walks all frames.
 * Return: 0, or -EINTR.
 */
int buddy_survey(struct mm_run *run, struct buddy_survey *survey,
		 bool (*is_right)(const struct buddy_survey *survey))
{
	unsigned int i, tries = 0;
	int nid, ret = 0;

	do {
		*survey = (struct buddy_survey){ };
		for_each_online_node(nid) {
			for (i = 0; i < MAX_NR_ZONES && !ret; i++)
				ret = buddy_survey_zone(survey, &NODE_DATA(nid)->node_zones[i]);
		}
	} while (!ret && !is_right(survey) && tries < BUDDY_WALKS_MAX &&
		 mm_try_again(run, &tries));
	return ret;
}

/**
 * buddy_survey_aligned - whether each free block starts where it may
 * @survey: of buddy_survey()
 *
 * Return: whether it does.
 */
bool buddy_survey_aligned(const struct buddy_survey *survey)
{
	return !survey->nr_misaligned;
}
EXPORT_SYMBOL_MM_LAB(buddy_survey_aligned);

/*
 * Pageblocks merge only with those of a like migratetype. What is reserved
 * for atomic requests, CMA's and what is isolated stand apart.
 */
static unsigned long buddy_may_stand_apart(unsigned int order)
{
	unsigned long nr = 0;
	unsigned int i;
	int nid;

	if (order < pageblock_order)
		return 0;
	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];

			nr += zone->nr_reserved_highatomic + zone_cma_pages(zone);
#ifdef CONFIG_MEMORY_ISOLATION
			nr += zone->nr_isolate_pageblock << pageblock_order;
#endif
		}
	}
	return (nr >> pageblock_order) + BUDDY_APART_MAX;
}

/**
 * buddy_survey_apart - where buddies that are both free were not merged
 * @survey: of buddy_survey()
 *
 * Return: the lowest order with more such pairs than the types of pageblocks
 * explain, or MM_MAX_ORDER when there is none.
 */
unsigned int buddy_survey_apart(const struct buddy_survey *survey)
{
	unsigned int order = 0;

	while (order < MM_MAX_ORDER &&
	       survey->nr_apart[order] <= buddy_may_stand_apart(order))
		order++;
	return order;
}
EXPORT_SYMBOL_MM_LAB(buddy_survey_apart);

/**
 * buddy_survey_merged - whether free buddies were merged
 * @survey: of buddy_survey()
 *
 * Return: whether they were, at every order.
 */
bool buddy_survey_merged(const struct buddy_survey *survey)
{
	return buddy_survey_apart(survey) == MM_MAX_ORDER;
}

/**
 * buddy_expect_merged - check that no free buddies stand apart anywhere
 * @run: the run
 *
 * This sees also what an experiment cannot free and watch: the orders that
 * pass the per-CPU lists, and the largest.
 *
 * Context: may sleep; walks all frames.
 * Return: 0, or -EINTR.
 */
int buddy_expect_merged(struct mm_run *run)
{
	struct buddy_survey survey;
	unsigned int order;
	int ret;

	ret = buddy_survey(run, &survey, buddy_survey_merged);
	if (ret)
		return ret;
	order = buddy_survey_apart(&survey);
	mm_note(run, "%lu free blocks in all zones, buddies apart among them: %s",
		survey.nr_blocks, order < MM_MAX_ORDER ? "some" : "none");
	mm_expect(run, order == MM_MAX_ORDER,
		  "order %u: expected free buddies to be one block of the next order, saw %lu pairs of them apart, PFN %#lx and PFN %#lx the last",
		  order, survey.nr_apart[order], survey.apart[order],
		  buddy_of(survey.apart[order], order));
	return 0;
}

/**
 * buddy_nr_blocks - free blocks of an order in all zones
 * @order: of the blocks
 *
 * Return: how many, by the zones' own counts.
 */
unsigned long buddy_nr_blocks(unsigned int order)
{
	unsigned long nr = 0;
	unsigned int i;
	int nid;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++)
			nr += READ_ONCE(NODE_DATA(nid)->node_zones[i]
					.free_area[order].nr_free);
	}
	return nr;
}

/**
 * buddy_pin - keep this CPU to ourselves
 * @pin: for buddy_unpin()
 *
 * Until buddy_unpin() nothing else runs on this CPU, so its per-CPU lists are
 * ours. On a PREEMPT_RT kernel the page allocator may sleep: there the task
 * only stays on the CPU, and more observations are spoilt.
 *
 * Context: process context; what comes in between may not sleep.
 */
void buddy_pin(struct buddy_pin *pin)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		migrate_disable();
	else
		local_irq_save(pin->flags);
}

/**
 * buddy_unpin - end what buddy_pin() began
 * @pin: of buddy_pin()
 */
void buddy_unpin(const struct buddy_pin *pin)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		migrate_enable();
	else
		local_irq_restore(pin->flags);
}

/**
 * buddy_mobility - flags that name one of the per-CPU lists
 * @tries: how often the observation was tried
 *
 * A freed page goes to the list of its pageblock's migratetype, which need not
 * be the one that it was asked with. Whoever wants a page back tries them all.
 *
 * Return: GFP flags that neither sleep nor warn.
 */
gfp_t buddy_mobility(unsigned int tries)
{
	static const gfp_t mobility[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE };

	return GFP_NOWAIT | __GFP_NORETRY | __GFP_NOWARN |
	       mobility[tries % ARRAY_SIZE(mobility)];
}

/**
 * buddy_set_init - room for blocks of one order
 * @set: undone by buddy_set_exit()
 * @order: theirs
 * @max: how many at the most
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; @set may be given to buddy_set_exit() either way.
 */
int buddy_set_init(struct buddy_set *set, unsigned int order, unsigned int max)
{
	*set = (struct buddy_set){ .order = order, .max = max };
	set->pages = kvcalloc(max, sizeof(*set->pages),
			      GFP_KERNEL | __GFP_NOWARN);
	return set->pages ? 0 : -ENOMEM;
}

/**
 * buddy_set_free_one - give one block of a set back
 * @run: the run that took it
 * @set: the set
 * @i: which; one that was given back before is left alone
 */
void buddy_set_free_one(struct mm_run *run, struct buddy_set *set,
			unsigned int i)
{
	mm_free_pages(run, set->pages[i], set->order);
	set->pages[i] = NULL;
}

/**
 * buddy_set_empty - give all blocks of a set back, the first one first
 * @run: the run that took them
 * @set: the set
 */
void buddy_set_empty(struct mm_run *run, struct buddy_set *set)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		buddy_set_free_one(run, set, i);
	set->nr = 0;
}

/**
 * buddy_set_exit - give back a set and its blocks
 * @run: the run that took them
 * @set: of buddy_set_init()
 */
void buddy_set_exit(struct mm_run *run, struct buddy_set *set)
{
	buddy_set_empty(run, set);
	kvfree(set->pages);
	set->pages = NULL;
}

/**
 * buddy_set_fill_now - take blocks without sleeping
 * @run: the run
 * @set: gets them behind those that it has
 * @gfp: flags that do not sleep
 * @nr: how many to have in the end; fewer where memory or the budget ends
 */
void buddy_set_fill_now(struct mm_run *run, struct buddy_set *set, gfp_t gfp,
			unsigned int nr)
{
	while (set->nr < min(nr, set->max)) {
		struct page *page = mm_alloc_pages(run, gfp, set->order);

		if (!page)
			break;
		set->pages[set->nr++] = page;
	}
}

/**
 * buddy_set_fill - take blocks up to the set's size
 * @run: the run
 * @set: gets them behind those that it has
 * @gfp: flags
 *
 * Context: may sleep.
 * Return: 0, with fewer blocks where memory or the budget ends, or -EINTR.
 */
int buddy_set_fill(struct mm_run *run, struct buddy_set *set, gfp_t gfp)
{
	unsigned int before;
	int ret;

	do {
		before = set->nr;
		buddy_set_fill_now(run, set, gfp, before + 1);
		ret = mm_yield();
	} while (!ret && set->nr > before);
	return ret;
}

/**
 * buddy_set_take - a set, filled
 * @run: the run
 * @set: undone by buddy_set_exit()
 * @order: of its blocks
 * @max: how many to take
 * @gfp: flags
 *
 * Context: may sleep.
 * Return: 0, with fewer blocks where memory or the budget ends, -ENOMEM where
 * there is no room to note them, or -EINTR; @set may be given to
 * buddy_set_exit() either way.
 */
int buddy_set_take(struct mm_run *run, struct buddy_set *set,
		   unsigned int order, unsigned int max, gfp_t gfp)
{
	return buddy_set_init(set, order, max) ?:
	       buddy_set_fill(run, set, gfp);
}

/* Sorting by struct page is sorting by PFN only within a section. */
static int buddy_compare(const void *a, const void *b)
{
	struct page * const *x = a;
	struct page * const *y = b;
	unsigned long p = *x ? page_to_pfn(*x) : ULONG_MAX;
	unsigned long q = *y ? page_to_pfn(*y) : ULONG_MAX;

	return p < q ? -1 : p > q;
}

/**
 * buddy_set_sort - order the blocks by PFN, and forget those given back
 * @set: the set
 */
void buddy_set_sort(struct buddy_set *set)
{
	sort(set->pages, set->nr, sizeof(*set->pages), buddy_compare, NULL);
	while (set->nr && !set->pages[set->nr - 1])
		set->nr--;
}
EXPORT_SYMBOL_MM_LAB(buddy_set_sort);

/**
 * buddy_set_pfn - where a block starts
 * @set: the set
 * @i: which; it was not given back
 *
 * Return: its first frame.
 */
unsigned long buddy_set_pfn(const struct buddy_set *set, unsigned int i)
{
	return page_to_pfn(set->pages[i]);
}
EXPORT_SYMBOL_MM_LAB(buddy_set_pfn);

/**
 * buddy_set_distinct - check that no frame was handed out twice
 * @run: the run that checks
 * @set: sorted by buddy_set_sort()
 *
 * A block that was handed out twice is given back once only: it is forgotten
 * here the second time.
 *
 * Return: whether the blocks keep clear of each other.
 */
bool buddy_set_distinct(struct mm_run *run, struct buddy_set *set)
{
	unsigned long a = 0;
	bool distinct = true;
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		unsigned long b = buddy_set_pfn(set, i);

		if (i && !mm_expect(run, b - a >= 1UL << set->order,
				    "order %u: expected blocks apart, saw both PFN %#lx and PFN %#lx handed out",
				    set->order, a, b)) {
			distinct = false;
			set->pages[i] = NULL;
			mm_uncharge(run, 1UL << set->order);
			continue;
		}
		a = b;
	}
	if (!distinct)
		buddy_set_sort(set);
	return distinct;
}
EXPORT_SYMBOL_MM_LAB(buddy_set_distinct);

static bool buddy_next_group(const struct buddy_set *set, unsigned int *first,
			     unsigned int log)
{
	unsigned int n = 1U << log;
	unsigned int i;

	for (i = *first; i + n <= set->nr; i++) {
		unsigned long a, b;

		if (!set->pages[i] || !set->pages[i + n - 1])
			continue;
		a = buddy_set_pfn(set, i);
		b = buddy_set_pfn(set, i + n - 1);
		if (!buddy_aligned(a, set->order + log) ||
		    b - a != (unsigned long)(n - 1) << set->order)
			continue;
		*first = i;
		return true;
	}
	return false;
}

/**
 * buddy_next_pair - find two blocks that are buddies
 * @set: sorted by buddy_set_sort()
 * @first: where to begin; then the lower half's index, the upper half's is one
 *	more
 *
 * Return: whether there is such a pair.
 */
bool buddy_next_pair(const struct buddy_set *set, unsigned int *first)
{
	return buddy_next_group(set, first, 1);
}
EXPORT_SYMBOL_MM_LAB(buddy_next_pair);

/**
 * buddy_next_quad - find four blocks that make up one
 * @set: sorted by buddy_set_sort()
 * @first: where to begin; then the lowest quarter's index, the others follow
 *
 * Return: whether there are such four.
 */
bool buddy_next_quad(const struct buddy_set *set, unsigned int *first)
{
	return buddy_next_group(set, first, 2);
}
EXPORT_SYMBOL_MM_LAB(buddy_next_quad);

static const struct mm_experiment buddy_experiments[] = {
	{
		.name = "page_unit",
		.claim =
			"the page is the smallest unit: 513 bytes cost a whole page, and the rest of it is lost inside (internal fragmentation)",
		.run = buddy_page_unit,
		.params = buddy_page_unit_params,
	}, {
		.name = "alignment",
		.claim =
			"a block of order n starts at a PFN that is a multiple of 2^n, for n from 0 to the largest order",
		.run = buddy_alignment,
	}, {
		.name = "split",
		.claim =
			"the half that a split leaves, and a half that is freed while its buddy is held, stands on the free list as a block of its own order",
		.run = buddy_split,
		.params = buddy_merge_params,
	}, {
		.name = "coalesce",
		.claim =
			"once its buddy is freed too, the two are one free block of the next order or more, and nowhere do free buddies stand apart",
		.run = buddy_coalesce,
		.params = buddy_merge_params,
	}, {
		.name = "buddy_xor",
		.claim =
			"PFN XOR 2^n names the buddy: of four quarters of a block the two middle ones are neighbours, not buddies, and do not merge",
		.run = buddy_xor,
		.params = buddy_merge_params,
	}, {
		.name = "order_limit",
		.claim =
			"a block of the largest order can be had, one of the next order gets NULL and no warning",
		.run = buddy_order_limit,
	}, {
		.name = "zero",
		.claim =
			"__GFP_ZERO hands out pages of zeros, every byte, though the frames were dirty before",
		.run = buddy_zero,
	}, {
		.name = "exact",
		.claim = "alloc_pages_exact() of three pages keeps three and gives the fourth back",
		.run = buddy_exact,
		.params = buddy_exact_params,
	}, {
		.name = "zone_modifiers",
		.claim =
			"GFP_DMA, GFP_DMA32, GFP_KERNEL and GFP_HIGHUSER give frames in the zones and below the addresses that they promise",
		.run = buddy_zone_modifiers,
	}, {
		.name = "highmem_unmapped",
		.claim =
			"a ZONE_HIGHMEM frame has no permanent kernel address, and a temporary mapping reads back what another wrote",
		.run = buddy_highmem_unmapped,
	}, {
		.name = "virtual_physical",
		.claim =
			"page, PFN, physical and virtual address convert into each other, and vmalloc memory is contiguous in virtual and not in physical memory",
		.run = buddy_virtual_physical,
		.params = buddy_vmalloc_params,
	}, {
		.name = "refcount",
		.claim =
			"a new page has one reference, and is free when the last is put, not before",
		.run = buddy_refcount,
	}, {
		.name = "compound",
		.claim = "__GFP_COMP makes one head and 2^n - 1 tails that point to it",
		.run = buddy_compound,
	}, {
		.name = "hot_page",
		.claim = "the order-0 page freed last on a CPU is the next one that the CPU gets",
		.run = buddy_hot_page,
	}, {
		.name = "numa_node",
		.claim =
			"a page asked of a node comes from that node, on every node with memory, and one asked of none from the CPU's own",
		.run = buddy_numa_node,
		.params = buddy_node_params,
	}, {
		.name = "bulk",
		.claim = "the bulk interface fills its array with distinct pages",
		.run = buddy_bulk,
		.params = buddy_bulk_params,
	}, {
		.name = "external_fragmentation",
		.claim =
			"with every second frame of a range held, half the range is free and no two-page block in it can be had; released, it merges again",
		.run = buddy_external_fragmentation,
		.params = buddy_fragmentation_params,
	}, {
		.name = "exhaustion",
		.claim =
			"the last page that a zone can give is followed by a clean NULL, and the free count comes back",
		.run = buddy_exhaustion,
		.disruptive = true,
	},
};

const struct mm_probe buddy_probe = {
	.name = "buddy",
	.experiments = buddy_experiments,
	.nr_experiments = ARRAY_SIZE(buddy_experiments),
};
EXPORT_SYMBOL_MM_LAB(buddy_probe);
