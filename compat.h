/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between kernel versions, each with the version that brought
 * it. A probe reads as if there were one kernel.
 */
#ifndef MM_LAB_COMPAT_H
#define MM_LAB_COMPAT_H

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/shmem_fs.h>
#include <linux/spinlock.h>
#include <linux/version.h>

/*
 * MM_MAX_ORDER: the largest order that the page allocator serves, inclusive.
 * 6.4 made MAX_ORDER inclusive, 6.8 renamed it.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define MM_MAX_ORDER	MAX_PAGE_ORDER
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define MM_MAX_ORDER	MAX_ORDER
#else
#define MM_MAX_ORDER	(MAX_ORDER - 1)
#endif

/*
 * mm_alloc_pages_bulk(): fill the empty entries of an array with single pages;
 * returns how many are filled. 6.14 renamed it.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define mm_alloc_pages_bulk(gfp, nr, pages)	alloc_pages_bulk(gfp, nr, pages)
#else
#define mm_alloc_pages_bulk(gfp, nr, pages)	\
	alloc_pages_bulk_array(gfp, nr, pages)
#endif

/*
 * MM_SLAB_NO_MERGE: a cache of its own slabs. SLAB_NO_MERGE came in 6.5; before,
 * what kmemleak does not trace was not merged either, on every allocator.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define MM_SLAB_NO_MERGE	SLAB_NO_MERGE
#else
#define MM_SLAB_NO_MERGE	SLAB_NOLEAKTRACE
#endif

/*
 * MM_SLAB_ON_SLAB: SLAB keeps a slab's index on the slab; it went with SLAB,
 * whose last kernel is 6.7.
 */
#define MM_SLAB_ON_SLAB		SLAB_NOLEAKTRACE

/*
 * MM_SLAB_BATCHES: a CPU draws objects from an array that is filled from
 * several slabs at once: SLAB always (it went in 6.8), SLUB since the sheaves
 * took the place of the CPU's slab in 7.0.
 */
#define MM_SLAB_BATCHES							\
	(IS_ENABLED(CONFIG_SLAB) ||					\
	 (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0) &&		\
	  !IS_ENABLED(CONFIG_SLUB_TINY)))

/* mm_page_flags(): struct page's flags became a structure of one word in 6.18. */
static inline unsigned long mm_page_flags(const struct page *page)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return READ_ONCE(page->flags.f);
#else
	return READ_ONCE(page->flags);
#endif
}

/*
 * MM_MAPPING_ANON, MM_MAPPING_FLAGS: what the low bits of a page's mapping
 * say. 6.17 renamed them.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define MM_MAPPING_ANON		FOLIO_MAPPING_ANON
#define MM_MAPPING_FLAGS	FOLIO_MAPPING_FLAGS
#else
#define MM_MAPPING_ANON		PAGE_MAPPING_ANON
#define MM_MAPPING_FLAGS	PAGE_MAPPING_FLAGS
#endif

/*
 * mm_page_mapcount() - how many page tables map a page without a page type
 * @page: the page; it may change meanwhile
 * @order: of the compound block that it is part of, as far as known
 *
 * 6.10 stopped to count each page of a large folio by itself for all: from
 * there on it is the folio's sum. A copy of its first two struct pages is
 * asked, where the count is; the page's own folio may be gone by now.
 */
static inline int mm_page_mapcount(struct page *page, unsigned int order)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	struct folio folio = { };

	memcpy(&folio, compound_head(page),
	       sizeof(struct page) * (order ? 2 : 1));
	if (!order != !(mm_page_flags(&folio.page) & BIT(PG_head)))
		return 0;
	return folio_mapcount(&folio);
#else
	return page_mapcount(page);
#endif
}

/* mm_shmem_file(): VM_* flags became a type of their own in 7.1. */
static inline struct file *mm_shmem_file(const char *name, loff_t size)
{
#ifdef EMPTY_VMA_FLAGS
	return shmem_file_setup(name, size, EMPTY_VMA_FLAGS);
#else
	return shmem_file_setup(name, size, 0);
#endif
}

/*
 * How many objects a bulk allocation gave. 7.3 says whether all, as a bool;
 * the kernels before it how many, all or 0.
 */
static inline unsigned int mm_cache_alloc_bulk(struct kmem_cache *cache,
					       gfp_t gfp, size_t nr,
					       void **objects)
{
	typeof(kmem_cache_alloc_bulk(cache, gfp, nr, objects)) got;

	got = kmem_cache_alloc_bulk(cache, gfp, nr, objects);
	return __same_type(got, bool) ? got * nr : got;
}

/*
 * The numbers of SLAB's red zones: they went with SLAB, whose last kernel is
 * 6.7.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define MM_SLAB_RED_ACTIVE	RED_ACTIVE
#define MM_SLAB_RED_INACTIVE	RED_INACTIVE
#else
#define MM_SLAB_RED_ACTIVE	0
#define MM_SLAB_RED_INACTIVE	0
#endif

/*
 * The suites are a second module and reach the first one's internals through
 * a symbol namespace, whose name became a string in 6.13.
 */
#if !IS_ENABLED(CONFIG_KUNIT)
#define EXPORT_SYMBOL_MM_LAB(symbol)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define EXPORT_SYMBOL_MM_LAB(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, "MM_LAB")
#define MODULE_IMPORT_MM_LAB()		MODULE_IMPORT_NS("MM_LAB")
#else
#define EXPORT_SYMBOL_MM_LAB(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, MM_LAB)
#define MODULE_IMPORT_MM_LAB()		MODULE_IMPORT_NS(MM_LAB)
#endif

/*
 * MM_KUNIT_PARAM_ARGS: the arguments of a generator of cases; 6.18 gave it the
 * test.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define MM_KUNIT_PARAM_ARGS(prev, desc)	\
	struct kunit *test, const void *prev, char *desc
#else
#define MM_KUNIT_PARAM_ARGS(prev, desc)	const void *prev, char *desc
#endif

/*
 * MM_HAS_MEMPOOL_PREALLOCATED: whether there is mempool_alloc_preallocated(),
 * which came with 6.8.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#define MM_HAS_MEMPOOL_PREALLOCATED	1
#else
#define MM_HAS_MEMPOOL_PREALLOCATED	0
static inline void *mempool_alloc_preallocated(mempool_t *pool)
{
	return NULL;
}
#endif

/*
 * MM_HAS_MEMPOOL_BULK: whether there are mempool_alloc_bulk(), a macro, and
 * mempool_free_bulk(). They came with 6.19, the first with one more argument:
 * how many entries are filled already. 7.2 knows it no more.
 */
#ifdef mempool_alloc_bulk
#define MM_HAS_MEMPOOL_BULK	1
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#define mm_mempool_alloc_bulk(pool, elements, count)	\
	mempool_alloc_bulk(pool, elements, count)
#else
#define mm_mempool_alloc_bulk(pool, elements, count)	\
	mempool_alloc_bulk(pool, elements, count, 0)
#endif
#else
#define MM_HAS_MEMPOOL_BULK	0
static inline int mm_mempool_alloc_bulk(mempool_t *pool, void **elements,
					unsigned int count)
{
	return -EOPNOTSUPP;
}

static inline unsigned int mempool_free_bulk(mempool_t *pool, void **elements,
					     unsigned int count)
{
	return 0;
}
#endif

/* Whether anybody holds a spinlock, which PREEMPT_RT makes a sleeping lock. */
static inline bool mm_spin_is_held(spinlock_t *lock)
{
#ifdef CONFIG_PREEMPT_RT
	return rt_mutex_base_is_locked(&lock->lock);
#else
	return raw_spin_is_locked(&lock->rlock);
#endif
}

#endif /* MM_LAB_COMPAT_H */
