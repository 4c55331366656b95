/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_LINUX_FTRACE_H
#define _FINWAIT2_COMPAT_LINUX_FTRACE_H

#include_next <linux/ftrace.h>
#include <linux/version.h>

/* Before 6.2 arm64 has a function's arguments only where all registers are saved. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#endif
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#define FW2_FTRACE_OPS_FL_ARGS	0
#else
#define FW2_FTRACE_OPS_FL_ARGS	FTRACE_OPS_FL_SAVE_REGS
#endif

#endif
