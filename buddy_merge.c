// SPDX-License-Identifier: GPL-2.0
/*
 * The buddy room: how blocks split, merge, and stay apart.
 *
 * Blocks are taken one by one until two (or four) of them make up a larger
 * one; then these are freed, and each frame's place on the free lists is looked
 * up at once, while nothing else runs on this CPU. Another CPU can take a freed
 * block or split it: such a look is spoilt and repeated. It cannot merge a free
 * block with one that is held, nor keep two free buddies apart: who sees that
 * has seen a fault, the first time. As few looks are spoilt even on a busy
 * machine, an order of which more are has a fault too.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "buddy_probe.h"
#include "compat.h"

/* Frames that push what was freed before out of a per-CPU list. */
#define BUDDY_STASH_FRAMES	8192
/* Blocks that are freed while interrupts wait. */
#define BUDDY_STASH_ATONCE	1024
/* Splits that are watched of each order. */
#define BUDDY_SPLIT_NR	8
/* One look of so many may be spoilt. */
#define BUDDY_SPOILT_SHARE	8
/* Frames to a line of the diagram. */
#define BUDDY_LINE	64

const struct mm_param buddy_merge_params[] = {
	/* 0: each order that can be observed */
	{ "order", 0, 0, MM_MAX_ORDER - 1 },
	{ }
};

const struct mm_param buddy_fragmentation_params[] = {
	{ "order", 6, 4, 9 },
	{ }
};

struct buddy_watch;

/**
 * typedef buddy_watch_fn - free a group's blocks and look
 * @watch: where we are
 * @first: index of the group's lowest block in the set
 *
 * Return: what the look was worth; @watch->seen says what there was.
 */
typedef enum buddy_sight (*buddy_watch_fn)(struct buddy_watch *watch,
					   unsigned int first);

/**
 * struct buddy_watch - groups of one order being watched
 * @run: the run
 * @set: the blocks; the group's are freed by @fn
 * @fn: what is done to a group
 * @next: finds a group
 * @size: blocks of a group
 * @nr_clean: groups that showed what the claim says
 * @nr_spoilt: groups that others spoilt
 * @expected: what the last look was for, in words
 * @seen: what it saw
 */
struct buddy_watch {
	struct mm_run *run;
	struct buddy_set set;
	buddy_watch_fn fn;
	bool (*next)(const struct buddy_set *set, unsigned int *first);
	unsigned int size;
	unsigned int nr_clean;
	unsigned int nr_spoilt;
	char expected[128];
	char seen[128];
};

static void buddy_describe(struct buddy_watch *watch, unsigned long pfn,
			   bool found, const struct buddy_block *block)
{
	if (found)
		scnprintf(watch->seen, sizeof(watch->seen),
			  "PFN %#lx in a free block of order %u at PFN %#lx",
			  pfn, block->order, block->pfn);
	else
		scnprintf(watch->seen, sizeof(watch->seen),
			  "PFN %#lx in no free block", pfn);
}

/* Whether @pfn stands free as exactly a block of @order, @held being held. */
static enum buddy_sight buddy_sees_alone(struct buddy_watch *watch,
					 unsigned long pfn, unsigned int order,
					 unsigned long held)
{
	struct buddy_block block = { };
	bool found = buddy_find_free(pfn, &block);

	scnprintf(watch->expected, sizeof(watch->expected),
		  "PFN %#lx in a free block of order %u without PFN %#lx",
		  pfn, order, held);
	buddy_describe(watch, pfn, found, &block);
	if (!found)
		return BUDDY_SPOILT;
	if (buddy_holds(&block, held) ||
	    !buddy_aligned(block.pfn, block.order))
		return BUDDY_FAULT;
	return block.order == order ? BUDDY_CLEAN : BUDDY_SPOILT;
}

/* Whether the buddies @pfn and @buddy of @order are one free block. */
static enum buddy_sight buddy_sees_merged(struct buddy_watch *watch,
					  unsigned long pfn,
					  unsigned long buddy,
					  unsigned int order)
{
	struct buddy_block a = { }, b = { };
	bool found = buddy_find_free(pfn, &a);

	scnprintf(watch->expected, sizeof(watch->expected),
		  "PFN %#lx and PFN %#lx in one free block", pfn, buddy);
	buddy_describe(watch, pfn, found, &a);
	if (!found)
		return BUDDY_SPOILT;
	if (a.order > order)
		return buddy_holds(&a, buddy) ? BUDDY_CLEAN : BUDDY_FAULT;
	if (a.order == order && buddy_find_free(buddy, &b) &&
	    b.order == order && b.pfn == buddy &&
	    buddy_find_free(pfn, &a) && a.order == order)
		return BUDDY_FAULT;
	return BUDDY_SPOILT;
}

static enum buddy_sight buddy_watch_split(struct buddy_watch *watch,
					  unsigned int first)
{
	unsigned int half = mm_random(watch->run, 2);
	unsigned long pfn = buddy_set_pfn(&watch->set, first + half);
	unsigned long held = buddy_set_pfn(&watch->set, first + !half);

	buddy_set_free_one(watch->run, &watch->set, first + half);
	return buddy_sees_alone(watch, pfn, watch->set.order, held);
}

static enum buddy_sight buddy_watch_coalesce(struct buddy_watch *watch,
					     unsigned int first)
{
	unsigned int half = mm_random(watch->run, 2);
	unsigned long a = buddy_set_pfn(&watch->set, first + half);
	unsigned long b = buddy_set_pfn(&watch->set, first + !half);

	buddy_set_free_one(watch->run, &watch->set, first + half);
	buddy_set_free_one(watch->run, &watch->set, first + !half);
	return buddy_sees_merged(watch, a, b, watch->set.order);
}

/*
 * The quarters are 0 to 3: 1 and 2 are neighbours, 0 and 3 are their buddies.
 * Which side goes first is drawn: a fault may have a side.
 */
static enum buddy_sight buddy_watch_quad(struct buddy_watch *watch,
					 unsigned int first)
{
	unsigned int order = watch->set.order;
	unsigned int a = 1 + mm_random(watch->run, 2);
	unsigned int b = 3 - a;
	enum buddy_sight sight;
	unsigned long pfn[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		pfn[i] = buddy_set_pfn(&watch->set, first + i);

	buddy_set_free_one(watch->run, &watch->set, first + a);
	buddy_set_free_one(watch->run, &watch->set, first + b);
	sight = buddy_sees_alone(watch, pfn[a], order, pfn[b]);
	if (sight == BUDDY_CLEAN)
		sight = buddy_sees_alone(watch, pfn[b], order, pfn[a]);
	if (sight != BUDDY_CLEAN)
		return sight;

	buddy_set_free_one(watch->run, &watch->set, first + (a ^ 1));
	sight = buddy_sees_merged(watch, pfn[a], buddy_of(pfn[a], order),
				  order);
	if (sight == BUDDY_CLEAN)
		sight = buddy_sees_alone(watch, pfn[a], order + 1, pfn[b ^ 1]);
	if (sight != BUDDY_CLEAN)
		return sight;

	buddy_set_free_one(watch->run, &watch->set, first + (b ^ 1));
	return buddy_sees_merged(watch, pfn[0], pfn[2], order + 1);
}

static void buddy_watch_group(struct buddy_watch *watch, unsigned int first)
{
	unsigned long pfn = buddy_set_pfn(&watch->set, first);
	enum buddy_sight sight;
	struct buddy_pin pin;

	buddy_pin(&pin);
	sight = watch->fn(watch, first);
	buddy_unpin(&pin);

	watch->nr_clean += sight == BUDDY_CLEAN;
	watch->nr_spoilt += sight == BUDDY_SPOILT;
	mm_expect(watch->run, sight != BUDDY_FAULT,
		  "order %u, %u blocks from PFN %#lx: expected %s, saw %s",
		  watch->set.order, watch->size, pfn, watch->expected,
		  watch->seen);
	if (sight == BUDDY_CLEAN && watch->nr_clean == 1)
		mm_note(watch->run, "order %u: %u blocks from PFN %#lx: at the end %s",
			watch->set.order, watch->size, pfn, watch->seen);
}

/* Takes blocks and watches every group among them. */
static int buddy_watch_round(struct buddy_watch *watch)
{
	unsigned int first = 0;
	int ret;

	ret = buddy_set_fill(watch->run, &watch->set, GFP_KERNEL);
	if (ret)
		return ret;
	buddy_set_sort(&watch->set);
	buddy_set_distinct(watch->run, &watch->set);
	while (!ret && watch->next(&watch->set, &first)) {
		buddy_watch_group(watch, first);
		first += watch->size;
		ret = mm_yield();
	}
	buddy_set_empty(watch->run, &watch->set);
	return ret;
}

static bool buddy_clean_enough(const struct buddy_watch *watch)
{
	return watch->nr_spoilt * BUDDY_SPOILT_SHARE <=
	       watch->nr_clean + watch->nr_spoilt;
}

static int buddy_watch_order(struct buddy_watch *watch, unsigned int order)
{
	unsigned int tries = 0;
	int ret;

	watch->nr_clean = 0;
	watch->nr_spoilt = 0;
	ret = buddy_set_init(&watch->set, order, BUDDY_SET_MAX);
	if (ret)
		return ret;
	do {
		ret = buddy_watch_round(watch);
	} while (!ret && !buddy_clean_enough(watch) &&
		 mm_try_again(watch->run, &tries));
	buddy_set_exit(watch->run, &watch->set);
	return ret ?: mm_yield();
}

static void buddy_judge_order(struct buddy_watch *watch, unsigned int order)
{
	unsigned int nr = watch->nr_clean + watch->nr_spoilt;

	if (!nr) {
		mm_note(watch->run, "order %u: no %u blocks that make up a larger one could be had",
			order, watch->size);
		return;
	}
	mm_note(watch->run, "order %u: as claimed %u times of %u",
		order, watch->nr_clean, nr);
	mm_expect(watch->run, buddy_clean_enough(watch),
		  "order %u: expected the claim to be seen but for 1 time of %u, saw it %u times of %u, at last expected %s, saw %s",
		  order, BUDDY_SPOILT_SHARE, watch->nr_clean, nr,
		  watch->expected, watch->seen);
}

/*
 * Watches each order that the user asked for, up to the largest that leaves
 * room for the larger block. An order for which no group could be had is said
 * so; where there was none at all, nothing was seen and the run fails.
 */
static int buddy_watch_orders(struct buddy_watch *watch, unsigned int last)
{
	unsigned int wanted = mm_arg(watch->run, "order");
	unsigned int order = wanted ?: PAGE_ALLOC_COSTLY_ORDER + 1;
	unsigned int nr = 0;
	int ret = 0;

	if (wanted && (buddy_passes_pcp(wanted) || wanted > last))
		return mm_skip(watch->run,
			       "freed blocks of order %u wait on per-CPU lists or cannot merge: their fate is not to be seen at once",
			       wanted);
	for (; order <= last && !ret; order++) {
		if (!buddy_passes_pcp(order)) {
			ret = buddy_watch_order(watch, order);
			buddy_judge_order(watch, order);
			nr += watch->nr_clean + watch->nr_spoilt;
		}
		if (wanted)
			break;
	}
	if (!ret)
		mm_expect(watch->run, nr,
			  "expected blocks that make up a larger one, none could be had");
	return ret;
}

static int buddy_watch_pairs(struct mm_run *run, buddy_watch_fn fn)
{
	struct buddy_watch watch = {
		.run = run,
		.fn = fn,
		.next = buddy_next_pair,
		.size = 2,
	};

	return buddy_watch_orders(&watch, MM_MAX_ORDER - 1);
}

/**
 * struct buddy_halves - blocks of one order that larger ones were split for
 * @run: the run
 * @set: the blocks taken
 * @nr_split: those that a larger block was split for
 * @nr_seen: those of them whose other half was seen free, of the same order
 * @pfn: the last of the others
 * @seen: what was seen of its other half
 * @found: whether that is in any free block
 */
struct buddy_halves {
	struct mm_run *run;
	struct buddy_set set;
	unsigned int nr_split;
	unsigned int nr_seen;
	unsigned long pfn;
	struct buddy_block seen;
	bool found;
};

/*
 * A block of the order itself is one less on its list; a larger block that is
 * split for it is one more: the other half. Runs pinned.
 */
static void buddy_take_half(struct buddy_halves *halves, gfp_t gfp)
{
	unsigned int order = halves->set.order;
	unsigned int nr = halves->set.nr;
	unsigned long before, half;
	struct buddy_block block;
	bool found;

	before = buddy_nr_blocks(order);
	buddy_set_fill_now(halves->run, &halves->set, gfp, nr + 1);
	if (halves->set.nr == nr || buddy_nr_blocks(order) != before + 1)
		return;
	half = buddy_of(buddy_set_pfn(&halves->set, nr), order);
	found = buddy_find_free(half, &block);
	halves->nr_split++;
	if (found && block.pfn == half && block.order == order) {
		halves->nr_seen++;
		return;
	}
	halves->pfn = buddy_set_pfn(&halves->set, nr);
	halves->found = found;
	halves->seen = found ? block : (struct buddy_block){ };
}

static int buddy_take_halves(struct buddy_halves *halves, gfp_t gfp)
{
	struct buddy_pin pin;
	unsigned int nr;
	int ret;

	halves->nr_split = 0;
	halves->nr_seen = 0;
	do {
		nr = halves->set.nr;
		buddy_pin(&pin);
		buddy_take_half(halves, gfp);
		buddy_unpin(&pin);
		ret = mm_yield();
	} while (!ret && halves->set.nr > nr &&
		 halves->nr_split < BUDDY_SPLIT_NR);
	buddy_set_empty(halves->run, &halves->set);
	return ret;
}

static bool buddy_halves_seen(const struct buddy_halves *halves)
{
	return (halves->nr_split - halves->nr_seen) * BUDDY_SPOILT_SHARE <=
	       halves->nr_split;
}

static void buddy_judge_halves(struct buddy_halves *halves)
{
	unsigned int order = halves->set.order;
	char seen[64] = "in no free block";

	if (!halves->nr_split) {
		mm_note(halves->run, "order %u: had without a split", order);
		return;
	}
	mm_note(halves->run, "order %u: %u larger blocks split, the other half seen free %u times",
		order, halves->nr_split, halves->nr_seen);
	if (halves->found)
		scnprintf(seen, sizeof(seen), "in one of order %u at PFN %#lx",
			  halves->seen.order, halves->seen.pfn);
	mm_expect(halves->run, buddy_halves_seen(halves),
		  "order %u: a larger block was split for PFN %#lx: expected its other half, PFN %#lx, to be a free block of order %u, saw it %s; so %u times of %u",
		  order, halves->pfn, buddy_of(halves->pfn, order), order, seen,
		  halves->nr_split - halves->nr_seen, halves->nr_split);
}

static int buddy_watch_halves(struct mm_run *run, unsigned int order)
{
	struct buddy_halves halves = { .run = run };
	unsigned int tries = 0;
	int ret;

	ret = buddy_set_init(&halves.set, order, BUDDY_SET_MAX);
	if (ret)
		return ret;
	do {
		ret = buddy_take_halves(&halves, buddy_mobility(tries));
	} while (!ret && !buddy_halves_seen(&halves) &&
		 mm_try_again(run, &tries));
	if (!ret)
		buddy_judge_halves(&halves);
	buddy_set_exit(run, &halves.set);
	return ret;
}

/**
 * buddy_split - the half that is not handed out, or freed, is a free block
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_split(struct mm_run *run)
{
	unsigned int wanted = mm_arg(run, "order");
	unsigned int order = wanted ?: PAGE_ALLOC_COSTLY_ORDER + 1;
	unsigned int last = wanted ?: MM_MAX_ORDER - 1;
	int ret = 0;

	/* The orders of the per-CPU lists are split for many blocks at once. */
	for (; order <= last && !ret; order++)
		if (!buddy_passes_pcp(order))
			ret = buddy_watch_halves(run, order);
	return ret ?: buddy_watch_pairs(run, buddy_watch_split);
}

/**
 * buddy_coalesce - two freed buddies are one free block
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_coalesce(struct mm_run *run)
{
	return buddy_watch_pairs(run, buddy_watch_coalesce) ?:
	       buddy_expect_merged(run);
}

/**
 * buddy_xor - neighbours that are not buddies do not merge
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_xor(struct mm_run *run)
{
	struct buddy_watch watch = {
		.run = run,
		.fn = buddy_watch_quad,
		.next = buddy_next_quad,
		.size = 4,
	};

	return buddy_watch_orders(&watch, MM_MAX_ORDER - 2);
}

/**
 * struct buddy_range - a block taken apart into single frames
 * @set: the frames, from the lowest up; a NULL was given back
 * @pfn: the lowest
 * @order: of the block that they were
 */
struct buddy_range {
	struct buddy_set set;
	unsigned long pfn;
	unsigned int order;
};

static int buddy_range_take(struct mm_run *run, struct buddy_range *range)
{
	struct page *page = mm_alloc_pages(run, GFP_KERNEL, range->order);
	unsigned int i;

	if (!page)
		return -ENOMEM;
	split_page(page, range->order);
	range->pfn = page_to_pfn(page);
	for (i = 0; i < range->set.max; i++)
		range->set.pages[i] = page + i;
	range->set.nr = range->set.max;
	return 0;
}

/* '#' held by the run, '.' free, '?' neither: others took it. */
static char buddy_range_state(const struct buddy_range *range, unsigned int i)
{
	struct buddy_block block;

	if (range->set.pages[i])
		return '#';
	if (buddy_find_free(range->pfn + i, &block) ||
	    !page_ref_count(pfn_to_page(range->pfn + i)))
		return '.';
	return '?';
}

static void buddy_range_draw(struct mm_run *run,
			     const struct buddy_range *range, const char *text)
{
	char line[BUDDY_LINE + 1];
	unsigned int i;

	for (i = 0; i < range->set.max; i++) {
		line[i % BUDDY_LINE] = text[i];
		line[i % BUDDY_LINE + 1] = '\0';
		if ((i + 1) % BUDDY_LINE == 0 || i + 1 == range->set.max)
			mm_note(run, "PFN %#lx: %s", range->pfn +
				round_down(i, BUDDY_LINE), line);
	}
}

/* Frees every second frame and looks at each before anyone else can. */
static unsigned int buddy_range_thin(struct mm_run *run,
				     struct buddy_range *range, char *text)
{
	struct buddy_block block;
	unsigned int i, nr_free = 0;
	unsigned int fault = 0;
	struct buddy_pin pin;

	buddy_pin(&pin);
	for (i = 1; i < range->set.max; i += 2)
		buddy_set_free_one(run, &range->set, i);
	for (i = 0; i < range->set.max; i++) {
		text[i] = buddy_range_state(range, i);
		nr_free += text[i] == '.';
		/* A free block of two frames would hold one of ours. */
		if (buddy_find_free(range->pfn + i, &block) &&
		    (block.order || text[i] == '#'))
			fault = i + 1;
	}
	buddy_unpin(&pin);
	mm_expect(run, !fault,
		  "expected no free block larger than a frame between held frames, saw one that holds PFN %#lx",
		  range->pfn + fault - 1);
	return nr_free;
}

/* Two-page blocks can be had, but not out of the range. */
static int buddy_range_ask_pairs(struct mm_run *run,
				 const struct buddy_range *range)
{
	struct buddy_block block = { range->pfn, range->order };
	struct buddy_set pairs;
	unsigned int i;
	int ret;

	ret = buddy_set_take(run, &pairs, 1, BUDDY_SET_MAX, GFP_KERNEL);
	for (i = 0; !ret && i < pairs.nr; i++)
		mm_expect(run, !buddy_holds(&block, buddy_set_pfn(&pairs, i)),
			  "expected no two-page block in the range, got PFN %#lx while its neighbours are held",
			  buddy_set_pfn(&pairs, i));
	if (!ret) {
		mm_expect(run, pairs.nr, "no two-page block could be had at all");
		mm_note(run, "%u two-page blocks asked for and had, none of them in the range",
			pairs.nr);
	}
	buddy_set_exit(run, &pairs);
	return ret;
}

/* Single frames of the range can be had again: half the range is free. */
static int buddy_range_ask_frames(struct mm_run *run,
				  const struct buddy_range *range,
				  unsigned int *nr_back)
{
	struct buddy_block block = { range->pfn, range->order };
	unsigned int tries, i;
	struct buddy_set frames;
	struct buddy_pin pin;
	int ret;

	*nr_back = 0;
	ret = buddy_set_init(&frames, 0, 2 * range->set.max);
	if (ret)
		return ret;
	for (tries = 0; tries < 3 && !*nr_back; tries++) {
		buddy_pin(&pin);
		buddy_set_fill_now(run, &frames, buddy_mobility(tries),
				   frames.max);
		buddy_unpin(&pin);
		for (i = 0; i < frames.nr; i++)
			*nr_back += buddy_holds(&block,
						buddy_set_pfn(&frames, i));
		buddy_set_empty(run, &frames);
	}
	buddy_set_exit(run, &frames);
	return mm_yield();
}

/*
 * The orders by turns: blocks of order 3 count for eight frames on a per-CPU
 * list, and a run of them empties it. But where the list's low mark is far
 * above its batch they only push out their like, and frames only theirs.
 */
static void buddy_stash_choose(struct buddy_set *stash, unsigned int tries)
{
	stash->order = tries % 2 ? 0 : PAGE_ALLOC_COSTLY_ORDER;
	stash->max = BUDDY_STASH_FRAMES >> stash->order;
}

/*
 * Frees what is left of the range, then pushes it out of the per-CPU list by
 * freeing more, until the range is seen as one free block.
 */
static bool buddy_range_release(struct mm_run *run, struct buddy_range *range,
				struct buddy_set *stash,
				struct buddy_block *block)
{
	bool merged = false;
	struct buddy_pin pin;
	unsigned int i;

	buddy_pin(&pin);
	buddy_set_empty(run, &range->set);
	for (i = 0; i < stash->nr && !merged; i++) {
		if (i && i % BUDDY_STASH_ATONCE == 0) {
			buddy_unpin(&pin);
			buddy_pin(&pin);
		}
		buddy_set_free_one(run, stash, i);
		merged = buddy_find_free(range->pfn, block) &&
			 block->order >= range->order;
	}
	buddy_unpin(&pin);
	return merged;
}

struct buddy_fragmentation {
	struct buddy_range range;
	struct buddy_set stash;
	/* What the last observation came to. */
	unsigned int nr_free;
	unsigned int nr_back;
	struct buddy_block merged;
	char *text;
};

/* One observation from an unbroken range to the merged one. */
static int buddy_fragment_once(struct mm_run *run,
			       struct buddy_fragmentation *f, bool *clean)
{
	unsigned int half = f->range.set.max / 2;
	bool merged;
	int ret;

	/* Before the stash, which may take all that the budget leaves. */
	ret = buddy_range_take(run, &f->range);
	if (ret)
		return ret;
	f->nr_free = buddy_range_thin(run, &f->range, f->text);
	ret = buddy_range_ask_pairs(run, &f->range) ?:
	      buddy_range_ask_frames(run, &f->range, &f->nr_back) ?:
	      buddy_set_fill(run, &f->stash, GFP_KERNEL);
	merged = buddy_range_release(run, &f->range, &f->stash, &f->merged);
	if (!merged)
		f->merged.order = 0;
	*clean = merged && f->nr_free == half && f->nr_back;
	buddy_set_empty(run, &f->stash);
	if (ret || !*clean)
		return ret;

	mm_note(run, "%u frames taken apart, every second given back ('#' held, '.' free):",
		f->range.set.max);
	buddy_range_draw(run, &f->range, f->text);
	mm_note(run, "asked for single frames, %u of the %u free ones came back",
		f->nr_back, half);
	mm_note(run, "all released: a free block of order %u at PFN %#lx",
		f->merged.order, f->merged.pfn);
	return 0;
}

/**
 * buddy_external_fragmentation - free memory without a block of two pages
 * @run: the run
 *
 * Return: 0, or a negative errno when it could not look.
 */
int buddy_external_fragmentation(struct mm_run *run)
{
	unsigned int order = mm_arg(run, "order");
	struct buddy_fragmentation f = { .range.order = order };
	unsigned int tries = 0;
	bool clean = false;
	int ret;

	f.text = kvzalloc(1UL << order, GFP_KERNEL | __GFP_NOWARN);
	if (!f.text)
		return -ENOMEM;
	ret = buddy_set_init(&f.range.set, 0, 1U << order);
	if (ret)
		goto out_text;
	ret = buddy_set_init(&f.stash, 0, BUDDY_STASH_FRAMES);
	if (ret)
		goto out_range;
	do {
		buddy_stash_choose(&f.stash, tries);
		ret = buddy_fragment_once(run, &f, &clean);
	} while (!ret && !clean && mm_try_again(run, &tries));
	if (!ret)
		mm_expect(run, clean,
			  "range of order %u at PFN %#lx: expected half of it free and to be had frame by frame, and one block once released; not seen in %u tries, at last %u free, %u to be had, and a block of order %u",
			  order, f.range.pfn, tries, f.nr_free, f.nr_back,
			  f.merged.order);
	buddy_set_exit(run, &f.stash);
out_range:
	buddy_set_exit(run, &f.range.set);
out_text:
	kvfree(f.text);
	return ret;
}
