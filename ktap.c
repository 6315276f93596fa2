// SPDX-License-Identifier: GPL-2.0
/*
 * The report: bounded logs, and KTAP made from the runs of a probe.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "experiment.h"

/**
 * mm_log_new - an empty log
 * @size: the bytes that its text may take, the NUL included
 *
 * Context: may sleep.
 * Return: the log, or NULL when memory ran out.
 */
struct mm_log *mm_log_new(size_t size)
{
	struct mm_log *log = kvzalloc(sizeof(*log) + size,
				      GFP_KERNEL | __GFP_NOWARN);

	if (log) {
		log->text = (char *)(log + 1);
		log->size = size;
	}
	return log;
}
EXPORT_SYMBOL_MM_LAB(mm_log_new);

/**
 * mm_log_free - free a log of mm_log_new()
 * @log: may be NULL
 */
void mm_log_free(struct mm_log *log)
{
	kvfree(log);
}
EXPORT_SYMBOL_MM_LAB(mm_log_free);

/**
 * mm_log_vline - add a line to a log, from a list of arguments
 * @log: where
 * @prefix: what the line begins with
 * @fmt: the rest; a newline within it would begin a line that is no diagnostic
 *	any more, so it becomes a space
 * @args: of @fmt
 *
 * A line that does not fit is dropped whole, and counted in @log->dropped.
 */
void mm_log_vline(struct mm_log *log, const char *prefix, const char *fmt,
		  va_list args)
{
	char *line = log->text + log->len;
	size_t room = log->size - log->len;
	size_t len;

	len = scnprintf(line, room, "%s", prefix);
	len += vscnprintf(line + len, room - len, fmt, args);
	if (len + 2 > room) {
		*line = '\0';
		log->dropped++;
		return;
	}
	strreplace(line, '\n', ' ');
	line[len++] = '\n';
	line[len] = '\0';
	log->len += len;
}

/**
 * mm_log_line - add a line to a log
 * @log: where
 * @fmt: as for mm_log_vline()
 */
void mm_log_line(struct mm_log *log, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	mm_log_vline(log, "", fmt, args);
	va_end(args);
}
EXPORT_SYMBOL_MM_LAB(mm_log_line);

/**
 * mm_ktap_size - the bytes that a probe's report may take
 * @probe: the probe
 *
 * Return: bytes, enough for every experiment's observations and verdict.
 */
size_t mm_ktap_size(const struct mm_probe *probe)
{
	/* Four more bytes before each line, and a line has three at the least. */
	size_t each = 3 * MM_LOG_MAX + 2 * MM_REASON_MAX;

	return SZ_1K + probe->nr_experiments * each;
}
EXPORT_SYMBOL_MM_LAB(mm_ktap_size);

static void mm_ktap_indent(struct mm_log *ktap, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		mm_log_line(ktap, "    %.*s", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

static void mm_ktap_verdict(struct mm_log *ktap, const struct mm_run *run,
			    unsigned int number)
{
	const char *name = run->experiment->name;

	if (run->verdict == MM_SKIPPED)
		mm_log_line(ktap, "    ok %u %s # SKIP %s", number, name,
			    run->reason);
	else
		mm_log_line(ktap, "    %s %u %s",
			    run->verdict == MM_PASSED ? "ok" : "not ok",
			    number, name);
}

static void mm_ktap_run(struct mm_log *ktap, const struct mm_run *run,
			unsigned int number)
{
	mm_log_line(ktap, "    # %s: seed=%llu budget=%lu pages",
		    run->experiment->name, run->request.seed,
		    run->request.budget);
	mm_ktap_indent(ktap, run->log.text);
	if (run->log.dropped)
		mm_log_line(ktap, "    # %u more observations did not fit",
			    run->log.dropped);
	if (run->nr_retries)
		mm_log_line(ktap, "    # tried again %u times: other CPUs took part",
			    run->nr_retries);
	/* The first failure stands even where the log was full before it. */
	if (run->verdict == MM_FAILED)
		mm_log_line(ktap, "    # %s: %s", run->experiment->name,
			    run->reason);
	mm_ktap_verdict(ktap, run, number);
}

/* Runs the @i-th experiment of the probe, or the one that was asked for. */
static int mm_run_row(const struct mm_probe *probe, unsigned int i,
		      const struct mm_request *request, struct mm_run *run)
{
	struct mm_request one = *request;

	if (!one.experiment)
		mm_request_choose(&one, &probe->experiments[i]);
	return mm_run_experiment(run, &one);
}

/**
 * mm_run_probe - carry out a request and report it
 * @probe: whose experiments
 * @request: one of them, or all
 * @ktap: gets the report; mm_ktap_size() bytes hold it
 *
 * After an experiment that could not be run the next one is tried, but not
 * after a fatal signal: those that are left fail with -EINTR each.
 *
 * Context: process context, the run lock held; may sleep.
 * Return: 0, or the first error of an experiment that could not be run.
 */
int mm_run_probe(const struct mm_probe *probe, const struct mm_request *request,
		 struct mm_log *ktap)
{
	unsigned int n = request->experiment ? 1 : probe->nr_experiments;
	unsigned int count[MM_SKIPPED + 1] = { };
	struct mm_run *run = mm_run_new();
	unsigned int i;
	int err = 0;

	if (!run)
		return -ENOMEM;

	mm_log_line(ktap, "KTAP version 1");
	mm_log_line(ktap, "1..1");
	mm_log_line(ktap, "    KTAP version 1");
	mm_log_line(ktap, "    # Subtest: %s", probe->name);
	mm_log_line(ktap, "    1..%u", n);
	for (i = 0; i < n; i++) {
		int ret = mm_run_row(probe, i, request, run);

		err = err ?: ret;
		count[run->verdict]++;
		mm_ktap_run(ktap, run, i + 1);
	}
	mm_log_line(ktap, "# %s: pass:%u fail:%u skip:%u total:%u",
		    probe->name, count[MM_PASSED], count[MM_FAILED],
		    count[MM_SKIPPED], n);
	mm_log_line(ktap, "%s 1 %s", count[MM_FAILED] ? "not ok" : "ok",
		    probe->name);
	mm_run_free(run);
	return err;
}
EXPORT_SYMBOL_MM_LAB(mm_run_probe);
