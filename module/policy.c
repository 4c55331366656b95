// SPDX-License-Identifier: GPL-2.0
/*
 * Policies: which limits a socket is under, by the rules and the sysctls.
 *
 * To look that up takes longer than to look at a socket, so its entry keeps the
 * answer, and what it was given for: the socket's class and mark, and the
 * namespace's epoch, which goes on with each change of a sysctl or of the rules.
 *
 * With the answer comes the gear of the sweeps that look at the socket, see
 * sweep.c. Where a rule asks for a mark, that is quick enough for the limits the
 * socket may be under once its mark is another: nothing but a look finds out. That
 * a held socket is shut, shut.c may tell; if it does not, the same goes for that.
 */

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <net/sock.h>

#include "exits.h"
#include "net.h"
#include "policy.h"
#include "ruleset.h"
#include "shut.h"
#include "sweep.h"
#include "table.h"

/* A limit, by its place: what the rule says, or else the sysctl. */
static unsigned int fw2_limit_at(const struct fw2_net *fn,
				 const struct fw2_rule *rule, size_t offset)
{
	const void *limits = &fn->limits;

	if (rule && rule->said & fw2_says(offset))
		limits = &rule->limits;
	return READ_ONCE(*(const unsigned int *)(limits + offset));
}

#define fw2_limit(fn, rule, limit)					\
	fw2_limit_at(fn, rule, offsetof(struct fw2_limits, limit))

/**
 * fw2_policy - which limits apply
 * @p: what to fill
 * @fn: namespace
 * @rule: rule the socket is under, or NULL
 * @class: the socket's class
 *
 * Context: any.
 */
void fw2_policy(struct fw2_policy *p, const struct fw2_net *fn,
		const struct fw2_rule *rule, enum finwait2_class class)
{
	unsigned int idle = 0;

	*p = (struct fw2_policy){};
	p->reset = fw2_limit(fn, rule, reset);
	p->observe = fw2_limit(fn, rule, observe);
	p->exempt = rule && rule->exempt;
	/* Orphans are timed by the kernel, see orphan.c. */
	if (p->exempt || class == FINWAIT2_CLASS_ORPHAN)
		return;

	if (class == FINWAIT2_CLASS_SHUT) {
		p->reason = FINWAIT2_REASON_SHUT;
		idle = fw2_limit(fn, rule, shut_interval);
	}
	if (!idle) {
		p->reason = FINWAIT2_REASON_HELD;
		idle = fw2_limit(fn, rule, flush_interval);
	}
	p->idle = msecs_to_jiffies(idle);
	p->max_age = msecs_to_jiffies(fw2_limit(fn, rule, max_age));
	p->keepstart = msecs_to_jiffies(fw2_limit(fn, rule, keepstart));
	if (p->keepstart)
		p->keepstop = msecs_to_jiffies(fw2_limit(fn, rule, keepstop));
	/* No time for a peer to answer; a rule cannot say that, two sysctls can. */
	if (p->keepstop && p->keepstop <= p->keepstart)
		p->keepstop = 2 * p->keepstart;
}

static u32 fw2_policy_shortest(const struct fw2_policy *p)
{
	return fw2_shorter(fw2_shorter(p->idle, p->max_age),
			   fw2_shorter(p->keepstart, p->keepstop));
}

/**
 * fw2_limits_shortest - the shortest of some limits on who is not an orphan
 * @limits: the limits; those not set are 0
 *
 * Return: ms, 0 if there is none.
 */
unsigned int fw2_limits_shortest(const struct fw2_limits *limits)
{
	u32 idle = fw2_shorter(READ_ONCE(limits->flush_interval),
			       READ_ONCE(limits->shut_interval));
	u32 keep = fw2_shorter(READ_ONCE(limits->keepstart),
			       READ_ONCE(limits->keepstop));

	return fw2_shorter(fw2_shorter(idle, keep), READ_ONCE(limits->max_age));
}

static const struct fw2_rule *fw2_rule_for(const struct fw2_net *fn,
					   const struct sock *sk,
					   enum finwait2_class class)
{
	const struct fw2_ruleset *set = rcu_dereference(fn->rules);

	if (likely(!set))
		return NULL;
	return fw2_ruleset_find(set, &(struct fw2_subject){ sk, class });
}

/**
 * fw2_marks_matter - may sockets of a namespace come under other limits by their mark?
 * @fn: namespace
 */
bool fw2_marks_matter(const struct fw2_net *fn)
{
	const struct fw2_ruleset *set;
	bool matter;

	rcu_read_lock();
	set = rcu_dereference(fn->rules);
	matter = set && set->nmasks;
	rcu_read_unlock();

	return matter;
}

/* The shortest limit that a socket may come under by its mark, jiffies. */
static u32 fw2_marked_shortest(const struct fw2_net *fn)
{
	const struct fw2_ruleset *set = rcu_dereference(fn->rules);

	if (likely(!set || !set->nmasks))
		return 0;
	/* What the rule does not say comes from the sysctls. */
	return msecs_to_jiffies(fw2_shorter(set->marked,
					    fw2_limits_shortest(&fn->limits)));
}

/*
 * The shortest limit that a held socket comes under once it is shut, jiffies; 0 if
 * that makes nothing sooner.
 */
static u32 fw2_shut_shortest(const struct fw2_entry *e,
			     const struct fw2_rule *held)
{
	const struct fw2_net *fn = e->fn;
	const struct fw2_rule *rule;
	struct fw2_policy shut;
	u32 idle;

	rule = fw2_rule_for(fn, e->sk, FINWAIT2_CLASS_SHUT);
	if (rule != held) {
		fw2_policy(&shut, fn, rule, FINWAIT2_CLASS_SHUT);
		return fw2_policy_shortest(&shut);
	}
	/* All but this is as it is now. */
	if (e->policy.exempt)
		return 0;
	idle = msecs_to_jiffies(fw2_limit(fn, rule, shut_interval));
	return fw2_shorter(idle, e->policy.idle) == e->policy.idle ? 0 : idle;
}

/**
 * fw2_judge - find out which limits a socket is under
 * @e: entry, its shard locked
 * @class: the class of its socket
 *
 * Puts the entry into the gear that these want.
 *
 * Context: any but the probe: it may queue work.
 */
void fw2_judge(struct fw2_entry *e, enum finwait2_class class)
{
	struct fw2_net *fn = e->fn;
	const struct fw2_rule *rule;
	u32 shortest, untold = 0;

	e->class = class;
	e->mark = READ_ONCE(e->sk->sk_mark);
	/* Pairs with the release in fw2_net_changed(). */
	e->epoch = smp_load_acquire(&fn->epoch);

	rcu_read_lock();
	rule = fw2_rule_for(fn, e->sk, class);
	if (!rule) {
		e->rule = 0;
	} else if (e->rule != rule->id) {
		e->rule = rule->id;
		fw2_rule_matched(rule);
	}
	e->prio = rule ? rule->prio : 0;
	fw2_policy(&e->policy, fn, rule, class);
	shortest = fw2_policy_shortest(&e->policy);
	if (class == FINWAIT2_CLASS_HELD && !fw2_shut_told())
		untold = fw2_shut_shortest(e, rule);
	untold = fw2_shorter(untold, fw2_marked_shortest(fn));
	rcu_read_unlock();

	e->untold = !!untold;
	fw2_sweep_shift(e, fw2_shorter(shortest, untold));
}

/* The rule that an entry is under, or NULL if none, or one no more in force. */
static const struct fw2_rule *fw2_entry_rule(const struct fw2_entry *e,
					     const struct fw2_ruleset *set)
{
	const struct fw2_rule *rule;

	if (!e->rule)
		return NULL;
	rule = fw2_ruleset_at(set, e->prio);
	return rule && rule->id == e->rule ? rule : NULL;
}

/**
 * fw2_count_young - count a socket that leaves before it was looked at for the
 *	rule that it is under
 * @fn: its namespace
 * @sk: socket
 * @l: how it leaves; the priority of the rule is noted there
 *
 * Context: the probe: socket locked by the caller.
 */
void fw2_count_young(const struct fw2_net *fn, const struct sock *sk,
		     struct fw2_leaving *l)
{
	const struct fw2_rule *rule;

	rcu_read_lock();
	rule = fw2_rule_for(fn, sk, l->class);
	if (rule) {
		fw2_rule_matched(rule);
		fw2_rule_left(rule, fw2_way(l->reason), l->age);
		l->prio = rule->prio;
	}
	rcu_read_unlock();
}

/**
 * fw2_count_entry - count a tracked socket that leaves, or would be flushed
 * @e: its entry, its shard locked
 * @way: how it leaves
 * @ms: the time it spent, ms
 *
 * A socket that is closed may be under another rule as an orphan: it is counted
 * as a match there, too.
 *
 * Context: any, the probe included.
 */
void fw2_count_entry(const struct fw2_entry *e, enum finwait2_way way, u32 ms)
{
	const struct fw2_rule *rule, *orphans;
	const struct fw2_ruleset *set;

	fw2_hist_count(&e->fn->stats->dwell[way], ms);
	if (likely(!rcu_access_pointer(e->fn->rules)))
		return;
	rcu_read_lock();
	set = rcu_dereference(e->fn->rules);
	rule = fw2_entry_rule(e, set);
	if (rule)
		fw2_rule_left(rule, way, ms);
	if (sock_flag(e->sk, SOCK_DEAD) && e->class != FINWAIT2_CLASS_ORPHAN &&
	    way < FINWAIT2_WAY_FLUSHED) {
		orphans = fw2_rule_for(e->fn, e->sk, FINWAIT2_CLASS_ORPHAN);
		if (orphans && orphans->id != e->rule)
			fw2_rule_matched(orphans);
	}
	rcu_read_unlock();
}
