/* SPDX-License-Identifier: GPL-2.0 */
/* Per network namespace: the limits, the counters, the sockets they apply to */
#ifndef _FW2_NET_H
#define _FW2_NET_H

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <uapi/linux/finwait2.h>

#include "table.h"

struct ctl_table;
struct ctl_table_header;

/* Twenty-four days: what fits a signed 32-bit number of jiffies at HZ=1000. */
#define FW2_TIME_MAX	(24U * 24 * 60 * 60 * 1000)

/**
 * struct fw2_limits - what the sysctls say
 * @flush_interval: idle time of a held socket, ms; 0: for ever
 * @shut_interval: idle time of a shut socket, ms; 0: as a held one
 * @max_age: time in FIN_WAIT_2 whatever happens, ms; 0: no limit
 * @orphan_interval: time an orphan stays, ms; 0: leave it to tcp_fin_timeout
 * @reset: tell the peer of a flush with a RST
 * @observe: count what would be flushed, flush nothing
 *
 * Written by the sysctl handlers, read without a lock, each field by itself.
 */
struct fw2_limits {
	unsigned int	flush_interval;
	unsigned int	shut_interval;
	unsigned int	max_age;
	unsigned int	orphan_interval;
	unsigned int	reset;
	unsigned int	observe;
};

/**
 * struct fw2_stats - counters of one CPU
 * @entered: sockets taken in as they entered FIN_WAIT_2
 * @adopted: sockets found in FIN_WAIT_2 afterwards
 * @missed: sockets that could not be taken in at once
 * @left: sockets taken out, by enum finwait2_reason
 * @would_flush: sockets that observe mode let stay
 */
struct fw2_stats {
	u64	entered;
	u64	adopted;
	u64	missed;
	u64	left[FINWAIT2_REASON_AGE + 1];
	u64	would_flush;
};

/**
 * struct fw2_net - a network namespace, as this module sees it
 * @limits: the sysctls
 * @linger: what to put into tp->linger2 of an orphan, jiffies; 0: leave it
 * @quantum: jiffies between two looks at a socket; 0: nothing has a limit
 * @stats: counters
 * @members: tracked sockets, a list per shard, under that shard's lock
 * @sweeping: the sweep is queued; set by whoever queues it
 * @sweep: looks at each member once a quantum
 * @net: the namespace
 * @node: on the list of all of them, under fw2_nets_mutex
 * @sysctl: where the limits are registered
 * @table: what is registered there
 *
 * Lives from the namespace's set-up to its end. A tracked socket holds a
 * reference on its namespace, so none outlives it.
 */
struct fw2_net {
	struct fw2_limits	limits;
	int			linger;
	unsigned long		quantum;
	struct fw2_stats __percpu *stats;
	struct list_head	members[FW2_SHARDS];
	unsigned long		sweeping;
	struct delayed_work	sweep;
	struct net		*net;
	struct list_head	node;
	struct ctl_table_header	*sysctl;
	struct ctl_table	*table;
};

extern struct workqueue_struct *fw2_wq;
extern unsigned int fw2_net_id;
extern struct fw2_limits fw2_defaults;

static inline struct fw2_net *fw2_net(const struct net *net)
{
	return net_generic(net, fw2_net_id);
}

#define fw2_count(fn, counter)	this_cpu_inc((fn)->stats->counter)

void fw2_net_sum(const struct fw2_net *fn, struct fw2_stats *sum);
int fw2_nets_for_each(int (*func)(struct net *net));
void fw2_net_limits_changed(struct fw2_net *fn);

int fw2_net_init(void);
void fw2_net_exit(void);

#endif
