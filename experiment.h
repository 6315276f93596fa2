/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine's side of a run: what mm_demo.c and the suites need to carry one
 * out. Probes see mm_lab.h alone.
 */
#ifndef MM_LAB_EXPERIMENT_H
#define MM_LAB_EXPERIMENT_H

#include "mm_lab.h"

/* Bytes of text that one run may note; see struct mm_log. */
#define MM_LOG_MAX	(16 * 1024)
/* Bytes of a verdict's reason. */
#define MM_REASON_MAX	256

/**
 * struct mm_log - bounded text, whole lines only
 * @text: NUL-terminated
 * @size: bytes at @text
 * @len: bytes used, without the NUL
 * @dropped: lines that did not fit
 */
struct mm_log {
	char *text;
	size_t size;
	size_t len;
	unsigned int dropped;
};

/**
 * struct mm_request - what the user asked for, in `run` or at load
 * @experiment: the one to run, or NULL for all of the probe's
 * @seed: of the random numbers; 0 draws one
 * @budget: pages that a run may hold
 * @allow_disruptive: whether a disruptive experiment runs or is skipped
 * @args: a value for each of the experiment's parameters, in its table's order
 */
struct mm_request {
	const struct mm_experiment *experiment;
	u64 seed;
	unsigned long budget;
	bool allow_disruptive;
	u64 args[MM_PARAMS_MAX];
};

/**
 * struct mm_run - one execution of one experiment
 * @experiment: which
 * @request: with which parameters; @request.seed is never 0 here
 * @rnd: the random numbers' state
 * @charged: pages held now
 * @nr_checks: calls of mm_expect()
 * @nr_failures: those that did not hold
 * @nr_retries: observations tried again
 * @skipped: mm_skip() was called
 * @verdict: valid once mm_run_experiment() returned
 * @reason: why it was skipped, or what failed first
 * @log: the observations
 */
struct mm_run {
	const struct mm_experiment *experiment;
	struct mm_request request;
	struct rnd_state rnd;
	unsigned long charged;
	unsigned int nr_checks;
	unsigned int nr_failures;
	unsigned int nr_retries;
	bool skipped;
	enum mm_verdict verdict;
	char reason[MM_REASON_MAX];
	struct mm_log log;
};

struct mm_log *mm_log_new(size_t size);
void mm_log_free(struct mm_log *log);
__printf(3, 0) void mm_log_vline(struct mm_log *log, const char *prefix,
				 const char *fmt, va_list args);
__printf(2, 3) void mm_log_line(struct mm_log *log, const char *fmt, ...);

int mm_param_index(const struct mm_experiment *experiment, const char *name);
int mm_settings_check(void);
void mm_request_init(struct mm_request *request);
void mm_request_choose(struct mm_request *request,
		       const struct mm_experiment *experiment);
int mm_request_parse(const struct mm_probe *probe, char *text,
		     struct mm_request *request);

void mm_run_init(struct mm_run *run, char *text, size_t size);
struct mm_run *mm_run_new(void);
void mm_run_free(struct mm_run *run);
int mm_run_experiment(struct mm_run *run, const struct mm_request *request);

size_t mm_ktap_size(const struct mm_probe *probe);
int mm_run_probe(const struct mm_probe *probe, const struct mm_request *request,
		 struct mm_log *ktap);

bool mm_run_trylock(void);
void mm_run_lock(void);
void mm_run_unlock(void);

unsigned long mm_default_budget(unsigned long nr_free);

#endif /* MM_LAB_EXPERIMENT_H */
