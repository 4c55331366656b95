/* SPDX-License-Identifier: GPL-2.0 */
/* The end of a socket's wait, by force */
#ifndef _FW2_FLUSH_H
#define _FW2_FLUSH_H

struct sock;

int fw2_flush(struct sock *sk);
void fw2_flush_stop(void);

#endif
