// SPDX-License-Identifier: GPL-2.0
/*
 * The buddy room: what a page is when it is handed out, and when it is free.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "buddy_probe.h"
#include "compat.h"

/* Requests of each size that nobody asked for. */
#define BUDDY_UNIT_NR	4
/* Bytes by which a request is short of whole pages. */
#define BUDDY_EXACT_SHORT	100
/* What dirty frames are filled with. */
#define BUDDY_DIRT	0xa5
/* Blocks that zero dirties at a time: enough to empty the shorter lists. */
#define BUDDY_ZERO_NR	32
/* The largest order that zero looks at: both kinds of free list. */
#define BUDDY_ZERO_ORDER	(PAGE_ALLOC_COSTLY_ORDER + 2)
/* Pages freed in a row by hot_page. */
#define BUDDY_HOT_NR	8
/* Rounds that hot_page wants to see. */
#define BUDDY_HOT_ROUNDS	16
/* The order of the block whose last reference refcount puts. */
#define BUDDY_REF_ORDER	(PAGE_ALLOC_COSTLY_ORDER + 1)

const struct mm_param buddy_page_unit_params[] = {
	{ "size", 513, 1, 64 * PAGE_SIZE },
	{ "nr", 64, 2, 512 },
	{ }
};

const struct mm_param buddy_exact_params[] = {
	{ "nr", 3, 1, 64 },
	{ }
};

const struct mm_param buddy_bulk_params[] = {
	{ "nr", 64, 2, 512 },
	{ }
};

static void *buddy_address(const struct buddy_set *set, unsigned int i)
{
	return page_address(set->pages[i]);
}

/* Each block filled by its owner: who shares a byte, loses it. */
static void buddy_check_owned(struct mm_run *run, const struct buddy_set *set)
{
	unsigned long len = PAGE_SIZE << set->order;
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		memset(buddy_address(set, i), i & 0xff, len);
	for (i = 0; i < set->nr; i++)
		mm_expect(run, !memchr_inv(buddy_address(set, i), i & 0xff, len),
			  "request %u, PFN %#lx: expected %lu bytes of its own, another wrote into them",
			  i, buddy_set_pfn(set, i), len);
}

static int buddy_unit_of(struct mm_run *run, unsigned long size,
			 unsigned int nr)
{
	unsigned long given;
	struct buddy_set set;
	unsigned int order;
	int ret;

	/* Worked out here, and not by the compiler: that is another formula. */
	OPTIMIZER_HIDE_VAR(size);
	order = get_order(size);
	given = PAGE_SIZE << order;
	ret = buddy_set_take(run, &set, order, nr, GFP_KERNEL);
	if (!ret && set.nr < 2)
		ret = -ENOMEM;
	if (ret)
		goto out;

	mm_note(run, "%lu bytes asked: order %u, %lu bytes given, %lu lost (%lu %%)",
		size, order, given, buddy_lost(size),
		100 * buddy_lost(size) / given);
	mm_note(run, "%u such requests hold %lu frames, at PFN %#lx, %#lx...",
		set.nr, (unsigned long)set.nr << order, buddy_set_pfn(&set, 0),
		buddy_set_pfn(&set, 1));
	mm_expect(run, given >= size && (!order || given / 2 < size),
		  "%lu bytes: expected the smallest power of two of pages, saw order %u",
		  size, order);
	buddy_check_owned(run, &set);
	buddy_set_sort(&set);
	buddy_set_distinct(run, &set);
out:
	buddy_set_exit(run, &set);
	return ret;
}

/**
 * buddy_page_unit - the smallest thing to be had is a page
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_page_unit(struct mm_run *run)
{
	/* Where a request begins to cost another page. */
	static const unsigned long sizes[] = { 1, PAGE_SIZE, PAGE_SIZE + 1 };
	unsigned int i;
	int ret;

	ret = buddy_unit_of(run, mm_arg(run, "size"), mm_arg(run, "nr"));
	for (i = 0; i < ARRAY_SIZE(sizes) && !ret; i++)
		ret = buddy_unit_of(run, sizes[i], BUDDY_UNIT_NR);
	return ret;
}

static void buddy_dirty(const struct buddy_set *set, unsigned long *pfns)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		memset(buddy_address(set, i), BUDDY_DIRT,
		       PAGE_SIZE << set->order);
		pfns[i] = buddy_set_pfn(set, i);
	}
}

static bool buddy_among(unsigned long pfn, const unsigned long *pfns,
			unsigned int nr)
{
	while (nr--)
		if (pfns[nr] == pfn)
			return true;
	return false;
}

/* Dirties blocks, swaps them for zeroed ones; counts those met again. */
static int buddy_zero_once(struct mm_run *run, struct buddy_set *set,
			   gfp_t gfp, unsigned int *nr_again)
{
	unsigned long pfns[BUDDY_ZERO_NR];
	struct buddy_pin pin;
	unsigned int i, nr;
	int ret;

	ret = buddy_set_fill(run, set, GFP_KERNEL);
	if (ret)
		return ret;
	nr = set->nr;
	buddy_dirty(set, pfns);
	buddy_pin(&pin);
	buddy_set_empty(run, set);
	buddy_set_fill_now(run, set, gfp | __GFP_ZERO, nr);
	buddy_unpin(&pin);

	*nr_again = 0;
	for (i = 0; i < set->nr; i++) {
		unsigned char *start = buddy_address(set, i);
		unsigned char *byte = memchr_inv(start, 0,
						 PAGE_SIZE << set->order);

		*nr_again += buddy_among(buddy_set_pfn(set, i), pfns, nr);
		mm_expect(run, !byte, "order %u, PFN %#lx: expected zeros, saw %#x at byte %td",
			  set->order, buddy_set_pfn(set, i), byte ? *byte : 0,
			  byte ? byte - start : 0);
	}
	buddy_set_empty(run, set);
	return mm_yield();
}

static int buddy_zero_order(struct mm_run *run, unsigned int order)
{
	unsigned int tries = 0, nr_again = 0;
	struct buddy_set set;
	int ret;

	ret = buddy_set_init(&set, order, BUDDY_ZERO_NR);
	if (ret)
		return ret;
	do {
		ret = buddy_zero_once(run, &set, buddy_mobility(tries),
				      &nr_again);
	} while (!ret && !nr_again && mm_try_again(run, &tries));
	buddy_set_exit(run, &set);
	if (ret)
		return ret;
	mm_note(run, "order %u: %u of %u blocks were dirty before and are zeros now",
		order, nr_again, BUDDY_ZERO_NR);
	mm_expect(run, nr_again,
		  "order %u: expected to meet a dirtied frame again, met none in %u tries",
		  order, tries);
	return 0;
}

/**
 * buddy_zero - __GFP_ZERO zeroes every byte
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_zero(struct mm_run *run)
{
	unsigned int order;
	int ret = 0;

	for (order = 0; order <= BUDDY_ZERO_ORDER && !ret; order++)
		ret = buddy_zero_order(run, order);
	return ret;
}

/**
 * struct buddy_exact - one use of alloc_pages_exact()
 * @size: bytes asked
 * @nr: pages that these take
 * @nr_tail: pages of the block beyond them
 * @addr: what it gave
 * @pfn: the first frame
 * @tail: single pages taken right after
 * @free: a bit for each frame of the block that was seen free, on a buddy list
 *	or by being handed out again: versions differ in where the tail goes
 */
struct buddy_exact {
	size_t size;
	unsigned int nr;
	unsigned int nr_tail;
	void *addr;
	unsigned long pfn;
	struct buddy_set tail;
	u64 free;
};

/* Runs pinned. */
static void buddy_exact_look(struct mm_run *run, struct buddy_exact *exact,
			     gfp_t gfp)
{
	struct buddy_block block;
	unsigned long offset;
	unsigned int i;

	exact->pfn = page_to_pfn(virt_to_page(exact->addr));
	exact->free = 0;
	for (i = 0; i < exact->nr + exact->nr_tail; i++)
		if (buddy_find_free(exact->pfn + i, &block))
			exact->free |= BIT_ULL(i);
	buddy_set_fill_now(run, &exact->tail, gfp, exact->nr_tail);
	for (i = 0; i < exact->tail.nr; i++) {
		offset = buddy_set_pfn(&exact->tail, i) - exact->pfn;
		if (offset < exact->nr + exact->nr_tail)
			exact->free |= BIT_ULL(offset);
	}
}

static bool buddy_exact_judge(struct mm_run *run, const struct buddy_exact *exact)
{
	bool kept = true;
	unsigned int i;

	for (i = 0; i < exact->nr; i++) {
		int count = page_ref_count(pfn_to_page(exact->pfn + i));

		kept &= mm_expect(run, count == 1,
				  "%zu bytes, kept page %u, PFN %#lx: expected 1 reference, saw %d",
				  exact->size, i, exact->pfn + i, count);
		kept &= mm_expect(run, !(exact->free & BIT_ULL(i)),
				  "%zu bytes, kept page %u, PFN %#lx: expected it to be ours, it is free",
				  exact->size, i, exact->pfn + i);
	}
	return kept;
}

/* What a faulty allocator gave is taken apart: what is free is not freed. */
static void buddy_exact_salvage(struct mm_run *run, struct buddy_exact *exact)
{
	unsigned int i;

	for (i = 0; i < exact->nr; i++)
		if (page_ref_count(pfn_to_page(exact->pfn + i)) > 0 &&
		    !(exact->free & BIT_ULL(i)))
			__free_pages(pfn_to_page(exact->pfn + i), 0);
	mm_uncharge(run, exact->nr);
	buddy_set_empty(run, &exact->tail);
}

/* Whether the pages kept come back once they are given back. */
static bool buddy_exact_return(struct mm_run *run, struct buddy_exact *exact,
			       gfp_t gfp)
{
	unsigned int i, nr_back = 0;
	struct buddy_pin pin;

	buddy_pin(&pin);
	free_pages_exact(exact->addr, exact->size);
	mm_uncharge(run, exact->nr);
	buddy_set_empty(run, &exact->tail);
	buddy_set_fill_now(run, &exact->tail, gfp, exact->nr + exact->nr_tail);
	buddy_unpin(&pin);
	for (i = 0; i < exact->tail.nr; i++)
		nr_back += buddy_set_pfn(&exact->tail, i) - exact->pfn <
			   exact->nr;
	buddy_set_empty(run, &exact->tail);
	return nr_back == exact->nr;
}

static int buddy_exact_once(struct mm_run *run, struct buddy_exact *exact,
			    gfp_t gfp, enum buddy_sight *sight)
{
	struct buddy_pin pin;
	int ret;

	ret = mm_charge(run, exact->nr);
	if (ret)
		return ret;
	buddy_pin(&pin);
	exact->addr = alloc_pages_exact(exact->size, gfp);
	if (exact->addr)
		buddy_exact_look(run, exact, gfp);
	buddy_unpin(&pin);
	if (!exact->addr) {
		mm_uncharge(run, exact->nr);
		return -ENOMEM;
	}
	if (!buddy_exact_judge(run, exact)) {
		buddy_exact_salvage(run, exact);
		*sight = BUDDY_FAULT;
		return 0;
	}
	*sight = buddy_exact_return(run, exact, gfp) &&
		 hweight64(exact->free) == exact->nr_tail ? BUDDY_CLEAN :
							    BUDDY_SPOILT;
	return 0;
}

static int buddy_exact_size(struct mm_run *run, size_t size)
{
	struct buddy_exact exact = {
		.size = size,
		.nr = DIV_ROUND_UP(size, PAGE_SIZE),
	};
	unsigned int order = get_order(size);
	unsigned int tries = 0;
	enum buddy_sight sight = BUDDY_SPOILT;
	int ret;

	exact.nr_tail = (1U << order) - exact.nr;
	ret = buddy_set_init(&exact.tail, 0, 1U << order);
	if (ret)
		return ret;
	do {
		ret = buddy_exact_once(run, &exact, buddy_mobility(tries),
				       &sight);
	} while (!ret && sight == BUDDY_SPOILT && mm_try_again(run, &tries));
	if (!ret && sight != BUDDY_FAULT) {
		mm_note(run,
			"%zu bytes asked: a block of %u frames at PFN %#lx, %u kept, %u seen free again",
			size, 1U << order, exact.pfn, exact.nr,
			(unsigned int)hweight64(exact.free));
		mm_expect(run, sight == BUDDY_CLEAN,
			  "%zu bytes: expected the %u pages behind PFN %#lx to be free at once, and those before once given back; not seen in %u tries",
			  size, exact.nr_tail, exact.pfn + exact.nr - 1, tries);
	}
	buddy_set_exit(run, &exact.tail);
	return ret;
}

/**
 * buddy_exact - alloc_pages_exact() keeps what was asked and no more
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_exact(struct mm_run *run)
{
	size_t size = mm_arg(run, "nr") * PAGE_SIZE;

	/* A page that is used in part is kept too. */
	return buddy_exact_size(run, size) ?:
	       buddy_exact_size(run, size - BUDDY_EXACT_SHORT);
}

/* The references of one single page, through its life. */
struct buddy_life {
	unsigned long pfn;
	int new;
	int got;
	int put;
	bool handed_out_early;
	bool handed_out_last;
};

/* Runs pinned: the page freed last is the next one that the CPU gets. */
static bool buddy_live(struct mm_run *run, gfp_t gfp, struct buddy_life *life)
{
	struct page *page = mm_alloc_pages(run, gfp, 0);
	struct page *next;

	if (!page)
		return false;
	life->pfn = page_to_pfn(page);
	life->new = page_ref_count(page);
	get_page(page);
	life->got = page_ref_count(page);
	/* With a reference left, even this only puts one. */
	__free_pages(page, 0);
	life->put = page_ref_count(page);

	next = mm_alloc_pages(run, gfp, 0);
	life->handed_out_early = next == page;
	/* A page that was freed too early is not ours to put again. */
	if (!life->handed_out_early)
		mm_free_pages(run, next, 0);
	put_page(page);
	mm_uncharge(run, 1);
	if (life->handed_out_early) {
		mm_uncharge(run, 1);
		return true;
	}
	next = mm_alloc_pages(run, gfp, 0);
	life->handed_out_last = next == page;
	mm_free_pages(run, next, 0);
	return true;
}

static int buddy_refcount_single(struct mm_run *run)
{
	struct buddy_life life = { };
	unsigned int tries = 0;
	struct buddy_pin pin;
	bool had;

	do {
		buddy_pin(&pin);
		had = buddy_live(run, buddy_mobility(tries), &life);
		buddy_unpin(&pin);
		if (!had)
			return -ENOMEM;
		mm_expect(run, life.new == 1 && life.got == 2 && life.put == 1,
			  "PFN %#lx: expected the references 1 new, 2 after get_page(), 1 after __free_pages(), saw %d, %d, %d",
			  life.pfn, life.new, life.got, life.put);
		mm_expect(run, !life.handed_out_early,
			  "PFN %#lx: expected it to stay ours while a reference is left, it was handed out again",
			  life.pfn);
		if (life.handed_out_early)
			return 0;
	} while (!life.handed_out_last && mm_try_again(run, &tries));

	mm_note(run,
		"PFN %#lx: references %d new, %d after get_page(), %d after __free_pages(); after the last put it was the next page handed out",
		life.pfn, life.new, life.got, life.put);
	mm_expect(run, life.handed_out_last,
		  "PFN %#lx: expected it to be free after the last put, it was not handed out again in %u tries",
		  life.pfn, tries);
	return mm_yield();
}

/* Tails that do not point to the head; without @comp, pages that are either. */
static unsigned int buddy_count_odd(struct page *page, unsigned int order,
				    bool comp)
{
	unsigned int i, nr_odd = 0;

	for (i = 1; i < 1U << order; i++) {
		struct page *tail = page + i;

		if (comp)
			nr_odd += !PageTail(tail) || PageHead(tail) ||
				  compound_head(tail) != page;
		else
			nr_odd += PageTail(tail) || PageHead(tail);
	}
	return nr_odd;
}

/**
 * struct buddy_puts - a compound block of which one reference of two was put
 * @pfn: its head's
 * @free: whether it was free then
 * @nr_odd: its tails that were none any more
 * @after: the free block that it was part of after the last put
 */
struct buddy_puts {
	unsigned long pfn;
	bool free;
	unsigned int nr_odd;
	struct buddy_block after;
};

/*
 * Whether a compound block is free after the last put, and not before. What
 * was freed too early, or in part, is not put again.
 */
static enum buddy_sight buddy_put_twice(struct mm_run *run, struct page *page,
					struct buddy_puts *puts)
{
	struct buddy_pin pin;
	bool last = false;

	puts->pfn = page_to_pfn(page);
	buddy_pin(&pin);
	/* A tail's reference is its head's. */
	get_page(page + 1);
	__free_pages(page, BUDDY_REF_ORDER);
	puts->free = buddy_find_free(puts->pfn, &puts->after);
	puts->nr_odd = buddy_count_odd(page, BUDDY_REF_ORDER, true);
	if (!puts->free && !puts->nr_odd) {
		put_page(page);
		last = buddy_find_free(puts->pfn, &puts->after);
	}
	buddy_unpin(&pin);
	mm_uncharge(run, 1UL << BUDDY_REF_ORDER);
	if (puts->free || puts->nr_odd)
		return BUDDY_FAULT;
	return last && puts->after.order >= BUDDY_REF_ORDER ? BUDDY_CLEAN :
							      BUDDY_SPOILT;
}

static int buddy_refcount_block(struct mm_run *run)
{
	struct buddy_puts puts = { };
	enum buddy_sight sight;
	unsigned int tries = 0;

	do {
		struct page *page = mm_alloc_pages(run, GFP_KERNEL | __GFP_COMP,
						   BUDDY_REF_ORDER);

		if (!page)
			return -ENOMEM;
		sight = buddy_put_twice(run, page, &puts);
	} while (sight == BUDDY_SPOILT && mm_try_again(run, &tries));

	mm_expect(run, sight != BUDDY_FAULT,
		  "compound block of order %u, PFN %#lx: expected it whole while a reference is left, saw it %s, and %u of its tails no longer its own",
		  BUDDY_REF_ORDER, puts.pfn, puts.free ? "free" : "held",
		  puts.nr_odd);
	mm_expect(run, sight != BUDDY_SPOILT,
		  "order %u, PFN %#lx: expected a free block after the last put, saw none in %u tries",
		  BUDDY_REF_ORDER, puts.pfn, tries);
	if (sight == BUDDY_CLEAN)
		mm_note(run,
			"order %u, PFN %#lx: held after the first of two puts, after the last in a free block of order %u at PFN %#lx",
			BUDDY_REF_ORDER, puts.pfn, puts.after.order,
			puts.after.pfn);
	return mm_yield();
}

/**
 * struct buddy_parts - a plain block that was freed with a reference left
 * @pfn: of its first page, whose reference that is
 * @count: the references that this page had then
 * @free: whether it was free
 * @seen: a bit for each order of which the part behind it was seen free: the
 *	part of order n begins 2^n pages behind it
 */
struct buddy_parts {
	unsigned long pfn;
	int count;
	bool free;
	unsigned int seen;
};

#define BUDDY_PARTS_ALL	(BIT(BUDDY_REF_ORDER) - 1)

/*
 * The part freed last on a CPU is the next block of its order that the CPU
 * gets. Runs pinned.
 */
static bool buddy_part_free(struct mm_run *run, unsigned long pfn,
			    unsigned int order, gfp_t gfp)
{
	struct buddy_block block;
	struct page *page;
	bool got;

	if (buddy_find_free(pfn, &block))
		return true;
	page = mm_alloc_pages(run, gfp, order);
	got = page && page_to_pfn(page) == pfn;
	mm_free_pages(run, page, order);
	return got;
}

/*
 * Whether the first page is held by a reference when its block is freed, and
 * which of the others are free then: they may be out of sight, if others took
 * them or they are on the list of another migratetype.
 */
static enum buddy_sight buddy_free_referenced(struct mm_run *run,
					      struct page *page, gfp_t gfp,
					      struct buddy_parts *parts)
{
	struct buddy_block block;
	struct buddy_pin pin;
	unsigned int order;
	bool lost;

	*parts = (struct buddy_parts){ .pfn = page_to_pfn(page) };
	buddy_pin(&pin);
	get_page(page);
	__free_pages(page, BUDDY_REF_ORDER);
	parts->count = page_ref_count(page);
	parts->free = buddy_find_free(parts->pfn, &block);
	/* A page that was freed too early is not ours to put again. */
	lost = parts->free || parts->count != 1;
	for (order = 0; order < BUDDY_REF_ORDER && !lost; order++)
		if (buddy_part_free(run, parts->pfn + (1UL << order), order,
				    gfp))
			parts->seen |= BIT(order);
	if (!lost)
		put_page(page);
	buddy_unpin(&pin);
	mm_uncharge(run, 1UL << BUDDY_REF_ORDER);
	return lost ? BUDDY_FAULT : BUDDY_CLEAN;
}

/* Without tails, a reference keeps one page of a block and not the others. */
static int buddy_refcount_plain(struct mm_run *run)
{
	unsigned int tries = 0, seen = 0, lost;
	struct buddy_parts parts = { };
	enum buddy_sight sight;

	do {
		struct page *page = mm_alloc_pages(run, GFP_KERNEL,
						   BUDDY_REF_ORDER);

		if (!page)
			return -ENOMEM;
		sight = buddy_free_referenced(run, page, buddy_mobility(tries),
					      &parts);
		seen |= parts.seen;
	} while (sight == BUDDY_CLEAN && seen != BUDDY_PARTS_ALL &&
		 mm_try_again(run, &tries));

	mm_expect(run, sight != BUDDY_FAULT,
		  "plain block of order %u, PFN %#lx: expected its first page to be held by the reference that is left, saw %d references%s",
		  BUDDY_REF_ORDER, parts.pfn, parts.count,
		  parts.free ? " and the page free" : "");
	if (sight == BUDDY_FAULT)
		return mm_yield();
	lost = ffz(seen);
	mm_expect(run, seen == BUDDY_PARTS_ALL,
		  "plain block of order %u, PFN %#lx, freed with a reference left: expected all but its first page to be free, saw the %lu from PFN %#lx not free in %u tries",
		  BUDDY_REF_ORDER, parts.pfn, 1UL << lost,
		  parts.pfn + (1UL << lost), tries);
	mm_note(run,
		"plain block of order %u, PFN %#lx: freed with a reference left, its first page stayed held; the others: %s",
		BUDDY_REF_ORDER, parts.pfn,
		seen == BUDDY_PARTS_ALL ? "all free" : "not all free");
	return mm_yield();
}

/**
 * buddy_refcount - the last put frees, no other does
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_refcount(struct mm_run *run)
{
	return buddy_refcount_single(run) ?: buddy_refcount_block(run) ?:
	       buddy_refcount_plain(run);
}

static void buddy_compound_judge(struct mm_run *run, struct page *page,
				 unsigned int order)
{
	unsigned int nr_odd = buddy_count_odd(page, order, true);
	unsigned long pfn = page_to_pfn(page);
	unsigned int tail = 1 + mm_random(run, (1U << order) - 1);
	int before = page_ref_count(page);
	int after;

	get_page(page + tail);
	after = page_ref_count(page);
	put_page(page + tail);

	mm_expect(run, PageHead(page) && !PageTail(page),
		  "order %u, PFN %#lx: expected a head, saw %s",
		  order, pfn, PageTail(page) ? "a tail" : "a single page");
	mm_expect(run, compound_order(page) == order,
		  "PFN %#lx: expected the head to say order %u, saw %u",
		  pfn, order, compound_order(page));
	mm_expect(run, !nr_odd,
		  "order %u, PFN %#lx: expected %u tails that point to the head, %u do not",
		  order, pfn, (1U << order) - 1, nr_odd);
	mm_expect(run, before == 1 && after == 2,
		  "order %u, PFN %#lx: expected a reference to tail %u to be the head's, its count went from %d to %d",
		  order, pfn, tail, before, after);
	mm_note(run,
		"order %u: head PFN %#lx, %u tails; a reference to PFN %#lx counts on the head",
		order, pfn, (1U << order) - 1, pfn + tail);
}

static bool buddy_compound_order(struct mm_run *run, unsigned int order)
{
	struct page *page;
	unsigned int nr;

	page = mm_alloc_pages(run, GFP_KERNEL | __GFP_COMP, order);
	if (!page) {
		mm_note(run, "order %u: not to be had within the budget", order);
		return false;
	}
	buddy_compound_judge(run, page, order);
	mm_free_pages(run, page, order);

	page = mm_alloc_pages(run, GFP_KERNEL, order);
	if (!page)
		return true;
	nr = buddy_count_odd(page, order, false) + !!PageHead(page);
	mm_expect(run, !nr,
		  "order %u, PFN %#lx, without __GFP_COMP: expected neither head nor tails, saw %u",
		  order, page_to_pfn(page), nr);
	mm_free_pages(run, page, order);
	return true;
}

/**
 * buddy_compound - a head and its tails
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_compound(struct mm_run *run)
{
	unsigned int order, nr = 0;
	int ret = 0;

	for (order = 1; order <= MM_MAX_ORDER && !ret; order++) {
		nr += buddy_compound_order(run, order);
		ret = mm_yield();
	}
	if (!ret && !nr)
		ret = -ENOMEM;
	return ret;
}

/*
 * Frees pages in a row and takes as many. All of them back in another order
 * than the reverse is a fault; some of them missing went to the list of
 * another migratetype, or to another CPU.
 */
static enum buddy_sight buddy_hot_judge(const struct buddy_set *set,
					const unsigned long *pfns)
{
	unsigned int i, nr_same = 0, nr_back = 0;

	for (i = 0; i < set->nr; i++) {
		unsigned long pfn = buddy_set_pfn(set, i);

		nr_same += pfn == pfns[BUDDY_HOT_NR - 1 - i];
		nr_back += buddy_among(pfn, pfns, BUDDY_HOT_NR);
	}
	if (nr_same == BUDDY_HOT_NR)
		return BUDDY_CLEAN;
	return nr_back == BUDDY_HOT_NR ? BUDDY_FAULT : BUDDY_SPOILT;
}

static int buddy_hot_once(struct mm_run *run, struct buddy_set *set, gfp_t gfp,
			  unsigned long *pfns, enum buddy_sight *sight)
{
	struct buddy_pin pin;
	unsigned int i;

	buddy_pin(&pin);
	buddy_set_fill_now(run, set, gfp, BUDDY_HOT_NR);
	for (i = 0; i < set->nr; i++)
		pfns[i] = buddy_set_pfn(set, i);
	if (set->nr == BUDDY_HOT_NR) {
		buddy_set_empty(run, set);
		buddy_set_fill_now(run, set, gfp, BUDDY_HOT_NR);
		*sight = buddy_hot_judge(set, pfns);
	}
	buddy_unpin(&pin);
	i = set->nr;
	if (i == BUDDY_HOT_NR && *sight != BUDDY_SPOILT)
		mm_expect(run, *sight == BUDDY_CLEAN,
			  "expected the pages back in reverse, PFN %#lx freed last first, saw PFN %#lx first",
			  pfns[BUDDY_HOT_NR - 1], buddy_set_pfn(set, 0));
	buddy_set_empty(run, set);
	return i ? mm_yield() : -ENOMEM;
}

/**
 * buddy_hot_page - a CPU gets back the page that it freed last
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_hot_page(struct mm_run *run)
{
	unsigned int tries = 0, round = 0, nr_clean = 0;
	enum buddy_sight sight = BUDDY_SPOILT;
	unsigned long pfns[BUDDY_HOT_NR];
	struct buddy_set set;
	int ret;

	ret = buddy_set_init(&set, 0, BUDDY_HOT_NR);
	if (ret)
		return ret;
	while (!ret && nr_clean < BUDDY_HOT_ROUNDS && sight != BUDDY_FAULT) {
		ret = buddy_hot_once(run, &set, buddy_mobility(round++), pfns,
				     &sight);
		nr_clean += sight == BUDDY_CLEAN;
		if (sight == BUDDY_SPOILT && !mm_try_again(run, &tries))
			break;
	}
	buddy_set_exit(run, &set);
	if (ret)
		return ret;
	if (sight == BUDDY_CLEAN)
		mm_note(run, "freed PFN %#lx, ... %#lx, %#lx; got back %#lx, %#lx, ... %#lx",
			pfns[0], pfns[BUDDY_HOT_NR - 2], pfns[BUDDY_HOT_NR - 1],
			pfns[BUDDY_HOT_NR - 1], pfns[BUDDY_HOT_NR - 2],
			pfns[0]);
	mm_expect(run, nr_clean == BUDDY_HOT_ROUNDS,
		  "expected %u rounds in which %u pages come back last in, first out, saw %u",
		  BUDDY_HOT_ROUNDS, BUDDY_HOT_NR, nr_clean);
	return mm_yield();
}

/* Asks until the array is full, as users do; a call may give fewer. */
static int buddy_bulk_fill(struct mm_run *run, struct page **pages,
			   unsigned int nr, unsigned int *nr_calls)
{
	unsigned long got = 0, before;
	unsigned int i;

	*nr_calls = 0;
	do {
		before = got;
		got = mm_alloc_pages_bulk(GFP_KERNEL | __GFP_NORETRY |
					  __GFP_NOWARN, nr, pages);
		++*nr_calls;
		if (!mm_expect(run, got >= before && got <= nr,
			       "call %u: expected from %lu to %u pages in the array, was told %lu",
			       *nr_calls, before, nr, got))
			return 0;
		for (i = 0; i < got; i++)
			if (!mm_expect(run, pages[i],
				       "call %u: expected the first %lu entries filled, entry %u is empty",
				       *nr_calls, got, i))
				return 0;
	} while (got < nr && got > before && !mm_yield());
	return got < nr ? mm_yield() ?: -ENOMEM : 0;
}

static void buddy_bulk_judge(struct mm_run *run, struct buddy_set *set,
			     const struct page *own, unsigned int slot)
{
	unsigned int i;

	mm_expect(run, set->pages[slot] == own,
		  "entry %u was filled before: expected it untouched, it was replaced",
		  slot);
	for (i = 0; i < set->nr; i++) {
		int count;

		if (!mm_expect(run, set->pages[i], "entry %u: expected a page, saw none",
			       i))
			return;
		count = page_ref_count(set->pages[i]);
		mm_expect(run, count == 1, "PFN %#lx: expected 1 reference, saw %d",
			  buddy_set_pfn(set, i), count);
	}
	buddy_check_owned(run, set);
	buddy_set_sort(set);
	buddy_set_distinct(run, set);
}

/**
 * buddy_bulk - the bulk interface fills the array that it is given
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_bulk(struct mm_run *run)
{
	unsigned int nr = mm_arg(run, "nr");
	unsigned int slot = mm_random(run, nr);
	struct buddy_set set;
	unsigned int calls;
	struct page *own;
	int ret;

	ret = buddy_set_init(&set, 0, nr) ?: mm_charge(run, nr - 1);
	if (ret)
		goto out;
	own = mm_alloc_pages(run, GFP_KERNEL, 0);
	if (!own) {
		mm_uncharge(run, nr - 1);
		ret = -ENOMEM;
		goto out;
	}
	set.pages[slot] = own;
	ret = buddy_bulk_fill(run, set.pages, nr, &calls);
	set.nr = nr;
	if (!ret) {
		mm_note(run, "%u pages in %u calls; entry %u, filled before, was left alone",
			nr, calls, slot);
		buddy_bulk_judge(run, &set, own, slot);
	}
	while (nr--)
		if (!set.pages[nr])
			mm_uncharge(run, 1);
out:
	buddy_set_exit(run, &set);
	return ret;
}
