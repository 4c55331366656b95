// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of a network namespace
 */
#include <stddef.h>
#include <string.h>

#include "genl.h"
#include "out.h"
#include "stats.h"

/*
 * In order of printing; a note has up to 32 characters, see struct limit. What
 * seldom happens is left out by "show" until it has.
 */
static const struct counter {
	unsigned int attr;
	const char *name;
	const char *note;
	bool seldom;
} counters[] = {
	{ FINWAIT2_A_STATS_TRACKED, "tracked", "watched now" },
	{ FINWAIT2_A_STATS_ENTERED, "entered", "taken in on entry" },
	{ FINWAIT2_A_STATS_ADOPTED, "adopted", "found in FIN_WAIT_2 later" },
	{ FINWAIT2_A_STATS_MISSED, "missed", "no room at once", true },
	{ FINWAIT2_A_STATS_LEFT_FIN, "left_fin", "the peer closed its side" },
	{ FINWAIT2_A_STATS_LEFT_CLOSE, "left_close", "the application closed" },
	{ FINWAIT2_A_STATS_LEFT_RESET, "left_reset", "a reset arrived" },
	{ FINWAIT2_A_STATS_LEFT_ABORT, "left_abort", "aborted, not by a flush" },
	{ FINWAIT2_A_STATS_FLUSHED_HELD, "flushed_held",
	  "idle for flush_interval" },
	{ FINWAIT2_A_STATS_FLUSHED_SHUT, "flushed_shut",
	  "idle for shut_interval" },
	{ FINWAIT2_A_STATS_FLUSHED_AGE, "flushed_age", "older than max_age" },
	{ FINWAIT2_A_STATS_FLUSHED_VANISHED, "flushed_vanished",
	  "silent for keepstop", true },
	{ FINWAIT2_A_STATS_FLUSHED_REQUEST, "flushed_request",
	  "by the command flush", true },
	{ FINWAIT2_A_STATS_WOULD_FLUSH, "would_flush",
	  "spared because of observe" },
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
 * stats_print_rules() - print the number of rules as a section
 * @out: where to
 * @stats: what stats_get() stored
 */
void stats_print_rules(struct out *out, const struct stats *stats)
{
	const struct attr *rules = &stats->attrs[FINWAIT2_A_STATS_RULES];

	if (!rules->present || out_omits(out, rules->number))
		return;
	out_section(out, "rules");
	out_entry_uint(out, "count", rules->number, "see the command rule");
}

/**
 * stats_print() - print the counters as entries
 * @out: where to
 * @stats: what stats_get() stored
 *
 * A counter that the module does not have is left out rather than shown as 0,
 * and so is, for people, one that seldom counts anything and is 0.
 */
void stats_print(struct out *out, const struct stats *stats)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		const struct attr *attr = &stats->attrs[counters[i].attr];

		if (!attr->present ||
		    (counters[i].seldom && out_omits(out, attr->number)))
			continue;
		out_entry_uint(out, counters[i].name, attr->number,
			       counters[i].note);
	}
}
