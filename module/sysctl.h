/* SPDX-License-Identifier: GPL-2.0 */
/* net.ipv4.tcp_fin_wait_2_* */
#ifndef _FW2_SYSCTL_H
#define _FW2_SYSCTL_H

struct fw2_net;

int fw2_sysctl_check_defaults(void);
int fw2_sysctl_register(struct fw2_net *fn);
void fw2_sysctl_unregister(struct fw2_net *fn);

#endif
