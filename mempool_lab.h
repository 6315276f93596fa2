/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pool under observation, and what the files of the pools' room have of each
 * other.
 */
#ifndef MM_LAB_MEMPOOL_LAB_H
#define MM_LAB_MEMPOOL_LAB_H

#include <linux/mempool.h>

#include "mempool_backing.h"
#include "mm_lab.h"

/* Elements that a backing allocator has beyond what pools take of it. */
#define MEMPOOL_SPARE		32
/* Upper bounds of min_nr=, and of nr= as sleepers and as rounds. */
#define MEMPOOL_MIN_NR_MAX	256
#define MEMPOOL_WAITERS_MAX	16
#define MEMPOOL_ROUNDS_MAX	10000

/**
 * struct mempool_lab - a pool under observation
 * @run: the run
 * @backing: where its elements come from
 * @pool: the pool
 * @min_nr: what its reserve should hold
 * @err: what kept the experiment from looking on, or 0
 */
struct mempool_lab {
	struct mm_run *run;
	struct mempool_backing *backing;
	mempool_t *pool;
	unsigned int min_nr;
	int err;
};

int mempool_lab_open(struct mempool_lab *lab, struct mm_run *run,
		     unsigned int min_nr);
void *mempool_lab_take(struct mempool_lab *lab, gfp_t gfp);
void mempool_lab_give(struct mempool_lab *lab, void *element);
unsigned int mempool_lab_count(struct mempool_lab *lab,
			       enum mempool_place place);
bool mempool_lab_give_any(struct mempool_lab *lab);
void mempool_lab_give_all(struct mempool_lab *lab);
unsigned int mempool_lab_take_many(struct mempool_lab *lab,
				   unsigned int n, gfp_t gfp);
unsigned int mempool_lab_drain(struct mempool_lab *lab);
void mempool_lab_draw(struct mempool_lab *lab, const char *when);
void mempool_expect_reserve(struct mempool_lab *lab,
			    unsigned int expected, const char *when);
void mempool_expect_tally(struct mempool_lab *lab,
			  unsigned int nr_allocs, unsigned int nr_frees,
			  const char *when);
int mempool_lab_close(struct mempool_lab *lab);

/* mempool_life.c */
int mempool_probe_resize(struct mm_run *run);
int mempool_probe_create_unwinds(struct mm_run *run);
int mempool_probe_destroy_frees(struct mm_run *run);

/* mempool_wait.c */
int mempool_probe_waits(struct mm_run *run);
int mempool_probe_concurrent(struct mm_run *run);
int mempool_probe_bulk(struct mm_run *run);

/* mempool_backends.c */
int mempool_probe_backends(struct mm_run *run);

#endif /* MM_LAB_MEMPOOL_LAB_H */
