// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: counters, sockets, and flushes by request. What it
 * takes and gives is laid down in Documentation/netlink/specs/finwait2.yaml,
 * netlink-gen.c comes from there. See netlink-rule.c for the rules.
 */

#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/inet_timewait_sock.h>
#include <net/sock.h>
#include <uapi/linux/finwait2.h>

#include "flush.h"
#include "net.h"
#include "netlink.h"
#include "netlink-gen.h"
#include "nursery.h"
#include "ruleset.h"
#include "tell.h"
#include "walk.h"

/* How a counter is told, and where it is in struct fw2_stats. */
static const struct fw2_stat {
	u16	attr;
	u16	offset;
} fw2_stat_attrs[] = {
#define FW2_STAT(name, field)						\
	{ FINWAIT2_A_STATS_##name, offsetof(struct fw2_stats, field) }
	FW2_STAT(ENTERED, entered),
	FW2_STAT(ADOPTED, adopted),
	FW2_STAT(MISSED, missed),
	FW2_STAT(LEFT_FIN, left[FINWAIT2_REASON_PEER_FIN]),
	FW2_STAT(LEFT_CLOSE, left[FINWAIT2_REASON_CLOSE]),
	FW2_STAT(LEFT_RESET, left[FINWAIT2_REASON_RESET]),
	FW2_STAT(LEFT_ABORT, left[FINWAIT2_REASON_ABORT]),
	FW2_STAT(FLUSHED_HELD, left[FINWAIT2_REASON_HELD]),
	FW2_STAT(FLUSHED_SHUT, left[FINWAIT2_REASON_SHUT]),
	FW2_STAT(FLUSHED_AGE, left[FINWAIT2_REASON_AGE]),
	FW2_STAT(FLUSHED_VANISHED, left[FINWAIT2_REASON_VANISHED]),
	FW2_STAT(FLUSHED_REQUEST, left[FINWAIT2_REASON_REQUEST]),
	FW2_STAT(WOULD_FLUSH, would_flush),
#undef FW2_STAT
};

static int fw2_put_stats(struct sk_buff *msg, const struct fw2_stats *sum)
{
	u64 left = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(sum->left); i++)
		left += sum->left[i];
	if (nla_put_uint(msg, FINWAIT2_A_STATS_TRACKED,
			 max_t(s64, 0, sum->entered + sum->adopted - left)))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(fw2_stat_attrs); i++) {
		const struct fw2_stat *stat = &fw2_stat_attrs[i];

		if (nla_put_uint(msg, stat->attr,
				 *(const u64 *)((const void *)sum + stat->offset)))
			return -EMSGSIZE;
	}
	return 0;
}

static int fw2_put_rules(struct sk_buff *msg, struct fw2_net *fn)
{
	const struct fw2_ruleset *set;
	unsigned int n;

	rcu_read_lock();
	set = rcu_dereference(fn->rules);
	n = set ? set->n : 0;
	rcu_read_unlock();
	if (nla_put_u32(msg, FINWAIT2_A_STATS_RULES, n) ||
	    nla_put_u32(msg, FINWAIT2_A_STATS_GENERATION,
			READ_ONCE(fn->generation)))
		return -EMSGSIZE;
	return 0;
}

int finwait2_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fw2_net *fn = fw2_net(genl_info_net(info));
	struct fw2_stats sum;
	struct sk_buff *msg;
	void *hdr;

	fw2_net_sum(fn, &sum);
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &finwait2_nl_family, 0,
				FINWAIT2_CMD_STATS_GET);
	if (!hdr || fw2_put_stats(msg, &sum) || fw2_put_rules(msg, fn)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/**
 * struct fw2_dump - a dump of sockets; in netlink_callback.ctx
 * @filter: which
 * @place: where it stands
 */
struct fw2_dump {
	struct fw2_filter	*filter;
	struct fw2_place	place;
};

int finwait2_nl_sock_get_start(struct netlink_callback *cb)
{
	struct fw2_dump *dump = (struct fw2_dump *)cb->ctx;
	struct nlattr **attrs = fw2_dump_attrs(cb);
	int err;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));

	dump->filter = kzalloc(sizeof(*dump->filter), GFP_KERNEL);
	if (!dump->filter)
		return -ENOMEM;
	err = fw2_filter_parse(dump->filter,
			       attrs ? attrs[FINWAIT2_A_SOCK_FILTER] : NULL,
			       sk_user_ns(NETLINK_CB(cb->skb).sk), cb->extack);
	if (err) {
		kfree(dump->filter);
		return err;
	}
	fw2_nursery_flush();
	return 0;
}

int finwait2_nl_sock_get_done(struct netlink_callback *cb)
{
	struct fw2_dump *dump = (struct fw2_dump *)cb->ctx;

	fw2_filter_free(dump->filter);
	kfree(dump->filter);
	return 0;
}

/* A message that is being filled, and the dump that it belongs to. */
struct fw2_dump_part {
	struct sk_buff			*skb;
	const struct netlink_callback	*cb;
};

static int fw2_dump_visit(struct fw2_told *t, void *arg)
{
	const struct fw2_dump_part *part = arg;
	const struct netlink_callback *cb = part->cb;
	void *hdr;

	hdr = genlmsg_put(part->skb, NETLINK_CB(cb->skb).portid,
			  cb->nlh->nlmsg_seq, &finwait2_nl_family, NLM_F_MULTI,
			  FINWAIT2_CMD_SOCK_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (fw2_put_sock(part->skb, t, sk_user_ns(NETLINK_CB(cb->skb).sk)) ||
	    fw2_put_limits(part->skb, t)) {
		genlmsg_cancel(part->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(part->skb, hdr);
	return FW2_VISIT_STAYS;
}

int finwait2_nl_sock_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct fw2_dump *dump = (struct fw2_dump *)cb->ctx;
	struct fw2_dump_part part = { .skb = skb, .cb = cb };
	int err;

	err = fw2_walk(sock_net(skb->sk), dump->filter, &dump->place,
		       fw2_dump_visit, &part);
	/* The skb is full: what is in it goes out, and the dump goes on. */
	return err == -EMSGSIZE && skb->len ? skb->len : err;
}

/* How a flush by request went. */
struct fw2_tally {
	u64	flushed;
	u64	busy;
};

static int fw2_flush_visit(struct fw2_told *t, void *arg)
{
	struct fw2_tally *tally = arg;

	if (fw2_told_timewait(t)) {
		struct inet_timewait_sock *tw = inet_twsk(t->sk);

		/* The peer's FIN came in the meantime: that is not ours to end. */
		if (READ_ONCE(tw->tw_substate) != TCP_FIN_WAIT2)
			return FW2_VISIT_STAYS;
		/* It wants a reference of its own. */
		refcount_inc(&tw->tw_refcnt);
		local_bh_disable();
		inet_twsk_deschedule_put(tw);
		local_bh_enable();
	} else if (fw2_settle(t->sk, true) <= 0) {
		tally->busy++;
		return FW2_VISIT_STAYS;
	}
	tally->flushed++;
	return FW2_VISIT_GONE;
}

/* Not a socket but what became of many. */
static int fw2_flush_reply(struct genl_info *info, const struct fw2_tally *tally)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &finwait2_nl_family, 0,
				FINWAIT2_CMD_FLUSH);
	if (!hdr ||
	    nla_put_uint(msg, FINWAIT2_A_FLUSH_FLUSHED, tally->flushed) ||
	    nla_put_uint(msg, FINWAIT2_A_FLUSH_BUSY, tally->busy)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int finwait2_nl_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nest = info->attrs[FINWAIT2_A_FLUSH_FILTER];
	bool all = info->attrs[FINWAIT2_A_FLUSH_ALL];
	struct fw2_tally tally = {};
	struct fw2_place place = {};
	struct fw2_filter filter;
	int err;

	err = fw2_filter_parse(&filter, nest,
			       sk_user_ns(NETLINK_CB(skb).sk), info->extack);
	if (err)
		return err;
	if (fw2_filter_empty(&filter) != all) {
		NL_SET_ERR_MSG(info->extack,
			       "either a filter that says something, or all");
		err = -EINVAL;
		goto out;
	}

	fw2_nursery_flush();
	err = fw2_walk(genl_info_net(info), &filter, &place, fw2_flush_visit,
		       &tally);
	if (!err)
		err = fw2_flush_reply(info, &tally);
out:
	fw2_filter_free(&filter);
	return err;
}

int fw2_netlink_init(void)
{
	return genl_register_family(&finwait2_nl_family);
}

void fw2_netlink_exit(void)
{
	genl_unregister_family(&finwait2_nl_family);
}
