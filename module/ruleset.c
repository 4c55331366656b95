// SPDX-License-Identifier: GPL-2.0
/*
 * Rules: who is under other limits than the sysctls say.
 *
 * A namespace points to a set of rules, or to none. A set never changes: who
 * wants another one builds it, and puts it in the place of the old one, which
 * goes after a grace period. So whoever looks up a rule, under RCU, sees a whole
 * set, and a reader who lists the rules holds a reference on one.
 *
 * The rules themselves are shared between sets, so that one keeps its counters
 * for as long as it is in force, whatever happens to its neighbours.
 */

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "net.h"
#include "ruleset.h"

/**
 * fw2_rule_alloc - a rule that asks nothing and says nothing
 *
 * Context: process context, may sleep.
 * Return: a rule, for fw2_rule_put(), or NULL.
 */
struct fw2_rule *fw2_rule_alloc(void)
{
	static atomic_t ids = ATOMIC_INIT(0);
	struct fw2_rule *rule;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return NULL;
	rule->stats = alloc_percpu_gfp(struct fw2_rule_stats,
				       GFP_KERNEL_ACCOUNT);
	if (!rule->stats) {
		kfree(rule);
		return NULL;
	}
	refcount_set(&rule->refs, 1);
	/* 0 is no rule. */
	do {
		rule->id = atomic_inc_return(&ids);
	} while (!rule->id);
	return rule;
}

/**
 * fw2_rule_put - give up a reference
 * @rule: rule
 *
 * Context: process context; if it is the last one, a grace period after the rule
 * was last in force.
 */
void fw2_rule_put(struct fw2_rule *rule)
{
	if (!refcount_dec_and_test(&rule->refs))
		return;
	fw2_match_free(&rule->match);
	free_percpu(rule->stats);
	kfree(rule);
}

/**
 * fw2_rule_sum - add up the counters of all CPUs
 * @rule: rule
 * @sum: where to
 */
void fw2_rule_sum(const struct fw2_rule *rule, struct fw2_rule_stats *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct fw2_rule_stats *stats;

		stats = per_cpu_ptr(rule->stats, cpu);
		sum->matched += READ_ONCE(stats->matched);
		sum->flushed += READ_ONCE(stats->flushed);
		sum->would_flush += READ_ONCE(stats->would_flush);
	}
}

/**
 * fw2_rule_same - are two rules the same, but for their counters?
 * @a: one
 * @b: the other
 */
bool fw2_rule_same(const struct fw2_rule *a, const struct fw2_rule *b)
{
	return a->prio == b->prio && a->said == b->said &&
	       a->exempt == b->exempt &&
	       !memcmp(&a->limits, &b->limits, sizeof(a->limits)) &&
	       fw2_match_same(&a->match, &b->match);
}

static void fw2_ruleset_free(struct fw2_ruleset *set)
{
	unsigned int i;

	for (i = 0; i < FW2_DIMS; i++)
		fw2_index_free(&set->index[i]);
	for (i = 0; i < set->n; i++)
		fw2_rule_put(set->rules[i]);
	kvfree(set);
}

static void fw2_ruleset_work(struct work_struct *work)
{
	fw2_ruleset_free(container_of(to_rcu_work(work), struct fw2_ruleset,
				      free));
}

/**
 * fw2_ruleset_put - give up a reference
 * @set: set, or NULL
 *
 * Context: any.
 */
void fw2_ruleset_put(struct fw2_ruleset *set)
{
	if (set && refcount_dec_and_test(&set->refs))
		queue_rcu_work(fw2_wq, &set->free);
}

static int fw2_ruleset_index(struct fw2_ruleset *set)
{
	const struct fw2_span **spans;
	unsigned int dim, i;
	int err = 0;

	spans = kvcalloc(set->n, sizeof(*spans), GFP_KERNEL);
	if (!spans)
		return -ENOMEM;
	for (dim = 0; dim < FW2_DIMS && !err; dim++) {
		for (i = 0; i < set->n; i++)
			spans[i] = &set->rules[i]->match.spans[dim];
		err = fw2_index_build(&set->index[dim], spans, set->n);
	}
	kvfree(spans);
	return err;
}

/**
 * fw2_ruleset_build - make a set of some rules
 * @rules: rules, by priority; each gets one more reference
 * @n: how many, not 0
 *
 * Context: process context, may sleep.
 * Return: the set, with one reference, or ERR_PTR(-ENOMEM).
 */
struct fw2_ruleset *fw2_ruleset_build(struct fw2_rule **rules, unsigned int n)
{
	struct fw2_ruleset *set;
	unsigned int i;
	int err;

	set = kvzalloc(struct_size(set, rules, n), GFP_KERNEL_ACCOUNT);
	if (!set)
		return ERR_PTR(-ENOMEM);
	refcount_set(&set->refs, 1);
	INIT_RCU_WORK(&set->free, fw2_ruleset_work);
	set->n = n;
	for (i = 0; i < n; i++) {
		refcount_inc(&rules[i]->refs);
		set->rules[i] = rules[i];
	}
	err = fw2_ruleset_index(set);
	if (err) {
		fw2_ruleset_free(set);
		return ERR_PTR(err);
	}
	return set;
}

/**
 * fw2_ruleset_find - which rule is a socket under?
 * @set: set
 * @s: socket
 *
 * Context: RCU read side; any, the probe included.
 * Return: the first rule that matches, or NULL.
 */
const struct fw2_rule *fw2_ruleset_find(const struct fw2_ruleset *set,
					const struct fw2_subject *s)
{
	const unsigned long *maps[FW2_DIMS];
	unsigned int dim, word, n = 0;

	for (dim = 0; dim < FW2_DIMS; dim++) {
		if (set->index[dim].n)
			maps[n++] = fw2_index_find(&set->index[dim],
						   &s->keys[dim]);
	}
	for (word = 0; word < BITS_TO_LONGS(set->n); word++) {
		unsigned long bits = ~0UL;
		unsigned int i;

		for (i = 0; i < n; i++)
			bits &= maps[i][word];
		while (bits) {
			unsigned int at = word * BITS_PER_LONG + __ffs(bits);

			if (at >= set->n)
				break;
			if (fw2_match_rest(&set->rules[at]->match, s))
				return set->rules[at];
			bits &= bits - 1;
		}
	}
	return NULL;
}

/**
 * fw2_ruleset_at - the rule of a priority
 * @set: set, or NULL
 * @prio: priority
 *
 * Return: the rule, or NULL.
 */
const struct fw2_rule *fw2_ruleset_at(const struct fw2_ruleset *set, u32 prio)
{
	unsigned int low = 0, high = set ? set->n : 0;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (set->rules[mid]->prio == prio)
			return set->rules[mid];
		if (set->rules[mid]->prio < prio)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
