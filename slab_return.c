// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on what becomes of objects that were freed, one by one and in
 * bulk, and of their slabs.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "compat.h"
#include "mm_lab.h"
#include "slab_probe.h"

/* An object that a few dozen of exhaust a small zone. */
#define SLAB_BULK_SIZE	SZ_128K

/*
 * Slabs with room: fewer than a node may keep for itself (MIN_PARTIAL in
 * mm/slub.c is 5), so that one that hoards them gives none.
 */
#define SLAB_ROOMY	4

/**
 * struct slab_refilled - what became of slabs in which one object was left
 * @nr_away: on other nodes than the CPU that allocated, which may leave them
 * @nr_full: used up
 * @nr_new: slabs begun beside them
 * @pfn: of one that has room still
 */
struct slab_refilled {
	unsigned int nr_away;
	unsigned int nr_full;
	unsigned int nr_new;
	unsigned long pfn;
};

static unsigned int slab_nr_away(const struct slab_hoard *hoard, int nid)
{
	unsigned int i, nr = 0;

	for (i = 0; i < hoard->nr_seen; i++)
		nr += page_to_nid(pfn_to_page(hoard->seen[i].pfn)) != nid;
	return nr;
}

/* Takes as many objects as there is room for, and what a batch may hold up. */
static int slab_refill_room(struct slab_hoard *hoard, unsigned int per_slab,
			    struct slab_refilled *seen)
{
	unsigned int i;
	int ret;

	migrate_disable();
	seen->nr_away = slab_nr_away(hoard, numa_mem_id());
	ret = slab_hoard_take(hoard, SLAB_ROOMY * (per_slab - 1) + SLAB_BATCH);
	migrate_enable();
	seen->nr_new = hoard->nr_seen - SLAB_ROOMY;
	for (i = 0; i < SLAB_ROOMY; i++) {
		if (hoard->seen[i].nr == per_slab)
			seen->nr_full++;
		else
			seen->pfn = hoard->seen[i].pfn;
	}
	return ret;
}

static int slab_refill_once(struct mm_run *run, unsigned int size,
			    unsigned int per_slab, struct slab_refilled *seen)
{
	struct slab_hoard *hoard;
	int ret;

	*seen = (struct slab_refilled){ };
	hoard = slab_hoard_open(run, "mm_lab_refill", size, 0, 0, NULL);
	if (!hoard)
		return -ENOMEM;
	migrate_disable();
	ret = slab_hoard_fill(hoard, SLAB_ROOMY);
	migrate_enable();
	if (ret)
		goto out;
	slab_hoard_thin(hoard);
	/* No CPU has a slab of its own then: all are on their node's list. */
	kmem_cache_shrink(hoard->cache);
	ret = slab_refill_room(hoard, per_slab, seen);
out:
	slab_hoard_close(hoard);
	return ret;
}

/**
 * slab_refill - whether room in old slabs is used before a slab is begun
 * @run: the run of the experiment `grow`
 * @size: of an object
 * @per_slab: the objects of a full slab
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_refill(struct mm_run *run, unsigned int size, unsigned int per_slab)
{
	struct slab_refilled seen;
	unsigned int tries = 0;
	int ret;

	/* The scheduler may take us to another node before we look. */
	do {
		ret = slab_refill_once(run, size, per_slab, &seen);
	} while (!ret && seen.nr_away && mm_try_again(run, &tries));
	if (ret)
		return ret;
	if (seen.nr_away) {
		mm_note(run,
			"%u of %u slabs lay on another node than the CPU each time: whether their room is used was not seen",
			seen.nr_away, SLAB_ROOMY);
		return 0;
	}
	mm_note(run,
		"%u slabs with all objects but one freed, and objects taken for all the room: %u slabs used up, %u begun",
		SLAB_ROOMY, seen.nr_full, seen.nr_new);
	mm_expect(run, seen.nr_full == SLAB_ROOMY,
		  "room in %u slabs of %u objects: expected all used up before a slab is begun, saw %u used up and %u begun, and room in the one at PFN %lu",
		  SLAB_ROOMY, per_slab, seen.nr_full, seen.nr_new, seen.pfn);
	return 0;
}

/* Objects freed in this order, and those that the CPU got next. */
struct slab_turn {
	unsigned int nr;
	void *freed[SLAB_TURN_MAX];
	void *next[SLAB_TURN_MAX];
};

static int slab_take_turn(struct slab_hoard *hoard, struct slab_turn *turn)
{
	unsigned int i;
	int ret;

	/* Nobody else draws from the cache, so staying on the CPU is enough. */
	migrate_disable();
	ret = slab_hoard_take(hoard, turn->nr);
	if (ret)
		goto out;
	for (i = 0; i < turn->nr; i++)
		turn->freed[i] = hoard->objects[turn->nr - 1 - i];
	slab_hoard_release(hoard);
	ret = slab_hoard_take(hoard, turn->nr);
	if (ret)
		goto out;
	memcpy(turn->next, hoard->objects, turn->nr * sizeof(*turn->next));
	slab_hoard_release(hoard);
out:
	migrate_enable();
	return ret;
}

/**
 * slab_reuse - the experiment `reuse`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_reuse(struct mm_run *run)
{
	struct slab_turn turn = { .nr = mm_arg(run, "nr") };
	struct slab_hoard *hoard;
	unsigned int i;
	int ret;

	if (IS_ENABLED(CONFIG_SLOB))
		return mm_skip(run, "SLOB hands out the first place that fits, not the last freed");
	if (slab_keeps_back())
		return mm_skip(run, "KASAN keeps freed objects back to catch late uses");
	hoard = slab_hoard_open(run, "mm_lab_reuse", 256, 0, 0, NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_take_turn(hoard, &turn);
	for (i = 0; !ret && i < turn.nr; i++) {
		const void *last = turn.freed[turn.nr - 1 - i];

		mm_note(run, "freed %u before the end: offset %5u; came as number %u: offset %5u",
			i, slab_offset(last), i + 1, slab_offset(turn.next[i]));
		mm_expect(run, turn.next[i] == last,
			  "object number %u: expected the one at offset %u of PFN %lu, saw offset %u of PFN %lu",
			  i + 1, slab_offset(last), slab_pfn(last),
			  slab_offset(turn.next[i]), slab_pfn(turn.next[i]));
	}
	slab_hoard_close(hoard);
	return ret;
}

/**
 * struct slab_shrunk - what was seen of the slabs of a cache
 * @nr_slabs: that had objects
 * @nr_cached: that were slabs still when all their objects but one were freed
 * @nr_kept: that were slabs still after kmem_cache_shrink()
 * @nr_left: and after the last object was freed and the cache shrunk again
 * @nr_allowed: how many of them may
 * @first: what kmem_cache_shrink() said with an object out
 * @last: and with none
 * @spoilt: the object in use did not last
 */
struct slab_shrunk {
	unsigned int nr_slabs;
	unsigned int nr_cached;
	unsigned int nr_kept;
	unsigned int nr_left;
	unsigned int nr_allowed;
	int first;
	int last;
	bool spoilt;
};

static int slab_shrink_once(struct mm_run *run, unsigned int size,
			    struct slab_shrunk *seen)
{
	struct slab_hoard *hoard;
	unsigned long pfn = 0;
	int ret;

	hoard = slab_hoard_open(run, "mm_lab_shrink", size, 0, 0, NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_fill(hoard, SLAB_LEAVING);
	if (ret)
		goto out;
	slab_hoard_stamp(hoard);
	while (hoard->nr > 1)
		kmem_cache_free(hoard->cache, hoard->objects[--hoard->nr]);
	seen->nr_slabs = hoard->nr_seen;
	seen->nr_allowed = slab_hoard_may_keep(hoard);
	seen->nr_cached = slab_hoard_nr_kept(hoard, &pfn);
	seen->first = kmem_cache_shrink(hoard->cache);
	seen->nr_kept = slab_hoard_nr_kept(hoard, &pfn);
	seen->spoilt = slab_hoard_spoilt(hoard) ||
		       !slab_frames_owned(slab_pfn(hoard->objects[0]), 0);
	slab_hoard_release(hoard);
	seen->last = kmem_cache_shrink(hoard->cache);
	seen->nr_left = slab_hoard_nr_kept(hoard, &pfn);
	mm_expect(run, !seen->last,
		  "kmem_cache_shrink of an empty cache: expected 0 and no slab left, saw %d and %u of %u slabs, one at PFN %lu",
		  seen->last, seen->nr_left, seen->nr_slabs, pfn);
out:
	slab_hoard_close(hoard);
	return ret;
}

/* SLUB without its debugging does not count its slabs. */
static bool slab_shrink_tells(void)
{
	return IS_ENABLED(CONFIG_SLAB) || IS_ENABLED(CONFIG_SLUB_DEBUG);
}

/**
 * slab_shrink - the experiment `shrink`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_shrink(struct mm_run *run)
{
	unsigned int size = mm_arg(run, "size");
	struct slab_shrunk seen = { };
	unsigned int tries = 0;
	int ret;

	/* Others may take a frame for a slab of theirs before we look. */
	do {
		ret = slab_shrink_once(run, size, &seen);
	} while (!ret && !seen.last && (seen.nr_kept > max(seen.nr_allowed, 1U) ||
			  seen.nr_left > seen.nr_allowed) &&
		 mm_try_again(run, &tries));
	if (ret)
		return ret;

	mm_note(run,
		"%u slabs, all objects freed but one: %u slabs stay, %u after a shrink, %u when the last is free too",
		seen.nr_slabs, seen.nr_cached, seen.nr_kept, seen.nr_left);
	mm_expect(run, seen.nr_kept <= max(seen.nr_allowed, 1U),
		  "slabs with one object out, after a shrink: expected 1, saw %u",
		  seen.nr_kept);
	mm_expect(run, !seen.spoilt,
		  "the object in use: expected intact and in a slab, saw it lost");
	mm_expect(run, seen.nr_left <= seen.nr_allowed,
		  "empty slabs after a shrink: expected %u at most, saw %u",
		  seen.nr_allowed, seen.nr_left);
	mm_expect(run, seen.first == slab_shrink_tells(),
		  "kmem_cache_shrink with an object out: expected %d, saw %d",
		  slab_shrink_tells(), seen.first);
	return 0;
}

static unsigned int slab_nr_doubles(const struct slab_hoard *hoard)
{
	unsigned int i, j, nr = 0;

	for (i = 0; i < hoard->nr; i++)
		for (j = 0; j < i; j++)
			nr += hoard->objects[i] == hoard->objects[j];
	return nr;
}

static int slab_bulk_all(struct mm_run *run, unsigned int nr)
{
	struct slab_hoard *hoard;
	unsigned int doubles;
	int ret;

	hoard = slab_hoard_open(run, "mm_lab_bulk", 256, 0, 0, NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_take_bulk(hoard, nr);
	if (ret)
		goto out;
	doubles = slab_nr_doubles(hoard);
	mm_note(run, "%u objects asked at once: %u came, from %u slabs, %u of them twice",
		nr, hoard->nr, hoard->nr_seen, doubles);
	mm_expect(run, hoard->nr == nr, "objects: expected %u, saw %u", nr,
		  hoard->nr);
	mm_expect(run, !doubles, "objects handed out twice: expected 0, saw %u",
		  doubles);
	slab_hoard_stamp(hoard);
	mm_expect(run, !slab_hoard_spoilt(hoard),
		  "objects filled to the last byte: expected all intact, saw %u overwritten",
		  slab_hoard_spoilt(hoard));
	slab_hoard_release_bulk(hoard);
	ret = kmem_cache_shrink(hoard->cache);
	mm_expect(run, !ret,
		  "slabs left with all objects freed at once and the cache shrunk: expected none, saw some");
	ret = 0;
out:
	slab_hoard_close(hoard);
	return ret;
}

static void slab_expect_none(struct mm_run *run, struct kmem_cache *cache,
			     void **objects, unsigned int nr)
{
	/* No reclaim: the zone is to run out, and nobody is to notice. */
	gfp_t gfp = GFP_DMA | __GFP_NOWARN;
	unsigned int got = mm_cache_alloc_bulk(cache, gfp, nr, objects);

	if (got)
		kmem_cache_free_bulk(cache, got, objects);
	mm_note(run, "%u objects of %u KiB asked of ZONE_DMA, more than it has: %u came",
		nr, SLAB_BULK_SIZE / SZ_1K, got);
	mm_expect(run, !got, "objects, where not all can be had: expected none, saw %u",
		  got);
}

/* A small zone is the one place that runs out without harm to anybody. */
static int slab_bulk_none(struct mm_run *run)
{
	struct zone *zone = slab_dma_zone();
	struct kmem_cache *cache;
	unsigned long nr_pages;
	void **objects;
	unsigned int nr;
	int ret = -ENOMEM;

	if (!zone || zone->present_pages > mm_budget(run)) {
		mm_note(run, "no zone is small enough to run out of it within the budget");
		return 0;
	}
	nr_pages = zone->present_pages;
	nr = nr_pages / (SLAB_BULK_SIZE / PAGE_SIZE) + 1;
	if (mm_charge(run, nr_pages))
		return -ENOMEM;
	objects = kcalloc(nr, sizeof(*objects), GFP_KERNEL);
	cache = slab_cache("mm_lab_none", SLAB_BULK_SIZE, 0, SLAB_CACHE_DMA,
			   NULL);
	if (objects && cache) {
		slab_expect_none(run, cache, objects, nr);
		ret = 0;
	}
	if (cache)
		slab_cache_end(run, cache);
	kfree(objects);
	mm_uncharge(run, nr_pages);
	return ret;
}

/**
 * slab_bulk - the experiment `bulk`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_bulk(struct mm_run *run)
{
	int ret = slab_bulk_all(run, mm_arg(run, "nr"));

	return ret ?: slab_bulk_none(run);
}
