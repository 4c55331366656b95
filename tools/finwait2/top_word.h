/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TOP_WORD_H
#define FINWAIT2_TOP_WORD_H

#include "top_view.h"

/**
 * struct top_words - what is wanted of the command "top"
 * @order: how to group and sort
 * @once: print one table
 * @interval: time between two tables, ms
 */
struct top_words {
	struct top_order order;
	bool once;
	u64 interval;
};

int top_words_parse(struct top_words *words, int argc, char **argv);

#endif
