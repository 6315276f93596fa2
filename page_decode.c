// SPDX-License-Identifier: GPL-2.0
/*
 * The file `frame`: write a PFN, read its struct page decoded. An open file
 * keeps to its own PFN; one that is opened anew begins with the last written.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "page_frame.h"

/* The longest write: a PFN in any base and the spaces around it. */
#define PAGE_WORD_MAX	64

/* No frame: the PFN before one was written. */
#define PAGE_NO_PFN	ULONG_MAX

/**
 * struct page_choice - the frame that an open file looks at
 * @pfn: the frame, or PAGE_NO_PFN
 */
struct page_choice {
	unsigned long pfn;
};

/* What was written last, for a shell that opens the file anew to read it. */
static struct page_choice page_last = { .pfn = PAGE_NO_PFN };

/**
 * struct page_decoded - a frame, and what only `frame` shows of it
 * @frame: as the census sees it
 * @own_flags: the flags word of the frame's own struct page
 * @zone: its zone
 * @nid: its node
 * @nr_mappings: page tables that map it; of a large folio, or on kernels that
 *	do not count for each page, all of the folio's
 */
struct page_decoded {
	struct page_frame frame;
	unsigned long own_flags;
	const struct zone *zone;
	int nid;
	unsigned int nr_mappings;
};

/* A page type stands where the count of mappings would, but for hugetlb's. */
static unsigned int page_count_mappings(struct page *page,
					const struct page_frame *frame)
{
	if (frame->traits & PAGE_TRAIT_TYPED &&
	    !(frame->traits & PAGE_TRAIT_HUGETLB))
		return 0;
	return mm_page_mapcount(page, frame->order);
}

static int page_decode(unsigned long pfn, struct page_decoded *d)
{
	struct page *page;
	int ret = 0;

	rcu_read_lock();
	page = pfn_to_online_page(pfn);
	if (page && mm_page_flags(page) != ULONG_MAX) {
		page_look(page, pfn, &d->frame);
		d->own_flags = mm_page_flags(page);
		d->zone = page_zone(page);
		d->nid = page_to_nid(page);
		d->nr_mappings = page_count_mappings(page, &d->frame);
	} else {
		ret = -ENXIO;
	}
	rcu_read_unlock();
	return ret;
}

static const char *page_type_name(const struct page_frame *frame)
{
	unsigned int traits = frame->traits;

	if (traits & PAGE_TRAIT_BUDDY)
		return "buddy";
	if (traits & PAGE_TRAIT_SLAB)
		return "slab";
	if (traits & PAGE_TRAIT_TABLE)
		return "table";
	if (traits & PAGE_TRAIT_OFFLINE)
		return "offline";
	if (traits & PAGE_TRAIT_HUGETLB)
		return "hugetlb";
	return traits & PAGE_TRAIT_TYPED ? "another" : "none";
}

static const char *page_owner_name(enum page_state state)
{
	static const char *const names[PAGE_NR_STATES] = {
		[PAGE_STATE_FREE] = "nobody: a free block of the buddy allocator",
		[PAGE_STATE_PCP] = "nobody: on a CPU's list of free pages",
		[PAGE_STATE_SLAB] = "a slab cache",
		[PAGE_STATE_ANON] = "processes, as anonymous memory",
		[PAGE_STATE_CACHE] = "a file, as page cache",
		[PAGE_STATE_TABLE] = "a page table",
		[PAGE_STATE_COMPOUND] = "a user of a compound block",
		[PAGE_STATE_RESERVED] = "firmware, the kernel's image, its boot data, or a hole",
		[PAGE_STATE_OFFLINE] = "a hypervisor or balloon",
		[PAGE_STATE_OTHER] = "the kernel, for what struct page does not tell",
	};

	return names[state];
}

static void page_show_section(struct seq_file *m, unsigned long pfn)
{
#ifdef CONFIG_SPARSEMEM
	seq_printf(m, "section     %lu, frames %lu to %lu\n",
		   pfn_to_section_nr(pfn), SECTION_ALIGN_DOWN(pfn),
		   SECTION_ALIGN_DOWN(pfn) + PAGES_PER_SECTION - 1);
#else
	seq_puts(m, "section     none: the memory map is flat\n");
#endif
}

static void page_show_block(struct seq_file *m, const struct page_frame *frame)
{
	seq_printf(m, "order       %u\n", frame->order);
	if (!frame->order)
		seq_puts(m, "position    alone\n");
	else if (frame->head == frame->pfn)
		seq_printf(m, "position    head of %lu frames\n",
			   1UL << frame->order);
	else
		seq_printf(m, "position    %s %lu of the block at PFN %lu\n",
			   frame->traits & PAGE_TRAIT_COMPOUND ? "tail" : "frame",
			   frame->pfn - frame->head, frame->head);
}

static void page_show_decoded(struct seq_file *m, const struct page_decoded *d)
{
	const struct page_frame *frame = &d->frame;
	enum page_state state = page_classify(frame->traits);

	seq_printf(m, "pfn         %lu\n", frame->pfn);
	seq_printf(m, "physical    %#llx, %lu bytes\n",
		   (unsigned long long)PFN_PHYS(frame->pfn), PAGE_SIZE);
	seq_printf(m, "ram         %s\n", page_is_ram(frame->pfn) ?
		   "yes" : "no: firmware's, a device's or a hole");
	seq_printf(m, "node        %d\n", d->nid);
	seq_printf(m, "zone        %s\n", d->zone->name);
	page_show_section(m, frame->pfn);
	seq_printf(m, "state       %s\n", page_state_name(state));
	seq_printf(m, "owner       %s\n", page_owner_name(state));
	seq_printf(m, "flags       %pGp\n", &d->own_flags);
	if (frame->head != frame->pfn)
		seq_printf(m, "head_flags  %pGp\n", &frame->flags);
	seq_printf(m, "type        %s\n", page_type_name(frame));
	seq_printf(m, "references  %d\n", frame->nr_references);
	seq_printf(m, "mappings    %u\n", d->nr_mappings);
	page_show_block(m, frame);
}

static int page_frame_show(struct seq_file *m, void *unused)
{
	struct page_choice *choice = m->private;
	struct page_decoded decoded;
	unsigned long pfn = READ_ONCE(choice->pfn);
	int ret;

	if (pfn == PAGE_NO_PFN) {
		seq_puts(m, "# no frame was chosen: write a PFN, then read\n");
		return 0;
	}
	ret = page_decode(pfn, &decoded);
	if (!ret)
		page_show_decoded(m, &decoded);
	return ret;
}

/**
 * page_parse_pfn - understand what was written to `frame`
 * @text: one number, decimal, 0x hexadecimal or 0 octal; spaces around it are
 *	cut off
 * @pfn: the frame that it names
 *
 * Return: 0, or -EINVAL with the word logged.
 */
int page_parse_pfn(char *text, unsigned long *pfn)
{
	char *word = strim(text);

	if (!kstrtoul(word, 0, pfn))
		return 0;
	pr_err("frame: \"%*pE\" is no PFN\n", (int)strlen(word), word);
	return -EINVAL;
}
EXPORT_SYMBOL_MM_LAB(page_parse_pfn);

/* Keeps a frame that exists. */
static int page_choose(struct page_choice *choice, unsigned long pfn)
{
	struct page_decoded decoded;
	int ret = page_decode(pfn, &decoded);

	if (ret == -ENXIO)
		pr_err("frame: there is no frame %lu online\n", pfn);
	if (ret)
		return ret;
	WRITE_ONCE(choice->pfn, pfn);
	WRITE_ONCE(page_last.pfn, pfn);
	return 0;
}

static ssize_t page_frame_write(struct file *file, const char __user *from,
				size_t count, loff_t *ppos)
{
	struct seq_file *m = file->private_data;
	unsigned long pfn;
	char *text;
	int ret;

	if (count > PAGE_WORD_MAX) {
		pr_err("frame: %zu bytes written, %u at most\n", count,
		       PAGE_WORD_MAX);
		return -E2BIG;
	}
	text = memdup_user_nul(from, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (memchr(text, '\0', count)) {
		pr_err("frame: a NUL byte was written\n");
		ret = -EINVAL;
	} else {
		ret = page_parse_pfn(text, &pfn) ?:
		      page_choose(m->private, pfn);
	}
	kfree(text);
	if (ret)
		return ret;
	/* The next read shows the frame from the beginning. */
	*ppos = 0;
	return count;
}

static int page_frame_open(struct inode *inode, struct file *file)
{
	struct page_choice *choice = kzalloc(sizeof(*choice), GFP_KERNEL);
	int ret;

	if (!choice)
		return -ENOMEM;
	/* From here on, what others write does not disturb this file. */
	choice->pfn = READ_ONCE(page_last.pfn);
	ret = single_open(file, page_frame_show, choice);
	if (ret)
		kfree(choice);
	return ret;
}

static int page_frame_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kfree(m->private);
	return single_release(inode, file);
}

const struct file_operations page_frame_fops = {
	.owner = THIS_MODULE,
	.open = page_frame_open,
	.read = seq_read,
	.write = page_frame_write,
	.llseek = seq_lseek,
	.release = page_frame_release,
};
