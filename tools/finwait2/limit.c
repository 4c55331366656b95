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
 * @seldom: most have no use for it; "show" leaves it out if it is 0
 */
static const struct limit {
	const char *name;
	const char *note;
	const char *zero[4];
	bool seldom;
} limits[LIMIT_COUNT] = {
	[LIMIT_FLUSH_INTERVAL] = {
		"flush_interval", "held and idle this long: flush",
		{ "never", "off" } },
	[LIMIT_SHUT_INTERVAL] = {
		"shut_interval", "shut and idle this long: flush",
		{ "as-held", "off" } },
	[LIMIT_MAX_AGE] = {
		"max_age", "longer in FIN_WAIT_2: flush",
		{ "no-limit", "never", "off" } },
	[LIMIT_ORPHAN_INTERVAL] = {
		"orphan_interval", "closed: the kernel drops it then",
		{ "tcp_fin_timeout", "off" } },
	[LIMIT_KEEPSTART] = {
		"keepstart", "peer silent this long: probe it",
		{ "off", "never" }, true },
	[LIMIT_KEEPSTOP] = {
		"keepstop", "still silent this long: flush",
		{ "off", "never" }, true },
	[LIMIT_RESET] = {
		"reset", "a flush sends the peer a RST", { NULL } },
	[LIMIT_OBSERVE] = {
		"observe", "count only, flush nothing", { NULL } },
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

static int limit_parse_time(enum limit_id id, const char *text, u64 *value)
{
	size_t i;
	int ret;

	for (i = 0; limits[id].zero[i]; i++) {
		if (!strcmp(text, limits[id].zero[i])) {
			*value = 0;
			return 0;
		}
	}
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
		ret = limit_parse_time(id, text, value);
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
	else
		duration_format(text, value);
}

static void limit_print(struct out *out, enum limit_id id, u64 value)
{
	char text[LIMIT_SIZE];

	limit_format(id, value, text);
	out_entry(out, limits[id].name,
		  limit_is_switch(id) ? json_boolean(value) :
					json_integer(value),
		  text, limits[id].note);
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
 * limit_print_all() - print all limits as entries
 * @out: where to
 * @values: what limit_read_all() stored
 */
void limit_print_all(struct out *out, const u64 values[LIMIT_COUNT])
{
	unsigned int i;

	for (i = 0; i < LIMIT_COUNT; i++) {
		if (values[i] == LIMIT_ABSENT ||
		    (limits[i].seldom && out_omits(out, values[i])))
			continue;
		limit_print(out, i, values[i]);
	}
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
	char why[ERR_WHY];
	enum limit_id id;
	u64 value;

	if (limit_find(argv[0], &id, why) ||
	    limit_parse(id, limits[id].name, argv[1], &value, why))
		return err_usage("%s", why);
	return limit_write(id, value);
}
