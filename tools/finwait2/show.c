// SPDX-License-Identifier: GPL-2.0
/*
 * Everything about a network namespace, on one screen
 *
 * What is in force, who waits now, how long it takes, and what was counted. It
 * fits a terminal of 80 columns, so what may be long is cut short: programs, and
 * the other commands, tell it in full.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/finwait2.h>

#include "chart.h"
#include "count.h"
#include "duration.h"
#include "err.h"
#include "genl.h"
#include "hist.h"
#include "last.h"
#include "limit.h"
#include "name.h"
#include "out.h"
#include "rule_cmd.h"
#include "rule_print.h"
#include "show.h"
#include "stats.h"

/* So that all tables begin with columns of the same width. */
#define SHOW_SECTION	"%-7s"
#define SHOW_COUNT	9

/* Columns for the text of a rule and its priority. */
#define SHOW_RULE	44
#define SHOW_PRIO	4

/**
 * struct show - what there is to be shown
 * @limits: the limits in force
 * @stats: the counters
 * @hists: the histograms
 * @rules: the rules
 * @now: the counters, to compare with those of the last call
 * @then: the counters of the last call
 * @span: milliseconds in between, 0 if there is nothing to compare with
 */
struct show {
	u64 limits[LIMIT_COUNT];
	struct stats stats;
	struct hist_list hists;
	struct rule_list rules;
	struct last now;
	struct last then;
	u64 span;
};

/* All is asked before any is printed: an error leaves no half of a screen. */
static int show_ask(struct show *show)
{
	struct genl *genl;
	int ret;

	ret = limit_read_all(show->limits);
	if (ret)
		return ret;
	ret = genl_open(&genl);
	if (ret)
		return ret;
	ret = stats_get(genl, &show->stats);
	if (!ret)
		ret = hist_load(genl, true, &show->hists);
	if (!ret)
		ret = rule_load(genl, &show->rules);
	genl_close(genl);
	return ret;
}

/* Find the counters of the last call, and keep those of this one. */
static void show_compare(struct show *show)
{
	int dir;

	if (last_take(&show->now, &show->stats))
		return;
	dir = last_open();
	if (dir < 0)
		return;
	show->then.netns = show->now.netns;
	if (!last_read(dir, &show->then))
		show->span = last_span(&show->then, &show->now);
	last_write(dir, &show->now);
	close(dir);
}

/* The first cell of each row of a table. */
static void show_section(struct out *out, bool first)
{
	char text[16];

	snprintf(text, sizeof(text), SHOW_SECTION, first ? out->section : "");
	out_text(out, COLOUR_HEAD, text);
}

static void show_limits(struct out *out, const struct show *show)
{
	static const struct table_column columns[] = {
		{ "", false },	/* section */
		{ "", false },	/* name */
		{ "", false },	/* value */
		{ "", false },	/* name */
		{ "", false },	/* value */
	};
	unsigned int i, cells = 0;
	char text[LIMIT_SIZE];

	out_section(out, "limits");
	out_table_open(out, columns, ARRAY_SIZE(columns));
	for (i = 0; i < LIMIT_COUNT; i++) {
		if (show->limits[i] == LIMIT_ABSENT)
			continue;
		if (cells % 2 == 0)
			show_section(out, !cells);
		cells++;
		limit_format(i, show->limits[i], text);
		out_text(out, COLOUR_NAME, limit_name(i));
		out_cell(out, limit_name(i), limit_json(i, show->limits[i]),
			 COLOUR_NONE, text);
	}
	if (cells % 2) {
		out_text(out, COLOUR_NONE, "");
		out_text(out, COLOUR_NONE, "");
	}
	out_table_close(out, false);
}

static void show_sockets(struct out *out, const struct show *show)
{
	static const struct table_column columns[1 + 2 * 3] = { { "", false } };
	const struct hists *all = &show->hists.hists[0];
	const u64 counts[] = {
		[FINWAIT2_CLASS_HELD] = all->held,
		[FINWAIT2_CLASS_SHUT] = all->shut,
		[FINWAIT2_CLASS_ORPHAN] = all->orphan,
	};
	unsigned int class;

	out_section(out, "sockets");
	out_table_open(out, columns, ARRAY_SIZE(columns));
	show_section(out, true);
	for (class = 0; class < ARRAY_SIZE(counts); class++) {
		out_text(out, COLOUR_NAME, name_class(class));
		out_uint(out, name_class(class), counts[class]);
	}
	out_table_close(out, false);
}

/* Nothing to be seen as long as limits are what they say. */
static void show_pressure(struct out *out, const struct show *show)
{
	static const struct table_column columns[2] = { { "", false } };
	const struct attr *scale = &show->stats.attrs[FINWAIT2_A_STATS_SCALE];
	char text[64];

	if (!scale->present)
		return;
	out_section(out, "pressure");
	out_hidden(out, "limits_percent", out_integer(scale->number));
	if (scale->number >= 100)
		return;
	out_table_open(out, columns, ARRAY_SIZE(columns));
	show_section(out, true);
	snprintf(text, sizeof(text), "too many sockets: limits are at %llu%%",
		 scale->number);
	out_text(out, COLOUR_WARN, text);
	out_table_close(out, false);
}

static void show_rate(struct out *out, const struct show *show,
		      unsigned int counter)
{
	char text[COUNT_SIZE] = "";
	double rate = -1;

	if (show->span)
		rate = last_rate(&show->then, &show->now, counter);
	if (rate >= 0)
		count_format_rate(text, rate);
	out_text(out, rate ? COLOUR_NONE : COLOUR_DIM, text);
}

static void show_counter(struct out *out, const struct show *show,
			 unsigned int counter)
{
	const struct attr *value = stats_value(&show->stats, counter);
	const char *name = stats_name(counter);
	char text[COUNT_SIZE] = "-";

	/* What the module does not count is not shown as 0. */
	if (value->present)
		count_format(text, value->number, SHOW_COUNT);
	out_text(out, COLOUR_NAME, name);
	out_cell(out, value->present ? name : NULL,
		 out_integer(value->number), COLOUR_NONE, text);
	show_rate(out, show, counter);
}

static void show_stats(struct out *out, const struct show *show)
{
	static const struct table_column columns[] = {
		{ "", false },	/* section */
		{ "", false },	/* name */
		{ "", true },	/* value */
		{ "", true },	/* rate */
		{ "", false },	/* name */
		{ "", true },	/* value */
		{ "", true },	/* rate */
	};
	const unsigned int half = STATS_COUNTERS / 2;
	unsigned int i;

	out_section(out, "stats");
	out_table_open(out, columns, ARRAY_SIZE(columns));
	for (i = 0; i < STATS_COUNTERS; i++) {
		if (i % 2 == 0)
			show_section(out, !i);
		/* People read down the columns. */
		show_counter(out, show,
			     out->json ? i : i / 2 + (i % 2 ? half : 0));
	}
	out_table_close(out, false);
}

/* When the last call was, and for programs, the rates. */
static void show_rates(struct out *out, const struct show *show)
{
	char text[DURATION_SIZE + 64], span[DURATION_SIZE];
	unsigned int i;
	double rate;

	if (!show->span)
		return;
	duration_format_short(span, show->span);
	snprintf(text, sizeof(text),
		 SHOW_SECTION "  a second, on average since the last call %s ago",
		 "", span);
	out_line(out, COLOUR_DIM, text);
	out_section(out, "rates");
	out_hidden(out, "over_ms", out_integer(show->span));
	for (i = 0; i < STATS_COUNTERS; i++) {
		rate = last_rate(&show->then, &show->now, i);
		if (rate >= 0)
			out_hidden(out, stats_name(i), json_real(rate));
	}
}

static json_t *show_json_waiting(const struct hists *hists)
{
	json_t *object = json_object();

	if (json_object_set_new(object, name_class(FINWAIT2_CLASS_HELD),
				out_integer(hists->held)) ||
	    json_object_set_new(object, name_class(FINWAIT2_CLASS_SHUT),
				out_integer(hists->shut)) ||
	    json_object_set_new(object, name_class(FINWAIT2_CLASS_ORPHAN),
				out_integer(hists->orphan)))
		err_no_memory();
	return object;
}

/* What is too long ends in two dots. */
static void show_rule_text(struct out *out, const struct rule *rule,
			   size_t width)
{
	char *text = rule_text_line(rule);
	size_t end = width - 2;

	if (strlen(text) > width) {
		/* Not within a character: the names of cgroups may be UTF-8. */
		while (end && (text[end] & 0xc0) == 0x80)
			end--;
		strcpy(text + end, "..");
	}
	out_text(out, rule->gone ? COLOUR_WARN : COLOUR_NONE, text);
	free(text);
}

static void show_rule(struct out *out, const struct show *show,
		      const struct rule *rule, size_t width)
{
	/* No wider than the titles of the columns. */
	static const unsigned int widths[RULE_COUNTERS] = {
		[RULE_MATCHED] = 7,
		[RULE_FLUSHED] = 7,
		[RULE_WOULD_FLUSH] = 5,
	};
	const struct hists *hists = hist_find(&show->hists, rule->prio);
	char text[COUNT_SIZE];
	unsigned int i;

	out_uint(out, "prio", rule->prio);
	rule_print_json(out, rule);
	show_rule_text(out, rule, width);
	for (i = 0; i < RULE_COUNTERS; i++) {
		if (!(rule->counted & 1U << i)) {
			out_absent(out);
			continue;
		}
		count_format(text, rule->counters[i], widths[i]);
		out_cell(out, rule_counter(i), out_integer(rule->counters[i]),
			 COLOUR_NONE, text);
	}
	if (!hists || !hists->waiting) {
		out_absent(out);
	} else {
		count_format(text, hists->held + hists->shut + hists->orphan,
			     7);
		out_cell(out, "waiting",
			 out->json ? show_json_waiting(hists) : NULL,
			 COLOUR_NONE, text);
	}
	if (hists)
		chart_print_json(out, hists);
	out_row(out);
}

static void show_rules(struct out *out, const struct show *show)
{
	static const struct table_column columns[] = {
		{ "PRIO", true },
		{ "RULE", false },
		{ "MATCHED", true },
		{ "FLUSHED", true },
		{ "WOULD", true },
		{ "WAITING", true },
	};
	const struct rule_list *rules = &show->rules;
	size_t i, width = SHOW_PRIO;
	char text[COUNT_SIZE];

	out_section(out, "rules");
	out_hidden(out, "count", out_integer(rules->count));
	out_array_open(out, "list");
	if (rules->count) {
		/* The last has the longest number. */
		snprintf(text, sizeof(text), "%u",
			 rules->rules[rules->count - 1].prio);
		if (width < strlen(text))
			width = strlen(text);
		out_line(out, COLOUR_NONE, "");
		out_table_open(out, columns, ARRAY_SIZE(columns));
		for (i = 0; i < rules->count; i++)
			show_rule(out, show, &rules->rules[i],
				  SHOW_RULE - width);
		out_table_close(out, true);
	}
	out_array_close(out);
}

/**
 * show_cmd() - the command "show"
 * @out: where to print
 * @argc: number of words after "show", 0
 * @argv: the words
 *
 * Return: the exit status.
 */
int show_cmd(struct out *out, int argc __maybe_unused,
	     char **argv __maybe_unused)
{
	struct show show = { 0 };
	int ret;

	ret = show_ask(&show);
	if (!ret) {
		show_compare(&show);
		out_open(out, OUT_SCREEN);
		show_limits(out, &show);
		show_sockets(out, &show);
		show_pressure(out, &show);
		out_line(out, COLOUR_NONE, "");
		chart_print(out, &show.hists.hists[0]);
		out_line(out, COLOUR_NONE, "");
		show_stats(out, &show);
		show_rates(out, &show);
		show_rules(out, &show);
		out_root(out);
		chart_print_json(out, &show.hists.hists[0]);
		out_close(out);
	}
	hist_list_free(&show.hists);
	rule_list_free(&show.rules);
	return ret;
}
