// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on what the slab layer's debugging shows: poison, red zones, and
 * the report of a leak.
 */
#include <linux/kasan.h>
#include <linux/kernel.h>
#include <linux/kmsg_dump.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/random.h>
#include <linux/string.h>

#include "compat.h"
#include "mm_lab.h"
#include "slab_probe.h"

/* Bytes of a red zone that stand on either side of an object at the least. */
#define SLAB_ZONE_BYTES	sizeof(u64)

/**
 * slab_poisoned - whether bytes are those of a freed object
 * @bytes: the object
 * @size: how many
 *
 * All are POISON_FREE, and the last POISON_END (linux/poison.h).
 *
 * Return: true when they are.
 */
bool slab_poisoned(const u8 *bytes, size_t size)
{
	return !memchr_inv(bytes, POISON_FREE, size - 1) &&
	       bytes[size - 1] == POISON_END;
}
EXPORT_SYMBOL_MM_LAB(slab_poisoned);

/* The red zone before an object; SLAB keeps a number there, SLUB a byte. */
static bool slab_zone_before(const u8 *object, bool active)
{
	const u8 *zone = object - SLAB_ZONE_BYTES;
	u64 number = active ? MM_SLAB_RED_ACTIVE : MM_SLAB_RED_INACTIVE;

	if (IS_ENABLED(CONFIG_SLAB))
		return !memcmp(zone, &number, sizeof(number));
	return !memchr_inv(zone, active ? SLUB_RED_ACTIVE : SLUB_RED_INACTIVE,
			   SLAB_ZONE_BYTES);
}

/* SLUB fills to the next word's end; a whole word where the size is one. */
static bool slab_zone_after(const u8 *object, size_t size, bool active)
{
	size_t end = ALIGN(size + 1, sizeof(void *));

	if (IS_ENABLED(CONFIG_SLAB))
		return true;
	return !memchr_inv(object + size,
			   active ? SLUB_RED_ACTIVE : SLUB_RED_INACTIVE,
			   end - size);
}

/**
 * struct slab_marks - what stands in and around an object
 * @poisoned: the object is filled with poison
 * @before: the red zone before it is as it should be
 * @after: and the one after it
 */
struct slab_marks {
	bool poisoned;
	bool before;
	bool after;
};

/* Reads what is no object's: KASAN would object. */
static struct slab_marks slab_read_marks(const void *object, size_t size,
					 bool active)
{
	const u8 *bytes = kasan_reset_tag(object);
	struct slab_marks marks;

	kasan_disable_current();
	marks.poisoned = slab_poisoned(bytes, size);
	marks.before = slab_zone_before(bytes, active);
	marks.after = slab_zone_after(bytes, size, active);
	kasan_enable_current();
	return marks;
}

static void slab_expect_zones(struct mm_run *run, struct slab_marks marks,
			      const char *when)
{
	mm_note(run, "%s: red zone before %s, after %s", when,
		marks.before ? "stands" : "does not stand",
		marks.after ? "stands" : "does not stand");
	mm_expect(run, marks.before,
		  "%s: expected the red zone before the object, saw other bytes",
		  when);
	mm_expect(run, marks.after,
		  "%s: expected the red zone after the object, saw other bytes",
		  when);
}

static int slab_check_marks(struct mm_run *run, struct slab_hoard *hoard)
{
	unsigned int size = hoard->size;
	struct slab_layout layout;
	struct slab_marks marks;
	void *middle;
	int ret;

	/* The other objects keep the slab in the cache. */
	ret = slab_hoard_fill(hoard, 2) ?:
	      slab_measure(hoard, &hoard->seen[0], &layout);
	if (ret)
		return ret;
	mm_note(run, "objects of %u bytes, %u apart with their red zones, the first at offset %u",
		size, layout.stride, layout.first);
	slab_draw(run, hoard->seen[0].pfn, size, &layout);
	mm_expect(run, layout.first >= SLAB_ZONE_BYTES,
		  "offset of the first object: expected room for a red zone, saw %u",
		  layout.first);
	middle = hoard->objects[1];
	memset(middle, 0xff, size);
	slab_expect_zones(run, slab_read_marks(middle, size, true), "in use");

	swap(hoard->objects[1], hoard->objects[hoard->nr - 1]);
	hoard->nr--;
	kmem_cache_free(hoard->cache, middle);
	marks = slab_read_marks(middle, size, false);
	mm_note(run, "freed: filled with poison: %s",
		marks.poisoned ? "yes" : "no");
	mm_expect(run, marks.poisoned,
		  "freed object: expected %u bytes of %#x and one of %#x, saw others",
		  size - 1, POISON_FREE, POISON_END);
	slab_expect_zones(run, marks, "freed");
	return 0;
}

/**
 * slab_poison - the experiment `poison`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_poison(struct mm_run *run)
{
	struct slab_hoard *hoard;
	int ret;

	if (!IS_ENABLED(CONFIG_SLUB_DEBUG) && !IS_ENABLED(CONFIG_DEBUG_SLAB))
		return mm_skip(run, "this kernel's %s has no debugging",
			       slab_allocator());
	if (slab_keeps_back())
		return mm_skip(run, "KASAN keeps freed objects back, unpoisoned");
	hoard = slab_hoard_open(run, "mm_lab_poison", mm_arg(run, "size"), 0,
				SLAB_POISON | SLAB_RED_ZONE, NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_check_marks(run, hoard);
	slab_hoard_close(hoard);
	return ret;
}

/**
 * struct slab_report - what the kernel's log says of a cache
 * @name: of the cache
 * @offset: "@offset=N", as the report would name the object
 * @nr_lines: lines with the cache's name
 * @names_object: a line after the first such has the offset
 */
struct slab_report {
	char name[32];
	char offset[24];
	unsigned int nr_lines;
	bool names_object;
};

#define SLAB_LINE_MAX	512

static int slab_read_log(struct slab_report *report)
{
	char *line = kmalloc(SLAB_LINE_MAX, GFP_KERNEL);
	struct kmsg_dump_iter iter;
	size_t len;

	if (!line)
		return -ENOMEM;
	kmsg_dump_rewind(&iter);
	while (kmsg_dump_get_line(&iter, false, line, SLAB_LINE_MAX - 1, &len)) {
		line[len] = '\0';
		if (strstr(line, report->name))
			report->nr_lines++;
		else if (report->nr_lines && strstr(line, report->offset))
			report->names_object = true;
	}
	kfree(line);
	return 0;
}

static void slab_judge_report(struct mm_run *run,
			      const struct slab_report *report)
{
	mm_note(run, "the log names cache %s in %u lines, and the object%s",
		report->name, report->nr_lines,
		report->names_object ? "" : " not");
	mm_expect(run, report->nr_lines,
		  "report of cache %s with an object out: expected one in the log, saw none",
		  report->name);
	/* SLAB counts its objects; SLUB knows which they are when it debugs. */
	if (IS_ENABLED(CONFIG_SLUB_DEBUG))
		mm_expect(run, report->names_object,
			  "report of cache %s: expected its object by \"%s\", saw no such line",
			  report->name, report->offset);
}

/* What is left after that is the cache itself, without its frames. */
static int slab_leak(struct mm_run *run, struct slab_report *report)
{
	struct kmem_cache *cache = slab_cache(report->name, 512, 0, 0, NULL);
	void *spare, *leak;

	if (!cache)
		return -ENOMEM;
	/* Two, so that the offset of the leak is not always that of a slab. */
	spare = slab_take(cache, GFP_KERNEL);
	leak = slab_take(cache, GFP_KERNEL);
	if (spare)
		kmem_cache_free(cache, spare);
	if (!leak) {
		kmem_cache_destroy(cache);
		return -ENOMEM;
	}
	snprintf(report->offset, sizeof(report->offset), "@offset=%u",
		 slab_offset(leak));
	mm_announce(run, "kmem_cache_destroy");
	if (IS_ENABLED(CONFIG_SLUB_DEBUG))
		mm_announce(run, "Objects remaining");
	kmem_cache_destroy(cache);
	mm_announce_end(run);
	kmem_cache_free(cache, leak);
	kmem_cache_shrink(cache);
	return 0;
}

/**
 * slab_leak_reported - the experiment `leak_reported`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_leak_reported(struct mm_run *run)
{
	struct slab_report report = { };
	int ret;

	if (IS_ENABLED(CONFIG_SLOB))
		return mm_skip(run, "SLOB does not know which objects are a cache's");
	if (!IS_ENABLED(CONFIG_PRINTK))
		return mm_skip(run, "this kernel has no log (CONFIG_PRINTK)");
	/* A cache that could not be destroyed keeps its name for good. */
	snprintf(report.name, sizeof(report.name), "mm_lab_leak_%08x%08x",
		 get_random_u32(), get_random_u32());
	ret = slab_leak(run, &report) ?: slab_read_log(&report);
	if (!ret)
		slab_judge_report(run, &report);
	return ret;
}
