/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_DURATION_H
#define FINWAIT2_DURATION_H

#include "util.h"

/* Room for the longest text: 213503982334d14h25m51s615ms and its end. */
#define DURATION_SIZE	32

int duration_parse(const char *text, u64 *ms);
void duration_format(char buf[DURATION_SIZE], u64 ms);
void duration_format_short(char buf[DURATION_SIZE], u64 ms);
void duration_format_about(char buf[DURATION_SIZE], u64 ms);

#endif
