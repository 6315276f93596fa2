// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on the slab layer: caches of objects, their slabs and frames.
 */
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/kasan.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/preempt.h>

#include "compat.h"
#include "mm_lab.h"
#include "slab_probe.h"

/* The largest object that an experiment on layouts takes. */
#define SLAB_SIZE_MAX	8192

/**
 * struct slab_life - what was seen of a cache from its creation to its end
 * @size: that the cache said its objects have
 * @nr_slabs: seen
 * @nr_strange: slabs whose frames did not belong to the slab allocator
 * @nr_kept: slabs whose frames did after the cache was destroyed
 * @nr_allowed: how many may
 * @pfn: of one of those
 */
struct slab_life {
	unsigned int size;
	unsigned int nr_slabs;
	unsigned int nr_strange;
	unsigned int nr_kept;
	unsigned int nr_allowed;
	unsigned long pfn;
};

static int slab_live(struct mm_run *run, unsigned int size,
		     struct slab_life *life)
{
	struct slab_hoard *hoard;
	unsigned int i;
	int ret;

	hoard = slab_hoard_open(run, "mm_lab_life", size, 0, 0, NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_fill(hoard, SLAB_LEAVING);
	*life = (struct slab_life){
		.size = kmem_cache_size(hoard->cache),
		.nr_slabs = hoard->nr_seen,
		.nr_allowed = slab_hoard_may_keep(hoard),
	};
	for (i = 0; i < hoard->nr_seen; i++)
		life->nr_strange += !hoard->seen[i].owned;
	slab_hoard_release(hoard);
	kmem_cache_destroy(hoard->cache);
	life->nr_kept = slab_hoard_nr_kept(hoard, &life->pfn);
	slab_hoard_free(hoard);
	return ret;
}

/* Where frees lose objects, one run of it is enough. */
static bool slab_lose(struct mm_run *run, unsigned int size, int *ret)
{
	struct slab_hoard *hoard;

	hoard = slab_hoard_open(run, "mm_lab_life", size, 0, 0, NULL);
	*ret = hoard ? slab_hoard_fill(hoard, SLAB_LEAVING) : -ENOMEM;
	return !slab_hoard_close(hoard);
}

static int slab_create_destroy(struct mm_run *run)
{
	unsigned int size = mm_arg(run, "size");
	struct slab_life life;
	unsigned int tries = 0;
	int ret;

	if (slab_lose(run, size, &ret) || ret)
		return ret;
	/* Others may take a frame for a slab of theirs before we look. */
	do {
		ret = slab_live(run, size, &life);
	} while (!ret && life.nr_kept > life.nr_allowed &&
		 mm_try_again(run, &tries));
	if (ret)
		return ret;

	mm_note(run,
		"%s: a cache of %u-byte objects had %u slabs; %u of them are slabs after its end",
		slab_allocator(), size, life.nr_slabs, life.nr_kept);
	mm_expect(run, life.size == size,
		  "size of the cache's objects: expected %u, saw %u", size,
		  life.size);
	mm_expect(run, !life.nr_strange,
		  "frames of objects: expected the slab allocator's, saw %u of %u slabs on others",
		  life.nr_strange, life.nr_slabs);
	mm_expect(run, life.nr_kept <= life.nr_allowed,
		  "slabs after the cache was destroyed: expected %u at most, saw %u of %u, one at PFN %lu",
		  life.nr_allowed, life.nr_kept, life.nr_slabs, life.pfn);
	return 0;
}

static int slab_check_size(struct mm_run *run, unsigned int size)
{
	struct slab_hoard *hoard;
	struct slab_layout layout;
	unsigned int nr_spoilt;
	int ret;

	hoard = slab_hoard_open(run, "mm_lab_size", size, 0, 0, NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_fill(hoard, 3);
	if (ret)
		goto out;
	slab_hoard_stamp(hoard);
	nr_spoilt = slab_hoard_spoilt(hoard);
	mm_expect(run, !nr_spoilt,
		  "%u objects of %u bytes, each filled with a byte of its own: expected all intact, saw %u overwritten",
		  hoard->nr, size, nr_spoilt);
	mm_expect(run, kmem_cache_size(hoard->cache) == size,
		  "size of the cache's objects: expected %u, saw %u", size,
		  kmem_cache_size(hoard->cache));
	ret = slab_measure(hoard, slab_hoard_fullest(hoard), &layout);
	if (ret)
		goto out;
	mm_note(run, "%4u bytes asked: %4u apart", size, layout.stride);
	mm_expect(run, !layout.stride || layout.stride >= size,
		  "distance of two objects: expected %u at least, saw %u", size,
		  layout.stride);
out:
	slab_hoard_close(hoard);
	return ret;
}

static int slab_object_size(struct mm_run *run)
{
	static const unsigned int sizes[] = {
		8, 13, 24, 64, 100, 192, 513, 1000, 2048, 3000,
	};
	unsigned int size = mm_arg(run, "size");
	unsigned int i;
	int ret = 0;

	if (size)
		return slab_check_size(run, size);
	for (i = 0; !ret && i < ARRAY_SIZE(sizes); i++)
		ret = slab_check_size(run, sizes[i]);
	return ret;
}

/* A slab starts on a page: below a page, offsets tell an alignment. */
static void slab_expect_aligned(struct mm_run *run,
				const struct slab_hoard *hoard,
				unsigned int align, const char *why)
{
	unsigned int nr_odd = 0, odd = 0;
	unsigned int i;

	for (i = 0; i < hoard->nr; i++) {
		if (IS_ALIGNED(slab_offset(hoard->objects[i]), align))
			continue;
		odd = slab_offset(hoard->objects[i]);
		nr_odd++;
	}
	mm_note(run, "%4zu bytes, %s: %u objects, %u off the multiples of %u",
		hoard->size, why, hoard->nr, nr_odd, align);
	mm_expect(run, !nr_odd,
		  "%zu-byte objects, %s: expected all at multiples of %u, saw %u of %u elsewhere, one at offset %u",
		  hoard->size, why, align, nr_odd, hoard->nr, odd);
}

static int slab_check_align(struct mm_run *run, unsigned int size,
			    unsigned int align, slab_flags_t flags)
{
	struct slab_hoard *hoard;
	int ret;

	hoard = slab_hoard_open(run, "mm_lab_align", size, align, flags, NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_fill(hoard, 2);
	if (!ret && align)
		slab_expect_aligned(run, hoard, align,
				    flags ? "aligned as asked, with SLAB_HWCACHE_ALIGN" :
					    "aligned as asked");
	else if (!ret)
		slab_expect_aligned(run, hoard, cache_line_size(),
				    "SLAB_HWCACHE_ALIGN");
	slab_hoard_close(hoard);
	return ret;
}

static int slab_check_kmalloc_align(struct mm_run *run, unsigned int size)
{
	struct slab_hoard *hoard = slab_hoard_new(run, NULL, size, 64);
	int ret;

	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_take(hoard, 64);
	if (!ret && is_power_of_2(size))
		slab_expect_aligned(run, hoard, size, "kmalloc");
	else if (!ret)
		slab_expect_aligned(run, hoard, ARCH_KMALLOC_MINALIGN,
				    "kmalloc");
	slab_hoard_free(hoard);
	return ret;
}

static int slab_alignment(struct mm_run *run)
{
	static const unsigned int kmalloc_sizes[] = { 16, 96, 128, 192, 1024 };
	unsigned int size = mm_arg(run, "size");
	unsigned int align, i;
	int ret = 0;

	for (align = sizeof(void *); !ret && align <= 2048; align *= 2)
		ret = slab_check_align(run, size, align, 0);
	/* An object of more than half a line gets lines of its own. */
	if (!ret)
		ret = slab_check_align(run, cache_line_size() + size, 0,
				       SLAB_HWCACHE_ALIGN);
	/* Who asks for more than a line gets no less for naming lines too. */
	if (!ret)
		ret = slab_check_align(run, size, 2 * cache_line_size(),
				       SLAB_HWCACHE_ALIGN);
	for (i = 0; !ret && i < ARRAY_SIZE(kmalloc_sizes); i++)
		ret = slab_check_kmalloc_align(run, kmalloc_sizes[i]);
	return ret;
}

#define SLAB_BUILT_MAGIC	0x6d6d6c61UL
#define SLAB_BUILT_VISITED	7

/**
 * struct slab_built - an object with a constructor
 * @magic: SLAB_BUILT_MAGIC
 * @self: where the constructor found it
 * @visits: 0, until a user writes SLAB_BUILT_VISITED
 * @rest: fills the object up
 */
struct slab_built {
	unsigned long magic;
	void *self;
	unsigned long visits;
	u8 rest[200];
};

/* A constructor is given nothing but the object; runs are one at a time. */
static atomic_t slab_nr_built;

static void slab_build(void *object)
{
	struct slab_built *built = object;

	built->magic = SLAB_BUILT_MAGIC;
	built->self = kasan_reset_tag(object);
	built->visits = 0;
	/* KFENCE constructs its samples, which are in no slab. */
	if (!is_kfence_address(object))
		atomic_inc(&slab_nr_built);
}

static void slab_expect_built(struct mm_run *run,
			      const struct slab_hoard *hoard, const char *when)
{
	unsigned int nr_raw = 0;
	unsigned int i;

	for (i = 0; i < hoard->nr; i++) {
		const struct slab_built *built = hoard->objects[i];

		if (built->magic != SLAB_BUILT_MAGIC ||
		    built->self != kasan_reset_tag(built))
			nr_raw++;
	}
	mm_expect(run, !nr_raw,
		  "%s: expected %u objects in their constructed state, saw %u without",
		  when, hoard->nr, nr_raw);
}

static unsigned int slab_visit(struct slab_hoard *hoard)
{
	unsigned int i, nr_before = 0;

	for (i = 0; i < hoard->nr; i++) {
		struct slab_built *built = hoard->objects[i];

		nr_before += built->visits == SLAB_BUILT_VISITED;
		built->visits = SLAB_BUILT_VISITED;
	}
	return nr_before;
}

/* SLOB constructs an object whenever it hands it out. */
static int slab_construct_each(struct mm_run *run, struct slab_hoard *hoard)
{
	unsigned int round, visited;
	int ret;

	for (round = 1; round <= 2; round++) {
		ret = slab_hoard_take(hoard, 16);
		if (ret)
			return ret;
		mm_note(run, "constructed after %u allocations: %d", 16 * round,
			atomic_read(&slab_nr_built));
		mm_expect(run, atomic_read(&slab_nr_built) == 16 * round,
			  "constructed: expected %u, once per allocation, saw %d",
			  16 * round, atomic_read(&slab_nr_built));
		slab_expect_built(run, hoard, "when handed out");
		visited = slab_visit(hoard);
		mm_expect(run, !visited,
			  "objects in the state of a former user: expected 0, saw %u",
			  visited);
		slab_hoard_release(hoard);
	}
	mm_finding(run, "at each allocation: %d of 32",
		   atomic_read(&slab_nr_built));
	return 0;
}

/* How many the constructor may have seen when nr_slabs slabs were seen. */
static void slab_expect_whole_slabs(struct mm_run *run, unsigned int nr_slabs,
				    unsigned int per_slab)
{
	unsigned int nr = atomic_read(&slab_nr_built);

	mm_note(run, "%u slabs of %u objects seen, %u objects constructed",
		nr_slabs, per_slab, nr);
	if (MM_SLAB_BATCHES)
		mm_expect(run, nr >= nr_slabs * per_slab && !(nr % per_slab),
			  "constructed: expected whole slabs of %u, %u at least, saw %u",
			  per_slab, nr_slabs * per_slab, nr);
	else
		mm_expect(run, nr == nr_slabs * per_slab,
			  "constructed: expected %u, every object of %u slabs once, saw %u",
			  nr_slabs * per_slab, nr_slabs, nr);
}

/* With an object out of each slab no slab leaves, and none is constructed. */
static int slab_construct_again(struct mm_run *run, struct slab_hoard *hoard,
				unsigned int per_slab)
{
	unsigned int nr_built, nr_kept, visited;
	int ret = slab_hoard_take(hoard, hoard->nr_seen * per_slab - hoard->nr);

	if (ret)
		return ret;
	slab_visit(hoard);
	nr_built = atomic_read(&slab_nr_built);
	slab_hoard_thin(hoard);
	nr_kept = hoard->nr;
	ret = slab_hoard_take(hoard, per_slab);
	if (ret)
		return ret;
	slab_expect_built(run, hoard, "when handed out again");
	visited = slab_visit(hoard) - nr_kept;
	mm_note(run, "%u objects freed and %u taken again: %u still in their last user's state",
		nr_kept * (per_slab - 1), per_slab, visited);
	/* KASAN keeps freed objects back, so that others come. */
	if (IS_ENABLED(CONFIG_KASAN_GENERIC) || MM_SLAB_BATCHES)
		return 0;
	mm_expect(run, visited == per_slab,
		  "objects that kept their state between users: expected %u, saw %u",
		  per_slab, visited);
	mm_expect(run, atomic_read(&slab_nr_built) == nr_built,
		  "constructed without a new slab: expected 0, saw %u",
		  atomic_read(&slab_nr_built) - nr_built);
	return 0;
}

static int slab_construct_slabs(struct mm_run *run, struct slab_hoard *hoard)
{
	unsigned int per_slab;
	int ret = slab_hoard_fill(hoard, 4);

	if (ret)
		return ret;
	slab_expect_built(run, hoard, "when handed out");
	per_slab = slab_hoard_fullest(hoard)->nr;
	slab_expect_whole_slabs(run, hoard->nr_seen, per_slab);
	mm_finding(run, "once, %s",
		   atomic_read(&slab_nr_built) > hoard->nr ?
		   "with all others of its slab" : "when handed out first");
	return slab_construct_again(run, hoard, per_slab);
}

static int slab_constructor(struct mm_run *run)
{
	struct slab_hoard *hoard;
	int ret;

	atomic_set(&slab_nr_built, 0);
	hoard = slab_hoard_open(run, "mm_lab_ctor", sizeof(struct slab_built),
				0, 0, slab_build);
	if (!hoard)
		return -ENOMEM;
	mm_expect(run, !atomic_read(&slab_nr_built),
		  "constructed before the first slab: expected 0, saw %d",
		  atomic_read(&slab_nr_built));
	migrate_disable();
	ret = IS_ENABLED(CONFIG_SLOB) ? slab_construct_each(run, hoard) :
					slab_construct_slabs(run, hoard);
	migrate_enable();
	slab_hoard_close(hoard);
	return ret;
}

/*
 * SLUB puts as many objects into a slab as fit (order_objects() in
 * mm/slub.c). SLAB also keeps an index of up to two bytes for each, in the slab
 * or elsewhere, and begins at a colour.
 */
static unsigned int slab_waste_allowed(const struct slab_layout *layout)
{
	unsigned int stride = layout->stride ?: layout->bytes;

	if (!IS_ENABLED(CONFIG_SLAB))
		return stride - 1;
	return stride - 1 + 2 * layout->nr_objects + cache_line_size();
}

static void slab_expect_layout(struct mm_run *run, unsigned int size,
			       const struct slab_layout *layout)
{
	unsigned int lost = layout->first + layout->waste;

	mm_expect(run, layout->even,
		  "distances of objects: expected multiples of %u, saw others",
		  layout->stride);
	mm_expect(run, layout->whole,
		  "a full slab: expected %u places in a row, saw places without an object",
		  layout->nr_objects);
	mm_expect(run, !layout->stride || layout->stride >= size,
		  "stride: expected %u at least, saw %u: objects overlap", size,
		  layout->stride);
	mm_expect(run, layout->last + size <= layout->bytes,
		  "end of the last object: expected within %u bytes, saw %u",
		  layout->bytes, layout->last + size);
	mm_expect(run, lost <= slab_waste_allowed(layout),
		  "bytes for no object: expected %u at most, less than another takes, saw %u",
		  slab_waste_allowed(layout), lost);
}

static int slab_layout(struct mm_run *run)
{
	unsigned int size = mm_arg(run, "size");
	const struct slab_seen *slab;
	struct slab_layout layout;
	struct slab_hoard *hoard;
	int ret;

	if (IS_ENABLED(CONFIG_SLOB))
		return mm_skip(run, "SLOB has no slabs: objects of all sizes share its pages");
	hoard = slab_hoard_open(run, "mm_lab_layout", size, 0, 0, NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_fill(hoard, 8);
	if (ret)
		goto out;
	slab = slab_hoard_fullest(hoard);
	ret = slab_measure(hoard, slab, &layout);
	if (ret)
		goto out;
	mm_note(run, "%s: size=%u stride=%u objects=%u order=%u first=%u waste=%u",
		slab_allocator(), size, layout.stride, layout.nr_objects,
		slab->order, layout.first, layout.waste);
	mm_finding(run, "%u objects of %u bytes in a slab of %u, %u apart, %u bytes lost",
		   layout.nr_objects, size, layout.bytes, layout.stride,
		   layout.bytes - layout.nr_objects * size);
	slab_draw(run, slab->pfn, size, &layout);
	slab_expect_layout(run, size, &layout);
	slab_hoard_stamp(hoard);
	mm_expect(run, !slab_hoard_spoilt(hoard),
		  "%u objects filled to the last byte: expected all intact, saw %u overwritten",
		  hoard->nr, slab_hoard_spoilt(hoard));
out:
	slab_hoard_close(hoard);
	return ret;
}

static unsigned int slab_nr_full(const struct slab_hoard *hoard,
				 unsigned int per_slab)
{
	unsigned int i, nr = 0;

	for (i = 0; i < hoard->nr_seen; i++)
		nr += hoard->seen[i].nr == per_slab;
	return nr;
}

/*
 * Without batches a slab is used up before the next is begun. With them, the
 * slabs that the last batch was drawn from may still have free objects.
 */
static unsigned int slab_nr_open(unsigned int per_slab)
{
	return 1 + DIV_ROUND_UP(SLAB_BATCH, per_slab);
}

/* Slabs used up one after the other; finds out how many objects one has. */
static int slab_grow_new(struct mm_run *run, unsigned int size,
			 unsigned int *per_slab)
{
	unsigned int nr_full, nr_slabs, i;
	struct slab_hoard *hoard;
	int ret;

	hoard = slab_hoard_open(run, "mm_lab_grow", size, 0, 0, NULL);
	if (!hoard)
		return -ENOMEM;
	/* Nobody else draws from the cache, so staying on the CPU is enough. */
	migrate_disable();
	ret = slab_hoard_fill(hoard, 12);
	migrate_enable();
	if (ret)
		goto out;

	*per_slab = slab_hoard_fullest(hoard)->nr;
	nr_full = slab_nr_full(hoard, *per_slab);
	nr_slabs = hoard->nr_seen;
	for (i = 0; i < 4; i++)
		mm_note(run, "object %4u is the first of the slab at PFN %lu, which gave %u",
			hoard->seen[i].since + 1, hoard->seen[i].pfn,
			hoard->seen[i].nr);
	mm_note(run, "%u objects in %u slabs of %u, %u slabs full", hoard->nr,
		nr_slabs, *per_slab, nr_full);
	mm_expect(run, nr_full + slab_nr_open(*per_slab) >= nr_slabs,
		  "slabs used up when the next was begun: expected %u of %u at least, saw %u",
		  nr_slabs - slab_nr_open(*per_slab), nr_slabs, nr_full);
	for (i = 0; !MM_SLAB_BATCHES && i < nr_slabs; i++)
		mm_expect(run, hoard->seen[i].since == i * *per_slab,
			  "first object of slab %u: expected the %uth, saw the %uth",
			  i + 1, i * *per_slab + 1, hoard->seen[i].since + 1);
out:
	slab_hoard_close(hoard);
	return ret;
}

static int slab_grow(struct mm_run *run)
{
	unsigned int size = mm_arg(run, "size");
	unsigned int per_slab = 0;

	if (IS_ENABLED(CONFIG_SLOB))
		return mm_skip(run, "SLOB has no slabs: objects of all sizes share its pages");
	return slab_grow_new(run, size, &per_slab) ?:
	       slab_refill(run, size, per_slab);
}

static const struct mm_param slab_size_param[] = {
	{ "size", 512, 8, SLAB_SIZE_MAX },
	{ }
};

static const struct mm_param slab_layout_param[] = {
	{ "size", 200, 8, SLAB_SIZE_MAX },
	{ }
};

static const struct mm_param slab_colour_param[] = {
	{ "size", 700, 256, 2048 },
	{ }
};

static const struct mm_param slab_grow_param[] = {
	{ "size", 512, 128, 2048 },
	{ }
};

static const struct mm_param slab_reuse_param[] = {
	{ "nr", 3, 1, SLAB_TURN_MAX },
	{ }
};

static const struct mm_param slab_bulk_param[] = {
	{ "nr", 64, 1, 1024 },
	{ }
};

static const struct mm_param slab_class_param[] = {
	{ "size", 200, 0, KMALLOC_MAX_CACHE_SIZE },
	{ }
};

static const struct mm_param slab_poison_param[] = {
	{ "size", 44, 8, 1024 },
	{ }
};

static const struct mm_param slab_any_size_param[] = {
	{ "size", 0, 0, SLAB_SIZE_MAX },
	{ }
};

static const struct mm_param slab_align_param[] = {
	{ "size", 24, 1, 2048 },
	{ }
};

static const struct mm_experiment slab_experiments[] = {
	{
		.name = "create_destroy",
		.claim = "a cache gives objects of its size, and its end gives the frames back",
		.run = slab_create_destroy,
		.params = slab_size_param,
	},
	{
		.name = "object_size",
		.claim = "an object has at least the size asked, and all of it is its own",
		.run = slab_object_size,
		.params = slab_any_size_param,
	},
	{
		.name = "alignment",
		.claim = "an object starts on the alignment asked",
		.run = slab_alignment,
		.params = slab_align_param,
	},
	{
		.name = "constructor",
		.claim = "an object is constructed once, with its slab (SLOB: whenever allocated)",
		.run = slab_constructor,
	},
	{
		.name = "layout",
		.claim = "a slab's objects stand at one stride, apart and inside the slab",
		.run = slab_layout,
		.params = slab_layout_param,
	},
	{
		.name = "management",
		.claim = "what tells free objects takes no room of one in use",
		.run = slab_management,
	},
	{
		.name = "colouring",
		.claim = "SLAB begins slabs at different cache lines, SLUB all alike",
		.run = slab_colouring,
		.params = slab_colour_param,
	},
	{
		.name = "grow",
		.claim = "the object after the last of a slab comes from a new slab",
		.run = slab_grow,
		.params = slab_grow_param,
	},
	{
		.name = "reuse",
		.claim = "the object freed last on a CPU is the next one that the CPU gets",
		.run = slab_reuse,
		.params = slab_reuse_param,
	},
	{
		.name = "shrink",
		.claim = "an empty slab's frames go back to the page allocator",
		.run = slab_shrink,
		.params = slab_size_param,
	},
	{
		.name = "merge",
		.claim = "caches of one size share slabs unless told not to",
		.run = slab_merge,
	},
	{
		.name = "bulk",
		.claim = "a bulk allocation gives all objects or none, and all distinct",
		.run = slab_bulk,
		.params = slab_bulk_param,
	},
	{
		.name = "size_classes",
		.claim = "kmalloc rounds a size up to a class, and the rest of it is lost",
		.run = slab_size_classes,
		.params = slab_class_param,
	},
	{
		.name = "large_kmalloc",
		.claim = "beyond the largest class the page allocator serves kmalloc directly",
		.run = slab_large_kmalloc,
	},
	{
		.name = "zeroing",
		.claim = "who asks for zeros gets them, though the object was dirty before",
		.run = slab_zeroing,
	},
	{
		.name = "krealloc",
		.claim = "krealloc keeps what fits, moves when it must, and refuses without harm",
		.run = slab_krealloc,
	},
	{
		.name = "dma",
		.claim = "objects asked with GFP_DMA lie where a DMA controller can reach",
		.run = slab_dma,
	},
	{
		.name = "typesafe_by_rcu",
		.claim = "under rcu_read_lock a freed object's memory still belongs to its cache",
		.run = slab_typesafe_by_rcu,
	},
	{
		.name = "per_cpu",
		.claim = "CPUs that allocate at once draw from separate slabs",
		.run = slab_per_cpu,
	},
	{
		.name = "numa_node",
		.claim = "an object asked of a node lies on that node",
		.run = slab_numa_node,
	},
	{
		.name = "poison",
		.claim = "with the debug flags a freed object is poisoned and its red zones stand",
		.run = slab_poison,
		.params = slab_poison_param,
	},
	{
		.name = "mixed_page",
		.claim = "objects of different sizes share a page on SLOB and never elsewhere",
		.run = slab_mixed_page,
	},
	{
		.name = "leak_reported",
		.claim = "destroying a cache with an object out is reported",
		.run = slab_leak_reported,
		.disruptive = true,
	},
};

const struct mm_probe slab_probe = {
	.name = "slab",
	.experiments = slab_experiments,
	.nr_experiments = ARRAY_SIZE(slab_experiments),
};
EXPORT_SYMBOL_MM_LAB(slab_probe);
