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

#include "event.h"
#include "exits.h"
#include "flush.h"
#include "hist.h"
#include "net.h"
#include "netlink.h"
#include "netlink-gen.h"
#include "nursery.h"
#include "pressure.h"
#include "ruleset.h"
#include "tell.h"
#include "walk.h"

/* Where the count of a flush's reason is told. */
static const u16 fw2_flushed_attrs[] = {
	FINWAIT2_A_STATS_FLUSHED_HELD,
	FINWAIT2_A_STATS_FLUSHED_SHUT,
	FINWAIT2_A_STATS_FLUSHED_AGE,
	FINWAIT2_A_STATS_FLUSHED_VANISHED,
	FINWAIT2_A_STATS_FLUSHED_REQUEST,
	FINWAIT2_A_STATS_FLUSHED_PRESSURE,
};

/* And of those who left, or would have, in another way. */
static const u16 fw2_way_attrs[FW2_WAYS] = {
	[FINWAIT2_WAY_PEER_FIN]		= FINWAIT2_A_STATS_LEFT_FIN,
	[FINWAIT2_WAY_CLOSE]		= FINWAIT2_A_STATS_LEFT_CLOSE,
	[FINWAIT2_WAY_RESET]		= FINWAIT2_A_STATS_LEFT_RESET,
	[FINWAIT2_WAY_ABORT]		= FINWAIT2_A_STATS_LEFT_ABORT,
	[FINWAIT2_WAY_WOULD_FLUSH]	= FINWAIT2_A_STATS_WOULD_FLUSH,
};

static int fw2_put_stats(struct sk_buff *msg, const struct fw2_stats *sum)
{
	u64 n, tracked = sum->entered + sum->adopted - sum->dropped;
	unsigned int i;

	for (i = 0; i < FW2_WAYS; i++) {
		n = fw2_hist_total(&sum->dwell[i]);
		if (i != FINWAIT2_WAY_WOULD_FLUSH)
			tracked -= n;
		if (fw2_way_attrs[i] && nla_put_uint(msg, fw2_way_attrs[i], n))
			return -EMSGSIZE;
	}
	BUILD_BUG_ON(ARRAY_SIZE(fw2_flushed_attrs) != ARRAY_SIZE(sum->flushed));
	for (i = 0; i < ARRAY_SIZE(sum->flushed); i++) {
		if (nla_put_uint(msg, fw2_flushed_attrs[i], sum->flushed[i]))
			return -EMSGSIZE;
	}
	/* No snapshot: who has left may not be seen to have come. */
	if (nla_put_uint(msg, FINWAIT2_A_STATS_TRACKED, max_t(s64, 0, tracked)) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_ENTERED, sum->entered) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_ADOPTED, sum->adopted) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_MISSED, sum->missed) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_DROPPED, sum->dropped))
		return -EMSGSIZE;
	return 0;
}

static int fw2_put_state(struct sk_buff *msg, struct fw2_net *fn)
{
	const struct fw2_ruleset *set;
	unsigned int n;

	rcu_read_lock();
	set = rcu_dereference(fn->rules);
	n = set ? set->n : 0;
	rcu_read_unlock();
	if (nla_put_u32(msg, FINWAIT2_A_STATS_RULES, n) ||
	    nla_put_u32(msg, FINWAIT2_A_STATS_GENERATION,
			READ_ONCE(fn->generation)) ||
	    nla_put_u32(msg, FINWAIT2_A_STATS_SCALE,
			READ_ONCE(fn->scale) * 100 >> FW2_SCALE_SHIFT))
		return -EMSGSIZE;
	return 0;
}

int finwait2_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fw2_net *fn = fw2_net(genl_info_net(info));
	struct fw2_stats *sum;
	struct sk_buff *msg;
	int err = -EMSGSIZE;
	void *hdr;

	fw2_exits_listen(fn);
	/* Too large for the stack. */
	sum = kmalloc_obj(*sum, GFP_KERNEL);
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!sum || !msg) {
		err = -ENOMEM;
		goto out;
	}
	fw2_net_sum(fn, sum);
	hdr = genlmsg_put_reply(msg, info, &finwait2_nl_family, 0,
				FINWAIT2_CMD_STATS_GET);
	if (!hdr || fw2_put_stats(msg, sum) || fw2_put_state(msg, fn))
		goto out;
	genlmsg_end(msg, hdr);
	kfree(sum);
	return genlmsg_reply(msg, info);
out:
	kfree(sum);
	nlmsg_free(msg);
	return err;
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

/* May who asks for a dump see marks? As inet_diag has it. */
static bool fw2_dump_admin(const struct netlink_callback *cb)
{
	return netlink_net_capable(cb->skb, CAP_NET_ADMIN);
}

int finwait2_nl_sock_get_start(struct netlink_callback *cb)
{
	struct fw2_dump *dump = (struct fw2_dump *)cb->ctx;
	struct nlattr **attrs = fw2_dump_attrs(cb);
	int err;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));

	dump->filter = kzalloc_obj(*dump->filter, GFP_KERNEL);
	if (!dump->filter)
		return -ENOMEM;
	err = fw2_filter_parse(dump->filter,
			       attrs ? attrs[FINWAIT2_A_SOCK_FILTER] : NULL,
			       sk_user_ns(NETLINK_CB(cb->skb).sk), cb->extack);
	if (err)
		goto out;
	if (dump->filter->match.mask && !fw2_dump_admin(cb)) {
		NL_SET_ERR_MSG_ATTR(cb->extack,
				    attrs[FINWAIT2_A_SOCK_FILTER],
				    "to ask for a mark takes CAP_NET_ADMIN");
		err = -EPERM;
		goto free;
	}
	fw2_exits_listen(fw2_net(sock_net(cb->skb->sk)));
	err = fw2_nursery_flush();
	if (err)
		goto free;
	return 0;
free:
	fw2_filter_free(dump->filter);
out:
	kfree(dump->filter);
	return err;
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
	bool				admin;
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
	    (part->admin && fw2_put_mark(part->skb, t)) ||
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
	struct fw2_dump_part part = {
		.skb = skb, .cb = cb, .admin = fw2_dump_admin(cb),
	};
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
	} else if (fw2_settle(t->sk, FW2_CAUSE_REQUEST,
			      t->who.class == FINWAIT2_CLASS_ORPHAN ?
			      0 : t->since) <= 0) {
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

	err = fw2_nursery_flush();
	if (!err)
		err = fw2_walk(genl_info_net(info), &filter, &place,
			       fw2_flush_visit, &tally);
	if (!err)
		err = fw2_flush_reply(info, &tally);
out:
	fw2_filter_free(&filter);
	return err;
}

int fw2_netlink_init(void)
{
	int err = genl_register_family(&finwait2_nl_family);

	if (!err)
		fw2_event_start();
	return err;
}

void fw2_netlink_exit(void)
{
	fw2_event_stop();
	genl_unregister_family(&finwait2_nl_family);
}
