// SPDX-License-Identifier: GPL-2.0
/*
 * The limits: what they are called, what they mean, what they may be
 *
 * A limit is a sysctl. The kernel counts times in milliseconds and lets 0
 * stand for something that differs from one to the next, so each has words of
 * its own for 0. What "get" prints for people, "set" takes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "duration.h"
#include "err.h"
#include "limit.h"
#include "out.h"
#include "sysctl.h"

/* Milliseconds in 24 days: in jiffies it still fits an int at any HZ. */
#define LIMIT_MAX_MS	2073600000ULL

/**
 * struct limit - one sysctl
 * @name: its name without the common prefix
 * @note: what it does, in up to 32 characters so that "show" fits a screen
 * @zero: words for 0, the one to print first; NULL for a switch
 */
static const struct limit {
	const char *name;
	const char *note;
	const char *zero[4];
} limits[LIMIT_COUNT] = {
	{ "flush_interval", "held and idle this long: flush",
	  { "never", "off" } },
	{ "shut_interval", "shut and idle this long: flush",
	  { "as-held", "off" } },
	{ "max_age", "longer in FIN_WAIT_2: flush",
	  { "no-limit", "never", "off" } },
	{ "orphan_interval", "closed: the kernel drops it then",
	  { "tcp_fin_timeout", "off" } },
	{ "reset", "a flush sends the peer a RST", { NULL } },
	{ "observe", "count only, flush nothing", { NULL } },
};

static bool limit_is_switch(const struct limit *limit)
{
	return !limit->zero[0];
}

/* A name may be written with dashes: compare as if it had not been. */
static bool limit_same(const char *word, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (word[i] != name[i] && !(word[i] == '-' && name[i] == '_'))
			return false;
	}
	return true;
}

static int limit_find(const char *word, const struct limit **found)
{
	const size_t prefix = strlen(SYSCTL_PREFIX);
	const char *name = word;
	char list[256] = "";
	size_t i;

	/* limit_same() ends at the first difference, an early NUL included. */
	if (limit_same(name, SYSCTL_PREFIX, prefix))
		name += prefix;
	for (i = 0; i < LIMIT_COUNT; i++) {
		if (limit_same(name, limits[i].name,
			       strlen(limits[i].name) + 1)) {
			*found = &limits[i];
			return 0;
		}
		err_add_word(list, sizeof(list), limits[i].name);
	}
	return err_usage("unknown word \"%s\": expected one of %s", word, list);
}

/* What a limit may be, for messages. */
static void limit_range(const struct limit *limit, char *buf, size_t size)
{
	char words[64] = "";
	size_t i;

	if (limit_is_switch(limit)) {
		snprintf(buf, size, "one of 0, 1, off, on, no, yes");
		return;
	}
	for (i = 0; limit->zero[i]; i++)
		err_add_word(words, sizeof(words), limit->zero[i]);
	snprintf(buf, size,
		 "milliseconds or a time such as 500ms, 30s, 1m30s, from 0 (%s) to 24d (%llu)",
		 words, LIMIT_MAX_MS);
}

static int limit_parse_switch(const char *text, u64 *value)
{
	static const char * const words[] = {
		"0", "1", "off", "on", "no", "yes",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(text, words[i])) {
			*value = i & 1;
			return 0;
		}
	}
	return -EINVAL;
}

static int limit_parse_time(const struct limit *limit, const char *text,
			    u64 *value)
{
	size_t i;
	int ret;

	for (i = 0; limit->zero[i]; i++) {
		if (!strcmp(text, limit->zero[i])) {
			*value = 0;
			return 0;
		}
	}
	ret = duration_parse(text, value);
	if (!ret && *value > LIMIT_MAX_MS)
		ret = -ERANGE;
	return ret;
}

static void limit_print(struct out *out, const struct limit *limit,
			u64 value)
{
	char text[DURATION_SIZE];

	if (limit_is_switch(limit)) {
		out_entry(out, limit->name, json_boolean(value),
			  value ? "on" : "off", limit->note);
		return;
	}
	if (value)
		duration_format(text, value);
	else
		snprintf(text, sizeof(text), "%s", limit->zero[0]);
	out_entry(out, limit->name, json_integer(value), text, limit->note);
}

/**
 * limit_read_all() - ask the kernel for all limits
 * @values: where to store them
 *
 * Return: 0 or the exit status, the error reported.
 */
int limit_read_all(u64 values[LIMIT_COUNT])
{
	size_t i;
	int ret;

	for (i = 0; i < LIMIT_COUNT; i++) {
		ret = sysctl_read(limits[i].name, &values[i]);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * limit_print_all() - print all limits as entries
 * @out: where to
 * @values: what limit_read_all() stored
 */
void limit_print_all(struct out *out, const u64 values[LIMIT_COUNT])
{
	size_t i;

	for (i = 0; i < LIMIT_COUNT; i++)
		limit_print(out, &limits[i], values[i]);
}

/**
 * limit_cmd_get() - the command "get [NAME]"
 * @out: where to print
 * @argc: number of words after "get"
 * @argv: the words
 *
 * Return: the exit status.
 */
int limit_cmd_get(struct out *out, int argc, char **argv)
{
	u64 values[LIMIT_COUNT];
	const struct limit *limit = NULL;
	int ret;

	if (argc) {
		ret = limit_find(argv[0], &limit);
		if (ret)
			return ret;
		ret = sysctl_read(limit->name, &values[0]);
	} else {
		ret = limit_read_all(values);
	}
	if (ret)
		return ret;

	out_open(out, OUT_PLAIN);
	if (limit)
		limit_print(out, limit, values[0]);
	else
		limit_print_all(out, values);
	out_close(out);
	return STATUS_OK;
}

/**
 * limit_cmd_set() - the command "set NAME VALUE"
 * @out: unused, there is nothing to print
 * @argc: number of words after "set"
 * @argv: the words
 *
 * Return: the exit status.
 */
int limit_cmd_set(struct out *out __maybe_unused, int argc __maybe_unused,
		  char **argv)
{
	const struct limit *limit;
	char range[192];
	u64 value;
	int ret;

	ret = limit_find(argv[0], &limit);
	if (ret)
		return ret;
	limit_range(limit, range, sizeof(range));

	if (limit_is_switch(limit))
		ret = limit_parse_switch(argv[1], &value);
	else
		ret = limit_parse_time(limit, argv[1], &value);
	if (ret)
		return err_usage("%s value \"%s\" for %s: expected %s",
				 ret == -ERANGE ? "out of range:" : "bad",
				 argv[1], limit->name, range);
	return sysctl_write(limit->name, value, range);
}
