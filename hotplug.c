// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that comes and goes: its struct pages stay readable while they are
 * read, and an observation can tell that it was made while some moved.
 *
 * The lock of the kernel's own, get_online_mems(), is exported to no module.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/limits.h>
#include <linux/memory.h>
#include <linux/rcupdate.h>

#include "mm_lab.h"

/* A block of memory is emptied in less, or is given up by whoever asked. */
#define MM_HOTPLUG_WAIT_MS	1000
#define MM_HOTPLUG_STEP_MS	10

/* Events so far; the memory notifiers come one at a time. */
static atomic_t mm_hotplug_events = ATOMIC_INIT(0);
static atomic_t mm_hotplug_under_way = ATOMIC_INIT(0);

static int mm_hotplug_notify(struct notifier_block *nb, unsigned long action,
			     void *data)
{
	switch (action) {
	case MEM_GOING_ONLINE:
	case MEM_GOING_OFFLINE:
		atomic_set(&mm_hotplug_under_way, 1);
		break;
	case MEM_OFFLINE:
		/* Whoever found it online has left its struct pages then. */
		synchronize_rcu();
		fallthrough;
	case MEM_ONLINE:
	case MEM_CANCEL_ONLINE:
	case MEM_CANCEL_OFFLINE:
		atomic_set(&mm_hotplug_under_way, 0);
		break;
	default:
		return NOTIFY_OK;
	}
	atomic_inc(&mm_hotplug_events);
	return NOTIFY_OK;
}

static struct notifier_block mm_hotplug_block = {
	.notifier_call = mm_hotplug_notify,
	/* Before SLUB's, which takes long while the block is isolated already. */
	.priority = INT_MAX,
};

/**
 * mm_hotplug_init - begin to take notice
 *
 * From then on the struct page that pfn_to_online_page() gave may be read up
 * to the end of the same rcu_read_lock() section: memory that goes offline
 * waits for it before its struct pages go.
 *
 * Context: process context; may sleep. Undone by mm_hotplug_exit().
 * Return: 0 or a negative errno.
 */
int mm_hotplug_init(void)
{
	return register_memory_notifier(&mm_hotplug_block);
}

/**
 * mm_hotplug_exit - end what mm_hotplug_init() began
 *
 * Context: process context; may sleep.
 */
void mm_hotplug_exit(void)
{
	unregister_memory_notifier(&mm_hotplug_block);
}

/**
 * mm_hotplug_begin - begin to observe what memory there is
 *
 * Waits a while for what is under way.
 *
 * Context: process context; may sleep.
 * Return: for mm_hotplug_disturbed().
 */
int mm_hotplug_begin(void)
{
	unsigned int ms;

	for (ms = 0; ms < MM_HOTPLUG_WAIT_MS; ms += MM_HOTPLUG_STEP_MS) {
		if (!atomic_read(&mm_hotplug_under_way))
			break;
		msleep(MM_HOTPLUG_STEP_MS);
	}
	return atomic_read(&mm_hotplug_events);
}

/**
 * mm_hotplug_disturbed - whether memory came or went during an observation
 * @begin: of mm_hotplug_begin()
 *
 * Context: any.
 * Return: true where some did, or is about to: what was seen may be half of
 * one state and half of another.
 */
bool mm_hotplug_disturbed(int begin)
{
	return atomic_read(&mm_hotplug_under_way) ||
	       atomic_read(&mm_hotplug_events) != begin;
}
