// SPDX-License-Identifier: GPL-2.0
/*
 * Where zones lie and what they are made of, held against what the firmware
 * said is memory: the resource tree that /proc/iomem shows knows of no zones.
 */
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "mm_lab.h"
#include "zone_probe.h"

#define ZONE_MB_PAGES	(SZ_1M >> PAGE_SHIFT)
/* Frames that are looked at before others may run. */
#define ZONE_FRAMES_MASK	0xffful

/* The frames of memory, by the resource tree, that say they are a zone's. */
struct zone_ram {
	unsigned long nr;
	unsigned long first_pfn;
	unsigned long last_pfn;
};

/* One walk over the memory in the resource tree. */
struct zone_ram_walk {
	const struct zone_report *report;
	struct zone_ram *rams;
	u64 start;
	u64 end;
	unsigned long nr_strays;
	unsigned int recent;
};

static struct zone_ram *zone_ram_of(struct zone_ram_walk *walk,
				    const struct page *page)
{
	const struct zone_report *report = walk->report;
	const struct zone *zone = page_zone(page);
	unsigned int i;

	if (report->zones[walk->recent].zone == zone)
		return &walk->rams[walk->recent];
	for (i = 0; i < report->nr_zones; i++) {
		if (report->zones[i].zone == zone) {
			walk->recent = i;
			return &walk->rams[i];
		}
	}
	return NULL;
}

static void zone_ram_count(struct zone_ram_walk *walk, unsigned long pfn)
{
	const struct page *page = pfn_to_online_page(pfn);
	struct zone_ram *ram;

	if (!page)
		return;
	ram = zone_ram_of(walk, page);
	if (!ram) {
		walk->nr_strays++;
		return;
	}
	if (!ram->nr++)
		ram->first_pfn = pfn;
	ram->last_pfn = pfn;
}

/* The frames that lie wholly in the range gathered so far. */
static int zone_ram_flush(struct zone_ram_walk *walk)
{
	unsigned long end = PFN_DOWN(walk->end);
	unsigned long pfn;

	for (pfn = PFN_UP(walk->start); pfn < end; pfn++) {
		if (!(pfn & ZONE_FRAMES_MASK) && mm_yield())
			return -EINTR;
		zone_ram_count(walk, pfn);
	}
	return 0;
}

/* Ranges that touch are one: a frame may lie across where they do. */
static int zone_ram_gather(struct resource *res, void *arg)
{
	struct zone_ram_walk *walk = arg;
	int err = 0;

	if (res->start != walk->end) {
		err = zone_ram_flush(walk);
		walk->start = res->start;
	}
	walk->end = (u64)res->end + 1;
	return err;
}

/*
 * Finds for each zone of @report the frames of memory that are its own; @rams
 * has an entry for each.
 */
static int zone_ram_walk(struct mm_run *run, const struct zone_report *report,
			 struct zone_ram *rams)
{
	struct zone_ram_walk walk = { .report = report, .rams = rams };
	int err;

	/* -EINVAL: the tree names no memory at all (user-mode Linux). */
	err = walk_iomem_res_desc(IORES_DESC_NONE,
				  IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0,
				  -1, &walk, zone_ram_gather);
	if (err && err != -EINVAL)
		return err;
	err = zone_ram_flush(&walk);
	if (err)
		return err;
	mm_expect(run, !walk.nr_strays,
		  "%lu frames of memory say they are in a zone of no online node",
		  walk.nr_strays);
	return 0;
}

static unsigned long zone_ram_total(const struct zone_report *report,
				    const struct zone_ram *rams)
{
	unsigned long total = 0;
	unsigned int i;

	for (i = 0; i < report->nr_zones; i++)
		total += rams[i].nr;
	return total;
}

static void zone_note_extent(struct mm_run *run,
			     const struct zone_snapshot *shot)
{
	if (!shot->nr_spanned)
		return;
	mm_note(run,
		"node %d %s: frames %lu to %lu; pages: spanned %lu, present %lu, managed %lu",
		shot->nid, shot->name, shot->start_pfn, shot->end_pfn - 1,
		shot->nr_spanned, shot->nr_present, shot->nr_managed);
}

static void zone_expect_order(struct mm_run *run,
			      const struct zone_snapshot *shot)
{
	mm_expect(run, shot->nr_managed <= shot->nr_present &&
		  shot->nr_present <= shot->nr_spanned,
		  "node %d %s: expected managed <= present <= spanned, saw %lu, %lu, %lu",
		  shot->nid, shot->name, shot->nr_managed, shot->nr_present,
		  shot->nr_spanned);
}

/*
 * Memory that was brought online as movable, or mirrored, is strewn among the
 * other zones' by blocks, and device memory lies where the devices are.
 */
static bool zone_may_interleave(const struct zone_snapshot *shot)
{
	return shot->type >= ZONE_MOVABLE;
}

static void zone_expect_apart(struct mm_run *run, const struct zone_snapshot *a,
			      const struct zone_snapshot *b)
{
	bool overlap = a->start_pfn < b->end_pfn && b->start_pfn < a->end_pfn;

	if (!a->nr_spanned || !b->nr_spanned || a->nid != b->nid)
		return;
	if (overlap && (zone_may_interleave(a) || zone_may_interleave(b))) {
		mm_note(run,
			"node %d: %s and %s are interleaved: memory that is movable, mirrored or a device's",
			a->nid, a->name, b->name);
		return;
	}
	mm_expect(run, !overlap,
		  "node %d: expected zones apart, saw %s in frames %lu to %lu and %s in %lu to %lu",
		  a->nid, a->name, a->start_pfn, a->end_pfn - 1, b->name,
		  b->start_pfn, b->end_pfn - 1);
}

/* Frames between the zone's ends that have a struct page which names it. */
static int zone_count_frames(const struct zone_snapshot *shot,
			     unsigned long *nr_frames)
{
	unsigned long pfn;

	*nr_frames = 0;
	for (pfn = shot->start_pfn; pfn < shot->end_pfn; pfn++) {
		const struct page *page;

		if (!(pfn & ZONE_FRAMES_MASK) && mm_yield())
			return -EINTR;
		page = pfn_to_online_page(pfn);
		*nr_frames += page && page_zone(page) == shot->zone;
	}
	return 0;
}

/* Holes have a struct page too where the rest of their section is memory. */
static int zone_expect_frames(struct mm_run *run,
			      const struct zone_snapshot *shot)
{
	unsigned long nr_frames;
	int err;

	err = zone_count_frames(shot, &nr_frames);
	if (err)
		return err;
	mm_expect(run, shot->nr_present <= nr_frames &&
		  nr_frames <= shot->nr_spanned,
		  "node %d %s: expected present <= frames with a struct page <= spanned, saw %lu, %lu, %lu",
		  shot->nid, shot->name, shot->nr_present, nr_frames,
		  shot->nr_spanned);
	return 0;
}

static void zone_expect_ram(struct mm_run *run,
			    const struct zone_snapshot *shot,
			    const struct zone_ram *ram)
{
	mm_expect(run, shot->nr_managed <= ram->nr &&
		  ram->nr <= shot->nr_present,
		  "node %d %s: expected managed <= frames of memory <= present, saw %lu, %lu, %lu",
		  shot->nid, shot->name, shot->nr_managed, ram->nr,
		  shot->nr_present);
	if (!ram->nr)
		return;
	mm_expect(run, ram->first_pfn >= shot->start_pfn &&
		  ram->last_pfn < shot->end_pfn,
		  "node %d %s: expected its memory in frames %lu to %lu, saw it in %lu to %lu",
		  shot->nid, shot->name, shot->start_pfn, shot->end_pfn - 1,
		  ram->first_pfn, ram->last_pfn);
}

static unsigned long zone_sum_present(const struct zone_report *report)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < report->nr_zones; i++)
		sum += report->zones[i].nr_present;
	return sum;
}

static unsigned long zone_sum_managed(const struct zone_report *report)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < report->nr_zones; i++)
		sum += zone_managed_pages(report->zones[i].zone);
	return sum;
}

/* A balloon moves the two sums one after the other. */
static void zone_expect_total(struct mm_run *run,
			      const struct zone_report *report)
{
	unsigned long managed, total;
	unsigned int tries = 0;

	do {
		managed = zone_sum_managed(report);
		total = totalram_pages();
	} while (managed != total && mm_try_again(run, &tries));
	mm_note(run,
		"pages managed by all zones %lu, by the machine's own count %lu",
		managed, total);
	mm_expect(run, managed == total,
		  "expected the zones' managed pages to be the machine's %lu, saw %lu",
		  total, managed);
}

static int zone_expect_memory(struct mm_run *run,
			      const struct zone_report *report,
			      struct zone_ram *rams)
{
	unsigned long present = zone_sum_present(report);
	unsigned long ram;
	unsigned int i;
	int err;

	err = zone_ram_walk(run, report, rams);
	if (err)
		return err;
	ram = zone_ram_total(report, rams);
	if (!ram) {
		mm_note(run, "the resource tree names no memory here");
		return 0;
	}
	for (i = 0; i < report->nr_zones; i++)
		zone_expect_ram(run, &report->zones[i], &rams[i]);
	mm_note(run,
		"frames of memory by the firmware %lu, pages present %lu: %ld of these are the firmware's own",
		ram, present, (long)(present - ram));
	mm_note(run,
		"present and not managed: %lu (kernel image, struct pages, what boot reserved)",
		present - zone_sum_managed(report));
	return 0;
}

static int zone_expect_extents(struct mm_run *run,
			       const struct zone_report *report)
{
	unsigned int i, j;
	int err;

	for (i = 0; i < report->nr_zones; i++) {
		zone_note_extent(run, &report->zones[i]);
		zone_expect_order(run, &report->zones[i]);
		for (j = i + 1; j < report->nr_zones; j++)
			zone_expect_apart(run, &report->zones[i],
					  &report->zones[j]);
		err = zone_expect_frames(run, &report->zones[i]);
		if (err)
			return err;
	}
	zone_expect_total(run, report);
	return 0;
}

typedef int (*zone_look_fn)(struct mm_run *run,
			    const struct zone_report *report,
			    struct zone_ram *rams);

static int zone_with_rams_once(struct mm_run *run, zone_look_fn look)
{
	struct zone_report report;
	struct zone_ram *rams;
	int err;

	err = zone_report_take(&report);
	if (err)
		return err;
	err = -ENOMEM;
	rams = kvcalloc(report.nr_zones, sizeof(*rams),
			GFP_KERNEL | __GFP_NOWARN);
	if (!rams)
		goto out_drop;
	err = look(run, &report, rams);
	kvfree(rams);
out_drop:
	zone_report_drop(&report);
	return err;
}

/* A zone that grows or shrinks meanwhile is looked at again. */
static int zone_with_rams(struct mm_run *run, zone_look_fn look)
{
	unsigned int tries = 0;
	struct mm_mark mark;
	bool disturbed;
	int begin, err;

	mm_mark(run, &mark);
	do {
		mm_rewind(run, &mark);
		begin = mm_hotplug_begin();
		err = zone_with_rams_once(run, look);
		disturbed = mm_hotplug_disturbed(begin);
	} while (!err && disturbed && mm_try_again(run, &tries));
	if (!err && disturbed)
		mm_expect(run, false,
			  "memory: expected it to stay for one of %u looks, saw some come or go in each",
			  tries);
	return err;
}

static int zone_look_extents(struct mm_run *run,
			     const struct zone_report *report,
			     struct zone_ram *rams)
{
	return zone_expect_extents(run, report) ?:
	       zone_expect_memory(run, report, rams);
}

/**
 * zone_extents - the experiment `extents`
 * @run: the run
 *
 * The oracles know nothing of zones: the machine's count of managed pages, and
 * the memory in the resource tree, of which every frame is walked.
 *
 * Context: may sleep; walks all frames.
 * Return: 0, -ENOMEM or -EINTR.
 */
int zone_extents(struct mm_run *run)
{
	return zone_with_rams(run, zone_look_extents);
}

/**
 * struct zone_kind - a type of zone, whether this kernel has it or not
 * @name: as the kernel names the zone
 * @configured: whether this kernel has the type
 * @off: why it has not
 * @empty: why the type can be there without a page
 * @limit: no frame of the type is at or beyond this address, and no memory
 *	below it is in a later type, movable memory apart; 0 where it depends
 */
struct zone_kind {
	const char *name;
	bool configured;
	const char *off;
	const char *empty;
	u64 limit;
};

static const struct zone_kind zone_kind_table[] = {
	{
		.name = "DMA",
		.configured = IS_ENABLED(CONFIG_ZONE_DMA),
		.off =
			"CONFIG_ZONE_DMA is off: no device here needs addresses that low",
		.empty = "no memory at addresses that low",
		.limit = IS_ENABLED(CONFIG_X86) ? SZ_16M : 0,
	},
	{
		.name = "DMA32",
		.configured = IS_ENABLED(CONFIG_ZONE_DMA32),
		.off =
			"CONFIG_ZONE_DMA32 is off: a 32-bit kernel, or no device needs it",
		.empty =
			"no memory below 4 GiB that a lower zone does not have",
		.limit = IS_ENABLED(CONFIG_X86) ? SZ_4G : 0,
	},
	{
		.name = "Normal",
		.configured = true,
		.empty = "no memory beyond what the lower zones have",
	},
	{
		.name = "HighMem",
		.configured = IS_ENABLED(CONFIG_HIGHMEM),
		.off =
			"CONFIG_HIGHMEM is off: the kernel's addresses reach every frame",
		.empty = "no memory beyond what the kernel maps permanently",
	},
	{
		.name = "Movable",
		.configured = true,
		.empty =
			"no kernelcore= or movablecore= at boot, no memory brought online as movable",
	},
	{
		.name = "Device",
		.configured = IS_ENABLED(CONFIG_ZONE_DEVICE),
		.off = "CONFIG_ZONE_DEVICE is off",
		.empty = "no device's memory has been given struct pages",
	},
};

/* Beyond what the kernel maps permanently lies HighMem. */
static u64 zone_kind_limit(const struct zone_kind *kind)
{
	if (IS_ENABLED(CONFIG_HIGHMEM) && !strcmp(kind->name, "Normal"))
		return (u64)__pa(high_memory - 1) + 1;
	return kind->limit;
}

static void zone_expect_below(struct mm_run *run, const struct zone_kind *kind,
			      const struct zone_snapshot *shot)
{
	unsigned long limit = PFN_DOWN(zone_kind_limit(kind));

	if (!limit)
		return;
	mm_expect(run, shot->end_pfn <= limit,
		  "node %d %s: expected no frame beyond %lu, saw it end with %lu",
		  shot->nid, shot->name, limit - 1, shot->end_pfn - 1);
}

/* Memory below the limit is in this zone or a lower one. */
static void zone_expect_beyond(struct mm_run *run, const struct zone_kind *kind,
			       const struct zone_snapshot *shot,
			       const struct zone_ram *ram)
{
	unsigned long limit = PFN_DOWN(zone_kind_limit(kind));

	if (!limit || !ram->nr || zone_may_interleave(shot))
		return;
	mm_expect(run, ram->first_pfn >= limit,
		  "node %d %s: expected memory below frame %lu to be in %s or lower, saw frame %lu",
		  shot->nid, shot->name, limit, kind->name, ram->first_pfn);
}

static void zone_note_kind(struct mm_run *run, const struct zone_kind *kind,
			   const struct zone_snapshot *shot)
{
	mm_note(run, "%s: %lu pages, %lu MiB, on node %d in frames %lu to %lu",
		kind->name, shot->nr_present, shot->nr_present / ZONE_MB_PAGES,
		shot->nid, shot->start_pfn, shot->end_pfn - 1);
}

/* Which of a node's zones is of the kind, or -1; the same on every node. */
static int zone_kind_type(const struct zone_kind *kind,
			  const struct zone_report *report)
{
	unsigned int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		if (!strcmp(report->zones[i].name, kind->name))
			return i;
	return -1;
}

/* The names of some kinds, for a line. */
struct zone_kind_list {
	char names[64];
	size_t len;
};

/*
 * What there is of the kind is noted and checked. Returns the pages that its
 * zones span.
 */
static unsigned long zone_look_kind(struct mm_run *run,
				    const struct zone_kind *kind, int type,
				    const struct zone_report *report,
				    const struct zone_ram *rams)
{
	unsigned long nr_pages = 0;
	unsigned int i;

	for (i = 0; i < report->nr_zones; i++) {
		const struct zone_snapshot *shot = &report->zones[i];

		/* Types come in the order of their addresses. */
		if ((int)shot->type > type)
			zone_expect_beyond(run, kind, shot, &rams[i]);
		if ((int)shot->type != type || !shot->nr_spanned)
			continue;
		nr_pages += shot->nr_spanned;
		zone_note_kind(run, kind, shot);
		zone_expect_below(run, kind, shot);
	}
	if (!nr_pages)
		mm_note(run, "%s: empty: %s", kind->name, kind->empty);
	return nr_pages;
}

static void zone_list_kind(struct zone_kind_list *list, const char *name)
{
	list->len += scnprintf(list->names + list->len,
			       sizeof(list->names) - list->len, "%s%s",
			       list->len ? ", " : "", name);
}

static int zone_look_kinds(struct mm_run *run, const struct zone_report *report,
			   struct zone_ram *rams)
{
	struct zone_kind_list there = { }, empty = { };
	unsigned int i;
	int err;

	err = zone_ram_walk(run, report, rams);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(zone_kind_table); i++) {
		const struct zone_kind *kind = &zone_kind_table[i];
		int type = zone_kind_type(kind, report);

		mm_expect(run, (type >= 0) == kind->configured,
			  "%s: expected %s zone of the kind, saw %s",
			  kind->name, kind->configured ? "a" : "no",
			  type >= 0 ? "one" : "none");
		if (type < 0)
			mm_note(run, "%s: none: %s", kind->name, kind->off);
		else if (zone_look_kind(run, kind, type, report, rams))
			zone_list_kind(&there, kind->name);
		else
			zone_list_kind(&empty, kind->name);
	}
	mm_finding(run, "%s; empty: %s", there.names,
		   empty.len ? empty.names : "none");
	return 0;
}

/**
 * zone_kinds - the experiment `kinds`
 * @run: the run
 *
 * Where the architecture fixes a type's limit it is checked both ways: the zone
 * does not reach beyond, and memory below is not in a later one.
 *
 * Context: may sleep; walks all frames.
 * Return: 0, -ENOMEM or -EINTR.
 */
int zone_kinds(struct mm_run *run)
{
	return zone_with_rams(run, zone_look_kinds);
}
