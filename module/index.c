// SPDX-License-Identifier: GPL-2.0
/*
 * The index of a set of rules, in one dimension.
 *
 * All keys, say all ports, are cut into segments, so that no rule begins or ends
 * within one. Each segment has a bitmap of the rules that hold it, a rule that
 * asks nothing in this dimension among them. A binary search finds the segment
 * of a socket's key; the bitmaps of all dimensions, ANDed, leave the rules that
 * hold the socket, in the order of their priorities. A bitmap knows where it
 * begins and ends, so that a socket pays for the logarithm of the number of rules
 * and, where none matches, for hardly more.
 */

#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "index.h"

static int fw2_key_cmp(const void *a, const void *b)
{
	if (fw2_key_before(a, b))
		return -1;
	return fw2_key_before(b, a);
}

/* The segment that holds a key. */
static unsigned int fw2_index_segment(const struct fw2_index *index,
				      const struct fw2_key *key)
{
	unsigned int low = 0, high = index->n;

	while (high - low > 1) {
		unsigned int mid = (low + high) / 2;

		if (fw2_key_before(key, &index->from[mid]))
			high = mid;
		else
			low = mid;
	}
	return low;
}

/**
 * fw2_index_find - which rules hold a key?
 * @index: index, of at least one segment
 * @key: key
 */
const struct fw2_bitmap *fw2_index_find(const struct fw2_index *index,
					const struct fw2_key *key)
{
	return &index->maps[fw2_index_segment(index, key)];
}

/* The key that follows, or false after the highest of all. */
static bool fw2_key_next(struct fw2_key *key)
{
	return ++key->lo || ++key->hi;
}

/* Where segments begin; returns how many these are. */
static unsigned int fw2_index_cut(struct fw2_index *index,
				  const struct fw2_span *const *spans,
				  unsigned int n)
{
	unsigned int i, j, cuts = 0, unique = 1;

	index->from[cuts++] = (struct fw2_key){};
	for (i = 0; i < n; i++) {
		for (j = 0; j < spans[i]->n; j++) {
			const struct fw2_range *range = &spans[i]->ranges[j];

			index->from[cuts++] = range->first;
			index->from[cuts] = range->last;
			if (fw2_key_next(&index->from[cuts]))
				cuts++;
		}
	}
	sort(index->from, cuts, sizeof(*index->from), fw2_key_cmp, NULL);
	for (i = 1; i < cuts; i++) {
		if (fw2_key_before(&index->from[unique - 1], &index->from[i]))
			index->from[unique++] = index->from[i];
	}
	return unique;
}

static void fw2_index_set(struct fw2_index *index, unsigned int segment,
			  unsigned int words, unsigned int rule)
{
	struct fw2_bitmap *map = &index->maps[segment];

	__set_bit(rule, index->bits + segment * words);
	/* Rules come in order. */
	if (!map->end)
		map->first = BIT_WORD(rule);
	map->end = BIT_WORD(rule) + 1;
}

static void fw2_index_fill(struct fw2_index *index, const struct fw2_span *span,
			   unsigned int words, unsigned int rule)
{
	const struct fw2_range *range;
	unsigned int i;

	for (i = 0; !span->n && i < index->n; i++)
		fw2_index_set(index, i, words, rule);
	for (range = span->ranges; range < span->ranges + span->n; range++) {
		for (i = fw2_index_segment(index, &range->first);
		     i < index->n &&
		     !fw2_key_before(&range->last, &index->from[i]); i++)
			fw2_index_set(index, i, words, rule);
	}
}

/**
 * fw2_index_build - make the index of a set of rules in one dimension
 * @index: what to fill; for fw2_index_free(), after an error, too
 * @spans: what each rule asks, by priority
 * @n: how many rules there are
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int fw2_index_build(struct fw2_index *index, const struct fw2_span *const *spans,
		    unsigned int n)
{
	const unsigned int words = BITS_TO_LONGS(n);
	unsigned int i, ranges = 0;

	for (i = 0; i < n; i++)
		ranges += spans[i]->n;
	if (!ranges)
		return 0;

	index->from = kvcalloc(1 + 2 * ranges, sizeof(*index->from),
			       GFP_KERNEL_ACCOUNT);
	if (!index->from)
		return -ENOMEM;
	index->n = fw2_index_cut(index, spans, n);
	index->maps = kvcalloc(index->n, sizeof(*index->maps),
			       GFP_KERNEL_ACCOUNT);
	index->bits = kvcalloc(array_size(index->n, words),
			       sizeof(*index->bits), GFP_KERNEL_ACCOUNT);
	if (!index->maps || !index->bits)
		return -ENOMEM;
	for (i = 0; i < index->n; i++)
		index->maps[i].bits = index->bits + i * words;
	for (i = 0; i < n; i++) {
		fw2_index_fill(index, spans[i], words, i);
		cond_resched();
	}
	return 0;
}

void fw2_index_free(struct fw2_index *index)
{
	kvfree(index->from);
	kvfree(index->maps);
	kvfree(index->bits);
}
