/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_NLMSG_H
#define FINWAIT2_NLMSG_H

#include <linux/netlink.h>

#include "util.h"

/**
 * nlmsg_ok() - whether there is another message
 * @nlh: where it would begin
 * @len: how many bytes there are from there on, which may be none or less
 *
 * mnl_nlmsg_ok() takes a length of 2 GiB and more for a negative one, and thus
 * for one that fits.
 */
static inline bool nlmsg_ok(const struct nlmsghdr *nlh, int len)
{
	return len >= (int)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       nlh->nlmsg_len <= (u32)len;
}

#endif
