// SPDX-License-Identifier: GPL-2.0
/*
 * The engine's own logic: the parser of run, budgets, verdicts, the log, KTAP
 * text, storms. Its experiments are fakes that behave well or badly on purpose.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "mm_kunit.h"

static int fake_holds(struct mm_run *run)
{
	mm_note(run, "saw %d", 4);
	mm_expect(run, true, "never said");
	return 0;
}

static int fake_breaks(struct mm_run *run)
{
	mm_expect(run, true, "never said");
	mm_expect(run, false, "expected order %d, saw %d", 4, 3);
	mm_expect(run, false, "a consequence of the first");
	return 0;
}

static int fake_skips(struct mm_run *run)
{
	return mm_skip(run, "no zone %s", "HIGHMEM");
}

static int fake_skips_after_failure(struct mm_run *run)
{
	mm_expect(run, false, "the failure");
	return mm_skip(run, "the excuse");
}

static int fake_looks_away(struct mm_run *run)
{
	mm_arg(run, "order");
	return 0;
}

static int fake_keeps_pages(struct mm_run *run)
{
	mm_expect(run, !mm_charge(run, 3), "budget");
	return 0;
}

static int fake_gives_too_much(struct mm_run *run)
{
	mm_expect(run, !mm_charge(run, 3), "budget");
	mm_uncharge(run, 4);
	return 0;
}

static int fake_has_no_memory(struct mm_run *run)
{
	mm_expect(run, true, "never said");
	return -ENOMEM;
}

static int fake_asks_undeclared(struct mm_run *run)
{
	mm_expect(run, !mm_arg(run, "size"), "value of nothing");
	return 0;
}

static int fake_chatters(struct mm_run *run)
{
	unsigned int i;

	for (i = 0; i < MM_LOG_MAX; i++)
		mm_note(run, "%u", i);
	mm_expect(run, false, "told at last");
	return 0;
}

static const struct mm_param fake_params[] = {
	{ .name = "order", .def = 4, .min = 1, .max = 10 },
	{ .name = "nr", .def = 64, .min = 0, .max = U64_MAX },
	{ }
};

enum fake_row {
	FAKE_HOLDS,
	FAKE_BREAKS,
	FAKE_SKIPS,
	FAKE_SKIPS_AFTER_FAILURE,
	FAKE_LOOKS_AWAY,
	FAKE_KEEPS_PAGES,
	FAKE_GIVES_TOO_MUCH,
	FAKE_HAS_NO_MEMORY,
	FAKE_ASKS_UNDECLARED,
	FAKE_CHATTERS,
	FAKE_DISRUPTS,
};

static const struct mm_experiment fake_experiments[] = {
	[FAKE_HOLDS] = {
		.name = "holds", .run = fake_holds, .params = fake_params,
	},
	[FAKE_BREAKS] = { .name = "breaks", .run = fake_breaks },
	[FAKE_SKIPS] = { .name = "skips", .run = fake_skips },
	[FAKE_SKIPS_AFTER_FAILURE] = {
		.name = "skips_after_failure", .run = fake_skips_after_failure,
	},
	[FAKE_LOOKS_AWAY] = {
		.name = "looks_away", .run = fake_looks_away,
		.params = fake_params,
	},
	[FAKE_KEEPS_PAGES] = { .name = "keeps_pages", .run = fake_keeps_pages },
	[FAKE_GIVES_TOO_MUCH] = {
		.name = "gives_too_much", .run = fake_gives_too_much,
	},
	[FAKE_HAS_NO_MEMORY] = {
		.name = "has_no_memory", .run = fake_has_no_memory,
	},
	[FAKE_ASKS_UNDECLARED] = {
		.name = "asks_undeclared", .run = fake_asks_undeclared,
		.params = fake_params,
	},
	[FAKE_CHATTERS] = { .name = "chatters", .run = fake_chatters },
	[FAKE_DISRUPTS] = {
		.name = "disrupts", .run = fake_holds, .disruptive = true,
	},
};

static const struct mm_probe fake_probe = {
	.name = "fake",
	.experiments = fake_experiments,
	.nr_experiments = ARRAY_SIZE(fake_experiments),
};

/* The verdict of each fake, and the reason given. */

struct verdict_case {
	enum fake_row row;
	enum mm_verdict verdict;
	const char *reason;
};

static const struct verdict_case verdict_cases[] = {
	{ FAKE_HOLDS, MM_PASSED, "" },
	{ FAKE_BREAKS, MM_FAILED, "expected order 4, saw 3" },
	{ FAKE_SKIPS, MM_SKIPPED, "no zone HIGHMEM" },
	{ FAKE_SKIPS_AFTER_FAILURE, MM_FAILED, "the failure" },
	{ FAKE_LOOKS_AWAY, MM_FAILED, "checked nothing" },
	{ FAKE_KEEPS_PAGES, MM_FAILED, "kept 3 pages" },
	{ FAKE_GIVES_TOO_MUCH, MM_FAILED,
	  "gave back 4 pages while holding 3" },
	{ FAKE_HAS_NO_MEMORY, MM_FAILED, "could not be run: out of memory" },
	{ FAKE_ASKS_UNDECLARED, MM_FAILED, "parameter size is not declared" },
	{ FAKE_CHATTERS, MM_FAILED, "told at last" },
};

static void verdict_desc(const struct verdict_case *c, char *desc)
{
	strscpy(desc, fake_experiments[c->row].name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(verdict, verdict_cases, verdict_desc);

static void verdict_of_a_run(struct kunit *test)
{
	const struct verdict_case *c = test->param_value;
	const struct mm_run *run;

	run = mm_kunit_observe(test, &fake_experiments[c->row]);
	KUNIT_EXPECT_EQ(test, run->verdict, c->verdict);
	KUNIT_EXPECT_STREQ(test, run->reason, c->reason);
}

static void disruptive_needs_consent(struct kunit *test)
{
	struct mm_request request;
	struct mm_run *run;

	run = mm_kunit_new_run(test);
	mm_request_init(&request);
	mm_request_choose(&request, &fake_experiments[FAKE_DISRUPTS]);

	request.allow_disruptive = false;
	KUNIT_EXPECT_EQ(test, 0, mm_kunit_carry_out(run, &request));
	KUNIT_EXPECT_EQ(test, run->verdict, MM_SKIPPED);
	KUNIT_EXPECT_EQ(test, run->nr_checks, 0U);

	request.allow_disruptive = true;
	KUNIT_EXPECT_EQ(test, 0, mm_kunit_carry_out(run, &request));
	KUNIT_EXPECT_EQ(test, run->verdict, MM_PASSED);
}

static void run_forgets_the_one_before(struct kunit *test)
{
	struct mm_run *run = mm_kunit_new_run(test);
	struct mm_request request;

	mm_request_init(&request);
	mm_request_choose(&request, &fake_experiments[FAKE_BREAKS]);
	mm_kunit_carry_out(run, &request);
	mm_request_choose(&request, &fake_experiments[FAKE_HOLDS]);
	mm_kunit_carry_out(run, &request);

	KUNIT_EXPECT_EQ(test, run->verdict, MM_PASSED);
	KUNIT_EXPECT_STREQ(test, run->reason, "");
	KUNIT_EXPECT_STREQ(test, run->log.text, "# saw 4\n");
}

/* What may be written to `run`. */

struct parse_case {
	const char *text;
	int ret;
};

static const struct parse_case parse_cases[] = {
	{ "all", 0 },
	{ "all\n", 0 },
	{ "  all  ", 0 },
	{ "all seed=7", 0 },
	{ "all budget_mb=1", 0 },
	{ "holds", 0 },
	{ "holds\torder=10 nr=0x20", 0 },
	{ "holds nr=18446744073709551615", 0 },
	{ "holds seed=1 order=2", 0 },
	{ "", -EINVAL },
	{ "\n", -EINVAL },
	{ " \t ", -EINVAL },
	{ "\"holds", -EINVAL },
	{ "\"holds\"", -EINVAL },
	{ "holds order=\"4", -EINVAL },
	{ "\x01\xff\x7f", -EINVAL },
	{ "holds,breaks", -EINVAL },
	{ "order=4", -EINVAL },
	{ "hold", -ENOENT },
	{ "holds_", -ENOENT },
	{ "HOLDS", -ENOENT },
	{ "breaks order=4", -EINVAL },
	{ "all order=4", -EINVAL },
	{ "holds size=4", -EINVAL },
	{ "holds order", -EINVAL },
	{ "holds order=", -EINVAL },
	{ "holds =4", -EINVAL },
	{ "holds order= 4", -EINVAL },
	{ "holds order=4 order=4", -EINVAL },
	{ "holds seed=4 seed=5", -EINVAL },
	{ "holds order=-1", -EINVAL },
	{ "holds order=0", -EINVAL },
	{ "holds order=11", -EINVAL },
	{ "holds order=4x", -EINVAL },
	{ "holds order=4=4", -EINVAL },
	{ "holds nr=18446744073709551616", -EINVAL },
	{ "holds seed=0", -EINVAL },
	{ "holds budget_mb=0", -EINVAL },
	{ "holds budget_mb=18446744073709551615", -EINVAL },
	{ "holds breaks", -EINVAL },
	{ "all all", -EINVAL },
};

static void parse_desc(const struct parse_case *c, char *desc)
{
	/* A hash would begin a comment of the KTAP line. */
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "\"%*pE\"",
		 (int)strlen(c->text), c->text);
	strreplace(desc, '#', '.');
}

KUNIT_ARRAY_PARAM(parse, parse_cases, parse_desc);

static void parse_run(struct kunit *test)
{
	const struct parse_case *c = test->param_value;
	struct mm_request request;
	char text[64];

	strscpy(text, c->text, sizeof(text));
	KUNIT_EXPECT_EQ(test, c->ret,
			mm_request_parse(&fake_probe, text, &request));
}

static void parse_fills_the_request(struct kunit *test)
{
	struct mm_request request;
	char text[] = "holds nr=0x20 seed=5 budget_mb=1";

	KUNIT_ASSERT_EQ(test, 0, mm_request_parse(&fake_probe, text, &request));
	KUNIT_EXPECT_PTR_EQ(test, request.experiment,
			    &fake_experiments[FAKE_HOLDS]);
	KUNIT_EXPECT_EQ(test, request.seed, 5ULL);
	KUNIT_EXPECT_EQ(test, request.budget << PAGE_SHIFT,
			(unsigned long)SZ_1M);
	/* Its order is the default, its nr was given. */
	KUNIT_EXPECT_EQ(test, request.args[0], 4ULL);
	KUNIT_EXPECT_EQ(test, request.args[1], 32ULL);
}

static void parse_all_names_none(struct kunit *test)
{
	struct mm_request request;
	char text[] = "all";

	KUNIT_ASSERT_EQ(test, 0, mm_request_parse(&fake_probe, text, &request));
	KUNIT_EXPECT_NULL(test, request.experiment);
	KUNIT_EXPECT_GT(test, request.budget, 0UL);
}

static void default_budget(struct kunit *test)
{
	const unsigned long mb = SZ_1M >> PAGE_SHIFT;

	KUNIT_EXPECT_EQ(test, mm_default_budget(0), 0UL);
	KUNIT_EXPECT_EQ(test, mm_default_budget(80 * mb), 10 * mb);
	KUNIT_EXPECT_EQ(test, mm_default_budget(512 * mb), 64 * mb);
	KUNIT_EXPECT_EQ(test, mm_default_budget(4096 * mb), 64 * mb);
}

static void budget_is_kept(struct kunit *test)
{
	struct mm_run *run = mm_kunit_new_run(test);
	struct page *page;

	run->request.budget = 5;
	KUNIT_EXPECT_EQ(test, 0, mm_charge(run, 1));
	KUNIT_EXPECT_EQ(test, -ENOMEM, mm_charge(run, 5));
	KUNIT_EXPECT_EQ(test, 4UL, mm_budget(run));

	page = mm_alloc_pages(run, GFP_KERNEL, 2);
	KUNIT_EXPECT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 0UL, mm_budget(run));
	KUNIT_EXPECT_NULL(test, mm_alloc_pages(run, GFP_KERNEL, 0));

	mm_free_pages(run, page, 2);
	mm_free_pages(run, NULL, 2);
	KUNIT_EXPECT_EQ(test, 4UL, mm_budget(run));
	mm_uncharge(run, 1);
	KUNIT_EXPECT_EQ(test, 0UL, run->charged);
}

/* What the page allocator refuses is not charged. */
static void refused_pages_are_not_charged(struct kunit *test)
{
	struct mm_run *run = mm_kunit_new_run(test);

	run->request.budget = ULONG_MAX;
	KUNIT_EXPECT_NULL(test, mm_alloc_pages(run, GFP_KERNEL,
					       MM_MAX_ORDER + 1));
	KUNIT_EXPECT_EQ(test, 0UL, run->charged);
}

static void seed_repeats(struct kunit *test)
{
	struct mm_run *run = mm_kunit_new_run(test);
	struct mm_request request;
	u32 first[8];
	unsigned int i;

	mm_request_init(&request);
	mm_request_choose(&request, &fake_experiments[FAKE_HOLDS]);
	request.seed = 42;
	mm_kunit_carry_out(run, &request);
	for (i = 0; i < ARRAY_SIZE(first); i++) {
		first[i] = mm_random(run, 1000);
		KUNIT_EXPECT_LT(test, first[i], 1000U);
	}
	mm_kunit_carry_out(run, &request);
	for (i = 0; i < ARRAY_SIZE(first); i++)
		KUNIT_EXPECT_EQ(test, first[i], mm_random(run, 1000));

	request.seed = 0;
	mm_kunit_carry_out(run, &request);
	KUNIT_EXPECT_NE(test, 0ULL, run->request.seed);
}

static void tries_are_bounded(struct kunit *test)
{
	struct mm_run *run = mm_kunit_new_run(test);
	unsigned int tries = 0;
	unsigned int n = 1;

	while (mm_try_again(run, &tries))
		n++;
	KUNIT_EXPECT_EQ(test, n, MM_TRIES_MAX);
	KUNIT_EXPECT_EQ(test, run->nr_retries, MM_TRIES_MAX - 1);
}

static void log_keeps_whole_lines(struct kunit *test)
{
	struct mm_log *log = mm_log_new(10);

	KUNIT_ASSERT_NOT_NULL(test, log);
	mm_log_line(log, "1234");
	mm_log_line(log, "12345");
	mm_log_line(log, "a\nb");
	KUNIT_EXPECT_STREQ(test, log->text, "1234\na b\n");
	KUNIT_EXPECT_EQ(test, log->len, strlen(log->text));
	KUNIT_EXPECT_EQ(test, log->dropped, 1U);
	/* One byte is left, for the NUL: not even an empty line fits. */
	mm_log_line(log, "%s", "");
	mm_log_line(log, "x");
	KUNIT_EXPECT_EQ(test, log->len, 9UL);
	KUNIT_EXPECT_EQ(test, log->dropped, 3U);
	mm_log_free(log);
}

/* KTAP, as kunit.py reads it: seeds differ, so they are given. */

static const char ktap_of_one[] =
	"KTAP version 1\n"
	"1..1\n"
	"    KTAP version 1\n"
	"    # Subtest: fake\n"
	"    1..1\n"
	"    # holds: seed=9 budget=16 pages\n"
	"    # saw 4\n"
	"    ok 1 holds\n"
	"# fake: pass:1 fail:0 skip:0 total:1\n"
	"ok 1 fake\n";

static void ktap_of_a_probe(struct kunit *test, struct mm_request *request,
			    int ret, struct mm_log *ktap)
{
	KUNIT_ASSERT_NOT_NULL(test, ktap);
	mm_run_lock();
	KUNIT_EXPECT_EQ(test, ret, mm_run_probe(&fake_probe, request, ktap));
	mm_run_unlock();
	KUNIT_EXPECT_EQ(test, ktap->dropped, 0U);
}

static void ktap_of_one_experiment(struct kunit *test)
{
	struct mm_log *ktap = mm_log_new(mm_ktap_size(&fake_probe));
	struct mm_request request;

	mm_request_init(&request);
	mm_request_choose(&request, &fake_experiments[FAKE_HOLDS]);
	request.seed = 9;
	request.budget = 16;
	ktap_of_a_probe(test, &request, 0, ktap);
	KUNIT_EXPECT_STREQ(test, ktap->text, ktap_of_one);
	mm_log_free(ktap);
}

static void ktap_expect_line(struct kunit *test, const struct mm_log *ktap,
			     const char *line)
{
	KUNIT_EXPECT_TRUE_MSG(test, strstr(ktap->text, line), "no line \"%s\"",
			      line);
}

static void ktap_of_all_experiments(struct kunit *test)
{
	struct mm_log *ktap = mm_log_new(mm_ktap_size(&fake_probe));
	struct mm_request request;

	mm_request_init(&request);
	request.allow_disruptive = false;
	/* The one that had no memory says what the write returns. */
	ktap_of_a_probe(test, &request, -ENOMEM, ktap);
	ktap_expect_line(test, ktap, "\n    1..11\n");
	ktap_expect_line(test, ktap, "\n    ok 1 holds\n");
	ktap_expect_line(test, ktap, "\n    # breaks: expected order 4, saw 3\n"
			 "    not ok 2 breaks\n");
	ktap_expect_line(test, ktap,
			 "\n    ok 3 skips # SKIP no zone HIGHMEM\n");
	ktap_expect_line(test, ktap, " more observations did not fit\n"
			 "    # chatters: told at last\n"
			 "    not ok 10 chatters\n");
	ktap_expect_line(test, ktap, "\n    ok 11 disrupts # SKIP disruptive");
	ktap_expect_line(test, ktap,
			 "\n# fake: pass:1 fail:8 skip:2 total:11\n"
			 "not ok 1 fake\n");
	mm_log_free(ktap);
}

/* Every worker runs once, on a CPU of its own. */

struct storm_record {
	atomic_t nr_workers;
	cpumask_t cpus;
	unsigned long indices;
};

static int storm_worker(struct mm_worker *worker, void *arg)
{
	struct storm_record *record = arg;

	atomic_inc(&record->nr_workers);
	cpumask_set_cpu(raw_smp_processor_id(), &record->cpus);
	if (mm_worker_index(worker) < BITS_PER_LONG)
		set_bit(mm_worker_index(worker), &record->indices);
	return mm_storm_over(worker) ? -ETIMEDOUT : 0;
}

static int storm_failing_worker(struct mm_worker *worker, void *arg)
{
	return mm_worker_index(worker) ? 0 : -EXDEV;
}

static void storm_covers_every_cpu(struct kunit *test)
{
	struct storm_record *record = kunit_kzalloc(test, sizeof(*record),
						    GFP_KERNEL);
	struct mm_run *run = mm_kunit_new_run(test);

	KUNIT_ASSERT_NOT_NULL(test, record);
	KUNIT_EXPECT_EQ(test, 0, mm_storm(run, storm_worker, record));
	KUNIT_EXPECT_EQ(test, num_online_cpus(),
			(unsigned int)atomic_read(&record->nr_workers));
	KUNIT_EXPECT_TRUE(test, cpumask_equal(&record->cpus, cpu_online_mask));
	KUNIT_EXPECT_TRUE(test, record->indices & 1);
	KUNIT_EXPECT_EQ(test, -EXDEV,
			mm_storm(run, storm_failing_worker, NULL));
}

static struct kunit_case experiment_cases[] = {
	KUNIT_CASE_PARAM(verdict_of_a_run, verdict_gen_params),
	KUNIT_CASE(disruptive_needs_consent),
	KUNIT_CASE(run_forgets_the_one_before),
	KUNIT_CASE_PARAM(parse_run, parse_gen_params),
	KUNIT_CASE(parse_fills_the_request),
	KUNIT_CASE(parse_all_names_none),
	KUNIT_CASE(default_budget),
	KUNIT_CASE(budget_is_kept),
	KUNIT_CASE(refused_pages_are_not_charged),
	KUNIT_CASE(seed_repeats),
	KUNIT_CASE(tries_are_bounded),
	KUNIT_CASE(log_keeps_whole_lines),
	KUNIT_CASE(ktap_of_one_experiment),
	KUNIT_CASE(ktap_of_all_experiments),
	KUNIT_CASE(storm_covers_every_cpu),
	{ }
};

static struct kunit_suite experiment_suite = {
	.name = "mm_lab_experiment",
	.test_cases = experiment_cases,
};

kunit_test_suite(experiment_suite);
