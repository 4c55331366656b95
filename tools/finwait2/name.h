/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_NAME_H
#define FINWAIT2_NAME_H

#include "util.h"

const char *name_class(u64 number);
int name_find_class(const char *name, size_t len);
const char *name_reason(u64 number);
const char *name_way(u64 number);
const char *name_activity(u64 number);
const char *name_event(u64 number);

#endif
