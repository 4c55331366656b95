/* SPDX-License-Identifier: GPL-2.0 */
/* Orphans: sockets in FIN_WAIT_2 that no application holds any more */
#ifndef _FW2_ORPHAN_H
#define _FW2_ORPHAN_H

#include <linux/types.h>

struct fw2_net;
struct net;
struct sock;

int fw2_orphan_linger(unsigned int interval);
void fw2_orphan_mark(struct sock *sk, const struct fw2_net *fn);
void fw2_orphan_unmark(struct sock *sk);
void fw2_orphan_retime(const struct fw2_net *fn, int was, int is);
int fw2_orphan_adopt(struct net *net);

#endif
