/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_LIMIT_H
#define FINWAIT2_LIMIT_H

#include "util.h"

struct out;

#define LIMIT_COUNT	6

int limit_read_all(u64 values[LIMIT_COUNT]);
void limit_print_all(struct out *out, const u64 values[LIMIT_COUNT]);

int limit_cmd_get(struct out *out, int argc, char **argv);
int limit_cmd_set(struct out *out, int argc, char **argv);

#endif
