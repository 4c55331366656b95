// SPDX-License-Identifier: GPL-2.0
/*
 * The command "stats": the counters alone, or all numbers as metrics
 */
#include <string.h>

#include "err.h"
#include "genl.h"
#include "out.h"
#include "prom.h"
#include "stats.h"
#include "stats_cmd.h"
#include "word.h"

#define STATS_WORDS	"stats --prometheus [classic] [rules N]"

/* What is more is no bound. */
#define STATS_RULES_MAX	65535

static int stats_cmd_prom(const struct out *out, int argc, char **argv)
{
	u32 rules = PROM_RULES;
	bool classic = false;
	bool said = false;
	int i;

	if (out->json)
		return err_usage("stats --prometheus has a format of its own: no -j");
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "classic") && !classic) {
			classic = true;
		} else if (!strcmp(argv[i], "rules") && !said) {
			if (++i == argc)
				return err_usage("%s: expected a number",
						 argv[i - 1]);
			if (word_u32(argv[i], STATS_RULES_MAX, &rules))
				return err_usage("bad number of rules \"%s\": expected 0 to %d",
						 argv[i], STATS_RULES_MAX);
			said = true;
		} else {
			return err_usage("unknown word \"%s\": expected %s and no more",
					 argv[i], STATS_WORDS);
		}
	}
	return prom_print(classic, rules);
}

/* One that the module does not have is left out rather than shown as 0. */
static void stats_cmd_print(struct out *out, const struct stats *stats)
{
	const struct attr *value;
	unsigned int i;

	out_open(out, OUT_PLAIN);
	for (i = 0; i < STATS_COUNTERS; i++) {
		value = stats_value(stats, i);
		if (value->present)
			out_entry_uint(out, stats_name(i), value->number, "");
	}
	out_close(out);
}

/**
 * stats_cmd() - the command "stats"
 * @out: where to print
 * @argc: number of words after "stats"
 * @argv: the words
 *
 * Return: the exit status.
 */
int stats_cmd(struct out *out, int argc, char **argv)
{
	struct stats stats;
	struct genl *genl;
	int ret;

	if (argc && strcmp(argv[0], "--prometheus"))
		return err_usage("unknown word \"%s\": expected --prometheus or nothing",
				 argv[0]);
	if (argc)
		return stats_cmd_prom(out, argc - 1, argv + 1);

	ret = genl_open(&genl);
	if (ret)
		return ret;
	ret = stats_get(genl, &stats);
	genl_close(genl);
	if (ret)
		return ret;
	stats_cmd_print(out, &stats);
	return STATUS_OK;
}
