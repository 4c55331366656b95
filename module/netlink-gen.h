/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/finwait2.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: tools/net/ynl/ynl-regen.sh */

#ifndef _LINUX_FINWAIT2_GEN_H
#define _LINUX_FINWAIT2_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/finwait2.h>

int finwait2_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int finwait2_nl_sock_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);

extern struct genl_family finwait2_nl_family;

#endif /* _LINUX_FINWAIT2_GEN_H */
