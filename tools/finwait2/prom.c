// SPDX-License-Identifier: GPL-2.0
/*
 * Everything about a network namespace, as metrics for Prometheus
 *
 * Names and labels are there to stay, as others' queries have them. All series of
 * the namespace are there from the beginning, also those that count nothing yet:
 * of a counter that appears with its first event, Prometheus cannot tell that
 * there was one. Labels take no other values than those of a fixed list, except
 * of rules, see prom_rule.c.
 *
 * That a socket would have been flushed is no way of leaving. It is told apart
 * from those, so that their sum is what has left.
 */
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "file.h"
#include "genl.h"
#include "hist.h"
#include "limit.h"
#include "metric.h"
#include "name.h"
#include "netns.h"
#include "prom.h"
#include "prom_rule.h"
#include "rule_cmd.h"
#include "stats.h"

#define PROM_MODULE_VERSION	"/sys/module/finwait2/version"

/* How often to begin again if rules change meanwhile. */
#define PROM_TRIES	5

/* From 1 ms to 6 days. */
static const struct metric_bounds prom_bounds = { 0, 29, 1 };

/**
 * struct prom - what is told
 * @stats: the counters
 * @limits: the limits
 * @all: histograms of the namespace
 * @rules: what there is of the rules
 */
struct prom {
	struct stats stats;
	u64 limits[LIMIT_COUNT];
	struct hists all;
	struct prom_rules rules;
};

static const struct metric_family prom_left = {
	"finwait2_left", METRIC_COUNTER, false,
	"Sockets that left FIN_WAIT_2 without having been flushed.",
}, prom_flushed = {
	"finwait2_flushed", METRIC_COUNTER, false,
	"Sockets flushed, by which limit or by request.",
};

/**
 * struct prom_counter - a counter, or a number
 * @attr: which attribute of the counters it is
 * @reason: enum finwait2_reason that it is labelled with; those of a family
 *	follow each other
 * @family: the family that it begins, or is in if it has a reason
 */
static const struct prom_counter {
	unsigned int attr;
	int reason;
	const struct metric_family *family;
} prom_counters[] = {
	{ FINWAIT2_A_STATS_TRACKED, -1, &(const struct metric_family) {
		"finwait2_tracked_sockets", METRIC_GAUGE, false,
		"Sockets in FIN_WAIT_2 that are watched.",
	} },
	{ FINWAIT2_A_STATS_ENTERED, -1, &(const struct metric_family) {
		"finwait2_entered", METRIC_COUNTER, false,
		"Sockets taken in as they entered FIN_WAIT_2.",
	} },
	{ FINWAIT2_A_STATS_ADOPTED, -1, &(const struct metric_family) {
		"finwait2_adopted", METRIC_COUNTER, false,
		"Sockets found in FIN_WAIT_2 later.",
	} },
	{ FINWAIT2_A_STATS_MISSED, -1, &(const struct metric_family) {
		"finwait2_missed", METRIC_COUNTER, false,
		"Times a socket could not be taken in at once for lack of room.",
	} },
	{ FINWAIT2_A_STATS_DROPPED, -1, &(const struct metric_family) {
		"finwait2_dropped", METRIC_COUNTER, false,
		"Sockets that were watched no more for lack of room.",
	} },
	{ FINWAIT2_A_STATS_LEFT_FIN, FINWAIT2_REASON_PEER_FIN, &prom_left },
	{ FINWAIT2_A_STATS_LEFT_CLOSE, FINWAIT2_REASON_CLOSE, &prom_left },
	{ FINWAIT2_A_STATS_LEFT_RESET, FINWAIT2_REASON_RESET, &prom_left },
	{ FINWAIT2_A_STATS_LEFT_ABORT, FINWAIT2_REASON_ABORT, &prom_left },
	{ FINWAIT2_A_STATS_FLUSHED_HELD, FINWAIT2_REASON_HELD, &prom_flushed },
	{ FINWAIT2_A_STATS_FLUSHED_SHUT, FINWAIT2_REASON_SHUT, &prom_flushed },
	{ FINWAIT2_A_STATS_FLUSHED_AGE, FINWAIT2_REASON_AGE, &prom_flushed },
	{ FINWAIT2_A_STATS_FLUSHED_VANISHED, FINWAIT2_REASON_VANISHED,
	  &prom_flushed },
	{ FINWAIT2_A_STATS_FLUSHED_REQUEST, FINWAIT2_REASON_REQUEST,
	  &prom_flushed },
	{ FINWAIT2_A_STATS_FLUSHED_PRESSURE, FINWAIT2_REASON_PRESSURE,
	  &prom_flushed },
	{ FINWAIT2_A_STATS_WOULD_FLUSH, -1, &(const struct metric_family) {
		"finwait2_would_flush", METRIC_COUNTER, false,
		"Sockets that observe mode let stay at their limit.",
	} },
	{ FINWAIT2_A_STATS_SCALE, -1, &(const struct metric_family) {
		"finwait2_adaptive_percent", METRIC_GAUGE, false,
		"What is left of the limits; 100 unless there are too many sockets.",
	} },
	{ FINWAIT2_A_STATS_RULES, -1, &(const struct metric_family) {
		"finwait2_rules", METRIC_GAUGE, false,
		"Rules in force.",
	} },
	{ FINWAIT2_A_STATS_GENERATION, -1, &(const struct metric_family) {
		"finwait2_rules_generation", METRIC_GAUGE, false,
		"Another number after each change of the rules.",
	} },
};

static const struct metric_family prom_info = {
	"finwait2", METRIC_INFO, false,
	"Versions of the program and of the module.",
};

static const struct metric_family prom_limit = {
	"finwait2_limit_seconds", METRIC_GAUGE, true,
	"Limits that are times; what 0 means is in finwait2(8).",
};

static const struct metric_family prom_number = {
	"finwait2_limit_sockets", METRIC_GAUGE, false,
	"Limits that are numbers of sockets; 0 is none.",
};

static const struct metric_family prom_switch = {
	"finwait2_limit_enabled", METRIC_GAUGE, false,
	"Limits that are switches; 1 is on.",
};

static const struct metric_family prom_waiting = {
	"finwait2_waiting_sockets", METRIC_GAUGE, false,
	"Sockets in FIN_WAIT_2, by who could still use them.",
};

static const struct metric_family prom_age = {
	"finwait2_waiting_age_seconds", METRIC_GAUGE_HISTOGRAM, true,
	"How long the held and the shut sockets have waited that wait now.",
};

static const struct metric_family prom_dwell = {
	"finwait2_wait_duration_seconds", METRIC_HISTOGRAM, true,
	"Time that sockets were in FIN_WAIT_2, by how they left.",
};

static const struct metric_family prom_would_flush = {
	"finwait2_would_flush_duration_seconds", METRIC_HISTOGRAM, true,
	"Time that sockets had been in FIN_WAIT_2 that observe mode let stay at their limit.",
};

static int prom_add_rule(const struct rule *rule, void *data)
{
	prom_rules_add(data, rule);
	return 0;
}

static void prom_take_hists(struct prom *prom, const struct hist_list *list)
{
	size_t i;

	prom->all = list->hists[0];
	for (i = 1; i < list->count; i++)
		prom_rules_add_hists(&prom->rules, &list->hists[i]);
}

/*
 * Histograms and rules are asked for one after the other; the generation, before
 * and after, says whether both were of the same rules. Histograms come first:
 * for them each socket is looked at, and what is found has rules and counters
 * count.
 */
static int prom_ask_once(struct prom *prom, struct genl *genl, bool *changed)
{
	const struct attr *generation =
		&prom->stats.attrs[FINWAIT2_A_STATS_GENERATION];
	struct hist_list hists;
	u64 before;
	int ret;

	ret = stats_get(genl, &prom->stats);
	if (ret)
		return ret;
	before = generation->number;
	ret = hist_load(genl, true, &hists);
	if (!ret)
		ret = rule_each(genl, prom_add_rule, &prom->rules);
	if (!ret)
		prom_take_hists(prom, &hists);
	hist_list_free(&hists);
	if (!ret)
		ret = stats_get(genl, &prom->stats);
	*changed = generation->number != before;
	return ret;
}

static int prom_ask(struct prom *prom, unsigned int rules)
{
	bool changed = false;
	unsigned int try;
	struct genl *genl;
	int ret;

	prom_rules_init(&prom->rules, rules);
	ret = limit_read_all(prom->limits);
	if (ret)
		return ret;
	ret = genl_open(&genl);
	if (ret)
		return ret;
	for (try = 0; try < PROM_TRIES; try++) {
		ret = prom_ask_once(prom, genl, &changed);
		if (ret || !changed)
			break;
		prom_rules_free(&prom->rules);
		prom_rules_init(&prom->rules, rules);
	}
	genl_close(genl);
	if (!ret && changed)
		ret = err_failed("the rules change faster than they can be read");
	return ret;
}

static void prom_print_info(struct metric *metric)
{
	char module[64];
	struct metric_label labels[] = {
		{ "version", VERSION },
		{ "module_version", module },
		{ NULL, NULL },
	};

	/* A module that is built in has no such file. */
	if (!file_word(PROM_MODULE_VERSION, module, sizeof(module)))
		labels[1].name = NULL;
	metric_open(metric, &prom_info);
	metric_number(metric, labels, 1);
}

static const struct metric_family *prom_limit_family(enum limit_id id)
{
	if (limit_is_switch(id))
		return &prom_switch;
	return limit_is_number(id) ? &prom_number : &prom_limit;
}

static void prom_print_limits(const struct prom *prom, struct metric *metric,
			      const struct metric_family *family)
{
	unsigned int i;

	metric_open(metric, family);
	for (i = 0; i < LIMIT_COUNT; i++) {
		const struct metric_label labels[] = {
			{ "limit", limit_name(i) },
			{ NULL, NULL },
		};

		if (prom->limits[i] == LIMIT_ABSENT ||
		    prom_limit_family(i) != family)
			continue;
		if (family->seconds)
			metric_span(metric, labels, prom->limits[i]);
		else
			metric_number(metric, labels, prom->limits[i]);
	}
}

/* One that the module does not have is left out rather than shown as 0. */
static void prom_print_counters(const struct prom *prom, struct metric *metric)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prom_counters); i++) {
		const struct prom_counter *counter = &prom_counters[i];
		const struct attr *attr = &prom->stats.attrs[counter->attr];
		struct metric_label labels[] = {
			{ "reason", NULL },
			{ NULL, NULL },
		};

		if (!attr->present)
			continue;
		if (metric->family != counter->family)
			metric_open(metric, counter->family);
		if (counter->reason >= 0)
			labels[0].value = name_reason(counter->reason);
		metric_number(metric, counter->reason < 0 ? NULL : labels,
			      attr->number);
	}
}

static void prom_print_waiting(const struct hists *all, struct metric *metric)
{
	const u64 counts[] = {
		[FINWAIT2_CLASS_HELD] = all->held,
		[FINWAIT2_CLASS_SHUT] = all->shut,
		[FINWAIT2_CLASS_ORPHAN] = all->orphan,
	};
	size_t i;

	metric_open(metric, &prom_waiting);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		const struct metric_label labels[] = {
			{ "class", name_class(i) },
			{ NULL, NULL },
		};

		metric_number(metric, labels, counts[i]);
	}
	metric_open(metric, &prom_age);
	metric_hist(metric, NULL, &all->age, &prom_bounds);
}

static void prom_print_dwell(const struct hists *all, struct metric *metric)
{
	unsigned int way;

	metric_open(metric, &prom_dwell);
	for (way = 0; way < FINWAIT2_WAY_WOULD_FLUSH; way++) {
		const struct metric_label labels[] = {
			{ "way", hist_way(way) },
			{ NULL, NULL },
		};

		metric_hist(metric, labels, &all->dwell[way], &prom_bounds);
	}
	metric_open(metric, &prom_would_flush);
	metric_hist(metric, NULL, &all->dwell[FINWAIT2_WAY_WOULD_FLUSH],
		    &prom_bounds);
}

/**
 * prom_print() - ask for everything, and print it as metrics
 * @classic: in Prometheus' own format rather than OpenMetrics
 * @rules: how many rules are told one by one
 *
 * All is asked before any is printed.
 *
 * Return: 0 or the exit status, the error reported.
 */
int prom_print(bool classic, unsigned int rules)
{
	struct metric metric = {
		.classic = classic,
		.netns = netns_name(),
	};
	struct prom prom = { 0 };
	int ret;

	ret = prom_ask(&prom, rules);
	if (!ret) {
		prom_print_info(&metric);
		prom_print_limits(&prom, &metric, &prom_limit);
		prom_print_limits(&prom, &metric, &prom_number);
		prom_print_limits(&prom, &metric, &prom_switch);
		prom_print_counters(&prom, &metric);
		prom_print_waiting(&prom.all, &metric);
		prom_print_dwell(&prom.all, &metric);
		prom_rules_print(&prom.rules, &metric);
		metric_close(&metric);
	}
	prom_rules_free(&prom.rules);
	return ret;
}
