// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on kmalloc: classes, large blocks, zeroing, krealloc, DMA.
 */
#include <linux/align.h>
#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/overflow.h>
#include <linux/preempt.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "compat.h"
#include "mm_lab.h"
#include "slab_probe.h"

#define SLAB_GFP	(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)
/* The classes between 1 byte and the largest. */
#define SLAB_CLASSES_MAX	32

/**
 * slab_class - the class that kmalloc rounds a size up to
 * @size: from 1 to KMALLOC_MAX_CACHE_SIZE, in bytes
 *
 * The classes are the powers of two, 96 and 192 (kmalloc_info in
 * mm/slab_common.c); the smallest is KMALLOC_MIN_SIZE.
 *
 * Return: bytes.
 */
size_t slab_class(size_t size)
{
	if (KMALLOC_MIN_SIZE <= 32 && size > 64 && size <= 96)
		return 96;
	if (KMALLOC_MIN_SIZE <= 64 && size > 128 && size <= 192)
		return 192;
	return max_t(size_t, roundup_pow_of_two(size), KMALLOC_MIN_SIZE);
}
EXPORT_SYMBOL_MM_LAB(slab_class);

/**
 * struct slab_classes - the classes that kmalloc says it has
 * @size: in bytes, ascending
 * @nr: how many
 */
struct slab_classes {
	size_t size[SLAB_CLASSES_MAX];
	unsigned int nr;
};

/*
 * Where DMA needs more than the smallest classes are aligned on, they are left
 * out at boot, and sizes go to the next: classes are then known by asking only.
 */
static bool slab_class_right(size_t size, size_t class)
{
	if (IS_ENABLED(CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC))
		return class >= slab_class(size) &&
		       kmalloc_size_roundup(class) == class;
	return class == slab_class(size);
}

/* Asks for every size there is. */
static int slab_find_classes(struct mm_run *run, struct slab_classes *classes)
{
	size_t size, class, wrong = 0;
	unsigned int nr_wrong = 0;

	for (size = 1; size <= KMALLOC_MAX_CACHE_SIZE; size++) {
		if (!(size % SZ_4K) && mm_yield())
			return -EINTR;
		class = kmalloc_size_roundup(size);
		if (!slab_class_right(size, class)) {
			wrong = wrong ?: size;
			nr_wrong++;
		}
		if (classes->nr && classes->size[classes->nr - 1] == class)
			continue;
		if (classes->nr < SLAB_CLASSES_MAX)
			classes->size[classes->nr++] = class;
	}
	mm_expect(run, !nr_wrong,
		  "%u sizes with another class than expected: %zu bytes, expected %zu, saw %zu",
		  nr_wrong, wrong, wrong ? slab_class(wrong) : 0,
		  kmalloc_size_roundup(wrong));
	return 0;
}

/*
 * Others have objects in the slabs of a class too. When more than half of a
 * slab's places are ours, two are neighbours, and their distance is the stride.
 */
static int slab_find_stride(struct slab_hoard *hoard, unsigned int *stride)
{
	const struct slab_seen *slab;
	struct slab_layout layout;
	int ret;

	*stride = 0;
	do {
		ret = slab_hoard_take(hoard, 1);
		if (ret)
			break;
		slab = &hoard->seen[hoard->nr_seen - 1];
	} while (2 * slab->nr * hoard->size <= PAGE_SIZE << slab->order);
	if (ret == -EINTR || !hoard->nr)
		return ret;
	/*
	 * With too many slabs half used before, a few distances have to do;
	 * and a debugged object may fill a slab alone.
	 */
	slab = slab_hoard_fullest(hoard);
	if (slab->nr < 2)
		return 0;
	ret = slab_measure(hoard, slab, &layout);
	if (!ret)
		*stride = layout.stride;
	return ret;
}

static void slab_note_class(struct mm_run *run, size_t below, size_t class,
			    unsigned int stride, unsigned int order)
{
	size_t loss = class - below - 1;

	mm_note(run,
		"class %5zu: requests of %5zu to %5zu bytes, stride=%u order=%u, up to %zu bytes (%zu %%) lost",
		class, below + 1, class, stride, order, loss,
		100 * loss / class);
}

/*
 * SLAB aligns its classes on cache lines, or on the largest part of a line that
 * holds one (SLAB_HWCACHE_ALIGN in calculate_alignment()).
 */
static size_t slab_class_stride(size_t class)
{
	size_t align = cache_line_size();

	if (!IS_ENABLED(CONFIG_SLAB))
		return class;
	while (class <= align / 2)
		align /= 2;
	return ALIGN(class, align);
}

static int slab_check_class(struct mm_run *run, size_t below, size_t class,
			    bool debugged)
{
	struct slab_hoard *hoard = slab_hoard_new(run, NULL, class,
						  SLAB_HOARD_MAX);
	unsigned int stride, nr_spoilt;
	int ret;

	if (!hoard)
		return -ENOMEM;
	ret = slab_find_stride(hoard, &stride);
	if (ret)
		goto out;
	slab_note_class(run, below, class, stride, hoard->seen[0].order);
	mm_expect(run, !stride || stride >= class,
		  "class %zu: expected objects as far apart at least, saw %u",
		  class, stride);
	if (stride != class && stride == slab_class_stride(class))
		mm_finding(run, "class %zu stands %u apart", class, stride);
	/* Red zones take room beyond the class. */
	mm_expect(run, debugged || !(stride % slab_class_stride(class)),
		  "class %zu: expected objects at multiples of %zu, saw a distance of %u",
		  class, slab_class_stride(class), stride);
	mm_expect(run, ksize(hoard->objects[0]) == class,
		  "class %zu: expected ksize() to say so, saw %zu", class,
		  ksize(hoard->objects[0]));
	slab_hoard_stamp(hoard);
	nr_spoilt = slab_hoard_spoilt(hoard);
	mm_expect(run, !nr_spoilt,
		  "class %zu, objects filled to its last byte: expected %u intact, saw %u overwritten",
		  class, hoard->nr, nr_spoilt);
out:
	slab_hoard_free(hoard);
	return ret;
}

static int slab_check_loss(struct mm_run *run, size_t size)
{
	void *object = slab_kmalloc(size, SLAB_GFP);
	size_t room;

	if (!object)
		return -ENOMEM;
	room = ksize(object);
	kfree(object);
	mm_note(run, "%4zu bytes asked: %4zu given, %4zu (%2zu %%) lost", size,
		room, room - size, 100 * (room - size) / room);
	mm_expect(run, room >= size && room == kmalloc_size_roundup(size),
		  "%zu bytes asked: expected the class of %zu, saw %zu", size,
		  kmalloc_size_roundup(size), room);
	return 0;
}

static int slab_expect_constant(struct mm_run *run, size_t size, void *object)
{
	size_t class = kmalloc_size_roundup(size);
	size_t room;

	if (!object)
		return -ENOMEM;
	/* KFENCE's samples have no class. */
	room = is_kfence_address(object) ? class : ksize(object);
	kfree(object);
	mm_expect(run, room == class,
		  "%zu bytes asked as a constant: expected the class of %zu, as for a variable, saw %zu",
		  size, class, room);
	return 0;
}

/* Of a size that it knows the compiler finds the class (kmalloc_index()). */
static __always_inline int slab_check_constant(struct mm_run *run, size_t size)
{
	return slab_expect_constant(run, size, kmalloc(size, SLAB_GFP)) ?:
	       slab_expect_constant(run, size + 1, kmalloc(size + 1, SLAB_GFP));
}

/* The last size of each class, and the first of the next. */
static int slab_check_constants(struct mm_run *run)
{
	return slab_check_constant(run, 8) ?:
	       slab_check_constant(run, 16) ?:
	       slab_check_constant(run, 32) ?:
	       slab_check_constant(run, 64) ?:
	       slab_check_constant(run, 96) ?:
	       slab_check_constant(run, 128) ?:
	       slab_check_constant(run, 192) ?:
	       slab_check_constant(run, 256) ?:
	       slab_check_constant(run, 512) ?:
	       slab_check_constant(run, 1024) ?:
	       slab_check_constant(run, 2048) ?:
	       slab_check_constant(run, 4096) ?:
	       slab_check_constant(run, 8192);
}

/* What is nothing, and what is more than there is. */
static void slab_check_bounds(struct mm_run *run, size_t nothing)
{
	void *empty = kmalloc(nothing, SLAB_GFP);
	void *huge = kmalloc_array(SIZE_MAX / 8 + 2 + nothing, 16, SLAB_GFP);

	mm_expect(run, empty == ZERO_SIZE_PTR,
		  "kmalloc of 0 bytes: expected ZERO_SIZE_PTR, saw %s",
		  empty ? "an object" : "NULL");
	mm_expect(run, !huge,
		  "kmalloc_array of more bytes than a size_t counts: expected NULL, saw an object");
	kfree(empty);
	kfree(huge);
}

/**
 * slab_size_classes - the experiment `size_classes`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_size_classes(struct mm_run *run)
{
	static const unsigned int samples[] = { 1, 33, 65, 100, 129, 513, 1025 };
	struct slab_classes classes = { };
	bool debugged = slab_debug_wanted();
	unsigned int i;
	int ret;

	if (IS_ENABLED(CONFIG_SLOB))
		return mm_skip(run, "SLOB has no classes: it rounds up to its unit");
	ret = slab_find_classes(run, &classes);
	if (!ret)
		mm_finding(run, "%u classes, %zu to %zu bytes", classes.nr,
			   classes.size[0], classes.size[classes.nr - 1]);
	for (i = 0; !ret && i < classes.nr; i++)
		ret = slab_check_class(run, i ? classes.size[i - 1] : 0,
				       classes.size[i], debugged);
	for (i = 0; !ret && i < ARRAY_SIZE(samples); i++)
		ret = slab_check_loss(run, samples[i]);
	if (!ret && mm_arg(run, "size"))
		ret = slab_check_loss(run, mm_arg(run, "size"));
	if (!ret)
		ret = slab_check_constants(run);
	slab_check_bounds(run, 0);
	return ret;
}

/**
 * struct slab_large - what was seen of one large kmalloc
 * @pfn: of its first frame
 * @offset: where in it the object begins
 * @room: what ksize() said
 * @order: of the block
 * @owned: the frames belong to the slab allocator
 * @freed: they were seen on the free lists after kfree()
 */
struct slab_large {
	unsigned long pfn;
	unsigned int offset;
	size_t room;
	unsigned int order;
	bool owned;
	bool freed;
};

static int slab_large_once(struct mm_run *run, size_t size,
			   struct slab_large *seen)
{
	unsigned long nr_pages = 1UL << get_order(size);
	struct page *page;
	void *object;

	if (mm_charge(run, nr_pages))
		return -ENOMEM;
	object = slab_kmalloc(size, SLAB_GFP);
	if (!object) {
		mm_uncharge(run, nr_pages);
		return -ENOMEM;
	}
	page = virt_to_head_page(object);
	*seen = (struct slab_large){
		.pfn = page_to_pfn(page),
		.offset = slab_offset(object),
		.room = ksize(object),
		.order = compound_order(page),
		.owned = PageSlab(page),
	};
	memset(object, 0x5a, size);
	kfree(object);
	seen->freed = is_free_buddy_page(page);
	mm_uncharge(run, nr_pages);
	return 0;
}

static int slab_check_large(struct mm_run *run, size_t size)
{
	/* Blocks of the costly orders and below stay on the CPU's lists. */
	bool listed = get_order(size) > PAGE_ALLOC_COSTLY_ORDER;
	struct slab_large seen;
	unsigned int tries = 0;
	int ret;

	do {
		ret = slab_large_once(run, size, &seen);
	} while (!ret && listed && !seen.freed && mm_try_again(run, &tries));
	if (ret)
		return ret;

	mm_note(run, "%7zu bytes: a block of order %u at PFN %lu, %zu bytes of room, frames %s",
		size, seen.order, seen.pfn, seen.room,
		seen.owned ? "of slabs" : "of no slab");
	mm_expect(run, !seen.owned,
		  "%zu bytes: expected frames of no slab, saw PFN %lu in one",
		  size, seen.pfn);
	mm_expect(run, seen.order == get_order(size) && !seen.offset,
		  "%zu bytes: expected a block of order %u from its start, saw order %u, offset %u",
		  size, get_order(size), seen.order, seen.offset);
	mm_expect(run, seen.room == PAGE_SIZE << get_order(size),
		  "%zu bytes: expected ksize() to say %lu, saw %zu", size,
		  PAGE_SIZE << get_order(size), seen.room);
	mm_expect(run, !listed || seen.freed,
		  "%zu bytes freed: expected PFN %lu on the free lists, saw it elsewhere each time",
		  size, seen.pfn);
	return 0;
}

static int slab_check_largest_class(struct mm_run *run)
{
	void *object = slab_kmalloc(KMALLOC_MAX_CACHE_SIZE, SLAB_GFP);
	bool owned;

	if (!object)
		return -ENOMEM;
	owned = PageSlab(virt_to_head_page(object));
	mm_note(run, "%7lu bytes: the largest class, frames %s",
		(unsigned long)KMALLOC_MAX_CACHE_SIZE,
		owned ? "of slabs" : "of no slab");
	mm_expect(run, owned,
		  "%lu bytes, the largest class: expected frames of a slab, saw PFN %lu in none",
		  (unsigned long)KMALLOC_MAX_CACHE_SIZE, slab_pfn(object));
	kfree(object);
	return 0;
}

/**
 * slab_large_kmalloc - the experiment `large_kmalloc`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_large_kmalloc(struct mm_run *run)
{
	const size_t sizes[] = {
		KMALLOC_MAX_CACHE_SIZE + 1,
		3 * KMALLOC_MAX_CACHE_SIZE,
		16 * PAGE_SIZE,
		16 * PAGE_SIZE + 1,
	};
	size_t beyond = KMALLOC_MAX_SIZE + 1UL;
	unsigned int i;
	void *object;
	int ret = 0;

	/* SLOB counts a header: its largest is not a round number. */
	if (!IS_ENABLED(CONFIG_SLOB))
		ret = slab_check_largest_class(run);
	for (i = 0; !ret && i < ARRAY_SIZE(sizes); i++)
		ret = slab_check_large(run, sizes[i]);
	if (ret)
		return ret;
	object = slab_kmalloc(beyond, SLAB_GFP);
	mm_note(run, "%7zu bytes, more than the largest block: %s", beyond,
		object ? "an object" : "NULL");
	mm_expect(run, !object, "%zu bytes: expected NULL, saw an object",
		  beyond);
	kfree(object);
	return 0;
}

/* Bytes of the hoard's objects that are not zero. */
static unsigned int slab_nr_dirty(const struct slab_hoard *hoard)
{
	unsigned int i, nr = 0;

	for (i = 0; i < hoard->nr; i++)
		nr += !!memchr_inv(hoard->objects[i], 0, hoard->size);
	return nr;
}

static int slab_take_again(struct slab_hoard *hoard, unsigned int nr, bool bulk)
{
	hoard->gfp |= __GFP_ZERO;
	return bulk ? slab_hoard_take_bulk(hoard, nr) :
		      slab_hoard_take(hoard, nr);
}

/* Fills objects, frees them, and takes as many again, asking for zeros. */
static int slab_check_zeroed(struct mm_run *run, struct slab_hoard *hoard,
			     unsigned int nr, const char *what, bool bulk)
{
	unsigned int nr_slabs, nr_dirty;
	int ret;

	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_take(hoard, nr);
	if (ret)
		return ret;
	slab_hoard_stamp(hoard);
	slab_hoard_release(hoard);
	nr_slabs = hoard->nr_seen;
	ret = slab_take_again(hoard, nr, bulk);
	if (ret)
		return ret;
	nr_dirty = slab_nr_dirty(hoard);
	mm_note(run, "%s: %u objects of %zu bytes, %u of %u slabs used before, %u not all zero",
		what, nr, hoard->size, nr_slabs, hoard->nr_seen, nr_dirty);
	mm_expect(run, !nr_dirty,
		  "%s with __GFP_ZERO: expected %u objects of zeros, saw %u with other bytes",
		  what, nr, nr_dirty);
	return 0;
}

static int slab_check_zeroed_cache(struct mm_run *run, bool bulk)
{
	struct slab_hoard *hoard = slab_hoard_open(run, "mm_lab_zero", 100, 0,
						   0, NULL);
	int ret = slab_check_zeroed(run, hoard, 100,
				    bulk ? "kmem_cache_alloc_bulk" :
					   "kmem_cache_alloc", bulk);

	slab_hoard_close(hoard);
	return ret;
}

static int slab_check_zeroed_kmalloc(struct mm_run *run, size_t size)
{
	struct slab_hoard *hoard = slab_hoard_new(run, NULL, size, 32);
	int ret = slab_check_zeroed(run, hoard, 32, "kmalloc", false);

	slab_hoard_free(hoard);
	return ret;
}

static void slab_set_seven(void *object)
{
	memset(object, 7, sizeof(u64));
}

/*
 * What has a constructor is not zeroed at allocation on any configuration, so
 * the zeros that the next user finds are kfree_sensitive()'s.
 */
static int slab_check_sensitive(struct mm_run *run)
{
	struct slab_hoard *hoard;
	unsigned long before;
	void *object;
	bool same, clean;
	int ret;

	hoard = slab_hoard_open(run, "mm_lab_secret", 64, 0, 0,
				slab_set_seven);
	if (!hoard)
		return -ENOMEM;
	migrate_disable();
	/* Keeps the slab from leaving, and the next from being constructed. */
	ret = slab_hoard_take(hoard, 1);
	if (ret)
		goto out;
	ret = -ENOMEM;
	object = slab_take(hoard->cache, SLAB_GFP);
	if (!object)
		goto out;
	memset(object, 0xa5, 64);
	before = (unsigned long)object;
	kfree_sensitive(object);
	object = slab_take(hoard->cache, SLAB_GFP);
	if (!object)
		goto out;
	same = (unsigned long)object == before;
	clean = !memchr_inv(object, 0, 64);
	mm_note(run, "kfree_sensitive: the next user gets %s object, %s",
		same ? "the same" : "another", clean ? "wiped" : "not wiped");
	mm_expect(run, same && clean,
		  "kfree_sensitive: expected the same object with 64 zeros, saw %s",
		  same ? "other bytes" : "another object");
	kmem_cache_free(hoard->cache, object);
	ret = 0;
out:
	migrate_enable();
	slab_hoard_close(hoard);
	return ret;
}

/**
 * slab_zeroing - the experiment `zeroing`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_zeroing(struct mm_run *run)
{
	int ret;

	ret = slab_check_zeroed_cache(run, false) ?:
	      slab_check_zeroed_cache(run, true) ?:
	      slab_check_zeroed_kmalloc(run, 100) ?:
	      slab_check_zeroed_kmalloc(run, 2000) ?:
	      slab_check_zeroed_kmalloc(run, KMALLOC_MAX_CACHE_SIZE + 1);
	/* KASAN keeps the object back; SLOB frees by a size kmalloc wrote. */
	if (!ret && !slab_keeps_back() && !IS_ENABLED(CONFIG_SLOB))
		ret = slab_check_sensitive(run);
	return ret;
}

#define SLAB_OLD_STAMP	0x3c
#define SLAB_NEW_STAMP	0xc3

/**
 * slab_check_move - krealloc() once, and see what it kept
 * @run: the run
 * @object: the object; replaced by what krealloc() gave
 * @from: its size
 * @to: the size asked
 *
 * Return: 0, or -ENOMEM with @object as it was.
 */
static int slab_check_move(struct mm_run *run, void **object, size_t from,
			   size_t to)
{
	size_t kept = min(from, to);
	bool fits = to <= ksize(*object);
	unsigned long before = (unsigned long)*object;
	void *moved;
	size_t room;
	bool stayed;

	memset(*object, SLAB_OLD_STAMP, from);
	moved = krealloc(*object, to, SLAB_GFP);
	if (!moved)
		return -ENOMEM;
	*object = moved;
	stayed = (unsigned long)moved == before;
	room = ksize(moved);
	mm_note(run, "from %5zu to %5zu bytes: %s, %zu bytes of room", from, to,
		stayed ? "stays" : "moves", room);
	mm_expect(run, !memchr_inv(moved, SLAB_OLD_STAMP, kept),
		  "from %zu to %zu bytes: expected the first %zu kept, saw other bytes",
		  from, to, kept);
	mm_expect(run, room >= to,
		  "from %zu to %zu bytes: expected as much room, saw %zu", from,
		  to, room);
	mm_expect(run, fits || !stayed,
		  "from %zu to %zu bytes: expected a larger object, saw the same",
		  from, to);
	/* A debugged object's room ends where its user's request did. */
	if (!slab_debug_wanted() && !is_kfence_address(moved))
		mm_expect(run, !fits || stayed,
			  "from %zu to %zu bytes, which fit: expected the same object, saw another",
			  from, to);
	memset(moved, SLAB_NEW_STAMP, to);
	return 0;
}

static int slab_check_moves(struct mm_run *run, void **object)
{
	const size_t sizes[] = {
		40, 60, 200, 20, KMALLOC_MAX_CACHE_SIZE,
		KMALLOC_MAX_CACHE_SIZE + 1, 3 * KMALLOC_MAX_CACHE_SIZE, 8,
	};
	unsigned int i;
	int ret = 0;

	for (i = 1; !ret && i < ARRAY_SIZE(sizes); i++)
		ret = mm_yield() ?: slab_check_move(run, object, sizes[i - 1],
						    sizes[i]);
	return ret;
}

/* What cannot be had leaves the object as it was. */
static void slab_check_refusal(struct mm_run *run, void *object)
{
	size_t huge = KMALLOC_MAX_SIZE + 1UL;
	void *moved;

	memset(object, SLAB_OLD_STAMP, 8);
	moved = krealloc(object, huge, SLAB_GFP) ?:
		krealloc_array(object, SIZE_MAX / 8 + 2, 16, SLAB_GFP);
	if (!mm_expect(run, !moved,
		       "to more bytes than can be had: expected NULL, saw an object"))
		return;
	mm_note(run, "to %zu bytes: refused, the object stays", huge);
	mm_expect(run, !memchr_inv(object, SLAB_OLD_STAMP, 8),
		  "after a refusal: expected the object intact, saw other bytes");
}

static int slab_check_ends(struct mm_run *run)
{
	void *object = krealloc(NULL, 100, SLAB_GFP);
	void *end;

	if (!object)
		return -ENOMEM;
	mm_expect(run, ksize(object) >= 100,
		  "of nothing to 100 bytes: expected as much room, saw %zu",
		  ksize(object));
	end = krealloc(object, 0, SLAB_GFP);
	mm_expect(run, end == ZERO_SIZE_PTR,
		  "to 0 bytes: expected ZERO_SIZE_PTR, saw %s",
		  end ? "an object" : "NULL");
	if (!ZERO_OR_NULL_PTR(end))
		kfree(end);
	return 0;
}

/* An object of zeros that the CPU had full of other bytes before. */
static void *slab_zeroed_again(struct mm_run *run, size_t size)
{
	struct slab_hoard *hoard = slab_hoard_new(run, NULL,
						  kmalloc_size_roundup(size),
						  SLAB_TURN_MAX);
	void *object = NULL;

	if (!hoard)
		return NULL;
	migrate_disable();
	if (!slab_hoard_take(hoard, SLAB_TURN_MAX)) {
		slab_hoard_stamp(hoard);
		slab_hoard_release(hoard);
		object = slab_kmalloc(size, SLAB_GFP | __GFP_ZERO);
	}
	migrate_enable();
	slab_hoard_free(hoard);
	return object;
}

static int slab_check_zeroed_growth(struct mm_run *run)
{
	u8 *object = slab_zeroed_again(run, 40);
	size_t from = 40;
	u8 *moved, *odd;

	if (!object)
		return -ENOMEM;
	/*
	 * Debugging puts a red zone between the request and the class's end,
	 * which krealloc() took for the user's up to 6.12.
	 */
	if (slab_debug_wanted())
		from = ksize(object);
	memset(object, SLAB_OLD_STAMP, 40);
	moved = krealloc(object, 1000, SLAB_GFP | __GFP_ZERO);
	if (!moved) {
		kfree(object);
		return -ENOMEM;
	}
	mm_expect(run, !memchr_inv(moved, SLAB_OLD_STAMP, 40),
		  "from 40 to 1000 zeroed bytes: expected the first 40 kept, saw other bytes");
	odd = memchr_inv(moved + from, 0, 1000 - from);
	mm_expect(run, !odd,
		  "from 40 to 1000 zeroed bytes: expected zeros from byte %zu on, saw %#x at byte %zu",
		  from, odd ? *odd : 0, odd ? (size_t)(odd - moved) : 0);
	kfree(moved);
	return 0;
}

/* What krealloc() left is the next that the CPU gets: it was freed. */
static bool slab_left_old(void)
{
	void *object, *moved, *next;
	unsigned long old;
	bool freed;

	migrate_disable();
	object = slab_kmalloc(40, SLAB_GFP);
	old = (unsigned long)object;
	moved = object ? krealloc(object, 500, SLAB_GFP) : NULL;
	if (!moved)
		kfree(object);
	next = slab_kmalloc(40, SLAB_GFP);
	freed = moved && (unsigned long)next == old;
	migrate_enable();
	kfree(moved);
	kfree(next);
	return freed;
}

static void slab_check_old_freed(struct mm_run *run)
{
	unsigned int tries = 0;
	bool freed;

	if (slab_keeps_back() || slab_debug_wanted() || IS_ENABLED(CONFIG_SLOB))
		return;
	/* The class is everybody's: an interrupt may take the object first. */
	do {
		freed = slab_left_old();
	} while (!freed && mm_try_again(run, &tries));
	mm_expect(run, freed,
		  "the object that krealloc moved from: expected it freed, and so the next that the CPU gets, saw others in %u tries",
		  tries);
}

/**
 * slab_krealloc - the experiment `krealloc`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_krealloc(struct mm_run *run)
{
	unsigned long nr_pages = 1UL << get_order(3 * KMALLOC_MAX_CACHE_SIZE);
	void *object;
	int ret;

	if (mm_charge(run, 2 * nr_pages))
		return -ENOMEM;
	object = slab_kmalloc(40, SLAB_GFP);
	ret = object ? slab_check_moves(run, &object) : -ENOMEM;
	if (!ret)
		slab_check_refusal(run, object);
	kfree(object);
	mm_uncharge(run, 2 * nr_pages);
	if (ret)
		return ret;
	slab_check_old_freed(run);
	return slab_check_ends(run) ?: slab_check_zeroed_growth(run);
}

/* The DMA controller of the PC's bus has 24 address lines. */
static unsigned long slab_dma_end(const struct zone *zone)
{
	return IS_ENABLED(CONFIG_X86) ? SZ_16M >> PAGE_SHIFT :
					zone_end_pfn(zone);
}

static int slab_check_dma(struct mm_run *run, struct slab_hoard *hoard,
			  const struct zone *zone, const char *what)
{
	unsigned long end = slab_dma_end(zone);
	unsigned int nr_high = 0, i;
	unsigned long top = 0;
	int ret;

	if (!hoard)
		return -ENOMEM;
	hoard->gfp |= GFP_DMA;
	ret = slab_hoard_take(hoard, 32);
	for (i = 0; !ret && i < hoard->nr_seen; i++) {
		const struct slab_seen *slab = &hoard->seen[i];

		top = max(top, slab->pfn);
		nr_high += slab->pfn >= end ||
			   page_zonenum(pfn_to_page(slab->pfn)) !=
				zone_idx(zone);
	}
	if (ret)
		return ret;
	mm_note(run,
		"%s: %u objects of %zu bytes in %u blocks of frames, the highest at PFN %lu, of %lu",
		what, hoard->nr, hoard->size, hoard->nr_seen, top, end);
	mm_expect(run, !nr_high,
		  "%s: expected ZONE_DMA and PFNs below %lu, saw %u of %u blocks elsewhere, the highest at PFN %lu",
		  what, end, nr_high, hoard->nr_seen, top);
	return 0;
}

/**
 * slab_dma - the experiment `dma`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_dma(struct mm_run *run)
{
	const struct zone *zone = slab_dma_zone();
	struct slab_hoard *small, *large, *cache;
	int ret;

	if (!IS_ENABLED(CONFIG_ZONE_DMA))
		return mm_skip(run, "this kernel has no ZONE_DMA");
	if (!zone)
		return mm_skip(run, "ZONE_DMA is empty on this machine");
	if (IS_ENABLED(CONFIG_SLOB))
		return mm_skip(run, "SLOB puts small objects into pages of any zone");
	small = slab_hoard_new(run, NULL, 200, 32);
	large = slab_hoard_new(run, NULL, KMALLOC_MAX_CACHE_SIZE + 1, 32);
	cache = slab_hoard_open(run, "mm_lab_dma", 200, 0, SLAB_CACHE_DMA,
				NULL);
	ret = slab_check_dma(run, small, zone, "kmalloc with GFP_DMA") ?:
	      slab_check_dma(run, large, zone, "large kmalloc with GFP_DMA") ?:
	      slab_check_dma(run, cache, zone, "SLAB_CACHE_DMA");
	slab_hoard_free(small);
	slab_hoard_free(large);
	slab_hoard_close(cache);
	return ret;
}
