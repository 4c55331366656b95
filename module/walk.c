// SPDX-License-Identifier: GPL-2.0
/*
 * Walks: all sockets of a namespace that a filter means, for dumps and flushes.
 *
 * A walk goes through the table bucket by bucket, then through the kernel's own
 * table for the orphans. A bucket's sockets are noted under its lock and visited
 * without it, so that interrupts are off for no longer than it takes to walk a
 * bucket, however slow the visits are. A walk is no snapshot: sockets come and go
 * meanwhile, but who stays in the table is visited exactly once, unless more
 * sockets share its bucket than FW2_WALK_BATCH and some of these come or go.
 */

#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/inet_hashtables.h>
#include <net/netlink.h>
#include <net/sock.h>
#include <uapi/linux/finwait2.h>

#include "ehash.h"
#include "net.h"
#include "netlink-gen.h"
#include "pressure.h"
#include "sweep.h"
#include "table.h"
#include "tell.h"
#include "walk.h"

#define FW2_WALK_BATCH	64

/**
 * fw2_filter_parse - take a filter from a message
 * @f: what to fill; for fw2_filter_free(), but not after an error
 * @nest: attributes of the set "filter", validated by policy; NULL for none
 * @user_ns: the user namespace of who asks
 * @extack: told what is wrong
 *
 * Context: as fw2_match_parse().
 * Return: 0 or a negative errno.
 */
int fw2_filter_parse(struct fw2_filter *f, const struct nlattr *nest,
		     struct user_namespace *user_ns,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *cookie, *match;

	f->cookie = 0;
	f->tracked = false;
	if (!nest)
		return fw2_match_parse(&f->match, NULL, user_ns, extack);
	cookie = nla_find_nested(nest, FINWAIT2_A_FILTER_COOKIE);
	match = nla_find_nested(nest, FINWAIT2_A_FILTER_MATCH);
	if (cookie) {
		f->cookie = nla_get_u64(cookie);
		if (!f->cookie) {
			NL_SET_ERR_MSG_ATTR(extack, cookie,
					    "no socket has the cookie 0");
			return -EINVAL;
		}
	}
	return fw2_match_parse(&f->match, match, user_ns, extack);
}

void fw2_filter_free(struct fw2_filter *f)
{
	fw2_match_free(&f->match);
}

/**
 * fw2_filter_empty - does a filter mean all sockets?
 * @f: filter
 */
bool fw2_filter_empty(const struct fw2_filter *f)
{
	return !f->cookie && fw2_match_empty(&f->match);
}

/* A batch in the making: what a visit to a bucket needs. */
struct fw2_batch {
	const struct net	*net;
	const struct fw2_filter	*filter;
	unsigned int		skip;
	unsigned int		n;
	struct fw2_told		*told;
};

static bool fw2_batch_wants(const struct fw2_batch *batch, const struct sock *sk,
			    enum finwait2_class class)
{
	const struct fw2_subject s = { sk, class };
	bool wants;

	if (fw2_match_empty(&batch->filter->match))
		return true;
	rcu_read_lock();
	wants = fw2_match_all(&batch->filter->match, &s);
	rcu_read_unlock();
	return wants;
}

static void fw2_collect_tracked(struct fw2_batch *batch,
				struct fw2_shard *shard, unsigned int i)
{
	struct hlist_head *bucket = &shard->buckets[i];
	struct fw2_entry *e;
	unsigned long flags;
	struct fw2_due due;

	if (hlist_empty(bucket))
		return;

	raw_spin_lock_irqsave(&shard->lock, flags);
	hlist_for_each_entry(e, bucket, node) {
		/* Orphans are found in the kernel's table, see below. */
		if (!net_eq(sock_net(e->sk), batch->net) ||
		    sock_flag(e->sk, SOCK_DEAD) ||
		    !fw2_batch_wants(batch, e->sk, fw2_class(e->sk)))
			continue;
		if (batch->skip) {
			batch->skip--;
			continue;
		}
		if (batch->n == FW2_WALK_BATCH)
			break;
		due = fw2_look(e);
		fw2_pressure_due(e, &due);
		fw2_tell_tracked(&batch->told[batch->n++], e, due);
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);
}

static int fw2_collect_orphan(struct sock *sk, void *arg)
{
	struct fw2_batch *batch = arg;

	if (!net_eq(sock_net(sk), batch->net) || !fw2_is_orphan(sk) ||
	    !fw2_batch_wants(batch, sk, FINWAIT2_CLASS_ORPHAN))
		return 0;
	if (batch->skip) {
		batch->skip--;
		return 0;
	}
	if (batch->n == FW2_WALK_BATCH)
		return 1;
	fw2_tell_orphan(&batch->told[batch->n++], sk);
	return 0;
}

static int fw2_visit_batch(struct fw2_batch *batch, struct fw2_place *place,
			   int (*visit)(struct fw2_told *t, void *arg),
			   void *arg)
{
	u64 cookie = batch->filter->cookie;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < batch->n; i++) {
		struct fw2_told *t = &batch->told[i];

		if (ret >= 0)
			ret = cookie && fw2_told_cookie(t) != cookie ?
			      FW2_VISIT_STAYS : visit(t, arg);
		if (ret == FW2_VISIT_STAYS)
			place->skip++;
		fw2_told_put(t);
	}
	return ret < 0 ? ret : 0;
}

/**
 * fw2_walk - visit sockets in FIN_WAIT_2
 * @net: namespace
 * @f: which
 * @place: where to go on from; where the walk stands when this returns
 * @visit: called for each; a negative value ends the walk, and the socket will
 *	be visited again when it goes on
 * @arg: passed to @visit
 *
 * Context: process context, may sleep.
 * Return: 0 at the end of the walk, or what @visit returned, or -EINTR if the
 * process is being killed, or -ENOMEM.
 */
int fw2_walk(const struct net *net, const struct fw2_filter *f,
	     struct fw2_place *place,
	     int (*visit)(struct fw2_told *t, void *arg), void *arg)
{
	const unsigned int tracked = FW2_SHARDS * (fw2_bucket_mask + 1);
	struct inet_hashinfo *ehash = fw2_ehash(net);
	const unsigned int end = f->tracked ? tracked :
				 tracked + ehash->ehash_mask + 1;
	struct fw2_batch batch = { .net = net, .filter = f };
	int err = 0;

	batch.told = kmalloc_array(FW2_WALK_BATCH, sizeof(*batch.told),
				   GFP_KERNEL);
	if (!batch.told)
		return -ENOMEM;

	while (place->slot < end && !err) {
		batch.n = 0;
		batch.skip = place->skip;
		if (place->slot < tracked)
			fw2_collect_tracked(&batch,
					    &fw2_shards[place->slot % FW2_SHARDS],
					    place->slot / FW2_SHARDS);
		else
			fw2_ehash_visit(ehash, place->slot - tracked,
					fw2_collect_orphan, &batch);

		err = fw2_visit_batch(&batch, place, visit, arg);
		if (!err && batch.n < FW2_WALK_BATCH) {
			place->slot++;
			place->skip = 0;
		}
		cond_resched();
		if (fatal_signal_pending(current))
			err = err ?: -EINTR;
	}
	kfree(batch.told);

	return err;
}
