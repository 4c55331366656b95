/* SPDX-License-Identifier: GPL-2.0 */
/* Which of many rules hold a key, found at once */
#ifndef _FW2_INDEX_H
#define _FW2_INDEX_H

#include <linux/types.h>

#include "match.h"

/**
 * struct fw2_index - one dimension, cut into segments where some rule begins or
 *	ends
 * @n: segments; 0: no rule asks in this dimension
 * @from: where each begins, ascending, the first at 0; it ends before the next
 * @bits: for each, a bitmap of the rules that hold all of it
 * @words: longs in such a bitmap
 */
struct fw2_index {
	unsigned int	n;
	unsigned int	words;
	struct fw2_key	*from;
	unsigned long	*bits;
};

int fw2_index_build(struct fw2_index *index, const struct fw2_span *const *spans,
		    unsigned int n);
void fw2_index_free(struct fw2_index *index);
const unsigned long *fw2_index_find(const struct fw2_index *index,
				    const struct fw2_key *key);

#endif
