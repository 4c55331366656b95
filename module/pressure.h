/* SPDX-License-Identifier: GPL-2.0 */
/* Too many sockets in a namespace, or in all of them */
#ifndef _FW2_PRESSURE_H
#define _FW2_PRESSURE_H

#include <linux/bits.h>
#include <linux/types.h>

struct fw2_due;
struct fw2_entry;
struct fw2_net;

/* The share of its limits that a namespace is left with: all of them. */
#define FW2_SCALE_SHIFT	10
#define FW2_SCALE_ONE	BIT(FW2_SCALE_SHIFT)

bool fw2_room(const struct fw2_net *fn);
u64 fw2_tracked(void);
void fw2_pressure_add(struct fw2_net *fn);
void fw2_pressure_sub(struct fw2_net *fn);
void fw2_pressure_check(struct fw2_net *fn);
void fw2_pressure_due(const struct fw2_entry *e, struct fw2_due *due);

int fw2_pressure_start(struct fw2_net *fn);
void fw2_pressure_cancel(struct fw2_net *fn);
void fw2_pressure_free(struct fw2_net *fn);

int fw2_pressure_init(void);
void fw2_pressure_exit(void);

#endif
