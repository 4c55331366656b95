/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_NET_GENETLINK_H
#define _FINWAIT2_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

/*
 * Before 6.2 there are no split operations. As long as no command has both a
 * do and a dump, each entry of a split table is a valid entry of a plain one.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops	genl_ops
#define split_ops	ops
#define n_split_ops	n_ops
#endif

/* The attributes of the request that a dump answers; NULL if it can have none. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define fw2_dump_attrs(cb)	(genl_dumpit_info(cb)->attrs)
#else
#define fw2_dump_attrs(cb)	(genl_info_dump(cb)->attrs)
#endif

#endif
