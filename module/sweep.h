/* SPDX-License-Identifier: GPL-2.0 */
/* When a tracked socket is due, and the work that finds out */
#ifndef _FW2_SWEEP_H
#define _FW2_SWEEP_H

#include <linux/types.h>
#include <uapi/linux/finwait2.h>

struct fw2_entry;
struct fw2_net;
struct sock;
struct work_struct;

#define FW2_NEVER	U64_MAX

/**
 * struct fw2_due - when a socket is to be flushed
 * @at: jiffies64, or FW2_NEVER
 * @reason: by which limit
 */
struct fw2_due {
	u64			at;
	enum finwait2_reason	reason;
};

enum finwait2_class fw2_class(const struct sock *sk);
struct fw2_due fw2_look(struct fw2_entry *e);

void fw2_sweep(struct work_struct *work);
void fw2_sweep_arm(struct fw2_net *fn);
void fw2_sweep_now(struct fw2_net *fn);

#endif
