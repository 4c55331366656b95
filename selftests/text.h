/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules and filters as text, and as attributes.
 *
 * A rule is a line of text here, "prio 7 sport 80,443 class shut interval 500",
 * in the words of the tool, and comes back from the kernel as one: with all that
 * is implied said, in the order of the tables below.
 */
#ifndef FW2_TEST_TEXT_H
#define FW2_TEST_TEXT_H

#include <stdarg.h>

#include "fw2.h"

#define FW2_TEXT_MAX	8192

#define fw2_attribute(...)	__attribute__((__VA_ARGS__))

enum fw2_kind {
	FW2_KIND_PREFIX,
	FW2_KIND_PORTS,
	FW2_KIND_MARK,
	FW2_KIND_U32,
	FW2_KIND_U8,
	FW2_KIND_STRING,
	FW2_KIND_CLASS,
	FW2_KIND_FLAG,
};

/* How a word of the text is an attribute. */
struct fw2_word {
	const char	*word;
	int		attr;
	enum fw2_kind	kind;
};

static const struct fw2_word fw2_match_words[] = {
	{ "local", FINWAIT2_A_MATCH_LOCAL_ADDR, FW2_KIND_PREFIX },
	{ "sport", FINWAIT2_A_MATCH_LOCAL_PORT, FW2_KIND_PORTS },
	{ "peer", FINWAIT2_A_MATCH_REMOTE_ADDR, FW2_KIND_PREFIX },
	{ "dport", FINWAIT2_A_MATCH_REMOTE_PORT, FW2_KIND_PORTS },
	{ "mark", FINWAIT2_A_MATCH_MARK, FW2_KIND_MARK },
	{ "uid", FINWAIT2_A_MATCH_UID, FW2_KIND_U32 },
	{ "cgroup", FINWAIT2_A_MATCH_CGROUP, FW2_KIND_STRING },
	{ "dev", FINWAIT2_A_MATCH_DEVICE, FW2_KIND_STRING },
	{ "class", FINWAIT2_A_MATCH_CLASS, FW2_KIND_CLASS },
	{}
};

static const struct fw2_word fw2_rule_words[] = {
	{ "prio", FINWAIT2_A_RULE_PRIO, FW2_KIND_U32 },
	{ "interval", FINWAIT2_A_RULE_INTERVAL, FW2_KIND_U32 },
	{ "shut-interval", FINWAIT2_A_RULE_SHUT_INTERVAL, FW2_KIND_U32 },
	{ "orphan-interval", FINWAIT2_A_RULE_ORPHAN_INTERVAL, FW2_KIND_U32 },
	{ "max-age", FINWAIT2_A_RULE_MAX_AGE, FW2_KIND_U32 },
	{ "keepstart", FINWAIT2_A_RULE_KEEPSTART, FW2_KIND_U32 },
	{ "keepstop", FINWAIT2_A_RULE_KEEPSTOP, FW2_KIND_U32 },
	{ "reset", FINWAIT2_A_RULE_RESET, FW2_KIND_U8 },
	{ "observe", FINWAIT2_A_RULE_OBSERVE, FW2_KIND_U8 },
	{ "exempt", FINWAIT2_A_RULE_EXEMPT, FW2_KIND_FLAG },
	{}
};

static const char *const fw2_class_words[] = { "held", "shut", "orphan" };

static inline const struct fw2_word *fw2_find_word(const struct fw2_word *words,
						   const char *word)
{
	for (; words->word; words++) {
		if (!strcmp(words->word, word))
			return words;
	}
	return NULL;
}

static inline void fw2_put_prefix(struct nlmsghdr *nlh, int attr, char *text)
{
	char *slash = strchr(text, '/');
	unsigned char addr[16];
	int len;

	if (slash)
		*slash = 0;
	len = inet_pton(AF_INET, text, addr) == 1 ? 4 : 16;
	if (len == 16)
		inet_pton(AF_INET6, text, addr);
	mnl_attr_put(nlh, attr, len, addr);
	/* The attribute of the length follows that of the address. */
	if (slash)
		mnl_attr_put_u8(nlh, attr + 1, atoi(slash + 1));
}

static inline void fw2_put_ports(struct nlmsghdr *nlh, int attr, char *text)
{
	char *part, *save;

	for (part = strtok_r(text, ",", &save); part;
	     part = strtok_r(NULL, ",", &save)) {
		struct nlattr *nest = mnl_attr_nest_start(nlh, attr);
		char *dash = strchr(part, '-');

		mnl_attr_put_u16(nlh, FINWAIT2_A_PORT_RANGE_FIRST, atoi(part));
		if (dash)
			mnl_attr_put_u16(nlh, FINWAIT2_A_PORT_RANGE_LAST,
					 atoi(dash + 1));
		mnl_attr_nest_end(nlh, nest);
	}
}

static inline void fw2_put_class(struct nlmsghdr *nlh, int attr, char *text)
{
	char *part, *save;
	uint32_t mask = 0;
	int i;

	for (part = strtok_r(text, ",", &save); part;
	     part = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < 3; i++)
			mask |= !strcmp(part, fw2_class_words[i]) << i;
	}
	mnl_attr_put_u32(nlh, attr, mask);
}

static inline void fw2_put_word(struct nlmsghdr *nlh, const struct fw2_word *w,
				char *value)
{
	char *slash;

	switch (w->kind) {
	case FW2_KIND_PREFIX:
		fw2_put_prefix(nlh, w->attr, value);
		break;
	case FW2_KIND_PORTS:
		fw2_put_ports(nlh, w->attr, value);
		break;
	case FW2_KIND_MARK:
		slash = strchr(value, '/');
		mnl_attr_put_u32(nlh, w->attr, strtoul(value, NULL, 0));
		if (slash)
			mnl_attr_put_u32(nlh, FINWAIT2_A_MATCH_MASK,
					 strtoul(slash + 1, NULL, 0));
		break;
	case FW2_KIND_U32:
		mnl_attr_put_u32(nlh, w->attr, strtoul(value, NULL, 0));
		break;
	case FW2_KIND_U8:
		mnl_attr_put_u8(nlh, w->attr, atoi(value));
		break;
	case FW2_KIND_STRING:
		mnl_attr_put_strz(nlh, w->attr, value);
		break;
	case FW2_KIND_CLASS:
		fw2_put_class(nlh, w->attr, value);
		break;
	case FW2_KIND_FLAG:
		mnl_attr_put(nlh, w->attr, 0, NULL);
		break;
	}
}

/* Those words of a line that are in a table; dies of those that are in none. */
static inline void fw2_put_words(struct nlmsghdr *nlh, const char *line,
				 const struct fw2_word *words)
{
	char text[FW2_TEXT_MAX], *word, *value, *save;
	const struct fw2_word *w;

	snprintf(text, sizeof(text), "%s", line);
	for (word = strtok_r(text, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		w = fw2_find_word(words, word) ?:
		    fw2_find_word(fw2_match_words, word) ?:
		    fw2_find_word(fw2_rule_words, word);
		if (!w) {
			fprintf(stderr, "no such word: %s\n", word);
			abort();
		}
		value = w->kind == FW2_KIND_FLAG ? NULL :
			strtok_r(NULL, " ", &save);
		if (fw2_find_word(words, w->word))
			fw2_put_word(nlh, w, value);
	}
}

static inline bool fw2_has_match(const char *line)
{
	const struct fw2_word *w;
	char word[32];

	for (w = fw2_match_words; w->word; w++) {
		snprintf(word, sizeof(word), "%s ", w->word);
		if (!strncmp(line, word, strlen(word)))
			return true;
		snprintf(word, sizeof(word), " %s ", w->word);
		if (strstr(line, word))
			return true;
	}
	return false;
}

static inline void fw2_put_match(struct nlmsghdr *nlh, int attr,
				 const char *line)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, attr);

	fw2_put_words(nlh, line, fw2_match_words);
	mnl_attr_nest_end(nlh, nest);
}

static inline void fw2_put_rule(struct nlmsghdr *nlh, const char *line)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, FINWAIT2_A_RULES_RULE);

	fw2_put_words(nlh, line, fw2_rule_words);
	if (fw2_has_match(line))
		fw2_put_match(nlh, FINWAIT2_A_RULE_MATCH, line);
	mnl_attr_nest_end(nlh, nest);
}

/* All of a text, a rule a line. */
static inline void fw2_put_rules(struct nlmsghdr *nlh, const char *text)
{
	char line[FW2_TEXT_MAX];
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		if (line[0])
			fw2_put_rule(nlh, line);
	}
}

/* And back again. */

struct fw2_text {
	char	*at;
	size_t	left;
};

static inline void fw2_attribute(format(printf, 2, 3))
fw2_say(struct fw2_text *t, const char *format, ...)
{
	va_list args;
	size_t n;

	va_start(args, format);
	n = vsnprintf(t->at, t->left, format, args);
	va_end(args);
	if (!t->left)
		return;
	if (n >= t->left)
		n = t->left - 1;
	t->at += n;
	t->left -= n;
}

static inline void fw2_say_ports(struct fw2_text *t, const struct nlattr *nest,
				 bool more)
{
	uint16_t first = 0, last = 0;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == FINWAIT2_A_PORT_RANGE_FIRST)
			first = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == FINWAIT2_A_PORT_RANGE_LAST)
			last = mnl_attr_get_u16(attr);
	}
	fw2_say(t, "%c%u", more ? ',' : ' ', first);
	if (last != first)
		fw2_say(t, "-%u", last);
}

static inline void fw2_say_word(struct fw2_text *t, const struct fw2_word *w,
				const struct nlattr *attr, bool more)
{
	const void *addr = mnl_attr_get_payload(attr);
	const struct nlattr *next = mnl_attr_next(attr);
	char text[INET6_ADDRSTRLEN];
	int i, n = 0;

	if (!more)
		fw2_say(t, " %s", w->word);
	switch (w->kind) {
	case FW2_KIND_PREFIX:
		inet_ntop(mnl_attr_get_payload_len(attr) == 4 ? AF_INET :
			  AF_INET6, addr, text, sizeof(text));
		fw2_say(t, " %s/%u", text, mnl_attr_get_u8(next));
		break;
	case FW2_KIND_PORTS:
		fw2_say_ports(t, attr, more);
		break;
	case FW2_KIND_MARK:
		fw2_say(t, " 0x%x/0x%x", mnl_attr_get_u32(attr),
			mnl_attr_get_u32(next));
		break;
	case FW2_KIND_U32:
		fw2_say(t, " %u", mnl_attr_get_u32(attr));
		break;
	case FW2_KIND_U8:
		fw2_say(t, " %u", mnl_attr_get_u8(attr));
		break;
	case FW2_KIND_STRING:
		fw2_say(t, " %s", mnl_attr_get_str(attr));
		break;
	case FW2_KIND_CLASS:
		for (i = 0; i < 3; i++) {
			if (mnl_attr_get_u32(attr) & 1U << i)
				fw2_say(t, "%c%s", n++ ? ',' : ' ',
					fw2_class_words[i]);
		}
		break;
	case FW2_KIND_FLAG:
		break;
	}
}

static inline void fw2_say_words(struct fw2_text *t, const struct nlattr *nest,
				 const struct fw2_word *words)
{
	const struct nlattr *attr;

	for (; words->word; words++) {
		bool more = false;

		mnl_attr_for_each_nested(attr, nest) {
			if (mnl_attr_get_type(attr) != words->attr)
				continue;
			fw2_say_word(t, words, attr, more);
			more = true;
		}
	}
}

/* Prio first, then what it is for, then what it sets. */
static inline void fw2_say_rule(struct fw2_text *t, const struct nlattr *nest)
{
	const struct nlattr *attr, *match = NULL;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == FINWAIT2_A_RULE_PRIO)
			fw2_say(t, "prio %u", mnl_attr_get_u32(attr));
		if (mnl_attr_get_type(attr) == FINWAIT2_A_RULE_MATCH)
			match = attr;
	}
	if (match)
		fw2_say_words(t, match, fw2_match_words);
	fw2_say_words(t, nest, fw2_rule_words + 1);
	fw2_say(t, "\n");
}

#endif
