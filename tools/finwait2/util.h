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

/* The digits of a number, and where they end. A long list has many of them. */
static inline char *put_number(char *at, u64 number)
{
	char digits[20];
	int n = 0;

	do {
		digits[n++] = '0' + number % 10;
		number /= 10;
	} while (number);
	while (n)
		*at++ = digits[--n];
	*at = '\0';
	return at;
}

#endif
