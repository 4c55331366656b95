// SPDX-License-Identifier: GPL-2.0
/*
 * What went wrong, told in one line on stderr
 *
 * Every reporter returns the exit status that goes with it, so that a caller
 * can say "return err_failed(...)" and main() can pass the number on.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

#define ERR_NO_PERMISSION \
	"no permission: needs root (CAP_NET_ADMIN over the namespace)"

static void (*err_before_fn)(void);

/**
 * err_before() - have something done before a message is printed
 * @fn: what to do, NULL for nothing
 *
 * For who has the terminal show something else.
 */
void err_before(void (*fn)(void))
{
	err_before_fn = fn;
}

/*
 * Messages quote words of the command line and strings of the kernel. Neither
 * may break the line or drive the terminal.
 */
static void err_print(char *line)
{
	char *c;

	for (c = line; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	if (err_before_fn)
		err_before_fn();
	/* What stdout holds comes first, also where both go to one file. */
	fflush(stdout);
	fprintf(stderr, "finwait2: %s\n", line);
}

static void err_vprint(const char *fmt, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), fmt, args);
	err_print(line);
}

/**
 * err_failed() - report an operation that failed
 * @fmt: printf() format, neither program name nor newline
 *
 * Return: the exit status.
 */
int err_failed(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_vprint(fmt, args);
	va_end(args);
	return STATUS_FAILED;
}

/**
 * err_usage() - report a wrong command line
 * @fmt: printf() format, neither program name nor newline
 *
 * Return: the exit status.
 */
int err_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_vprint(fmt, args);
	va_end(args);
	return STATUS_USAGE;
}

/**
 * err_errno() - report a system call that failed
 * @error: its errno
 * @fmt: what was tried, a printf() format
 *
 * A lack of permission has one cure whatever was tried, so it is named.
 *
 * Return: the exit status.
 */
int err_errno(int error, const char *fmt, ...)
{
	char what[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);

	if (error == EPERM || error == EACCES)
		return err_failed("%s: " ERR_NO_PERMISSION, what);
	return err_failed("%s: %s", what, strerror(error));
}

/**
 * err_why() - note what is wrong with an input
 * @why: where to note it
 * @fmt: printf() format
 *
 * For parsers, which do not know whether the input is a command line or the
 * line of a file, and so do not print.
 *
 * Return: -1.
 */
int err_why(char why[ERR_WHY], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, ERR_WHY, fmt, args);
	va_end(args);
	return -1;
}

/**
 * err_no_module() - report that the kernel lacks the module
 *
 * Return: the exit status.
 */
int err_no_module(void)
{
	return err_failed("the finwait2 module is not loaded: run 'modprobe finwait2'");
}

/**
 * err_no_memory() - report and leave
 *
 * There is nothing to undo in a program that only asks and prints.
 */
void err_no_memory(void)
{
	exit(err_failed("out of memory"));
}

/**
 * err_add_word() - append to the "expected one of" part of a message
 * @list: text so far, an empty string at first
 * @size: room in @list; what does not fit is left out
 * @word: what to append
 */
void err_add_word(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? ", " : "", word);
}
