// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites share: each experiment of a probe as a parameterised case.
 */
#include <linux/string.h>

#include "mm_kunit.h"

/**
 * mm_kunit_next - the next experiment of a probe, as a case's parameter
 * @probe: the probe
 * @prev: the experiment before, or NULL for the first
 * @desc: gets its name
 *
 * Return: the experiment, or NULL after the last.
 */
const void *mm_kunit_next(const struct mm_probe *probe, const void *prev,
			  char *desc)
{
	const struct mm_experiment *experiment = prev;

	experiment = experiment ? experiment + 1 : probe->experiments;
	if (experiment == probe->experiments + probe->nr_experiments)
		return NULL;
	strscpy(desc, experiment->name, KUNIT_PARAM_DESC_SIZE);
	return experiment;
}

static void mm_kunit_log(struct kunit *test, const struct mm_run *run)
{
	const char *line = run->log.text;

	while (*line) {
		size_t len = strcspn(line, "\n");

		kunit_log(KERN_INFO, test, KUNIT_SUBTEST_INDENT "%.*s",
			  (int)len, line);
		line += len + (line[len] == '\n');
	}
}

/**
 * mm_kunit_new_run - room for runs in a test
 * @test: the test, which fails where there is no memory
 *
 * Return: the run, valid until the test ends.
 */
struct mm_run *mm_kunit_new_run(struct kunit *test)
{
	struct mm_run *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	char *text = kunit_kzalloc(test, MM_LOG_MAX, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, run);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, text);
	mm_run_init(run, text, MM_LOG_MAX);
	return run;
}

/**
 * mm_kunit_carry_out - mm_run_experiment() under the run lock
 * @run: of mm_kunit_new_run()
 * @request: names the experiment
 *
 * Return: as mm_run_experiment().
 */
int mm_kunit_carry_out(struct mm_run *run, const struct mm_request *request)
{
	int ret;

	mm_run_lock();
	ret = mm_run_experiment(run, request);
	mm_run_unlock();
	return ret;
}

/**
 * mm_kunit_observe - carry an experiment out in a test
 * @test: the test, which fails where there is no memory for the run
 * @experiment: with its default parameters
 *
 * Return: the run, valid until the test ends.
 */
struct mm_run *mm_kunit_observe(struct kunit *test,
				const struct mm_experiment *experiment)
{
	struct mm_run *run = mm_kunit_new_run(test);
	struct mm_request request;

	mm_request_init(&request);
	mm_request_choose(&request, experiment);
	mm_kunit_carry_out(run, &request);
	return run;
}

/**
 * mm_kunit_run - the case that every experiment is
 * @test: its parameter is the experiment
 */
void mm_kunit_run(struct kunit *test)
{
	const struct mm_run *run = mm_kunit_observe(test, test->param_value);

	kunit_info(test, "%s: %s", run->experiment->name,
		   run->experiment->claim);
	mm_kunit_log(test, run);
	if (run->verdict == MM_SKIPPED) {
		/* KUnit of 6.1 shows a skipped parameter as one that passed. */
		kunit_info(test, "skipped: %s", run->reason);
		kunit_skip(test, "%s", run->reason);
	}
	KUNIT_EXPECT_EQ_MSG(test, run->verdict, MM_PASSED, "%s: %s",
			    run->experiment->name, run->reason);
}

MODULE_DESCRIPTION("KUnit suites of the laboratory for memory management");
MODULE_LICENSE("GPL");
MODULE_IMPORT_MM_LAB();
