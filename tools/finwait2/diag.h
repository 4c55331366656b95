/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_DIAG_H
#define FINWAIT2_DIAG_H

#include "util.h"

bool diag_count_mptcp(u64 *count);

#endif
