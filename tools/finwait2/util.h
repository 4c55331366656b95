/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_UTIL_H
#define FINWAIT2_UTIL_H

#include <stdbool.h>
#include <stddef.h>

/* As the kernel has them: "%llu" fits u64 on every architecture. */
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define __attr(...)	__attribute__((__VA_ARGS__))
#define __printf(fmt, args)	__attr(format(printf, fmt, args))
#define __aligned(bytes)	__attr(aligned(bytes))
#define __maybe_unused		__attr(unused)
#define __noreturn		__attr(noreturn)

#endif
