/* SPDX-License-Identifier: GPL-2.0 */
/* Exits: sockets that have left, told to whoever listens */
#ifndef _FW2_EXITS_H
#define _FW2_EXITS_H

#include <linux/types.h>
#include <uapi/linux/finwait2.h>

struct fw2_net;
struct sock;

/**
 * struct fw2_leaving - how a socket leaves
 * @reason: why
 * @class: what it was, before the peer's FIN shut its read side
 * @age: how long it has been in FIN_WAIT_2, ms
 * @idle: for how long nothing was received or read, ms, as far as is known
 * @prio: priority of the rule it was under, or 0
 */
struct fw2_leaving {
	enum finwait2_reason	reason;
	enum finwait2_class	class;
	u32			age;
	u32			idle;
	u32			prio;
};

void fw2_exits_note(struct fw2_net *fn, struct sock *sk,
		    const struct fw2_leaving *l);
void fw2_exits_listen(struct fw2_net *fn);
void fw2_exits_forget(struct fw2_net *fn);
void fw2_exits_stop(void);

#endif
