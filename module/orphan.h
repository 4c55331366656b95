/* SPDX-License-Identifier: GPL-2.0 */
/* Orphans: sockets in FIN_WAIT_2 that no application holds any more */
#ifndef _FW2_ORPHAN_H
#define _FW2_ORPHAN_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/tcp.h>
#include <linux/types.h>
#include <net/sock.h>

#include "net.h"

struct fw2_ruleset;
struct net;

/**
 * struct fw2_orphan_rule - what orphans of a namespace are under
 * @linger: for tp->linger2, where no rule of @set says something else
 * @set: rules, or NULL
 */
struct fw2_orphan_rule {
	int				linger;
	const struct fw2_ruleset	*set;
};

/* Whether a value of tp->linger2 is one of this module's. */
static inline bool fw2_orphan_marked(int linger)
{
	return linger > 0 && linger % HZ;
}

/**
 * fw2_orphan_unmark - give a socket back as it was
 * @sk: socket; nothing is done to an orphan, see fw2_orphan_retime()
 *
 * Context: any; the application may be setting TCP_LINGER2 meanwhile, and wins.
 */
static inline void fw2_orphan_unmark(struct sock *sk)
{
	int linger = READ_ONCE(tcp_sk(sk)->linger2);

	if (unlikely(fw2_orphan_marked(linger)) && !sock_flag(sk, SOCK_DEAD))
		cmpxchg(&tcp_sk(sk)->linger2, linger, 0);
}

/**
 * fw2_orphan_differs - may fw2_orphan_mark() have something to do?
 * @sk: socket
 * @fn: its namespace
 *
 * Not for an orphan that is left to the kernel, as most are.
 */
static inline bool fw2_orphan_differs(const struct sock *sk,
				      const struct fw2_net *fn)
{
	return rcu_access_pointer(fn->rules) ||
	       tcp_sk(sk)->linger2 != READ_ONCE(fn->linger);
}

int fw2_orphan_linger(unsigned int interval);
int fw2_orphan_wants(const struct fw2_orphan_rule *r, const struct sock *sk,
		     bool count);
long fw2_orphan_stay(const struct net *net, int linger);
void fw2_orphan_mark(struct sock *sk, const struct fw2_net *fn);
void fw2_orphan_retime(const struct net *net, const struct fw2_orphan_rule *was,
		       const struct fw2_orphan_rule *is);
int fw2_orphan_adopt(struct net *net);

#endif
