/* SPDX-License-Identifier: GPL-2.0 */
/* What is told of a socket, in dumps and events */
#ifndef _FW2_TELL_H
#define _FW2_TELL_H

#include <linux/in6.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <uapi/linux/finwait2.h>

#include "policy.h"
#include "sweep.h"

struct sk_buff;
struct user_namespace;

/**
 * struct fw2_who - which socket it is
 * @saddr: local address
 * @daddr: peer's address
 * @sport: local port
 * @dport: peer's port
 * @family: AF_INET or AF_INET6
 * @class: held, shut or orphan
 * @ifindex: device it is bound to
 * @mark: its mark
 * @uid: its owner; invalid where there is none
 * @cgroup: number of its cgroup, 0 where there is none
 * @cookie: its cookie, 0 if it has none yet
 */
struct fw2_who {
	struct in6_addr		saddr;
	struct in6_addr		daddr;
	__be16			sport;
	__be16			dport;
	u16			family;
	enum finwait2_class	class;
	int			ifindex;
	u32			mark;
	kuid_t			uid;
	u64			cgroup;
	u64			cookie;
};

/**
 * struct fw2_told - what is told of one socket
 * @sk: full or timewait socket, a reference held
 * @who: which one it is; the cookie only once it is written
 * @since: when it came to FIN_WAIT_2, jiffies64; 0: not known
 * @active: its last activity, jiffies64; 0: not known
 * @heard: when anything last came from its peer, jiffies64; 0: not known
 * @due: when it will go, and why
 * @policy: what it is under
 * @limit: how long it may be idle, or stay if an orphan, jiffies; 0: for ever
 * @prio: priority of the rule it is under, 0: none
 * @observed: observe mode let it stay
 * @probing: its peer is probed on our behalf
 * @activity: what @active is the time of
 */
struct fw2_told {
	struct sock		*sk;
	struct fw2_who		who;
	u64			since;
	u64			active;
	u64			heard;
	struct fw2_due		due;
	struct fw2_policy	policy;
	u32			limit;
	u32			prio;
	bool			observed;
	bool			probing;
	enum finwait2_activity	activity;
};

void fw2_who(struct fw2_who *who, const struct sock *sk);
void fw2_tell_tracked(struct fw2_told *t, struct fw2_entry *e,
		      struct fw2_due due);
void fw2_tell_orphan(struct fw2_told *t, struct sock *sk);
void fw2_told_put(struct fw2_told *t);
bool fw2_told_timewait(const struct fw2_told *t);
u64 fw2_told_cookie(const struct fw2_told *t);

int fw2_put_who(struct sk_buff *skb, const struct fw2_who *who,
		struct user_namespace *user_ns);
int fw2_put_sock(struct sk_buff *skb, struct fw2_told *t,
		 struct user_namespace *user_ns);
int fw2_put_mark(struct sk_buff *skb, const struct fw2_told *t);
int fw2_put_limits(struct sk_buff *skb, const struct fw2_told *t);

#endif
