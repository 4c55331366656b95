/* SPDX-License-Identifier: GPL-2.0 */
/* Per network namespace: limits, rules, counters, the sockets they apply to */
#ifndef _FW2_NET_H
#define _FW2_NET_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/percpu_counter.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <uapi/linux/finwait2.h>

#include "hist.h"
#include "limits.h"
#include "sweep.h"
#include "table.h"

struct ctl_table;
struct ctl_table_header;
struct fw2_ruleset;

/**
 * struct fw2_stats - counters of one CPU
 * @entered: sockets taken in as they entered FIN_WAIT_2
 * @adopted: sockets found in FIN_WAIT_2 afterwards
 * @missed: sockets that could not be taken in at once
 * @dropped: sockets given up for lack of room
 * @unheard: sockets that left, and of which listeners could not be told
 * @flushed: sockets flushed, by enum finwait2_reason, see fw2_flushed()
 * @dwell: time spent by sockets taken out, and by those that observe mode let
 *	stay, by enum finwait2_way
 */
struct fw2_stats {
	u64		entered;
	u64		adopted;
	u64		missed;
	u64		dropped;
	u64		unheard;
	u64		flushed[FINWAIT2_REASON_PRESSURE - FINWAIT2_REASON_HELD + 1];
	struct fw2_hist	dwell[FW2_WAYS];
};

/* Where in fw2_stats.flushed the sockets of a reason are. */
static inline unsigned int fw2_flushed(enum finwait2_reason reason)
{
	return reason - FINWAIT2_REASON_HELD;
}

/**
 * struct fw2_net - a network namespace, as this module sees it
 * @limits: the sysctls
 * @rules: rules, or NULL; RCU, written under fw2_nets_mutex and @rules_mutex
 * @epoch: goes on with each change of @limits or @rules
 * @generation: goes on with each change of @rules; never 0
 * @linger: what to put into tp->linger2 of an orphan, jiffies; 0: leave it;
 *	where a rule says nothing else
 * @hurry: how often newcomers must be looked for, jiffies; 0: no limit is set
 * @stats: counters
 * @gears: tracked sockets, by how often they must be looked at
 * @members: how many these are
 * @scale: what is left of the limits, in FW2_SCALE_ONE
 * @pressed: there are too many, and @pressure is queued
 * @pressure: sees to it that there are fewer
 * @pressure_told: it has been told that there are too many
 * @net: the namespace
 * @node: on the list of all of them, under fw2_nets_mutex
 * @rules_mutex: held by who changes the rules
 * @events_mutex: one event at a time, so that they come by their numbers
 * @events: numbers of the last events told, by multicast group
 * @exits_wanted: somebody listens to exits
 * @unheard_told: how many of fw2_stats.unheard the numbers have been put forward
 * @missed_told: how many missed sockets were told of; the adoption's
 * @sysctl: where the limits are registered
 * @table: what is registered there
 *
 * Lives from the namespace's set-up to its end. A tracked socket holds a
 * reference on its namespace, so none outlives it.
 */
struct fw2_net {
	struct fw2_limits	limits;
	struct fw2_ruleset __rcu *rules;
	u32			epoch;
	u32			generation;
	int			linger;
	unsigned long		hurry;
	struct fw2_stats __percpu *stats;
	struct fw2_gear		gears[FW2_GEARS + 1];
	struct percpu_counter	members;
	u32			scale;
	unsigned long		pressed;
	struct delayed_work	pressure;
	bool			pressure_told;
	struct net		*net;
	struct list_head	node;
	struct mutex		rules_mutex;
	struct mutex		events_mutex;
	u64			events[3];
	bool			exits_wanted;
	u64			unheard_told;
	u64			missed_told;
	struct ctl_table_header	*sysctl;
	struct ctl_table	*table;
};

extern struct workqueue_struct *fw2_wq;
extern unsigned int fw2_net_id;
extern struct fw2_limits fw2_defaults;

extern struct fw2_net *fw2_init_net;

/* The first namespace's is kept: net_generic() would be 20 instructions for each. */
static inline struct fw2_net *fw2_net(const struct net *net)
{
	if (likely(net_eq(net, &init_net)))
		return fw2_init_net;
	return net_generic(net, fw2_net_id);
}

#define fw2_count(fn, counter)	this_cpu_inc((fn)->stats->counter)

/* One counter, of all CPUs. */
#define fw2_net_total(fn, counter) ({					\
	u64 total_ = 0;							\
	int cpu_;							\
									\
	for_each_possible_cpu(cpu_)					\
		total_ += READ_ONCE(per_cpu_ptr((fn)->stats,		\
						cpu_)->counter);	\
	total_;								\
})

void fw2_net_sum(const struct fw2_net *fn, struct fw2_stats *sum);
int fw2_nets_for_each(int (*func)(struct net *net));
int fw2_net_rejudge(struct net *net);
void fw2_net_limits_changed(struct fw2_net *fn);
void fw2_net_rules_changed(struct fw2_net *fn, struct fw2_ruleset *set);

int fw2_net_init(void);
void fw2_net_exit(void);

#endif
