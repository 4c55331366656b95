// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/finwait2.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: tools/net/ynl/ynl-regen.sh */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/finwait2.h>

/* Integer value ranges */
static const struct netlink_range_validation finwait2_a_rule_interval_range = {
	.max	= 2073600000ULL,
};

static const struct netlink_range_validation finwait2_a_rule_shut_interval_range = {
	.max	= 2073600000ULL,
};

static const struct netlink_range_validation finwait2_a_rule_orphan_interval_range = {
	.max	= 2073600000ULL,
};

static const struct netlink_range_validation finwait2_a_rule_max_age_range = {
	.max	= 2073600000ULL,
};

static const struct netlink_range_validation finwait2_a_rule_keepstart_range = {
	.max	= 2073600000ULL,
};

static const struct netlink_range_validation finwait2_a_rule_keepstop_range = {
	.max	= 2073600000ULL,
};

/* Common nested types */
const struct nla_policy finwait2_filter_nl_policy[FINWAIT2_A_FILTER_COOKIE + 1] = {
	[FINWAIT2_A_FILTER_MATCH] = NLA_POLICY_NESTED(finwait2_match_nl_policy),
	[FINWAIT2_A_FILTER_COOKIE] = { .type = NLA_U64, },
};

const struct nla_policy finwait2_match_nl_policy[FINWAIT2_A_MATCH_CLASS + 1] = {
	[FINWAIT2_A_MATCH_LOCAL_ADDR] = NLA_POLICY_MAX_LEN(16),
	[FINWAIT2_A_MATCH_LOCAL_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[FINWAIT2_A_MATCH_LOCAL_PORT] = NLA_POLICY_NESTED(finwait2_port_range_nl_policy),
	[FINWAIT2_A_MATCH_REMOTE_ADDR] = NLA_POLICY_MAX_LEN(16),
	[FINWAIT2_A_MATCH_REMOTE_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[FINWAIT2_A_MATCH_REMOTE_PORT] = NLA_POLICY_NESTED(finwait2_port_range_nl_policy),
	[FINWAIT2_A_MATCH_MARK] = { .type = NLA_U32, },
	[FINWAIT2_A_MATCH_MASK] = { .type = NLA_U32, },
	[FINWAIT2_A_MATCH_UID] = { .type = NLA_U32, },
	[FINWAIT2_A_MATCH_CGROUP] = { .type = NLA_NUL_STRING, .len = 4095, },
	[FINWAIT2_A_MATCH_DEVICE] = { .type = NLA_NUL_STRING, .len = 15, },
	[FINWAIT2_A_MATCH_CLASS] = NLA_POLICY_MASK(NLA_U32, 0x7),
};

const struct nla_policy finwait2_port_range_nl_policy[FINWAIT2_A_PORT_RANGE_LAST + 1] = {
	[FINWAIT2_A_PORT_RANGE_FIRST] = { .type = NLA_U16, },
	[FINWAIT2_A_PORT_RANGE_LAST] = { .type = NLA_U16, },
};

const struct nla_policy finwait2_rule_nl_policy[FINWAIT2_A_RULE_CGROUP_GONE + 1] = {
	[FINWAIT2_A_RULE_PRIO] = NLA_POLICY_MIN(NLA_U32, 1),
	[FINWAIT2_A_RULE_MATCH] = NLA_POLICY_NESTED(finwait2_match_nl_policy),
	[FINWAIT2_A_RULE_INTERVAL] = NLA_POLICY_FULL_RANGE(NLA_U32, &finwait2_a_rule_interval_range),
	[FINWAIT2_A_RULE_SHUT_INTERVAL] = NLA_POLICY_FULL_RANGE(NLA_U32, &finwait2_a_rule_shut_interval_range),
	[FINWAIT2_A_RULE_ORPHAN_INTERVAL] = NLA_POLICY_FULL_RANGE(NLA_U32, &finwait2_a_rule_orphan_interval_range),
	[FINWAIT2_A_RULE_MAX_AGE] = NLA_POLICY_FULL_RANGE(NLA_U32, &finwait2_a_rule_max_age_range),
	[FINWAIT2_A_RULE_KEEPSTART] = NLA_POLICY_FULL_RANGE(NLA_U32, &finwait2_a_rule_keepstart_range),
	[FINWAIT2_A_RULE_KEEPSTOP] = NLA_POLICY_FULL_RANGE(NLA_U32, &finwait2_a_rule_keepstop_range),
	[FINWAIT2_A_RULE_RESET] = NLA_POLICY_MAX(NLA_U8, 1),
	[FINWAIT2_A_RULE_OBSERVE] = NLA_POLICY_MAX(NLA_U8, 1),
	[FINWAIT2_A_RULE_EXEMPT] = { .type = NLA_FLAG, },
	[FINWAIT2_A_RULE_MATCHED] = { .type = NLA_UINT, },
	[FINWAIT2_A_RULE_FLUSHED] = { .type = NLA_UINT, },
	[FINWAIT2_A_RULE_WOULD_FLUSH] = { .type = NLA_UINT, },
	[FINWAIT2_A_RULE_CGROUP_GONE] = { .type = NLA_FLAG, },
};

/* FINWAIT2_CMD_SOCK_GET - dump */
static const struct nla_policy finwait2_sock_get_nl_policy[FINWAIT2_A_SOCK_FILTER + 1] = {
	[FINWAIT2_A_SOCK_FILTER] = NLA_POLICY_NESTED(finwait2_filter_nl_policy),
};

/* FINWAIT2_CMD_RULE_ADD - do */
static const struct nla_policy finwait2_rule_add_nl_policy[FINWAIT2_A_RULES_RULE + 1] = {
	[FINWAIT2_A_RULES_RULE] = NLA_POLICY_NESTED(finwait2_rule_nl_policy),
};

/* FINWAIT2_CMD_RULE_REPLACE - do */
static const struct nla_policy finwait2_rule_replace_nl_policy[FINWAIT2_A_RULES_RULE + 1] = {
	[FINWAIT2_A_RULES_RULE] = NLA_POLICY_NESTED(finwait2_rule_nl_policy),
};

/* FINWAIT2_CMD_RULE_DEL - do */
static const struct nla_policy finwait2_rule_del_nl_policy[FINWAIT2_A_RULES_RULE + 1] = {
	[FINWAIT2_A_RULES_RULE] = NLA_POLICY_NESTED(finwait2_rule_nl_policy),
};

/* FINWAIT2_CMD_RULE_SET - do */
static const struct nla_policy finwait2_rule_set_nl_policy[FINWAIT2_A_RULES_GENERATION + 1] = {
	[FINWAIT2_A_RULES_RULE] = NLA_POLICY_NESTED(finwait2_rule_nl_policy),
	[FINWAIT2_A_RULES_GENERATION] = { .type = NLA_U32, },
};

/* FINWAIT2_CMD_FLUSH - do */
static const struct nla_policy finwait2_flush_nl_policy[FINWAIT2_A_FLUSH_ALL + 1] = {
	[FINWAIT2_A_FLUSH_FILTER] = NLA_POLICY_NESTED(finwait2_filter_nl_policy),
	[FINWAIT2_A_FLUSH_ALL] = { .type = NLA_FLAG, },
};

/* FINWAIT2_CMD_HIST_GET - dump */
static const struct nla_policy finwait2_hist_get_nl_policy[FINWAIT2_A_HISTS_WAITING + 1] = {
	[FINWAIT2_A_HISTS_WAITING] = { .type = NLA_FLAG, },
};

/* Ops table for finwait2 */
static const struct genl_split_ops finwait2_nl_ops[] = {
	{
		.cmd	= FINWAIT2_CMD_STATS_GET,
		.doit	= finwait2_nl_stats_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= FINWAIT2_CMD_SOCK_GET,
		.start		= finwait2_nl_sock_get_start,
		.dumpit		= finwait2_nl_sock_get_dumpit,
		.done		= finwait2_nl_sock_get_done,
		.policy		= finwait2_sock_get_nl_policy,
		.maxattr	= FINWAIT2_A_SOCK_FILTER,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= FINWAIT2_CMD_RULE_GET,
		.start	= finwait2_nl_rule_get_start,
		.dumpit	= finwait2_nl_rule_get_dumpit,
		.done	= finwait2_nl_rule_get_done,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= FINWAIT2_CMD_RULE_ADD,
		.doit		= finwait2_nl_rule_add_doit,
		.policy		= finwait2_rule_add_nl_policy,
		.maxattr	= FINWAIT2_A_RULES_RULE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= FINWAIT2_CMD_RULE_REPLACE,
		.doit		= finwait2_nl_rule_replace_doit,
		.policy		= finwait2_rule_replace_nl_policy,
		.maxattr	= FINWAIT2_A_RULES_RULE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= FINWAIT2_CMD_RULE_DEL,
		.doit		= finwait2_nl_rule_del_doit,
		.policy		= finwait2_rule_del_nl_policy,
		.maxattr	= FINWAIT2_A_RULES_RULE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= FINWAIT2_CMD_RULE_SET,
		.doit		= finwait2_nl_rule_set_doit,
		.policy		= finwait2_rule_set_nl_policy,
		.maxattr	= FINWAIT2_A_RULES_GENERATION,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= FINWAIT2_CMD_FLUSH,
		.doit		= finwait2_nl_flush_doit,
		.policy		= finwait2_flush_nl_policy,
		.maxattr	= FINWAIT2_A_FLUSH_ALL,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= FINWAIT2_CMD_HIST_GET,
		.start		= finwait2_nl_hist_get_start,
		.dumpit		= finwait2_nl_hist_get_dumpit,
		.done		= finwait2_nl_hist_get_done,
		.policy		= finwait2_hist_get_nl_policy,
		.maxattr	= FINWAIT2_A_HISTS_WAITING,
		.flags		= GENL_CMD_CAP_DUMP,
	},
};

static const struct genl_multicast_group finwait2_nl_mcgrps[] = {
	[FINWAIT2_NLGRP_EVENTS] = { "events", },
	[FINWAIT2_NLGRP_TRACK] = { "track", },
	[FINWAIT2_NLGRP_EXITS] = { "exits", },
};

struct genl_family finwait2_nl_family __ro_after_init = {
	.name		= FINWAIT2_FAMILY_NAME,
	.version	= FINWAIT2_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= finwait2_nl_ops,
	.n_split_ops	= ARRAY_SIZE(finwait2_nl_ops),
	.mcgrps		= finwait2_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(finwait2_nl_mcgrps),
};
