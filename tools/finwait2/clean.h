/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_CLEAN_H
#define FINWAIT2_CLEAN_H

#include "util.h"

/* Room for a text of so many columns, and its NUL. */
#define CLEAN_SIZE(columns)	((columns) * 16 + 1)

size_t clean_text(char *to, const char *from, size_t columns);
char *clean_copy(const char *from);

#endif
