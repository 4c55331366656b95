/* SPDX-License-Identifier: GPL-2.0 */
/* Orphans: sockets in FIN_WAIT_2 that no application holds any more */
#ifndef _FW2_ORPHAN_H
#define _FW2_ORPHAN_H

#include <linux/types.h>

struct fw2_net;
struct fw2_ruleset;
struct net;
struct sock;

/**
 * struct fw2_orphan_rule - what orphans of a namespace are under
 * @linger: for tp->linger2, where no rule of @set says something else
 * @set: rules, or NULL
 */
struct fw2_orphan_rule {
	int				linger;
	const struct fw2_ruleset	*set;
};

int fw2_orphan_linger(unsigned int interval);
int fw2_orphan_wants(const struct fw2_orphan_rule *r, const struct sock *sk,
		     bool count);
long fw2_orphan_stay(const struct net *net, int linger);
void fw2_orphan_mark(struct sock *sk, const struct fw2_net *fn);
void fw2_orphan_unmark(struct sock *sk);
void fw2_orphan_retime(const struct net *net, const struct fw2_orphan_rule *was,
		       const struct fw2_orphan_rule *is);
int fw2_orphan_adopt(struct net *net);

#endif
