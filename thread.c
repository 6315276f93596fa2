// SPDX-License-Identifier: GPL-2.0
/*
 * One more thread for an experiment that has to look at somebody who sleeps.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "compat.h"
#include "mm_lab.h"

struct mm_thread {
	struct task_struct *task;
	struct completion ended;
	int (*fn)(void *arg);
	void *arg;
	int ret;
};

static int mm_thread_main(void *data)
{
	struct mm_thread *thread = data;

	thread->ret = thread->fn(thread->arg);
	complete_all(&thread->ended);
	return 0;
}

/**
 * mm_thread_start - let a function run beside the experiment
 * @fn: the function; it may not touch the run, and ends by itself
 * @arg: given to @fn
 * @cpu: the CPU that it is bound to, or -1 for any
 *
 * Context: may sleep. Undone by mm_thread_join().
 * Return: the thread, or NULL when memory ran out.
 */
struct mm_thread *mm_thread_start(int (*fn)(void *arg), void *arg, int cpu)
{
	struct mm_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);
	struct task_struct *task;

	if (!thread)
		return NULL;
	init_completion(&thread->ended);
	thread->fn = fn;
	thread->arg = arg;
	task = kthread_create(mm_thread_main, thread, "mm_lab_thread");
	if (IS_ERR(task)) {
		kfree(thread);
		return NULL;
	}
	if (cpu >= 0)
		kthread_bind(task, cpu);
	/* The reference outlives the thread: kthread_stop() looks at it. */
	thread->task = get_task_struct(task);
	wake_up_process(task);
	return thread;
}
EXPORT_SYMBOL_MM_LAB(mm_thread_start);

/**
 * mm_thread_ended - wait a while for a thread's function to return
 * @thread: of mm_thread_start()
 * @ms: milliseconds; with 0 it only looks
 *
 * Context: may sleep, unless @ms is 0. A fatal signal ends the wait.
 * Return: whether it returned.
 */
bool mm_thread_ended(struct mm_thread *thread, unsigned int ms)
{
	if (ms)
		wait_for_completion_killable_timeout(&thread->ended,
						     msecs_to_jiffies(ms));
	return completion_done(&thread->ended);
}
EXPORT_SYMBOL_MM_LAB(mm_thread_ended);

/**
 * mm_thread_sleeps - whether a thread sleeps and no signal can wake it
 * @thread: of mm_thread_start()
 *
 * Return: whether its state was TASK_UNINTERRUPTIBLE at a glance.
 */
bool mm_thread_sleeps(const struct mm_thread *thread)
{
	return READ_ONCE(thread->task->__state) & TASK_UNINTERRUPTIBLE;
}
EXPORT_SYMBOL_MM_LAB(mm_thread_sleeps);

/**
 * mm_thread_wake - wake a thread that nobody else woke
 * @thread: of mm_thread_start()
 *
 * For use where the kernel under test lost a wake-up: whoever sleeps looks at
 * its condition again.
 */
void mm_thread_wake(struct mm_thread *thread)
{
	wake_up_process(thread->task);
}
EXPORT_SYMBOL_MM_LAB(mm_thread_wake);

/**
 * mm_thread_join - wait for a thread's function to return, and forget it
 * @thread: of mm_thread_start(), or NULL
 *
 * Context: may sleep, for as long as the function takes.
 * Return: what the function returned; 0 for NULL.
 */
int mm_thread_join(struct mm_thread *thread)
{
	int ret;

	if (!thread)
		return 0;
	wait_for_completion(&thread->ended);
	kthread_stop(thread->task);
	put_task_struct(thread->task);
	ret = thread->ret;
	kfree(thread);
	return ret;
}
EXPORT_SYMBOL_MM_LAB(mm_thread_join);
