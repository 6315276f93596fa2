// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on who shares slabs and frames: caches, CPUs, nodes, sizes, and
 * the readers of RCU.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "mm_lab.h"
#include "slab_probe.h"

/* Two hoards that grow in turns, so that each could use the other's slabs. */
static int slab_take_in_turns(struct slab_hoard *one, struct slab_hoard *two,
			      unsigned int nr)
{
	int ret = 0;

	migrate_disable();
	while (!ret && nr--)
		ret = slab_hoard_take(one, 1) ?: slab_hoard_take(two, 1);
	migrate_enable();
	return ret;
}

/* Slabs in which both have objects, and one such. */
static unsigned int slab_nr_shared(const struct slab_hoard *one,
				   const struct slab_hoard *two,
				   unsigned long *pfn)
{
	unsigned int i, j, nr = 0;

	for (i = 0; i < one->nr_seen; i++)
		for (j = 0; j < two->nr_seen; j++) {
			if (one->seen[i].pfn != two->seen[j].pfn)
				continue;
			*pfn = one->seen[i].pfn;
			nr++;
		}
	return nr;
}

/* The reason why caches are not merged here, or NULL. */
static const char *slab_why_unmerged(void)
{
	if (IS_ENABLED(CONFIG_SLOB))
		return "SLOB has no slabs: objects of all caches share its pages";
	if (IS_ENABLED(CONFIG_KASAN_GENERIC))
		return "KASAN keeps caches apart";
	if (IS_ENABLED(CONFIG_SLUB) && slab_debug_wanted())
		return "debugging keeps caches apart";
	if (slab_boot_option("slab_nomerge") || slab_boot_option("slub_nomerge"))
		return "slab_nomerge is on the kernel's command line";
	if (!IS_ENABLED(CONFIG_SLAB_MERGE_DEFAULT) &&
	    !slab_boot_option("slab_merge") && !slab_boot_option("slub_merge"))
		return "this kernel does not merge caches (CONFIG_SLAB_MERGE_DEFAULT)";
	return NULL;
}

#define SLAB_MERGE_SIZE	600
#define SLAB_MERGE_NR	32

/* Two caches that may be merged, and one that may not. */
struct slab_trio {
	struct slab_hoard *one;
	struct slab_hoard *two;
	struct slab_hoard *apart;
};

static struct slab_hoard *slab_mergeable(struct mm_run *run, const char *name,
					 unsigned int size)
{
	struct kmem_cache *cache;
	struct slab_hoard *hoard;

	cache = kmem_cache_create(name, size, 0, SLAB_NO_USER_FLAGS, NULL);
	if (!cache)
		return NULL;
	hoard = slab_hoard_new(run, cache, size, SLAB_HOARD_MAX);
	if (hoard)
		hoard->shared = true;
	else
		kmem_cache_destroy(cache);
	return hoard;
}

static void slab_trio_close(struct slab_trio *trio)
{
	slab_hoard_close(trio->one);
	slab_hoard_close(trio->two);
	slab_hoard_close(trio->apart);
}

static int slab_trio_open(struct mm_run *run, struct slab_trio *trio)
{
	trio->one = slab_mergeable(run, "mm_lab_one", SLAB_MERGE_SIZE);
	trio->two = slab_mergeable(run, "mm_lab_two", SLAB_MERGE_SIZE);
	trio->apart = slab_hoard_open(run, "mm_lab_apart", SLAB_MERGE_SIZE, 0,
				      0, NULL);
	if (trio->one && trio->two && trio->apart)
		return 0;
	slab_trio_close(trio);
	return -ENOMEM;
}

/*
 * Ends the first of two merged caches, and sees that the kernel ends a name and
 * not the slabs: with objects in them it would complain.
 */
static int slab_end_first(struct mm_run *run, struct slab_trio *trio)
{
	u64 since = slab_log_end();
	int said;

	slab_hoard_close(trio->one);
	trio->one = NULL;
	said = slab_log_says(since, "kmem_cache_destroy", "still has objects");
	if (said < 0)
		return said;
	if (mm_expect(run, !said,
		      "end of the first of two caches that share slabs: expected the second to go on, saw the kernel end it too, with %u objects out",
		      trio->two->nr))
		return 0;
	/* It cannot be destroyed twice: what is left is its objects. */
	slab_hoard_free(trio->two);
	trio->two = NULL;
	return 0;
}

/* One of two merged caches ends; the other's objects must not. */
static int slab_outlive(struct mm_run *run, struct slab_trio *trio)
{
	unsigned int nr_spoilt;
	int ret;

	slab_hoard_stamp(trio->two);
	ret = slab_end_first(run, trio);
	if (ret || !trio->two)
		return ret;
	ret = slab_hoard_take(trio->apart, SLAB_MERGE_NR);
	if (ret)
		return ret;
	slab_hoard_stamp(trio->apart);
	nr_spoilt = slab_hoard_spoilt(trio->two);
	mm_expect(run, !nr_spoilt,
		  "objects of the second cache after the first one's end: expected %u intact, saw %u overwritten",
		  trio->two->nr, nr_spoilt);
	return 0;
}

/**
 * slab_merge - the experiment `merge`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_merge(struct mm_run *run)
{
	const char *why = slab_why_unmerged();
	unsigned int nr_shared, nr_apart;
	struct slab_trio trio;
	unsigned long pfn = 0;
	int ret;

	if (why)
		return mm_skip(run, "%s", why);
	ret = slab_trio_open(run, &trio);
	if (ret)
		return ret;
	ret = slab_take_in_turns(trio.one, trio.two, SLAB_MERGE_NR) ?:
	      slab_take_in_turns(trio.one, trio.apart, SLAB_MERGE_NR);
	if (ret)
		goto out;
	nr_shared = slab_nr_shared(trio.one, trio.two, &pfn);
	mm_note(run,
		"%s: two caches of %u-byte objects have objects of both in %u slabs, one at PFN %lu",
		slab_allocator(), SLAB_MERGE_SIZE, nr_shared, pfn);
	mm_expect(run, nr_shared,
		  "slabs with objects of both caches: expected some, saw none in %u and %u slabs",
		  trio.one->nr_seen, trio.two->nr_seen);
	nr_apart = slab_nr_shared(trio.one, trio.apart, &pfn) +
		   slab_nr_shared(trio.two, trio.apart, &pfn);
	mm_note(run, "a third, told not to share, has objects in %u slabs of theirs",
		nr_apart);
	mm_expect(run, !nr_apart,
		  "slabs shared with a cache that was told not to: expected 0, saw %u, one at PFN %lu",
		  nr_apart, pfn);
	ret = slab_outlive(run, &trio);
out:
	slab_trio_close(&trio);
	return ret;
}

#define SLAB_RCU_SIZE	1024
/*
 * More slabs than any allocator keeps for the next allocation: SLAB keeps some
 * 120 objects for each CPU and its node.
 */
#define SLAB_RCU_SLABS	SLAB_SEEN_MAX

/**
 * struct slab_departure - when the slabs of freed objects left their cache
 * @nr_slabs: all of whose objects were freed in a reader's section
 * @nr_early: frames were the slab allocator's no more within the section
 * @nr_late: and after a grace period
 * @ended: the cache could be destroyed then
 */
struct slab_departure {
	unsigned int nr_slabs;
	unsigned int nr_early;
	unsigned int nr_late;
	bool ended;
};

static int slab_depart(struct mm_run *run, slab_flags_t flags,
		       struct slab_departure *seen)
{
	struct slab_hoard *hoard;
	unsigned long pfn;
	int ret;

	hoard = slab_hoard_open(run, "mm_lab_rcu", SLAB_RCU_SIZE, 0, flags,
				NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_fill(hoard, SLAB_RCU_SLABS);
	if (ret)
		goto out;
	seen->nr_slabs = hoard->nr_seen;
	rcu_read_lock();
	slab_hoard_release(hoard);
	seen->nr_early = hoard->nr_seen - slab_hoard_nr_kept(hoard, &pfn);
	rcu_read_unlock();
	/* Twice: where the objects too wait for RCU, the slabs come second. */
	rcu_barrier();
	rcu_barrier();
	seen->nr_late = hoard->nr_seen - slab_hoard_nr_kept(hoard, &pfn);
out:
	seen->ended = slab_hoard_close(hoard);
	return ret;
}

/**
 * slab_typesafe_by_rcu - the experiment `typesafe_by_rcu`
 * @run: the run
 *
 * A cache keeps a few empty slabs and gives the others back as their last
 * object is freed: at once, or with SLAB_TYPESAFE_BY_RCU after a grace period,
 * which a reader holds up.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_typesafe_by_rcu(struct mm_run *run)
{
	struct slab_departure safe = { }, plain = { };
	unsigned int tries = 0;
	int ret;

	if (slab_keeps_back())
		return mm_skip(run, "KASAN keeps freed objects back, and so their slabs");
	/* Others may take all the frames for slabs of theirs before we look. */
	do {
		ret = slab_depart(run, SLAB_TYPESAFE_BY_RCU, &safe) ?:
		      slab_depart(run, 0, &plain);
	} while (!ret && safe.ended && plain.ended &&
		 (!safe.nr_late || !plain.nr_early) && mm_try_again(run, &tries));
	if (ret)
		return ret;

	mm_note(run, "a reader frees all objects of %u slabs: %u slabs leave at once",
		plain.nr_slabs, plain.nr_early);
	mm_note(run, "with SLAB_TYPESAFE_BY_RCU, of %u slabs: %u at once, %u after a grace period",
		safe.nr_slabs, safe.nr_early, safe.nr_late);
	mm_expect(run, !safe.nr_early,
		  "slabs that left under rcu_read_lock: expected 0 of %u, saw %u",
		  safe.nr_slabs, safe.nr_early);
	mm_expect(run, safe.nr_late,
		  "slabs that left after a grace period: expected some of %u, saw none",
		  safe.nr_slabs);
	mm_expect(run, plain.nr_early,
		  "slabs that left at once without the flag: expected some of %u, saw none",
		  plain.nr_slabs);
	return 0;
}

/* The objects that each CPU takes; fewer than a slab of any allocator has. */
#define SLAB_CPU_NR	8

/**
 * struct slab_draw - what the CPUs of a storm drew from one cache
 * @cache: the cache
 * @nr_cpus: rows in @objects
 * @objects: SLAB_CPU_NR for each CPU
 */
struct slab_draw {
	struct kmem_cache *cache;
	unsigned int nr_cpus;
	void *objects[][SLAB_CPU_NR];
};

static int slab_draw_some(struct mm_worker *worker, void *arg)
{
	struct slab_draw *draw = arg;
	void **mine = draw->objects[mm_worker_index(worker)];
	unsigned int i;

	for (i = 0; i < SLAB_CPU_NR; i++) {
		mine[i] = slab_take(draw->cache, GFP_KERNEL);
		if (!mine[i])
			return -ENOMEM;
	}
	return 0;
}

static void slab_draw_free(struct mm_run *run, struct slab_draw *draw)
{
	unsigned int cpu, i;

	for (cpu = 0; cpu < draw->nr_cpus; cpu++)
		for (i = 0; i < SLAB_CPU_NR; i++)
			if (draw->objects[cpu][i])
				kmem_cache_free(draw->cache,
						draw->objects[cpu][i]);
	slab_cache_end(run, draw->cache);
	kvfree(draw);
}

static struct slab_draw *slab_draw_new(void)
{
	unsigned int nr = mm_storm_size();
	struct slab_draw *draw;

	draw = kvzalloc(struct_size(draw, objects, nr), GFP_KERNEL);
	if (!draw)
		return NULL;
	draw->nr_cpus = nr;
	draw->cache = slab_cache("mm_lab_cpu", 256, 0, 0, NULL);
	if (draw->cache)
		return draw;
	kvfree(draw);
	return NULL;
}

static bool slab_cpu_has(void *const *objects, unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < SLAB_CPU_NR; i++)
		if (objects[i] && slab_pfn(objects[i]) == pfn)
			return true;
	return false;
}

/* Objects whose slab another CPU has objects in too. */
static unsigned int slab_nr_foreign(const struct slab_draw *draw,
				    unsigned int cpu)
{
	unsigned int other, i, nr = 0;

	for (other = 0; other < draw->nr_cpus; other++)
		for (i = 0; other != cpu && i < SLAB_CPU_NR; i++)
			nr += draw->objects[cpu][i] &&
			      slab_cpu_has(draw->objects[other],
					   slab_pfn(draw->objects[cpu][i]));
	return nr;
}

static bool slab_judge_draw(struct mm_run *run, const struct slab_draw *draw)
{
	bool apart = true;
	unsigned int cpu, nr;

	for (cpu = 0; cpu < draw->nr_cpus; cpu++) {
		if (!draw->objects[cpu][0])
			continue;
		nr = slab_nr_foreign(draw, cpu);
		mm_note(run, "worker %u took %u objects, the first from the slab at PFN %lu",
			cpu, SLAB_CPU_NR, slab_pfn(draw->objects[cpu][0]));
		if (!mm_expect(run, !nr,
			       "objects of worker %u in slabs that others drew from: expected 0 of %u, saw %u",
			       cpu, SLAB_CPU_NR, nr))
			apart = false;
	}
	return apart;
}

/* The reason why CPUs have no slabs of their own here, or NULL. */
static const char *slab_why_common(void)
{
	if (IS_ENABLED(CONFIG_SLOB))
		return "SLOB has one list of pages for all CPUs";
	if (IS_ENABLED(CONFIG_SLUB_TINY))
		return "SLUB_TINY keeps no slab for a CPU";
	if (MM_SLAB_BATCHES)
		return "a CPU draws from an array of objects, filled from everybody's slabs";
	if (num_online_cpus() < 2)
		return "there is one CPU online";
	return NULL;
}

/**
 * slab_per_cpu - the experiment `per_cpu`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_per_cpu(struct mm_run *run)
{
	unsigned long nr_pages = mm_storm_size() * 8UL;
	const char *why = slab_why_common();
	struct slab_draw *draw;
	int ret;

	if (why)
		return mm_skip(run, "%s", why);
	/* A slab of order 3 for each CPU at the most. */
	ret = mm_charge(run, nr_pages);
	if (ret)
		return ret;
	draw = slab_draw_new();
	if (!draw) {
		ret = -ENOMEM;
		goto out;
	}
	ret = mm_storm(run, slab_draw_some, draw);
	if (!ret && slab_judge_draw(run, draw))
		mm_finding(run, "CPUs that allocate at once draw from a slab each");
	slab_draw_free(run, draw);
out:
	mm_uncharge(run, nr_pages);
	return ret;
}

#define SLAB_NODE_NR	64

/* Objects of the node's that do not lie on it; negative on failure. */
static int slab_node_strays(struct kmem_cache *cache, int nid)
{
	gfp_t gfp = GFP_KERNEL | __GFP_THISNODE | __GFP_NORETRY | __GFP_NOWARN;
	void **objects = kcalloc(SLAB_NODE_NR, sizeof(*objects), GFP_KERNEL);
	unsigned int i;
	int nr = 0;

	if (!objects)
		return -ENOMEM;
	for (i = 0; nr >= 0 && i < SLAB_NODE_NR; i++) {
		/* Half of them by kmalloc: kfree() takes both. */
		objects[i] = i & 1 ? kmalloc_node(256, gfp, nid) :
				     kmem_cache_alloc_node(cache, gfp, nid);
		if (!objects[i])
			nr = -ENOMEM;
		/* KFENCE's samples lie where its pool does. */
		else if (!is_kfence_address(objects[i]))
			nr += page_to_nid(virt_to_page(objects[i])) != nid;
	}
	for (i = 0; i < SLAB_NODE_NR; i++) {
		if (i & 1)
			kfree(objects[i]);
		else if (objects[i])
			kmem_cache_free(cache, objects[i]);
	}
	kfree(objects);
	return nr;
}

/**
 * slab_numa_node - the experiment `numa_node`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_numa_node(struct mm_run *run)
{
	struct kmem_cache *cache = slab_cache("mm_lab_node", 256, 0, 0, NULL);
	unsigned int nr_nodes = 0;
	int nid, nr = 0;

	if (!cache)
		return -ENOMEM;
	for_each_node_state(nid, N_MEMORY) {
		nr = mm_yield() ?: slab_node_strays(cache, nid);
		if (nr < 0)
			break;
		nr_nodes++;
		mm_note(run, "node %d: %d of %u objects lie elsewhere", nid, nr,
			SLAB_NODE_NR);
		mm_expect(run, !nr,
			  "objects asked of node %d: expected all there, saw %d of %u elsewhere",
			  nid, nr, SLAB_NODE_NR);
	}
	if (nr_nodes == 1)
		mm_note(run, "this machine has one node: no other could have been taken");
	slab_cache_end(run, cache);
	return min(nr, 0);
}

/* Too far apart to be merged, and small enough for one of SLOB's lists. */
#define SLAB_MIXED_LARGE	232
#define SLAB_MIXED_SMALL	136
#define SLAB_MIXED_NR		64

/**
 * slab_mixed_page - the experiment `mixed_page`
 * @run: the run
 *
 * The caches may be merged with others, to see that they are not with these.
 * The larger is made first: a merge takes the smaller into an older one.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_mixed_page(struct mm_run *run)
{
	struct slab_hoard *large, *small;
	unsigned int nr_shared;
	unsigned long pfn = 0;
	int ret = -ENOMEM;

	large = slab_mergeable(run, "mm_lab_large", SLAB_MIXED_LARGE);
	small = slab_mergeable(run, "mm_lab_small", SLAB_MIXED_SMALL);
	if (!large || !small)
		goto out;
	ret = slab_take_in_turns(large, small, SLAB_MIXED_NR);
	if (ret)
		goto out;
	nr_shared = slab_nr_shared(large, small, &pfn);
	mm_note(run,
		"%s: objects of %u and of %u bytes, taken in turns, meet in %u of %u and %u blocks of frames",
		slab_allocator(), SLAB_MIXED_LARGE, SLAB_MIXED_SMALL, nr_shared,
		large->nr_seen, small->nr_seen);
	mm_finding(run, "objects of %u and %u bytes %s", SLAB_MIXED_LARGE,
		   SLAB_MIXED_SMALL,
		   nr_shared ? "share pages" : "share no slab");
	if (IS_ENABLED(CONFIG_SLOB))
		mm_expect(run, nr_shared,
			  "pages with objects of both sizes: expected some, saw none");
	else
		mm_expect(run, !nr_shared,
			  "slabs with objects of both sizes: expected 0, saw %u, one at PFN %lu",
			  nr_shared, pfn);
out:
	slab_hoard_close(large);
	slab_hoard_close(small);
	return ret;
}
