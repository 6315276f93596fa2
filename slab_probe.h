/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the slab room share: hoards of objects, what a layout is,
 * and the experiments that the table in slab_probe.c names.
 */
#ifndef MM_LAB_SLAB_PROBE_H
#define MM_LAB_SLAB_PROBE_H

#include <linux/kconfig.h>
#include <linux/slab.h>
#include <linux/types.h>

#include "compat.h"

struct mm_run;
struct zone;

/* The objects that a hoard of a cache of its own may hold. */
#define SLAB_HOARD_MAX	(4 * PAGE_SIZE)
/* The objects of one turn of freeing and taking; a slab holds as many. */
#define SLAB_TURN_MAX	8
/* The slabs that a hoard tells apart. */
#define SLAB_SEEN_MAX	128
/*
 * The slabs that an experiment fills to see them leave. On SLOB the holes in
 * others' pages are used up first, and those stay.
 */
#define SLAB_LEAVING	(IS_ENABLED(CONFIG_SLOB) ? SLAB_SEEN_MAX : 12)

/*
 * What a CPU draws at a time beyond what it was asked for: an array of SLAB
 * takes 60 objects, a sheaf 62 at most where they are of 128 bytes or more.
 */
#define SLAB_BATCH	(MM_SLAB_BATCHES ? 64 : 0)

/**
 * struct slab_seen - a slab of which a hoard has objects
 * @pfn: of its first frame
 * @order: of its block of frames
 * @since: how many objects the hoard had before the first of this slab
 * @nr: objects of the hoard that lie in it
 * @owned: its frames said that they belong to the slab allocator
 */
struct slab_seen {
	unsigned long pfn;
	unsigned int order;
	unsigned int since;
	unsigned int nr;
	bool owned;
};

/**
 * struct slab_hoard - objects of one cache that a run holds, and their slabs
 * @run: pays for the slabs
 * @cache: where the objects come from; NULL: kmalloc(@size)
 * @size: of an object, in bytes
 * @gfp: how they are asked for
 * @objects: those held, in the order in which they came
 * @nr: how many
 * @max: room at @objects
 * @seen: their slabs, in the order of their first object; kept when the
 *	objects are freed, to see what became of the frames
 * @nr_seen: how many
 * @charged: pages that the run was charged for
 * @shared: others may have objects of @cache too
 */
struct slab_hoard {
	struct mm_run *run;
	struct kmem_cache *cache;
	size_t size;
	gfp_t gfp;
	void **objects;
	unsigned int nr;
	unsigned int max;
	struct slab_seen seen[SLAB_SEEN_MAX];
	unsigned int nr_seen;
	unsigned long charged;
	bool shared;
};

/**
 * struct slab_layout - how the objects of one slab stand, in bytes
 * @bytes: of the slab
 * @nr_objects: objects known in it
 * @first: offset of the first
 * @last: offset of the last
 * @stride: smallest distance of two; 0 where there are not two
 * @waste: from the end of the last object's stride to the end of the slab
 * @even: every distance is a multiple of @stride
 * @whole: no place between the first and the last is without an object
 */
struct slab_layout {
	unsigned int bytes;
	unsigned int nr_objects;
	unsigned int first;
	unsigned int last;
	unsigned int stride;
	unsigned int waste;
	bool even;
	bool whole;
};

/* slab_layout.c */

const char *slab_allocator(void);
bool slab_boot_option(const char *name);
bool slab_debug_wanted(void);
bool slab_keeps_back(void);
struct zone *slab_dma_zone(void);

struct kmem_cache *slab_cache(const char *name, unsigned int size,
			      unsigned int align, slab_flags_t flags,
			      void (*ctor)(void *));
bool slab_cache_end(struct mm_run *run, struct kmem_cache *cache);
void *slab_take(struct kmem_cache *cache, gfp_t gfp);
void *slab_kmalloc(size_t size, gfp_t gfp);

struct slab_hoard *slab_hoard_new(struct mm_run *run, struct kmem_cache *cache,
				  size_t size, unsigned int max);
void slab_hoard_free(struct slab_hoard *hoard);
struct slab_hoard *slab_hoard_open(struct mm_run *run, const char *name,
				   unsigned int size, unsigned int align,
				   slab_flags_t flags, void (*ctor)(void *));
bool slab_hoard_close(struct slab_hoard *hoard);
int slab_hoard_take(struct slab_hoard *hoard, unsigned int nr);
int slab_hoard_take_bulk(struct slab_hoard *hoard, unsigned int nr);
int slab_hoard_fill(struct slab_hoard *hoard, unsigned int nr_slabs);
void slab_hoard_release(struct slab_hoard *hoard);
void slab_hoard_release_bulk(struct slab_hoard *hoard);
void slab_hoard_thin(struct slab_hoard *hoard);
void slab_hoard_stamp(struct slab_hoard *hoard);
unsigned int slab_hoard_spoilt(const struct slab_hoard *hoard);
const struct slab_seen *slab_hoard_find(const struct slab_hoard *hoard,
					const void *object);
const struct slab_seen *slab_hoard_fullest(const struct slab_hoard *hoard);
unsigned int slab_hoard_nr_kept(const struct slab_hoard *hoard,
				unsigned long *pfn);
unsigned int slab_hoard_may_keep(const struct slab_hoard *hoard);

unsigned long slab_pfn(const void *object);
unsigned int slab_offset(const void *object);
bool slab_frames_owned(unsigned long pfn, unsigned int order);

void slab_layout_of(struct slab_layout *layout, unsigned int *offsets,
		    unsigned int nr, unsigned int bytes);
int slab_measure(const struct slab_hoard *hoard, const struct slab_seen *slab,
		 struct slab_layout *layout);
void slab_draw(struct mm_run *run, unsigned long pfn, unsigned int size,
	       const struct slab_layout *layout);
char slab_place(const struct slab_layout *layout, unsigned int size,
		unsigned int offset);

/* slab_return.c */

int slab_refill(struct mm_run *run, unsigned int size, unsigned int per_slab);
int slab_reuse(struct mm_run *run);
int slab_shrink(struct mm_run *run);
int slab_bulk(struct mm_run *run);

/* slab_kmalloc.c */

size_t slab_class(size_t size);
int slab_size_classes(struct mm_run *run);
int slab_large_kmalloc(struct mm_run *run);
int slab_zeroing(struct mm_run *run);
int slab_krealloc(struct mm_run *run);
int slab_dma(struct mm_run *run);

/* slab_debug.c */

bool slab_poisoned(const u8 *bytes, size_t size);
bool slab_line_has(const char *line, const char *text);
u64 slab_log_end(void);
int slab_log_says(u64 since, const char *text, const char *more);
int slab_poison(struct mm_run *run);
int slab_leak_reported(struct mm_run *run);

/* slab_manage.c */

int slab_management(struct mm_run *run);
int slab_colouring(struct mm_run *run);

/* slab_share.c */

int slab_merge(struct mm_run *run);
int slab_typesafe_by_rcu(struct mm_run *run);
int slab_per_cpu(struct mm_run *run);
int slab_numa_node(struct mm_run *run);
int slab_mixed_page(struct mm_run *run);

#endif /* MM_LAB_SLAB_PROBE_H */
