/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A backing allocator for pools under observation: it fails on command, and
 * knows of each element where it is.
 */
#ifndef MM_LAB_MEMPOOL_BACKING_H
#define MM_LAB_MEMPOOL_BACKING_H

#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "mm_lab.h"

/**
 * enum mempool_place - where an element is
 * @MEMPOOL_IN_BACKING: the backing allocator may give it out
 * @MEMPOOL_IN_RESERVE: the pool has it
 * @MEMPOOL_IN_USE: the pool's user has it
 */
enum mempool_place {
	MEMPOOL_IN_BACKING,
	MEMPOOL_IN_RESERVE,
	MEMPOOL_IN_USE,
};

/**
 * enum mempool_mode - what the backing allocator answers
 * @MEMPOOL_WORKS: elements, while it has any
 * @MEMPOOL_NEEDS_RECLAIM: elements to those who allow direct reclaim
 * @MEMPOOL_REFUSES: none
 */
enum mempool_mode {
	MEMPOOL_WORKS,
	MEMPOOL_NEEDS_RECLAIM,
	MEMPOOL_REFUSES,
};

/**
 * enum mempool_fault - what no pool may do, whatever the experiment
 * @MEMPOOL_STRANGE_DATA: called back with a pointer that is nobody's pool_data
 * @MEMPOOL_STRANGE_ELEMENT: passed on what never was an element
 * @MEMPOOL_HANDED_TWICE: handed out an element that is in use
 * @MEMPOOL_HANDED_FREED: handed out an element that it had freed
 * @MEMPOOL_FREED_TWICE: freed an element that it had freed
 * @MEMPOOL_FREED_IN_USE: freed an element that is in use
 * @MEMPOOL_OVERSLEPT: let its user sleep until the watch woke it
 * @MEMPOOL_FAULTS: how many there are
 */
enum mempool_fault {
	MEMPOOL_STRANGE_DATA,
	MEMPOOL_STRANGE_ELEMENT,
	MEMPOOL_HANDED_TWICE,
	MEMPOOL_HANDED_FREED,
	MEMPOOL_FREED_TWICE,
	MEMPOOL_FREED_IN_USE,
	MEMPOOL_OVERSLEPT,
	MEMPOOL_FAULTS,
};

/**
 * struct mempool_element - what the pool hands out
 * @place: where it is
 * @nr_uses: how often it was handed out
 */
struct mempool_element {
	enum mempool_place place;
	unsigned int nr_uses;
};

/**
 * struct mempool_tally - what the pool asked of its backing allocator
 * @nr_asks: calls of the allocation function
 * @nr_reclaim_asks: those of them that allowed direct reclaim
 * @nr_allocs: elements given
 * @nr_frees: calls of the free function
 * @gfp_all: the flags that every call had
 */
struct mempool_tally {
	unsigned int nr_asks;
	unsigned int nr_reclaim_asks;
	unsigned int nr_allocs;
	unsigned int nr_frees;
	gfp_t gfp_all;
};

/**
 * struct mempool_gate - holds up whoever asks with direct reclaim allowed
 * @asker: who came to it last
 * @open: it holds nobody up any more
 * @passed: somebody went through
 */
struct mempool_gate {
	const struct task_struct *asker;
	bool open;
	bool passed;
};

/**
 * struct mempool_backing - a backing allocator; its address is the pool_data
 * @list: of those that are open
 * @gate: in front of it, or NULL; changed while nobody asks
 * @lock: protects what follows
 * @mode: what it answers
 * @quota: elements that it still gives before it fails
 * @tally: what it was asked
 * @nr_in_use: elements in use
 * @max_in_use: the most elements that were in use at once
 * @nr_faults: of each kind
 * @rescue: somebody sleeps who should not, and is let go with @none
 * @none: no element
 * @nr_given: elements, from the first, that were ever given
 * @nr_elements: how many it has
 * @elements: all of them; the one given is the first that it has
 */
struct mempool_backing {
	struct list_head list;
	struct mempool_gate *gate;
	/* Taken in any context, by the pool's callers. */
	spinlock_t lock;
	enum mempool_mode mode;
	unsigned int quota;
	struct mempool_tally tally;
	unsigned int nr_in_use;
	unsigned int max_in_use;
	unsigned int nr_faults[MEMPOOL_FAULTS];
	bool rescue;
	struct mempool_element none;
	unsigned int nr_given;
	unsigned int nr_elements;
	struct mempool_element elements[];
};

/**
 * struct mempool_watch - wakes its thread when that sleeps too long
 * @work: does it
 * @task: the thread
 * @rescue: set before the thread is woken
 * @fired: it was
 */
struct mempool_watch {
	struct delayed_work work;
	struct task_struct *task;
	bool *rescue;
	bool fired;
};

void mempool_watch_start(struct mempool_watch *watch, bool *rescue,
			 unsigned long patience);
bool mempool_watch_stop(struct mempool_watch *watch);

struct mempool_backing *mempool_backing_open(unsigned int nr_elements);
void mempool_backing_close(struct mempool_backing *backing);
void mempool_backing_judge(struct mm_run *run,
			   const struct mempool_backing *backing);

void *mempool_backing_alloc(gfp_t gfp, void *pool_data);
void mempool_backing_free(void *element, void *pool_data);

void mempool_backing_set(struct mempool_backing *backing,
			 enum mempool_mode mode, unsigned int quota);
struct mempool_tally mempool_backing_tally(struct mempool_backing *backing);
unsigned int mempool_backing_count(struct mempool_backing *backing,
				   enum mempool_place place);
int mempool_backing_index(const struct mempool_backing *backing,
			  const void *element);
void *mempool_backing_find(struct mempool_backing *backing,
			   enum mempool_place place, unsigned int nth);
void mempool_backing_draw(struct mm_run *run, struct mempool_backing *backing,
			  const char *when);

void *mempool_backing_taken(struct mempool_backing *backing, void *element);
void mempool_backing_given(struct mempool_backing *backing, void *element);

void *mempool_take(struct mempool_backing *backing, mempool_t *pool,
		   gfp_t gfp);
bool mempool_take_bulk(struct mempool_backing *backing, mempool_t *pool,
		       void **elements, unsigned int count);
void mempool_give(struct mempool_backing *backing, mempool_t *pool,
		  void *element);

#endif /* MM_LAB_MEMPOOL_BACKING_H */
