// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments on puts that take a lock for the release.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

#include "compat.h"
#include "kref_object.h"

/* How long a thread may take to get from before its put into the spinlock. */
#define KREF_CONTENTION_MS	10

/**
 * struct kref_locked - an object whose release wants a lock held
 * @object: the object
 * @mutex: for kref_put_mutex()
 * @lock: for kref_put_lock()
 * @held: the release found its lock held
 * @put: what the putter beside does
 * @go: it waits for this
 * @there: and sets this before it puts
 * @ret: what its put returned
 * @cpu: where it ran
 * @irqs_off: its put left interrupts off
 */
struct kref_locked {
	struct kref_object object;
	/* Both are taken by the experiment's own two threads alone. */
	struct mutex mutex;
	/* Likewise. */
	spinlock_t lock;
	bool held;
	const struct kref_lock_put *put;
	bool go;
	bool there;
	int ret;
	int cpu;
	bool irqs_off;
};

/**
 * struct kref_lock_put - a put that takes a spinlock for the release
 * @put: puts, and drops the lock that it got; returns what the put returned
 * @busy: says that it was not the last, and another had the lock
 * @waited: says that it was the last, and another had the lock
 * @revived: says that the other took a reference meanwhile
 */
struct kref_lock_put {
	int (*put)(struct kref_locked *locked);
	const char *busy;
	const char *waited;
	const char *revived;
};

static struct kref_locked *kref_locked_of(struct kref *kref)
{
	return container_of(kref, struct kref_locked, object.kref);
}

static void kref_mutex_release(struct kref *kref)
{
	struct kref_locked *locked = kref_locked_of(kref);

	locked->held = mutex_is_locked(&locked->mutex);
	kref_object_release(kref);
}

static void kref_lock_release(struct kref *kref)
{
	struct kref_locked *locked = kref_locked_of(kref);

	locked->held = mm_spin_is_held(&locked->lock);
	kref_object_release(kref);
}

static void kref_locked_reset(struct kref_locked *locked, unsigned int refs)
{
	kref_object_init(&locked->object, refs);
	locked->held = false;
	locked->go = false;
	locked->there = false;
	locked->ret = -1;
	locked->cpu = -1;
	locked->irqs_off = false;
}

static int kref_put_with_mutex(struct kref_locked *locked)
{
	return kref_put_mutex(&locked->object.kref, kref_mutex_release,
			      &locked->mutex);
}

/* The release was called with the lock, which is the caller's to drop. */
static void kref_expect_held(struct mm_run *run,
			     const struct kref_locked *locked, const char *when)
{
	mm_expect(run, locked->ret == 1, "%s: expected 1 returned, saw %d",
		  when, locked->ret);
	kref_expect(run, &locked->object, 0, 1, when);
	mm_expect(run, locked->held,
		  "%s: expected the release under the lock, saw it without",
		  when);
}

static void kref_expect_untouched(struct mm_run *run,
				  const struct kref_locked *locked,
				  unsigned int count, const char *when)
{
	mm_expect(run, !locked->ret, "%s: expected 0 returned, saw %d", when,
		  locked->ret);
	kref_expect(run, &locked->object, count, 0, when);
}

static void kref_check_mutex_alone(struct mm_run *run,
				   struct kref_locked *locked)
{
	kref_locked_reset(locked, 2);
	locked->ret = kref_put_with_mutex(locked);
	kref_expect_untouched(run, locked, 1, "put_mutex, one left");
	mm_expect(run, !mutex_is_locked(&locked->mutex),
		  "put_mutex, one left: expected the mutex free, saw it held");

	locked->ret = kref_put_with_mutex(locked);
	kref_expect_held(run, locked, "put_mutex, the last");
	if (mm_expect(run, mutex_is_locked(&locked->mutex),
		      "put_mutex, the last: expected the mutex held on return, saw it free"))
		mutex_unlock(&locked->mutex);
	mm_note(run, "put_mutex alone: release ran with the mutex %s",
		locked->held ? "held" : "free");
}

static int kref_mutex_putter(void *arg)
{
	struct kref_locked *locked = arg;

	locked->ret = kref_put_with_mutex(locked);
	if (locked->ret == 1)
		mutex_unlock(&locked->mutex);
	return 0;
}

/* Someone else holds the mutex: a put that is not the last does not care. */
static int kref_check_mutex_busy(struct mm_run *run, struct kref_locked *locked)
{
	struct mm_thread *thread;
	bool ended;

	kref_locked_reset(locked, 2);
	mutex_lock(&locked->mutex);
	thread = mm_thread_start(kref_mutex_putter, locked, -1);
	ended = thread && mm_thread_ended(thread, KREF_PATIENCE_MS);
	mutex_unlock(&locked->mutex);
	if (!thread)
		return -ENOMEM;
	mm_thread_join(thread);
	mm_expect(run, ended,
		  "put_mutex, one left, mutex held by another: expected no wait, saw it wait");
	kref_expect_untouched(run, locked, 1,
			      "put_mutex, mutex held by another");
	return 0;
}

static bool kref_await_sleep(struct mm_thread *thread)
{
	unsigned int ms;

	for (ms = 0; ms < KREF_PATIENCE_MS && !mm_yield(); ms += 2) {
		if (mm_thread_ended(thread, 0))
			return false;
		if (mm_thread_sleeps(thread))
			return true;
		usleep_range(1000, 2000);
	}
	return false;
}

/* The last put waits for the mutex; where @revive, it is no more the last. */
static int kref_check_mutex_wait(struct mm_run *run, struct kref_locked *locked,
				 bool revive)
{
	struct mm_thread *thread;
	unsigned int early;
	bool slept;

	kref_locked_reset(locked, 1);
	mutex_lock(&locked->mutex);
	thread = mm_thread_start(kref_mutex_putter, locked, -1);
	slept = thread && kref_await_sleep(thread);
	early = locked->object.nr_releases;
	if (revive && slept)
		kref_get(&locked->object.kref);
	mutex_unlock(&locked->mutex);
	if (!thread)
		return -ENOMEM;
	mm_thread_join(thread);

	mm_expect(run, slept && !early,
		  "put_mutex, the last, mutex held by another: expected it to wait, saw %s",
		  early ? "the release" : "no sleep");
	if (!slept)
		return mm_yield();
	if (revive)
		kref_expect_untouched(run, locked, 1,
				      "put_mutex, a reference taken meanwhile");
	else
		kref_expect_held(run, locked, "put_mutex, after a wait");
	mm_expect(run, !mutex_is_locked(&locked->mutex),
		  "put_mutex, after a wait: expected the mutex free, saw it held");
	mm_note(run, "put_mutex while another holds the mutex: waited, then %s",
		locked->object.nr_releases ? "released" :
		"saw a new reference and released nothing");
	return 0;
}

int kref_put_mutex_run(struct mm_run *run)
{
	struct kref_locked *locked = kzalloc(sizeof(*locked), GFP_KERNEL);
	int ret;

	if (!locked)
		return -ENOMEM;
	mutex_init(&locked->mutex);
	kref_check_mutex_alone(run, locked);
	ret = kref_check_mutex_busy(run, locked) ?:
	      kref_check_mutex_wait(run, locked, false) ?:
	      kref_check_mutex_wait(run, locked, true);
	kfree(locked);
	return ret;
}

static int kref_put_with_lock(struct kref_locked *locked)
{
	return kref_put_lock(&locked->object.kref, kref_lock_release,
			     &locked->lock);
}

/* Drops the lock that a last put took, which sparse did not see. */
static void kref_drop_lock(struct kref_locked *locked)
{
	__acquire(&locked->lock);
	spin_unlock(&locked->lock);
}

static void kref_drop_lock_irqrestore(struct kref_locked *locked,
				      unsigned long flags)
{
	__acquire(&locked->lock);
	spin_unlock_irqrestore(&locked->lock, flags);
}

static void kref_check_lock_alone(struct mm_run *run,
				  struct kref_locked *locked)
{
	bool kept = false;

	kref_locked_reset(locked, 2);
	locked->ret = kref_put_with_lock(locked);
	kref_expect_untouched(run, locked, 1, "put_lock, one left");
	mm_expect(run, !mm_spin_is_held(&locked->lock),
		  "put_lock, one left: expected the lock free, saw it held");

	locked->ret = kref_put_with_lock(locked);
	if (locked->ret == 1) {
		kept = mm_spin_is_held(&locked->lock);
		kref_drop_lock(locked);
	}
	kref_expect_held(run, locked, "put_lock, the last");
	mm_expect(run, kept,
		  "put_lock, the last: expected the lock held on return, saw it free");
	mm_note(run, "put_lock alone: release ran with the lock %s",
		locked->held ? "held" : "free");
}

/* What kref_put_lock() is made of, for locks that interrupts take too. */
static void kref_check_lock_irqsave(struct mm_run *run,
				    struct kref_locked *locked)
{
	refcount_t *refs = &locked->object.kref.refcount;
	bool more, last, off, kept = false;
	unsigned long flags;

	kref_locked_reset(locked, 2);
	more = refcount_dec_and_lock_irqsave(refs, &locked->lock, &flags);
	if (more)
		kref_drop_lock_irqrestore(locked, flags);
	off = irqs_disabled();
	mm_expect(run, !more && !off && !mm_spin_is_held(&locked->lock),
		  "dec_and_lock_irqsave, one left: expected nothing done, saw %d returned, interrupts %s",
		  more, off ? "off" : "on");

	last = refcount_dec_and_lock_irqsave(refs, &locked->lock, &flags);
	off = irqs_disabled();
	if (last) {
		kept = mm_spin_is_held(&locked->lock);
		kref_drop_lock_irqrestore(locked, flags);
	}
	mm_expect(run, last && kept,
		  "dec_and_lock_irqsave, the last: expected the lock held, saw %d returned",
		  last);
	mm_expect(run, off || IS_ENABLED(CONFIG_PREEMPT_RT),
		  "dec_and_lock_irqsave, the last: expected interrupts off, saw them on");
	mm_expect(run, !irqs_disabled(),
		  "dec_and_lock_irqsave, unlocked: expected interrupts on, saw them off");
}

static int kref_put_and_drop(struct kref_locked *locked)
{
	int ret = kref_put_with_lock(locked);

	if (ret == 1)
		kref_drop_lock(locked);
	return ret;
}

static int kref_put_and_drop_irqrestore(struct kref_locked *locked)
{
	struct kref *kref = &locked->object.kref;
	unsigned long flags;

	if (!refcount_dec_and_lock_irqsave(&kref->refcount, &locked->lock,
					   &flags))
		return 0;
	kref_lock_release(kref);
	kref_drop_lock_irqrestore(locked, flags);
	return 1;
}

static const struct kref_lock_put kref_lock_puts[] = {
	{
		.put = kref_put_and_drop,
		.busy = "put_lock, one left, lock held by another",
		.waited = "put_lock, the last, lock held by another",
		.revived = "put_lock, a reference taken meanwhile",
	},
	{
		.put = kref_put_and_drop_irqrestore,
		.busy = "dec_and_lock_irqsave, one left, lock held by another",
		.waited = "dec_and_lock_irqsave, the last, lock held by another",
		.revived = "dec_and_lock_irqsave, a reference taken meanwhile",
	},
};

static int kref_lock_putter(void *arg)
{
	struct kref_locked *locked = arg;

	while (!READ_ONCE(locked->go))
		cpu_relax();
	locked->cpu = raw_smp_processor_id();
	WRITE_ONCE(locked->there, true);
	locked->ret = locked->put->put(locked);
	locked->irqs_off = irqs_disabled();
	/* Only of a broken kernel. */
	if (locked->irqs_off)
		local_irq_enable();
	return 0;
}

/*
 * Holds the lock while a thread on another CPU puts, until the thread has
 * ended, has run into the lock, or time is up. That is told by no clock: the
 * thread may spin with interrupts off on the very CPU whose ticks are the time.
 */
static bool kref_hold_lock(struct kref_locked *locked, struct mm_thread *thread,
			   bool revive, unsigned int ms)
{
	unsigned int us = KREF_PATIENCE_MS * USEC_PER_MSEC;
	bool ended;

	spin_lock(&locked->lock);
	WRITE_ONCE(locked->go, true);
	while (!READ_ONCE(locked->there) && us--)
		udelay(1);
	us = ms * USEC_PER_MSEC;
	do {
		ended = mm_thread_ended(thread, 0);
		udelay(1);
	} while (!ended && !spin_is_contended(&locked->lock) && us--);
	if (revive)
		kref_get(&locked->object.kref);
	spin_unlock(&locked->lock);
	return ended;
}

/* The thread's CPU is not the caller's, so that it can run meanwhile. */
static int kref_put_beside(struct kref_locked *locked, bool revive,
			   unsigned int ms, bool *ended)
{
	struct mm_thread *thread;
	unsigned int cpu;

	migrate_disable();
	cpu = cpumask_any_but(cpu_online_mask, smp_processor_id());
	thread = mm_thread_start(kref_lock_putter, locked,
				 cpu < nr_cpu_ids ? (int)cpu : -1);
	if (thread)
		*ended = kref_hold_lock(locked, thread, revive, ms);
	migrate_enable();
	if (!thread)
		return -ENOMEM;
	mm_thread_join(thread);
	return 0;
}

static void kref_expect_irqs_on(struct mm_run *run,
				const struct kref_locked *locked,
				const char *when)
{
	mm_expect(run, !locked->irqs_off,
		  "%s: expected interrupts on after it, saw them off on CPU %d",
		  when, locked->cpu);
}

static int kref_check_lock_busy(struct mm_run *run, struct kref_locked *locked)
{
	const char *when = locked->put->busy;
	bool ended;
	int ret;

	kref_locked_reset(locked, 2);
	ret = kref_put_beside(locked, false, KREF_PATIENCE_MS, &ended);
	if (ret)
		return ret;
	mm_expect(run, ended, "%s: expected no wait, saw it wait", when);
	kref_expect_untouched(run, locked, 1, when);
	kref_expect_irqs_on(run, locked, when);
	return 0;
}

static void kref_judge_lock_wait(struct mm_run *run, struct kref_locked *locked,
				 bool revive)
{
	const char *when = revive ? locked->put->revived : locked->put->waited;

	if (revive)
		kref_expect_untouched(run, locked, 1, when);
	else
		kref_expect_held(run, locked, when);
	kref_expect_irqs_on(run, locked, when);
	mm_expect(run, !mm_spin_is_held(&locked->lock),
		  "%s: expected the lock free after it, saw it held", when);
	mm_note(run, "%s: waited, then %s", when,
		locked->object.nr_releases ? "released" :
		"saw a new reference and released nothing");
}

static int kref_check_lock_wait(struct mm_run *run, struct kref_locked *locked,
				bool revive)
{
	bool ended;
	int ret;

	kref_locked_reset(locked, 1);
	ret = kref_put_beside(locked, revive, KREF_CONTENTION_MS, &ended);
	if (ret)
		return ret;
	if (mm_expect(run, !ended, "%s: expected it to wait, saw it end",
		      locked->put->waited))
		kref_judge_lock_wait(run, locked, revive);
	return 0;
}

/* While a thread on another CPU puts, the experiment holds the lock. */
static int kref_check_lock_beside(struct mm_run *run,
				  struct kref_locked *locked)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(kref_lock_puts) && !ret; i++) {
		locked->put = &kref_lock_puts[i];
		ret = kref_check_lock_busy(run, locked) ?:
		      kref_check_lock_wait(run, locked, false) ?:
		      kref_check_lock_wait(run, locked, true);
	}
	return ret;
}

int kref_put_lock_run(struct mm_run *run)
{
	struct kref_locked *locked;
	int ret = 0;

	if (!IS_ENABLED(CONFIG_SMP) && !IS_ENABLED(CONFIG_DEBUG_SPINLOCK))
		return mm_skip(run, "a kernel for one CPU has no spinlock to be seen held");
	locked = kzalloc(sizeof(*locked), GFP_KERNEL);
	if (!locked)
		return -ENOMEM;
	spin_lock_init(&locked->lock);
	kref_check_lock_alone(run, locked);
	kref_check_lock_irqsave(run, locked);
	if (num_online_cpus() > 1)
		ret = kref_check_lock_beside(run, locked);
	else
		mm_note(run, "one CPU: nobody else could hold the lock");
	kfree(locked);
	return ret;
}
