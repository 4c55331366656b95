/* SPDX-License-Identifier: GPL-2.0 */
/* The hook on state transitions */
#ifndef _FW2_PROBE_H
#define _FW2_PROBE_H

#include <net/mptcp.h>
#include <net/sock.h>

/**
 * fw2_wants - is this a socket to care for?
 * @sk: a full socket of any kind
 *
 * Sockets of the kernel's own and MPTCP subflows are left alone: whoever made
 * them times them.
 */
static inline bool fw2_wants(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP &&
	       (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	       !sk->sk_kern_sock && sk->sk_net_refcnt && !sk_is_mptcp(sk);
}

int fw2_probe_init(void);
void fw2_probe_exit(void);

#endif
