// SPDX-License-Identifier: GPL-2.0
/*
 * A storm: the same function on every online CPU at once, each in a kthread
 * bound to its CPU, all let loose together and all waited for.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "compat.h"
#include "mm_lab.h"

/* A worker that asks mm_storm_over() ends after this time at the latest. */
#define MM_STORM_SECONDS	10

struct mm_storm;

struct mm_worker {
	struct mm_storm *storm;
	struct mm_thread *thread;
	unsigned int index;
};

struct mm_storm {
	mm_storm_fn fn;
	void *arg;
	struct completion start;
	struct task_struct *caller;
	unsigned long deadline;
	bool called_off;
	unsigned int nr_workers;
	struct mm_worker workers[];
};

/**
 * mm_storm_size - how many workers a storm has at the most
 *
 * Return: the CPUs that there can be; mm_worker_index() stays below it.
 */
unsigned int mm_storm_size(void)
{
	return num_possible_cpus();
}
EXPORT_SYMBOL_MM_LAB(mm_storm_size);

/**
 * mm_worker_index - which of the storm's workers this is
 * @worker: as given to the storm's function
 *
 * Return: from 0 up, without holes.
 */
unsigned int mm_worker_index(const struct mm_worker *worker)
{
	return worker->index;
}
EXPORT_SYMBOL_MM_LAB(mm_worker_index);

/**
 * mm_storm_over - whether a worker should stop early
 * @worker: as given to the storm's function
 *
 * A function that loops or waits asks this in between.
 *
 * Return: true when time is up or the caller of mm_storm() is being killed.
 */
bool mm_storm_over(const struct mm_worker *worker)
{
	const struct mm_storm *storm = worker->storm;

	return time_after(jiffies, storm->deadline) ||
	       fatal_signal_pending(storm->caller);
}
EXPORT_SYMBOL_MM_LAB(mm_storm_over);

static int mm_storm_thread(void *data)
{
	struct mm_worker *worker = data;
	struct mm_storm *storm = worker->storm;

	wait_for_completion(&storm->start);
	return storm->called_off ? 0 : storm->fn(worker, storm->arg);
}

static int mm_storm_recruit(struct mm_storm *storm, unsigned int cpu)
{
	struct mm_worker *worker = &storm->workers[storm->nr_workers];

	worker->storm = storm;
	worker->index = storm->nr_workers;
	worker->thread = mm_thread_start(mm_storm_thread, worker, cpu);
	if (!worker->thread)
		return -ENOMEM;
	storm->nr_workers++;
	return 0;
}

static int mm_storm_gather(struct mm_storm *storm)
{
	unsigned int cpu;
	int ret = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		ret = mm_storm_recruit(storm, cpu);
		if (ret)
			break;
	}
	cpus_read_unlock();
	return ret;
}

static int mm_storm_wait(struct mm_storm *storm)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < storm->nr_workers; i++) {
		int err = mm_thread_join(storm->workers[i].thread);

		ret = ret ?: err;
	}
	return ret;
}

/**
 * mm_storm - run a function on every online CPU at once
 * @run: the run that it is for
 * @fn: what each worker does; it ends by itself
 * @arg: given to @fn
 *
 * Context: process context; may sleep. Returns when every worker has ended.
 * Return: 0; the first error of @fn; -ENOMEM when the workers could not be
 * had, and then @fn was not called; -EINTR on a fatal signal.
 */
int mm_storm(struct mm_run *run, mm_storm_fn fn, void *arg)
{
	struct mm_storm *storm;
	int err, ret;

	storm = kzalloc(struct_size(storm, workers, mm_storm_size()),
			GFP_KERNEL);
	if (!storm)
		return -ENOMEM;
	storm->fn = fn;
	storm->arg = arg;
	storm->caller = current;
	init_completion(&storm->start);

	err = mm_storm_gather(storm);
	storm->called_off = err;
	storm->deadline = jiffies + MM_STORM_SECONDS * HZ;
	complete_all(&storm->start);
	ret = mm_storm_wait(storm);

	kfree(storm);
	return err ?: mm_yield() ?: ret;
}
EXPORT_SYMBOL_MM_LAB(mm_storm);
