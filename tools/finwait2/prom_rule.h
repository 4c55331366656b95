/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_PROM_RULE_H
#define FINWAIT2_PROM_RULE_H

#include "hist.h"
#include "rule.h"

struct metric;
struct metric_bounds;

/**
 * struct prom_rule - what there is to tell of a rule
 * @prio: its priority; 0 for all that are not told one by one
 * @match: which sockets it is for, in words
 * @set: what it sets, in words
 * @counted: which of @counters the kernel has told, a bit for each
 * @counters: what has become of the sockets
 * @hists: how long they have stayed, and who waits now
 */
struct prom_rule {
	u32 prio;
	char *match;
	char *set;
	u32 counted;
	u64 counters[RULE_COUNTERS];
	struct hists hists;
};

/**
 * struct prom_rules - what there is to tell of all rules
 * @max: how many are told one by one
 * @count: how many of @rules there are, up to @max and one for the others
 * @rules: the rules by priority
 */
struct prom_rules {
	unsigned int max;
	unsigned int count;
	struct prom_rule *rules;
};

void prom_rules_init(struct prom_rules *rules, unsigned int max);
void prom_rules_free(struct prom_rules *rules);
void prom_rules_add(struct prom_rules *rules, const struct rule *rule);
void prom_rules_add_hists(struct prom_rules *rules, const struct hists *hists);
void prom_rules_print(const struct prom_rules *rules, struct metric *metric);

#endif
