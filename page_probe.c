// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on struct page, and the files `pages` and `frame`.
 */
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/pfn.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "mm_lab.h"
#include "page_frame.h"

/* Frames that one_per_frame writes to. */
#define PAGE_FRAMES_MAX		1024UL
/* Walks of all memory that one experiment makes at the most. */
#define PAGE_WALKS_MAX		8
/* The order of the blocks that the census is shown. */
#define PAGE_SHOWN_ORDER	2
#define PAGE_SHOWN		BIT(PAGE_SHOWN_ORDER)

/* What a walk from PFN to struct page and back saw. */
struct page_round {
	unsigned long nr_frames;
	unsigned long nr_present;
	unsigned long nr_reserved_elsewhere;
	unsigned long highest;
	unsigned long nr_wrong;
	unsigned long first_wrong;
	const char *wrong;
};

static void page_round_wrong(struct page_round *round, unsigned long pfn,
			     const char *what)
{
	if (round->nr_wrong++)
		return;
	round->first_wrong = pfn;
	round->wrong = what;
}

static void page_round_frame(struct page_round *round, const struct zone *zone,
			     struct page *page, unsigned long pfn)
{
	unsigned long flags = mm_page_flags(page);

	round->nr_frames++;
	if (page_to_pfn(page) != pfn)
		page_round_wrong(round, pfn, "another PFN");
	else if (pfn_to_page(pfn) != page)
		page_round_wrong(round, pfn, "another struct page");
	else if (flags == ULONG_MAX)
		page_round_wrong(round, pfn, "a struct page never set up");
	else if (page_zone(page) == zone)
		return;
	/* A hole, or another zone's frame where spans overlap. */
	else if (zone_spans_pfn(page_zone(page), pfn) || flags & BIT(PG_reserved))
		round->nr_reserved_elsewhere++;
	else
		page_round_wrong(round, pfn, "a zone that does not span it");
}

static void page_round_chunk(struct page_round *round, const struct zone *zone,
			     unsigned long pfn, unsigned long stop)
{
	rcu_read_lock();
	for (; pfn < stop; pfn++) {
		struct page *page = pfn_to_online_page(pfn);

		if (page)
			page_round_frame(round, zone, page, pfn);
	}
	rcu_read_unlock();
}

static int page_round_zone(struct page_round *round, const struct zone *zone)
{
	unsigned long end = zone_end_pfn(zone);
	unsigned long pfn, stop;
	int ret = 0;

	round->nr_present += zone->present_pages;
	round->highest = max(round->highest, end);
	for (pfn = zone->zone_start_pfn; pfn < end && !ret; pfn = stop) {
		stop = min(ALIGN(pfn + 1, PAGE_CHUNK), end);
		page_round_chunk(round, zone, pfn, stop);
		ret = mm_yield();
	}
	return ret;
}

static int page_round_all(struct page_round *round)
{
	unsigned int i;
	int nid, ret = 0;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES && !ret; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];

			if (populated_zone(zone))
				ret = page_round_zone(round, zone);
		}
	}
	return ret;
}

static unsigned long page_stamp(unsigned long pfn)
{
	return pfn * 2654435761UL + 1;
}

static void page_write_stamp(struct page *page)
{
	unsigned long *word = kmap_local_page(page);

	*word = page_stamp(page_to_pfn(page));
	kunmap_local(word);
}

static unsigned long page_read_word(unsigned long pfn)
{
	const unsigned long *word = kmap_local_page(pfn_to_page(pfn));
	unsigned long value = *word;

	kunmap_local(word);
	return value;
}

static void page_check_stamp(struct mm_run *run, struct page *page)
{
	unsigned long pfn = page_to_pfn(page);
	unsigned long value = page_read_word(pfn);

	mm_expect(run, pfn_to_online_page(pfn) == page,
		  "PFN %lu: expected the struct page that the allocator gave, saw another",
		  pfn);
	mm_expect(run, page_to_phys(page) == PFN_PHYS(pfn),
		  "PFN %lu: expected physical address %#llx, saw %#llx", pfn,
		  (unsigned long long)PFN_PHYS(pfn),
		  (unsigned long long)page_to_phys(page));
	mm_expect(run, value == page_stamp(pfn),
		  "PFN %lu: expected what was written through its struct page, saw what another frame got",
		  pfn);
}

/* Two frames with one struct page, or the reverse, would share a stamp. */
static int page_try_stamps(struct mm_run *run, unsigned int nr)
{
	struct page **pages;
	unsigned int i, n;

	pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL | __GFP_NOWARN);
	if (!pages)
		return -ENOMEM;
	for (n = 0; n < nr; n++) {
		pages[n] = mm_alloc_pages(run, GFP_HIGHUSER, 0);
		if (!pages[n])
			break;
		page_write_stamp(pages[n]);
	}
	for (i = 0; i < n; i++)
		page_check_stamp(run, pages[i]);
	for (i = 0; i < n; i++)
		mm_free_pages(run, pages[i], 0);
	kvfree(pages);
	mm_note(run, "%u frames written through their struct pages and read back by PFN",
		n);
	return n ? mm_yield() : -ENOMEM;
}

static int page_one_per_frame(struct mm_run *run)
{
	struct page_round round = { };
	unsigned long beyond;
	int ret = page_round_all(&round);

	if (ret)
		return ret;
	mm_note(run, "%lu PFNs have a struct page, %lu are present, %lu another zone's",
		round.nr_frames, round.nr_present, round.nr_reserved_elsewhere);
	mm_expect(run, !round.nr_wrong,
		  "PFN to struct page and back: expected the same frame, saw %s at PFN %lu and %lu more wrong",
		  round.wrong, round.first_wrong, round.nr_wrong - 1);
	mm_expect(run, round.nr_frames >= round.nr_present,
		  "expected a struct page for each of %lu present frames, saw %lu",
		  round.nr_present, round.nr_frames);
	beyond = ALIGN(round.highest, PAGE_SECTION);
	mm_note(run, "PFN %lu, behind the last frame: %s struct page", beyond,
		pfn_to_online_page(beyond) ? "a" : "no");
	mm_expect(run, !pfn_to_online_page(beyond),
		  "PFN %lu is behind the last frame: expected no struct page, saw one",
		  beyond);
	return page_try_stamps(run, mm_arg(run, "nr"));
}

static void page_note_cost(struct mm_run *run, unsigned long page_size)
{
	struct page_cost cost;

	page_cost_of(&cost, sizeof(struct page), page_size);
	mm_note(run, "pages of %lu KiB: %lu bytes per GiB, %u.%03u per cent",
		page_size / SZ_1K, cost.per_gib, cost.millipercent / 1000,
		cost.millipercent % 1000);
}

/* The distance of neighbouring struct pages, in one stretch of memory. */
static void page_measure_stride(struct mm_run *run, const struct zone *zone)
{
	unsigned long pfn = ALIGN(zone->zone_start_pfn, PAGE_CHUNK);
	struct page *first, *last;
	unsigned long bytes;

	rcu_read_lock();
	/* A zone's first chunk may be a hole: the next one that is online. */
	while (pfn + PAGE_CHUNK <= zone_end_pfn(zone) && !pfn_to_online_page(pfn))
		pfn += PAGE_CHUNK;
	first = pfn_to_online_page(pfn);
	last = pfn_to_online_page(pfn + PAGE_CHUNK - 1);
	bytes = (unsigned long)last - (unsigned long)first;
	rcu_read_unlock();
	if (!first || !last || pfn + PAGE_CHUNK > zone_end_pfn(zone))
		return;
	mm_note(run, "zone %s, PFN %lu to %lu: struct pages stand %lu bytes apart",
		zone->name, pfn, pfn + PAGE_CHUNK - 1,
		bytes / (PAGE_CHUNK - 1));
	mm_expect(run, bytes == (PAGE_CHUNK - 1) * sizeof(struct page),
		  "PFN %lu to %lu: expected struct pages to take %lu bytes, saw %lu",
		  pfn, pfn + PAGE_CHUNK - 1,
		  (PAGE_CHUNK - 1) * (unsigned long)sizeof(struct page), bytes);
}

static int page_metadata_cost(struct mm_run *run)
{
	const unsigned int size = sizeof(struct page);
	/* What no struct page can do without: flags, five words, two counts. */
	const unsigned int least = 6 * sizeof(long) + 2 * sizeof(int);
	unsigned int i;
	int nid;

	mm_note(run, "struct page: %u bytes; a frame: %lu bytes", size,
		PAGE_SIZE);
	mm_expect(run, size >= least && size < PAGE_SIZE / 8,
		  "size of struct page: expected at least %u bytes and little of a page, saw %u",
		  least, size);
	for_each_online_node(nid)
		for (i = 0; i < MAX_NR_ZONES; i++)
			if (populated_zone(&NODE_DATA(nid)->node_zones[i]))
				page_measure_stride(run, &NODE_DATA(nid)->node_zones[i]);
	mm_finding(run, "%u bytes for each %lu: %u.%02u %%", size, PAGE_SIZE,
		   size * 100 / (unsigned int)PAGE_SIZE,
		   size * 10000 / (unsigned int)PAGE_SIZE % 100);
	page_note_cost(run, SZ_4K);
	page_note_cost(run, SZ_16K);
	page_note_cost(run, SZ_64K);
	mm_note(run, "of %lu MiB here, %lu KiB are struct pages",
		totalram_pages() >> (20 - PAGE_SHIFT),
		totalram_pages() * size / SZ_1K);
	return mm_yield();
}

/**
 * struct page_free - the free frames, by where they are
 * @nr_buddy: in free blocks of the buddy allocator
 * @nr_pcp: on the CPUs' lists
 */
struct page_free {
	unsigned long nr_buddy;
	unsigned long nr_pcp;
};

/*
 * Adds what the allocator counts in a zone. Returns how much its lists of all
 * CPUs take from it or give back at a time.
 */
static unsigned long page_add_free(struct page_free *to, struct zone *zone)
{
	unsigned long batches = 0;
	unsigned int cpu;

	to->nr_buddy += zone_page_state_snapshot(zone, NR_FREE_PAGES);
	for_each_possible_cpu(cpu) {
		const struct per_cpu_pages *pcp =
			per_cpu_ptr(zone->per_cpu_pageset, cpu);

		to->nr_pcp += READ_ONCE(pcp->count);
		batches += READ_ONCE(pcp->batch);
	}
	return batches;
}

/* Pages allocated and pages freed since boot. */
static int page_nr_moved(unsigned long *nr)
{
	unsigned long *events;
	unsigned int i;

	*nr = 0;
	events = kcalloc(NR_VM_EVENT_ITEMS, sizeof(*events), GFP_KERNEL);
	if (!events)
		return -ENOMEM;
	all_vm_events(events);
	*nr = events[PGFREE];
	for (i = 0; i < MAX_NR_ZONES; i++)
		*nr += events[PGALLOC_NORMAL - ZONE_NORMAL + i];
	kfree(events);
	return 0;
}

/**
 * struct page_balance - the census beside the allocator's own counters
 * @counted: free frames in the census
 * @before: free frames by the counters when the walk began
 * @nr_moved: frames allocated or freed from before the first look at the
 *	counters to after the walk: so much may the sums of both differ
 * @nr_between: frames that may have gone between the CPUs' lists and the free
 *	blocks, which no event counts: by so much more may each differ
 */
struct page_balance {
	struct page_free counted;
	struct page_free before;
	unsigned long nr_moved;
	unsigned long nr_between;
};

static bool page_near(unsigned long a, unsigned long b, unsigned long nr)
{
	return a <= b + nr && b <= a + nr;
}

static bool page_sums_agree(const struct page_balance *b)
{
	return page_near(b->counted.nr_buddy + b->counted.nr_pcp,
			 b->before.nr_buddy + b->before.nr_pcp, b->nr_moved);
}

static bool page_balanced(const struct page_balance *b)
{
	unsigned long nr = b->nr_moved + b->nr_between;

	return page_sums_agree(b) &&
	       page_near(b->counted.nr_buddy, b->before.nr_buddy, nr) &&
	       page_near(b->counted.nr_pcp, b->before.nr_pcp, nr);
}

static int page_weigh(struct page_census *census, struct page_balance *b)
{
	struct page_free after = { };
	unsigned long begin, end;
	unsigned int i;
	int ret;

	*b = (struct page_balance){ };
	ret = page_nr_moved(&begin);
	if (ret)
		return ret;
	for (i = 0; i < census->nr_zones; i++)
		b->nr_between += page_add_free(&b->before,
					       census->zones[i].zone);
	ret = page_census_take(census) ?: page_nr_moved(&end);
	if (ret)
		return ret;
	b->nr_moved = end - begin;
	for (i = 0; i < census->nr_zones; i++) {
		const struct page_zone_census *z = &census->zones[i];

		b->counted.nr_buddy += z->nr_in[PAGE_STATE_FREE];
		b->counted.nr_pcp += z->nr_in[PAGE_STATE_PCP];
		page_add_free(&after, z->zone);
	}
	b->nr_between += max(after.nr_pcp, b->before.nr_pcp) -
			 min(after.nr_pcp, b->before.nr_pcp);
	return 0;
}

static void page_check_balance(struct mm_run *run, const struct page_balance *b)
{
	unsigned long nr = b->nr_moved + b->nr_between;

	mm_note(run, "free frames: %lu by census, %lu by counters, %lu moved meanwhile",
		b->counted.nr_buddy + b->counted.nr_pcp,
		b->before.nr_buddy + b->before.nr_pcp, b->nr_moved);
	mm_expect(run, page_sums_agree(b),
		  "free frames: expected the counters' %lu within the %lu that moved, saw %lu",
		  b->before.nr_buddy + b->before.nr_pcp, b->nr_moved,
		  b->counted.nr_buddy + b->counted.nr_pcp);
	mm_note(run,
		"on CPUs' lists: %lu by census, %lu by counters, %lu more may have come or gone",
		b->counted.nr_pcp, b->before.nr_pcp, b->nr_between);
	mm_expect(run, page_near(b->counted.nr_buddy, b->before.nr_buddy, nr),
		  "frames in blocks marked as free: expected the counters' %lu within the %lu that moved, saw %lu; free and not in a marked block: %lu, on CPUs' lists by the counters: %lu",
		  b->before.nr_buddy, nr, b->counted.nr_buddy,
		  b->counted.nr_pcp, b->before.nr_pcp);
	mm_expect(run, page_near(b->counted.nr_pcp, b->before.nr_pcp, nr),
		  "free frames on CPUs' lists: expected the counters' %lu within the %lu that moved, saw %lu",
		  b->before.nr_pcp, nr, b->counted.nr_pcp);
}

static void page_note_zone(struct mm_run *run, const struct page_zone_census *z)
{
	char text[PAGE_NR_STATES * 32];
	size_t len = 0;
	unsigned int i;

	*text = '\0';
	for (i = 0; i < PAGE_NR_STATES; i++)
		if (z->nr_in[i])
			len += scnprintf(text + len, sizeof(text) - len,
					 " %lu %s", z->nr_in[i],
					 page_state_name(i));
	mm_note(run, "node %d zone %s:%s", z->nid, z->zone->name, text);
	mm_note(run, "  = %lu frames of %lu spanned, %lu present",
		z->nr_frames, z->nr_spanned, z->nr_present);
}

static void page_check_zone(struct mm_run *run, const struct page_zone_census *z)
{
	unsigned long sum = 0, blocks = 0;
	unsigned int i;

	for (i = 0; i < PAGE_NR_STATES; i++)
		sum += z->nr_in[i];
	for (i = 0; i <= MM_MAX_ORDER; i++)
		blocks += z->nr_free[i];
	page_note_zone(run, z);
	mm_expect(run, sum == z->nr_frames,
		  "zone %s: expected states of %lu frames walked, saw %lu",
		  z->zone->name, z->nr_frames, sum);
	mm_expect(run, blocks == z->nr_in[PAGE_STATE_FREE],
		  "zone %s: expected free blocks of %lu frames, saw %lu",
		  z->zone->name, z->nr_in[PAGE_STATE_FREE], blocks);
	mm_expect(run, z->nr_frames >= z->nr_present,
		  "zone %s: expected no fewer than the %lu present frames, saw %lu",
		  z->zone->name, z->nr_present, z->nr_frames);
	mm_expect(run, z->nr_frames + z->nr_absent + z->nr_foreign == z->nr_spanned,
		  "zone %s: expected %lu frames in the span, saw %lu and %lu without struct page and %lu of other zones",
		  z->zone->name, z->nr_spanned, z->nr_frames, z->nr_absent,
		  z->nr_foreign);
}

static void page_expect_block(struct mm_run *run, struct page *page,
			      unsigned int nr, enum page_state expected,
			      const char *what)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		enum page_state state = page_state_of(page + i);

		mm_expect(run, state == expected,
			  "%s, PFN %lu: expected state %s, saw %s", what,
			  page_to_pfn(page + i), page_state_name(expected),
			  page_state_name(state));
	}
	mm_note(run, "%s: PFN %lu to %lu are %s", what, page_to_pfn(page),
		page_to_pfn(page) + nr - 1,
		page_state_name(page_state_of(page)));
}

static int page_show_block(struct mm_run *run, gfp_t gfp,
			   enum page_state expected, const char *what)
{
	struct page *page = mm_alloc_pages(run, gfp, PAGE_SHOWN_ORDER);

	if (!page)
		return -ENOMEM;
	page_expect_block(run, page, PAGE_SHOWN, expected, what);
	mm_free_pages(run, page, PAGE_SHOWN_ORDER);
	return 0;
}

/* What is known to be in a state is seen in it. */
static int page_show_known(struct mm_run *run)
{
	void *object = kmalloc(64, GFP_KERNEL);
	int ret;

	if (!object)
		return -ENOMEM;
	page_expect_block(run, virt_to_head_page(object), 1, PAGE_STATE_SLAB,
			  "an object of kmalloc");
	kfree(object);
	ret = page_show_block(run, GFP_KERNEL | __GFP_COMP, PAGE_STATE_COMPOUND,
			      "a compound block");
	return ret ?: page_show_block(run, GFP_KERNEL, PAGE_STATE_OTHER,
				      "a plain block");
}

static void page_check_census(struct mm_run *run,
			      const struct page_census *census,
			      const struct page_balance *b)
{
	unsigned int i;

	for (i = 0; i < census->nr_zones; i++)
		page_check_zone(run, &census->zones[i]);
	if (!IS_ENABLED(CONFIG_VM_EVENT_COUNTERS)) {
		mm_note(run, "this kernel has no counters to compare free frames with");
		return;
	}
	page_check_balance(run, b);
}

static int page_census_run(struct mm_run *run)
{
	struct page_census *census = page_census_new();
	struct page_balance balance;
	unsigned int tries = 0, walks = 0;
	bool disturbed;
	int begin, ret;

	if (!census)
		return -ENOMEM;
	/* Pages on the way from one list to another are in neither count. */
	do {
		begin = mm_hotplug_begin();
		ret = page_weigh(census, &balance);
		disturbed = mm_hotplug_disturbed(begin);
		walks += !disturbed;
	} while (!ret && (disturbed || (!page_balanced(&balance) &&
					walks < PAGE_WALKS_MAX)) &&
		 mm_try_again(run, &tries));
	if (!ret) {
		page_check_census(run, census, &balance);
		ret = page_show_known(run);
	}
	page_census_free(census);
	return ret;
}

static const struct mm_param page_one_params[] = {
	{ "nr", 64, 1, PAGE_FRAMES_MAX },
	{ }
};

static const struct mm_experiment page_experiments[] = {
	{
		.name = "one_per_frame",
		.claim = "every frame that is online has its struct page, and back",
		.run = page_one_per_frame,
		.params = page_one_params,
	},
	{
		.name = "metadata_cost",
		.claim = "struct page costs a fixed share of memory, less with larger pages",
		.run = page_metadata_cost,
	},
	{
		.name = "census",
		.claim = "every online frame is in one state, and the states add up",
		.run = page_census_run,
	},
	{
		.name = "life_of_a_frame",
		.claim = "one frame is in turn free, allocated, slab, page cache, and free",
		.run = page_life_of_a_frame,
	},
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
