/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_SAMPLE_H
#define FINWAIT2_SAMPLE_H

#include "util.h"

u32 sample_setting(const char *name, u32 otherwise);

#endif
