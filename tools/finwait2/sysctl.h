/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_SYSCTL_H
#define FINWAIT2_SYSCTL_H

#include "util.h"

#define SYSCTL_PREFIX	"tcp_fin_wait_2_"

bool sysctl_exists(const char *name);
int sysctl_read(const char *name, u64 *value);
int sysctl_write(const char *name, u64 value, const char *range);

#endif
