// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on what the slab layer's debugging shows: poison, red zones, and
 * the report of a leak.
 */
#include <linux/ctype.h>
#include <linux/kasan.h>
#include <linux/kernel.h>
#include <linux/kmsg_dump.h>
#include <linux/minmax.h>
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

#define SLAB_LINE_MAX	512

/**
 * slab_line_has - whether a text stands in a line
 * @line: of the kernel's log
 * @text: looked for; may end in a number
 *
 * Return: false too where it is only the beginning of a longer number.
 */
bool slab_line_has(const char *line, const char *text)
{
	size_t len = strlen(text);

	while ((line = strstr(line, text))) {
		line += len;
		if (!isdigit(*line))
			return true;
	}
	return false;
}
EXPORT_SYMBOL_MM_LAB(slab_line_has);

/**
 * slab_log_end - where the kernel's log ends now
 *
 * Return: for slab_log_says().
 */
u64 slab_log_end(void)
{
	struct kmsg_dump_iter iter = { };

	kmsg_dump_rewind(&iter);
	return iter.next_seq;
}

/**
 * slab_log_says - look for a line of the kernel's log
 * @since: where to begin
 * @text: that the line has
 * @more: that it has too
 *
 * Context: may sleep.
 * Return: 1, or 0 where there is none, also without a log; -ENOMEM.
 */
int slab_log_says(u64 since, const char *text, const char *more)
{
	struct kmsg_dump_iter iter = { };
	char *line = kmalloc(SLAB_LINE_MAX, GFP_KERNEL);
	bool found = false;
	size_t len;

	if (!line)
		return -ENOMEM;
	kmsg_dump_rewind(&iter);
	iter.cur_seq = max(iter.cur_seq, since);
	while (!found &&
	       kmsg_dump_get_line(&iter, false, line, SLAB_LINE_MAX - 1, &len)) {
		line[len] = '\0';
		found = slab_line_has(line, text) && slab_line_has(line, more);
	}
	kfree(line);
	return found;
}

/**
 * struct slab_report - a leak, and what the kernel's log said of it
 * @name: of the cache
 * @leak: "@offset=N", as the report would name the object that is out
 * @spare: and one of the same slab that is free; empty where there is none
 * @since: where in the log to look
 * @named: the log says that the cache has objects
 * @lists_leak: it lists the object that is out
 * @lists_spare: it lists the one that is free
 */
struct slab_report {
	char name[32];
	char leak[24];
	char spare[24];
	u64 since;
	int named;
	int lists_leak;
	int lists_spare;
};

static int slab_read_log(struct slab_report *report)
{
	report->named = slab_log_says(report->since, report->name,
				      "still has objects");
	report->lists_leak = slab_log_says(report->since, "Object",
					   report->leak);
	if (report->spare[0])
		report->lists_spare = slab_log_says(report->since, "Object",
						    report->spare);
	return min3(report->named, report->lists_leak, report->lists_spare);
}

static void slab_judge_report(struct mm_run *run,
			      const struct slab_report *report)
{
	mm_note(run, "the log says %s cache %s still has objects, and %s the one",
		report->named ? "that" : "not that", report->name,
		report->lists_leak ? "lists" : "does not list");
	mm_expect(run, report->named,
		  "end of cache %s with an object out: expected the log to say that it still has objects, saw no such line",
		  report->name);
	/* SLAB counts its objects; SLUB knows which they are when it debugs. */
	if (!IS_ENABLED(CONFIG_SLUB_DEBUG))
		return;
	mm_expect(run, report->lists_leak,
		  "report of cache %s: expected the object that is out listed by \"%s\", saw no such line",
		  report->name, report->leak);
	mm_expect(run, !report->lists_spare,
		  "report of cache %s: expected the object that is out alone, saw the free one by \"%s\" too",
		  report->name, report->spare);
}

/* Ends a cache with an object out; the cache stays, without its frames. */
static void slab_end_early(struct mm_run *run, struct kmem_cache *cache,
			   void *leak)
{
	mm_announce(run, "kmem_cache_destroy");
	if (IS_ENABLED(CONFIG_SLUB_DEBUG))
		mm_announce(run, "Objects remaining");
	kmem_cache_destroy(cache);
	mm_announce_end(run);
	kmem_cache_free(cache, leak);
	kmem_cache_shrink(cache);
}

static int slab_leak(struct mm_run *run, struct slab_report *report)
{
	struct kmem_cache *cache = slab_cache(report->name, 512, 0, 0, NULL);
	void *spare, *leak;

	if (!cache)
		return -ENOMEM;
	spare = slab_take(cache, GFP_KERNEL);
	leak = slab_take(cache, GFP_KERNEL);
	/* The higher one, so that it is never the first of its slab. */
	if (spare && leak && slab_pfn(spare) == slab_pfn(leak)) {
		if (slab_offset(spare) > slab_offset(leak))
			swap(spare, leak);
		snprintf(report->spare, sizeof(report->spare), "@offset=%u",
			 slab_offset(spare));
	}
	if (spare)
		kmem_cache_free(cache, spare);
	if (!leak) {
		kmem_cache_destroy(cache);
		return -ENOMEM;
	}
	snprintf(report->leak, sizeof(report->leak), "@offset=%u",
		 slab_offset(leak));
	report->since = slab_log_end();
	slab_end_early(run, cache, leak);
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
