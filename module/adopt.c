// SPDX-License-Identifier: GPL-2.0
/*
 * Adoption: sockets are found in the kernel's table that the probe has not seen
 * enter FIN_WAIT_2, as the module was not there yet, or could not note.
 *
 * For how long such a socket has waited, nothing tells. Its time counts from
 * now: that is never early, and gives whoever loads the module on a server full
 * of old sockets the time to look at them, and to set limits, first.
 *
 * A CPU may have found the tracepoint still off, and store the new state only
 * after the adoption that follows the registration has passed by. So there is a
 * second round a second later.
 *
 * Where there is no room for more, whoever is left out waits for a later round, of
 * which there is one every few seconds until all are in.
 */

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/workqueue.h>
#include <net/inet_hashtables.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "adopt.h"
#include "ehash.h"
#include "event.h"
#include "net.h"
#include "nursery.h"
#include "pressure.h"
#include "probe.h"
#include "sweep.h"
#include "table.h"
#include "trace.h"

#define FW2_ADOPT_DELAY		(HZ / 10)
#define FW2_ADOPT_ROUNDS	2
/* When to come again where there was no room. */
#define FW2_ADOPT_FULL		(5 * HZ)

static void fw2_adopt_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(fw2_adopt_dwork, fw2_adopt_work);
static int fw2_adopt_rounds;

/* What a round has at hand: entries that it may use where it cannot sleep. */
struct fw2_adoption {
	struct list_head	spares;
	unsigned int		nspares;
	unsigned int		want;
	bool			full;
};

/* A round has left somebody out. */
static bool fw2_adopt_full;

/*
 * Somebody was missed since the last round began. Whoever is missed as the work
 * item is about to run cannot have it run again, and may store the new state only
 * when it has passed by. So after each round that somebody was missed before, there
 * is another one, with all of a delay in between.
 */
static bool fw2_adopt_missed;

static int fw2_adopt_refill(struct fw2_adoption *a)
{
	while (a->nspares < a->want) {
		struct fw2_entry *e = fw2_entry_alloc(GFP_KERNEL | __GFP_NOWARN);

		if (!e)
			return -ENOMEM;
		list_add(&e->member, &a->spares);
		a->nspares++;
		cond_resched();
	}
	return 0;
}

/* -ENOBUFS: come again with more spares. */
static int fw2_adopt_visit(struct sock *sk, void *arg)
{
	struct fw2_adoption *a = arg;
	u32 hash = fw2_hash(sk);
	struct fw2_shard *shard = fw2_shard(hash);
	struct fw2_entry *e = NULL;
	struct fw2_net *fn;
	unsigned long flags;

	if (inet_sk_state_load(sk) != TCP_FIN_WAIT2 || !fw2_wants(sk) ||
	    sock_flag(sk, SOCK_DEAD))
		return 0;
	if (!a->nspares)
		return -ENOBUFS;

	fn = fw2_net(sock_net(sk));
	raw_spin_lock_irqsave(&shard->lock, flags);
	if (fw2_table_find(shard, hash, sk) || fw2_nursery_find(sk, hash)) {
		/* It is in. */
	} else if (!fw2_room(fn)) {
		a->full = true;
	} else {
		e = list_first_entry(&a->spares, struct fw2_entry, member);
		list_del(&e->member);
		a->nspares--;

		sock_hold(sk);
		fw2_table_insert(shard, hash, e, sk, fn);
		e->since = get_jiffies_64();
		e->active = e->since;
		fw2_pressure_check(fn);
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);

	if (e) {
		fw2_count(fn, adopted);
		trace_track(sk, true);
	}
	return 0;
}

/* Adopt from one table. Without memory, some are left for another round. */
static int fw2_adopt_from(struct inet_hashinfo *ehash)
{
	struct fw2_adoption a = {
		.spares	= LIST_HEAD_INIT(a.spares),
		.want	= 16,
	};
	struct fw2_entry *e, *next;
	unsigned int slot = 0;
	int err = 0;

	while (slot <= ehash->ehash_mask) {
		err = fw2_adopt_refill(&a);
		if (err)
			break;
		if (fw2_ehash_visit(ehash, slot, fw2_adopt_visit, &a) == -ENOBUFS)
			a.want *= 2;
		else
			slot++;
		cond_resched();
	}

	list_for_each_entry_safe(e, next, &a.spares, member)
		fw2_entry_free(e);
	if (a.full)
		WRITE_ONCE(fw2_adopt_full, true);
	return err;
}

static int fw2_adopt_net(struct net *net)
{
	struct inet_hashinfo *ehash = fw2_ehash(net);

	if (!net_eq(net, &init_net) && ehash == fw2_ehash(&init_net))
		return 0;
	return fw2_adopt_from(ehash);
}

static int fw2_adopt_tell(struct net *net)
{
	fw2_event_missed(fw2_net(net));
	return 0;
}

static void fw2_adopt_work(struct work_struct *work)
{
	unsigned long delay = 0;
	bool missed;
	int err;

	/* Pairs with the store before the work item is queued. */
	missed = xchg(&fw2_adopt_missed, false);
	WRITE_ONCE(fw2_adopt_full, false);
	err = fw2_nets_for_each(fw2_adopt_net);
	fw2_nets_for_each(fw2_adopt_tell);
	if (err)
		fw2_adopt_rounds = max(fw2_adopt_rounds, 1);

	if (fw2_adopt_rounds > 0) {
		fw2_adopt_rounds--;
		delay = HZ;
	} else if (READ_ONCE(fw2_adopt_full)) {
		delay = FW2_ADOPT_FULL;
	} else if (missed) {
		delay = FW2_ADOPT_DELAY;
	}
	if (delay)
		mod_delayed_work(fw2_wq, &fw2_adopt_dwork, delay);
}

static void fw2_adopt_queue(unsigned long delay)
{
	WRITE_ONCE(fw2_adopt_missed, true);
	queue_delayed_work(fw2_wq, &fw2_adopt_dwork, delay);
}

/**
 * fw2_adopt_soon - find the sockets that had to be missed
 *
 * Context: any, the probe included. However often it is called, the kernel's
 * table is walked ten times a second at most.
 */
void fw2_adopt_soon(void)
{
	fw2_adopt_queue(READ_ONCE(fw2_adopt_full) ? FW2_ADOPT_FULL
						  : FW2_ADOPT_DELAY);
}

/**
 * fw2_adopt_later - find sockets again for which there was no room
 *
 * Context: any, the probe included.
 */
void fw2_adopt_later(void)
{
	fw2_adopt_queue(FW2_ADOPT_FULL);
}

/**
 * fw2_adopt_start - adopt whoever waits in FIN_WAIT_2 as the module is loaded
 *
 * Context: process context; the probe is registered.
 */
void fw2_adopt_start(void)
{
	fw2_adopt_rounds = FW2_ADOPT_ROUNDS - 1;
	queue_delayed_work(fw2_wq, &fw2_adopt_dwork, 0);
	flush_delayed_work(&fw2_adopt_dwork);
}

void fw2_adopt_stop(void)
{
	cancel_delayed_work_sync(&fw2_adopt_dwork);
}
