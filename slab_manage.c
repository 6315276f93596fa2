// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on where a slab keeps its own books, and where it begins: SLAB's
 * management on and off the slab, and its colours.
 */
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "compat.h"
#include "mm_lab.h"
#include "slab_probe.h"

/* A power of two: a slab has no waste that books could hide in. */
#define SLAB_BOOKS_SIZE	128
/* A slab of SLAB's has no more objects: its index has a byte for each. */
#define SLAB_BOOKS_MAX	256

static void slab_books_ctor(void *object)
{
	memset(object, 0, SLAB_BOOKS_SIZE);
}

/**
 * struct slab_books - what was measured of a full slab
 * @layout: how its objects stand
 * @indexed: its last bytes are an index: each number of an object once
 */
struct slab_books {
	struct slab_layout layout;
	bool indexed;
};

/* SLAB's index of free objects: a byte each, at the slab's end. */
static bool slab_has_index(unsigned long pfn, const struct slab_layout *layout)
{
	const u8 *base = page_address(pfn_to_page(pfn));
	const u8 *index = base + layout->bytes - layout->nr_objects;
	DECLARE_BITMAP(seen, SLAB_BOOKS_MAX) = { };
	unsigned int i;

	if (layout->nr_objects > SLAB_BOOKS_MAX ||
	    layout->last + layout->stride + layout->nr_objects > layout->bytes)
		return false;
	for (i = 0; i < layout->nr_objects; i++)
		__set_bit(index[i], seen);
	return find_first_zero_bit(seen, SLAB_BOOKS_MAX) == layout->nr_objects;
}

static int slab_look_books(struct mm_run *run, const char *what,
			   struct kmem_cache *cache, struct slab_books *books)
{
	const struct slab_seen *slab;
	struct slab_hoard *hoard;
	int ret;

	if (!cache)
		return -ENOMEM;
	hoard = slab_hoard_new(run, cache, SLAB_BOOKS_SIZE, SLAB_HOARD_MAX);
	if (!hoard) {
		kmem_cache_destroy(cache);
		return -ENOMEM;
	}
	ret = slab_hoard_fill(hoard, 4);
	if (ret)
		goto out;
	slab = slab_hoard_fullest(hoard);
	ret = slab_measure(hoard, slab, &books->layout);
	if (ret)
		goto out;
	books->indexed = slab_has_index(slab->pfn, &books->layout);
	mm_note(run, "%s: %u objects of %u bytes, %u apart, in %u bytes; %s",
		what, books->layout.nr_objects, SLAB_BOOKS_SIZE,
		books->layout.stride, books->layout.bytes,
		books->indexed ? "an index at the end" : "no index at the end");
out:
	slab_hoard_close(hoard);
	return ret;
}

static bool slab_books_full(const struct slab_books *books)
{
	return books->layout.nr_objects * SLAB_BOOKS_SIZE ==
	       books->layout.bytes;
}

static void slab_expect_full(struct mm_run *run, const char *what,
			     const struct slab_books *books)
{
	mm_expect(run, slab_books_full(books),
		  "%s: expected %u bytes full of objects, saw %u of %u bytes",
		  what, books->layout.bytes, books->layout.nr_objects,
		  SLAB_BOOKS_SIZE);
}

/*
 * SLAB's index lies in a free object where those have no state to keep, else in
 * an object of another cache; SLAB_NOLEAKTRACE keeps it on the slab (see
 * set_on_slab_cache() and its neighbours in mm/slab.c of 6.1).
 */
static int slab_manage_indexed(struct mm_run *run)
{
	struct slab_books plain, built, on_slab;
	int ret;

	ret = slab_look_books(run, "no constructor",
			      slab_cache("mm_lab_plain", SLAB_BOOKS_SIZE, 0, 0,
					 NULL), &plain) ?:
	      slab_look_books(run, "a constructor",
			      kmem_cache_create("mm_lab_built",
						SLAB_BOOKS_SIZE, 0,
						SLAB_NO_USER_FLAGS,
						slab_books_ctor), &built) ?:
	      slab_look_books(run, "a constructor, and kept on the slab",
			      slab_cache("mm_lab_onslab", SLAB_BOOKS_SIZE, 0,
					 MM_SLAB_ON_SLAB, slab_books_ctor),
			      &on_slab);
	if (ret)
		return ret;
	slab_expect_full(run, "no constructor", &plain);
	slab_expect_full(run, "a constructor", &built);
	mm_expect(run, on_slab.indexed,
		  "kept on the slab: expected an index of %u objects in its last bytes, saw other bytes",
		  on_slab.layout.nr_objects);
	if (slab_books_full(&plain) && slab_books_full(&built))
		mm_finding(run,
			   "an index in a free object, or off the slab; %u bytes on the slab where asked",
			   on_slab.layout.nr_objects);
	return 0;
}

/* SLUB links free objects, in their own bytes or behind what has a state. */
static int slab_manage_linked(struct mm_run *run)
{
	const unsigned int apart = ALIGN(SLAB_BOOKS_SIZE + sizeof(void *),
					 ARCH_SLAB_MINALIGN);
	struct slab_books plain, built;
	int ret;

	ret = slab_look_books(run, "no constructor",
			      slab_cache("mm_lab_plain", SLAB_BOOKS_SIZE, 0, 0,
					 NULL), &plain) ?:
	      slab_look_books(run, "a constructor",
			      slab_cache("mm_lab_built", SLAB_BOOKS_SIZE, 0, 0,
					 slab_books_ctor), &built);
	if (ret)
		return ret;
	slab_expect_full(run, "no constructor", &plain);
	mm_expect(run, built.layout.stride == apart,
		  "a constructor: expected objects %u apart, with room for a pointer behind each, saw %u",
		  apart, built.layout.stride);
	if (slab_books_full(&plain))
		mm_finding(run,
			   "a link in the free object; %u bytes behind each that has a constructor",
			   built.layout.stride - SLAB_BOOKS_SIZE);
	return 0;
}

/**
 * slab_management - the experiment `management`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_management(struct mm_run *run)
{
	if (IS_ENABLED(CONFIG_SLOB))
		return mm_skip(run, "SLOB has no slabs: the holes of its pages are linked");
	if (slab_debug_wanted() || slab_keeps_back())
		return mm_skip(run, "debugging puts its own books around each object");
	return IS_ENABLED(CONFIG_SLAB) ? slab_manage_indexed(run) :
					 slab_manage_linked(run);
}

/* Where a slab of the hoard begins, its lowest object known. */
static unsigned int slab_first(const struct slab_hoard *hoard,
			       const struct slab_seen *slab)
{
	unsigned int first = UINT_MAX;
	unsigned int i;

	for (i = 0; i < hoard->nr; i++)
		if (slab_pfn(hoard->objects[i]) == slab->pfn)
			first = min(first, slab_offset(hoard->objects[i]));
	return first;
}

/**
 * struct slab_colours - where the full slabs of a cache begin
 * @nr_slabs: looked at
 * @nr: of different beginnings
 * @lowest: beginning, in bytes
 * @highest: beginning
 * @odd: one that is no multiple of a cache line away from the lowest, or 0
 */
struct slab_colours {
	unsigned int nr_slabs;
	unsigned int nr;
	unsigned int lowest;
	unsigned int highest;
	unsigned int odd;
};

static void slab_count_colours(const struct slab_hoard *hoard,
			       unsigned int per_slab,
			       struct slab_colours *seen)
{
	DECLARE_BITMAP(lines, 64) = { };
	unsigned int i;

	*seen = (struct slab_colours){ .lowest = UINT_MAX };
	for (i = 0; i < hoard->nr_seen; i++) {
		unsigned int first;

		if (hoard->seen[i].nr != per_slab)
			continue;
		first = slab_first(hoard, &hoard->seen[i]);
		seen->nr_slabs++;
		seen->lowest = min(seen->lowest, first);
		seen->highest = max(seen->highest, first);
		if (first % cache_line_size())
			seen->odd = first;
		__set_bit(first / cache_line_size() % 64, lines);
	}
	seen->nr = bitmap_weight(lines, 64);
}

static void slab_judge_colours(struct mm_run *run,
			       const struct slab_colours *seen,
			       unsigned int lines)
{
	/* __kmem_cache_create() of SLAB: as many colours as lines of waste, or one. */
	unsigned int expected = clamp(lines, 1U, seen->nr_slabs);

	mm_note(run,
		"%u full slabs begin at %u places, offsets %u to %u; there is waste for %u lines",
		seen->nr_slabs, seen->nr, seen->lowest, seen->highest, lines);
	if (!IS_ENABLED(CONFIG_SLAB)) {
		mm_finding(run, "all slabs begin alike");
		mm_expect(run, seen->lowest == seen->highest,
			  "beginnings of %u slabs: expected all alike, saw offsets %u to %u",
			  seen->nr_slabs, seen->lowest, seen->highest);
		return;
	}
	mm_finding(run, "slabs begin at %u places, %u bytes apart", seen->nr,
		   cache_line_size());
	mm_expect(run, seen->nr == expected,
		  "beginnings of %u slabs with waste for %u lines: expected %u, saw %u",
		  seen->nr_slabs, lines, expected, seen->nr);
	mm_expect(run, !seen->odd,
		  "beginnings: expected multiples of %u bytes, saw offset %u",
		  cache_line_size(), seen->odd);
}

/**
 * slab_colouring - the experiment `colouring`
 * @run: the run
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM or -EINTR.
 */
int slab_colouring(struct mm_run *run)
{
	unsigned int size = mm_arg(run, "size");
	struct slab_colours seen;
	struct slab_layout layout;
	struct slab_hoard *hoard;
	int ret;

	if (IS_ENABLED(CONFIG_SLOB))
		return mm_skip(run, "SLOB has no slabs: objects of all sizes share its pages");
	hoard = slab_hoard_open(run, "mm_lab_colour", size, 0, 0, NULL);
	if (!hoard)
		return -ENOMEM;
	ret = slab_hoard_fill(hoard, 24);
	if (ret)
		goto out;
	ret = slab_measure(hoard, slab_hoard_fullest(hoard), &layout);
	if (ret)
		goto out;
	slab_count_colours(hoard, layout.nr_objects, &seen);
	slab_judge_colours(run, &seen,
			   (layout.bytes - layout.nr_objects * layout.stride) /
			   cache_line_size());
out:
	slab_hoard_close(hoard);
	return ret;
}
