/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_LAST_H
#define FINWAIT2_LAST_H

#include "stats.h"

/* Room for the kernel's name of a boot, a UUID. */
#define LAST_BOOT	40

/**
 * struct last - the counters, and when and where they were read
 * @boot: since which boot
 * @netns: inode of the network namespace
 * @ms: CLOCK_BOOTTIME, milliseconds
 * @counted: which of @counters there are, a bit for each
 * @counters: what was counted
 */
struct last {
	char boot[LAST_BOOT];
	u64 netns;
	u64 ms;
	u32 counted;
	u64 counters[STATS_COUNTERS];
};

int last_take(struct last *last, const struct stats *stats);
int last_open(void);
int last_read(int dir, struct last *last);
void last_write(int dir, const struct last *last);
u64 last_span(const struct last *then, const struct last *now);
double last_rate(const struct last *then, const struct last *now,
		 unsigned int counter);

#endif
