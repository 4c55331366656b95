/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_LINUX_SYSCTL_H
#define _FINWAIT2_COMPAT_LINUX_SYSCTL_H

#include_next <linux/sysctl.h>
#include <linux/version.h>

/* What a proc_handler gets: const since 6.11. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define ctl_table_arg struct ctl_table
#else
#define ctl_table_arg const struct ctl_table
#endif

#endif
