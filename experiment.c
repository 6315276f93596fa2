// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: what an experiment may call, and how a run comes to its verdict.
 * A run has parameters, a seed, a page budget and a bounded log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "experiment.h"

/* Experiments spoil each other's observations: one run at a time. */
static DEFINE_MUTEX(mm_run_mutex);

/**
 * mm_run_trylock - begin to run, unless a run is going
 *
 * Context: process context; does not sleep. Undone by mm_run_unlock().
 * Return: whether the caller holds the run lock now.
 */
bool mm_run_trylock(void)
{
	return mutex_trylock(&mm_run_mutex);
}

/**
 * mm_run_lock - begin to run, after the run that is going
 *
 * Context: may sleep. Undone by mm_run_unlock().
 */
void mm_run_lock(void)
{
	mutex_lock(&mm_run_mutex);
}
EXPORT_SYMBOL_MM_LAB(mm_run_lock);

/**
 * mm_run_unlock - end what mm_run_lock() or mm_run_trylock() began
 */
void mm_run_unlock(void)
{
	mutex_unlock(&mm_run_mutex);
}
EXPORT_SYMBOL_MM_LAB(mm_run_unlock);

/**
 * mm_note - record an observation
 * @run: the run that observed
 * @fmt: one line, without a newline and without kernel addresses
 *
 * The line becomes a KTAP diagnostic of the experiment. A run keeps MM_LOG_MAX
 * bytes of them and says how many more there were.
 *
 * Context: the experiment's own thread.
 */
void mm_note(struct mm_run *run, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	mm_log_vline(&run->log, "# ", fmt, args);
	va_end(args);
}
EXPORT_SYMBOL_MM_LAB(mm_note);

/**
 * mm_finding - record in what this allocator or machine differs from others
 * @run: the run that found it
 * @fmt: a few words, to stand beside what other kernels do
 *
 * A diagnostic like mm_note()'s, marked so that `make matrix` finds it for its
 * table of differences. An experiment may have several.
 *
 * Context: the experiment's own thread.
 */
void mm_finding(struct mm_run *run, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	mm_log_vline(&run->log, "# finding: ", fmt, args);
	va_end(args);
}
EXPORT_SYMBOL_MM_LAB(mm_finding);

/**
 * mm_expect - check one consequence of the claim
 * @run: the run that checks
 * @ok: whether it holds
 * @fmt: what was expected and what was seen, and on which frames or objects;
 *	recorded when it does not hold
 *
 * A run that never checks anything fails: it could not have seen a false claim.
 *
 * Context: the experiment's own thread.
 * Return: @ok.
 */
bool mm_expect(struct mm_run *run, bool ok, const char *fmt, ...)
{
	va_list args;

	run->nr_checks++;
	if (ok)
		return true;

	if (!run->nr_failures++) {
		va_start(args, fmt);
		vscnprintf(run->reason, sizeof(run->reason), fmt, args);
		va_end(args);
	}
	va_start(args, fmt);
	mm_log_vline(&run->log, "# FAILED: ", fmt, args);
	va_end(args);
	return false;
}
EXPORT_SYMBOL_MM_LAB(mm_expect);

/**
 * mm_skip - say that the claim is not made here
 * @run: the run
 * @fmt: why: what this kernel, allocator or machine does not have
 *
 * Not for an observation that did not succeed. A check that failed outweighs it.
 *
 * Context: the experiment's own thread.
 * Return: 0, for the experiment to return.
 */
int mm_skip(struct mm_run *run, const char *fmt, ...)
{
	va_list args;

	run->skipped = true;
	if (run->nr_failures)
		return 0;
	va_start(args, fmt);
	vscnprintf(run->reason, sizeof(run->reason), fmt, args);
	va_end(args);
	return 0;
}
EXPORT_SYMBOL_MM_LAB(mm_skip);

/**
 * mm_announce - tell the log's readers that a report of the kernel is wanted
 * @run: the run of a disruptive experiment
 * @text: what the report will contain
 *
 * Between this line and mm_announce_end()'s, whoever watches the log for
 * warnings excuses the ones that contain @text, and no others.
 */
void mm_announce(struct mm_run *run, const char *text)
{
	pr_info("expect \"%s\"\n", text);
	mm_note(run, "announced to the log: \"%s\"", text);
}

/**
 * mm_announce_maybe - tell the log's readers that a report would be no surprise
 * @run: the run of a disruptive experiment
 * @text: what the report would contain
 *
 * Like mm_announce(), for what the kernel reports once only: in the second run
 * it does not come any more.
 */
void mm_announce_maybe(struct mm_run *run, const char *text)
{
	pr_info("expect maybe \"%s\"\n", text);
	mm_note(run, "announced to the log, if not reported before: \"%s\"",
		text);
}

/**
 * mm_announce_end - end what mm_announce() began
 * @run: the same run
 */
void mm_announce_end(struct mm_run *run)
{
	pr_info("expect end\n");
}

/**
 * mm_arg - the value of a parameter in this run
 * @run: the run
 * @name: one of the names in its experiment's @params
 *
 * Return: the user's value, or the default; a name that is not declared fails
 * the run and gives 0.
 */
u64 mm_arg(struct mm_run *run, const char *name)
{
	int i = mm_param_index(run->experiment, name);

	if (!mm_expect(run, i >= 0, "parameter %s is not declared", name))
		return 0;
	/* Knowing a parameter is no check of the claim. */
	run->nr_checks--;
	return run->request.args[i];
}
EXPORT_SYMBOL_MM_LAB(mm_arg);

/**
 * mm_random - a random number that the run's seed repeats
 * @run: the run
 * @below: its bound, exclusive; not 0
 *
 * Return: a number from 0 to @below - 1.
 */
u32 mm_random(struct mm_run *run, u32 below)
{
	return prandom_u32_state(&run->rnd) % below;
}
EXPORT_SYMBOL_MM_LAB(mm_random);

/**
 * mm_budget - what the run may still take
 * @run: the run
 *
 * Return: pages.
 */
unsigned long mm_budget(const struct mm_run *run)
{
	return run->request.budget - run->charged;
}
EXPORT_SYMBOL_MM_LAB(mm_budget);

/**
 * mm_raise_budget - let a disruptive run hold more than it was given
 * @run: the run; another than a disruptive experiment's is left as it is
 * @nr_pages: what its budget is to be at the least
 *
 * For what cannot be seen on less; whoever allows disruptive runs allows this.
 */
void mm_raise_budget(struct mm_run *run, unsigned long nr_pages)
{
	if (run->experiment->disruptive)
		run->request.budget = max(run->request.budget, nr_pages);
}
EXPORT_SYMBOL_MM_LAB(mm_raise_budget);

/**
 * mm_charge - count pages that the run is about to take
 * @run: the run
 * @nr_pages: how many
 *
 * For memory that does not come from mm_alloc_pages(), such as slabs.
 *
 * Return: 0, or -ENOMEM when the budget does not allow them.
 */
int mm_charge(struct mm_run *run, unsigned long nr_pages)
{
	if (nr_pages > mm_budget(run))
		return -ENOMEM;
	run->charged += nr_pages;
	return 0;
}
EXPORT_SYMBOL_MM_LAB(mm_charge);

/**
 * mm_uncharge - count pages that the run gave back
 * @run: the run
 * @nr_pages: how many; giving back more than was taken fails the run
 */
void mm_uncharge(struct mm_run *run, unsigned long nr_pages)
{
	if (nr_pages > run->charged) {
		mm_expect(run, false, "gave back %lu pages while holding %lu",
			  nr_pages, run->charged);
		nr_pages = run->charged;
	}
	run->charged -= nr_pages;
}
EXPORT_SYMBOL_MM_LAB(mm_uncharge);

/**
 * mm_alloc_pages_node - take a block from the page allocator, in the budget
 * @run: the run
 * @nid: the node to prefer, or NUMA_NO_NODE for the policy's
 * @gfp: as for alloc_pages(); __GFP_NORETRY and __GFP_NOWARN are added, so
 *	that the OOM killer is never called up
 * @order: of the block
 *
 * Context: as @gfp says.
 * Return: the block, for mm_free_pages(), or NULL.
 */
struct page *mm_alloc_pages_node(struct mm_run *run, int nid, gfp_t gfp,
				 unsigned int order)
{
	struct page *page;

	if (mm_charge(run, 1UL << order))
		return NULL;
	gfp |= __GFP_NORETRY | __GFP_NOWARN;
	if (nid == NUMA_NO_NODE)
		page = alloc_pages(gfp, order);
	else
		page = alloc_pages_node(nid, gfp, order);
	if (!page)
		mm_uncharge(run, 1UL << order);
	return page;
}
EXPORT_SYMBOL_MM_LAB(mm_alloc_pages_node);

/**
 * mm_alloc_pages - take a block of any node, in the budget
 * @run: the run
 * @gfp: as for mm_alloc_pages_node()
 * @order: of the block
 *
 * Context: as @gfp says.
 * Return: the block, for mm_free_pages(), or NULL.
 */
struct page *mm_alloc_pages(struct mm_run *run, gfp_t gfp, unsigned int order)
{
	return mm_alloc_pages_node(run, NUMA_NO_NODE, gfp, order);
}
EXPORT_SYMBOL_MM_LAB(mm_alloc_pages);

/**
 * mm_free_pages - give a block back
 * @run: the run that took it
 * @page: its first page, or NULL
 * @order: the order it was taken with, or that split_page() left it with
 */
void mm_free_pages(struct mm_run *run, struct page *page, unsigned int order)
{
	if (!page)
		return;
	__free_pages(page, order);
	mm_uncharge(run, 1UL << order);
}
EXPORT_SYMBOL_MM_LAB(mm_free_pages);

/**
 * mm_yield - let others run, and hear whether to end
 *
 * Context: may sleep.
 * Return: 0, or -EINTR when a fatal signal waits.
 */
int mm_yield(void)
{
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}
EXPORT_SYMBOL_MM_LAB(mm_yield);

/**
 * mm_try_again - whether to repeat an observation that others spoilt
 * @run: the run
 * @tries: the caller's count, 0 before the first observation
 *
 * The run says how many observations it repeated. What is to be done when
 * tries run out is the experiment's to judge; it is no pass.
 *
 * Context: may sleep.
 * Return: true MM_TRIES_MAX - 1 times at most, false on a fatal signal.
 */
bool mm_try_again(struct mm_run *run, unsigned int *tries)
{
	if (mm_yield() || ++*tries >= MM_TRIES_MAX)
		return false;
	run->nr_retries++;
	return true;
}
EXPORT_SYMBOL_MM_LAB(mm_try_again);

/**
 * mm_mark - remember how far a run has come
 * @run: the run
 * @mark: for mm_rewind()
 */
void mm_mark(const struct mm_run *run, struct mm_mark *mark)
{
	*mark = (struct mm_mark){
		.nr_checks = run->nr_checks,
		.nr_failures = run->nr_failures,
		.log_len = run->log.len,
		.log_dropped = run->log.dropped,
	};
}
EXPORT_SYMBOL_MM_LAB(mm_mark);

/**
 * mm_rewind - forget what was observed and checked since a mark
 * @run: the run
 * @mark: of mm_mark()
 *
 * For an observation that others are known to have spoilt, before it is made
 * again: neither its passed nor its failed checks tell anything.
 *
 * Context: the experiment's own thread.
 */
void mm_rewind(struct mm_run *run, const struct mm_mark *mark)
{
	run->nr_checks = mark->nr_checks;
	run->nr_failures = mark->nr_failures;
	if (!run->nr_failures)
		run->reason[0] = '\0';
	run->log.len = mark->log_len;
	run->log.text[run->log.len] = '\0';
	run->log.dropped = mark->log_dropped;
}
EXPORT_SYMBOL_MM_LAB(mm_rewind);

/**
 * mm_run_init - make a run ready for mm_run_experiment()
 * @run: the run
 * @text: where its observations go
 * @size: bytes at @text
 */
void mm_run_init(struct mm_run *run, char *text, size_t size)
{
	*run = (struct mm_run){ .log = { .text = text, .size = size } };
}
EXPORT_SYMBOL_MM_LAB(mm_run_init);

/**
 * mm_run_new - room for one run and its observations
 *
 * One is enough for any number of runs, one after the other.
 *
 * Context: may sleep.
 * Return: the run, or NULL when memory ran out.
 */
struct mm_run *mm_run_new(void)
{
	struct mm_run *run = kvzalloc(sizeof(*run) + MM_LOG_MAX,
				      GFP_KERNEL | __GFP_NOWARN);

	if (run)
		mm_run_init(run, (char *)(run + 1), MM_LOG_MAX);
	return run;
}
EXPORT_SYMBOL_MM_LAB(mm_run_new);

/**
 * mm_run_free - free a run of mm_run_new()
 * @run: may be NULL
 */
void mm_run_free(struct mm_run *run)
{
	kvfree(run);
}
EXPORT_SYMBOL_MM_LAB(mm_run_free);

static void mm_run_reset(struct mm_run *run, const struct mm_request *request)
{
	struct mm_log log = run->log;

	log.len = 0;
	log.dropped = 0;
	*log.text = '\0';
	*run = (struct mm_run){
		.experiment = request->experiment,
		.request = *request,
		.log = log,
	};
	if (!run->request.seed)
		run->request.seed = get_random_u32() | 1;
	prandom_seed_state(&run->rnd, run->request.seed);
}

static void mm_run_excuse(struct mm_run *run, int ret)
{
	if (ret == -ENOMEM)
		mm_expect(run, false, "could not be run: out of memory");
	else if (ret == -EINTR)
		mm_expect(run, false, "could not be run: a signal ended it");
	else
		mm_expect(run, false, "could not be run: error %d", ret);
}

static void mm_run_judge(struct mm_run *run, int ret)
{
	if (ret)
		mm_run_excuse(run, ret);
	if (run->charged)
		mm_expect(run, false, "kept %lu pages", run->charged);
	if (!run->skipped && !run->nr_checks)
		mm_expect(run, false, "checked nothing");

	if (run->nr_failures)
		run->verdict = MM_FAILED;
	else if (run->skipped)
		run->verdict = MM_SKIPPED;
	else
		run->verdict = MM_PASSED;
}

/**
 * mm_run_experiment - carry out one experiment
 * @run: where its observations and its verdict go; what it held is forgotten
 * @request: names the experiment
 *
 * Context: process context, the run lock held; may sleep.
 * Return: 0 when the verdict says all, or the negative errno that kept the
 * experiment from looking; its verdict is then MM_FAILED.
 */
int mm_run_experiment(struct mm_run *run, const struct mm_request *request)
{
	const struct mm_experiment *experiment = request->experiment;
	int ret = 0;

	mm_run_reset(run, request);
	if (experiment->disruptive && !request->allow_disruptive)
		mm_skip(run, "disruptive: load the module with allow_disruptive=1");
	else
		ret = mm_yield() ?: experiment->run(run);
	mm_run_judge(run, ret);
	return ret;
}
EXPORT_SYMBOL_MM_LAB(mm_run_experiment);
