// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family. What it takes and gives is laid down in
 * Documentation/netlink/specs/finwait2.yaml, netlink-gen.c comes from there.
 *
 * A dump goes through the table bucket by bucket, then through the kernel's own
 * table for the orphans. A bucket's sockets are noted under its lock and told
 * without it, so that interrupts are off for no longer than it takes to walk a
 * bucket, however slowly the reader reads. A dump is no snapshot: sockets come
 * and go meanwhile, but who stays in the table is told exactly once, unless more
 * sockets share its bucket than FW2_DUMP_BATCH and some of these come or go.
 */

#include <linux/jiffies.h>
#include <linux/sock_diag.h>
#include <net/genetlink.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tcp_states.h>
#include <uapi/linux/finwait2.h>

#include "ehash.h"
#include "net.h"
#include "netlink.h"
#include "netlink-gen.h"
#include "nursery.h"
#include "sweep.h"
#include "table.h"

#define FW2_DUMP_BATCH	64

int finwait2_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct fw2_stats sum;
	struct sk_buff *msg;
	u64 left = 0;
	void *hdr;
	int i;

	fw2_net_sum(fw2_net(genl_info_net(info)), &sum);
	for (i = 0; i < ARRAY_SIZE(sum.left); i++)
		left += sum.left[i];

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	hdr = genlmsg_put_reply(msg, info, &finwait2_nl_family, 0,
				FINWAIT2_CMD_STATS_GET);
	if (!hdr)
		goto toobig;

	if (nla_put_uint(msg, FINWAIT2_A_STATS_TRACKED,
			 max_t(s64, 0, sum.entered + sum.adopted - left)) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_ENTERED, sum.entered) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_ADOPTED, sum.adopted) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_MISSED, sum.missed) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_LEFT_FIN,
			 sum.left[FINWAIT2_REASON_PEER_FIN]) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_LEFT_CLOSE,
			 sum.left[FINWAIT2_REASON_CLOSE]) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_LEFT_RESET,
			 sum.left[FINWAIT2_REASON_RESET]) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_LEFT_ABORT,
			 sum.left[FINWAIT2_REASON_ABORT]) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_FLUSHED_HELD,
			 sum.left[FINWAIT2_REASON_HELD]) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_FLUSHED_SHUT,
			 sum.left[FINWAIT2_REASON_SHUT]) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_FLUSHED_AGE,
			 sum.left[FINWAIT2_REASON_AGE]) ||
	    nla_put_uint(msg, FINWAIT2_A_STATS_WOULD_FLUSH, sum.would_flush))
		goto toobig;

	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);

toobig:
	nlmsg_free(msg);
	return -EMSGSIZE;
}

/**
 * struct fw2_told - what is told of one socket
 * @sk: full socket, a reference held; NULL for a timewait socket
 * @since: when it came to FIN_WAIT_2, jiffies64; 0: not known
 * @active: its last activity, jiffies64; 0: not known
 * @due: when it will go, and why
 * @observed: observe mode let it stay
 * @family: AF_INET or AF_INET6
 * @class: held, shut or orphan
 * @sport: local port
 * @dport: peer's port
 * @ifindex: device it is bound to
 * @cookie: socket cookie of a timewait socket
 * @saddr: local address
 * @daddr: peer's address
 */
struct fw2_told {
	struct sock		*sk;
	u64			since;
	u64			active;
	struct fw2_due		due;
	bool			observed;
	u16			family;
	enum finwait2_class	class;
	__be16			sport;
	__be16			dport;
	int			ifindex;
	u64			cookie;
	struct in6_addr		saddr;
	struct in6_addr		daddr;
};

/**
 * struct fw2_dump - where a dump stands; in netlink_callback.ctx
 * @slot: bucket of the table, then (from FW2_SHARDS * buckets on) of the ehash
 * @skip: sockets of that bucket that have been told
 * @started: the nursery has been emptied
 */
struct fw2_dump {
	unsigned int	slot;
	unsigned int	skip;
	bool		started;
};

/* A batch in the making: what a visit to a bucket of the ehash needs. */
struct fw2_batch {
	const struct net	*net;
	unsigned int		skip;
	unsigned int		n;
	struct fw2_told		*told;
};

/* Addresses and the like are where they are in full and timewait sockets. */
static void fw2_tell_common(struct fw2_told *t, struct sock *sk)
{
	t->family = sk->sk_family;
	t->dport = sk->sk_dport;
	t->ifindex = READ_ONCE(sk->sk_bound_dev_if);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		t->saddr = sk->sk_v6_rcv_saddr;
		t->daddr = sk->sk_v6_daddr;
		return;
	}
#endif
	t->saddr.s6_addr32[0] = sk->sk_rcv_saddr;
	t->daddr.s6_addr32[0] = sk->sk_daddr;
}

static void fw2_tell_full(struct fw2_told *t, struct sock *sk)
{
	memset(t, 0, sizeof(*t));
	fw2_tell_common(t, sk);
	t->sk = sk;
	t->class = fw2_class(sk);
	t->sport = inet_sk(sk)->inet_sport;
	t->due.at = FW2_NEVER;
	sock_hold(sk);
}

/* When a timer of the kernel's fires, jiffies64. */
static u64 fw2_timer_at(const struct timer_list *timer)
{
	long left = (long)(READ_ONCE(timer->expires) - jiffies);

	return get_jiffies_64() + max(0L, left);
}

static void fw2_tell_timewait(struct fw2_told *t, struct inet_timewait_sock *tw)
{
	memset(t, 0, sizeof(*t));
	fw2_tell_common(t, (struct sock *)tw);
	t->class = FINWAIT2_CLASS_ORPHAN;
	t->sport = tw->tw_sport;
	t->cookie = atomic64_read(&tw->tw_cookie);
	t->due.at = fw2_timer_at(&tw->tw_timer);
}

static unsigned int fw2_collect_tracked(const struct net *net,
					struct fw2_shard *shard,
					unsigned int i, unsigned int skip,
					struct fw2_told *told)
{
	struct hlist_head *bucket = &shard->buckets[i];
	struct fw2_entry *e;
	unsigned long flags;
	unsigned int n = 0;

	if (hlist_empty(bucket))
		return 0;

	raw_spin_lock_irqsave(&shard->lock, flags);
	hlist_for_each_entry(e, bucket, node) {
		/* Orphans are found in the kernel's table, see below. */
		if (!net_eq(sock_net(e->sk), net) ||
		    sock_flag(e->sk, SOCK_DEAD))
			continue;
		if (skip) {
			skip--;
			continue;
		}
		if (n == FW2_DUMP_BATCH)
			break;
		fw2_tell_full(&told[n], e->sk);
		told[n].due = fw2_look(e);
		told[n].since = e->since;
		told[n].active = e->active;
		told[n].observed = e->observed;
		n++;
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);

	return n;
}

/* An orphan is in timewait, or, above tcp_fin_timeout's 60 s, not yet. */
static int fw2_collect_orphan(struct sock *sk, void *arg)
{
	struct fw2_batch *batch = arg;
	struct fw2_told *told;

	if (!net_eq(sock_net(sk), batch->net))
		return 0;
	if (sk->sk_state == TCP_TIME_WAIT) {
		if (READ_ONCE(inet_twsk(sk)->tw_substate) != TCP_FIN_WAIT2)
			return 0;
	} else if (inet_sk_state_load(sk) != TCP_FIN_WAIT2 ||
		   !sock_flag(sk, SOCK_DEAD)) {
		return 0;
	}
	if (batch->skip) {
		batch->skip--;
		return 0;
	}
	if (batch->n == FW2_DUMP_BATCH)
		return 1;
	told = &batch->told[batch->n++];
	if (sk->sk_state == TCP_TIME_WAIT) {
		fw2_tell_timewait(told, inet_twsk(sk));
	} else {
		fw2_tell_full(told, sk);
		told->due.at = fw2_timer_at(fw2_keepalive_timer(sk)) +
			       max(0, tcp_fin_time(sk) - TCP_TIMEWAIT_LEN);
	}
	return 0;
}

/* Made if there is none yet; sock_gen_cookie() itself is not exported. */
static u64 fw2_cookie(struct sock *sk)
{
	__u32 half[2];

	sock_diag_save_cookie(sk, half);
	return (u64)half[1] << 32 | half[0];
}

static int fw2_put_times(struct sk_buff *skb, const struct fw2_told *t)
{
	u64 now = get_jiffies_64();

	if (t->since &&
	    nla_put_uint(skb, FINWAIT2_A_SOCK_AGE,
			 jiffies64_to_msecs(now - t->since)))
		return -EMSGSIZE;
	if (t->active &&
	    nla_put_uint(skb, FINWAIT2_A_SOCK_IDLE,
			 jiffies64_to_msecs(now - t->active)))
		return -EMSGSIZE;
	if (t->due.at == FW2_NEVER)
		return 0;
	if (nla_put_uint(skb, FINWAIT2_A_SOCK_DUE_IN, t->due.at > now ?
			 jiffies64_to_msecs(t->due.at - now) : 0))
		return -EMSGSIZE;
	if (t->class != FINWAIT2_CLASS_ORPHAN &&
	    nla_put_u32(skb, FINWAIT2_A_SOCK_DUE_REASON, t->due.reason))
		return -EMSGSIZE;
	return 0;
}

static int fw2_put_sock(struct sk_buff *skb, struct netlink_callback *cb,
			const struct fw2_told *t)
{
	size_t len = t->family == AF_INET6 ? sizeof(struct in6_addr)
					   : sizeof(__be32);
	struct user_namespace *user_ns = sk_user_ns(NETLINK_CB(cb->skb).sk);
	u64 cookie;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &finwait2_nl_family, NLM_F_MULTI,
			  FINWAIT2_CMD_SOCK_GET);
	if (!hdr)
		return -EMSGSIZE;

	if (nla_put_u16(skb, FINWAIT2_A_SOCK_FAMILY, t->family) ||
	    nla_put(skb, FINWAIT2_A_SOCK_LOCAL_ADDR, len, &t->saddr) ||
	    nla_put_be16(skb, FINWAIT2_A_SOCK_LOCAL_PORT, t->sport) ||
	    nla_put(skb, FINWAIT2_A_SOCK_REMOTE_ADDR, len, &t->daddr) ||
	    nla_put_be16(skb, FINWAIT2_A_SOCK_REMOTE_PORT, t->dport) ||
	    nla_put_u32(skb, FINWAIT2_A_SOCK_CLASS, t->class) ||
	    fw2_put_times(skb, t))
		goto toobig;

	if (t->ifindex &&
	    nla_put_u32(skb, FINWAIT2_A_SOCK_IFINDEX, t->ifindex))
		goto toobig;
	if (t->observed && nla_put_flag(skb, FINWAIT2_A_SOCK_OBSERVED))
		goto toobig;

	/* A timewait socket has neither owner nor inode, and perhaps no cookie. */
	if (t->sk &&
	    (nla_put_u32(skb, FINWAIT2_A_SOCK_UID,
			 from_kuid_munged(user_ns, sk_uid(t->sk))) ||
	     nla_put_uint(skb, FINWAIT2_A_SOCK_INODE, sock_i_ino(t->sk))))
		goto toobig;
	cookie = t->sk ? fw2_cookie(t->sk) : t->cookie;
	if (cookie && nla_put_uint(skb, FINWAIT2_A_SOCK_COOKIE, cookie))
		goto toobig;

	genlmsg_end(skb, hdr);
	return 0;

toobig:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

int finwait2_nl_sock_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	struct fw2_dump *dump = (struct fw2_dump *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	struct inet_hashinfo *ehash = fw2_ehash(net);
	unsigned int tracked = FW2_SHARDS * (fw2_bucket_mask + 1);
	struct fw2_batch batch = { .net = net };
	unsigned int i;
	int err = 0;

	BUILD_BUG_ON(sizeof(struct fw2_dump) > sizeof(cb->ctx));

	batch.told = kmalloc_array(FW2_DUMP_BATCH, sizeof(*batch.told),
				   GFP_KERNEL);
	if (!batch.told)
		return -ENOMEM;

	if (!dump->started) {
		fw2_nursery_flush();
		dump->started = true;
	}

	while (dump->slot < tracked + ehash->ehash_mask + 1) {
		batch.skip = dump->skip;
		batch.n = 0;
		if (dump->slot < tracked)
			batch.n = fw2_collect_tracked(net,
						      &fw2_shards[dump->slot % FW2_SHARDS],
						      dump->slot / FW2_SHARDS,
						      batch.skip, batch.told);
		else
			fw2_ehash_visit(ehash, dump->slot - tracked,
					fw2_collect_orphan, &batch);

		for (i = 0; i < batch.n; i++) {
			if (!err)
				err = fw2_put_sock(skb, cb, &batch.told[i]);
			if (!err)
				dump->skip++;
			if (batch.told[i].sk)
				sock_put(batch.told[i].sk);
		}
		if (err)
			break;
		if (batch.n < FW2_DUMP_BATCH) {
			dump->slot++;
			dump->skip = 0;
		}
		cond_resched();
	}
	kfree(batch.told);

	/* The skb is full: what is in it goes out, and the dump goes on. */
	return err == -EMSGSIZE && skb->len ? skb->len : err;
}

int fw2_netlink_init(void)
{
	return genl_register_family(&finwait2_nl_family);
}

void fw2_netlink_exit(void)
{
	genl_unregister_family(&finwait2_nl_family);
}
