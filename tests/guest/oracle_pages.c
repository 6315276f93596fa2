// SPDX-License-Identifier: GPL-2.0
/*
 * Compares the file `pages` with what /proc/kpageflags, zoneinfo and buddyinfo
 * say, to the frame, and the file `frame` with kpageflags and kpagecount. In
 * several states of memory all are read into buffers that are there already,
 * until they are the same before and after. Prints KTAP.
 *
 * kpageflags does not tell a page on a CPU's free list from one that is in use
 * as nothing in particular: their sum is taken from there, and the former's
 * number from zoneinfo. On newer kernels (7.2, 7.3) it does not tell a hole from
 * a frame without flags either: /sys/devices/system/memory says there which
 * memory is online. That each figure counts is shown by adding one to each in
 * turn.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LAB		"/sys/kernel/debug/mm_lab/"
#define BLOCKS		"/sys/devices/system/memory/"
#define BLOCKS_MAX	4096
#define TEXT_MAX	(64 * 1024)
#define ZONES_MAX	32
#define ORDERS_MAX	32
/* How often a guest may be found at work before it is given up. */
#define TRIES_MAX	300
/* How often it may be found quiet, and not to agree. */
#define QUIET_MAX	10
/* Frames between two that `frame` is asked for. */
#define FRAME_STEP	41
/* Frames that are not there that it is asked for. */
#define HOLES_MAX	5
#define MIB		(1024 * 1024L)

enum {
	FREE, PCP, SLAB, ANON, CACHE, TABLE, COMPOUND, RESERVED, OFFLINE, OTHER,
	NR_STATES
};

static const char *const state_names[NR_STATES] = {
	"free", "pcp", "slab", "anon", "cache", "table", "compound",
	"reserved", "offline", "other",
};

/* The numbers of one zone; all of them long, so that each can be spoilt. */
struct count {
	long frames;
	long state[NR_STATES];
	long absent;
	long foreign;
	long blocks[ORDERS_MAX];
};

struct zone {
	int node;
	char name[16];
	unsigned long start;
	unsigned long spanned;
	long on_lists;
	struct count ours;
	struct count theirs;
};

enum { OURS, ZONEINFO, BUDDYINFO, NR_FILES };

static const char *const paths[NR_FILES] = {
	LAB "pages", "/proc/zoneinfo", "/proc/buddyinfo",
};

static struct zone zones[ZONES_MAX];
static int nr_zones;
static struct count total;
static char before[NR_FILES][TEXT_MAX], after[NR_FILES][TEXT_MAX];
static int fds[NR_FILES], flags_fd, count_fd;
static __u64 flags_of[4096];
/* Frames of a memory block; 0 where the kernel shows no blocks. */
static unsigned long block_frames;
static unsigned char block_online[BLOCKS_MAX];
static int nr_results;

static int verdict(int ok, const char *name, const char *what)
{
	printf("    %s %d %s_%s\n", ok ? "ok" : "not ok", ++nr_results, name,
	       what);
	return !ok;
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int open_file(const char *path, int mode)
{
	int fd = open(path, mode);

	if (fd < 0)
		die(path);
	return fd;
}

/* An open file keeps its buffer in the kernel: no read allocates a second. */
static void read_text(int fd, char *text)
{
	ssize_t n, len = 0;

	while ((n = pread(fd, text + len, TEXT_MAX - 1 - len, len)) > 0)
		len += n;
	if (n < 0)
		die("read");
	text[len] = '\0';
}

static struct zone *find_zone(int node, const char *name)
{
	int i;

	for (i = 0; i < nr_zones; i++)
		if (zones[i].node == node && !strcmp(zones[i].name, name))
			return &zones[i];
	return NULL;
}

/* Zones without frames are in zoneinfo too; `pages` leaves them out. */
static void parse_zoneinfo(char *text)
{
	struct zone *z = zones;
	unsigned long n;
	char *line;

	memset(zones, 0, sizeof(zones));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		int node;
		char name[16];

		if (sscanf(line, "Node %d, zone %15s", &node, name) == 2) {
			/* The one before was empty: use its place again. */
			if (z->node >= 0 && z->spanned)
				z++;
			memset(z, 0, sizeof(*z));
			z->node = node;
			memcpy(z->name, name, sizeof(name));
		} else if (sscanf(line, " spanned %lu", &n) == 1) {
			z->spanned = n;
		} else if (sscanf(line, " count: %lu", &n) == 1) {
			z->on_lists += n;
		} else if (sscanf(line, " start_pfn: %lu", &n) == 1) {
			z->start = n;
		}
	}
	nr_zones = z - zones + !!z->spanned;
}

static void parse_buddyinfo(char *text)
{
	char *line;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		int node, at, n, order = 0;
		struct zone *z;
		char name[16];

		if (sscanf(line, "Node %d, zone %15s%n", &node, name, &at) != 2)
			continue;
		z = find_zone(node, name);
		for (; z && order < ORDERS_MAX; at += n)
			if (sscanf(line + at, "%ld%n",
				   &z->theirs.blocks[order++], &n) != 1)
				break;
	}
}

static void parse_numbers(const char *text, long *to, int nr_max)
{
	int i, n;

	for (i = 0; i < nr_max; i++, text += n)
		if (sscanf(text, "%ld%n", &to[i], &n) != 1)
			return;
}

/* Returns whether every zone of zoneinfo had its lines. */
static int parse_ours(char *text)
{
	int in_states = 0, nr_lines = 0;
	char *line;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		struct count *c;
		struct zone *z;
		char name[16];
		int node, at;

		if (!strncmp(line, "# node", 6))
			in_states = !!strstr(line, "frames");
		if (sscanf(line, " all all%n", &at) == 0 &&
		    strstr(line, "   all     all")) {
			parse_numbers(strstr(line, "all     all") + 11,
				      (long *)&total, NR_STATES + 3);
			continue;
		}
		if (sscanf(line, "%d %15s%n", &node, name, &at) != 2)
			continue;
		z = find_zone(node, name);
		if (!z)
			continue;
		c = &z->ours;
		nr_lines++;
		if (in_states)
			parse_numbers(line + at, (long *)c, NR_STATES + 3);
		else
			parse_numbers(line + at, c->blocks, ORDERS_MAX);
	}
	return nr_lines == 2 * nr_zones;
}

#define KPF(flag)	(1ULL << KPF_##flag)

/* The state of a frame by kpageflags; OTHER may be PCP as well. */
static int state_by_flags(__u64 f)
{
	if (f & KPF(BUDDY))
		return FREE;
	if (f & KPF(OFFLINE))
		return OFFLINE;
	if (f & 1ULL << 32)	/* KPF_RESERVED, of the kernel's own flags */
		return RESERVED;
	if (f & KPF(SLAB))
		return SLAB;
	if (f & KPF(PGTABLE))
		return TABLE;
	if (f & KPF(HUGE))
		return COMPOUND;
	if (f & KPF(ANON))
		return ANON;
	if (f & (KPF(LRU) | KPF(UPTODATE)))
		return CACHE;
	return f & (KPF(COMPOUND_HEAD) | KPF(COMPOUND_TAIL)) ? COMPOUND : OTHER;
}

static void read_u64(int fd, __u64 *to, unsigned long pfn, unsigned long nr)
{
	memset(to, 0, nr * sizeof(*to));
	if (pread(fd, to, nr * sizeof(*to), pfn * sizeof(*to)) < 0)
		die("kpage");
}

/* What a file begins with, by one format; returns whether it could be read. */
static int scan_file(const char *path, const char *format, void *to)
{
	FILE *file = fopen(path, "r");
	int n = file ? fscanf(file, format, to) : 0;

	if (file)
		fclose(file);
	return n == 1;
}

static void read_blocks(void)
{
	DIR *dir = opendir(BLOCKS);
	struct dirent *entry;
	unsigned long bytes;
	unsigned int block;
	char path[300], state[16];

	if (!dir)
		return;
	if (scan_file(BLOCKS "block_size_bytes", "%lx", &bytes))
		block_frames = bytes / getpagesize();
	while ((entry = readdir(dir))) {
		if (sscanf(entry->d_name, "memory%u", &block) != 1 ||
		    block >= BLOCKS_MAX)
			continue;
		snprintf(path, sizeof(path), BLOCKS "%s/state", entry->d_name);
		block_online[block] = scan_file(path, "%15s", state) &&
				      !strcmp(state, "online");
	}
	closedir(dir);
}

/* Whether there is no frame that kpageflags could have said @f of. */
static int is_hole(unsigned long pfn, __u64 f)
{
	unsigned long block;

	if (f || !block_frames)
		return !!(f & KPF(NOPAGE));
	block = pfn / block_frames;
	return block >= BLOCKS_MAX || !block_online[block];
}

static void count_zone(struct zone *z)
{
	unsigned long pfn, i, nr, end = z->start + z->spanned;
	__u64 head = 0;

	for (pfn = z->start; pfn < end; pfn += nr) {
		nr = end - pfn < 4096 ? end - pfn : 4096;
		read_u64(flags_fd, flags_of, pfn, nr);
		for (i = 0; i < nr; i++) {
			__u64 f = flags_of[i];

			if (is_hole(pfn + i, f)) {
				z->theirs.absent++;
				continue;
			}
			/* Up to 6.x a tail does not show its head's flags. */
			if (f & KPF(COMPOUND_TAIL))
				f |= head;
			else
				head = f & ~KPF(COMPOUND_HEAD);
			z->theirs.frames++;
			z->theirs.state[state_by_flags(f)]++;
		}
	}
}

/* Returns whether nothing moved from the first look to the last. */
static int look_quietly(void)
{
	int i;

	for (i = 0; i < NR_FILES; i++)
		read_text(fds[i], before[i]);
	memcpy(after[ZONEINFO], before[ZONEINFO], TEXT_MAX);
	parse_zoneinfo(after[ZONEINFO]);
	for (i = 0; i < nr_zones; i++)
		count_zone(&zones[i]);
	read_text(fds[OURS], after[OURS]);
	read_text(fds[BUDDYINFO], after[BUDDYINFO]);
	return !strcmp(before[OURS], after[OURS]) &&
	       !strcmp(before[BUDDYINFO], after[BUDDYINFO]);
}

static int differs(const char *where, const char *what, long ours, long theirs,
		   int quiet)
{
	if (ours == theirs)
		return 0;
	if (!quiet)
		printf("    # zone %s, %s: %ld in pages, %ld elsewhere\n",
		       where, what, ours, theirs);
	return 1;
}

static int compare_zone(const struct zone *z, int quiet)
{
	const struct count *a = &z->ours, *b = &z->theirs;
	char order[16];
	int i, bad = 0;

	bad += differs(z->name, "frames", a->frames, b->frames, quiet);
	bad += differs(z->name, "absent", a->absent, b->absent, quiet);
	bad += differs(z->name, "foreign", a->foreign, 0, quiet);
	for (i = 0; i < NR_STATES; i++)
		if (i != PCP && i != OTHER)
			bad += differs(z->name, state_names[i], a->state[i],
				       b->state[i], quiet);
	bad += differs(z->name, "pcp", a->state[PCP], z->on_lists, quiet);
	bad += differs(z->name, "other", a->state[OTHER],
		       b->state[OTHER] - z->on_lists, quiet);
	for (i = 0; i < ORDERS_MAX; i++) {
		snprintf(order, sizeof(order), "order %d", i);
		bad += differs(z->name, order, a->blocks[i], b->blocks[i],
			       quiet);
	}
	return bad;
}

static int compare_total(int quiet)
{
	const long *sum = (const long *)&total;
	int i, j, bad = 0;

	for (i = 0; i < NR_STATES + 3; i++) {
		long n = 0;

		for (j = 0; j < nr_zones; j++)
			n += ((const long *)&zones[j].ours)[i];
		bad += differs("all", "a column", sum[i], n, quiet);
	}
	return bad;
}

static int compare(int quiet)
{
	int i, bad = compare_total(quiet);

	for (i = 0; i < nr_zones; i++)
		bad += compare_zone(&zones[i], quiet);
	return bad;
}

/* Adds one to each number of `pages` in turn. Returns how many went unseen. */
static int count_unnoticed(void)
{
	int i, nr = 0, unseen = 0;
	size_t k;

	for (i = 0; i < nr_zones; i++) {
		for (k = 0; k < sizeof(struct count) / sizeof(long); k++) {
			((long *)&zones[i].ours)[k]++;
			unseen += !compare(1);
			nr++;
			((long *)&zones[i].ours)[k]--;
		}
	}
	for (k = 0; k < NR_STATES + 3; k++, nr++) {
		((long *)&total)[k]++;
		unseen += !compare(1);
		((long *)&total)[k]--;
	}
	printf("    # %d numbers spoilt, %d of them unnoticed\n", nr, unseen);
	return unseen;
}

/* What `frame` says of one frame, or a negative number where it says nothing. */
static int ask_frame(int fd, unsigned long pfn, int *state, long *mappings,
		     int *order)
{
	char text[2048], word[32];
	char *at;
	int i, len = snprintf(text, sizeof(text), "%lu", pfn);

	if (write(fd, text, len) != len)
		return -1;
	len = pread(fd, text, sizeof(text) - 1, 0);
	if (len <= 0)
		return -1;
	text[len] = '\0';
	*state = -1;
	at = strstr(text, "\nstate");
	if (!at || sscanf(at, "\nstate %31s", word) != 1)
		return -1;
	for (i = 0; i < NR_STATES; i++)
		if (!strcmp(word, state_names[i]))
			*state = i;
	at = strstr(text, "\nmappings");
	if (!at || sscanf(at, "\nmappings %ld", mappings) != 1)
		return -1;
	at = strstr(text, "\norder");
	return !at || sscanf(at, "\norder %d", order) != 1 ? -1 : 0;
}

static int frame_differs(int fd, unsigned long pfn, int *asked, int *holes)
{
	__u64 flags, again, maps;
	int state, order, expected;
	long mappings;

	read_u64(flags_fd, &flags, pfn, 1);
	if (is_hole(pfn, flags))	/* each refusal is a line in the log */
		return ++*holes < HOLES_MAX &&
		       !ask_frame(fd, pfn, &state, &mappings, &order);
	read_u64(count_fd, &maps, pfn, 1);
	if (ask_frame(fd, pfn, &state, &mappings, &order))
		return 1;
	read_u64(flags_fd, &again, pfn, 1);
	if (flags != again || flags & KPF(COMPOUND_TAIL))
		return 0;
	expected = state_by_flags(flags);
	++*asked;
	if (state == expected || (expected == OTHER && state == PCP))
		if (order || mappings == (long)maps)
			return 0;
	printf("    # PFN %lu: %s with %ld mappings in frame, %s with %ld elsewhere\n",
	       pfn, state < 0 ? "?" : state_names[state], mappings,
	       state_names[expected], (long)maps);
	return 1;
}

static int compare_frames(void)
{
	int fd = open_file(LAB "frame", O_RDWR);
	int i, asked = 0, holes = 0, bad = 0;
	unsigned long pfn, end;

	for (i = 0; i < nr_zones; i++) {
		pfn = zones[i].start;
		end = pfn + zones[i].spanned;
		for (; pfn < end && bad < 10; pfn += FRAME_STEP)
			bad += frame_differs(fd, pfn, &asked, &holes);
	}
	close(fd);
	printf("    # %d frames asked for, %d differ\n", asked, bad);
	return bad || !asked;
}

static void make_nothing(void)
{
}

static void fill_file(const char *path, long size)
{
	static char block[65536];
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		die(path);
	for (; size > 0; size -= sizeof(block))
		if (write(fd, block, sizeof(block)) < 0)
			die(path);
	close(fd);
}

static void make_tmpfs(void)
{
	fill_file("/tmp/oracle", 8 * MIB);
}

static char *map_memory(long size, int flags)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void touch(char *memory, long size)
{
	long i;

	for (i = 0; i < size; i += 4096)
		memory[i] = 1;
}

/* Small pages and, where the kernel has them, transparent huge ones. */
static void make_anon(void)
{
	char *small = map_memory(4 * MIB, 0);
	char *huge = map_memory(8 * MIB, 0);

	if (small == MAP_FAILED || huge == MAP_FAILED)
		die("mmap");
	madvise(small, 4 * MIB, MADV_NOHUGEPAGE);
	madvise(huge, 8 * MIB, MADV_HUGEPAGE);
	touch(small, 4 * MIB);
	touch(huge, 8 * MIB);
}

static void make_hugetlb(void)
{
	int fd = open("/proc/sys/vm/nr_hugepages", O_WRONLY);
	char *memory;

	if (fd < 0 || write(fd, "3", 1) != 1) {
		printf("    # this kernel has no hugetlb\n");
	} else {
		memory = map_memory(2 * MIB, MAP_HUGETLB);
		if (memory != MAP_FAILED)
			touch(memory, 2 * MIB);
	}
	if (fd >= 0)
		close(fd);
}

static void make_slabs(void)
{
	char path[64];
	int i, fd;

	for (i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "/tmp/oracle-%d", i);
		fd = open(path, O_RDWR | O_CREAT, 0600);
		if (fd < 0)
			die(path);
		close(fd);
	}
}

static void unmake_slabs(void)
{
	char path[64];
	int i;

	unlink("/tmp/oracle");
	for (i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "/tmp/oracle-%d", i);
		unlink(path);
	}
}

static const struct {
	const char *name;
	void (*make)(void);
} states[] = {
	{ "idle", make_nothing },
	{ "tmpfs", make_tmpfs },
	{ "anon", make_anon },
	{ "hugetlb", make_hugetlb },
	{ "slabs", make_slabs },
	{ "freed", unmake_slabs },
	{ }
};

static int look(const char *name)
{
	int i, quiet = 0, bad = 1;

	/* Pages pass between lists without a change in `pages`: look on. */
	for (i = 0; i < TRIES_MAX && quiet < QUIET_MAX && bad; i++) {
		if (i)
			usleep(20000);
		if (!look_quietly())
			continue;
		quiet++;
		parse_buddyinfo(after[BUDDYINFO]);
		bad = !parse_ours(after[OURS]) + compare(1);
	}
	printf("    # %s: %d looks\n", name, i);
	if (bad && quiet)
		compare(0);
	if (!quiet)
		printf("    # the guest was never quiet\n");
	return verdict(!bad, name, "agrees_to_the_frame");
}

int main(void)
{
	int i, nr_made = 0, bad = 0;

	while (states[nr_made].name)
		nr_made++;
	for (i = 0; i < NR_FILES; i++)
		fds[i] = open_file(paths[i], O_RDONLY);
	flags_fd = open_file("/proc/kpageflags", O_RDONLY);
	count_fd = open_file("/proc/kpagecount", O_RDONLY);
	read_blocks();
	/* What is touched now is not asked of the kernel later. */
	memset(before, 'x', sizeof(before));
	memset(after, 'x', sizeof(after));
	memset(flags_of, 1, sizeof(flags_of));
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	printf("KTAP version 1\n1..1\n    KTAP version 1\n");
	printf("    # Subtest: oracle_pages\n    1..%d\n", nr_made + 2);
	for (i = 0; i < nr_made; i++) {
		states[i].make();
		bad |= look(states[i].name);
	}
	bad |= verdict(!count_unnoticed(), "each", "number_counts");
	bad |= verdict(!compare_frames(), "frame", "agrees_with_kpageflags");
	printf("%s 1 oracle_pages\n", bad ? "not ok" : "ok");
	return bad;
}
