/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_NET_NETLINK_H
#define _FINWAIT2_COMPAT_NET_NETLINK_H

#include_next <net/netlink.h>
#include <linux/version.h>

/* Variable-width integers came with 6.7. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline int nla_put_uint(struct sk_buff *skb, int attrtype, u64 value)
{
	u32 small = value;

	if (small == value)
		return nla_put_u32(skb, attrtype, small);
	return nla_put(skb, attrtype, sizeof(value), &value);
}
#endif

#endif
