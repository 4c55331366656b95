// SPDX-License-Identifier: GPL-2.0
/*
 * Shares of a whole, as people write them: 0.1% or 0.001
 *
 * They are exact, in parts of a thousand million, so that what is written is
 * what is compared with: 0.1 is no double.
 */
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "share.h"

/* Digits, of which the one before the point stands for so many parts. */
static int share_digits(const char **text, u64 unit, u64 *parts)
{
	const char *c = *text;
	u64 whole = 0;
	bool any = false;

	for (; *c >= '0' && *c <= '9'; c++) {
		any = true;
		whole = whole * 10 + (*c - '0');
		if (whole > 100)
			return -1;
	}
	*parts = whole * unit;
	if (*c == '.') {
		for (c++; *c >= '0' && *c <= '9'; c++) {
			any = true;
			unit /= 10;
			/* What is finer than the parts may only be 0. */
			if (!unit && *c != '0')
				return -1;
			*parts += (*c - '0') * unit;
		}
	}
	*text = c;
	return any ? 0 : -1;
}

/**
 * share_parse() - read a share
 * @text: a part of 1 such as 0.001, or a percentage such as 0.1%
 * @share: where to store it
 * @why: where to note what is wrong, see err_why()
 *
 * Return: 0, or -1 if it is none between 0 and 1, both excluded.
 */
int share_parse(const char *text, u32 *share, char *why)
{
	const char *end = strchr(text, '%') ? "%" : "";
	const u64 unit = *end ? SHARE_ALL / 100 : SHARE_ALL;
	const char *c = text;
	u64 parts;

	if (share_digits(&c, unit, &parts) || strcmp(c, end) || !parts ||
	    parts >= SHARE_ALL)
		return err_why(why, "bad share \"%.64s\": expected a part of 1 "
			       "such as 0.001, or a percentage such as 0.1%%, "
			       "of up to 9 decimals or 7", text);
	*share = parts;
	return 0;
}

/**
 * share_format() - write a share as a percentage
 * @text: where to
 * @share: the share
 */
void share_format(char text[SHARE_SIZE], u32 share)
{
	const u32 unit = SHARE_ALL / 100;
	size_t len;

	len = snprintf(text, SHARE_SIZE, "%u.%07u", share / unit, share % unit);
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	strcpy(text + len, "%");
}

/**
 * share_json() - write a share as a part of 1
 * @share: the share
 *
 * Return: what out.c takes as a value.
 */
json_t *share_json(u32 share)
{
	return json_real((double)share / SHARE_ALL);
}

/**
 * share_of() - how many are less than a share
 * @share: the share
 * @count: the whole
 *
 * Return: the least number that is not less than the share of the whole: any
 * number below it is.
 */
u64 share_of(u32 share, u64 count)
{
	/* In two steps, neither of which overflows. */
	const u64 rest = count % SHARE_ALL * share;

	return count / SHARE_ALL * share + rest / SHARE_ALL +
	       (rest % SHARE_ALL ? 1 : 0);
}

/**
 * share_whole() - of how many a number is no more than a share
 * @share: the share
 * @number: the number, small
 *
 * Return: the least such whole.
 */
u64 share_whole(u32 share, u64 number)
{
	return (number * SHARE_ALL + share - 1) / share;
}

/**
 * share_least() - which share a number is no more than
 * @count: the whole, larger than @number
 * @number: the number, small
 *
 * Return: about the least such share, two digits of it.
 */
u32 share_least(u64 count, u64 number)
{
	const u64 share = (number * SHARE_ALL + count - 1) / count;
	u64 digit = 1;

	while (share / digit >= 100)
		digit *= 10;
	return (share + digit - 1) / digit * digit;
}
