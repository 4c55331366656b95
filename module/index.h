/* SPDX-License-Identifier: GPL-2.0 */
/* Which of many rules hold a key, found at once */
#ifndef _FW2_INDEX_H
#define _FW2_INDEX_H

#include <linux/types.h>

#include "match.h"

/**
 * struct fw2_bitmap - a set of rules
 * @bits: a bit for each, by priority
 * @first: the first word that is not 0
 * @end: the one after the last that is not 0
 */
struct fw2_bitmap {
	const unsigned long	*bits;
	unsigned int		first;
	unsigned int		end;
};

/**
 * struct fw2_index - one dimension, cut into segments where some rule begins or
 *	ends
 * @n: segments; 0: no rule asks in this dimension
 * @from: where each begins, ascending, the first at 0; it ends before the next
 * @maps: for each, the rules that hold all of it
 * @bits: of @maps
 */
struct fw2_index {
	unsigned int		n;
	struct fw2_key		*from;
	struct fw2_bitmap	*maps;
	unsigned long		*bits;
};

int fw2_index_build(struct fw2_index *index, const struct fw2_span *const *spans,
		    unsigned int n);
void fw2_index_free(struct fw2_index *index);
const struct fw2_bitmap *fw2_index_find(const struct fw2_index *index,
					const struct fw2_key *key);

#endif
