// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on pools with the kernel's own backing allocators.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "mempool_lab.h"

/*
 * Elements are blocks of this order: large enough to go straight to the buddy
 * lists when they are freed, so that it can be seen.
 */
#define MEMPOOL_UNIT_ORDER	(PAGE_ALLOC_COSTLY_ORDER + 1)
#define MEMPOOL_UNIT_SIZE	(PAGE_SIZE << MEMPOOL_UNIT_ORDER)
/* Reserve of such a pool, what is taken beyond it, and one too many. */
#define MEMPOOL_UNITS		4
#define MEMPOOL_UNITS_EXTRA	2
#define MEMPOOL_UNITS_MAX	(MEMPOOL_UNITS + MEMPOOL_UNITS_EXTRA + 1)

/**
 * struct mempool_backend - one of the kernel's own backing allocators
 * @name: for the notes
 * @alloc: the kernel's allocation function
 * @free: the kernel's free function
 * @pool_data: what both of them need
 * @is_page: elements are struct page
 * @size: bytes of an element
 */
struct mempool_backend {
	const char *name;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
	void *pool_data;
	bool is_page;
	size_t size;
};

/*
 * Refuses on command, or where a pool that is out of its mind takes ever more;
 * else passes on. Changed under the run lock.
 */
static const struct mempool_backend *mempool_wrapped;
static bool mempool_wrapped_refuses;
static bool mempool_wrapped_rescue;
static unsigned int mempool_wrapped_strange;
static unsigned int mempool_wrapped_allocs;
static void *mempool_wrapped_given[MEMPOOL_UNITS_MAX];
static unsigned int mempool_wrapped_frees;

static void *mempool_wrapped_alloc(gfp_t gfp, void *pool_data)
{
	void *element = NULL;

	if (pool_data != mempool_wrapped->pool_data)
		mempool_wrapped_strange++;
	else if ((!mempool_wrapped_refuses || mempool_wrapped_rescue) &&
		 mempool_wrapped_allocs < MEMPOOL_UNITS_MAX)
		element = mempool_wrapped->alloc(gfp, pool_data);
	if (element)
		mempool_wrapped_given[mempool_wrapped_allocs++] = element;
	return element;
}

static bool mempool_wrapped_gave(const void *element)
{
	unsigned int i;

	for (i = 0; i < mempool_wrapped_allocs; i++)
		if (mempool_wrapped_given[i] == element)
			return true;
	return false;
}

static void mempool_wrapped_free(void *element, void *pool_data)
{
	mempool_wrapped_frees++;
	if (pool_data != mempool_wrapped->pool_data ||
	    !mempool_wrapped_gave(element))
		mempool_wrapped_strange++;
	else
		mempool_wrapped->free(element, pool_data);
}

/**
 * struct mempool_units - elements in use, and the frames of all that there were
 * @run: the run
 * @backend: where they are from
 * @pool: the pool
 * @nr: elements in use
 * @element: those
 * @nr_seen: entries of @pfn
 * @pfn: first frame of each element that was ever in use
 * @unsound: an element is not what it should be; none is written to any more
 */
struct mempool_units {
	struct mm_run *run;
	const struct mempool_backend *backend;
	mempool_t *pool;
	unsigned int nr;
	void *element[MEMPOOL_UNITS_MAX];
	unsigned int nr_seen;
	unsigned long pfn[MEMPOOL_UNITS_MAX * 4];
	bool unsound;
};

static void *mempool_unit_address(const struct mempool_units *units,
				  void *element)
{
	return units->backend->is_page ? page_address(element) : element;
}

static unsigned long mempool_unit_pfn(const struct mempool_units *units,
				      void *element)
{
	return page_to_pfn(virt_to_page(mempool_unit_address(units, element)));
}

/* Free, as a part of any free block. */
static bool mempool_frame_is_free(unsigned long pfn)
{
	return is_free_buddy_page(pfn_to_page(pfn));
}

static bool mempool_unit_overlaps(const struct mempool_units *units,
				  const void *start)
{
	unsigned int i;

	for (i = 0; i < units->nr; i++) {
		const void *other = mempool_unit_address(units,
							 units->element[i]);

		if (start < other + units->backend->size &&
		    other < start + units->backend->size)
			return true;
	}
	return false;
}

static bool mempool_unit_is_whole(const struct mempool_units *units,
				  const void *start, unsigned long pfn)
{
	const struct mempool_backend *backend = units->backend;

	if (mempool_frame_is_free(pfn) ||
	    mempool_frame_is_free(pfn + (1UL << MEMPOOL_UNIT_ORDER) - 1))
		return false;
	if (backend->alloc == mempool_kmalloc)
		return ksize(start) >= backend->size;
	return !backend->is_page || IS_ALIGNED(pfn, 1UL << MEMPOOL_UNIT_ORDER);
}

/* Whether an element is as large as it should be, before it is written to. */
static bool mempool_unit_check(struct mempool_units *units, void *element)
{
	const void *start = mempool_unit_address(units, element);
	unsigned long pfn = mempool_unit_pfn(units, element);
	const struct mempool_backend *backend = units->backend;

	return mm_expect(units->run, mempool_unit_is_whole(units, start, pfn),
			 "%s element at frame %lu: expected %zu bytes in use, saw less",
			 backend->name, pfn, backend->size) &&
	       mm_expect(units->run, !mempool_unit_overlaps(units, start),
			 "%s element at frame %lu: expected it apart from the others, saw them overlap",
			 backend->name, pfn);
}

static bool mempool_unit_seen(const struct mempool_units *units,
			      unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < units->nr_seen; i++)
		if (units->pfn[i] == pfn)
			return true;
	return false;
}

/* Puts an element into use; each is filled with a byte of its own. */
static bool mempool_units_add(struct mempool_units *units, void *element)
{
	unsigned long pfn;

	if (!element)
		return false;
	pfn = mempool_unit_pfn(units, element);
	if (!mempool_unit_seen(units, pfn) &&
	    units->nr_seen < ARRAY_SIZE(units->pfn))
		units->pfn[units->nr_seen++] = pfn;
	if (!mempool_unit_check(units, element))
		units->unsound = true;
	units->element[units->nr++] = element;
	if (!units->unsound)
		memset(mempool_unit_address(units, element), units->nr,
		       units->backend->size);
	return true;
}

/* Takes an element that may not be slept for, however broken the pool is. */
static bool mempool_units_take(struct mempool_units *units)
{
	struct mempool_watch watch;
	void *element;

	mempool_watch_start(&watch, &mempool_wrapped_rescue, HZ);
	element = mempool_alloc(units->pool, GFP_NOWAIT);
	if (element && !mempool_wrapped_gave(element)) {
		mempool_wrapped_strange++;
		element = NULL;
	}
	if (mempool_watch_stop(&watch))
		mm_expect(units->run, false,
			  "%s pool, GFP_NOWAIT: expected an answer at once, saw it sleep",
			  units->backend->name);
	return mempool_units_add(units, element);
}

/* Elements that overlap would spoil each other's bytes. */
static void mempool_units_check(struct mempool_units *units)
{
	unsigned int i;

	for (i = 0; i < units->nr && !units->unsound; i++) {
		void *start = mempool_unit_address(units, units->element[i]);
		void *spoilt = memchr_inv(start, i + 1, units->backend->size);

		mm_expect(units->run, !spoilt,
			  "%s element %u at frame %lu: expected it untouched by others, saw byte %zu changed",
			  units->backend->name, i,
			  mempool_unit_pfn(units, units->element[i]),
			  (size_t)(spoilt - start));
	}
}

static void mempool_units_give_all(struct mempool_units *units)
{
	mempool_units_check(units);
	while (units->nr)
		mempool_free(units->element[--units->nr], units->pool);
}

/* The frames that are not free though every element was freed. */
static unsigned int mempool_units_kept(const struct mempool_units *units)
{
	unsigned int i, kept = 0;

	for (i = 0; i < units->nr_seen; i++) {
		unsigned long last = units->pfn[i] +
				     (1UL << MEMPOOL_UNIT_ORDER) - 1;

		kept += !mempool_frame_is_free(units->pfn[i]) ||
			!mempool_frame_is_free(last);
	}
	return kept;
}

/*
 * The guarantee, of a pool whose backing allocator fails on command. On a full
 * machine it may fail without one: what it gave is counted.
 */
static bool mempool_check_wrapped(struct mempool_units *units)
{
	const char *name = units->backend->name;
	unsigned int extra;
	bool ok;

	while (mempool_units_take(units) &&
	       units->nr < MEMPOOL_UNITS_EXTRA)
		;
	extra = mempool_wrapped_allocs - MEMPOOL_UNITS;
	mempool_wrapped_refuses = true;
	while (mempool_units_take(units) &&
	       units->nr < MEMPOOL_UNITS_MAX)
		;
	ok = mm_expect(units->run, units->nr == MEMPOOL_UNITS + extra,
		       "%s pool, backing gave %u and fails: expected %u elements, saw %u",
		       name, extra, MEMPOOL_UNITS + extra, units->nr);
	mempool_wrapped_frees = 0;
	mempool_units_give_all(units);
	ok &= mm_expect(units->run, mempool_wrapped_frees == extra,
			"%s pool, all given back: expected %u freed and the rest kept, saw %u freed",
			name, extra, mempool_wrapped_frees);
	ok &= mm_expect(units->run, !mempool_wrapped_strange,
			"%s pool: expected its own pool_data and elements, saw others %u times",
			name, mempool_wrapped_strange);
	mempool_wrapped_refuses = false;
	return ok && !units->unsound;
}

/* The same promises without anything between the pool and the kernel. */
static void mempool_check_plain(struct mempool_units *units)
{
	unsigned int got = 0;

	mm_expect(units->run,
		  mempool_units_add(units, mempool_alloc(units->pool,
							 GFP_KERNEL)),
		  "%s pool: expected an element, saw NULL",
		  units->backend->name);
	if (!MM_HAS_MEMPOOL_PREALLOCATED)
		goto out;
	while (mempool_units_add(units,
				 mempool_alloc_preallocated(units->pool)) &&
	       units->nr < MEMPOOL_UNITS_MAX)
		got++;
	mm_expect(units->run, got >= MEMPOOL_UNITS - 1 && got <= MEMPOOL_UNITS,
		  "%s pool: expected %d preallocated elements, saw %u",
		  units->backend->name, MEMPOOL_UNITS, got);
out:
	mempool_units_give_all(units);
}

/* The wrapped pool comes first: where it is unsound, the plain one might hang. */
static int mempool_with_backend(struct mempool_units *units, bool wrapped,
				bool *ok)
{
	const struct mempool_backend *backend = units->backend;

	mempool_wrapped = backend;
	mempool_wrapped_allocs = 0;
	mempool_wrapped_strange = 0;
	mempool_wrapped_refuses = false;
	units->pool = mempool_create_node(MEMPOOL_UNITS,
					  wrapped ? mempool_wrapped_alloc :
					  backend->alloc,
					  wrapped ? mempool_wrapped_free :
					  backend->free, backend->pool_data,
					  GFP_KERNEL | __GFP_RETRY_MAYFAIL |
					  __GFP_NOWARN, NUMA_NO_NODE);
	if (!units->pool)
		return -ENOMEM;
	if (wrapped)
		*ok = mempool_check_wrapped(units);
	else
		mempool_check_plain(units);
	mempool_destroy(units->pool);
	return 0;
}

/* A slab's frames are freed with its cache at the latest. */
static int mempool_try_backend(struct mempool_units *units,
			       struct mempool_backend *backend)
{
	struct kmem_cache *cache = NULL;
	bool ok = false;
	int ret;

	if (backend->alloc == mempool_alloc_slab) {
		cache = kmem_cache_create("mm_lab_mempool", backend->size, 0,
					  0, NULL);
		if (!cache)
			return -ENOMEM;
		backend->pool_data = cache;
	}
	units->backend = backend;
	ret = mempool_with_backend(units, true, &ok);
	if (!ret && ok)
		ret = mempool_with_backend(units, false, &ok);
	kmem_cache_destroy(cache);
	return ret;
}

static int mempool_check_backend(struct mm_run *run,
				 struct mempool_backend *backend)
{
	unsigned int kept, tries = 0;
	struct mempool_units units;
	int ret;

	do {
		units = (struct mempool_units){ .run = run };
		ret = mempool_try_backend(&units, backend);
		if (ret)
			return ret;
		kept = mempool_units_kept(&units);
	} while (kept && mm_try_again(run, &tries));

	mm_note(run, "%s: elements of %zu bytes at frames %lu, %lu, %lu, ...; %u frames kept",
		backend->name, backend->size, units.pfn[0], units.pfn[1],
		units.pfn[2], kept);
	mm_expect(run, !kept,
		  "%s pool destroyed: expected all %u elements' frames free, saw %u that are not, the first element at frame %lu",
		  backend->name, units.nr_seen, kept, units.pfn[0]);
	return mm_yield();
}

int mempool_probe_backends(struct mm_run *run)
{
	struct mempool_backend backends[] = {
		{
			.name = "kmalloc",
			.alloc = mempool_kmalloc,
			.free = mempool_kfree,
			.pool_data = (void *)MEMPOOL_UNIT_SIZE,
			.size = MEMPOOL_UNIT_SIZE,
		}, {
			/* A size that no cache to merge with has. */
			.name = "slab",
			.alloc = mempool_alloc_slab,
			.free = mempool_free_slab,
			.size = MEMPOOL_UNIT_SIZE - 64,
		}, {
			.name = "page",
			.alloc = mempool_alloc_pages,
			.free = mempool_free_pages,
			.pool_data = (void *)(long)MEMPOOL_UNIT_ORDER,
			.is_page = true,
			.size = MEMPOOL_UNIT_SIZE,
		},
	};
	/* Debugging may double what a slab's object takes. */
	const unsigned long nr_pages =
		2UL * MEMPOOL_UNITS_MAX << MEMPOOL_UNIT_ORDER;
	unsigned int i;
	int ret = mm_charge(run, nr_pages);

	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(backends) && !ret; i++)
		ret = mempool_check_backend(run, &backends[i]);
	mm_uncharge(run, nr_pages);
	return ret;
}
