/* SPDX-License-Identifier: GPL-2.0 */
/* The end of a socket's wait, by force */
#ifndef _FW2_FLUSH_H
#define _FW2_FLUSH_H

#include <linux/types.h>

struct sock;

int fw2_settle(struct sock *sk, bool request);
void fw2_flush_stop(void);

#endif
