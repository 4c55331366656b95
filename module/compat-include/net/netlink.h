/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_NET_NETLINK_H
#define _FINWAIT2_COMPAT_NET_NETLINK_H

#include_next <net/netlink.h>
#include <linux/version.h>

/* Variable-width integers came with 6.7. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
/* None is ever taken from a message. */
#define NLA_UINT	NLA_REJECT
/* Ranges were not const, though nothing wrote to them. */
#undef NLA_POLICY_FULL_RANGE
#define NLA_POLICY_FULL_RANGE(tp, _range) {				\
	.type = NLA_ENSURE_UINT_OR_BINARY_TYPE(tp),			\
	.validation_type = NLA_VALIDATE_RANGE_PTR,			\
	.range = (struct netlink_range_validation *)(_range),		\
}

static inline int nla_put_uint(struct sk_buff *skb, int attrtype, u64 value)
{
	u32 small = value;

	if (small == value)
		return nla_put_u32(skb, attrtype, small);
	return nla_put(skb, attrtype, sizeof(value), &value);
}
#endif

#ifndef NLA_POLICY_MAX_LEN
#define NLA_POLICY_MAX_LEN(_len) { .type = NLA_BINARY, .len = _len }
#endif

#endif
