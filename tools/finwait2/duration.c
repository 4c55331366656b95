// SPDX-License-Identifier: GPL-2.0
/*
 * Spans of time, as people write them and as the kernel counts them
 *
 * The kernel counts milliseconds. People write 500ms, 30s or 1m30s, and that
 * is also what is printed: whatever duration_format() writes, duration_parse()
 * reads back as the same number.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"

/* Largest first: the order in which a text must give them. */
static const struct duration_unit {
	const char *name;
	u64 ms;
} duration_units[] = {
	{ "d",	24 * 60 * 60 * 1000 },
	{ "h",	60 * 60 * 1000 },
	{ "m",	60 * 1000 },
	{ "s",	1000 },
	{ "ms",	1 },
};

/* strtoull() takes blanks and signs, and wraps negative numbers around. */
static int duration_number(const char **text, u64 *number)
{
	const char *c = *text;
	int ret = 0;

	if (!isdigit((unsigned char)*c))
		return -EINVAL;
	for (*number = 0; isdigit((unsigned char)*c); c++) {
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, *c - '0', number))
			ret = -ERANGE;
	}
	*text = c;
	return ret;
}

static const struct duration_unit *
duration_unit(const char **text, const struct duration_unit *unit)
{
	size_t len = 0;

	while (isalpha((unsigned char)(*text)[len]))
		len++;
	for (; unit < duration_units + ARRAY_SIZE(duration_units); unit++) {
		if (strlen(unit->name) == len &&
		    !memcmp(unit->name, *text, len)) {
			*text += len;
			return unit;
		}
	}
	return NULL;
}

/**
 * duration_parse() - read a span of time
 * @text: 500ms, 30s, 5m, 2h, 1d, several of them from the largest unit to the
 *	smallest, or a bare number of milliseconds
 * @ms: where to store it, in milliseconds
 *
 * Return: 0, -EINVAL for what is no span, -ERANGE for what is but does not fit,
 * a negative number included.
 */
int duration_parse(const char *text, u64 *ms)
{
	const struct duration_unit *unit = duration_units;
	const char *c = text;
	u64 number;
	int ret, range = 0;

	if (*c == '-') {
		c++;
		range = -ERANGE;
	}

	ret = duration_number(&c, &number);
	if (ret == -EINVAL)
		return ret;
	if (!*c) {
		*ms = number;
		return range ? range : ret;
	}

	/* A text that is wrong further on is wrong rather than too large. */
	for (*ms = 0;; unit++) {
		if (ret)
			range = ret;
		unit = duration_unit(&c, unit);
		if (!unit)
			return -EINVAL;
		if (__builtin_mul_overflow(number, unit->ms, &number) ||
		    __builtin_add_overflow(*ms, number, ms))
			range = -ERANGE;
		if (!*c)
			return range;
		ret = duration_number(&c, &number);
		if (ret == -EINVAL)
			return ret;
	}
}

static void duration_print(char buf[DURATION_SIZE], u64 ms,
			   unsigned int parts)
{
	char *at = buf;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(duration_units) && parts; i++) {
		u64 number = ms / duration_units[i].ms;

		if (at > buf)
			parts--;
		if (!number)
			continue;
		ms %= duration_units[i].ms;
		if (at == buf)
			parts--;
		at = stpcpy(put_number(at, number), duration_units[i].name);
	}
	if (at == buf)
		put_number(at, 0);
}

/**
 * duration_format() - write a span of time exactly
 * @buf: where to write
 * @ms: the span in milliseconds
 */
void duration_format(char buf[DURATION_SIZE], u64 ms)
{
	duration_print(buf, ms, ARRAY_SIZE(duration_units));
}

/**
 * duration_format_short() - write about how long a span is
 * @buf: where to write
 * @ms: the span in milliseconds
 *
 * The two largest units, and no milliseconds next to seconds: what a person
 * takes in from a table, rounded down.
 */
void duration_format_short(char buf[DURATION_SIZE], u64 ms)
{
	if (ms >= 1000)
		ms -= ms % 1000;
	duration_print(buf, ms, 2);
}

/**
 * duration_format_about() - write the order of magnitude of a span
 * @buf: where to write
 * @ms: the span in milliseconds
 *
 * The largest unit, rounded down.
 */
void duration_format_about(char buf[DURATION_SIZE], u64 ms)
{
	duration_print(buf, ms, 1);
}
