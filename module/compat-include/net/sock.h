/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_NET_SOCK_H
#define _FINWAIT2_COMPAT_NET_SOCK_H

#include_next <net/sock.h>
#include <linux/version.h>

/* Before 6.17 the field had no accessor, and was meant for the LSMs. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define sk_uid(sk)	READ_ONCE((sk)->sk_uid)
#endif

#endif
