// SPDX-License-Identifier: GPL-2.0
/*
 * mm_lab: a laboratory for Linux memory management.
 *
 * The module's entry: the table of probes, the debugfs tree made from it, and
 * the runs that were asked for at load.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "experiment.h"

static char *run;
module_param(run, charp, 0444);
MODULE_PARM_DESC(run, "probes whose experiments run at load: a comma-separated list of buddy, slab, mempool, kref, zone, page, or all (default none)");

struct mm_room;

/* One of the files that every probe's folder has. */
struct mm_room_file {
	struct mm_file file;
	struct mm_room *room;
};

#define MM_ROOM_FILES	3

/* A probe, and what it last reported. */
struct mm_room {
	const struct mm_probe *probe;
	struct mutex lock;	/* protects @report */
	struct mm_log *report;
	struct mm_room_file files[MM_ROOM_FILES];
};

static struct mm_room mm_rooms[] = {
	{ .probe = &buddy_probe },
	{ .probe = &slab_probe },
	{ .probe = &mempool_probe },
	{ .probe = &kref_probe },
	{ .probe = &zone_probe },
	{ .probe = &page_probe },
};

static struct dentry *mm_root;

static void mm_room_publish(struct mm_room *room, struct mm_log *report)
{
	struct mm_log *old;

	mutex_lock(&room->lock);
	old = room->report;
	room->report = report;
	mutex_unlock(&room->lock);
	mm_log_free(old);
}

/*
 * The buffer that holds any report is much larger than most reports. It is
 * kept as it is where memory for a copy ran out.
 */
static struct mm_log *mm_log_shrink(struct mm_log *log)
{
	struct mm_log *copy = mm_log_new(log->len + 1);

	if (!copy)
		return log;
	memcpy(copy->text, log->text, log->len);
	copy->len = log->len;
	mm_log_free(log);
	return copy;
}

/* Called with the run lock held. */
static int mm_room_run(struct mm_room *room, const struct mm_request *request)
{
	struct mm_log *report = mm_log_new(mm_ktap_size(room->probe));
	int ret;

	if (!report)
		return -ENOMEM;
	ret = mm_run_probe(room->probe, request, report);
	if (!report->len) {
		mm_log_free(report);
		return ret;
	}
	mm_room_publish(room, mm_log_shrink(report));
	return ret;
}

static struct mm_room *mm_room_of(const struct mm_file *file)
{
	return container_of(file, struct mm_room_file, file)->room;
}

static ssize_t mm_run_write(struct file *file, const char __user *from,
			    size_t count, loff_t *ppos)
{
	struct mm_room *room = mm_room_of(file_inode(file)->i_private);
	struct mm_request request;
	char *text;
	int ret;

	if (count > MM_RUN_MAX) {
		pr_err("%s: %zu bytes written to run, %u at most\n",
		       room->probe->name, count, MM_RUN_MAX);
		return -E2BIG;
	}
	text = memdup_user_nul(from, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (memchr(text, '\0', count)) {
		pr_err("%s: a NUL byte was written to run\n",
		       room->probe->name);
		ret = -EINVAL;
		goto out_free;
	}
	ret = mm_request_parse(room->probe, text, &request);
	if (ret)
		goto out_free;
	if (!mm_run_trylock()) {
		ret = -EBUSY;
		goto out_free;
	}
	ret = mm_room_run(room, &request);
	mm_run_unlock();
out_free:
	kfree(text);
	return ret ?: count;
}

static const struct file_operations mm_run_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.write = mm_run_write,
};

static int experiments_show(struct seq_file *m, void *unused)
{
	const struct mm_probe *probe = mm_room_of(m->private)->probe;
	unsigned int i;

	for (i = 0; i < probe->nr_experiments; i++)
		seq_printf(m, "%s\t%s\n", probe->experiments[i].name,
			   probe->experiments[i].claim);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(experiments);

static int result_show(struct seq_file *m, void *unused)
{
	struct mm_room *room = mm_room_of(m->private);

	mutex_lock(&room->lock);
	if (room->report)
		seq_write(m, room->report->text, room->report->len);
	else
		seq_puts(m, "KTAP version 1\n1..0 # SKIP nothing was run yet\n");
	mutex_unlock(&room->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

static const struct mm_file mm_room_files[MM_ROOM_FILES] = {
	{ .name = "experiments", .mode = 0400, .fops = &experiments_fops },
	{ .name = "run", .mode = 0600, .fops = &mm_run_fops },
	{ .name = "result", .mode = 0400, .fops = &result_fops },
};

/*
 * Holds the module while a file is open. Left to debugfs, this warns where it
 * meets rmmod half-way: the last reference is gone a moment before the module's
 * state says so. From here on the VFS keeps the reference, and drops it when
 * the code of the module is no longer needed.
 */
static int mm_file_open(struct inode *inode, struct file *file)
{
	const struct mm_file *what = inode->i_private;
	const struct file_operations *fops = fops_get(what->fops);

	if (!fops)
		return -ENXIO;
	replace_fops(file, fops);
	return fops->open(inode, file);
}

/* No owner, see mm_file_open(). */
static const struct file_operations mm_file_fops = {
	.open = mm_file_open,
};

/* debugfs need not guard an open file from its removal: the module stays. */
static void mm_file_create(struct dentry *dir, const struct mm_file *file)
{
	debugfs_create_file_unsafe(file->name, file->mode, dir, (void *)file,
				   &mm_file_fops);
}

static void mm_room_create_files(struct mm_room *room)
{
	const struct mm_file *file = room->probe->files;
	struct dentry *dir = debugfs_create_dir(room->probe->name, mm_root);
	unsigned int i;

	for (i = 0; i < MM_ROOM_FILES; i++) {
		room->files[i].file = mm_room_files[i];
		room->files[i].room = room;
		mm_file_create(dir, &room->files[i].file);
	}
	for (; file && file->name; file++)
		mm_file_create(mm_root, file);
}

static int mm_root_create(void)
{
	mm_root = debugfs_create_dir("mm_lab", NULL);
	if (IS_ERR(mm_root)) {
		/* Without its files it still can run at load. */
		if (PTR_ERR(mm_root) != -ENODEV)
			return PTR_ERR(mm_root);
		pr_info("debugfs is off: no files\n");
		return 0;
	}
	inode_lock(d_inode(mm_root));
	d_inode(mm_root)->i_mode = S_IFDIR | 0700;
	inode_unlock(d_inode(mm_root));
	return 0;
}

static struct mm_room *mm_find_room(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mm_rooms); i++)
		if (!strcmp(mm_rooms[i].probe->name, name))
			return &mm_rooms[i];
	return NULL;
}

static int mm_run_at_load(struct mm_room *room)
{
	struct mm_request request;
	int ret;

	mm_request_init(&request);
	mm_run_lock();
	ret = mm_room_run(room, &request);
	mm_run_unlock();
	if (ret)
		pr_err("%s: could not be run whole: error %d\n",
		       room->probe->name, ret);
	return ret;
}

static int mm_run_all_at_load(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(mm_rooms) && !ret; i++)
		ret = mm_run_at_load(&mm_rooms[i]);
	return ret;
}

typedef int (*mm_room_fn)(struct mm_room *room);

/* Calls @fn for each probe of the list in the parameter `run`. */
static int mm_visit_named(mm_room_fn fn)
{
	char *list = kstrdup(run, GFP_KERNEL);
	char *rest = list;
	char *name;
	int ret = 0;

	if (!list)
		return -ENOMEM;
	while (!ret && (name = strsep(&rest, ","))) {
		struct mm_room *room = mm_find_room(name);

		ret = room ? fn(room) : -EINVAL;
		if (!room)
			pr_err("run=: there is no probe \"%*pE\"\n",
			       (int)strlen(name), name);
	}
	kfree(list);
	return ret;
}

static int mm_room_exists(struct mm_room *room)
{
	return 0;
}

static bool mm_wants_all(void)
{
	return !strcmp(run, "all");
}

static int mm_settings_check_run(void)
{
	if (!run || mm_wants_all())
		return 0;
	return mm_visit_named(mm_room_exists);
}

static int mm_run_wanted(void)
{
	if (!run)
		return 0;
	return mm_wants_all() ? mm_run_all_at_load() :
				mm_visit_named(mm_run_at_load);
}

static void mm_cleanup(void)
{
	unsigned int i;

	debugfs_remove_recursive(mm_root);
	for (i = 0; i < ARRAY_SIZE(mm_rooms); i++)
		mm_room_publish(&mm_rooms[i], NULL);
	mm_hotplug_exit();
}

static int __init mm_lab_init(void)
{
	unsigned int i;
	int ret;

	ret = mm_settings_check() ?: mm_settings_check_run();
	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(mm_rooms); i++)
		mutex_init(&mm_rooms[i].lock);
	ret = mm_hotplug_init();
	if (ret)
		return ret;
	ret = mm_root_create();
	if (ret) {
		mm_hotplug_exit();
		return ret;
	}

	/* A signal ends the load; what failed otherwise is in `result`. */
	ret = mm_run_wanted();
	if (ret == -EINTR) {
		mm_cleanup();
		return ret;
	}

	/* Last: a module whose load fails is freed under who has it open. */
	for (i = 0; i < ARRAY_SIZE(mm_rooms); i++)
		mm_room_create_files(&mm_rooms[i]);
	return 0;
}

static void __exit mm_lab_exit(void)
{
	mm_cleanup();
}

module_init(mm_lab_init);
module_exit(mm_lab_exit);

MODULE_DESCRIPTION("A laboratory for Linux memory management");
MODULE_VERSION("0.3");
MODULE_LICENSE("GPL");
