// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: the rules.
 *
 * Each change makes a new set of rules from the one in force and the request,
 * complete, before it takes the other's place: a request that fails, wherever,
 * has changed nothing. Two cannot change the rules of a namespace at once: the
 * second is told so, rather than made to wait and then to work from what it has
 * not seen.
 */

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include <uapi/linux/finwait2.h>

#include "exits.h"
#include "hist.h"
#include "net.h"
#include "netlink-gen.h"
#include "orphan.h"
#include "ruleset.h"

/*
 * What all rules of a set may list in one dimension, so that its index is small.
 * Nothing but ports can come to more.
 */
#define FW2_SET_RANGES_MAX	8192

/* What a rule may need in a message, with a path and all ranges it can have. */
#define FW2_RULE_SIZE_MAX	SZ_16K

/* The limits that a rule may say. */
static const struct fw2_rule_limit {
	u16	attr;
	u16	offset;
	bool	is_switch;
} fw2_rule_limits[] = {
#define FW2_RULE_LIMIT(name, field, is_switch)				\
	{ FINWAIT2_A_RULE_##name, offsetof(struct fw2_limits, field), is_switch }
	FW2_RULE_LIMIT(INTERVAL, flush_interval, false),
	FW2_RULE_LIMIT(SHUT_INTERVAL, shut_interval, false),
	FW2_RULE_LIMIT(ORPHAN_INTERVAL, orphan_interval, false),
	FW2_RULE_LIMIT(MAX_AGE, max_age, false),
	FW2_RULE_LIMIT(KEEPSTART, keepstart, false),
	FW2_RULE_LIMIT(KEEPSTOP, keepstop, false),
	FW2_RULE_LIMIT(RESET, reset, true),
	FW2_RULE_LIMIT(OBSERVE, observe, true),
#undef FW2_RULE_LIMIT
};

static int fw2_rule_parse_limits(struct fw2_rule *rule, struct nlattr **tb,
				 struct netlink_ext_ack *extack)
{
	const struct fw2_rule_limit *l;

	for (l = fw2_rule_limits;
	     l < fw2_rule_limits + ARRAY_SIZE(fw2_rule_limits); l++) {
		const struct nlattr *attr = tb[l->attr];

		if (!attr)
			continue;
		*(unsigned int *)((void *)&rule->limits + l->offset) =
			l->is_switch ? nla_get_u8(attr) : nla_get_u32(attr);
		rule->said |= fw2_says(l->offset);
	}

	rule->exempt = tb[FINWAIT2_A_RULE_EXEMPT];
	if (rule->exempt && rule->said) {
		NL_SET_ERR_MSG_ATTR(extack, tb[FINWAIT2_A_RULE_EXEMPT],
				    "an exempt rule cannot set anything else");
		return -EINVAL;
	}
	if (!rule->exempt && !rule->said) {
		NL_SET_ERR_MSG_ATTR(extack, tb[FINWAIT2_A_RULE_PRIO],
				    "the rule sets nothing");
		return -EINVAL;
	}
	if (rule->limits.keepstart && rule->limits.keepstop &&
	    rule->limits.keepstop <= rule->limits.keepstart) {
		NL_SET_ERR_MSG_ATTR(extack, tb[FINWAIT2_A_RULE_KEEPSTOP],
				    "keepstop must be longer than keepstart");
		return -EINVAL;
	}
	rule->linger = fw2_orphan_linger(rule->limits.orphan_interval);
	return 0;
}

/* What only the kernel tells. */
static const u16 fw2_rule_answers[] = {
	FINWAIT2_A_RULE_MATCHED,
	FINWAIT2_A_RULE_FLUSHED,
	FINWAIT2_A_RULE_WOULD_FLUSH,
	FINWAIT2_A_RULE_CGROUP_GONE,
};

static int fw2_rule_fill(struct fw2_rule *rule, struct nlattr **tb,
			 const struct nlattr *nest, struct user_namespace *user_ns,
			 struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(fw2_rule_answers); i++) {
		if (tb[fw2_rule_answers[i]]) {
			NL_SET_ERR_MSG_ATTR(extack, tb[fw2_rule_answers[i]],
					    "this is told, and cannot be set");
			return -EINVAL;
		}
	}
	if (!tb[FINWAIT2_A_RULE_PRIO]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "the rule has no priority");
		return -EINVAL;
	}
	rule->prio = nla_get_u32(tb[FINWAIT2_A_RULE_PRIO]);
	err = fw2_rule_parse_limits(rule, tb, extack);
	if (err)
		return err;
	return fw2_match_parse(&rule->match, tb[FINWAIT2_A_RULE_MATCH], user_ns,
			       extack);
}

/* Take a rule from a message. Returns it, for fw2_rule_put(), or ERR_PTR(). */
static struct fw2_rule *fw2_rule_parse(const struct nlattr *nest,
				       struct user_namespace *user_ns,
				       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FINWAIT2_A_RULE_MAX + 1];
	struct fw2_rule *rule;
	int err;

	err = nla_parse_nested(tb, FINWAIT2_A_RULE_MAX, nest,
			       finwait2_rule_nl_policy, extack);
	if (err)
		return ERR_PTR(err);
	rule = fw2_rule_alloc();
	if (!rule)
		return ERR_PTR(-ENOMEM);
	err = fw2_rule_fill(rule, tb, nest, user_ns, extack);
	if (err) {
		fw2_rule_put(rule);
		return ERR_PTR(err);
	}
	return rule;
}

/**
 * struct fw2_draft - the rules that are to be in force
 * @rules: a reference on each; NULL for none
 * @n: how many
 */
struct fw2_draft {
	struct fw2_rule	**rules;
	unsigned int	n;
};

static int fw2_draft_init(struct fw2_draft *d)
{
	d->n = 0;
	d->rules = kvmalloc_array(FW2_RULES_MAX, sizeof(*d->rules), GFP_KERNEL);
	return d->rules ? 0 : -ENOMEM;
}

static void fw2_draft_free(struct fw2_draft *d)
{
	while (d->n)
		fw2_rule_put(d->rules[--d->n]);
	kvfree(d->rules);
}

/* Takes over the reference, on success. */
static int fw2_draft_add(struct fw2_draft *d, struct fw2_rule *rule,
			 const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (d->n == FW2_RULES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "more than 1024 rules");
		return -E2BIG;
	}
	d->rules[d->n++] = rule;
	return 0;
}

/* All rules in force but the one of a priority; 0 is none. */
static void fw2_draft_keep(struct fw2_draft *d, const struct fw2_ruleset *set,
			   u32 prio)
{
	unsigned int i;

	for (i = 0; set && i < set->n; i++) {
		if (set->rules[i]->prio == prio)
			continue;
		refcount_inc(&set->rules[i]->refs);
		d->rules[d->n++] = set->rules[i];
	}
}

static int fw2_rule_cmp(const void *a, const void *b)
{
	const struct fw2_rule *const *r = a, *const *s = b;

	return (*r)->prio < (*s)->prio ? -1 : (*r)->prio > (*s)->prio;
}

static int fw2_draft_check(const struct fw2_draft *d,
			   struct netlink_ext_ack *extack)
{
	unsigned int ranges[FW2_DIMS] = {};
	unsigned int i, dim;

	for (i = 0; i < d->n; i++) {
		if (i && d->rules[i - 1]->prio == d->rules[i]->prio) {
			NL_SET_ERR_MSG(extack, "two rules have one priority");
			return -EEXIST;
		}
		for (dim = 0; dim < FW2_DIMS; dim++) {
			ranges[dim] += d->rules[i]->match.spans[dim].n;
			if (ranges[dim] <= FW2_SET_RANGES_MAX)
				continue;
			NL_SET_ERR_MSG(extack,
				       "the rules list more than 8192 ranges of local or of remote ports");
			return -E2BIG;
		}
	}
	return 0;
}

/* Put a draft into force. @fn's rules_mutex is held. */
static int fw2_draft_publish(struct fw2_draft *d, struct fw2_net *fn,
			     struct netlink_ext_ack *extack)
{
	struct fw2_ruleset *set = NULL;
	int err;

	sort(d->rules, d->n, sizeof(*d->rules), fw2_rule_cmp, NULL);
	err = fw2_draft_check(d, extack);
	if (err)
		return err;
	if (d->n) {
		set = fw2_ruleset_build(d->rules, d->n);
		if (IS_ERR(set))
			return PTR_ERR(set);
	}
	fw2_net_rules_changed(fn, set);
	return 0;
}

/* The rules in force, for whoever may change them. */
static const struct fw2_ruleset *fw2_rules_mine(struct fw2_net *fn)
{
	return rcu_dereference_protected(fn->rules,
					 lockdep_is_held(&fn->rules_mutex));
}

static int fw2_rules_lock(struct fw2_net *fn, struct netlink_ext_ack *extack)
{
	if (mutex_trylock(&fn->rules_mutex))
		return 0;
	NL_SET_ERR_MSG(extack, "another change of the rules is under way");
	return -EBUSY;
}

static struct user_namespace *fw2_asker(const struct sk_buff *skb)
{
	return sk_user_ns(NETLINK_CB(skb).sk);
}

/* Each request for one rule has it in the same place. */
static const struct nlattr *fw2_rule_nest(struct genl_info *info)
{
	const struct nlattr *nest = info->attrs[FINWAIT2_A_RULES_RULE];

	if (!nest)
		NL_SET_ERR_MSG(info->extack, "the request has no rule");
	return nest;
}

static int fw2_rule_change(struct fw2_draft *d, struct fw2_rule *rule,
			   const struct nlattr *nest, struct genl_info *info,
			   bool replace)
{
	struct fw2_net *fn = fw2_net(genl_info_net(info));
	const struct fw2_ruleset *set;
	int err;

	err = fw2_rules_lock(fn, info->extack);
	if (err)
		return err;
	set = fw2_rules_mine(fn);
	if (!replace && fw2_ruleset_at(set, rule->prio)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nest,
				    "there is a rule of this priority");
		err = -EEXIST;
		goto out;
	}
	fw2_draft_keep(d, set, rule->prio);
	refcount_inc(&rule->refs);
	err = fw2_draft_add(d, rule, nest, info->extack);
	if (err)
		fw2_rule_put(rule);
	else
		err = fw2_draft_publish(d, fn, info->extack);
out:
	mutex_unlock(&fn->rules_mutex);
	return err;
}

static int fw2_rule_put_in(struct sk_buff *skb, struct genl_info *info,
			   bool replace)
{
	const struct nlattr *nest = fw2_rule_nest(info);
	struct fw2_rule *rule;
	struct fw2_draft d;
	int err;

	if (!nest)
		return -EINVAL;
	rule = fw2_rule_parse(nest, fw2_asker(skb), info->extack);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	err = fw2_draft_init(&d);
	if (!err) {
		err = fw2_rule_change(&d, rule, nest, info, replace);
		fw2_draft_free(&d);
	}
	fw2_rule_put(rule);
	return err;
}

int finwait2_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return fw2_rule_put_in(skb, info, false);
}

int finwait2_nl_rule_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	return fw2_rule_put_in(skb, info, true);
}

int finwait2_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fw2_net *fn = fw2_net(genl_info_net(info));
	const struct nlattr *nest = fw2_rule_nest(info);
	const struct nlattr *prio;
	struct fw2_draft d;
	int err;

	if (!nest)
		return -EINVAL;
	prio = nla_find_nested(nest, FINWAIT2_A_RULE_PRIO);
	if (!prio) {
		NL_SET_ERR_MSG_ATTR(info->extack, nest,
				    "the rule has no priority");
		return -EINVAL;
	}
	err = fw2_draft_init(&d);
	if (err)
		return err;
	err = fw2_rules_lock(fn, info->extack);
	if (err)
		goto out;
	if (fw2_ruleset_at(fw2_rules_mine(fn), nla_get_u32(prio))) {
		fw2_draft_keep(&d, fw2_rules_mine(fn), nla_get_u32(prio));
		err = fw2_draft_publish(&d, fn, info->extack);
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack, prio,
				    "there is no rule of this priority");
		err = -ENOENT;
	}
	mutex_unlock(&fn->rules_mutex);
out:
	fw2_draft_free(&d);
	return err;
}

static int fw2_draft_parse(struct fw2_draft *d, struct sk_buff *skb,
			   struct genl_info *info)
{
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		struct fw2_rule *rule;

		if (nla_type(attr) != FINWAIT2_A_RULES_RULE)
			continue;
		rule = fw2_rule_parse(attr, fw2_asker(skb), info->extack);
		if (IS_ERR(rule))
			return PTR_ERR(rule);
		err = fw2_draft_add(d, rule, attr, info->extack);
		if (err) {
			fw2_rule_put(rule);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/* A rule that was in force, and is to be again, keeps its counters. */
static void fw2_draft_reuse(struct fw2_draft *d, const struct fw2_ruleset *set)
{
	unsigned int i;

	for (i = 0; i < d->n; i++) {
		struct fw2_rule *old;

		old = (struct fw2_rule *)fw2_ruleset_at(set, d->rules[i]->prio);
		if (!old || !fw2_rule_same(old, d->rules[i]))
			continue;
		refcount_inc(&old->refs);
		fw2_rule_put(d->rules[i]);
		d->rules[i] = old;
	}
}

int finwait2_nl_rule_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *generation;
	struct fw2_net *fn = fw2_net(genl_info_net(info));
	struct fw2_draft d;
	int err;

	err = fw2_draft_init(&d);
	if (err)
		return err;
	err = fw2_draft_parse(&d, skb, info);
	if (err)
		goto out;
	err = fw2_rules_lock(fn, info->extack);
	if (err)
		goto out;

	generation = info->attrs[FINWAIT2_A_RULES_GENERATION];
	if (generation && nla_get_u32(generation) != fn->generation) {
		NL_SET_ERR_MSG_ATTR(info->extack, generation,
				    "the rules have changed since they were read");
		err = -ESTALE;
	} else {
		fw2_draft_reuse(&d, fw2_rules_mine(fn));
		err = fw2_draft_publish(&d, fn, info->extack);
	}
	mutex_unlock(&fn->rules_mutex);
out:
	fw2_draft_free(&d);
	return err;
}

/**
 * struct fw2_rule_dump - a dump of rules; in netlink_callback.ctx
 * @set: the rules as they were when it began, a reference held; NULL: none
 * @sum: room for what a rule counts
 * @next: which is to be told next
 */
struct fw2_rule_dump {
	struct fw2_ruleset	*set;
	struct fw2_rule_stats	*sum;
	unsigned int		next;
};

int finwait2_nl_rule_get_start(struct netlink_callback *cb)
{
	struct fw2_rule_dump *dump = (struct fw2_rule_dump *)cb->ctx;
	struct fw2_net *fn = fw2_net(sock_net(cb->skb->sk));

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));

	fw2_exits_listen(fn);
	dump->sum = kmalloc_obj(*dump->sum, GFP_KERNEL);
	if (!dump->sum)
		return -ENOMEM;
	dump->set = fw2_ruleset_hold(&fn->rules);
	cb->min_dump_alloc = FW2_RULE_SIZE_MAX;
	return 0;
}

int finwait2_nl_rule_get_done(struct netlink_callback *cb)
{
	struct fw2_rule_dump *dump = (struct fw2_rule_dump *)cb->ctx;

	kfree(dump->sum);
	fw2_ruleset_put(dump->set);
	return 0;
}

static int fw2_put_rule_limits(struct sk_buff *skb, const struct fw2_rule *rule)
{
	const struct fw2_rule_limit *l;

	for (l = fw2_rule_limits;
	     l < fw2_rule_limits + ARRAY_SIZE(fw2_rule_limits); l++) {
		unsigned int val;
		int err;

		if (!(rule->said & fw2_says(l->offset)))
			continue;
		val = *(const unsigned int *)((const void *)&rule->limits +
					      l->offset);
		err = l->is_switch ? nla_put_u8(skb, l->attr, val)
				   : nla_put_u32(skb, l->attr, val);
		if (err)
			return err;
	}
	return rule->exempt ? nla_put_flag(skb, FINWAIT2_A_RULE_EXEMPT) : 0;
}

static int fw2_put_rule(struct sk_buff *skb, const struct fw2_rule *rule,
			struct fw2_rule_stats *sum,
			struct user_namespace *user_ns)
{
	struct nlattr *nest;
	int err;

	nest = nla_nest_start(skb, FINWAIT2_A_RULES_RULE);
	if (!nest)
		return -EMSGSIZE;
	fw2_rule_sum(rule, sum);
	if (nla_put_u32(skb, FINWAIT2_A_RULE_PRIO, rule->prio) ||
	    fw2_put_rule_limits(skb, rule) ||
	    nla_put_uint(skb, FINWAIT2_A_RULE_MATCHED, sum->matched) ||
	    nla_put_uint(skb, FINWAIT2_A_RULE_FLUSHED,
			 fw2_hist_total(&sum->dwell[FINWAIT2_WAY_FLUSHED])) ||
	    nla_put_uint(skb, FINWAIT2_A_RULE_WOULD_FLUSH,
			 fw2_hist_total(&sum->dwell[FINWAIT2_WAY_WOULD_FLUSH])))
		return -EMSGSIZE;
	if (fw2_match_cgroup_gone(&rule->match) &&
	    nla_put_flag(skb, FINWAIT2_A_RULE_CGROUP_GONE))
		return -EMSGSIZE;
	err = fw2_match_put(skb, FINWAIT2_A_RULE_MATCH, &rule->match, user_ns);
	if (err)
		return err;
	nla_nest_end(skb, nest);
	return 0;
}

int finwait2_nl_rule_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct fw2_rule_dump *dump = (struct fw2_rule_dump *)cb->ctx;
	int err = 0;

	while (dump->set && dump->next < dump->set->n) {
		void *hdr;

		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &finwait2_nl_family,
				  NLM_F_MULTI, FINWAIT2_CMD_RULE_GET);
		if (!hdr) {
			err = -EMSGSIZE;
			break;
		}
		err = fw2_put_rule(skb, dump->set->rules[dump->next], dump->sum,
				   fw2_asker(cb->skb));
		if (err) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		dump->next++;
	}
	/* The skb is full: what is in it goes out, and the dump goes on. */
	return err == -EMSGSIZE && skb->len ? skb->len : err;
}
