/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _FINWAIT2_COMPAT_LINUX_BPF_H
#define _FINWAIT2_COMPAT_LINUX_BPF_H

#include_next <linux/bpf.h>
#include <linux/version.h>

/*
 * Since 6.5 tcp_abort() leaves the socket lock to a caller that runs in a BPF
 * context, so that a check and the abort can share one critical section.
 */
#if defined(CONFIG_BPF_SYSCALL) && \
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define FW2_ATOMIC_ABORT 1
#else
#define FW2_ATOMIC_ABORT 0
#endif

#endif
