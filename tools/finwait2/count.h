/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_COUNT_H
#define FINWAIT2_COUNT_H

#include "util.h"

/* Room for the longest text, and any a compiler can think of. */
#define COUNT_SIZE	48

void count_format(char text[COUNT_SIZE], u64 count, unsigned int width);
void count_format_rate(char text[COUNT_SIZE], double rate);

#endif
