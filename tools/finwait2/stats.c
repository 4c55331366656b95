// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of a network namespace
 */
#include <string.h>

#include "genl.h"
#include "stats.h"

/* In order of printing. */
static const struct counter {
	const char *name;
	unsigned int attr;
} counters[STATS_COUNTERS] = {
	{ "tracked", FINWAIT2_A_STATS_TRACKED },
	{ "entered", FINWAIT2_A_STATS_ENTERED },
	{ "adopted", FINWAIT2_A_STATS_ADOPTED },
	{ "missed", FINWAIT2_A_STATS_MISSED },
	{ "dropped", FINWAIT2_A_STATS_DROPPED },
	{ "left_fin", FINWAIT2_A_STATS_LEFT_FIN },
	{ "left_close", FINWAIT2_A_STATS_LEFT_CLOSE },
	{ "left_reset", FINWAIT2_A_STATS_LEFT_RESET },
	{ "left_abort", FINWAIT2_A_STATS_LEFT_ABORT },
	{ "flushed_held", FINWAIT2_A_STATS_FLUSHED_HELD },
	{ "flushed_shut", FINWAIT2_A_STATS_FLUSHED_SHUT },
	{ "flushed_age", FINWAIT2_A_STATS_FLUSHED_AGE },
	{ "flushed_vanished", FINWAIT2_A_STATS_FLUSHED_VANISHED },
	{ "flushed_request", FINWAIT2_A_STATS_FLUSHED_REQUEST },
	{ "flushed_pressure", FINWAIT2_A_STATS_FLUSHED_PRESSURE },
	{ "would_flush", FINWAIT2_A_STATS_WOULD_FLUSH },
};

static int stats_parse(const struct nlmsghdr *nlh, void *data)
{
	u8 kinds[FINWAIT2_A_STATS_MAX + 1] = { ATTR_IGNORE };
	struct stats *stats = data;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		kinds[counters[i].attr] = ATTR_UINT;
	kinds[FINWAIT2_A_STATS_RULES] = ATTR_U32;
	kinds[FINWAIT2_A_STATS_GENERATION] = ATTR_U32;
	kinds[FINWAIT2_A_STATS_SCALE] = ATTR_U32;
	return attr_parse(nlh, kinds, stats->attrs, FINWAIT2_A_STATS_MAX + 1);
}

/**
 * stats_get() - ask the kernel for the counters
 * @genl: socket to ask with
 * @stats: where to store them
 *
 * Return: 0 or the exit status, the error reported.
 */
int stats_get(struct genl *genl, struct stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	return genl_get(genl, FINWAIT2_CMD_STATS_GET, stats_parse, stats);
}

/**
 * stats_name() - what a counter is called
 * @counter: less than STATS_COUNTERS
 */
const char *stats_name(unsigned int counter)
{
	return counters[counter].name;
}

/**
 * stats_is_gauge() - whether a counter goes down as well as up
 * @counter: less than STATS_COUNTERS
 */
bool stats_is_gauge(unsigned int counter)
{
	return counters[counter].attr == FINWAIT2_A_STATS_TRACKED;
}

/**
 * stats_value() - what was counted
 * @stats: what stats_get() stored
 * @counter: less than STATS_COUNTERS
 *
 * Return: the attribute; it is not present if the module does not count this.
 */
const struct attr *stats_value(const struct stats *stats, unsigned int counter)
{
	return &stats->attrs[counters[counter].attr];
}
