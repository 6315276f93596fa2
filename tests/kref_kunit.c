// SPDX-License-Identifier: GPL-2.0
/*
 * The experiments of kref_probe.c, a case each, and the object that they
 * observe.
 */
#include "../kref_object.h"
#include "mm_kunit.h"

static const void *kref_next(MM_KUNIT_PARAM_ARGS(prev, desc))
{
	return mm_kunit_next(&kref_probe, prev, desc);
}

static void object_has_its_references(struct kunit *test)
{
	struct kref_object object;

	kref_object_init(&object, 1);
	KUNIT_EXPECT_EQ(test, kref_read(&object.kref), 1U);
	kref_object_init(&object, 5);
	KUNIT_EXPECT_EQ(test, kref_read(&object.kref), 5U);
	KUNIT_EXPECT_EQ(test, object.nr_releases, 0U);
	KUNIT_EXPECT_NULL(test, object.releaser);
}

static void object_notes_its_release(struct kunit *test)
{
	struct kref_object object;

	kref_object_init(&object, 2);
	kref_object_release(&object.kref);
	KUNIT_EXPECT_EQ(test, object.nr_releases, 1U);
	KUNIT_EXPECT_EQ(test, object.count, 2U);
	KUNIT_EXPECT_PTR_EQ(test, object.releaser,
			    (const struct task_struct *)current);
	KUNIT_EXPECT_GE(test, object.cpu, 0);
	kref_object_release(&object.kref);
	KUNIT_EXPECT_EQ(test, object.nr_releases, 2U);
}

static struct kunit_case kref_cases[] = {
	KUNIT_CASE_PARAM(mm_kunit_run, kref_next),
	KUNIT_CASE(object_has_its_references),
	KUNIT_CASE(object_notes_its_release),
	{ }
};

static struct kunit_suite kref_suite = {
	.name = "mm_lab_kref",
	.test_cases = kref_cases,
};

kunit_test_suite(kref_suite);
