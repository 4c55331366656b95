// SPDX-License-Identifier: GPL-2.0
/*
 * What a socket must be like, in words
 *
 *	local 192.0.2.0/24 sport 80,8000-8099 class held,shut
 *
 * Rules have it, and so have the filters of commands. What match_write()
 * writes, match_parse() reads back as the same. match_msg.c has how the kernel
 * is told.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/finwait2.h>

#include "err.h"
#include "match.h"
#include "name.h"
#include "user.h"
#include "word.h"

/**
 * match_init() - begin with what matches every socket
 * @match: where, for match_free()
 */
void match_init(struct match *match)
{
	memset(match, 0, sizeof(*match));
}

/**
 * match_free() - forget a match
 * @match: the match
 */
void match_free(struct match *match)
{
	free(match->sport.ranges);
	free(match->dport.ranges);
	free(match->cgroup);
	match_init(match);
}

/* Clear the bits that do not count; return whether any was set. */
static bool match_clear(struct match_prefix *prefix)
{
	bool set = false;
	unsigned int i;

	for (i = prefix->bits; i < prefix->len * 8; i++) {
		const u8 bit = 0x80 >> i % 8;

		set |= prefix->addr[i / 8] & bit;
		prefix->addr[i / 8] &= ~bit;
	}
	return set;
}

static int match_bad_prefix(const char *word, char *why)
{
	return err_why(why, "bad prefix \"%.64s\": expected an IPv4 or IPv6 "
		       "address, or one with a length such as 192.0.2.0/24 or 2001:db8::/32",
		       word);
}

static int match_parse_prefix(struct match_prefix *prefix, const char *word,
			      char *why)
{
	const size_t len = strcspn(word, "/");
	char text[INET6_ADDRSTRLEN + 4];
	FILE *file;
	u32 bits;

	if (len >= INET6_ADDRSTRLEN)
		return match_bad_prefix(word, why);
	memcpy(text, word, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, prefix->addr) == 1)
		prefix->len = 4;
	else if (inet_pton(AF_INET6, text, prefix->addr) == 1)
		prefix->len = 16;
	else
		return match_bad_prefix(word, why);

	bits = prefix->len * 8;
	if (word[len] && word_u32(word + len + 1, bits, &bits))
		return err_why(why, "bad prefix length in \"%.64s\": expected 0 to %u",
			       word, bits);
	prefix->bits = bits;
	if (!match_clear(prefix))
		return 0;

	file = fmemopen(text, sizeof(text), "w");
	if (!file)
		err_no_memory();
	match_write_prefix(file, prefix);
	fclose(file);
	return err_why(why, "bad prefix \"%.64s\": bits are set beyond its length; all of it is %s",
		       word, text);
}

static int match_parse_range(struct match_range *range, const char **text)
{
	u32 first, last;

	if (word_number(text, UINT16_MAX, &first))
		return -1;
	last = first;
	if (**text == '-') {
		++*text;
		if (word_number(text, UINT16_MAX, &last))
			return -1;
	}
	if (!first || last < first)
		return -1;
	range->first = first;
	range->last = last;
	return 0;
}

static int match_parse_ports(struct match_ports *ports, const char *word,
			     char *why)
{
	const char *text = word;
	size_t room = 1;

	for (; *text; text++)
		room += *text == ',';
	if (room > MATCH_RANGES)
		return err_why(why, "too many ports: expected up to %d ranges",
			       MATCH_RANGES);
	ports->ranges = calloc(room, sizeof(*ports->ranges));
	if (!ports->ranges)
		err_no_memory();

	for (text = word;; text++) {
		if (match_parse_range(&ports->ranges[ports->count], &text) ||
		    (*text && *text != ','))
			return err_why(why, "bad ports \"%.64s\": expected "
				       "ports from 1 to 65535, and ranges "
				       "from the lower to the higher, such as 80,8000-8099",
				       word);
		ports->count++;
		if (!*text)
			return 0;
	}
}

static int match_parse_mark(struct match *match, const char *word, char *why)
{
	const char *text = word;
	int ret;

	match->mask = UINT32_MAX;
	ret = word_mark(&text, &match->mark);
	if (!ret && *text == '/') {
		text++;
		ret = word_mark(&text, &match->mask);
	}
	if (ret || *text)
		return err_why(why, "bad mark \"%.64s\": expected a number "
			       "of up to 32 bits such as 16 or 0x10, or one "
			       "and a mask such as 0x10/0xff",
			       word);
	if (match->mark & ~match->mask)
		return err_why(why, "bad mark \"%.64s\": no socket has it, "
			       "bits are set that the mask does not have",
			       word);
	return 0;
}

static int match_parse_uid(struct match *match, const char *word, char *why)
{
	/* The last number stands for none. */
	if (isdigit((unsigned char)*word)) {
		if (word_u32(word, UINT32_MAX - 1, &match->uid))
			return err_why(why, "bad uid \"%.64s\": expected 0 to %u",
				       word, UINT32_MAX - 1);
		return 0;
	}
	if (user_find(word, &match->uid))
		return err_why(why, "unknown user \"%.64s\"", word);
	return 0;
}

static int match_parse_cgroup(struct match *match, const char *word, char *why)
{
	if (*word != '/' || strlen(word) > MATCH_PATH || !word_is_plain(word))
		return err_why(why, "bad cgroup \"%.64s\": expected a path "
			       "such as /system.slice/nginx.service, of up to %d bytes",
			       word, MATCH_PATH);
	match->cgroup = strdup(word);
	if (!match->cgroup)
		err_no_memory();
	return 0;
}

/* What the kernel takes for a name; whether there is one it knows itself. */
static int match_parse_dev(struct match *match, const char *word, char *why)
{
	const size_t len = strlen(word);

	if (!len || len >= sizeof(match->dev) || !strcmp(word, ".") ||
	    !strcmp(word, "..") || strpbrk(word, "/: \t") ||
	    !word_is_plain(word))
		return err_why(why, "bad device \"%.64s\": expected a name "
			       "of up to %zu bytes such as eth0",
			       word, sizeof(match->dev) - 1);
	memcpy(match->dev, word, len + 1);
	return 0;
}

static int match_parse_class(struct match *match, const char *word, char *why)
{
	const char *text = word;

	for (;;) {
		const size_t len = strcspn(text, ",");
		const int class = name_find_class(text, len);

		if (class < 0 || match->classes & 1U << class)
			return err_why(why, "bad class \"%.64s\": expected "
				       "held, shut and orphan, or some of "
				       "them, with commas between them",
				       word);
		match->classes |= 1U << class;
		text += len;
		if (!*text++)
			return 0;
	}
}

static int match_parse_local(struct match *match, const char *word, char *why)
{
	return match_parse_prefix(&match->local, word, why);
}

static int match_parse_peer(struct match *match, const char *word, char *why)
{
	return match_parse_prefix(&match->peer, word, why);
}

static int match_parse_sport(struct match *match, const char *word, char *why)
{
	return match_parse_ports(&match->sport, word, why);
}

static int match_parse_dport(struct match *match, const char *word, char *why)
{
	return match_parse_ports(&match->dport, word, why);
}

static const struct match_word {
	const char *name;
	const char *value;
	int (*parse)(struct match *match, const char *word, char *why);
} match_words[MATCH_KEYS] = {
	[MATCH_LOCAL] = { "local", "a prefix", match_parse_local },
	[MATCH_SPORT] = { "sport", "ports", match_parse_sport },
	[MATCH_PEER] = { "peer", "a prefix", match_parse_peer },
	[MATCH_DPORT] = { "dport", "ports", match_parse_dport },
	[MATCH_MARK] = { "mark", "a mark", match_parse_mark },
	[MATCH_UID] = { "uid", "a number or a name", match_parse_uid },
	[MATCH_CGROUP] = { "cgroup", "a path", match_parse_cgroup },
	[MATCH_DEV] = { "dev", "a name", match_parse_dev },
	[MATCH_CLASS] = { "class", "classes", match_parse_class },
};

/**
 * match_parse() - read the next words of a statement
 * @match: what it says so far
 * @argc: number of words left, at least 1
 * @argv: the words
 * @why: where to note what is wrong, see err_why()
 *
 * Return: how many words it took; 0 if the first is none of a match's, or -1.
 */
int match_parse(struct match *match, int argc, char **argv, char *why)
{
	unsigned int i;

	for (i = 0; i < MATCH_KEYS; i++) {
		if (!strcmp(argv[0], match_words[i].name))
			break;
	}
	if (i == MATCH_KEYS)
		return 0;
	if (match_says(match, i))
		return err_why(why, "%s is said twice", argv[0]);
	if (argc < 2)
		return err_why(why, "%s: expected %s", argv[0],
			       match_words[i].value);
	match->said |= 1U << i;
	return match_words[i].parse(match, argv[1], why) ? -1 : 2;
}

/**
 * match_add_words() - append to the "expected one of" part of a message
 * @list: text so far, see err_add_word()
 * @size: room in @list
 */
void match_add_words(char *list, size_t size)
{
	unsigned int i;

	for (i = 0; i < MATCH_KEYS; i++)
		err_add_word(list, size, match_words[i].name);
}

/**
 * match_write_prefix() - write a prefix
 * @file: where to
 * @prefix: the prefix
 */
void match_write_prefix(FILE *file, const struct match_prefix *prefix)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(prefix->len == 4 ? AF_INET : AF_INET6, prefix->addr, text,
		  sizeof(text));
	fputs(text, file);
	if (prefix->bits != prefix->len * 8)
		fprintf(file, "/%u", prefix->bits);
}

static void match_write_ports(FILE *file, const struct match_ports *ports)
{
	const struct match_range *range = ports->ranges;
	unsigned int i;

	for (i = 0; i < ports->count; i++, range++) {
		fprintf(file, "%s%u", i ? "," : "", range->first);
		if (range->last != range->first)
			fprintf(file, "-%u", range->last);
	}
}

/**
 * match_write_classes() - write the names of classes
 * @file: where to
 * @classes: a bit for each
 */
void match_write_classes(FILE *file, u32 classes)
{
	const char *comma = "";
	unsigned int i;

	for (i = 0; classes >> i; i++) {
		if (!(classes >> i & 1))
			continue;
		fprintf(file, "%s%s", comma, name_class(i));
		comma = ",";
		if (i == 31)
			break;
	}
}

static void match_write_value(FILE *file, const struct match *match,
			      enum match_key key)
{
	switch (key) {
	case MATCH_LOCAL:
		match_write_prefix(file, &match->local);
		break;
	case MATCH_SPORT:
		match_write_ports(file, &match->sport);
		break;
	case MATCH_PEER:
		match_write_prefix(file, &match->peer);
		break;
	case MATCH_DPORT:
		match_write_ports(file, &match->dport);
		break;
	case MATCH_MARK:
		fprintf(file, "0x%x", match->mark);
		if (match->mask != UINT32_MAX)
			fprintf(file, "/0x%x", match->mask);
		break;
	case MATCH_UID:
		fprintf(file, "%u", match->uid);
		break;
	case MATCH_CGROUP:
		word_write(file, match->cgroup);
		break;
	case MATCH_DEV:
		word_write(file, match->dev);
		break;
	case MATCH_CLASS:
		match_write_classes(file, match->classes);
		break;
	case MATCH_KEYS:
		break;
	}
}

/**
 * match_write() - write a match
 * @file: where to
 * @match: the match
 *
 * Words with a blank between them; nothing for what matches every socket.
 */
void match_write(FILE *file, const struct match *match)
{
	const char *blank = "";
	unsigned int i;

	for (i = 0; i < MATCH_KEYS; i++) {
		if (!match_says(match, i))
			continue;
		fprintf(file, "%s%s ", blank, match_words[i].name);
		match_write_value(file, match, i);
		blank = " ";
	}
}
