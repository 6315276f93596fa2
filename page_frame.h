/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A frame's state, and the census of all frames. Reports on frames and the
 * page room's suite build on it.
 */
#ifndef MM_LAB_PAGE_FRAME_H
#define MM_LAB_PAGE_FRAME_H

#include <linux/mm_types.h>
#include <linux/mmzone.h>
#include <linux/types.h>

#include "compat.h"

struct mm_run;

/*
 * PAGE_CHUNK: the frames that pfn_to_online_page() answers for alike, and
 * PAGE_SECTION: those of a section. A flat memory map has neither; the largest
 * block of the page allocator does as well there.
 */
#ifdef CONFIG_SPARSEMEM
#define PAGE_CHUNK	PAGES_PER_SUBSECTION
#define PAGE_SECTION	PAGES_PER_SECTION
#else
#define PAGE_CHUNK	BIT(MM_MAX_ORDER)
#define PAGE_SECTION	BIT(MM_MAX_ORDER)
#endif

/**
 * enum page_state - what a frame is in use as; a frame is in one state
 * @PAGE_STATE_FREE: in a free block of the buddy allocator
 * @PAGE_STATE_PCP: free, on a CPU's list
 * @PAGE_STATE_SLAB: part of a slab
 * @PAGE_STATE_ANON: anonymous memory of a process
 * @PAGE_STATE_CACHE: holds a part of a file
 * @PAGE_STATE_TABLE: a page table
 * @PAGE_STATE_COMPOUND: a huge page of hugetlb, or part of a compound block
 *	that is none of the above
 * @PAGE_STATE_RESERVED: kept from the allocator: the kernel's image, firmware,
 *	struct page itself, and holes that have a struct page
 * @PAGE_STATE_OFFLINE: online to the kernel, yet lent out: a balloon's
 * @PAGE_STATE_OTHER: allocated, and struct page does not tell what for
 * @PAGE_NR_STATES: how many there are
 */
enum page_state {
	PAGE_STATE_FREE,
	PAGE_STATE_PCP,
	PAGE_STATE_SLAB,
	PAGE_STATE_ANON,
	PAGE_STATE_CACHE,
	PAGE_STATE_TABLE,
	PAGE_STATE_COMPOUND,
	PAGE_STATE_RESERVED,
	PAGE_STATE_OFFLINE,
	PAGE_STATE_OTHER,
	PAGE_NR_STATES,
};

/* What the classifier goes by. Of a tail they are its head's. */
#define PAGE_TRAIT_BUDDY		BIT(0)	/* in a free block */
#define PAGE_TRAIT_LISTED		BIT(1)	/* on a CPU's list of free pages */
#define PAGE_TRAIT_OFFLINE		BIT(2)
#define PAGE_TRAIT_RESERVED	BIT(3)
#define PAGE_TRAIT_SLAB		BIT(4)
#define PAGE_TRAIT_TABLE		BIT(5)
#define PAGE_TRAIT_HUGETLB		BIT(6)
#define PAGE_TRAIT_ANON		BIT(7)	/* its mapping is an anon_vma */
#define PAGE_TRAIT_FILE		BIT(8)	/* its mapping is a file's */
#define PAGE_TRAIT_COMPOUND	BIT(9)	/* head or tail */
#define PAGE_TRAIT_TYPED		BIT(10)	/* has a page type instead of a mapcount */

/**
 * struct page_frame - what was seen of a frame, at one moment
 * @pfn: which
 * @head: the first frame of the block that it is part of; @pfn where the block
 *	is not known
 * @order: of that block
 * @flags: the flags word of @head's struct page
 * @traits: PAGE_TRAIT_* bits
 * @nr_references: of @head
 */
struct page_frame {
	unsigned long pfn;
	unsigned long head;
	unsigned int order;
	unsigned long flags;
	unsigned int traits;
	int nr_references;
};

/**
 * struct page_zone_census - the frames of one zone
 * @zone: which
 * @nid: its node
 * @start: its first frame
 * @nr_spanned: from @start to its end
 * @nr_present: of those, the ones with memory
 * @nr_frames: online and the zone's own: the sum of @nr_in
 * @nr_absent: in the span, without an online struct page
 * @nr_foreign: in the span, and another zone's
 * @nr_in: frames by state
 * @nr_free: frames in free blocks, by order; their sum is the free ones
 */
struct page_zone_census {
	struct zone *zone;
	int nid;
	unsigned long start;
	unsigned long nr_spanned;
	unsigned long nr_present;
	unsigned long nr_frames;
	unsigned long nr_absent;
	unsigned long nr_foreign;
	unsigned long nr_in[PAGE_NR_STATES];
	unsigned long nr_free[MM_MAX_ORDER + 1];
};

/**
 * struct page_census - the frames of every zone with memory
 * @nr_zones: zones
 * @zones: in the order of nodes, then of zones
 */
struct page_census {
	unsigned int nr_zones;
	struct page_zone_census zones[];
};

/**
 * struct page_cost - what struct page costs
 * @per_gib: bytes for each GiB of memory
 * @millipercent: of memory, in thousandths of a per cent, rounded
 */
struct page_cost {
	unsigned long per_gib;
	unsigned int millipercent;
};

enum page_state page_classify(unsigned int traits);
const char *page_state_name(enum page_state state);
bool page_block_holds(unsigned long head, unsigned int order,
		      unsigned long pfn);
void page_look(struct page *page, unsigned long pfn, struct page_frame *frame);
enum page_state page_state_of(struct page *page);

struct page_census *page_census_new(void);
void page_census_free(struct page_census *census);
int page_census_take(struct page_census *census);
void page_census_add(struct page_zone_census *to,
		     const struct page_zone_census *from);
void page_cost_of(struct page_cost *cost, unsigned int struct_size,
		  unsigned long page_size);
int page_parse_pfn(char *text, unsigned long *pfn);

int page_life_of_a_frame(struct mm_run *run);

extern const struct file_operations page_pages_fops;
extern const struct file_operations page_frame_fops;

#endif /* MM_LAB_PAGE_FRAME_H */
