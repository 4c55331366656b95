/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_NET_NET_NAMESPACE_H
#define _FINWAIT2_COMPAT_NET_NET_NAMESPACE_H

#include_next <net/net_namespace.h>
#include <linux/version.h>

/* Before 6.6 the end of a table is an empty entry, not a size. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define register_net_sysctl_sz(net, path, table, size) \
	register_net_sysctl(net, path, table)
#endif

#endif
