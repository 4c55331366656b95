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

/* Common nested types */
extern const struct nla_policy finwait2_filter_nl_policy[FINWAIT2_A_FILTER_COOKIE + 1];
extern const struct nla_policy finwait2_match_nl_policy[FINWAIT2_A_MATCH_CLASS + 1];
extern const struct nla_policy finwait2_port_range_nl_policy[FINWAIT2_A_PORT_RANGE_LAST + 1];
extern const struct nla_policy finwait2_rule_nl_policy[FINWAIT2_A_RULE_CGROUP_GONE + 1];

int finwait2_nl_sock_get_start(struct netlink_callback *cb);
int finwait2_nl_rule_get_start(struct netlink_callback *cb);
int finwait2_nl_hist_get_start(struct netlink_callback *cb);
int finwait2_nl_sock_get_done(struct netlink_callback *cb);
int finwait2_nl_rule_get_done(struct netlink_callback *cb);
int finwait2_nl_hist_get_done(struct netlink_callback *cb);

int finwait2_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int finwait2_nl_sock_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int finwait2_nl_rule_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int finwait2_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info);
int finwait2_nl_rule_replace_doit(struct sk_buff *skb, struct genl_info *info);
int finwait2_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int finwait2_nl_rule_set_doit(struct sk_buff *skb, struct genl_info *info);
int finwait2_nl_flush_doit(struct sk_buff *skb, struct genl_info *info);
int finwait2_nl_hist_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);

enum {
	FINWAIT2_NLGRP_EVENTS,
	FINWAIT2_NLGRP_TRACK,
	FINWAIT2_NLGRP_EXITS,
};

extern struct genl_family finwait2_nl_family;

#endif /* _LINUX_FINWAIT2_GEN_H */
