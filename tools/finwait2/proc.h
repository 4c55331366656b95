/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_PROC_H
#define FINWAIT2_PROC_H

#include <jansson.h>

#include "util.h"

struct proc;

/* Room for the text of a few processes. */
#define PROC_TEXT	192

struct proc *proc_scan(void);
void proc_free(struct proc *proc);
bool proc_first(const struct proc *proc, u64 inode, u32 *pid,
		const char **name);
void proc_text(const struct proc *proc, u64 inode, char text[PROC_TEXT]);
json_t *proc_json(const struct proc *proc, u64 inode);

#endif
