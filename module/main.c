// SPDX-License-Identifier: GPL-2.0
/*
 * finwait2 - a flush interval for TCP sockets in FIN_WAIT_2
 *
 * See Documentation/design.rst for the life of a socket in here.
 */

#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "adopt.h"
#include "exits.h"
#include "flush.h"
#include "net.h"
#include "netlink.h"
#include "nursery.h"
#include "orphan.h"
#include "pressure.h"
#include "probe.h"
#include "shut.h"
#include "sysctl.h"
#include "table.h"

struct workqueue_struct *fw2_wq __read_mostly;

static int __init fw2_init(void)
{
	int err;

	err = fw2_pressure_init();
	if (err)
		return err;
	err = fw2_sysctl_check_defaults();
	if (err)
		goto err_defaults;
	fw2_wq = alloc_workqueue("finwait2", WQ_UNBOUND, 0);
	if (!fw2_wq) {
		err = -ENOMEM;
		goto err_defaults;
	}

	err = fw2_table_init();
	if (err)
		goto err_table;
	err = fw2_nursery_init();
	if (err)
		goto err_nursery;
	err = fw2_net_init();
	if (err)
		goto err_net;
	err = fw2_probe_init();
	if (err)
		goto err_probe;
	fw2_adopt_start();
	fw2_nets_for_each(fw2_orphan_adopt);
	err = fw2_netlink_init();
	if (err)
		goto err_netlink;

	return 0;

err_netlink:
	fw2_flush_stop();
	fw2_probe_exit();
	/* Who is moved, and finds no room, is to be adopted later. */
	fw2_nursery_stop();
	fw2_adopt_stop();
	fw2_table_drain();
	fw2_exits_stop();
err_probe:
	fw2_net_exit();
	fw2_shut_exit();
err_net:
	fw2_nursery_exit();
err_nursery:
	fw2_table_exit();
err_table:
	rcu_barrier();
	destroy_workqueue(fw2_wq);
err_defaults:
	fw2_pressure_exit();
	return err;
}

/*
 * First no more readers and no more flushes, then no more sockets: none comes in
 * by the probe, by adoption, from the nursery. Then the table is emptied, and
 * only then do the namespaces go, whose sweeps find nothing from there on.
 */
static void __exit fw2_exit(void)
{
	fw2_netlink_exit();
	fw2_flush_stop();
	fw2_probe_exit();
	/* Who is moved, and finds no room, is to be adopted later. */
	fw2_nursery_stop();
	fw2_adopt_stop();
	fw2_table_drain();
	fw2_exits_stop();
	fw2_net_exit();
	fw2_shut_exit();
	fw2_nursery_exit();
	fw2_table_exit();
	/* Sets of rules are given up a grace period after their last use. */
	rcu_barrier();
	destroy_workqueue(fw2_wq);
	fw2_pressure_exit();
}

module_init(fw2_init);
module_exit(fw2_exit);

MODULE_DESCRIPTION("Flush interval for TCP sockets in FIN_WAIT_2");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
