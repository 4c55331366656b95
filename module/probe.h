/* SPDX-License-Identifier: GPL-2.0 */
/* The hook on TCP's state transitions */
#ifndef _FW2_PROBE_H
#define _FW2_PROBE_H

#include <linux/types.h>

struct sock;

bool fw2_wants(const struct sock *sk);

int fw2_probe_init(void);
void fw2_probe_exit(void);

#endif
