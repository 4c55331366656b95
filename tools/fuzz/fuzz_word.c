// SPDX-License-Identifier: GPL-2.0
/*
 * Any text as the words of a command line
 *
 * Each parser gets all of it, as it is or in words. What was understood is
 * written, and must be understood again as the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/finwait2.h>

#include "count.h"
#include "duration.h"
#include "err.h"
#include "filter.h"
#include "fuzz.h"
#include "limit.h"
#include "msg.h"
#include "share.h"
#include "top_word.h"
#include "word.h"

static void fuzz_duration(const char *text)
{
	char buf[DURATION_SIZE], count[COUNT_SIZE];
	u64 ms, again;

	if (duration_parse(text, &ms))
		return;
	duration_format_short(buf, ms);
	duration_format_about(buf, ms);
	duration_format(buf, ms);
	if (duration_parse(buf, &again) || again != ms)
		abort();
	count_format(count, ms, 4);
	if (strlen(count) > 4)
		abort();
	count_format_rate(count, ms);
	if (strlen(count) > 8)
		abort();
}

static void fuzz_share(const char *text)
{
	char buf[SHARE_SIZE], why[ERR_WHY];
	u32 share, again;

	if (share_parse(text, &share, why))
		return;
	if (share > SHARE_ALL)
		abort();
	share_format(buf, share);
	if (share_parse(buf, &again, why) || again != share)
		abort();
}

static void fuzz_numbers(const char *text)
{
	const char *end = text;
	u64 u64;
	u32 u32;

	if (!word_u32(text, 1000, &u32) && u32 > 1000)
		abort();
	word_u64(text, &u64);
	word_hex(text, &u64);
	word_mark(&end, &u32);
	/* No more was read than there is. */
	if (end > text + strlen(text))
		abort();
}

static void fuzz_limits(const char *text)
{
	char buf[LIMIT_SIZE], why[ERR_WHY];
	u64 value, again;
	enum limit_id id;
	unsigned int i;

	limit_find(text, &id, why);
	for (i = 0; i < LIMIT_COUNT; i++) {
		if (limit_parse(i, limit_name(i), text, &value, why))
			continue;
		limit_format(i, value, buf);
		if (limit_parse(i, limit_name(i), buf, &again, why) ||
		    again != value)
			abort();
	}
}

/* What a match says, in words; to be freed. */
static char *fuzz_write(const struct match *match)
{
	size_t len;
	char *text;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		abort();
	match_write(file, match);
	fclose(file);
	return text;
}

static void fuzz_filter(const struct filter *filter)
{
	char *text = fuzz_write(&filter->match), *twice;
	char *line = strdup(text), *words[WORD_MAX];
	struct filter again;
	char why[ERR_WHY];
	struct msg msg;
	int count;

	if (!line)
		abort();
	count = word_split(line, strlen(line), words, why);
	if (count < 0 || filter_parse(&again, count, words, why))
		abort();
	twice = fuzz_write(&again.match);
	if (strcmp(text, twice))
		abort();
	msg_init(&msg, FINWAIT2_CMD_FLUSH, FINWAIT2_FAMILY_VERSION);
	filter_put(&msg, FINWAIT2_A_FLUSH_FILTER, filter);
	msg_free(&msg);
	filter_free(&again);
	free(twice);
	free(line);
	free(text);
}

static void fuzz_words(char *text)
{
	char *words[WORD_MAX], why[ERR_WHY];
	struct top_words top;
	struct filter filter;
	int count;

	count = word_split(text, strlen(text), words, why);
	if (count < 0)
		return;
	if (!filter_parse(&filter, count, words, why))
		fuzz_filter(&filter);
	filter_free(&filter);
	if (count == 2) {
		if (!filter_parse_ends(&filter, words, why))
			fuzz_filter(&filter);
		filter_free(&filter);
	}
	top_words_parse(&top, count, words);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	FILE *const err = stderr;
	char *text = malloc(size + 1);

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (!text || !nowhere)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	/* The words of "top" are complained of at once. */
	stderr = nowhere;
	fuzz_duration(text);
	fuzz_share(text);
	fuzz_numbers(text);
	fuzz_limits(text);
	fuzz_words(text);
	stderr = err;
	free(text);
	return 0;
}
