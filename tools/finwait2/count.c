// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers in columns that are not to be wider than they must
 *
 *	9999 10k 123k 1.2M
 *
 * Where a number is cut short, it is rounded down.
 */
#include <stdio.h>
#include <string.h>

#include "count.h"

/**
 * count_format() - write a number
 * @text: where to
 * @count: the number
 * @width: how many columns there are for it, 4 or more
 */
void count_format(char text[COUNT_SIZE], u64 count, unsigned int width)
{
	static const char units[] = "kMGTPE";
	const char *unit = units;
	u64 scale = 1000;
	unsigned int len;

	len = snprintf(text, COUNT_SIZE, "%llu", count);
	if (len <= width)
		return;
	for (;; unit++, scale *= 1000) {
		len = snprintf(text, COUNT_SIZE, "%llu%c", count / scale,
			       *unit);
		if (len <= width || !unit[1])
			break;
	}
	/* Another digit, if there is room for it and its point. */
	if (len + 2 <= width)
		snprintf(text, COUNT_SIZE, "%llu.%llu%c", count / scale,
			 count % scale / (scale / 10), *unit);
}

/**
 * count_format_rate() - write how many there were a second
 * @text: where to, up to 8 columns
 * @rate: how many, not negative
 */
void count_format_rate(char text[COUNT_SIZE], double rate)
{
	if (rate >= 1e15) {
		snprintf(text, COUNT_SIZE, "many/s");
	} else if (rate >= 100) {
		count_format(text, rate, 6);
		strcat(text, "/s");
	} else if (!rate) {
		snprintf(text, COUNT_SIZE, "0/s");
	} else if (rate < 0.01) {
		snprintf(text, COUNT_SIZE, "<0.01/s");
	} else {
		snprintf(text, COUNT_SIZE, "%.*f/s", rate < 10 ? 2 : 1, rate);
	}
}
