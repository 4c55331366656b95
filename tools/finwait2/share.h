/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_SHARE_H
#define FINWAIT2_SHARE_H

#include <jansson.h>

#include "util.h"

/* A share is counted in parts of 1e9. */
#define SHARE_ALL	1000000000U

/* Room for the longest text, and any a compiler can think of. */
#define SHARE_SIZE	32

int share_parse(const char *text, u32 *share, char *why);
void share_format(char text[SHARE_SIZE], u32 share);
json_t *share_json(u32 share);

u64 share_of(u32 share, u64 count);
u64 share_whole(u32 share, u64 number);
u32 share_least(u64 count, u64 number);

#endif
