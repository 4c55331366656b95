/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_SUGGEST_H
#define FINWAIT2_SUGGEST_H

#include "util.h"

struct hist;
struct out;

/**
 * struct suggestion - the shortest interval that would have cut few enough
 * @count: the connections that it rests on
 * @needed: how many there should be
 * @enough: there are as many
 * @found: there is such an interval; the rest counts only then
 * @ms: the interval
 * @cut: how many it would have cut
 */
struct suggestion {
	u64 count;
	u64 needed;
	bool enough;
	bool found;
	u64 ms;
	u64 cut;
};

/* Room for the longest interval, 12d10h15m41.824s. */
#define SUGGEST_SIZE	64

void suggest_find(struct suggestion *suggestion, const struct hist *hist,
		  u32 share);
void suggest_format(char text[SUGGEST_SIZE], u64 ms);

int suggest_cmd(struct out *out, int argc, char **argv);

#endif
