/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_STATS_H
#define FINWAIT2_STATS_H

#include <linux/finwait2.h>

#include "attr.h"

struct genl;
struct out;

/**
 * struct stats - the counters of a network namespace
 * @attrs: each counter, by its number
 */
struct stats {
	struct attr attrs[FINWAIT2_A_STATS_MAX + 1];
};

int stats_get(struct genl *genl, struct stats *stats);
void stats_print_rules(struct out *out, const struct stats *stats);
void stats_print(struct out *out, const struct stats *stats);

#endif
