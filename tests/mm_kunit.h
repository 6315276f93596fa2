/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share: each experiment of a probe as a parameterised case.
 */
#ifndef MM_LAB_MM_KUNIT_H
#define MM_LAB_MM_KUNIT_H

#include <kunit/test.h>

#include "../compat.h"
#include "../experiment.h"

const void *mm_kunit_next(const struct mm_probe *probe, const void *prev,
			  char *desc);
void mm_kunit_run(struct kunit *test);
struct mm_run *mm_kunit_new_run(struct kunit *test);
int mm_kunit_carry_out(struct mm_run *run, const struct mm_request *request);
struct mm_run *mm_kunit_observe(struct kunit *test,
				const struct mm_experiment *experiment);

#endif /* MM_LAB_MM_KUNIT_H */
