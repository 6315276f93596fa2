// SPDX-License-Identifier: GPL-2.0
/*
 * Compares the file `zones` with what the kernel says elsewhere, to the page:
 * /proc/zoneinfo, /proc/buddyinfo and extfrag's two files. In several states of
 * memory, all five are read back to back, into buffers that are there already,
 * until `zones` is the same before and after. Prints KTAP.
 *
 * Both sides become lists of facts, a name and a number each. Every fact of one
 * side must be in the other. That this notices whatever is off is shown by
 * changing each digit of `zones` in turn.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBUGFS		"/sys/kernel/debug/"
#define TEXT_MAX	(256 * 1024)
#define FACTS_MAX	8192
#define WORDS_MAX	64
/* How often a guest may be found at work before it is given up. */
#define TRIES_MAX	300
/* What is said of facts that differ. */
#define SHOWN_MAX	10
/* What a file leaves to all others, or the guest would be killed. */
#define LEFT_MIB	3

enum { OURS, ZONEINFO, BUDDYINFO, UNUSABLE, EXTFRAG, AGAIN, NR_TEXTS };

static const char *const paths[NR_TEXTS] = {
	[OURS] = DEBUGFS "mm_lab/zones",
	[ZONEINFO] = "/proc/zoneinfo",
	[BUDDYINFO] = "/proc/buddyinfo",
	[UNUSABLE] = DEBUGFS "extfrag/unusable_index",
	[EXTFRAG] = DEBUGFS "extfrag/extfrag_index",
	[AGAIN] = DEBUGFS "mm_lab/zones",
};

static char texts[NR_TEXTS][TEXT_MAX];
static char spoilt[TEXT_MAX];
static char scratch[TEXT_MAX];

struct fact {
	char name[64];
	long value;
};

struct facts {
	struct fact fact[FACTS_MAX];
	int nr;
};

static struct facts ours, theirs;

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(2);
}

static void read_text(int which)
{
	size_t length = 0;
	ssize_t got;
	int fd = open(paths[which], O_RDONLY);

	if (fd < 0)
		die(paths[which]);
	while ((got = read(fd, texts[which] + length,
			   TEXT_MAX - 1 - length)) > 0)
		length += got;
	if (got < 0)
		die(paths[which]);
	texts[which][length] = '\0';
	close(fd);
}

/* Whether memory stood still for as long as it took to read everything. */
static int read_quietly(int *tries)
{
	int i;

	for (*tries = 1; *tries <= TRIES_MAX; ++*tries) {
		for (i = 0; i < NR_TEXTS; i++)
			read_text(i);
		if (!strcmp(texts[OURS], texts[AGAIN]))
			return 1;
		usleep(1000 * *tries);
	}
	return 0;
}

static void add(struct facts *facts, long value, const char *format, ...)
{
	struct fact *fact = &facts->fact[facts->nr];
	va_list args;

	if (facts->nr == FACTS_MAX) {
		errno = E2BIG;
		die("facts");
	}
	va_start(args, format);
	vsnprintf(fact->name, sizeof(fact->name), format, args);
	va_end(args);
	fact->value = value;
	facts->nr++;
}

static int split(char *line, char *word[WORDS_MAX])
{
	char *rest;
	int nr = 0;

	for (line = strtok_r(line, " ,()\t", &rest); line && nr < WORDS_MAX;
	     line = strtok_r(NULL, " ,()\t", &rest))
		word[nr++] = line;
	return nr;
}

/*
 * A whole number, or thousandths of one with three decimals. Between 0 and -1
 * the kernel's own files put the sign after the point: "0.-500".
 */
static long number(const char *word)
{
	const char *point = strchr(word, '.');
	long whole = strtol(word, NULL, 10);
	long part;

	if (!point)
		return whole;
	part = strtol(point + 1, NULL, 10);
	if (*word == '-' && part > 0)
		part = -part;
	return whole * 1000 + part;
}

/* Ours: a heading's words name the columns of the rows below. */
static void parse_row(char *head[WORDS_MAX], int nr_head,
		      char *word[WORDS_MAX], int nr)
{
	const char *node = "-", *zone = "-", *cpu = "-";
	int i, nr_ids = 0;

	for (i = 1; i < nr && i < nr_head; i++) {
		if (!strcmp(head[i], "node"))
			node = word[i];
		else if (!strcmp(head[i], "zone"))
			zone = word[i];
		else if (!strcmp(head[i], "cpu"))
			cpu = word[i];
		else
			break;
		nr_ids = i;
	}
	if (nr != nr_head)
		add(&ours, nr, "%s %s %s: words in a row of %d", word[0], node,
		    zone, nr_head);
	if (nr_ids + 1 == nr)
		add(&ours, 1, "%s %s %s %s", word[0], node, zone, cpu);
	for (i = nr_ids + 1; i < nr && i < nr_head; i++)
		add(&ours, number(word[i]), "%s %s %s %s %s", word[0], node,
		    zone, cpu, head[i]);
}

static void parse_ours(const char *text)
{
	static char heading[1024];
	char *head[WORDS_MAX], *word[WORDS_MAX];
	char *line, *rest;
	int nr_head = 0;

	ours.nr = 0;
	memcpy(scratch, text, TEXT_MAX);
	for (line = strtok_r(scratch, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (!strncmp(line, "#table", 6)) {
			snprintf(heading, sizeof(heading), "%s", line);
			nr_head = split(heading, head);
		} else if (*line != '#') {
			parse_row(head, nr_head, word, split(line, word));
		}
	}
}

/* The kernel's: a zone of /proc/zoneinfo. */
struct zone {
	int node;
	char name[16];
	long present, spanned, low, high;
	int promo_told;
	int cpu;
};

static void parse_protection(const struct zone *zone, char *word[WORDS_MAX],
			     int nr)
{
	static const char *const order[] = {
		"DMA", "DMA32", "Normal", "HighMem", "Movable", "Device",
	};
	char named[32];
	unsigned int i;
	int n = 1;

	/* The zones that the kernel has, in the order that they have. */
	for (i = 0; i < sizeof(order) / sizeof(*order) && n < nr; i++) {
		snprintf(named, sizeof(named), "zone %8s\n", order[i]);
		if (strstr(texts[ZONEINFO], named))
			add(&theirs, number(word[n++]), "reserve %d %s - %s",
			    zone->node, zone->name, order[i]);
	}
}

struct column {
	const char *theirs;
	const char *table;
	const char *ours;
};

static const struct column zone_columns[] = {
	{ "free", "watermarks", "free" },
	{ "boost", "watermarks", "boost" },
	{ "min", "watermarks", "min" },
	{ "low", "watermarks", "low" },
	{ "high", "watermarks", "high" },
	{ "promo", "watermarks", "promo" },
	{ "spanned", "extents", "spanned" },
	{ "present", "extents", "present" },
	{ "managed", "extents", "managed" },
	{ "start_pfn:", "extents", "start_pfn" },
	{ }
};

static const struct column cpu_columns[] = {
	{ "count:", "percpu", "held" },
	{ "high:", "percpu", "high" },
	{ "batch:", "percpu", "batch" },
	{ }
};

static const struct column node_columns[] = {
	{ "nr_slab_reclaimable", "counters", "slab_reclaim" },
	{ "nr_slab_unreclaimable", "counters", "slab_other" },
	{ "nr_page_table_pages", "counters", "page_tables" },
	{ "nr_anon_pages", "counters", "anon" },
	{ "nr_file_pages", "counters", "file" },
	{ }
};

static const struct column *find(const struct column *column, const char *name)
{
	for (; column->theirs; column++)
		if (!strcmp(column->theirs, name))
			return column;
	return NULL;
}

static void parse_value(struct zone *zone, const char *name, long value)
{
	const struct column *column;

	if (!strcmp(name, "cpu:"))
		zone->cpu = value;
	if (!strcmp(name, "spanned"))
		zone->spanned = value;
	if (!strcmp(name, "present"))
		zone->present = value;
	if (!strcmp(name, "low"))
		zone->low = value;
	if (!strcmp(name, "high"))
		zone->high = value;
	if (!strcmp(name, "promo"))
		zone->promo_told = 1;

	column = find(node_columns, name);
	if (column)
		add(&theirs, value, "%s %d - - %s", column->table, zone->node,
		    column->ours);
	column = find(zone_columns, name);
	if (column)
		add(&theirs, value, "%s %d %s - %s", column->table, zone->node,
		    zone->name, column->ours);
	column = find(cpu_columns, name);
	if (column)
		add(&theirs, value, "%s %d %s %d %s", column->table,
		    zone->node, zone->name, zone->cpu, column->ours);
	if (!strcmp(name, "start_pfn:"))
		add(&theirs, value + zone->spanned, "extents %d %s - end_pfn",
		    zone->node, zone->name);
}

/* A zone without a page is told by its name alone: its facts since @first go. */
static void end_zone(const struct zone *zone, int first)
{
	if (zone->node < 0)
		return;
	if (zone->present) {
		/* Older kernels do not show it: the next of equal steps. */
		if (!zone->promo_told)
			add(&theirs, 2 * zone->high - zone->low,
			    "watermarks %d %s - promo", zone->node, zone->name);
		return;
	}
	theirs.nr = first;
	add(&theirs, 1, "empty %d %s -", zone->node, zone->name);
}

static void parse_zoneinfo(void)
{
	struct zone zone = { .node = -1 };
	char *word[WORDS_MAX];
	char *line, *rest;
	int first = 0, nr;

	memcpy(scratch, texts[ZONEINFO], TEXT_MAX);
	for (line = strtok_r(scratch, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		nr = split(line, word);
		if (nr == 4 && !strcmp(word[0], "Node")) {
			end_zone(&zone, first);
			first = theirs.nr;
			zone = (struct zone){ .node = atoi(word[1]) };
			snprintf(zone.name, sizeof(zone.name), "%s", word[3]);
		} else if (nr > 1 && !strcmp(word[0], "protection:")) {
			parse_protection(&zone, word, nr);
		} else if (nr == 3 && !strcmp(word[0], "pages")) {
			parse_value(&zone, word[1], number(word[2]));
		} else if (nr == 2) {
			parse_value(&zone, word[0], number(word[1]));
		}
	}
	end_zone(&zone, first);
}

/* buddyinfo and extfrag: a line for each zone, a number for each order. */
static void parse_orders(int which, const char *table)
{
	char *word[WORDS_MAX];
	char *line, *rest;
	int i, nr;

	memcpy(scratch, texts[which], TEXT_MAX);
	for (line = strtok_r(scratch, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		nr = split(line, word);
		for (i = 4; i < nr; i++)
			add(&theirs, number(word[i]), "%s %s %s - %d", table,
			    word[1], word[3], i - 4);
	}
}

static void parse_theirs(void)
{
	theirs.nr = 0;
	parse_zoneinfo();
	parse_orders(BUDDYINFO, "blocks");
	parse_orders(UNUSABLE, "unusable");
	parse_orders(EXTFRAG, "extfrag");
}

static int compare_facts(const void *a, const void *b)
{
	return strcmp(((const struct fact *)a)->name,
		      ((const struct fact *)b)->name);
}

/* One fact of one side only, or of both. */
static int differs(const struct fact *mine, const struct fact *other,
		   int say)
{
	if (mine && other && mine->value == other->value)
		return 0;
	if (say && mine && other)
		printf("    # %s: the kernel has %ld, zones %ld\n", mine->name,
		       other->value, mine->value);
	else if (say && mine)
		printf("    # %s: only zones has it\n", mine->name);
	else if (say)
		printf("    # %s: only the kernel has it\n", other->name);
	return 1;
}

/* How many facts are not the same on both sides. */
static int compare(int say)
{
	int i = 0, j = 0, nr = 0, order;

	qsort(ours.fact, ours.nr, sizeof(*ours.fact), compare_facts);
	qsort(theirs.fact, theirs.nr, sizeof(*theirs.fact), compare_facts);
	while (i < ours.nr || j < theirs.nr) {
		const struct fact *mine = &ours.fact[i];
		const struct fact *other = &theirs.fact[j];

		if (i == ours.nr)
			order = 1;
		else if (j == theirs.nr)
			order = -1;
		else
			order = compare_facts(mine, other);
		nr += differs(order <= 0 ? mine : NULL,
			      order >= 0 ? other : NULL,
			      say && nr < SHOWN_MAX);
		i += order <= 0;
		j += order >= 0;
	}
	return nr;
}

/* The digits of `zones` that may be changed without a fact being lost. */
static int count_unnoticed(void)
{
	int unnoticed = 0, in_row = 0;
	char *at;

	memcpy(spoilt, texts[OURS], TEXT_MAX);
	for (at = spoilt; *at; at++) {
		char digit = *at;

		if (at == spoilt || at[-1] == '\n')
			in_row = digit != '#';
		if (!in_row || !isdigit(digit))
			continue;
		*at = digit == '9' ? '8' : digit + 1;
		parse_ours(spoilt);
		if (!compare(0)) {
			printf("    # unnoticed: %.60s\n", at);
			unnoticed++;
		}
		*at = digit;
	}
	return unnoticed;
}

/* --- states of memory ------------------------------------------------------ */

static void stay(void)
{
}

/* What can be had without falling below any watermark, in bytes. */
static long available(void)
{
	char line[128];
	long kb = 0;
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld", &kb) == 1)
			break;
	if (!kb)
		die("/proc/meminfo");
	fclose(file);
	return kb * 1024;
}

/* Watermarks that let most of memory be taken. */
static void lower_watermarks(void)
{
	int fd = open("/proc/sys/vm/min_free_kbytes", O_WRONLY);

	if (fd < 0 || write(fd, "1024", 4) < 0)
		die("min_free_kbytes");
	close(fd);
}

/* Zones and orders that have no block free, and so an index to compare. */
static int count_explained(void)
{
	int i, nr = 0;

	for (i = 0; i < theirs.nr; i++)
		nr += !strncmp(theirs.fact[i].name, "extfrag ", 8) &&
		      theirs.fact[i].value != -1000;
	return nr;
}

/* Extends a file, page by page of memory, to a size in MiB. */
static void take(int fd, long mib)
{
	if (fallocate(fd, 0, 0, mib << 20))
		die("memfd");
}

/*
 * A file in most of free memory, of which every second page is given back:
 * large blocks become rare, and the fragmentation index has something to say.
 * How much it takes until a zone has no large block differs from boot to boot.
 */
static void punch(void)
{
	long page = sysconf(_SC_PAGESIZE);
	int fd = memfd_create("punched", 0);
	long mib, offset;
	int tries;

	lower_watermarks();
	mib = (available() >> 20) * 7 / 8;
	if (fd < 0)
		die("memfd");
	for (take(fd, mib); available() >> 20 > LEFT_MIB; take(fd, ++mib)) {
		read_quietly(&tries);
		parse_theirs();
		if (count_explained())
			break;
	}
	for (offset = 0; offset < mib << 20; offset += 2 * page)
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      offset, page))
			die("punch");
}

/* Many objects of several caches; they stay until the program ends. */
static void make_files(void)
{
	struct rlimit limit = { 8192, 8192 };
	char name[32];
	int i, fd;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
	for (i = 0; i < 4000; i++) {
		snprintf(name, sizeof(name), "/tmp/oracle.%d", i);
		fd = open(name, O_CREAT | O_RDWR, 0600);
		if (fd < 0 || unlink(name))
			die(name);
	}
}

static void run_buddy(void)
{
	int fd = open(DEBUGFS "mm_lab/buddy/run", O_WRONLY);

	/* What the experiments say is not the question here. */
	if (fd < 0 || (write(fd, "all", 3) < 0 && errno != ENOMEM))
		die("buddy/run");
	close(fd);
}

static const struct state {
	const char *name;
	void (*make)(void);
} states[] = {
	{ "idle", stay },
	{ "after_buddy", run_buddy },
	{ "punched", punch },
	{ "files", make_files },
};

#define NR_STATES	((int)(sizeof(states) / sizeof(*states)))

static int nr_verdicts;

static int verdict(int ok, const char *state, const char *what)
{
	printf("    %s %d %s_%s\n", ok ? "ok" : "not ok", ++nr_verdicts, state,
	       what);
	return !ok;
}

static int look(const struct state *state)
{
	int tries, quiet, bad;

	state->make();
	quiet = read_quietly(&tries);
	parse_ours(texts[OURS]);
	parse_theirs();
	if (!quiet)
		printf("    # memory did not stand still in %d tries\n",
		       TRIES_MAX);
	bad = compare(1) || !quiet || !ours.nr;
	printf("    # %s: %d numbers, %d orders without a block, quiet at try %d\n",
	       state->name, ours.nr, count_explained(), tries);
	return verdict(!bad, state->name, "agrees");
}

int main(void)
{
	int i, bad = 0;

	/* What is touched now is not asked of the kernel later. */
	memset(texts, 'x', sizeof(texts));
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	printf("KTAP version 1\n1..1\n    KTAP version 1\n");
	printf("    # Subtest: oracle_zones\n    1..%d\n", NR_STATES + 2);
	for (i = 0; i < NR_STATES; i++) {
		bad |= look(&states[i]);
		if (states[i].make == punch)
			bad |= verdict(count_explained(), "punched",
				       "leaves_orders_without_a_block");
	}
	bad |= verdict(!count_unnoticed(), "each", "digit_counts");
	printf("%s 1 oracle_zones\n", bad ? "not ok" : "ok");
	return bad;
}
