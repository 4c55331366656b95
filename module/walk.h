/* SPDX-License-Identifier: GPL-2.0 */
/* All sockets in FIN_WAIT_2, one after the other */
#ifndef _FW2_WALK_H
#define _FW2_WALK_H

#include <linux/types.h>

#include "match.h"

struct fw2_told;
struct net;
struct netlink_ext_ack;
struct nlattr;
struct user_namespace;

/**
 * struct fw2_filter - which sockets are meant
 * @match: what they must be like
 * @cookie: the one that has this cookie; 0: any
 * @tracked: only those that are tracked: no orphans
 */
struct fw2_filter {
	struct fw2_match	match;
	u64			cookie;
	bool			tracked;
};

/**
 * struct fw2_place - where a walk stands
 * @slot: bucket of the table, then (from FW2_SHARDS * buckets on) of the ehash
 * @skip: sockets of that bucket that have been visited and are still there
 */
struct fw2_place {
	unsigned int	slot;
	unsigned int	skip;
};

/* What a visit finds of the socket it was called for. */
enum fw2_visit {
	FW2_VISIT_STAYS,
	FW2_VISIT_GONE,
};

int fw2_filter_parse(struct fw2_filter *f, const struct nlattr *nest,
		     struct user_namespace *user_ns,
		     struct netlink_ext_ack *extack);
void fw2_filter_free(struct fw2_filter *f);
bool fw2_filter_empty(const struct fw2_filter *f);

int fw2_walk(const struct net *net, const struct fw2_filter *f,
	     struct fw2_place *place,
	     int (*visit)(struct fw2_told *t, void *arg), void *arg);

#endif
