/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_USER_H
#define FINWAIT2_USER_H

#include "util.h"

int user_find(const char *name, u32 *uid);

#endif
