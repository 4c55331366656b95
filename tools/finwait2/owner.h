/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_OWNER_H
#define FINWAIT2_OWNER_H

#include "util.h"

struct owner;

/**
 * struct owner_process - a process
 * @pid: its number, 0 if it is not known
 * @name: its name, safe to print
 */
struct owner_process {
	u32 pid;
	const char *name;
};

struct owner *owner_open(void);
void owner_close(struct owner *owner);
void owner_renew(struct owner *owner);
struct owner_process owner_of(const struct owner *owner, u64 inode, u16 port);

#endif
