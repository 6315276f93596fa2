// SPDX-License-Identifier: GPL-2.0
/*
 * What is asked of a run: the module's parameters, and the words written to
 * `run`.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "experiment.h"

#define MM_MB_PAGES	(SZ_1M >> PAGE_SHIFT)

static unsigned int budget_mb;
module_param(budget_mb, uint, 0444);
MODULE_PARM_DESC(budget_mb, "MiB that one run may hold; 0: the smaller of 64 and an eighth of free memory (default 0)");

static bool allow_disruptive;
module_param(allow_disruptive, bool, 0444);
MODULE_PARM_DESC(allow_disruptive, "run experiments that warn, taint or empty the machine (default N)");

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of every run's random numbers; 0 draws one for each run (default 0)");
/**
 * mm_param_index - where a parameter stands in its experiment's table
 * @experiment: whose
 * @name: the parameter's
 *
 * Return: its index, or -EINVAL where the experiment does not declare it.
 */
int mm_param_index(const struct mm_experiment *experiment, const char *name)
{
	const struct mm_param *param;
	int i = 0;

	for (param = experiment->params; param && param->name; param++, i++) {
		if (i >= MM_PARAMS_MAX)
			break;
		if (!strcmp(param->name, name))
			return i;
	}
	return -EINVAL;
}

/**
 * mm_default_budget - what a run may hold where the user did not say
 * @nr_free: the machine's free pages
 *
 * Return: pages: the smaller of 64 MiB and an eighth of @nr_free.
 */
unsigned long mm_default_budget(unsigned long nr_free)
{
	return min(64UL * MM_MB_PAGES, nr_free / 8);
}
EXPORT_SYMBOL_MM_LAB(mm_default_budget);

/* More than half of the machine is no budget, it is an outage. */
static u64 mm_budget_mb_max(void)
{
	return max(totalram_pages() / 2 / MM_MB_PAGES, 1UL);
}

/**
 * mm_settings_check - check the module's parameters at load
 *
 * Return: 0, or -EINVAL, the parameter at fault logged.
 */
int mm_settings_check(void)
{
	if (budget_mb <= mm_budget_mb_max())
		return 0;
	pr_err("budget_mb=%u is more than half of this machine's memory (%llu at most)\n",
	       budget_mb, mm_budget_mb_max());
	return -EINVAL;
}

/**
 * mm_request_init - a request for everything, as the module's parameters say
 * @request: filled
 */
void mm_request_init(struct mm_request *request)
{
	memset(request, 0, sizeof(*request));
	request->seed = seed;
	request->allow_disruptive = allow_disruptive;
	if (budget_mb)
		request->budget = (unsigned long)budget_mb * MM_MB_PAGES;
	else
		request->budget =
			mm_default_budget(global_zone_page_state(NR_FREE_PAGES));
}
EXPORT_SYMBOL_MM_LAB(mm_request_init);

/**
 * mm_request_choose - ask for one experiment, with its default parameters
 * @request: of mm_request_init()
 * @experiment: which
 */
void mm_request_choose(struct mm_request *request,
		       const struct mm_experiment *experiment)
{
	const struct mm_param *param;
	unsigned int i = 0;

	request->experiment = experiment;
	for (param = experiment->params; param && param->name; param++)
		if (i < MM_PARAMS_MAX)
			request->args[i++] = param->def;
}
EXPORT_SYMBOL_MM_LAB(mm_request_choose);

static const struct mm_experiment *
mm_find_experiment(const struct mm_probe *probe, const char *name)
{
	unsigned int i;

	for (i = 0; i < probe->nr_experiments; i++)
		if (!strcmp(probe->experiments[i].name, name))
			return &probe->experiments[i];
	return NULL;
}

static bool mm_is_name(const char *word)
{
	if (!*word)
		return false;
	for (; *word; word++)
		if (!isascii(*word) || (!isalnum(*word) && *word != '_'))
			return false;
	return true;
}

static char *mm_next_word(char **text)
{
	char *word = skip_spaces(*text);
	char *end = word;

	while (*end && !isspace(*end))
		end++;
	*text = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static int mm_parse_name(const struct mm_probe *probe, const char *word,
			 struct mm_request *request)
{
	const struct mm_experiment *experiment;

	if (!mm_is_name(word)) {
		pr_err("%s: \"%*pE\" is no experiment's name\n", probe->name,
		       (int)strlen(word), word);
		return -EINVAL;
	}
	if (!strcmp(word, "all"))
		return 0;

	experiment = mm_find_experiment(probe, word);
	if (!experiment) {
		pr_err("%s: there is no experiment \"%s\"\n", probe->name,
		       word);
		return -ENOENT;
	}
	mm_request_choose(request, experiment);
	return 0;
}

/* The parameters that every run has, before those of its experiment. */
enum mm_common_param {
	MM_PARAM_SEED,
	MM_PARAM_BUDGET_MB,
	MM_COMMON_PARAMS,
};

/* Where a key's value goes: a bit for "given before", its bounds. */
static int mm_find_key(const struct mm_request *request, const char *key,
		       struct mm_param *param)
{
	int i;

	if (!strcmp(key, "seed")) {
		*param = (struct mm_param){ "seed", 0, 1, U64_MAX };
		return MM_PARAM_SEED;
	}
	if (!strcmp(key, "budget_mb")) {
		*param = (struct mm_param){ "budget_mb", 0, 1,
					    mm_budget_mb_max() };
		return MM_PARAM_BUDGET_MB;
	}
	if (!request->experiment)
		return -EINVAL;
	i = mm_param_index(request->experiment, key);
	if (i < 0)
		return i;
	*param = request->experiment->params[i];
	return MM_COMMON_PARAMS + i;
}

static void mm_set_param(struct mm_request *request, int slot, u64 value)
{
	if (slot == MM_PARAM_SEED)
		request->seed = value;
	else if (slot == MM_PARAM_BUDGET_MB)
		request->budget = value * MM_MB_PAGES;
	else
		request->args[slot - MM_COMMON_PARAMS] = value;
}

static int mm_parse_param(const struct mm_probe *probe, char *word,
			  struct mm_request *request, unsigned long *given)
{
	int len = strlen(word);
	char *text = strchr(word, '=');
	struct mm_param param;
	u64 value;
	int slot;

	if (!text || text == word || !text[1]) {
		pr_err("%s: \"%*pE\" is not KEY=VALUE\n", probe->name, len,
		       word);
		return -EINVAL;
	}
	*text++ = '\0';
	slot = mm_find_key(request, word, &param);
	if (slot < 0) {
		pr_err("%s: \"%*pE\" is no parameter of %s\n", probe->name,
		       (int)strlen(word), word,
		       request->experiment ? request->experiment->name : "all");
		return -EINVAL;
	}
	if (__test_and_set_bit(slot, given)) {
		pr_err("%s: \"%s\" is given twice\n", probe->name, param.name);
		return -EINVAL;
	}
	if (kstrtou64(text, 0, &value) || value < param.min ||
	    value > param.max) {
		pr_err("%s: \"%*pE\" is no value for %s (%llu to %llu)\n",
		       probe->name, (int)strlen(text), text, param.name,
		       param.min, param.max);
		return -EINVAL;
	}
	mm_set_param(request, slot, value);
	return 0;
}

/**
 * mm_request_parse - understand what was written to `run`
 * @probe: whose `run`
 * @text: `all [key=value ...]` or `NAME [key=value ...]`; taken apart
 * @request: filled; undefined after an error
 *
 * Every run takes seed= and budget_mb=; the rest are the experiment's own.
 *
 * Return: 0; -EINVAL for a word or value that does not fit or an empty text;
 * -ENOENT for a name that is no experiment. The word at fault is logged.
 */
int mm_request_parse(const struct mm_probe *probe, char *text,
		     struct mm_request *request)
{
	unsigned long given = 0;
	char *word;
	int ret;

	mm_request_init(request);
	word = mm_next_word(&text);
	ret = mm_parse_name(probe, word, request);
	while (!ret) {
		word = mm_next_word(&text);
		if (!*word)
			break;
		ret = mm_parse_param(probe, word, request, &given);
	}
	return ret;
}
EXPORT_SYMBOL_MM_LAB(mm_request_parse);
