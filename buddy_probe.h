/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the buddy room share: blocks that were taken, and where a
 * frame stands on the free lists.
 */
#ifndef MM_LAB_BUDDY_PROBE_H
#define MM_LAB_BUDDY_PROBE_H

#include "compat.h"
#include "mm_lab.h"

/* Blocks that one observation takes at the most. */
#define BUDDY_SET_MAX	64

/**
 * struct buddy_block - a naturally aligned run of frames
 * @pfn: the first
 * @order: there are 2^@order
 */
struct buddy_block {
	unsigned long pfn;
	unsigned int order;
};

/**
 * struct buddy_set - blocks of one order that a run holds
 * @pages: the first page of each, or NULL for one that was given back
 * @nr: entries in use at @pages
 * @max: entries at @pages
 * @order: of every block
 */
struct buddy_set {
	struct page **pages;
	unsigned int nr;
	unsigned int max;
	unsigned int order;
};

/**
 * enum buddy_sight - what one look at the free lists was worth
 * @BUDDY_CLEAN: it showed what the claim says
 * @BUDDY_SPOILT: it showed what others may have brought about
 * @BUDDY_FAULT: it showed what a right allocator never brings about
 */
enum buddy_sight {
	BUDDY_CLEAN,
	BUDDY_SPOILT,
	BUDDY_FAULT,
};

/**
 * struct buddy_survey - the free blocks of all zones, as one walk met them
 * @nr_blocks: how many there were
 * @nr_misaligned: those that start where none of their order can
 * @misaligned: one of these
 * @nr_apart: by order, pairs of buddies that are both free and not merged
 * @apart: by order, the first frame of one such pair
 */
struct buddy_survey {
	unsigned long nr_blocks;
	unsigned long nr_misaligned;
	struct buddy_block misaligned;
	unsigned long nr_apart[MM_MAX_ORDER + 1];
	unsigned long apart[MM_MAX_ORDER + 1];
};

/**
 * struct buddy_pin - what buddy_pin() turned off
 * @flags: the interrupts' state before
 */
struct buddy_pin {
	unsigned long flags;
};

/* Formulas. */

/**
 * buddy_of - the other half of the block that both make up
 * @pfn: first frame of a block
 * @order: its order
 *
 * Return: the buddy's first frame: the two differ in bit @order alone.
 */
static inline unsigned long buddy_of(unsigned long pfn, unsigned int order)
{
	return pfn ^ (1UL << order);
}

/**
 * buddy_aligned - whether a block may start here
 * @pfn: a frame
 * @order: the block's order
 *
 * Return: whether @pfn is a multiple of 2^@order.
 */
static inline bool buddy_aligned(unsigned long pfn, unsigned int order)
{
	return !(pfn & ((1UL << order) - 1));
}

/**
 * buddy_holds - whether a frame belongs to a block
 * @block: the block
 * @pfn: the frame
 *
 * Return: whether it does.
 */
static inline bool buddy_holds(const struct buddy_block *block,
			       unsigned long pfn)
{
	return pfn - block->pfn < 1UL << block->order;
}

unsigned long buddy_lost(unsigned long size);
bool buddy_passes_pcp(unsigned int order);

/* Observation. */

bool buddy_find_free(unsigned long pfn, struct buddy_block *block);
bool buddy_survey_aligned(const struct buddy_survey *survey);
unsigned int buddy_survey_apart(const struct buddy_survey *survey);
bool buddy_survey_merged(const struct buddy_survey *survey);
int buddy_survey(struct mm_run *run, struct buddy_survey *survey,
		 bool (*is_right)(const struct buddy_survey *survey));
unsigned long buddy_nr_blocks(unsigned int order);
int buddy_expect_merged(struct mm_run *run);
bool buddy_next_pair(const struct buddy_set *set, unsigned int *first);
bool buddy_next_quad(const struct buddy_set *set, unsigned int *first);
void buddy_pin(struct buddy_pin *pin);
void buddy_unpin(const struct buddy_pin *pin);
gfp_t buddy_mobility(unsigned int tries);

/* Blocks. */

int buddy_set_init(struct buddy_set *set, unsigned int order, unsigned int max);
void buddy_set_exit(struct mm_run *run, struct buddy_set *set);
int buddy_set_fill(struct mm_run *run, struct buddy_set *set, gfp_t gfp);
int buddy_set_take(struct mm_run *run, struct buddy_set *set,
		   unsigned int order, unsigned int max, gfp_t gfp);
void buddy_set_fill_now(struct mm_run *run, struct buddy_set *set, gfp_t gfp,
			unsigned int nr);
void buddy_set_free_one(struct mm_run *run, struct buddy_set *set,
			unsigned int i);
void buddy_set_empty(struct mm_run *run, struct buddy_set *set);
void buddy_set_sort(struct buddy_set *set);
unsigned long buddy_set_pfn(const struct buddy_set *set, unsigned int i);
bool buddy_set_distinct(struct mm_run *run, struct buddy_set *set);

/* buddy_merge.c */
extern const struct mm_param buddy_merge_params[];
extern const struct mm_param buddy_fragmentation_params[];
int buddy_split(struct mm_run *run);
int buddy_coalesce(struct mm_run *run);
int buddy_xor(struct mm_run *run);
int buddy_external_fragmentation(struct mm_run *run);

/* buddy_page.c */
extern const struct mm_param buddy_page_unit_params[];
extern const struct mm_param buddy_exact_params[];
extern const struct mm_param buddy_bulk_params[];
int buddy_page_unit(struct mm_run *run);
int buddy_zero(struct mm_run *run);
int buddy_exact(struct mm_run *run);
int buddy_refcount(struct mm_run *run);
int buddy_compound(struct mm_run *run);
int buddy_hot_page(struct mm_run *run);
int buddy_bulk(struct mm_run *run);

/* buddy_place.c */
extern const struct mm_param buddy_node_params[];
extern const struct mm_param buddy_vmalloc_params[];
int buddy_alignment(struct mm_run *run);
int buddy_order_limit(struct mm_run *run);
int buddy_zone_modifiers(struct mm_run *run);
int buddy_highmem_unmapped(struct mm_run *run);
int buddy_virtual_physical(struct mm_run *run);
int buddy_numa_node(struct mm_run *run);
int buddy_exhaustion(struct mm_run *run);

#endif /* MM_LAB_BUDDY_PROBE_H */
