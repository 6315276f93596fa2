/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract between the rooms of mm_lab: probe, experiment, run, verdict.
 *
 * An experiment is a name, a claim and a function; a probe is a table of them.
 * The engine (experiment.c) makes a run for each execution of an experiment.
 * The function takes memory through the run, notes what it observes, then
 * checks it; what it checked decides the verdict.
 */
#ifndef MM_LAB_H
#define MM_LAB_H

#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/prandom.h>
#include <linux/types.h>

struct mm_run;
struct page;

/* The longest line that a write to `run` may carry, in bytes. */
#define MM_RUN_MAX	1024
/* The parameters that one experiment may declare. */
#define MM_PARAMS_MAX	4
/* How often an observation that another CPU spoilt is tried again. */
#define MM_TRIES_MAX	64

/**
 * enum mm_verdict - what a run says of its claim
 * @MM_PASSED: something was checked, and every check held
 * @MM_FAILED: a check did not hold, nothing was checked, the run could not be
 *	carried out, or it kept what it took
 * @MM_SKIPPED: this kernel or machine does not make the claim
 */
enum mm_verdict {
	MM_PASSED,
	MM_FAILED,
	MM_SKIPPED,
};

/**
 * struct mm_param - a number that an experiment lets the user choose
 * @name: the key in `run`'s KEY=VALUE
 * @def: its value where the user gives none
 * @min: the smallest value accepted
 * @max: the largest value accepted
 */
struct mm_param {
	const char *name;
	u64 def;
	u64 min;
	u64 max;
};

/**
 * struct mm_experiment - one claim and how it is tested
 * @name: fixed; the documents and the tests refer to it
 * @claim: the claim in one English sentence, without a full stop
 * @run: observes, notes, checks. Returns 0 when it could look (the verdict is
 *	in the checks), or a negative errno when it could not: -ENOMEM, -EINTR.
 *	Called in process context with the run lock held; may sleep. Gives back
 *	all it took on every path.
 * @params: what the user may choose, ended by an entry without a name, or NULL
 * @disruptive: warns, taints, or empties the machine; see allow_disruptive
 */
struct mm_experiment {
	const char *name;
	const char *claim;
	int (*run)(struct mm_run *run);
	const struct mm_param *params;
	bool disruptive;
};

/**
 * struct mm_file - a debugfs file that a probe puts beside the probes' folders
 * @name: its name in mm_lab/
 * @mode: 0400 or 0600
 * @fops: its operations: @owner is THIS_MODULE, and there is an @open
 */
struct mm_file {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
};

/**
 * struct mm_probe - the experiments on one API, and the files of one room
 * @name: the probe's folder in debugfs, and its subtest in KTAP
 * @experiments: the table
 * @nr_experiments: rows in @experiments
 * @files: ended by an entry without a name, or NULL
 */
struct mm_probe {
	const char *name;
	const struct mm_experiment *experiments;
	unsigned int nr_experiments;
	const struct mm_file *files;
};

/**
 * struct mm_mark - how far a run's observations and checks had come
 * @nr_checks: checks made
 * @nr_failures: those that did not hold
 * @log_len: bytes of observations
 * @log_dropped: lines that did not fit
 */
struct mm_mark {
	unsigned int nr_checks;
	unsigned int nr_failures;
	size_t log_len;
	unsigned int log_dropped;
};

extern const struct mm_probe buddy_probe;
extern const struct mm_probe slab_probe;
extern const struct mm_probe mempool_probe;
extern const struct mm_probe kref_probe;
extern const struct mm_probe zone_probe;
extern const struct mm_probe page_probe;

/* What an experiment says. Lines carry no newline; see experiment.c. */

__printf(2, 3) void mm_note(struct mm_run *run, const char *fmt, ...);
__printf(2, 3) void mm_finding(struct mm_run *run, const char *fmt, ...);
__printf(3, 4) bool mm_expect(struct mm_run *run, bool ok, const char *fmt, ...);
__printf(2, 3) int mm_skip(struct mm_run *run, const char *fmt, ...);
void mm_announce(struct mm_run *run, const char *text);
void mm_announce_maybe(struct mm_run *run, const char *text);
void mm_announce_end(struct mm_run *run);

/* What an experiment is given. */

u64 mm_arg(struct mm_run *run, const char *name);
u32 mm_random(struct mm_run *run, u32 below);
unsigned long mm_budget(const struct mm_run *run);
void mm_raise_budget(struct mm_run *run, unsigned long nr_pages);

/* What an experiment takes, and gives back. */

int mm_charge(struct mm_run *run, unsigned long nr_pages);
void mm_uncharge(struct mm_run *run, unsigned long nr_pages);
struct page *mm_alloc_pages(struct mm_run *run, gfp_t gfp, unsigned int order);
struct page *mm_alloc_pages_node(struct mm_run *run, int nid, gfp_t gfp,
				 unsigned int order);
void mm_free_pages(struct mm_run *run, struct page *page, unsigned int order);

/* How an experiment stays polite. */

int mm_yield(void);
bool mm_try_again(struct mm_run *run, unsigned int *tries);
void mm_mark(const struct mm_run *run, struct mm_mark *mark);
void mm_rewind(struct mm_run *run, const struct mm_mark *mark);

/* hotplug.c: memory that comes and goes. */

int mm_hotplug_init(void);
void mm_hotplug_exit(void);
int mm_hotplug_begin(void);
bool mm_hotplug_disturbed(int begin);

/* storm.c: the same function on every CPU at once. */

struct mm_worker;

/**
 * typedef mm_storm_fn - what each worker of a storm does
 * @worker: who it is; mm_storm_over() says when to stop early
 * @arg: as given to mm_storm()
 *
 * Context: a kthread bound to its CPU; may sleep. It may not touch the run:
 * what it saw, it leaves in @arg.
 * Return: 0 or a negative errno.
 */
typedef int (*mm_storm_fn)(struct mm_worker *worker, void *arg);

int mm_storm(struct mm_run *run, mm_storm_fn fn, void *arg);
unsigned int mm_storm_size(void);
unsigned int mm_worker_index(const struct mm_worker *worker);
bool mm_storm_over(const struct mm_worker *worker);

/* thread.c: one more thread, to be looked at while it sleeps. */

struct mm_thread;

struct mm_thread *mm_thread_start(int (*fn)(void *arg), void *arg, int cpu);
bool mm_thread_ended(struct mm_thread *thread, unsigned int ms);
bool mm_thread_sleeps(const struct mm_thread *thread);
void mm_thread_wake(struct mm_thread *thread);
int mm_thread_join(struct mm_thread *thread);

#endif /* MM_LAB_H */
