// SPDX-License-Identifier: GPL-2.0
/*
 * Everything about a network namespace, on one screen
 */
#include "err.h"
#include "genl.h"
#include "limit.h"
#include "out.h"
#include "show.h"
#include "sock.h"
#include "stats.h"

/**
 * show_cmd() - the command "show"
 * @out: where to print
 * @argc: number of words after "show", 0
 * @argv: the words
 *
 * All is asked before any is printed: an error leaves no half of a screen.
 *
 * Return: the exit status.
 */
int show_cmd(struct out *out, int argc __maybe_unused,
	     char **argv __maybe_unused)
{
	u64 limits[LIMIT_COUNT];
	struct sock_counts counts;
	struct stats stats;
	struct genl *genl;
	int ret;

	ret = limit_read_all(limits);
	if (ret)
		return ret;
	ret = genl_open(&genl);
	if (ret)
		return ret;
	ret = stats_get(genl, &stats);
	if (!ret)
		ret = sock_count(genl, &counts);
	genl_close(genl);
	if (ret)
		return ret;

	out_open(out, OUT_NOTES);
	out_section(out, "limits");
	limit_print_all(out, limits);
	stats_print_rules(out, &stats);
	out_section(out, "sockets");
	sock_print_counts(out, &counts);
	out_section(out, "stats");
	stats_print(out, &stats);
	out_close(out);
	return STATUS_OK;
}
