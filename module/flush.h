/* SPDX-License-Identifier: GPL-2.0 */
/* The end of a socket's wait, by force */
#ifndef _FW2_FLUSH_H
#define _FW2_FLUSH_H

#include <linux/types.h>

struct sock;

/* What a socket is to be flushed for. */
enum fw2_cause {
	/* A limit, if it is due. */
	FW2_CAUSE_LIMIT,
	/* Somebody asks for it, due or not. */
	FW2_CAUSE_REQUEST,
	/* There are too many, if it has been idle for long. */
	FW2_CAUSE_PRESSURE,
};

int fw2_settle(struct sock *sk, enum fw2_cause cause, u64 time);
void fw2_flush_stop(void);

#endif
