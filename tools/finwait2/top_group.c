// SPDX-License-Identifier: GPL-2.0
/*
 * What became of sockets, group by group
 *
 * A socket that leaves is counted in a group of each kind, so that who looks at
 * another kind sees what has been as well. Peers are kept address by address: only
 * a view puts them together by prefix, so that the prefix may change, too.
 *
 * Peers on the Internet are many, and most do what they should. When there are
 * too many groups, those that are quiet are merged: addresses into the prefix of
 * the next step, and that into the next; all else into the rest. So there is a
 * bound to memory, and the sums stay right.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "top_group.h"

/* How many groups of a kind are kept. About 10 MB. */
#define TOP_GROUPS	65536

/* A group is quiet when nobody has left it in this round and the one before. */
#define TOP_QUIET	2

static int top_group_compare(const void *a, const void *b)
{
	const struct top_group *x = a, *y = b;

	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static struct top_group *top_group_get(struct top_groups *groups,
				       const struct top_key *key)
{
	struct top_group probe = { .key = *key };
	struct top_group **node, *group;

	node = tfind(&probe, &groups->root, top_group_compare);
	if (node)
		return *node;
	group = calloc(1, sizeof(*group));
	if (!group)
		err_no_memory();
	group->key = *key;
	if (!tsearch(group, &groups->root, top_group_compare))
		err_no_memory();
	group->next = groups->first;
	groups->first = group;
	groups->count++;
	return group;
}

/**
 * top_counts_add() - add up
 * @sum: the sum
 * @counts: what to add
 */
void top_counts_add(struct top_counts *sum, const struct top_counts *counts)
{
	sum->left += counts->left;
	sum->closed += counts->closed;
	sum->flushed += counts->flushed;
	sum->would += counts->would;
	sum->stuck += counts->stuck;
}

/* Merge those that have been quiet for so many rounds. */
static void top_groups_merge(struct top_groups *groups, u8 bits4, u8 bits6,
			     u64 rounds)
{
	struct top_group *group, **link = &groups->first;
	struct top_counts counts;
	struct top_key key;

	while (*link) {
		group = *link;
		key = top_key_merged(groups->by, &group->key, bits4, bits6);
		if (group->round + rounds > groups->round ||
		    !memcmp(&key, &group->key, sizeof(key))) {
			link = &group->next;
			continue;
		}
		tdelete(group, &groups->root, top_group_compare);
		*link = group->next;
		groups->count--;
		groups->merged++;
		counts = group->counts;
		free(group);
		/* If it is new it comes first, and stays as it is. */
		top_counts_add(&top_group_get(groups, &key)->counts, &counts);
	}
}

static void top_groups_trim(struct top_groups *groups, u64 rounds)
{
	u8 bits4 = 32, bits6 = 128;

	do {
		bits4 = top_key_shorter(4, bits4);
		bits6 = top_key_shorter(16, bits6);
		top_groups_merge(groups, bits4, bits6, rounds);
		/* With room for some that come. */
	} while (groups->count > TOP_GROUPS / 2 && (bits4 || bits6));
}

/**
 * top_groups_add() - count sockets
 * @groups: the groups
 * @key: the group that they are in
 * @counts: what became of them
 */
void top_groups_add(struct top_groups *groups, const struct top_key *key,
		    const struct top_counts *counts)
{
	struct top_group *group = top_group_get(groups, key);

	top_counts_add(&group->counts, counts);
	group->round = groups->round;
	/* More than a round should bring: quiet or not. */
	if (groups->count > 2 * TOP_GROUPS)
		top_groups_trim(groups, 0);
}

/**
 * top_groups_round() - begin a round
 * @groups: the groups, some of which are merged if they are too many
 */
void top_groups_round(struct top_groups *groups)
{
	groups->round++;
	if (groups->count > TOP_GROUPS)
		top_groups_trim(groups, TOP_QUIET);
}

static void top_group_leave(void *group __maybe_unused)
{
}

/**
 * top_groups_free() - forget all groups
 * @groups: the groups
 */
void top_groups_free(struct top_groups *groups)
{
	struct top_group *group, *next;

	/* The tree has the groups, and so has the list. */
	tdestroy(groups->root, top_group_leave);
	for (group = groups->first; group; group = next) {
		next = group->next;
		free(group);
	}
}
