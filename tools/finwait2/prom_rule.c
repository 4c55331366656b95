// SPDX-License-Identifier: GPL-2.0
/*
 * Metrics of rules
 *
 * There may be a thousand rules, and each has a hundred samples: so many series
 * are more than some would like to pay for. The first rules are told one by one,
 * and all others as one, by the name "other". What they are called is their
 * priority; what they say is in a metric of its own, for to change it must not
 * begin new series of all the others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "metric.h"
#include "name.h"
#include "prom_rule.h"
#include "rule_print.h"

/* Room for a priority, or "other". */
#define PROM_RULE_NAME	16

/* Buckets are four times as wide as those of the namespace, see above. */
static const struct metric_bounds prom_rule_bounds = { 2, 28, 2 };

static const struct metric_family prom_rule_info = {
	"finwait2_rule", METRIC_INFO, false,
	"What a rule says.",
};

static const struct metric_family prom_rule_counters[RULE_COUNTERS] = {
	[RULE_MATCHED] = {
		"finwait2_rule_matched", METRIC_COUNTER, false,
		"Sockets that came under the rule.",
	},
	[RULE_FLUSHED] = {
		"finwait2_rule_flushed", METRIC_COUNTER, false,
		"Sockets flushed under the rule.",
	},
	[RULE_WOULD_FLUSH] = {
		"finwait2_rule_would_flush", METRIC_COUNTER, false,
		"Sockets that observe mode let stay under the rule.",
	},
};

static const struct metric_family prom_rule_waiting = {
	"finwait2_rule_waiting_sockets", METRIC_GAUGE, false,
	"Sockets in FIN_WAIT_2 that are under the rule.",
};

static const struct metric_family prom_rule_dwell = {
	"finwait2_rule_wait_duration_seconds", METRIC_HISTOGRAM, true,
	"Time that sockets under the rule were in FIN_WAIT_2, by how they left.",
};

/**
 * prom_rules_init() - begin to collect what there is to tell of rules
 * @rules: where to, for prom_rules_free()
 * @max: how many are to be told one by one
 */
void prom_rules_init(struct prom_rules *rules, unsigned int max)
{
	rules->max = max;
	rules->count = 0;
	rules->rules = calloc(max + 1, sizeof(*rules->rules));
	if (!rules->rules)
		err_no_memory();
}

/**
 * prom_rules_free() - forget it
 * @rules: what was collected
 */
void prom_rules_free(struct prom_rules *rules)
{
	unsigned int i;

	for (i = 0; i < rules->count; i++) {
		free(rules->rules[i].match);
		free(rules->rules[i].set);
	}
	free(rules->rules);
	rules->rules = NULL;
	rules->count = 0;
}

/**
 * prom_rules_add() - take in the next rule
 * @rules: what is being collected
 * @rule: the rule
 */
void prom_rules_add(struct prom_rules *rules, const struct rule *rule)
{
	struct prom_rule *to = &rules->rules[rules->count];
	unsigned int i;

	if (rules->count < rules->max) {
		to->prio = rule->prio;
		to->match = rule_text_match(rule);
		to->set = rule_text_set(rule);
		rules->count++;
	} else {
		/* The last is all others, from the first of them on. */
		to = &rules->rules[rules->max];
		rules->count = rules->max + 1;
	}
	to->counted |= rule->counted;
	for (i = 0; i < RULE_COUNTERS; i++)
		to->counters[i] += rule->counters[i];
}

static struct prom_rule *prom_rules_find(const struct prom_rules *rules,
					 u32 prio)
{
	unsigned int i;

	for (i = 0; i < rules->count; i++) {
		if (rules->rules[i].prio == prio)
			return &rules->rules[i];
	}
	return rules->count > rules->max ? &rules->rules[rules->max] : NULL;
}

static void prom_hist_add(struct hist *to, const struct hist *hist)
{
	unsigned int i;

	to->count += hist->count;
	to->sum += hist->sum;
	for (i = 0; i < FINWAIT2_BUCKETS; i++)
		to->buckets[i] += hist->buckets[i];
}

/**
 * prom_rules_add_hists() - take in the histograms of a rule
 * @rules: what is being collected, all rules included
 * @hists: the histograms
 */
void prom_rules_add_hists(struct prom_rules *rules, const struct hists *hists)
{
	struct prom_rule *to = prom_rules_find(rules, hists->prio);
	unsigned int way;

	/* Of another set of rules: who collects finds out. */
	if (!to)
		return;
	for (way = 0; way < HIST_WAYS; way++)
		prom_hist_add(&to->hists.dwell[way], &hists->dwell[way]);
	to->hists.waiting |= hists->waiting;
	to->hists.held += hists->held;
	to->hists.shut += hists->shut;
	to->hists.orphan += hists->orphan;
}

static void prom_rule_name(const struct prom_rule *rule,
			   char name[PROM_RULE_NAME])
{
	if (rule->prio)
		snprintf(name, PROM_RULE_NAME, "%u", rule->prio);
	else
		snprintf(name, PROM_RULE_NAME, "other");
}

static void prom_rule_print_info(const struct prom_rule *rule,
				 const struct metric *metric, const char *name)
{
	const struct metric_label labels[] = {
		{ "rule", name },
		{ "match", *rule->match ? rule->match : "all" },
		{ "set", rule->set },
		{ NULL, NULL },
	};

	metric_number(metric, labels, 1);
}

static void prom_rule_print_waiting(const struct prom_rule *rule,
				    const struct metric *metric,
				    const char *name)
{
	const struct hists *hists = &rule->hists;
	const u64 counts[] = {
		[FINWAIT2_CLASS_HELD] = hists->held,
		[FINWAIT2_CLASS_SHUT] = hists->shut,
		[FINWAIT2_CLASS_ORPHAN] = hists->orphan,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		const struct metric_label labels[] = {
			{ "rule", name },
			{ "class", name_class(i) },
			{ NULL, NULL },
		};

		metric_number(metric, labels, counts[i]);
	}
}

static void prom_rule_print_dwell(const struct prom_rule *rule,
				  const struct metric *metric,
				  const char *name)
{
	unsigned int way;

	for (way = 0; way < FINWAIT2_WAY_WOULD_FLUSH; way++) {
		const struct metric_label labels[] = {
			{ "rule", name },
			{ "way", hist_way(way) },
			{ NULL, NULL },
		};

		metric_hist(metric, labels, &rule->hists.dwell[way],
			    &prom_rule_bounds);
	}
}

static void prom_rule_print_counters(const struct prom_rules *rules,
				     struct metric *metric,
				     enum rule_counter counter)
{
	const struct prom_rule *rule;
	char name[PROM_RULE_NAME];
	unsigned int i;

	metric_open(metric, &prom_rule_counters[counter]);
	for (i = 0; i < rules->count; i++) {
		const struct metric_label labels[] = {
			{ "rule", name },
			{ NULL, NULL },
		};

		rule = &rules->rules[i];
		prom_rule_name(rule, name);
		if (rule->counted & 1U << counter)
			metric_number(metric, labels,
				      rule->counters[counter]);
	}
}

/* All samples of a family come together. */
static void prom_rule_print_each(const struct prom_rules *rules,
				 struct metric *metric,
				 const struct metric_family *family,
				 void (*print)(const struct prom_rule *rule,
					       const struct metric *metric,
					       const char *name))
{
	char name[PROM_RULE_NAME];
	unsigned int i;

	metric_open(metric, family);
	for (i = 0; i < rules->count; i++) {
		/* What the others say is too much for a label. */
		if (family == &prom_rule_info && !rules->rules[i].prio)
			continue;
		prom_rule_name(&rules->rules[i], name);
		print(&rules->rules[i], metric, name);
	}
}

/**
 * prom_rules_print() - print what was collected
 * @rules: what was collected
 * @metric: where to
 */
void prom_rules_print(const struct prom_rules *rules, struct metric *metric)
{
	unsigned int i;

	if (!rules->count)
		return;
	prom_rule_print_each(rules, metric, &prom_rule_info,
			     prom_rule_print_info);
	for (i = 0; i < RULE_COUNTERS; i++)
		prom_rule_print_counters(rules, metric, i);
	prom_rule_print_each(rules, metric, &prom_rule_waiting,
			     prom_rule_print_waiting);
	prom_rule_print_each(rules, metric, &prom_rule_dwell,
			     prom_rule_print_dwell);
}
