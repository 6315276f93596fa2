// SPDX-License-Identifier: GPL-2.0
/*
 * What a frame is in use as, read from its struct page without a lock and
 * without a reference: the page may change while it is looked at.
 */
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "page_frame.h"

/* How often a page that changes under the reader is read again. */
#define PAGE_LOOKS_MAX	8

/*
 * A copy of a head page, or of one that is no part of a compound block. The
 * kernel's own tests work on it. They take a struct page on a page's boundary
 * for one that hugetlb shares between frames, so the copy stands elsewhere.
 */
struct page_copy {
	unsigned long pfn;
	struct page page;
} __aligned(64);

/**
 * page_state_name - a state as the reports call it
 * @state: the state
 *
 * Return: one word.
 */
const char *page_state_name(enum page_state state)
{
	static const char *const names[PAGE_NR_STATES] = {
		[PAGE_STATE_FREE] = "free",
		[PAGE_STATE_PCP] = "pcp",
		[PAGE_STATE_SLAB] = "slab",
		[PAGE_STATE_ANON] = "anon",
		[PAGE_STATE_CACHE] = "cache",
		[PAGE_STATE_TABLE] = "table",
		[PAGE_STATE_COMPOUND] = "compound",
		[PAGE_STATE_RESERVED] = "reserved",
		[PAGE_STATE_OFFLINE] = "offline",
		[PAGE_STATE_OTHER] = "other",
	};

	return names[state];
}

/**
 * page_classify - the one state that a frame's traits put it in
 * @traits: PAGE_TRAIT_* bits
 *
 * The page allocator's word stands before the owner's, and the owner's kind
 * before the shape of the block. A slab's struct page has no mapping: what
 * stands in its place is the slab allocator's.
 *
 * Return: the state.
 */
enum page_state page_classify(unsigned int traits)
{
	static const struct {
		unsigned int trait;
		enum page_state state;
	} order[] = {
		{ PAGE_TRAIT_BUDDY, PAGE_STATE_FREE },
		{ PAGE_TRAIT_LISTED, PAGE_STATE_PCP },
		{ PAGE_TRAIT_OFFLINE, PAGE_STATE_OFFLINE },
		{ PAGE_TRAIT_RESERVED, PAGE_STATE_RESERVED },
		{ PAGE_TRAIT_SLAB, PAGE_STATE_SLAB },
		{ PAGE_TRAIT_TABLE, PAGE_STATE_TABLE },
		{ PAGE_TRAIT_HUGETLB, PAGE_STATE_COMPOUND },
		{ PAGE_TRAIT_ANON, PAGE_STATE_ANON },
		{ PAGE_TRAIT_FILE, PAGE_STATE_CACHE },
		{ PAGE_TRAIT_COMPOUND, PAGE_STATE_COMPOUND },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (traits & order[i].trait)
			return order[i].state;
	return PAGE_STATE_OTHER;
}
EXPORT_SYMBOL_MM_LAB(page_classify);

/**
 * page_block_holds - whether a frame is part of a block
 * @head: the block's first frame
 * @order: the block's order, which may be a wild value
 * @pfn: the frame
 *
 * Return: whether @head can begin a block of that order, and @pfn is in it.
 */
bool page_block_holds(unsigned long head, unsigned int order,
		      unsigned long pfn)
{
	if (order >= BITS_PER_LONG - PAGE_SHIFT)
		return false;
	return IS_ALIGNED(head, 1UL << order) && pfn >= head &&
	       pfn - head < 1UL << order;
}
EXPORT_SYMBOL_MM_LAB(page_block_holds);

/*
 * The first word of struct page beside its flags links a free page into a
 * list, and bit 0 of it tells a tail.
 */
static unsigned long page_first_word(struct page *page)
{
	return (unsigned long)READ_ONCE(page->lru.next);
}

/* Returns false where the page changed meanwhile, or became a tail. */
static bool page_copy_take(struct page_copy *copy, struct page *page)
{
	/* The page may be anyone's; whether it changed is asked below. */
	data_race(memcpy(&copy->page, page, sizeof(copy->page)));
	/* Pairs with nothing: it only keeps the second look after the first. */
	smp_rmb();
	copy->pfn = page_to_pfn(page);
	return !(page_first_word(&copy->page) & 1) &&
	       page_first_word(page) == page_first_word(&copy->page) &&
	       mm_page_flags(page) == mm_page_flags(&copy->page) &&
	       READ_ONCE(page->mapping) == copy->page.mapping &&
	       READ_ONCE(page->page_type) == copy->page.page_type &&
	       page_ref_count(page) == page_ref_count(&copy->page);
}

static unsigned int page_traits_of_mapping(const struct page_copy *copy)
{
	unsigned long mapping = (unsigned long)copy->page.mapping;

	if (mapping & MM_MAPPING_ANON)
		return PAGE_TRAIT_ANON;
	/* The other low bit marks what a driver can move, which is no file. */
	return mapping && !(mapping & MM_MAPPING_FLAGS) ? PAGE_TRAIT_FILE : 0;
}

static unsigned int page_traits(struct page_copy *copy)
{
	struct page *page = &copy->page;
	unsigned long flags = mm_page_flags(page);
	unsigned int traits = 0;

	if (PageBuddy(page) &&
	    page_block_holds(copy->pfn, page_private(page), copy->pfn) &&
	    page_private(page) <= MM_MAX_ORDER)
		return PAGE_TRAIT_BUDDY | PAGE_TRAIT_TYPED;
	if (flags & BIT(PG_head))
		traits |= PAGE_TRAIT_COMPOUND;
	if (flags & BIT(PG_reserved))
		traits |= PAGE_TRAIT_RESERVED;
	if (PageSlab(page))
		return traits | PAGE_TRAIT_SLAB | PAGE_TRAIT_TYPED;
	if (page_has_type(page)) {
		traits |= PAGE_TRAIT_TYPED;
		traits |= PageOffline(page) ? PAGE_TRAIT_OFFLINE : 0;
		traits |= PageTable(page) ? PAGE_TRAIT_TABLE : 0;
	}
	return traits | page_traits_of_mapping(copy);
}

/* Nothing but its place in a list tells a free page on a CPU's list. */
static bool page_may_be_listed(struct page_copy *copy, unsigned int traits)
{
	return !traits && !page_ref_count(&copy->page) && !copy->page.mapping;
}

/*
 * Whether both neighbours in a list point back at the page. Where the page is
 * in no list its words are anything, so they are followed with care: at boot
 * each page is linked to itself.
 */
static bool page_is_linked(struct page *page, const struct page_copy *copy)
{
	const struct list_head *next = copy->page.lru.next;
	const struct list_head *prev = copy->page.lru.prev;
	struct list_head *back, *forth;

	if (!next || !prev || next == &page->lru ||
	    !IS_ALIGNED((unsigned long)next, sizeof(long)) ||
	    !IS_ALIGNED((unsigned long)prev, sizeof(long)))
		return false;
	if (copy_from_kernel_nofault(&back, &next->prev, sizeof(back)) ||
	    copy_from_kernel_nofault(&forth, &prev->next, sizeof(forth)))
		return false;
	return back == &page->lru && forth == &page->lru;
}

/*
 * A frame without any sign is the inner part of a block: one that is free, on
 * a CPU's list, or allocated without __GFP_COMP. The block begins at the
 * nearest frame below, of those where a block that holds it can, that bears a
 * sign. Returns its traits.
 */
static unsigned int page_find_block(unsigned long pfn, struct page_frame *frame)
{
	unsigned long first, seen = pfn;
	unsigned int order;

	for (order = 1; order <= MM_MAX_ORDER; order++) {
		struct page_copy copy;
		struct page *page;
		unsigned int traits;

		first = pfn & ~((1UL << order) - 1);
		if (first == seen)
			continue;
		seen = first;
		page = pfn_to_online_page(first);
		if (!page || !page_copy_take(&copy, page))
			return 0;
		traits = page_traits(&copy);
		if (traits & PAGE_TRAIT_BUDDY &&
		    page_block_holds(first, page_private(&copy.page), pfn)) {
			frame->head = first;
			frame->order = page_private(&copy.page);
			return PAGE_TRAIT_BUDDY | PAGE_TRAIT_TYPED;
		}
		if (!page_may_be_listed(&copy, traits))
			return 0;
		if (page_is_linked(page, &copy))
			return PAGE_TRAIT_LISTED;
	}
	return 0;
}

/* Returns false where the page changed meanwhile. */
static bool page_look_once(struct page *page, struct page_frame *frame)
{
	struct page *head = PageTail(page) ? compound_head(page) : page;
	struct page_copy copy;
	bool stable;

	stable = page_copy_take(&copy, head);
	frame->head = copy.pfn;
	frame->order = 0;
	frame->flags = mm_page_flags(&copy.page);
	frame->nr_references = page_ref_count(&copy.page);
	frame->traits = 0;
	/* Struct pages that were never set up, or are gone, are all ones. */
	if (frame->flags == ULONG_MAX)
		return true;
	if (!stable)
		return false;

	frame->traits = page_traits(&copy);
	if (frame->traits & PAGE_TRAIT_BUDDY) {
		frame->order = page_private(&copy.page);
	} else if (frame->traits & PAGE_TRAIT_COMPOUND) {
		frame->order = compound_order(head);
		if (PageHuge(head))
			frame->traits |= PAGE_TRAIT_HUGETLB;
	} else if (page_may_be_listed(&copy, frame->traits)) {
		frame->traits = page_is_linked(page, &copy) ?
				PAGE_TRAIT_LISTED :
				page_find_block(frame->pfn, frame);
	}
	return page_block_holds(frame->head, frame->order, frame->pfn);
}

/**
 * page_look - see what a frame is in use as
 * @page: of pfn_to_online_page()
 * @pfn: the frame
 * @frame: filled
 *
 * Takes no lock and no reference. A page that keeps changing is read a few
 * times, and then counts as allocated to someone: PAGE_STATE_OTHER.
 *
 * Context: any, between rcu_read_lock() and rcu_read_unlock(), see
 * mm_hotplug_init(); or the caller owns the page.
 */
void page_look(struct page *page, unsigned long pfn, struct page_frame *frame)
{
	unsigned int tries = PAGE_LOOKS_MAX;

	frame->pfn = pfn;
	while (tries--)
		if (page_look_once(page, frame))
			return;
	frame->head = pfn;
	frame->order = 0;
	frame->traits = 0;
}
EXPORT_SYMBOL_MM_LAB(page_look);

/**
 * page_state_of - the state of a frame that the caller holds, or just gave back
 * @page: the frame's struct page
 *
 * Context: any.
 * Return: the state.
 */
enum page_state page_state_of(struct page *page)
{
	struct page_frame frame;

	page_look(page, page_to_pfn(page), &frame);
	return page_classify(frame.traits);
}
