/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_DIAG_H
#define FINWAIT2_DIAG_H

#include "util.h"

/**
 * typedef diag_fn - what to do with a socket that listens
 * @port: its port
 * @inode: its inode
 * @data: what the caller of diag_listeners() gave
 */
typedef void diag_fn(u16 port, u64 inode, void *data);

bool diag_count_mptcp(u64 *count);
bool diag_listeners(diag_fn *fn, void *data);

#endif
