/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_STATS_H
#define FINWAIT2_STATS_H

#include <linux/finwait2.h>

#include "attr.h"

struct genl;

/* How many of the attributes are counters. */
#define STATS_COUNTERS	16

/**
 * struct stats - the counters of a network namespace
 * @attrs: each attribute, by its number
 */
struct stats {
	struct attr attrs[FINWAIT2_A_STATS_MAX + 1];
};

int stats_get(struct genl *genl, struct stats *stats);
const char *stats_name(unsigned int counter);
bool stats_is_gauge(unsigned int counter);
const struct attr *stats_value(const struct stats *stats, unsigned int counter);

#endif
