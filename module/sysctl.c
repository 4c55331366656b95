// SPDX-License-Identifier: GPL-2.0
/* The limits, as sysctls in each namespace and as parameters at load */

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>

#include "net.h"
#include "sysctl.h"

module_param_named(flush_interval, fw2_defaults.flush_interval, uint, 0444);
MODULE_PARM_DESC(flush_interval,
		 "Flush a held socket after so long without activity, ms (675000; 0: never)");
module_param_named(shut_interval, fw2_defaults.shut_interval, uint, 0444);
MODULE_PARM_DESC(shut_interval,
		 "The same for a socket with both sides shut, ms (60000; 0: as a held one)");
module_param_named(max_age, fw2_defaults.max_age, uint, 0444);
MODULE_PARM_DESC(max_age,
		 "Flush after so long in FIN_WAIT_2 whatever happens, ms (0: no limit)");
module_param_named(orphan_interval, fw2_defaults.orphan_interval, uint, 0444);
MODULE_PARM_DESC(orphan_interval,
		 "Let a closed socket stay for so long, ms (0: for tcp_fin_timeout)");
module_param_named(keepstart, fw2_defaults.keepstart, uint, 0444);
MODULE_PARM_DESC(keepstart,
		 "Probe the peer of a held or shut socket after so long in silence, ms (0: never)");
module_param_named(keepstop, fw2_defaults.keepstop, uint, 0444);
MODULE_PARM_DESC(keepstop,
		 "Flush when a probed peer has been silent for so long, ms (0: never)");
module_param_named(adaptive_start, fw2_defaults.adaptive_start, uint, 0444);
MODULE_PARM_DESC(adaptive_start,
		 "Sockets in FIN_WAIT_2 above which limits shrink (half of adaptive_end; 0: never)");
module_param_named(adaptive_end, fw2_defaults.adaptive_end, uint, 0444);
MODULE_PARM_DESC(adaptive_end,
		 "Sockets in FIN_WAIT_2 at which limits are 0 (as many as tcp_max_orphans is by default; 0: no such number)");
module_param_named(reset, fw2_defaults.reset, uint, 0444);
MODULE_PARM_DESC(reset, "Tell the peer of a flush with a RST (1), or do not (0)");
module_param_named(observe, fw2_defaults.observe, uint, 0444);
MODULE_PARM_DESC(observe, "Count what would be flushed, flush nothing (0)");

static unsigned int fw2_time_max = FW2_TIME_MAX;

static int fw2_sysctl_limit(ctl_table_arg *table, int write,
			    void *buffer, size_t *lenp, loff_t *ppos)
{
	struct fw2_net *fn = table->extra1;
	struct ctl_table limit = *table;
	int err;

	limit.extra1 = NULL;
	err = proc_douintvec_minmax(&limit, write, buffer, lenp, ppos);
	if (write && !err)
		fw2_net_limits_changed(fn);
	return err;
}

#define FW2_SYSCTL(field, max) {					\
	.procname	= "tcp_fin_wait_2_" #field,			\
	.data		= &fw2_defaults.field,				\
	.maxlen		= sizeof(unsigned int),				\
	.mode		= 0644,						\
	.proc_handler	= fw2_sysctl_limit,				\
	.extra2		= (max),					\
}

/* .data points into fw2_defaults, .extra1 is missing: see below. */
static const struct ctl_table fw2_sysctl_table[] = {
	FW2_SYSCTL(flush_interval, &fw2_time_max),
	FW2_SYSCTL(shut_interval, &fw2_time_max),
	FW2_SYSCTL(max_age, &fw2_time_max),
	FW2_SYSCTL(orphan_interval, &fw2_time_max),
	FW2_SYSCTL(keepstart, &fw2_time_max),
	FW2_SYSCTL(keepstop, &fw2_time_max),
	FW2_SYSCTL(adaptive_start, SYSCTL_INT_MAX),
	FW2_SYSCTL(adaptive_end, SYSCTL_INT_MAX),
	FW2_SYSCTL(reset, SYSCTL_ONE),
	FW2_SYSCTL(observe, SYSCTL_ONE),
	{}
};

#define FW2_SYSCTLS	(ARRAY_SIZE(fw2_sysctl_table) - 1)

/**
 * fw2_sysctl_check_defaults - are the module's parameters within bounds?
 *
 * Return: 0, or -EINVAL and a line in the kernel log that says which is not.
 */
int fw2_sysctl_check_defaults(void)
{
	const struct ctl_table *t;

	for (t = fw2_sysctl_table; t < fw2_sysctl_table + FW2_SYSCTLS; t++) {
		unsigned int val = *(unsigned int *)t->data;
		int max = *(int *)t->extra2;

		if (val <= max)
			continue;
		pr_err("finwait2: parameter %s=%u is out of range, at most %d\n",
		       t->procname + strlen("tcp_fin_wait_2_"), val, max);
		return -EINVAL;
	}
	return 0;
}

int fw2_sysctl_register(struct fw2_net *fn)
{
	struct ctl_table *table;
	unsigned int i;

	table = kmemdup(fw2_sysctl_table, sizeof(fw2_sysctl_table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;

	for (i = 0; i < FW2_SYSCTLS; i++) {
		size_t offset = table[i].data - (void *)&fw2_defaults;

		table[i].data = (void *)&fn->limits + offset;
		table[i].extra1 = fn;
	}

	fn->sysctl = register_net_sysctl_sz(fn->net, "net/ipv4", table,
					    FW2_SYSCTLS);
	if (!fn->sysctl) {
		kfree(table);
		return -ENOMEM;
	}
	fn->table = table;
	return 0;
}

void fw2_sysctl_unregister(struct fw2_net *fn)
{
	unregister_net_sysctl_table(fn->sysctl);
	kfree(fn->table);
}
