// SPDX-License-Identifier: GPL-2.0
/* Network namespaces: set-up, end, and what follows from their limits */

#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "net.h"
#include "nursery.h"
#include "orphan.h"
#include "sweep.h"
#include "sysctl.h"

/*
 * A look dates an activity it finds to its own time, so a quantum of a
 * sixteenth of the shortest interval, plus what a timer may be late, keeps a
 * flush within the promised eighth. Nothing is looked at more often than this.
 */
#define FW2_QUANTUM_SHIFT	4
#define FW2_QUANTUM_MIN_MS	20

/* How often any one namespace can have the nursery, which all share, searched. */
#define FW2_PACE_MIN_MS		32

unsigned int fw2_net_id __read_mostly;

struct fw2_limits fw2_defaults = {
	.flush_interval	= 675000,
	.shut_interval	= 60000,
	.reset		= 1,
};

static DEFINE_MUTEX(fw2_nets_mutex);
static LIST_HEAD(fw2_nets);

/**
 * fw2_net_sum - add up the counters of all CPUs
 * @fn: namespace
 * @sum: where to
 *
 * Context: any. The sum is not a snapshot: CPUs go on counting meanwhile.
 */
void fw2_net_sum(const struct fw2_net *fn, struct fw2_stats *sum)
{
	int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct fw2_stats *stats = per_cpu_ptr(fn->stats, cpu);

		sum->entered += READ_ONCE(stats->entered);
		sum->adopted += READ_ONCE(stats->adopted);
		sum->missed += READ_ONCE(stats->missed);
		sum->would_flush += READ_ONCE(stats->would_flush);
		for (i = 0; i < ARRAY_SIZE(sum->left); i++)
			sum->left[i] += READ_ONCE(stats->left[i]);
	}
}

/**
 * fw2_nets_for_each - call a function for each namespace
 * @func: function; what it returns other than 0 ends the walk
 *
 * Context: process context, may sleep; no namespace comes or goes meanwhile.
 * Return: what the last @func returned.
 */
int fw2_nets_for_each(int (*func)(struct net *net))
{
	struct fw2_net *fn;
	int ret = 0;

	mutex_lock(&fw2_nets_mutex);
	list_for_each_entry(fn, &fw2_nets, node) {
		ret = func(fn->net);
		if (ret)
			break;
	}
	mutex_unlock(&fw2_nets_mutex);

	return ret;
}

static unsigned long fw2_quantum(const struct fw2_limits *limits)
{
	unsigned int shortest = UINT_MAX;

	if (limits->flush_interval)
		shortest = min(shortest, limits->flush_interval);
	if (limits->shut_interval)
		shortest = min(shortest, limits->shut_interval);
	if (limits->max_age)
		shortest = min(shortest, limits->max_age);
	if (shortest == UINT_MAX)
		return 0;

	return msecs_to_jiffies(max_t(unsigned int, FW2_QUANTUM_MIN_MS,
				      shortest >> FW2_QUANTUM_SHIFT));
}

/* The nursery is shared: the namespace in the greatest hurry sets its pace. */
static void fw2_nets_pace(void)
{
	unsigned long pace = HZ;
	struct fw2_net *fn;

	lockdep_assert_held(&fw2_nets_mutex);

	list_for_each_entry(fn, &fw2_nets, node) {
		if (fn->quantum)
			pace = min(pace, fn->quantum / 2);
	}
	fw2_nursery_pace(max(pace, msecs_to_jiffies(FW2_PACE_MIN_MS)));
}

/**
 * fw2_net_limits_changed - make new limits apply to those who already wait
 * @fn: namespace whose limits have been written
 *
 * Context: process context, may sleep.
 */
void fw2_net_limits_changed(struct fw2_net *fn)
{
	int linger;

	mutex_lock(&fw2_nets_mutex);
	WRITE_ONCE(fn->quantum, fw2_quantum(&fn->limits));
	fw2_nets_pace();

	linger = fn->linger;
	WRITE_ONCE(fn->linger, fw2_orphan_linger(fn->limits.orphan_interval));
	if (fn->linger != linger)
		fw2_orphan_retime(fn, linger, fn->linger);
	mutex_unlock(&fw2_nets_mutex);

	fw2_sweep_now(fn);
}

static int __net_init fw2_net_start(struct net *net)
{
	struct fw2_net *fn = fw2_net(net);
	int i, err;

	fn->net = net;
	fn->limits = fw2_defaults;
	if (!net_eq(net, &init_net))
		fn->limits = fw2_net(&init_net)->limits;
	for (i = 0; i < FW2_SHARDS; i++)
		INIT_LIST_HEAD(&fn->members[i]);
	INIT_DELAYED_WORK(&fn->sweep, fw2_sweep);
	/* Not a change: orphans from before the load are for fw2_orphan_adopt(). */
	fn->linger = fw2_orphan_linger(fn->limits.orphan_interval);

	fn->stats = alloc_percpu(struct fw2_stats);
	if (!fn->stats)
		return -ENOMEM;

	err = fw2_sysctl_register(fn);
	if (err) {
		free_percpu(fn->stats);
		return err;
	}

	mutex_lock(&fw2_nets_mutex);
	list_add_tail(&fn->node, &fw2_nets);
	mutex_unlock(&fw2_nets_mutex);
	fw2_net_limits_changed(fn);

	return 0;
}

static void __net_exit fw2_net_stop(struct net *net)
{
	struct fw2_net *fn = fw2_net(net);

	fw2_sysctl_unregister(fn);

	mutex_lock(&fw2_nets_mutex);
	/* If it is the module that goes, orphans stay behind. */
	if (fn->linger && check_net(net))
		fw2_orphan_retime(fn, fn->linger, 0);
	list_del(&fn->node);
	fw2_nets_pace();
	mutex_unlock(&fw2_nets_mutex);

	/* The sockets are gone, a last sweep over empty lists may not be. */
	cancel_delayed_work_sync(&fn->sweep);
	free_percpu(fn->stats);
}

static struct pernet_operations fw2_net_ops = {
	.init	= fw2_net_start,
	.exit	= fw2_net_stop,
	.id	= &fw2_net_id,
	.size	= sizeof(struct fw2_net),
};

int fw2_net_init(void)
{
	return register_pernet_subsys(&fw2_net_ops);
}

void fw2_net_exit(void)
{
	unregister_pernet_subsys(&fw2_net_ops);
}
