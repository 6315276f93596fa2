// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: runs an experiment with its parameters, seed and page budget,
 * keeps its observations, finds the verdict and writes it as KTAP.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "experiment.h"

#define MM_MB_PAGES	(SZ_1M >> PAGE_SHIFT)

static unsigned int budget_mb;
module_param(budget_mb, uint, 0444);
MODULE_PARM_DESC(budget_mb, "MiB that one run may hold; 0: the smaller of 64 and an eighth of free memory (default 0)");

static bool allow_disruptive;
module_param(allow_disruptive, bool, 0444);
MODULE_PARM_DESC(allow_disruptive, "run experiments that warn, taint or empty the machine (default N)");

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of every run's random numbers; 0 draws one for each run (default 0)");

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
 * mm_log_new - an empty log
 * @size: the bytes that its text may take, the NUL included
 *
 * Context: may sleep.
 * Return: the log, or NULL when memory ran out.
 */
struct mm_log *mm_log_new(size_t size)
{
	struct mm_log *log = kvzalloc(sizeof(*log) + size, GFP_KERNEL);

	if (log) {
		log->text = (char *)(log + 1);
		log->size = size;
	}
	return log;
}
EXPORT_SYMBOL_MM_LAB(mm_log_new);

/**
 * mm_log_free - free a log of mm_log_new()
 * @log: may be NULL
 */
void mm_log_free(struct mm_log *log)
{
	kvfree(log);
}
EXPORT_SYMBOL_MM_LAB(mm_log_free);

/*
 * A line is kept whole or not at all. A newline within it would begin a line
 * that no longer is a diagnostic, so it becomes a space.
 */
static __printf(3, 0) void mm_log_vline(struct mm_log *log, const char *prefix,
					const char *fmt, va_list args)
{
	char *line = log->text + log->len;
	size_t room = log->size - log->len;
	size_t len;

	len = scnprintf(line, room, "%s", prefix);
	len += vscnprintf(line + len, room - len, fmt, args);
	if (len + 2 > room) {
		*line = '\0';
		log->dropped++;
		return;
	}
	strreplace(line, '\n', ' ');
	line[len++] = '\n';
	line[len] = '\0';
	log->len += len;
}

/**
 * mm_log_line - add a line to a log
 * @log: where
 * @fmt: the line, without a newline
 *
 * A line that does not fit is dropped whole, and counted in @log->dropped.
 */
void mm_log_line(struct mm_log *log, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	mm_log_vline(log, "", fmt, args);
	va_end(args);
}
EXPORT_SYMBOL_MM_LAB(mm_log_line);

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
 * mm_announce_end - end what mm_announce() began
 * @run: the same run
 */
void mm_announce_end(struct mm_run *run)
{
	pr_info("expect end\n");
}

static int mm_param_index(const struct mm_experiment *experiment,
			  const char *name)
{
	const struct mm_param *param;
	int i = 0;

	for (param = experiment->params; param && param->name; param++, i++) {
		if (i >= MM_PARAMS_MAX)
			break;
		if (!strcmp(param->name, name))
			return i;
	}
	return -EINVAL;
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
 * mm_default_budget - what a run may hold where the user did not say
 * @nr_free: the machine's free pages
 *
 * Return: pages: the smaller of 64 MiB and an eighth of @nr_free.
 */
unsigned long mm_default_budget(unsigned long nr_free)
{
	return min(64UL * MM_MB_PAGES, nr_free / 8);
}
EXPORT_SYMBOL_MM_LAB(mm_default_budget);

/* More than half of the machine is no budget, it is an outage. */
static u64 mm_budget_mb_max(void)
{
	return max(totalram_pages() / 2 / MM_MB_PAGES, 1UL);
}

/**
 * mm_settings_check - check the module's parameters at load
 *
 * Return: 0, or -EINVAL, the parameter at fault logged.
 */
int mm_settings_check(void)
{
	if (budget_mb <= mm_budget_mb_max())
		return 0;
	pr_err("budget_mb=%u is more than half of this machine's memory (%llu at most)\n",
	       budget_mb, mm_budget_mb_max());
	return -EINVAL;
}

/**
 * mm_request_init - a request for everything, as the module's parameters say
 * @request: filled
 */
void mm_request_init(struct mm_request *request)
{
	memset(request, 0, sizeof(*request));
	request->seed = seed;
	request->allow_disruptive = allow_disruptive;
	if (budget_mb)
		request->budget = (unsigned long)budget_mb * MM_MB_PAGES;
	else
		request->budget =
			mm_default_budget(global_zone_page_state(NR_FREE_PAGES));
}
EXPORT_SYMBOL_MM_LAB(mm_request_init);

/**
 * mm_request_choose - ask for one experiment, with its default parameters
 * @request: of mm_request_init()
 * @experiment: which
 */
void mm_request_choose(struct mm_request *request,
		       const struct mm_experiment *experiment)
{
	const struct mm_param *param;
	unsigned int i = 0;

	request->experiment = experiment;
	for (param = experiment->params; param && param->name; param++)
		if (i < MM_PARAMS_MAX)
			request->args[i++] = param->def;
}
EXPORT_SYMBOL_MM_LAB(mm_request_choose);

static const struct mm_experiment *
mm_find_experiment(const struct mm_probe *probe, const char *name)
{
	unsigned int i;

	for (i = 0; i < probe->nr_experiments; i++)
		if (!strcmp(probe->experiments[i].name, name))
			return &probe->experiments[i];
	return NULL;
}

static bool mm_is_name(const char *word)
{
	if (!*word)
		return false;
	for (; *word; word++)
		if (!isascii(*word) || (!isalnum(*word) && *word != '_'))
			return false;
	return true;
}

static char *mm_next_word(char **text)
{
	char *word = skip_spaces(*text);
	char *end = word;

	while (*end && !isspace(*end))
		end++;
	*text = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static int mm_parse_name(const struct mm_probe *probe, const char *word,
			 struct mm_request *request)
{
	const struct mm_experiment *experiment;

	if (!mm_is_name(word)) {
		pr_err("%s: \"%*pE\" is no experiment's name\n", probe->name,
		       (int)strlen(word), word);
		return -EINVAL;
	}
	if (!strcmp(word, "all"))
		return 0;

	experiment = mm_find_experiment(probe, word);
	if (!experiment) {
		pr_err("%s: there is no experiment \"%s\"\n", probe->name,
		       word);
		return -ENOENT;
	}
	mm_request_choose(request, experiment);
	return 0;
}

/* The parameters that every run has, before those of its experiment. */
enum mm_common_param {
	MM_PARAM_SEED,
	MM_PARAM_BUDGET_MB,
	MM_COMMON_PARAMS,
};

/* Where a key's value goes: a bit for "given before", its bounds. */
static int mm_find_key(const struct mm_request *request, const char *key,
		       struct mm_param *param)
{
	int i;

	if (!strcmp(key, "seed")) {
		*param = (struct mm_param){ "seed", 0, 1, U64_MAX };
		return MM_PARAM_SEED;
	}
	if (!strcmp(key, "budget_mb")) {
		*param = (struct mm_param){ "budget_mb", 0, 1,
					    mm_budget_mb_max() };
		return MM_PARAM_BUDGET_MB;
	}
	if (!request->experiment)
		return -EINVAL;
	i = mm_param_index(request->experiment, key);
	if (i < 0)
		return i;
	*param = request->experiment->params[i];
	return MM_COMMON_PARAMS + i;
}

static void mm_set_param(struct mm_request *request, int slot, u64 value)
{
	if (slot == MM_PARAM_SEED)
		request->seed = value;
	else if (slot == MM_PARAM_BUDGET_MB)
		request->budget = value * MM_MB_PAGES;
	else
		request->args[slot - MM_COMMON_PARAMS] = value;
}

static int mm_parse_param(const struct mm_probe *probe, char *word,
			  struct mm_request *request, unsigned long *given)
{
	int len = strlen(word);
	char *text = strchr(word, '=');
	struct mm_param param;
	u64 value;
	int slot;

	if (!text || text == word || !text[1]) {
		pr_err("%s: \"%*pE\" is not KEY=VALUE\n", probe->name, len,
		       word);
		return -EINVAL;
	}
	*text++ = '\0';
	slot = mm_find_key(request, word, &param);
	if (slot < 0) {
		pr_err("%s: \"%*pE\" is no parameter of %s\n", probe->name,
		       (int)strlen(word), word,
		       request->experiment ? request->experiment->name : "all");
		return -EINVAL;
	}
	if (__test_and_set_bit(slot, given)) {
		pr_err("%s: \"%s\" is given twice\n", probe->name, param.name);
		return -EINVAL;
	}
	if (kstrtou64(text, 0, &value) || value < param.min ||
	    value > param.max) {
		pr_err("%s: \"%*pE\" is no value for %s (%llu to %llu)\n",
		       probe->name, (int)strlen(text), text, param.name,
		       param.min, param.max);
		return -EINVAL;
	}
	mm_set_param(request, slot, value);
	return 0;
}

/**
 * mm_request_parse - understand what was written to `run`
 * @probe: whose `run`
 * @text: `all [key=value ...]` or `NAME [key=value ...]`; taken apart
 * @request: filled; undefined after an error
 *
 * Every run takes seed= and budget_mb=; the rest are the experiment's own.
 *
 * Return: 0; -EINVAL for a word or value that does not fit or an empty text;
 * -ENOENT for a name that is no experiment. The word at fault is logged.
 */
int mm_request_parse(const struct mm_probe *probe, char *text,
		     struct mm_request *request)
{
	unsigned long given = 0;
	char *word;
	int ret;

	mm_request_init(request);
	word = mm_next_word(&text);
	ret = mm_parse_name(probe, word, request);
	while (!ret) {
		word = mm_next_word(&text);
		if (!*word)
			break;
		ret = mm_parse_param(probe, word, request, &given);
	}
	return ret;
}
EXPORT_SYMBOL_MM_LAB(mm_request_parse);

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
	struct mm_run *run = kvzalloc(sizeof(*run) + MM_LOG_MAX, GFP_KERNEL);

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

/**
 * mm_ktap_size - the bytes that a probe's report may take
 * @probe: the probe
 *
 * Return: bytes, enough for every experiment's observations and verdict.
 */
size_t mm_ktap_size(const struct mm_probe *probe)
{
	/* Four more bytes before each line, and a line has three at the least. */
	size_t each = 3 * MM_LOG_MAX + 2 * MM_REASON_MAX;

	return SZ_1K + probe->nr_experiments * each;
}
EXPORT_SYMBOL_MM_LAB(mm_ktap_size);

static void mm_ktap_indent(struct mm_log *ktap, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		mm_log_line(ktap, "    %.*s", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

static void mm_ktap_verdict(struct mm_log *ktap, const struct mm_run *run,
			    unsigned int number)
{
	const char *name = run->experiment->name;

	if (run->verdict == MM_SKIPPED)
		mm_log_line(ktap, "    ok %u %s # SKIP %s", number, name,
			    run->reason);
	else
		mm_log_line(ktap, "    %s %u %s",
			    run->verdict == MM_PASSED ? "ok" : "not ok",
			    number, name);
}

static void mm_ktap_run(struct mm_log *ktap, const struct mm_run *run,
			unsigned int number)
{
	mm_log_line(ktap, "    # %s: seed=%llu budget=%lu pages",
		    run->experiment->name, run->request.seed,
		    run->request.budget);
	mm_ktap_indent(ktap, run->log.text);
	if (run->log.dropped)
		mm_log_line(ktap, "    # %u more observations did not fit",
			    run->log.dropped);
	if (run->nr_retries)
		mm_log_line(ktap, "    # tried again %u times: other CPUs took part",
			    run->nr_retries);
	/* The first failure stands even where the log was full before it. */
	if (run->verdict == MM_FAILED)
		mm_log_line(ktap, "    # %s: %s", run->experiment->name,
			    run->reason);
	mm_ktap_verdict(ktap, run, number);
}

/* Runs the @i-th experiment of the probe, or the one that was asked for. */
static int mm_run_row(const struct mm_probe *probe, unsigned int i,
		      const struct mm_request *request, struct mm_run *run)
{
	struct mm_request one = *request;

	if (!one.experiment)
		mm_request_choose(&one, &probe->experiments[i]);
	return mm_run_experiment(run, &one);
}

/**
 * mm_run_probe - carry out a request and report it
 * @probe: whose experiments
 * @request: one of them, or all
 * @ktap: gets the report; mm_ktap_size() bytes hold it
 *
 * After an experiment that could not be run the next one is tried, but not
 * after a fatal signal: those that are left fail with -EINTR each.
 *
 * Context: process context, the run lock held; may sleep.
 * Return: 0, or the first error of an experiment that could not be run.
 */
int mm_run_probe(const struct mm_probe *probe, const struct mm_request *request,
		 struct mm_log *ktap)
{
	unsigned int n = request->experiment ? 1 : probe->nr_experiments;
	unsigned int count[MM_SKIPPED + 1] = { };
	struct mm_run *run = mm_run_new();
	unsigned int i;
	int err = 0;

	if (!run)
		return -ENOMEM;

	mm_log_line(ktap, "KTAP version 1");
	mm_log_line(ktap, "1..1");
	mm_log_line(ktap, "    KTAP version 1");
	mm_log_line(ktap, "    # Subtest: %s", probe->name);
	mm_log_line(ktap, "    1..%u", n);
	for (i = 0; i < n; i++) {
		int ret = mm_run_row(probe, i, request, run);

		err = err ?: ret;
		count[run->verdict]++;
		mm_ktap_run(ktap, run, i + 1);
	}
	mm_log_line(ktap, "# %s: pass:%u fail:%u skip:%u total:%u",
		    probe->name, count[MM_PASSED], count[MM_FAILED],
		    count[MM_SKIPPED], n);
	mm_log_line(ktap, "%s 1 %s", count[MM_FAILED] ? "not ok" : "ok",
		    probe->name);
	mm_run_free(run);
	return err;
}
EXPORT_SYMBOL_MM_LAB(mm_run_probe);
