// SPDX-License-Identifier: GPL-2.0
/*
 * Walking the kernel's hash of established sockets, which has all that are past
 * the handshake: full sockets until they go to CLOSE, and timewait sockets.
 *
 * tcp_set_state() takes a socket out of it before the tracepoint is passed, and
 * only then stores the new state. So a full socket that is found here in
 * FIN_WAIT_2, with the lock of its bucket held, has passed the tracepoint on its
 * way in, and will pass it on its way out, but not before the lock is released.
 */

#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "ehash.h"

/**
 * fw2_is_orphan - is this an orphan in FIN_WAIT_2?
 * @sk: a socket found in the hash: in timewait, or, above 60 s, not yet
 */
bool fw2_is_orphan(struct sock *sk)
{
	if (sk->sk_state == TCP_TIME_WAIT)
		return READ_ONCE(inet_twsk(sk)->tw_substate) == TCP_FIN_WAIT2;
	return inet_sk_state_load(sk) == TCP_FIN_WAIT2 &&
	       sock_flag(sk, SOCK_DEAD);
}

/* Usually one table serves all namespaces; some have one of their own. */
struct inet_hashinfo *fw2_ehash(const struct net *net)
{
	return net->ipv4.tcp_death_row.hashinfo;
}

/**
 * fw2_ehash_visit - visit the sockets of one bucket
 * @ehash: table
 * @slot: which bucket, 0 to ehash_mask
 * @visit: called for each socket, of any state and namespace; what it returns
 *	other than 0 ends the visit
 * @arg: passed to @visit
 *
 * Context: process context. @visit is called with the bucket's lock held and
 * softirqs off.
 * Return: what the last @visit returned, 0 for an empty bucket.
 */
int fw2_ehash_visit(struct inet_hashinfo *ehash, unsigned int slot,
		    int (*visit)(struct sock *sk, void *arg), void *arg)
{
	struct inet_ehash_bucket *bucket = &ehash->ehash[slot];
	spinlock_t *lock = inet_ehash_lockp(ehash, slot);
	struct hlist_nulls_node *node;
	struct sock *sk;
	int ret = 0;

	if (hlist_nulls_empty(&bucket->chain))
		return 0;

	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, &bucket->chain) {
		ret = visit(sk, arg);
		if (ret)
			break;
	}
	spin_unlock_bh(lock);

	return ret;
}
