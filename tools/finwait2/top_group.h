/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TOP_GROUP_H
#define FINWAIT2_TOP_GROUP_H

#include "top_key.h"
#include "util.h"

/**
 * struct top_counts - what became of sockets
 * @left: they left, in whatever way
 * @closed: their peer ended the connection, before they reached a limit
 * @flushed: they were flushed
 * @would: they would have been, had observe mode been off
 * @stuck: they reached a limit, before their peer ended the connection
 */
struct top_counts {
	u64 left;
	u64 closed;
	u64 flushed;
	u64 would;
	u64 stuck;
};

/**
 * struct top_group - what became of the sockets of a group
 * @key: what they have in common
 * @counts: what became of them
 * @round: when that last was more, by the number of the round
 * @next: the next group of the same kind
 */
struct top_group {
	struct top_key key;
	struct top_counts counts;
	u64 round;
	struct top_group *next;
};

/**
 * struct top_groups - the groups of one kind
 * @by: the kind
 * @root: the groups, for tsearch()
 * @first: the first of them
 * @count: their number
 * @round: the number of the round
 * @merged: how many were merged into others
 */
struct top_groups {
	enum top_by by;
	void *root;
	struct top_group *first;
	size_t count;
	u64 round;
	u64 merged;
};

void top_counts_add(struct top_counts *sum, const struct top_counts *counts);

void top_groups_add(struct top_groups *groups, const struct top_key *key,
		    const struct top_counts *counts);
void top_groups_round(struct top_groups *groups);
void top_groups_free(struct top_groups *groups);

#endif
