// SPDX-License-Identifier: GPL-2.0
/*
 * Names that may be any bytes, made fit for a terminal
 *
 * A cgroup may have a name of any bytes but a slash and NUL. What the locale has
 * no printable character for becomes a question mark, and so does what takes no
 * column, for some of that turns the direction of what follows.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "clean.h"
#include "err.h"

/* What stands for the end of a text that does not fit. */
#define CLEAN_MORE	'+'

/* How many bytes the next character has, and how many columns it takes. */
static size_t clean_next(const char *from, size_t len, int *columns)
{
	mbstate_t state = { 0 };
	size_t bytes;
	wchar_t c;

	bytes = mbrtowc(&c, from, len, &state);
	*columns = 0;
	if (bytes == (size_t)-1 || bytes == (size_t)-2)
		return 1;
	if (iswprint(c))
		*columns = wcwidth(c);
	return bytes;
}

/**
 * clean_text() - write what of a name can be printed
 * @to: where to write, at least CLEAN_SIZE(@columns)
 * @from: the name
 * @columns: how many columns there are
 *
 * The text is no longer than the name, in bytes.
 *
 * Return: how many columns it takes.
 */
size_t clean_text(char *to, const char *from, size_t columns)
{
	size_t left = strlen(from), used = 0;
	char *last = to;
	size_t bytes;
	int wide;

	while (left) {
		bytes = clean_next(from, left, &wide);
		if (used + (wide > 0 ? wide : 1) > columns)
			break;
		/* If there is more, the mark takes this one's place. */
		last = to;
		if (wide > 0 && bytes <= MB_LEN_MAX) {
			memcpy(to, from, bytes);
			to += bytes;
			used += wide;
		} else {
			*to++ = '?';
			used++;
		}
		from += bytes;
		left -= bytes;
	}
	if (left && used) {
		*last = CLEAN_MORE;
		to = last + 1;
	}
	*to = '\0';
	return used;
}

/**
 * clean_copy() - copy what of a name can be printed
 * @from: the name
 *
 * Return: the copy, for free().
 */
char *clean_copy(const char *from)
{
	char *copy = malloc(strlen(from) + 1);

	if (!copy)
		err_no_memory();
	clean_text(copy, from, SIZE_MAX);
	return copy;
}
