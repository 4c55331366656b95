/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FW2_NETLINK_H
#define _FW2_NETLINK_H

int fw2_netlink_init(void);
void fw2_netlink_exit(void);

#endif
