/* SPDX-License-Identifier: GPL-2.0 */
/* When a tracked socket is due, and the work that finds out */
#ifndef _FW2_SWEEP_H
#define _FW2_SWEEP_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <uapi/linux/finwait2.h>

#include "table.h"

struct fw2_net;

#define FW2_NEVER	U64_MAX

/* From 20 ms on, each twice as long as the one before; one more is at rest. */
#define FW2_GEARS	23

/**
 * struct fw2_gear - the sockets of a namespace that are looked at equally often
 * @fn: the namespace
 * @index: its place among the gears
 * @quantum: jiffies between two looks at a socket; 0: none is needed
 * @soon: who is due in fewer jiffies is looked at more often
 * @flags: FW2_GEAR_*
 * @sweep: looks at the members once a quantum
 * @members: tracked sockets, a list per shard, under that shard's lock; those that
 *	are still are behind all others
 *
 * For the sweep alone:
 * @due: no member that is still is due before; jiffies64
 * @segments: how many the namespace had received when all were last looked at
 * @grace: when these have been dealt with, for poll_state_synchronize_rcu()
 * @settled: all were looked at after that
 * @untold: how many it has looked at because of what nobody tells
 */
struct fw2_gear {
	struct fw2_net		*fn;
	unsigned int		index;
	unsigned long		quantum;
	u64			soon;
	unsigned long		flags;
	struct delayed_work	sweep;
	u64			due;
	unsigned long		segments;
	unsigned long		grace;
	bool			settled;
	unsigned int		untold;
	struct list_head	members[FW2_SHARDS];
};

/* The bits of fw2_gear.flags: the sweep is queued; set by whoever queues it. */
#define FW2_GEAR_QUEUED	0
/* All are to be looked at. */
#define FW2_GEAR_STIRRED	1

/**
 * struct fw2_due - when a socket is to be flushed
 * @at: jiffies64, or FW2_NEVER
 * @reason: by which limit
 */
struct fw2_due {
	u64			at;
	enum finwait2_reason	reason;
};

/**
 * fw2_class - who could still use a socket in FIN_WAIT_2
 * @sk: socket; its fields are read without its lock
 */
static inline enum finwait2_class fw2_class(const struct sock *sk)
{
	/* close() shuts both sides first, see __tcp_close(). */
	if (!(READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN))
		return FINWAIT2_CLASS_HELD;
	return sock_flag(sk, SOCK_DEAD) ? FINWAIT2_CLASS_ORPHAN
					: FINWAIT2_CLASS_SHUT;
}

struct fw2_due fw2_look(struct fw2_entry *e);
bool fw2_keep_wanted(const struct fw2_entry *e);

unsigned long fw2_sweep_quantum(unsigned int shortest);
void fw2_sweep_shift(struct fw2_entry *e, u32 shortest);
void fw2_sweep_now(struct fw2_net *fn);
void fw2_sweep_init(struct fw2_net *fn);
void fw2_sweep_cancel(struct fw2_net *fn);

#endif
