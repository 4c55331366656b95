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
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "duration.h"
#include "err.h"
#include "limit.h"
#include "out.h"
#include "sysctl.h"

/* Milliseconds in 24 days: in jiffies it still fits an int at any HZ. */
#define LIMIT_MAX_MS	2073600000ULL
/* What fits an int. */
#define LIMIT_MAX_NUMBER	2147483647ULL

/**
 * struct limit - one sysctl
 * @name: its name without the common prefix
 * @zero: words for 0, the one to print first; NULL for a switch
 * @number: a number of sockets, not a time
 */
static const struct limit {
	const char *name;
	const char *zero[4];
	bool number;
} limits[LIMIT_COUNT] = {
	[LIMIT_FLUSH_INTERVAL] = { "flush_interval", { "never", "off" } },
	[LIMIT_SHUT_INTERVAL] = { "shut_interval", { "as-held", "off" } },
	[LIMIT_MAX_AGE] = { "max_age", { "no-limit", "never", "off" } },
	[LIMIT_ORPHAN_INTERVAL] = { "orphan_interval",
				    { "tcp_fin_timeout", "off" } },
	[LIMIT_KEEPSTART] = { "keepstart", { "off", "never" } },
	[LIMIT_KEEPSTOP] = { "keepstop", { "off", "never" } },
	[LIMIT_RESET] = { "reset", { NULL } },
	[LIMIT_OBSERVE] = { "observe", { NULL } },
	[LIMIT_ADAPTIVE_START] = { "adaptive_start", { "off" }, true },
	[LIMIT_ADAPTIVE_END] = { "adaptive_end", { "off" }, true },
};

/**
 * limit_name() - what a limit is called
 * @id: the limit
 *
 * Return: its name without the prefix that all of them share.
 */
const char *limit_name(enum limit_id id)
{
	return limits[id].name;
}

/**
 * limit_is_switch() - whether a limit is on or off, rather than a time
 * @id: the limit
 */
bool limit_is_switch(enum limit_id id)
{
	return !limits[id].zero[0];
}

/**
 * limit_is_number() - whether a limit is a number of sockets, rather than a time
 * @id: the limit
 */
bool limit_is_number(enum limit_id id)
{
	return limits[id].number;
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

/**
 * limit_find() - find a limit by its name
 * @word: the name, in any form that "get" takes
 * @id: where to store the limit
 * @why: where to note what is wrong, see err_why()
 *
 * Return: 0, or -1 if there is none.
 */
int limit_find(const char *word, enum limit_id *id, char *why)
{
	const size_t prefix = strlen(SYSCTL_PREFIX);
	const char *name = word;
	char list[256] = "";
	unsigned int i;

	/* limit_same() ends at the first difference, an early NUL included. */
	if (limit_same(name, SYSCTL_PREFIX, prefix))
		name += prefix;
	for (i = 0; i < LIMIT_COUNT; i++) {
		if (limit_same(name, limits[i].name,
			       strlen(limits[i].name) + 1)) {
			*id = i;
			return 0;
		}
		err_add_word(list, sizeof(list), limits[i].name);
	}
	return err_why(why, "unknown word \"%.64s\": expected one of %s", word,
		       list);
}

/* What a limit may be, for messages. */
static void limit_range(enum limit_id id, char *buf, size_t size)
{
	char words[64] = "";
	size_t i;

	if (limit_is_switch(id)) {
		snprintf(buf, size, "one of 0, 1, off, on, no, yes");
		return;
	}
	for (i = 0; limits[id].zero[i]; i++)
		err_add_word(words, sizeof(words), limits[id].zero[i]);
	if (limits[id].number) {
		snprintf(buf, size, "a number of sockets from 0 (%s) to %llu",
			 words, LIMIT_MAX_NUMBER);
		return;
	}
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

static int limit_parse_number(const char *text, u64 *value)
{
	/* Nothing that strtoull() would skip or take for a sign. */
	const size_t digits = strspn(text, "0123456789");

	if (!digits || text[digits])
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, NULL, 10);
	return errno || *value > LIMIT_MAX_NUMBER ? -ERANGE : 0;
}

static int limit_parse_amount(enum limit_id id, const char *text, u64 *value)
{
	size_t i;
	int ret;

	for (i = 0; limits[id].zero[i]; i++) {
		if (!strcmp(text, limits[id].zero[i])) {
			*value = 0;
			return 0;
		}
	}
	if (limits[id].number)
		return limit_parse_number(text, value);
	ret = duration_parse(text, value);
	if (!ret && *value > LIMIT_MAX_MS)
		ret = -ERANGE;
	return ret;
}

/**
 * limit_parse() - read the value of a limit
 * @id: the limit
 * @name: what the input calls it, for messages
 * @text: the value
 * @value: where to store it
 * @why: where to note what is wrong, see err_why()
 *
 * Return: 0, or -1 if it is no value of that limit.
 */
int limit_parse(enum limit_id id, const char *name, const char *text,
		u64 *value, char *why)
{
	char range[192];
	int ret;

	if (limit_is_switch(id))
		ret = limit_parse_switch(text, value);
	else
		ret = limit_parse_amount(id, text, value);
	if (!ret)
		return 0;
	limit_range(id, range, sizeof(range));
	return err_why(why, "%s value \"%.64s\" for %s: expected %s",
		       ret == -ERANGE ? "out of range:" : "bad", text, name,
		       range);
}

/**
 * limit_format() - write the value of a limit
 * @id: the limit
 * @value: the value
 * @text: where to write what limit_parse() reads back as the same
 */
void limit_format(enum limit_id id, u64 value, char text[LIMIT_SIZE])
{
	if (limit_is_switch(id))
		snprintf(text, LIMIT_SIZE, "%s", value ? "on" : "off");
	else if (!value)
		snprintf(text, LIMIT_SIZE, "%s", limits[id].zero[0]);
	else if (limits[id].number)
		snprintf(text, LIMIT_SIZE, "%llu", value);
	else
		duration_format(text, value);
}

/**
 * limit_json() - write the value of a limit for programs
 * @id: the limit
 * @value: the value
 *
 * Return: what out.c takes as a value.
 */
json_t *limit_json(enum limit_id id, u64 value)
{
	return limit_is_switch(id) ? json_boolean(value) : out_integer(value);
}

static void limit_print(struct out *out, enum limit_id id, u64 value)
{
	char text[LIMIT_SIZE];

	limit_format(id, value, text);
	out_entry(out, limits[id].name, limit_json(id, value), text, "");
}

/**
 * limit_read() - ask the kernel for a limit
 * @id: the limit
 * @value: where to store it
 *
 * Return: 0 or the exit status, the error reported.
 */
int limit_read(enum limit_id id, u64 *value)
{
	return sysctl_read(limits[id].name, value);
}

/**
 * limit_write() - have the kernel use another value for a limit
 * @id: the limit
 * @value: the value
 *
 * Return: 0 or the exit status, the error reported.
 */
int limit_write(enum limit_id id, u64 value)
{
	char range[192];

	limit_range(id, range, sizeof(range));
	return sysctl_write(limits[id].name, value, range);
}

/**
 * limit_read_all() - ask the kernel for all limits
 * @values: where to store them, LIMIT_ABSENT for one that the module lacks
 *
 * Return: 0 or the exit status, the error reported.
 */
int limit_read_all(u64 values[LIMIT_COUNT])
{
	unsigned int i;
	int ret;

	for (i = 0; i < LIMIT_COUNT; i++) {
		values[i] = LIMIT_ABSENT;
		/* All modules have the first: with none, there is no module. */
		if (i && !sysctl_exists(limits[i].name))
			continue;
		ret = limit_read(i, &values[i]);
		if (ret)
			return ret;
	}
	return 0;
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
	char why[ERR_WHY];
	enum limit_id id;
	unsigned int i;
	int ret;

	if (argc) {
		if (limit_find(argv[0], &id, why))
			return err_usage("%s", why);
		ret = limit_read(id, &values[0]);
	} else {
		ret = limit_read_all(values);
	}
	if (ret)
		return ret;

	out_open(out, OUT_PLAIN);
	if (argc)
		limit_print(out, id, values[0]);
	for (i = 0; i < LIMIT_COUNT && !argc; i++) {
		if (values[i] != LIMIT_ABSENT)
			limit_print(out, i, values[i]);
	}
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
	char why[ERR_WHY];
	enum limit_id id;
	u64 value;

	if (limit_find(argv[0], &id, why) ||
	    limit_parse(id, limits[id].name, argv[1], &value, why))
		return err_usage("%s", why);
	return limit_write(id, value);
}
