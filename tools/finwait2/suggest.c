// SPDX-License-Identifier: GPL-2.0
/*
 * How short an interval could be, going by what peers have done
 *
 * The histogram of those that left by the peer's FIN has how long each of these
 * connections was in FIN_WAIT_2. An interval that is no shorter would not have
 * cut it: the interval limits how long a connection is idle, which is never
 * longer than it is there. So a suggestion is at worst longer than need be, and
 * it is the bound of a bucket.
 *
 * It tells of what has been. A few connections tell nothing of a small share: if
 * none of n took longer, one can be sure, to 95 percent, only that no more than 3
 * in n of all there are do (the "rule of three"). So there should be 3 / share of
 * them. It is also what keeps the one that took longest from deciding alone: with
 * as many, two may be cut.
 *
 * Those that were flushed are not among them, though some might have been closed
 * by the peer if they had been left alone. How many there are is said.
 */
#include <stdio.h>
#include <string.h>

#include <linux/finwait2.h>

#include "count.h"
#include "duration.h"
#include "err.h"
#include "genl.h"
#include "hist.h"
#include "limit.h"
#include "out.h"
#include "rule.h"
#include "rule_cmd.h"
#include "share.h"
#include "suggest.h"

/* The three of the rule of three. */
#define SUGGEST_SURE	3

#define SUGGEST_SHARE	(SHARE_ALL / 10000)
#define SUGGEST_COUNT	9	/* columns for a number */

static const struct table_column suggest_columns[] = {
	{ "FOR", false },
	{ "CLOSED", true },
	{ "FLUSHED", true },
	{ "INTERVAL", true },
	{ "CUT", true },
	{ "LIMIT", true },
	{ "NOTE", false },
};

/**
 * struct suggest - what a suggestion is made of
 * @share: how many may be cut
 * @hists: the histograms
 * @rules: the rules
 * @limit: flush_interval of the network namespace
 */
struct suggest {
	u32 share;
	struct hist_list hists;
	struct rule_list rules;
	u64 limit;
};

/**
 * suggest_find() - find the shortest interval that would have cut few enough
 * @suggestion: where to store it
 * @hist: how long those took that the peer closed
 * @share: fewer of them than this are to be cut
 */
void suggest_find(struct suggestion *suggestion, const struct hist *hist,
		  u32 share)
{
	unsigned int i;
	u64 cut, most;

	memset(suggestion, 0, sizeof(*suggestion));
	for (i = 0; i < FINWAIT2_BUCKETS; i++)
		suggestion->count += hist->buckets[i];
	suggestion->needed = share_whole(share, SUGGEST_SURE);
	suggestion->enough = suggestion->count >= suggestion->needed;
	if (!suggestion->enough)
		return;
	most = share_of(share, suggestion->count);
	/* From the longest on, as long as few enough would be cut. */
	cut = hist->buckets[FINWAIT2_BUCKETS - 1];
	for (i = FINWAIT2_BUCKETS - 1; i-- && cut < most;) {
		suggestion->found = true;
		suggestion->ms = hist_limit(i);
		suggestion->cut = cut;
		cut += hist->buckets[i];
	}
}

/**
 * suggest_format() - write the bound of a bucket
 * @text: where to
 * @ms: the bound in milliseconds
 *
 * These are no round numbers: 4.096s is easier to read than 4s96ms.
 */
void suggest_format(char text[SUGGEST_SIZE], u64 ms)
{
	const u64 minutes = ms / 60000 * 60000;
	char prefix[DURATION_SIZE] = "";

	if (ms < 1000) {
		duration_format(text, ms);
		return;
	}
	if (minutes)
		duration_format(prefix, minutes);
	ms -= minutes;
	snprintf(text, SUGGEST_SIZE, "%s%llu.%03llus", prefix, ms / 1000,
		 ms % 1000);
}

static int suggest_ask(struct suggest *suggest)
{
	struct genl *genl;
	int ret;

	ret = limit_read(LIMIT_FLUSH_INTERVAL, &suggest->limit);
	if (ret)
		return ret;
	ret = genl_open(&genl);
	if (ret)
		return ret;
	ret = hist_load(genl, false, &suggest->hists);
	if (!ret)
		ret = rule_load(genl, &suggest->rules);
	genl_close(genl);
	return ret;
}

static void suggest_count(struct out *out, const char *key, u64 count)
{
	char text[COUNT_SIZE];

	count_format(text, count, SUGGEST_COUNT);
	out_cell(out, key, out_integer(count), COLOUR_NONE, text);
}

/* What an interval is to the limit in force, of which 0 is none. */
static const char *suggest_compare(u64 ms, u64 limit)
{
	if (limit && ms > limit)
		return "longer";
	return ms == limit ? "same" : "shorter";
}

static void suggest_note(struct out *out, const struct suggestion *suggestion,
			 const u64 *limit)
{
	char text[64] = "";
	const char *than;

	out_hidden(out, "enough", json_boolean(suggestion->enough));
	if (!suggestion->enough) {
		snprintf(text, sizeof(text), "too few: %llu needed",
			 suggestion->needed);
		out_text(out, COLOUR_WARN, text);
	} else if (!suggestion->found) {
		out_text(out, COLOUR_WARN, "too many took longer than 12d");
	} else if (!limit) {
		out_text(out, COLOUR_NONE, "");
	} else {
		than = suggest_compare(suggestion->ms, *limit);
		snprintf(text, sizeof(text), "%s%s", than,
			 strcmp(than, "same") ? " than the limit" : "");
		out_cell(out, "than_limit", json_string(than), COLOUR_NONE,
			 text);
	}
}

/* A row; @limit is NULL for those that are exempt. */
static void suggest_print(struct out *out, const struct suggest *suggest,
			  const struct hists *hists, const u64 *limit)
{
	struct suggestion suggestion;
	char text[SUGGEST_SIZE];

	suggest_find(&suggestion, &hists->dwell[FINWAIT2_WAY_PEER_FIN],
		     suggest->share);
	suggest_count(out, "closed", suggestion.count);
	suggest_count(out, "flushed",
		      hists->dwell[FINWAIT2_WAY_FLUSHED].count);
	if (suggestion.found) {
		suggest_format(text, suggestion.ms);
		out_cell(out, "interval_ms", out_integer(suggestion.ms),
			 COLOUR_NAME, text);
		suggest_count(out, "cut", suggestion.cut);
	} else {
		out_absent(out);
		out_absent(out);
	}
	if (limit) {
		limit_format(LIMIT_FLUSH_INTERVAL, *limit, text);
		out_cell(out, "limit_ms", out_integer(*limit), COLOUR_NONE,
			 text);
	} else {
		out_cell(out, "exempt", json_true(), COLOUR_DIM, "exempt");
	}
	suggest_note(out, &suggestion, limit);
}

static void suggest_rules(struct out *out, const struct suggest *suggest)
{
	const struct hists *hists;
	const struct rule *rule;
	const u64 *limit;
	char text[32];
	size_t i;

	out_root(out);
	out_array_open(out, "rules");
	for (i = 0; i < suggest->rules.count; i++) {
		rule = &suggest->rules.rules[i];
		hists = hist_find(&suggest->hists, rule->prio);
		/* Newer than the histograms are. */
		if (!hists)
			continue;
		if (rule->exempt)
			limit = NULL;
		else if (rule_sets(rule, LIMIT_FLUSH_INTERVAL))
			limit = &rule->values[LIMIT_FLUSH_INTERVAL];
		else
			limit = &suggest->limit;
		snprintf(text, sizeof(text), "rule %u", rule->prio);
		out_cell(out, "prio", out_integer(rule->prio), COLOUR_NONE,
			 text);
		suggest_print(out, suggest, hists, limit);
		out_row(out);
	}
	out_array_close(out);
}

/* What is to be borne in mind, below the table. */
static void suggest_notes(struct out *out, const struct suggest *suggest)
{
	const struct hists *all = &suggest->hists.hists[0];
	const u64 closed = all->dwell[FINWAIT2_WAY_PEER_FIN].count;
	const u64 flushed = all->dwell[FINWAIT2_WAY_FLUSHED].count;
	char share[SHARE_SIZE];
	char text[128];

	if (closed > SUGGEST_SURE &&
	    closed < share_whole(suggest->share, SUGGEST_SURE)) {
		share_format(share, share_least(closed, SUGGEST_SURE));
		snprintf(text, sizeof(text),
			 "%llu are enough for a share of %s", closed, share);
		out_line(out, COLOUR_DIM, text);
	}
	if (flushed)
		out_line(out, COLOUR_DIM,
			 "some that were flushed might have been closed by the peer later");
}

/**
 * suggest_cmd() - the command "suggest [share SHARE]"
 * @out: where to print
 * @argc: number of words after "suggest"
 * @argv: the words
 *
 * Return: the exit status.
 */
int suggest_cmd(struct out *out, int argc, char **argv)
{
	struct suggest suggest = { .share = SUGGEST_SHARE };
	char why[ERR_WHY], share[SHARE_SIZE];
	char text[128];
	int ret;

	if (argc && strcmp(argv[0], "share"))
		return err_usage("unknown word \"%s\": expected share or nothing",
				 argv[0]);
	if (argc == 1)
		return err_usage("too few words: expected suggest share SHARE");
	if (argc && share_parse(argv[1], &suggest.share, why))
		return err_usage("%s", why);

	ret = suggest_ask(&suggest);
	if (!ret) {
		out_open(out, OUT_SCREEN);
		share_format(share, suggest.share);
		snprintf(text, sizeof(text),
			 "interval that would have cut fewer than %s of those that the peer closed",
			 share);
		out_line(out, COLOUR_NONE, text);
		out_hidden(out, "share", share_json(suggest.share));
		out_hidden(out, "needed",
			   out_integer(share_whole(suggest.share, SUGGEST_SURE)));
		out_table_open(out, suggest_columns,
			       ARRAY_SIZE(suggest_columns));
		out_section(out, "all");
		out_text(out, COLOUR_NONE, "all");
		suggest_print(out, &suggest, &suggest.hists.hists[0],
			      &suggest.limit);
		suggest_rules(out, &suggest);
		out_table_close(out, true);
		suggest_notes(out, &suggest);
		out_close(out);
	}
	hist_list_free(&suggest.hists);
	rule_list_free(&suggest.rules);
	return ret;
}
