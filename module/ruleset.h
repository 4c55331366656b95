/* SPDX-License-Identifier: GPL-2.0 */
/* The rules of a network namespace */
#ifndef _FW2_RULESET_H
#define _FW2_RULESET_H

#include <linux/bits.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>

#include "hist.h"
#include "index.h"
#include "limits.h"
#include "match.h"

struct fw2_net;

#define FW2_RULES_MAX	1024

/**
 * struct fw2_rule_stats - counters of a rule, of one CPU
 * @matched: sockets that came under it
 * @dwell: time spent by sockets that left under it, and by those that observe
 *	mode let stay, by enum finwait2_way
 */
struct fw2_rule_stats {
	u64		matched;
	struct fw2_hist	dwell[FW2_WAYS];
};

/**
 * struct fw2_rule - a rule
 * @refs: one for each set that has it
 * @id: tells it from every other rule there was
 * @prio: its place; unique in a set
 * @said: which of @limits it says, bits of enum fw2_limit
 * @exempt: its sockets are left alone
 * @linger: what orphan_interval makes of tp->linger2, see fw2_orphan_linger()
 * @limits: what it says
 * @match: which sockets it is for
 * @stats: counters
 *
 * Does not change once it is in a set.
 */
struct fw2_rule {
	refcount_t		refs;
	u32			id;
	u32			prio;
	u32			said;
	bool			exempt;
	int			linger;
	struct fw2_limits	limits;
	struct fw2_match	match;
	struct fw2_rule_stats __percpu *stats;
};

/**
 * struct fw2_ruleset - all rules of a namespace
 * @refs: one of the namespace, one of each dump of rules or histograms
 * @free: gives it up, a grace period after the last reference
 * @n: rules
 * @nmasks: masks
 * @masks: of marks, each once
 * @marked: shortest limit that a rule with a mark says, ms; 0: none
 * @index: where to find the rules, by dimension
 * @rules: rules, by priority
 *
 * Does not change once it is published.
 */
struct fw2_ruleset {
	refcount_t		refs;
	struct rcu_work		free;
	unsigned int		n;
	unsigned int		nmasks;
	u32			*masks;
	unsigned int		marked;
	struct fw2_index	index[FW2_DIMS];
	struct fw2_rule		*rules[];
};

/* A socket has come under a rule. */
static inline void fw2_rule_matched(const struct fw2_rule *rule)
{
	this_cpu_inc(rule->stats->matched);
}

/* One has left, or would have. */
static inline void fw2_rule_left(const struct fw2_rule *rule,
				 enum finwait2_way way, u32 ms)
{
	fw2_hist_count(&rule->stats->dwell[way], ms);
}

struct fw2_rule *fw2_rule_alloc(void);
void fw2_rule_put(struct fw2_rule *rule);
void fw2_rule_sum(const struct fw2_rule *rule, struct fw2_rule_stats *sum);
bool fw2_rule_same(const struct fw2_rule *a, const struct fw2_rule *b);

struct fw2_ruleset *fw2_ruleset_build(struct fw2_rule **rules, unsigned int n);
struct fw2_ruleset *fw2_ruleset_hold(struct fw2_ruleset __rcu **rules);
void fw2_ruleset_put(struct fw2_ruleset *set);

const struct fw2_rule *fw2_ruleset_find(const struct fw2_ruleset *set,
					const struct fw2_subject *s);
int fw2_ruleset_place(const struct fw2_ruleset *set, u32 prio);
const struct fw2_rule *fw2_ruleset_at(const struct fw2_ruleset *set, u32 prio);

#endif
