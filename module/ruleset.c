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
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "net.h"
#include "policy.h"
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

	rule = kzalloc_obj(*rule, GFP_KERNEL_ACCOUNT);
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
		unsigned int way;

		stats = per_cpu_ptr(rule->stats, cpu);
		sum->matched += READ_ONCE(stats->matched);
		for (way = 0; way < FW2_WAYS; way++)
			fw2_hist_add(&sum->dwell[way], &stats->dwell[way]);
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
	kvfree(set->masks);
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

/* Which masks there are: a socket's mark is looked up after each. */
static int fw2_ruleset_masks(struct fw2_ruleset *set)
{
	unsigned int i, j;

	set->masks = kvcalloc(set->n, sizeof(*set->masks), GFP_KERNEL_ACCOUNT);
	if (!set->masks)
		return -ENOMEM;
	for (i = 0; i < set->n; i++) {
		const struct fw2_rule *rule = set->rules[i];
		u32 mask = rule->match.mask;

		if (!mask)
			continue;
		for (j = 0; j < set->nmasks && set->masks[j] != mask; j++)
			;
		if (j == set->nmasks)
			set->masks[set->nmasks++] = mask;
		set->marked = fw2_shorter(set->marked,
					  fw2_limits_shortest(&rule->limits));
	}
	return 0;
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
	err = fw2_ruleset_masks(set) ?: fw2_ruleset_index(set);
	if (err) {
		fw2_ruleset_free(set);
		return ERR_PTR(err);
	}
	return set;
}

/**
 * struct fw2_sieve - the rules that may still match
 * @maps: those that match, by dimension
 * @n: how many of these there are
 * @first: the first word in which none of them is 0
 * @end: the one after the last
 */
struct fw2_sieve {
	struct fw2_bitmap	maps[FW2_DIMS];
	unsigned int		n;
	unsigned int		first;
	unsigned int		end;
};

static void fw2_sieve_add(struct fw2_sieve *sieve, const struct fw2_bitmap *map)
{
	sieve->maps[sieve->n++] = *map;
	sieve->first = max(sieve->first, map->first);
	sieve->end = min(sieve->end, map->end);
}

/* A bitmap that is the union of others. */
struct fw2_union {
	unsigned long	bits[BITS_TO_LONGS(FW2_RULES_MAX)];
	unsigned int	first;
	unsigned int	end;
};

static void fw2_union_add(struct fw2_union *u, const struct fw2_index *index,
			  struct fw2_key key)
{
	const struct fw2_bitmap *map = fw2_index_find(index, &key);
	unsigned int i;

	if (map->first >= map->end)
		return;
	for (i = map->first; i < map->end; i++)
		u->bits[i] |= map->bits[i];
	u->first = u->end ? min(u->first, map->first) : map->first;
	u->end = max(u->end, map->end);
}

static void fw2_sieve_union(struct fw2_sieve *sieve, const struct fw2_union *u)
{
	fw2_sieve_add(sieve, &(struct fw2_bitmap){
				.bits = u->bits,
				.first = u->first,
				.end = u->end,
			     });
}

static const struct fw2_rule *fw2_sieve_first(const struct fw2_sieve *sieve,
					      const struct fw2_ruleset *set)
{
	unsigned int word, i;

	for (word = sieve->first; word < sieve->end; word++) {
		unsigned long bits = ~0UL;

		for (i = 0; i < sieve->n; i++)
			bits &= sieve->maps[i].bits[word];
		for (; bits; bits &= bits - 1) {
			unsigned int at = word * BITS_PER_LONG + __ffs(bits);

			/* Without any index, that is all the bits there are. */
			if (at >= set->n)
				return NULL;
			if (!fw2_match_cgroup_gone(&set->rules[at]->match))
				return set->rules[at];
		}
	}
	return NULL;
}

/* In a function of its own, as it needs much of the stack, and is rare. */
static noinline const struct fw2_rule *
fw2_ruleset_find_more(const struct fw2_ruleset *set, const struct fw2_subject *s,
		      struct fw2_sieve *sieve)
{
	const struct fw2_index *cgroups = &set->index[FW2_DIM_CGROUP];
	struct fw2_union in_cgroup = {}, marked = {};
	struct cgroup *cgroup;
	unsigned int i;
	int level = 0;

	for (i = 0; i < set->nmasks; i++)
		fw2_union_add(&marked, &set->index[FW2_DIM_MARK],
			      fw2_subject_mark(s, set->masks[i]));
	if (set->nmasks)
		fw2_sieve_union(sieve, &marked);
	if (cgroups->n) {
		/* In none there are those that do not ask. */
		fw2_union_add(&in_cgroup, cgroups, fw2_cgroup_key(NULL));
		while ((cgroup = fw2_subject_cgroup(s, level++)))
			fw2_union_add(&in_cgroup, cgroups,
				      fw2_cgroup_key(cgroup));
		fw2_sieve_union(sieve, &in_cgroup);
	}
	return fw2_sieve_first(sieve, set);
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
	struct fw2_sieve sieve;
	unsigned int dim;

	sieve.n = 0;
	sieve.first = 0;
	sieve.end = BITS_TO_LONGS(set->n);
	for (dim = 0; dim < FW2_DIM_MARK; dim++) {
		struct fw2_key key;

		if (!set->index[dim].n)
			continue;
		key = fw2_subject_key(s, dim);
		fw2_sieve_add(&sieve, fw2_index_find(&set->index[dim], &key));
		if (sieve.first >= sieve.end)
			return NULL;
	}
	if (set->nmasks || set->index[FW2_DIM_CGROUP].n)
		return fw2_ruleset_find_more(set, s, &sieve);
	return fw2_sieve_first(&sieve, set);
}

/**
 * fw2_ruleset_hold - take a reference on the rules in force
 * @rules: where they are
 *
 * Context: any.
 * Return: the set, for fw2_ruleset_put(), or NULL if there are no rules.
 */
struct fw2_ruleset *fw2_ruleset_hold(struct fw2_ruleset __rcu **rules)
{
	struct fw2_ruleset *set;

	/* A set that has no reference any more has been replaced by another. */
	rcu_read_lock();
	do {
		set = rcu_dereference(*rules);
	} while (set && !refcount_inc_not_zero(&set->refs));
	rcu_read_unlock();
	return set;
}

/**
 * fw2_ruleset_place - the place of a priority's rule
 * @set: set, or NULL
 * @prio: priority
 *
 * Return: index into fw2_ruleset.rules, or -1 if there is no such rule.
 */
int fw2_ruleset_place(const struct fw2_ruleset *set, u32 prio)
{
	unsigned int low = 0, high = set ? set->n : 0;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (set->rules[mid]->prio == prio)
			return mid;
		if (set->rules[mid]->prio < prio)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
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
	int place = fw2_ruleset_place(set, prio);

	return place < 0 ? NULL : set->rules[place];
}
