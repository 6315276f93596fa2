// SPDX-License-Identifier: GPL-2.0
/*
 * How the slab layer is observed from outside, struct kmem_cache being opaque:
 * objects are hoarded, sorted by the block of frames they lie in, and their
 * distances measured.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kasan.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sizes.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "compat.h"
#include "mm_lab.h"
#include "slab_probe.h"

/* How often an object that KFENCE supplied is changed for another. */
#define SLAB_KFENCE_TRIES	16
/* Columns of a frame's picture. */
#define SLAB_DRAW_COLUMNS	64
/* Frames that are drawn of one slab. */
#define SLAB_DRAW_FRAMES	8
/* No architecture takes a longer command line. */
#define SLAB_COMMAND_LINE_MAX	SZ_4K

/**
 * slab_allocator - which of the kernel's slab allocators this is
 *
 * Return: its name.
 */
const char *slab_allocator(void)
{
	if (IS_ENABLED(CONFIG_SLOB))
		return "SLOB";
	if (IS_ENABLED(CONFIG_SLAB))
		return "SLAB";
	return IS_ENABLED(CONFIG_SLUB_TINY) ? "SLUB_TINY" : "SLUB";
}

/**
 * slab_keeps_back - whether freed objects wait before they are used again
 *
 * Return: true where KASAN has its quarantine.
 */
bool slab_keeps_back(void)
{
	return IS_ENABLED(CONFIG_KASAN_GENERIC);
}

/**
 * slab_dma_zone - the frames that GFP_DMA promises
 *
 * Return: the first node's ZONE_DMA that has any, or NULL.
 */
struct zone *slab_dma_zone(void)
{
#ifdef CONFIG_ZONE_DMA
	struct zone *zone;
	int nid;

	for_each_online_node(nid) {
		zone = &NODE_DATA(nid)->node_zones[ZONE_DMA];
		if (populated_zone(zone))
			return zone;
	}
#endif
	return NULL;
}

/* The command line is exported to no module, but /proc shows it to all. */
static void slab_command_line(char *line, size_t size)
{
#ifdef MODULE
	struct file *file = filp_open("/proc/cmdline", O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t len;

	line[0] = '\0';
	if (IS_ERR(file))
		return;
	len = kernel_read(file, line, size - 1, &pos);
	line[max_t(ssize_t, len, 0)] = '\0';
	filp_close(file, NULL);
#else
	strscpy(line, saved_command_line, size);
#endif
}

/**
 * slab_boot_option - whether the kernel's command line has an option
 * @name: without its value
 *
 * Context: may sleep.
 * Return: false too where the command line could not be read.
 */
bool slab_boot_option(const char *name)
{
	char *line = kzalloc(SLAB_COMMAND_LINE_MAX, GFP_KERNEL);
	size_t len = strlen(name);
	char *rest = line;
	bool found = false;
	char *word;

	if (!line)
		return false;
	slab_command_line(line, SLAB_COMMAND_LINE_MAX);
	while (!found && (word = strsep(&rest, "\n ")))
		found = !strncmp(word, name, len) &&
			(!word[len] || word[len] == '=');
	kfree(line);
	return found;
}

/**
 * slab_debug_wanted - whether caches that ask for nothing are debugged too
 *
 * Return: true when red zones may stand around the objects of kmalloc.
 */
bool slab_debug_wanted(void)
{
	if (IS_ENABLED(CONFIG_SLUB_DEBUG_ON) || IS_ENABLED(CONFIG_DEBUG_SLAB))
		return true;
	return slab_boot_option("slub_debug") || slab_boot_option("slab_debug");
}

/**
 * slab_cache - a cache that nobody shares and no boot option changes
 * @name: of the cache
 * @size: of an object
 * @align: of an object, or 0
 * @flags: more SLAB_ flags
 * @ctor: or NULL
 *
 * Context: may sleep.
 * Return: the cache, for kmem_cache_destroy(), or NULL.
 */
struct kmem_cache *slab_cache(const char *name, unsigned int size,
			      unsigned int align, slab_flags_t flags,
			      void (*ctor)(void *))
{
	return kmem_cache_create(name, size, align,
				 flags | MM_SLAB_NO_MERGE | SLAB_NO_USER_FLAGS,
				 ctor);
}
EXPORT_SYMBOL_MM_LAB(slab_cache);

static void slab_give(struct kmem_cache *cache, void *object)
{
	if (cache)
		kmem_cache_free(cache, object);
	else
		kfree(object);
}

static void *slab_ask(struct kmem_cache *cache, size_t size, gfp_t gfp)
{
	unsigned int tries;
	void *object;

	/* KFENCE supplies a sample of all objects, from pages of its own. */
	for (tries = 0; tries < SLAB_KFENCE_TRIES; tries++) {
		object = cache ? kmem_cache_alloc(cache, gfp) :
				 kmalloc(size, gfp);
		if (!object || !is_kfence_address(object))
			return object;
		slab_give(cache, object);
	}
	return NULL;
}

static bool slab_has_sample(void **objects, unsigned int nr)
{
	while (nr--)
		if (is_kfence_address(objects[nr]))
			return true;
	return false;
}

static unsigned int slab_ask_bulk(struct kmem_cache *cache, gfp_t gfp,
				  unsigned int nr, void **objects)
{
	unsigned int tries, got;

	for (tries = 0; tries < SLAB_KFENCE_TRIES; tries++) {
		got = mm_cache_alloc_bulk(cache, gfp, nr, objects);
		if (!got || !slab_has_sample(objects, got))
			return got;
		kmem_cache_free_bulk(cache, got, objects);
	}
	return 0;
}

/**
 * slab_take - an object from a slab of its cache
 * @cache: the cache
 * @gfp: as for kmem_cache_alloc()
 *
 * Context: as @gfp says.
 * Return: the object, never one of KFENCE's, or NULL.
 */
void *slab_take(struct kmem_cache *cache, gfp_t gfp)
{
	return slab_ask(cache, 0, gfp);
}
EXPORT_SYMBOL_MM_LAB(slab_take);

/**
 * slab_kmalloc - an object of kmalloc()
 * @size: in bytes
 * @gfp: as for kmalloc()
 *
 * Context: as @gfp says.
 * Return: the object, never one of KFENCE's, or NULL.
 */
void *slab_kmalloc(size_t size, gfp_t gfp)
{
	return slab_ask(NULL, size, gfp);
}

/**
 * slab_pfn - the block of frames that an object lies in
 * @object: of kmem_cache_alloc() or kmalloc()
 *
 * Return: the PFN of its first frame.
 */
unsigned long slab_pfn(const void *object)
{
	return page_to_pfn(virt_to_head_page(object));
}

/**
 * slab_offset - where in its block of frames an object begins
 * @object: of kmem_cache_alloc() or kmalloc()
 *
 * Return: bytes.
 */
unsigned int slab_offset(const void *object)
{
	const char *base = page_address(virt_to_head_page(object));

	return (const char *)kasan_reset_tag(object) -
	       (const char *)kasan_reset_tag(base);
}

/**
 * slab_frames_owned - whether frames belong to the slab allocator
 * @pfn: of the first
 * @order: of the block
 *
 * Whoever calls it holds no reference: the answer may be old at once.
 *
 * Return: true when one of them does.
 */
bool slab_frames_owned(unsigned long pfn, unsigned int order)
{
	unsigned long end = pfn + (1UL << order);

	for (; pfn < end; pfn++)
		if (PageSlab(compound_head(pfn_to_page(pfn))))
			return true;
	return false;
}

/**
 * slab_hoard_new - an empty hoard
 * @run: pays for the slabs
 * @cache: where objects come from, or NULL for kmalloc
 * @size: of an object
 * @max: the objects it may hold
 *
 * Context: may sleep.
 * Return: the hoard, for slab_hoard_free(), or NULL.
 */
struct slab_hoard *slab_hoard_new(struct mm_run *run, struct kmem_cache *cache,
				  size_t size, unsigned int max)
{
	struct slab_hoard *hoard = kvzalloc(sizeof(*hoard), GFP_KERNEL);

	if (!hoard)
		return NULL;
	hoard->objects = kvmalloc_array(max, sizeof(*hoard->objects),
					GFP_KERNEL);
	if (!hoard->objects) {
		kvfree(hoard);
		return NULL;
	}
	hoard->run = run;
	hoard->cache = cache;
	hoard->size = size;
	hoard->gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;
	hoard->max = max;
	return hoard;
}

/**
 * slab_hoard_release - free a hoard's objects, the last first
 * @hoard: may be NULL; still knows its slabs afterwards
 */
void slab_hoard_release(struct slab_hoard *hoard)
{
	if (!hoard)
		return;
	while (hoard->nr)
		slab_give(hoard->cache, hoard->objects[--hoard->nr]);
}

/**
 * slab_hoard_free - free a hoard and its objects
 * @hoard: may be NULL
 */
void slab_hoard_free(struct slab_hoard *hoard)
{
	if (!hoard)
		return;
	slab_hoard_release(hoard);
	mm_uncharge(hoard->run, hoard->charged);
	kvfree(hoard->objects);
	kvfree(hoard);
}

/**
 * slab_hoard_open - a cache of our own and an empty hoard of its objects
 * @run: pays for the slabs
 * @name: of the cache
 * @size: of an object
 * @align: of an object, or 0
 * @flags: more SLAB_ flags
 * @ctor: or NULL
 *
 * Context: may sleep.
 * Return: the hoard, for slab_hoard_close(), or NULL.
 */
struct slab_hoard *slab_hoard_open(struct mm_run *run, const char *name,
				   unsigned int size, unsigned int align,
				   slab_flags_t flags, void (*ctor)(void *))
{
	struct kmem_cache *cache = slab_cache(name, size, align, flags, ctor);
	struct slab_hoard *hoard;

	if (!cache)
		return NULL;
	hoard = slab_hoard_new(run, cache, size, SLAB_HOARD_MAX);
	if (!hoard)
		kmem_cache_destroy(cache);
	return hoard;
}
EXPORT_SYMBOL_MM_LAB(slab_hoard_open);

/**
 * slab_cache_end - destroy a cache of slab_cache(), unless objects were lost
 * @run: fails where some were
 * @cache: all of whose objects were freed
 *
 * Nobody else has objects of it, so no slab of it may be in use. A cache that
 * has one is left alone: destroying it would warn, and end nothing.
 *
 * Context: may sleep.
 * Return: whether it was destroyed.
 */
bool slab_cache_end(struct mm_run *run, struct kmem_cache *cache)
{
	if (kmem_cache_shrink(cache)) {
		mm_expect(run, false,
			  "slabs left with all objects freed and the cache shrunk: expected none, saw some");
		return false;
	}
	kmem_cache_destroy(cache);
	return true;
}
EXPORT_SYMBOL_MM_LAB(slab_cache_end);

/* The developer who lost an object will want to know of which slab. */
static void slab_note_left(const struct slab_hoard *hoard)
{
	unsigned long pfn = 0;
	unsigned int nr = slab_hoard_nr_kept(hoard, &pfn);

	if (nr)
		mm_note(hoard->run, "%u of the %u slabs that gave objects stay, one at PFN %lu",
			nr, hoard->nr_seen, pfn);
}

/**
 * slab_hoard_close - undo slab_hoard_open()
 * @hoard: may be NULL
 *
 * Context: may sleep.
 * Return: false where the cache could not be destroyed; the run failed then.
 */
bool slab_hoard_close(struct slab_hoard *hoard)
{
	bool ended = true;

	if (!hoard)
		return true;
	slab_hoard_release(hoard);
	if (hoard->shared)
		kmem_cache_destroy(hoard->cache);
	else
		ended = slab_cache_end(hoard->run, hoard->cache);
	if (!ended)
		slab_note_left(hoard);
	slab_hoard_free(hoard);
	return ended;
}
EXPORT_SYMBOL_MM_LAB(slab_hoard_close);

static struct slab_seen *slab_hoard_lookup(const struct slab_hoard *hoard,
					   const void *object)
{
	unsigned long pfn = slab_pfn(object);
	unsigned int i = hoard->nr_seen;

	while (i--)
		if (hoard->seen[i].pfn == pfn)
			return (struct slab_seen *)&hoard->seen[i];
	return NULL;
}

/**
 * slab_hoard_find - the slab that one of a hoard's objects lies in
 * @hoard: the hoard
 * @object: any object
 *
 * Return: the slab, or NULL where the hoard has no object of it.
 */
const struct slab_seen *slab_hoard_find(const struct slab_hoard *hoard,
					const void *object)
{
	return slab_hoard_lookup(hoard, object);
}

static struct slab_seen *slab_hoard_see(struct slab_hoard *hoard,
					const void *object)
{
	struct slab_seen *slab = slab_hoard_lookup(hoard, object);
	struct page *page = virt_to_head_page(object);
	unsigned int order = compound_order(page);

	if (slab)
		return slab;
	if (hoard->nr_seen == SLAB_SEEN_MAX ||
	    mm_charge(hoard->run, 1UL << order))
		return NULL;
	hoard->charged += 1UL << order;
	slab = &hoard->seen[hoard->nr_seen++];
	*slab = (struct slab_seen){
		.pfn = page_to_pfn(page),
		.order = order,
		.since = hoard->nr,
		.owned = PageSlab(page),
	};
	return slab;
}

/* Counts an object that the hoard has room for. */
static int slab_hoard_adopt(struct slab_hoard *hoard, void *object)
{
	struct slab_seen *slab = slab_hoard_see(hoard, object);

	if (!slab)
		return -ENOMEM;
	slab->nr++;
	hoard->objects[hoard->nr++] = object;
	return 0;
}

/**
 * slab_hoard_take - take objects
 * @hoard: the hoard
 * @nr: how many
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM when there was no object, no budget or no room for one;
 * -EINTR on a fatal signal.
 */
int slab_hoard_take(struct slab_hoard *hoard, unsigned int nr)
{
	while (nr--) {
		void *object;

		if (mm_yield())
			return -EINTR;
		if (hoard->nr == hoard->max)
			return -ENOMEM;
		object = slab_ask(hoard->cache, hoard->size, hoard->gfp);
		if (!object)
			return -ENOMEM;
		if (slab_hoard_adopt(hoard, object)) {
			slab_give(hoard->cache, object);
			return -ENOMEM;
		}
	}
	return 0;
}
EXPORT_SYMBOL_MM_LAB(slab_hoard_take);

/**
 * slab_hoard_take_bulk - take objects with one call
 * @hoard: an empty one
 * @nr: how many
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM when none were had. Fewer than asked are kept, for the
 * caller to count.
 */
int slab_hoard_take_bulk(struct slab_hoard *hoard, unsigned int nr)
{
	void **objects = hoard->objects;
	unsigned int i, got;
	int ret = 0;

	got = slab_ask_bulk(hoard->cache, hoard->gfp, nr, objects);
	if (!got)
		return -ENOMEM;
	for (i = 0; !ret && i < got; i++)
		ret = slab_hoard_adopt(hoard, objects[i]);
	if (ret) {
		kmem_cache_free_bulk(hoard->cache, got, objects);
		hoard->nr = 0;
	}
	return ret;
}

/**
 * slab_hoard_release_bulk - free a hoard's objects with one call
 * @hoard: has objects, and a cache
 */
void slab_hoard_release_bulk(struct slab_hoard *hoard)
{
	kmem_cache_free_bulk(hoard->cache, hoard->nr, hoard->objects);
	hoard->nr = 0;
}

/**
 * slab_hoard_fill - take objects until they lie in so many slabs
 * @hoard: the hoard
 * @nr_slabs: how many
 *
 * The last of them has a single object of the hoard then.
 *
 * Context: may sleep.
 * Return: as slab_hoard_take().
 */
int slab_hoard_fill(struct slab_hoard *hoard, unsigned int nr_slabs)
{
	int ret = 0;

	while (!ret && hoard->nr_seen < nr_slabs)
		ret = slab_hoard_take(hoard, 1);
	return ret;
}
EXPORT_SYMBOL_MM_LAB(slab_hoard_fill);

/**
 * slab_hoard_thin - free all objects but the first of each slab
 * @hoard: the hoard
 *
 * No slab of it is empty then.
 */
void slab_hoard_thin(struct slab_hoard *hoard)
{
	unsigned int nr = 0, i;

	for (i = 0; i < hoard->nr_seen; i++)
		hoard->seen[i].nr = 0;
	for (i = 0; i < hoard->nr; i++) {
		void *object = hoard->objects[i];
		struct slab_seen *slab = slab_hoard_lookup(hoard, object);

		if (slab->nr) {
			slab_give(hoard->cache, object);
		} else {
			slab->nr = 1;
			hoard->objects[nr++] = object;
		}
	}
	hoard->nr = nr;
}
EXPORT_SYMBOL_MM_LAB(slab_hoard_thin);

static u8 slab_stamp(unsigned int i)
{
	/* Odd, so that 256 objects in a row bear 256 stamps. */
	return i * 167 + 13;
}

/**
 * slab_hoard_stamp - fill every object with a byte of its own
 * @hoard: the hoard
 */
void slab_hoard_stamp(struct slab_hoard *hoard)
{
	unsigned int i;

	for (i = 0; i < hoard->nr; i++)
		memset(hoard->objects[i], slab_stamp(i), hoard->size);
}
EXPORT_SYMBOL_MM_LAB(slab_hoard_stamp);

/**
 * slab_hoard_spoilt - look for objects whose stamp did not last
 * @hoard: stamped by slab_hoard_stamp()
 *
 * Objects that overlap spoil each other's.
 *
 * Return: how many.
 */
unsigned int slab_hoard_spoilt(const struct slab_hoard *hoard)
{
	unsigned int i, nr = 0;

	for (i = 0; i < hoard->nr; i++)
		if (memchr_inv(hoard->objects[i], slab_stamp(i), hoard->size))
			nr++;
	return nr;
}
EXPORT_SYMBOL_MM_LAB(slab_hoard_spoilt);

/**
 * slab_hoard_fullest - the slab with the most objects of the hoard
 * @hoard: one that has objects
 *
 * Return: the first such slab.
 */
const struct slab_seen *slab_hoard_fullest(const struct slab_hoard *hoard)
{
	const struct slab_seen *fullest = &hoard->seen[0];
	unsigned int i;

	for (i = 1; i < hoard->nr_seen; i++)
		if (hoard->seen[i].nr > fullest->nr)
			fullest = &hoard->seen[i];
	return fullest;
}

/**
 * slab_hoard_nr_kept - slabs whose frames still belong to the slab allocator
 * @hoard: the hoard
 * @pfn: gets one of them, where there are any
 *
 * Return: how many of the slabs seen.
 */
unsigned int slab_hoard_nr_kept(const struct slab_hoard *hoard,
				unsigned long *pfn)
{
	unsigned int i, nr = 0;

	for (i = 0; i < hoard->nr_seen; i++) {
		const struct slab_seen *slab = &hoard->seen[i];

		if (!slab_frames_owned(slab->pfn, slab->order))
			continue;
		*pfn = slab->pfn;
		nr++;
	}
	return nr;
}

/**
 * slab_hoard_may_keep - slabs that may stay when all objects are free
 * @hoard: the hoard
 *
 * Return: none, but on SLOB: others' objects may share our pages there.
 */
unsigned int slab_hoard_may_keep(const struct slab_hoard *hoard)
{
	return IS_ENABLED(CONFIG_SLOB) ? hoard->nr_seen - 1 : 0;
}

static int slab_compare_offsets(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

/**
 * slab_layout_of - find stride, gaps and waste from where objects begin
 * @layout: filled
 * @offsets: of the objects in their slab, in bytes; sorted here
 * @nr: how many, 1 at least
 * @bytes: of the slab
 *
 * Context: does not sleep.
 */
void slab_layout_of(struct slab_layout *layout, unsigned int *offsets,
		    unsigned int nr, unsigned int bytes)
{
	unsigned int stride = 0;
	unsigned int i;

	sort(offsets, nr, sizeof(*offsets), slab_compare_offsets, NULL);
	for (i = 1; i < nr; i++) {
		unsigned int distance = offsets[i] - offsets[i - 1];

		stride = i == 1 ? distance : min(stride, distance);
	}
	*layout = (struct slab_layout){
		.bytes = bytes,
		.nr_objects = nr,
		.first = offsets[0],
		.last = offsets[nr - 1],
		.stride = stride,
		.even = true,
		.whole = true,
	};
	for (i = 1; i < nr; i++) {
		unsigned int distance = offsets[i] - offsets[i - 1];

		if (!stride || distance % stride)
			layout->even = false;
		if (distance != stride)
			layout->whole = false;
	}
	if (layout->last + stride < bytes)
		layout->waste = bytes - layout->last - stride;
}
EXPORT_SYMBOL_MM_LAB(slab_layout_of);

/**
 * slab_measure - measure the layout of a slab
 * @hoard: holds objects of it
 * @slab: one of the hoard's
 * @layout: filled
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int slab_measure(const struct slab_hoard *hoard, const struct slab_seen *slab,
		 struct slab_layout *layout)
{
	unsigned int *offsets = kvmalloc_array(slab->nr, sizeof(*offsets),
					       GFP_KERNEL);
	unsigned int i, nr = 0;

	if (!offsets)
		return -ENOMEM;
	for (i = 0; i < hoard->nr && nr < slab->nr; i++)
		if (slab_pfn(hoard->objects[i]) == slab->pfn)
			offsets[nr++] = slab_offset(hoard->objects[i]);
	slab_layout_of(layout, offsets, nr, PAGE_SIZE << slab->order);
	kvfree(offsets);
	return 0;
}

/**
 * slab_place - what stands at a place of a slab
 * @layout: of the slab
 * @size: that the objects were asked with
 * @offset: of the place
 *
 * Return: a letter for an object, the next letter for the next object; '.' for
 * what follows it in its stride; '-' for what belongs to no object.
 */
char slab_place(const struct slab_layout *layout, unsigned int size,
		unsigned int offset)
{
	unsigned int stride = layout->stride ?: layout->bytes;
	unsigned int i;

	if (offset < layout->first || offset >= layout->last + stride)
		return '-';
	i = (offset - layout->first) / stride;
	if (offset - layout->first - i * stride >= size)
		return '.';
	return 'a' + i % 26;
}
EXPORT_SYMBOL_MM_LAB(slab_place);

/**
 * slab_draw - note the frames of a slab as a picture
 * @run: notes it
 * @pfn: of the slab's first frame
 * @size: that the objects were asked with
 * @layout: of the slab
 */
void slab_draw(struct mm_run *run, unsigned long pfn, unsigned int size,
	       const struct slab_layout *layout)
{
	unsigned int step = PAGE_SIZE / SLAB_DRAW_COLUMNS;
	unsigned int nr = layout->bytes / PAGE_SIZE;
	char line[SLAB_DRAW_COLUMNS + 1] = { };
	unsigned int frame, i;
	unsigned int shown = min_t(unsigned int, nr, SLAB_DRAW_FRAMES);

	mm_note(run, "frame layout, a character for %u bytes: a-z objects, '.' padding, '-' waste",
		step);
	for (frame = 0; frame < shown; frame++) {
		for (i = 0; i < SLAB_DRAW_COLUMNS; i++)
			line[i] = slab_place(layout, size,
					     frame * PAGE_SIZE + i * step);
		mm_note(run, "PFN %8lu |%s|", pfn + frame, line);
	}
	if (frame < nr)
		mm_note(run, "and %u frames more", nr - frame);
}
