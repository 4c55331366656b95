/* SPDX-License-Identifier: GPL-2.0 */
/* To be told when an application shuts the read side, too */
#ifndef _FW2_SHUT_H
#define _FW2_SHUT_H

#include <linux/types.h>

/* How many held sockets it takes that would otherwise be looked at for that. */
#define FW2_SHUT_MANY	1024

/* As Kbuild has it. */
#if defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) || \
	defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS)
bool fw2_shut_told(void);
void fw2_shut_want(void);
void fw2_shut_exit(void);
#else
static inline bool fw2_shut_told(void)
{
	return false;
}

static inline void fw2_shut_want(void)
{
}

static inline void fw2_shut_exit(void)
{
}
#endif

#endif
