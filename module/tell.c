// SPDX-License-Identifier: GPL-2.0
/*
 * Telling: what is known of a socket, put down under whatever lock finds it, and
 * written into a message later, without.
 */

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sock_diag.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/inet_connection_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "cgroup.h"
#include "keep.h"
#include "match.h"
#include "net.h"
#include "orphan.h"
#include "ruleset.h"
#include "tell.h"

/* Addresses and the like are where they are in full and timewait sockets. */
static void fw2_who_common(struct fw2_who *who, const struct sock *sk)
{
	memset(who, 0, sizeof(*who));
	who->family = sk->sk_family;
	who->dport = sk->sk_dport;
	who->ifindex = READ_ONCE(sk->sk_bound_dev_if);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		who->saddr = sk->sk_v6_rcv_saddr;
		who->daddr = sk->sk_v6_daddr;
		return;
	}
#endif
	who->saddr.s6_addr32[0] = sk->sk_rcv_saddr;
	who->daddr.s6_addr32[0] = sk->sk_daddr;
}

/**
 * fw2_who - put down which socket it is
 * @who: where to
 * @sk: a full socket
 *
 * Context: any, the probe included.
 */
void fw2_who(struct fw2_who *who, const struct sock *sk)
{
	fw2_who_common(who, sk);
	who->class = fw2_class(sk);
	who->sport = inet_sk(sk)->inet_sport;
	who->mark = READ_ONCE(sk->sk_mark);
	who->uid = sk_uid(sk);
	who->cgroup = fw2_sk_cgroup_id(sk);
	who->cookie = atomic64_read(&sk->sk_cookie);
}

static void fw2_tell_common(struct fw2_told *t, struct sock *sk)
{
	memset(t, 0, sizeof(*t));
	t->sk = sk;
	t->due.at = FW2_NEVER;
}

static void fw2_tell_full(struct fw2_told *t, struct sock *sk)
{
	u64 now = get_jiffies_64();

	fw2_tell_common(t, sk);
	fw2_who(&t->who, sk);
	t->heard = now - ((u32)now - fw2_keep_heard(sk));
	sock_hold(sk);
}

/**
 * fw2_tell_tracked - put down what is known of a tracked socket
 * @t: where to; for fw2_told_put()
 * @e: its entry, its shard locked
 * @due: what fw2_look() said
 */
void fw2_tell_tracked(struct fw2_told *t, struct fw2_entry *e,
		      struct fw2_due due)
{
	fw2_tell_full(t, e->sk);
	t->due = due;
	t->since = e->since;
	t->active = e->active;
	t->policy = e->policy;
	t->limit = e->policy.idle;
	t->prio = e->prio;
	t->observed = e->observed;
	t->probing = e->probing;
	t->activity = e->activity;
}

/* When a timer of the kernel's fires, jiffies64. */
static u64 fw2_timer_at(const struct timer_list *timer)
{
	long left = (long)(READ_ONCE(timer->expires) - jiffies);

	return get_jiffies_64() + max(0L, left);
}

static void fw2_tell_policy(struct fw2_told *t)
{
	struct fw2_net *fn = fw2_net(sock_net(t->sk));
	const struct fw2_rule *rule = NULL;
	struct fw2_orphan_rule orphans;

	rcu_read_lock();
	orphans = (struct fw2_orphan_rule){
		READ_ONCE(fn->linger),
		rcu_dereference(fn->rules),
	};
	if (orphans.set)
		rule = fw2_ruleset_find(orphans.set, &(struct fw2_subject){
						t->sk, FINWAIT2_CLASS_ORPHAN });
	fw2_policy(&t->policy, fn, rule, FINWAIT2_CLASS_ORPHAN);
	t->prio = rule ? rule->prio : 0;
	t->limit = fw2_orphan_stay(sock_net(t->sk),
				   fw2_orphan_wants(&orphans, t->sk, false));
	rcu_read_unlock();
}

/**
 * fw2_tell_orphan - put down what is known of an orphan
 * @t: where to; for fw2_told_put()
 * @sk: a full or a timewait socket, found in its bucket, which is locked
 */
void fw2_tell_orphan(struct fw2_told *t, struct sock *sk)
{
	if (sk->sk_state == TCP_TIME_WAIT) {
		struct inet_timewait_sock *tw = inet_twsk(sk);

		fw2_tell_common(t, sk);
		fw2_who_common(&t->who, sk);
		t->who.sport = tw->tw_sport;
		t->who.mark = tw->tw_mark;
		/* Neither owner nor cgroup. */
		t->who.uid = INVALID_UID;
		t->due.at = fw2_timer_at(&tw->tw_timer);
		refcount_inc(&tw->tw_refcnt);
	} else {
		fw2_tell_full(t, sk);
		t->due.at = fw2_timer_at(fw2_keepalive_timer(sk)) +
			    max(0, tcp_fin_time(sk) - TCP_TIMEWAIT_LEN);
	}
	t->who.class = FINWAIT2_CLASS_ORPHAN;
	fw2_tell_policy(t);
}

/**
 * fw2_told_timewait - is this a timewait socket?
 * @t: what is told of it
 */
bool fw2_told_timewait(const struct fw2_told *t)
{
	return t->sk->sk_state == TCP_TIME_WAIT;
}

/**
 * fw2_told_put - give up the reference on the socket
 * @t: what was told of it
 *
 * Context: process context.
 */
void fw2_told_put(struct fw2_told *t)
{
	if (fw2_told_timewait(t))
		inet_twsk_put(inet_twsk(t->sk));
	else
		sock_put(t->sk);
}

/**
 * fw2_told_cookie - the cookie of a socket
 * @t: what is told of it
 *
 * Made if there is none yet; sock_gen_cookie() itself is not exported.
 *
 * Return: the cookie; 0 for a timewait socket that has none.
 */
u64 fw2_told_cookie(const struct fw2_told *t)
{
	__u32 half[2];

	if (fw2_told_timewait(t))
		return atomic64_read(&inet_twsk(t->sk)->tw_cookie);
	sock_diag_save_cookie(t->sk, half);
	return (u64)half[1] << 32 | half[0];
}

static int fw2_put_since(struct sk_buff *skb, int attrtype, u64 when)
{
	if (!when)
		return 0;
	return nla_put_uint(skb, attrtype,
			    jiffies64_to_msecs(get_jiffies_64() - when));
}

static int fw2_put_due(struct sk_buff *skb, const struct fw2_told *t)
{
	u64 now = get_jiffies_64();

	if (t->due.at == FW2_NEVER)
		return 0;
	if (nla_put_uint(skb, FINWAIT2_A_SOCK_DUE_IN, t->due.at > now ?
			 jiffies64_to_msecs(t->due.at - now) : 0))
		return -EMSGSIZE;
	if (t->who.class == FINWAIT2_CLASS_ORPHAN)
		return 0;
	return nla_put_u32(skb, FINWAIT2_A_SOCK_DUE_REASON, t->due.reason);
}

/* What is not 0. */
static int fw2_put_some(struct sk_buff *skb, int attrtype, u32 val)
{
	return val ? nla_put_u32(skb, attrtype, val) : 0;
}

static int fw2_put_time(struct sk_buff *skb, int attrtype, u32 time)
{
	return time ? nla_put_uint(skb, attrtype, jiffies_to_msecs(time)) : 0;
}

static int fw2_put_if(struct sk_buff *skb, int attrtype, bool flag)
{
	return flag ? nla_put_flag(skb, attrtype) : 0;
}

/**
 * fw2_put_who - write which socket it is into a message
 * @skb: message
 * @who: the socket
 * @user_ns: user namespace of who reads, for the owner
 *
 * Return: 0, or -EMSGSIZE if there is no room: to be cancelled by the caller.
 */
int fw2_put_who(struct sk_buff *skb, const struct fw2_who *who,
		struct user_namespace *user_ns)
{
	size_t len = who->family == AF_INET6 ? sizeof(struct in6_addr)
					     : sizeof(__be32);

	if (nla_put_u16(skb, FINWAIT2_A_SOCK_FAMILY, who->family) ||
	    nla_put(skb, FINWAIT2_A_SOCK_LOCAL_ADDR, len, &who->saddr) ||
	    nla_put_be16(skb, FINWAIT2_A_SOCK_LOCAL_PORT, who->sport) ||
	    nla_put(skb, FINWAIT2_A_SOCK_REMOTE_ADDR, len, &who->daddr) ||
	    nla_put_be16(skb, FINWAIT2_A_SOCK_REMOTE_PORT, who->dport) ||
	    nla_put_u32(skb, FINWAIT2_A_SOCK_CLASS, who->class) ||
	    fw2_put_some(skb, FINWAIT2_A_SOCK_IFINDEX, who->ifindex))
		return -EMSGSIZE;
	if (who->cookie && nla_put_uint(skb, FINWAIT2_A_SOCK_COOKIE, who->cookie))
		return -EMSGSIZE;
	if (who->cgroup &&
	    nla_put_uint(skb, FINWAIT2_A_SOCK_CGROUP_ID, who->cgroup))
		return -EMSGSIZE;
	if (!uid_valid(who->uid))
		return 0;
	return nla_put_u32(skb, FINWAIT2_A_SOCK_UID,
			   from_kuid_munged(user_ns, who->uid));
}

/**
 * fw2_put_sock - write what is told of a socket into a message
 * @skb: message
 * @t: what is told
 * @user_ns: user namespace of who reads, for the owner
 *
 * Context: process context.
 * Return: as fw2_put_who().
 */
int fw2_put_sock(struct sk_buff *skb, struct fw2_told *t,
		 struct user_namespace *user_ns)
{
	t->who.cookie = fw2_told_cookie(t);
	if (fw2_put_who(skb, &t->who, user_ns) ||
	    fw2_put_some(skb, FINWAIT2_A_SOCK_RULE, t->prio) ||
	    fw2_put_since(skb, FINWAIT2_A_SOCK_AGE, t->since) ||
	    fw2_put_since(skb, FINWAIT2_A_SOCK_IDLE, t->active))
		return -EMSGSIZE;
	/* A timewait socket has no inode. */
	if (fw2_told_timewait(t))
		return 0;
	return nla_put_uint(skb, FINWAIT2_A_SOCK_INODE, sock_i_ino(t->sk));
}

/**
 * fw2_put_mark - write a socket's mark into a message
 * @skb: message, for who has CAP_NET_ADMIN: inet_diag tells nobody else
 * @t: what is told
 *
 * Return: as fw2_put_who().
 */
int fw2_put_mark(struct sk_buff *skb, const struct fw2_told *t)
{
	return fw2_put_some(skb, FINWAIT2_A_SOCK_MARK, t->who.mark);
}

/**
 * fw2_put_limits - write what a socket is under, and what comes of it
 * @skb: message
 * @t: what is told
 *
 * Return: as fw2_put_sock().
 */
int fw2_put_limits(struct sk_buff *skb, const struct fw2_told *t)
{
	const struct fw2_policy *p = &t->policy;

	if (fw2_put_due(skb, t) ||
	    fw2_put_since(skb, FINWAIT2_A_SOCK_SILENT, t->heard) ||
	    fw2_put_time(skb, FINWAIT2_A_SOCK_LIMIT, t->limit) ||
	    fw2_put_time(skb, FINWAIT2_A_SOCK_MAX_AGE, p->max_age) ||
	    fw2_put_time(skb, FINWAIT2_A_SOCK_KEEPSTART, p->keepstart) ||
	    fw2_put_time(skb, FINWAIT2_A_SOCK_KEEPSTOP, p->keepstop) ||
	    fw2_put_if(skb, FINWAIT2_A_SOCK_OBSERVED, t->observed) ||
	    fw2_put_if(skb, FINWAIT2_A_SOCK_EXEMPT, p->exempt) ||
	    fw2_put_if(skb, FINWAIT2_A_SOCK_PROBING, t->probing))
		return -EMSGSIZE;
	if (t->who.class == FINWAIT2_CLASS_ORPHAN)
		return 0;
	if (nla_put_u8(skb, FINWAIT2_A_SOCK_RESET, p->reset) ||
	    nla_put_u8(skb, FINWAIT2_A_SOCK_OBSERVE, p->observe) ||
	    nla_put_u32(skb, FINWAIT2_A_SOCK_ACTIVITY, t->activity))
		return -EMSGSIZE;
	return 0;
}
