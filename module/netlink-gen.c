// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/finwait2.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: tools/net/ynl/ynl-regen.sh */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/finwait2.h>

/* Ops table for finwait2 */
static const struct genl_split_ops finwait2_nl_ops[] = {
	{
		.cmd	= FINWAIT2_CMD_STATS_GET,
		.doit	= finwait2_nl_stats_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= FINWAIT2_CMD_SOCK_GET,
		.dumpit	= finwait2_nl_sock_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
};

struct genl_family finwait2_nl_family __ro_after_init = {
	.name		= FINWAIT2_FAMILY_NAME,
	.version	= FINWAIT2_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= finwait2_nl_ops,
	.n_split_ops	= ARRAY_SIZE(finwait2_nl_ops),
};
