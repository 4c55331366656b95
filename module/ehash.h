/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's own table of connections */
#ifndef _FW2_EHASH_H
#define _FW2_EHASH_H

#include <linux/types.h>

struct inet_hashinfo;
struct net;
struct sock;

bool fw2_is_orphan(struct sock *sk);
struct inet_hashinfo *fw2_ehash(const struct net *net);
int fw2_ehash_visit(struct inet_hashinfo *ehash, unsigned int slot,
		    int (*visit)(struct sock *sk, void *arg), void *arg);

#endif
