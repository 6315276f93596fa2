// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a frame: one frame led through the hands of the page allocator,
 * a slab cache and a file, and looked at in each.
 *
 * What a CPU freed last it gets next, so a frame that is given back goes to the
 * one who asks next on the same CPU, for the same kind of memory.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "mm_lab.h"
#include "page_frame.h"

/* A block that no per-CPU list keeps: a free one is on the buddy lists. */
#define PAGE_LIFE_ORDER		5
#define PAGE_LIFE_PAGES		BIT(PAGE_LIFE_ORDER)
/* Blocks taken in search of the one that was just given back. */
#define PAGE_LIFE_BLOCKS	16
/*
 * Small enough that a slab of any configuration is one page. On SLOB, where
 * objects share pages, so large that it fits into nobody's.
 */
#define PAGE_LIFE_OBJECT	\
	(IS_ENABLED(CONFIG_SLOB) ? PAGE_SIZE - sizeof(long) : 64)
#define PAGE_LIFE_STEPS		12

#define PAGE_LIFE_GFP		(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

/**
 * struct page_step - one look at the frame
 * @when: what happened to it last
 * @expected: the states that this leaves it in, a bit for each
 * @state: the one that it was seen in
 * @nr_references: to it
 */
struct page_step {
	const char *when;
	unsigned int expected;
	enum page_state state;
	int nr_references;
};

/**
 * struct page_life - a frame and who has a part in its life
 * @run: the run
 * @cache: whose slabs are single pages
 * @file: in memory
 * @pages: of the block that the frame began in, those that are held
 * @page: the frame's struct page
 * @pfn: the frame
 * @steps: the looks at it, of this try
 * @nr_steps: how many
 * @missed: who was to get the frame in this try and got another, or NULL
 */
struct page_life {
	struct mm_run *run;
	struct kmem_cache *cache;
	struct file *file;
	struct page *pages[PAGE_LIFE_PAGES];
	struct page *page;
	unsigned long pfn;
	struct page_step steps[PAGE_LIFE_STEPS];
	unsigned int nr_steps;
	const char *missed;
};

#define PAGE_LIFE_UNUSED	(BIT(PAGE_STATE_FREE) | BIT(PAGE_STATE_PCP))

/* Returns whether the frame was seen in one of the states that it should. */
static bool page_life_look(struct page_life *life, const char *when,
			   unsigned int expected)
{
	struct page_step *step = &life->steps[life->nr_steps++];
	struct page_frame frame;

	page_look(life->page, life->pfn, &frame);
	*step = (struct page_step){
		.when = when,
		.expected = expected,
		.state = page_classify(frame.traits),
		.nr_references = frame.nr_references,
	};
	return expected & BIT(step->state);
}

/* Whether it is the frame that came to the one who asked. */
static bool page_life_got(struct page_life *life, struct page *page,
			  const char *who)
{
	if (page_to_pfn(page) == life->pfn)
		return true;
	life->missed = who;
	return false;
}

/* Finds the block that begins with the frame among the next free ones. */
static struct page *page_life_find(struct page_life *life)
{
	struct page *blocks[PAGE_LIFE_BLOCKS];
	struct page *found = NULL;
	unsigned int n;

	for (n = 0; n < PAGE_LIFE_BLOCKS && !found; n++) {
		blocks[n] = mm_alloc_pages(life->run, GFP_KERNEL,
					   PAGE_LIFE_ORDER);
		if (!blocks[n])
			break;
		if (page_to_pfn(blocks[n]) == life->pfn)
			found = blocks[n];
	}
	while (n--)
		if (blocks[n] != found)
			mm_free_pages(life->run, blocks[n], PAGE_LIFE_ORDER);
	return found;
}

/* Free in the buddy allocator, and allocated again. */
static int page_life_begin(struct page_life *life)
{
	unsigned int i;

	life->page = mm_alloc_pages(life->run, GFP_KERNEL, PAGE_LIFE_ORDER);
	if (!life->page)
		return -ENOMEM;
	life->pfn = page_to_pfn(life->page);
	mm_free_pages(life->run, life->page, PAGE_LIFE_ORDER);
	if (!page_life_look(life, "its block was given to the buddy allocator",
			    BIT(PAGE_STATE_FREE)))
		return 0;
	life->page = page_life_find(life);
	if (!life->page) {
		life->page = pfn_to_page(life->pfn);
		life->missed = "who asked for a block";
		return 0;
	}
	split_page(life->page, PAGE_LIFE_ORDER);
	for (i = 0; i < PAGE_LIFE_PAGES; i++)
		life->pages[i] = life->page + i;
	return page_life_look(life, "its block was allocated and split",
			      BIT(PAGE_STATE_OTHER));
}

static bool page_life_free(struct page_life *life)
{
	life->pages[0] = NULL;
	mm_free_pages(life->run, life->page, 0);
	return page_life_look(life, "it was freed", PAGE_LIFE_UNUSED);
}

/* Part of a slab. A slab of several pages cannot be made of this frame. */
static int page_life_slab(struct page_life *life)
{
	void *object = kmem_cache_alloc(life->cache, PAGE_LIFE_GFP);
	struct page *page;
	bool seen;

	if (!object)
		return -ENOMEM;
	page = virt_to_page(object);
	seen = page_life_got(life, page, "the slab cache") &&
	       page_life_look(life, "a cache made a slab of it",
			      BIT(PAGE_STATE_SLAB));
	kmem_cache_free(life->cache, object);
	kmem_cache_shrink(life->cache);
	return seen && page_life_look(life, "the cache gave its empty slab back",
				      PAGE_LIFE_UNUSED);
}

static int page_life_file(struct page_life *life)
{
	struct page *page;
	bool seen;

	page = shmem_read_mapping_page_gfp(life->file->f_mapping, 0,
					   PAGE_LIFE_GFP);
	if (IS_ERR(page))
		return PTR_ERR(page);
	seen = page_life_got(life, page, "the file") &&
	       page_life_look(life, "a file in memory keeps its first page in it",
			      BIT(PAGE_STATE_CACHE));
	put_page(page);
	shmem_truncate_range(file_inode(life->file), 0, (loff_t)-1);
	return seen && page_life_look(life, "the file was cut to nothing",
				      PAGE_LIFE_UNUSED);
}

static int page_life_again(struct page_life *life)
{
	struct page *page = mm_alloc_pages(life->run, GFP_KERNEL, 0);
	bool seen;

	if (!page)
		return -ENOMEM;
	seen = page_life_got(life, page, "who asked for a page") &&
	       page_life_look(life, "it was allocated by itself",
			      BIT(PAGE_STATE_OTHER));
	mm_free_pages(life->run, page, 0);
	return seen && page_life_look(life, "it was freed",
				      PAGE_LIFE_UNUSED);
}

static int page_life_stages(struct page_life *life)
{
	static int (*const stages[])(struct page_life *life) = {
		page_life_slab, page_life_file, page_life_again,
	};
	unsigned int i;
	int seen;

	seen = page_life_begin(life);
	if (seen <= 0)
		return seen;
	if (!page_life_free(life))
		return 0;
	for (i = 0; i < ARRAY_SIZE(stages) && seen > 0; i++)
		seen = stages[i](life);
	return seen;
}

static void page_life_end(struct page_life *life)
{
	unsigned int i;

	for (i = 0; i < PAGE_LIFE_PAGES; i++)
		mm_free_pages(life->run, life->pages[i], 0);
}

/* Returns 1 when the whole life was seen, 0 when others took part, or -errno. */
static int page_life_try(struct page_life *life)
{
	int seen;

	memset(life->pages, 0, sizeof(life->pages));
	life->nr_steps = 0;
	life->missed = NULL;
	migrate_disable();
	seen = page_life_stages(life);
	page_life_end(life);
	migrate_enable();
	return seen;
}

static void page_life_judge(struct page_life *life)
{
	struct mm_run *run = life->run;
	unsigned int i;

	for (i = 0; i < life->nr_steps; i++) {
		const struct page_step *step = &life->steps[i];

		mm_note(run, "PFN %lu: %s: %s, %d references", life->pfn,
			step->when, page_state_name(step->state),
			step->nr_references);
		mm_expect(run, step->expected & BIT(step->state),
			  "PFN %lu, when %s: expected %s, saw %s", life->pfn,
			  step->when,
			  step->expected & BIT(PAGE_STATE_PCP) ? "it free" :
			  page_state_name(__ffs(step->expected)),
			  page_state_name(step->state));
		if (step->expected == BIT(PAGE_STATE_OTHER))
			mm_expect(run, step->nr_references == 1,
				  "PFN %lu, when %s: expected 1 reference, saw %d",
				  life->pfn, step->when, step->nr_references);
		if (step->expected == BIT(PAGE_STATE_CACHE))
			mm_expect(run, step->nr_references >= 2,
				  "PFN %lu, when %s: expected the file's reference and the reader's, saw %d",
				  life->pfn, step->when, step->nr_references);
	}
	mm_expect(run, !life->missed,
		  "PFN %lu: expected it to come to %s, saw another frame come",
		  life->pfn, life->missed);
}

/*
 * Anonymous memory is asked for as movable and lies apart from the kernel's,
 * so it is another frame that is shown there.
 */
static int page_life_anon(struct mm_run *run)
{
	struct page_frame frame;
	unsigned long address;
	struct page *page;
	int ret;

	if (!current->mm) {
		mm_note(run, "this thread has no memory of its own: anonymous memory is not shown");
		return 0;
	}
	address = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(address))
		return address;
	ret = get_user_pages_fast(address, 1, FOLL_WRITE, &page);
	if (ret == 1) {
		page_look(page, page_to_pfn(page), &frame);
		mm_note(run, "PFN %lu: a process wrote to fresh memory: %s, %d references",
			frame.pfn, page_state_name(page_classify(frame.traits)),
			frame.nr_references);
		mm_expect(run, page_classify(frame.traits) == PAGE_STATE_ANON,
			  "PFN %lu, when a process wrote to fresh memory: expected anon, saw %s",
			  frame.pfn,
			  page_state_name(page_classify(frame.traits)));
		put_page(page);
	}
	vm_munmap(address, PAGE_SIZE);
	return ret < 0 ? ret : 0;
}

static int page_life_run(struct page_life *life)
{
	unsigned int tries = 0;
	int seen;

	do {
		seen = page_life_try(life);
	} while (!seen && mm_try_again(life->run, &tries));
	if (seen < 0)
		return seen;
	page_life_judge(life);
	return mm_yield() ?: page_life_anon(life->run);
}

/**
 * page_life_of_a_frame - the experiment
 * @run: its run
 *
 * Context: process context; may sleep.
 * Return: 0, or a negative errno when it could not look.
 */
int page_life_of_a_frame(struct mm_run *run)
{
	struct page_life *life = kzalloc(sizeof(*life), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!life)
		return -ENOMEM;
	life->run = run;
	life->cache = kmem_cache_create("mm_lab_page_life", PAGE_LIFE_OBJECT, 0,
					MM_SLAB_NO_MERGE, NULL);
	if (!life->cache)
		goto out_free;
	life->file = mm_shmem_file("mm_lab", PAGE_SIZE);
	if (IS_ERR(life->file)) {
		ret = PTR_ERR(life->file);
		goto out_destroy;
	}
	ret = page_life_run(life);
	fput(life->file);
out_destroy:
	kmem_cache_destroy(life->cache);
out_free:
	kfree(life);
	return ret;
}
