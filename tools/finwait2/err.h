/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_ERR_H
#define FINWAIT2_ERR_H

#include "util.h"

/* Exit status, as finwait2(8) documents it. */
enum {
	STATUS_OK,
	STATUS_FAILED,	/* the operation failed */
	STATUS_USAGE,	/* the command line is wrong, nothing was tried */
};

/* Room for what a parser has to say against its input. */
#define ERR_WHY	512

void err_before(void (*fn)(void));
__printf(1, 2) int err_failed(const char *fmt, ...);
__printf(1, 2) int err_usage(const char *fmt, ...);
__printf(2, 3) int err_errno(int error, const char *fmt, ...);
__printf(2, 3) int err_why(char why[ERR_WHY], const char *fmt, ...);
int err_no_module(void);
__noreturn void err_no_memory(void);
void err_add_word(char *list, size_t size, const char *word);

#endif
