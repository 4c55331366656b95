// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: histograms.
 *
 * What is counted is there to be told. How long those have waited that are there
 * now is found out for a request, by a look at each: a census, taken as the dump
 * begins, of the namespace and of each rule that was in force then.
 */

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/inet_hashtables.h>
#include <net/sock.h>
#include <uapi/linux/finwait2.h>

#include "ehash.h"
#include "exits.h"
#include "hist.h"
#include "net.h"
#include "netlink-gen.h"
#include "nursery.h"
#include "ruleset.h"
#include "sweep.h"
#include "table.h"

/* What histograms may need in a message, all ways and the ages. */
#define FW2_HISTS_SIZE_MAX	SZ_4K

/**
 * struct fw2_crowd - the sockets that wait now
 * @n: how many, by class
 * @age: for how long those have that are not orphans
 */
struct fw2_crowd {
	u64		n[FINWAIT2_CLASS_ORPHAN + 1];
	struct fw2_hist	age;
};

/**
 * struct fw2_census - all of them
 * @net: namespace
 * @set: its rules, or NULL
 * @all: those of the namespace, followed by those of each rule
 */
struct fw2_census {
	const struct net	*net;
	struct fw2_ruleset	*set;
	struct fw2_crowd	all[];
};

/* What is too large for the stack. */
union fw2_sum {
	struct fw2_stats	net;
	struct fw2_rule_stats	rule;
};

/**
 * struct fw2_hist_dump - a dump of histograms; in netlink_callback.ctx
 * @set: the rules as they were when it began, a reference held; NULL: none
 * @census: those who waited when it began; NULL: not asked for
 * @sum: room for sums over all CPUs
 * @next: which is to be told next, 0 for the namespace, from 1 on for the rules
 */
struct fw2_hist_dump {
	struct fw2_ruleset	*set;
	struct fw2_census	*census;
	union fw2_sum		*sum;
	unsigned int		next;
};

static void fw2_crowd_add(struct fw2_crowd *crowd, enum finwait2_class class,
			  u32 ms)
{
	crowd->n[class]++;
	if (class == FINWAIT2_CLASS_ORPHAN)
		return;
	crowd->age.n[fw2_hist_bucket(ms)]++;
	crowd->age.sum += ms;
}

/* A socket under the rule at a place, -1 for none. */
static void fw2_census_add(struct fw2_census *census, int place,
			   enum finwait2_class class, u32 ms)
{
	fw2_crowd_add(census->all, class, ms);
	if (place >= 0)
		fw2_crowd_add(&census->all[1 + place], class, ms);
}

static void fw2_census_tracked(struct fw2_entry *e, void *arg)
{
	struct fw2_census *census = arg;
	const struct fw2_ruleset *set = census->set;
	int place = -1;

	fw2_look(e);
	if (e->rule)
		place = fw2_ruleset_place(set, e->prio);
	/* One that is in force by now need not have been. */
	if (place >= 0 && set->rules[place]->id != e->rule)
		place = -1;
	fw2_census_add(census, place, fw2_class(e->sk),
		       fw2_span_ms(get_jiffies_64() - e->since));
}

static int fw2_census_orphan(struct sock *sk, void *arg)
{
	const struct fw2_subject s = { sk, FINWAIT2_CLASS_ORPHAN };
	struct fw2_census *census = arg;
	const struct fw2_rule *rule = NULL;

	if (!net_eq(sock_net(sk), census->net) || !fw2_is_orphan(sk))
		return 0;
	rcu_read_lock();
	if (census->set)
		rule = fw2_ruleset_find(census->set, &s);
	rcu_read_unlock();
	fw2_census_add(census,
		       rule ? fw2_ruleset_place(census->set, rule->prio) : -1,
		       FINWAIT2_CLASS_ORPHAN, 0);
	return 0;
}

/* Returns a census, for kvfree(), or NULL without memory. */
static struct fw2_census *fw2_census_take(const struct net *net,
					  struct fw2_ruleset *set)
{
	struct inet_hashinfo *ehash = fw2_ehash(net);
	struct fw2_census *census;
	unsigned int i;

	census = kvzalloc(struct_size(census, all, 1 + (set ? set->n : 0)),
			  GFP_KERNEL_ACCOUNT);
	if (!census)
		return NULL;
	if (fw2_nursery_flush()) {
		kvfree(census);
		return NULL;
	}
	census->net = net;
	census->set = set;

	fw2_table_visit(net, fw2_census_tracked, census);
	for (i = 0; i <= ehash->ehash_mask; i++) {
		fw2_ehash_visit(ehash, i, fw2_census_orphan, census);
		cond_resched();
	}
	return census;
}

int finwait2_nl_hist_get_start(struct netlink_callback *cb)
{
	struct fw2_hist_dump *dump = (struct fw2_hist_dump *)cb->ctx;
	struct fw2_net *fn = fw2_net(sock_net(cb->skb->sk));
	struct nlattr **attrs = fw2_dump_attrs(cb);

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));

	fw2_exits_listen(fn);
	dump->sum = kmalloc_obj(*dump->sum, GFP_KERNEL);
	if (!dump->sum)
		return -ENOMEM;
	dump->set = fw2_ruleset_hold(&fn->rules);
	if (attrs && attrs[FINWAIT2_A_HISTS_WAITING]) {
		dump->census = fw2_census_take(fn->net, dump->set);
		if (!dump->census) {
			fw2_ruleset_put(dump->set);
			kfree(dump->sum);
			return -ENOMEM;
		}
	}
	cb->min_dump_alloc = FW2_HISTS_SIZE_MAX;
	return 0;
}

int finwait2_nl_hist_get_done(struct netlink_callback *cb)
{
	struct fw2_hist_dump *dump = (struct fw2_hist_dump *)cb->ctx;

	kvfree(dump->census);
	kfree(dump->sum);
	fw2_ruleset_put(dump->set);
	return 0;
}

/* What of a histogram is told. Returns 0, or -EMSGSIZE. */
static int fw2_put_hist(struct sk_buff *skb, const struct fw2_hist *hist)
{
	if (nla_put_uint(skb, FINWAIT2_A_HIST_COUNT, fw2_hist_total(hist)) ||
	    nla_put_uint(skb, FINWAIT2_A_HIST_SUM, hist->sum) ||
	    nla_put(skb, FINWAIT2_A_HIST_BUCKETS, sizeof(hist->n), hist->n))
		return -EMSGSIZE;
	return 0;
}

/* The ways that somebody has gone. */
static int fw2_put_dwell(struct sk_buff *skb, const struct fw2_hist *dwell)
{
	struct nlattr *nest;
	unsigned int way;

	for (way = 0; way < FW2_WAYS; way++) {
		if (!fw2_hist_total(&dwell[way]))
			continue;
		nest = nla_nest_start(skb, FINWAIT2_A_HISTS_DWELL);
		if (!nest || nla_put_u32(skb, FINWAIT2_A_HIST_WAY, way) ||
		    fw2_put_hist(skb, &dwell[way]))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int fw2_put_crowd(struct sk_buff *skb, const struct fw2_crowd *crowd)
{
	struct nlattr *nest;

	if (nla_put_uint(skb, FINWAIT2_A_HISTS_HELD,
			 crowd->n[FINWAIT2_CLASS_HELD]) ||
	    nla_put_uint(skb, FINWAIT2_A_HISTS_SHUT,
			 crowd->n[FINWAIT2_CLASS_SHUT]) ||
	    nla_put_uint(skb, FINWAIT2_A_HISTS_ORPHAN,
			 crowd->n[FINWAIT2_CLASS_ORPHAN]))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, FINWAIT2_A_HISTS_AGE);
	if (!nest || fw2_put_hist(skb, &crowd->age))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fw2_put_hists(struct sk_buff *skb, const struct fw2_hist_dump *dump,
			 const struct fw2_net *fn)
{
	const struct fw2_rule *rule;
	const struct fw2_hist *dwell;

	if (dump->next) {
		rule = dump->set->rules[dump->next - 1];
		if (nla_put_u32(skb, FINWAIT2_A_HISTS_RULE, rule->prio))
			return -EMSGSIZE;
		fw2_rule_sum(rule, &dump->sum->rule);
		dwell = dump->sum->rule.dwell;
	} else {
		fw2_net_sum(fn, &dump->sum->net);
		dwell = dump->sum->net.dwell;
	}
	if (fw2_put_dwell(skb, dwell))
		return -EMSGSIZE;
	return dump->census ? fw2_put_crowd(skb, &dump->census->all[dump->next])
			    : 0;
}

int finwait2_nl_hist_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct fw2_hist_dump *dump = (struct fw2_hist_dump *)cb->ctx;
	const struct fw2_net *fn = fw2_net(sock_net(skb->sk));
	unsigned int n = 1 + (dump->set ? dump->set->n : 0);
	int err = 0;

	for (; dump->next < n; dump->next++) {
		void *hdr;

		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &finwait2_nl_family,
				  NLM_F_MULTI, FINWAIT2_CMD_HIST_GET);
		err = hdr ? fw2_put_hists(skb, dump, fn) : -EMSGSIZE;
		if (err) {
			if (hdr)
				genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cond_resched();
	}
	/* The skb is full: what is in it goes out, and the dump goes on. */
	return err == -EMSGSIZE && skb->len ? skb->len : err;
}
