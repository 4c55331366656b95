// SPDX-License-Identifier: GPL-2.0
/* Network namespaces: set-up, end, and what follows from their limits */

#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "exits.h"
#include "net.h"
#include "nursery.h"
#include "orphan.h"
#include "policy.h"
#include "pressure.h"
#include "ruleset.h"
#include "sweep.h"
#include "sysctl.h"

/* How often any one namespace can have the nursery, which all share, searched. */
#define FW2_PACE_MIN_MS		32

unsigned int fw2_net_id __read_mostly;
/* Set before anything asks for it: that namespace is the first to be started. */
struct fw2_net *fw2_init_net __read_mostly;

struct fw2_limits fw2_defaults = {
	.flush_interval	= 675000,
	.shut_interval	= 60000,
	.adaptive_start	= FW2_ADAPTIVE_UNSAID,
	.adaptive_end	= FW2_ADAPTIVE_UNSAID,
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
		sum->dropped += READ_ONCE(stats->dropped);
		sum->unheard += READ_ONCE(stats->unheard);
		for (i = 0; i < ARRAY_SIZE(sum->flushed); i++)
			sum->flushed[i] += READ_ONCE(stats->flushed[i]);
		for (i = 0; i < FW2_WAYS; i++)
			fw2_hist_add(&sum->dwell[i], &stats->dwell[i]);
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

/* How soon somebody must be found who has just come: see fw2_sweep_quantum(). */
static unsigned long fw2_net_hurry(const struct fw2_net *fn,
				   const struct fw2_ruleset *set)
{
	unsigned int shortest = fw2_limits_shortest(&fn->limits);
	unsigned int i;

	for (i = 0; set && i < set->n; i++) {
		unsigned int ms = fw2_limits_shortest(&set->rules[i]->limits);

		if (ms && (!shortest || ms < shortest))
			shortest = ms;
	}
	return shortest ? fw2_sweep_quantum(shortest) : 0;
}

/* The nursery is shared: the namespace in the greatest hurry sets its pace. */
static void fw2_nets_pace(void)
{
	unsigned long pace = HZ;
	struct fw2_net *fn;

	lockdep_assert_held(&fw2_nets_mutex);

	list_for_each_entry(fn, &fw2_nets, node) {
		if (fn->hurry)
			pace = min(pace, fn->hurry / 2);
	}
	fw2_nursery_pace(max(pace, msecs_to_jiffies(FW2_PACE_MIN_MS)));
}

/**
 * fw2_net_rejudge - have all sockets of a namespace judged anew
 * @net: namespace
 *
 * Context: process context; for fw2_nets_for_each().
 * Return: 0
 */
int fw2_net_rejudge(struct net *net)
{
	struct fw2_net *fn = fw2_net(net);

	lockdep_assert_held(&fw2_nets_mutex);

	/* Pairs with the acquire in fw2_judge(). */
	smp_store_release(&fn->epoch, fn->epoch + 1);
	fw2_sweep_now(fn);
	return 0;
}

/* Make what has changed apply to those who already wait. */
static void fw2_net_changed(struct fw2_net *fn, const struct fw2_orphan_rule *was)
{
	const struct fw2_ruleset *set;
	struct fw2_orphan_rule is;

	lockdep_assert_held(&fw2_nets_mutex);

	fw2_net_rejudge(fn->net);
	set = rcu_dereference_protected(fn->rules,
					lockdep_is_held(&fw2_nets_mutex));
	fn->hurry = fw2_net_hurry(fn, set);
	fw2_nets_pace();

	WRITE_ONCE(fn->linger, fw2_orphan_linger(fn->limits.orphan_interval));
	is = (struct fw2_orphan_rule){ fn->linger, set };
	if (is.linger != was->linger || is.set != was->set)
		fw2_orphan_retime(fn->net, was, &is);

	fw2_pressure_check(fn);
}

/**
 * fw2_net_limits_changed - make new limits apply to those who already wait
 * @fn: namespace whose limits have been written
 *
 * Context: process context, may sleep.
 */
void fw2_net_limits_changed(struct fw2_net *fn)
{
	struct fw2_orphan_rule was;

	mutex_lock(&fw2_nets_mutex);
	was = (struct fw2_orphan_rule){
		fn->linger,
		rcu_dereference_protected(fn->rules,
					  lockdep_is_held(&fw2_nets_mutex)),
	};
	fw2_net_changed(fn, &was);
	mutex_unlock(&fw2_nets_mutex);
}

/**
 * fw2_net_rules_changed - put other rules into force
 * @fn: namespace
 * @set: the rules, or NULL for none; the reference becomes the namespace's
 *
 * Context: process context, may sleep; fw2_net.rules_mutex held.
 */
void fw2_net_rules_changed(struct fw2_net *fn, struct fw2_ruleset *set)
{
	struct fw2_orphan_rule was;
	struct fw2_ruleset *old;

	mutex_lock(&fw2_nets_mutex);
	old = rcu_replace_pointer(fn->rules, set,
				  lockdep_is_held(&fw2_nets_mutex));
	was = (struct fw2_orphan_rule){ fn->linger, old };
	fw2_net_changed(fn, &was);
	mutex_unlock(&fw2_nets_mutex);

	WRITE_ONCE(fn->generation, fn->generation + 1 ?: 1);
	fw2_ruleset_put(old);
}

static int __net_init fw2_net_start(struct net *net)
{
	struct fw2_net *fn = net_generic(net, fw2_net_id);
	int err;

	if (net_eq(net, &init_net))
		fw2_init_net = fn;
	fn->net = net;
	fn->generation = 1;
	mutex_init(&fn->rules_mutex);
	mutex_init(&fn->events_mutex);
	fn->limits = fw2_defaults;
	if (!net_eq(net, &init_net))
		fn->limits = fw2_net(&init_net)->limits;
	fw2_sweep_init(fn);
	/* Not a change: orphans from before the load are for fw2_orphan_adopt(). */
	fn->linger = fw2_orphan_linger(fn->limits.orphan_interval);

	fn->stats = alloc_percpu_gfp(struct fw2_stats, GFP_KERNEL_ACCOUNT);
	if (!fn->stats)
		return -ENOMEM;
	err = fw2_pressure_start(fn);
	if (err)
		goto err_pressure;
	err = fw2_sysctl_register(fn);
	if (err)
		goto err_sysctl;

	mutex_lock(&fw2_nets_mutex);
	list_add_tail(&fn->node, &fw2_nets);
	mutex_unlock(&fw2_nets_mutex);
	fw2_net_limits_changed(fn);

	return 0;

err_sysctl:
	fw2_pressure_free(fn);
err_pressure:
	free_percpu(fn->stats);
	return err;
}

static void __net_exit fw2_net_stop(struct net *net)
{
	const struct fw2_orphan_rule is = {};
	struct fw2_net *fn = fw2_net(net);
	struct fw2_orphan_rule was;
	struct fw2_ruleset *set;

	fw2_sysctl_unregister(fn);

	mutex_lock(&fw2_nets_mutex);
	set = rcu_replace_pointer(fn->rules, NULL,
				  lockdep_is_held(&fw2_nets_mutex));
	was = (struct fw2_orphan_rule){ fn->linger, set };
	/* If it is the module that goes, orphans stay behind. */
	if ((was.linger || was.set) && check_net(net))
		fw2_orphan_retime(net, &was, &is);
	list_del(&fn->node);
	fw2_nets_pace();
	mutex_unlock(&fw2_nets_mutex);

	fw2_ruleset_put(set);
	/* The sockets are gone, a last sweep over empty lists may not be. */
	fw2_pressure_cancel(fn);
	fw2_sweep_cancel(fn);
	fw2_exits_forget(fn);
	fw2_pressure_free(fn);
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
