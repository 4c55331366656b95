// SPDX-License-Identifier: GPL-2.0
/*
 * A rule, in words and in attributes
 *
 *	prio 100 peer 192.0.2.0/24 interval 5m keepstart 30s keepstop 2m
 *
 * What rule_write() writes, rule_parse() reads back as the same: what "save"
 * prints is what "apply" takes.
 *
 * A rule that makes no sense in itself is refused here, with a better reason
 * than an errno. What the rest of the system has to say against it, say an
 * unknown cgroup, is left to the kernel.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/finwait2.h>

#include "attr.h"
#include "err.h"
#include "msg.h"
#include "rule.h"
#include "word.h"

/**
 * struct rule_setting - a limit in a rule
 * @word: what it is called there
 * @attr: the attribute
 */
static const struct rule_setting {
	const char *word;
	u16 attr;
} rule_settings[LIMIT_RULE_COUNT] = {
	[LIMIT_FLUSH_INTERVAL] = { "interval", FINWAIT2_A_RULE_INTERVAL },
	[LIMIT_SHUT_INTERVAL] = { "shut-interval",
				  FINWAIT2_A_RULE_SHUT_INTERVAL },
	[LIMIT_MAX_AGE] = { "max-age", FINWAIT2_A_RULE_MAX_AGE },
	[LIMIT_ORPHAN_INTERVAL] = { "orphan-interval",
				    FINWAIT2_A_RULE_ORPHAN_INTERVAL },
	[LIMIT_KEEPSTART] = { "keepstart", FINWAIT2_A_RULE_KEEPSTART },
	[LIMIT_KEEPSTOP] = { "keepstop", FINWAIT2_A_RULE_KEEPSTOP },
	[LIMIT_RESET] = { "reset", FINWAIT2_A_RULE_RESET },
	[LIMIT_OBSERVE] = { "observe", FINWAIT2_A_RULE_OBSERVE },
};

static const u16 rule_counters[RULE_COUNTERS] = {
	[RULE_MATCHED] = FINWAIT2_A_RULE_MATCHED,
	[RULE_FLUSHED] = FINWAIT2_A_RULE_FLUSHED,
	[RULE_WOULD_FLUSH] = FINWAIT2_A_RULE_WOULD_FLUSH,
};

/**
 * rule_init() - begin with a rule that says nothing
 * @rule: where, for rule_free()
 */
void rule_init(struct rule *rule)
{
	memset(rule, 0, sizeof(*rule));
}

/**
 * rule_free() - forget a rule
 * @rule: the rule
 */
void rule_free(struct rule *rule)
{
	match_free(&rule->match);
}

/**
 * rule_word() - what a limit is called in a rule
 * @id: the limit
 */
const char *rule_word(enum limit_id id)
{
	return rule_settings[id].word;
}

/**
 * rule_parse_prio() - read which rule is meant
 * @prio: where to store it, 0 as long as there is none
 * @argc: number of words left
 * @argv: the words
 * @why: where to note what is wrong, see err_why()
 *
 * Return: how many words it took; 0 if the first is not "prio", or -1.
 */
int rule_parse_prio(u32 *prio, int argc, char **argv, char *why)
{
	if (!argc || strcmp(argv[0], "prio"))
		return 0;
	if (*prio)
		return err_why(why, "%s is said twice", argv[0]);
	if (argc < 2)
		return err_why(why, "%s: expected a number", argv[0]);
	if (word_u32(argv[1], UINT32_MAX, prio) || !*prio) {
		*prio = 0;
		return err_why(why, "bad prio \"%.64s\": expected 1 to %u",
			       argv[1], UINT32_MAX);
	}
	return 2;
}

static int rule_parse_time(enum limit_id id, const char *word, const char *text,
			   u64 *value, char *why)
{
	/* All times have these, next to the words that a limit has for 0. */
	if (!limit_is_switch(id) &&
	    (!strcmp(text, "never") || !strcmp(text, "off"))) {
		*value = 0;
		return 0;
	}
	return limit_parse(id, word, text, value, why);
}

static int rule_parse_setting(struct rule *rule, int argc, char **argv,
			      char *why)
{
	unsigned int i;

	if (!strcmp(argv[0], "exempt")) {
		if (rule->exempt)
			return err_why(why, "%s is said twice", argv[0]);
		rule->exempt = true;
		return 1;
	}
	for (i = 0; i < LIMIT_RULE_COUNT; i++) {
		if (!strcmp(argv[0], rule_settings[i].word))
			break;
	}
	if (i == LIMIT_RULE_COUNT)
		return 0;
	if (rule_sets(rule, i))
		return err_why(why, "%s is said twice", argv[0]);
	if (argc < 2)
		return err_why(why, "%s: expected %s", argv[0],
			       limit_is_switch(i) ? "on or off" : "a time");
	rule->set |= 1U << i;
	return rule_parse_time(i, argv[0], argv[1], &rule->values[i], why) ?
	       -1 : 2;
}

static int rule_unknown(const char *word, char *why)
{
	char list[256] = "prio";
	unsigned int i;

	match_add_words(list, sizeof(list));
	for (i = 0; i < LIMIT_RULE_COUNT; i++)
		err_add_word(list, sizeof(list), rule_settings[i].word);
	err_add_word(list, sizeof(list), "exempt");
	return err_why(why, "unknown word \"%.64s\": expected one of %s", word,
		       list);
}

/* Whether it makes sense as a whole. */
static int rule_check(const struct rule *rule, char *why)
{
	const u64 start = rule->values[LIMIT_KEEPSTART];
	const u64 stop = rule->values[LIMIT_KEEPSTOP];

	if (!rule->prio)
		return err_why(why, "no prio: expected one, such as prio 100");
	if (rule->exempt && rule->set)
		return err_why(why, "exempt leaves sockets alone: nothing else can be set");
	if (!rule->exempt && !rule->set)
		return err_why(why, "nothing is set: expected exempt or a "
			       "limit, such as interval 5m");
	if (start && stop && stop <= start)
		return err_why(why, "keepstop must be longer than keepstart");
	return 0;
}

/**
 * rule_parse() - read a rule
 * @rule: where to store it, for rule_free() in any case
 * @argc: number of words
 * @argv: the words
 * @why: where to note what is wrong, see err_why()
 *
 * The words may come in any order.
 *
 * Return: 0, or -1.
 */
int rule_parse(struct rule *rule, int argc, char **argv, char *why)
{
	int taken;

	rule_init(rule);
	for (; argc; argc -= taken, argv += taken) {
		taken = rule_parse_prio(&rule->prio, argc, argv, why);
		if (!taken)
			taken = match_parse(&rule->match, argc, argv, why);
		if (!taken)
			taken = rule_parse_setting(rule, argc, argv, why);
		if (taken < 0)
			return -1;
		if (!taken)
			return rule_unknown(argv[0], why);
	}
	return rule_check(rule, why);
}

/**
 * rule_write_set() - write what a rule sets
 * @file: where to
 * @rule: the rule
 */
void rule_write_set(FILE *file, const struct rule *rule)
{
	const char *blank = "";
	char text[LIMIT_SIZE];
	unsigned int i;

	if (rule->exempt) {
		fputs("exempt", file);
		blank = " ";
	}
	for (i = 0; i < LIMIT_RULE_COUNT; i++) {
		if (!rule_sets(rule, i))
			continue;
		limit_format(i, rule->values[i], text);
		fprintf(file, "%s%s %s", blank, rule_settings[i].word, text);
		blank = " ";
	}
}

/**
 * rule_write() - write a rule
 * @file: where to
 * @rule: the rule
 */
void rule_write(FILE *file, const struct rule *rule)
{
	fprintf(file, "prio %u ", rule->prio);
	match_write(file, &rule->match);
	if (rule->match.said)
		putc(' ', file);
	rule_write_set(file, rule);
}

static bool rule_same_ports(const struct match_ports *a,
			    const struct match_ports *b)
{
	return a->count == b->count &&
	       (!a->count || !memcmp(a->ranges, b->ranges,
				     a->count * sizeof(*a->ranges)));
}

static bool rule_same_prefix(const struct match_prefix *a,
			     const struct match_prefix *b)
{
	return a->len == b->len && a->bits == b->bits &&
	       !memcmp(a->addr, b->addr, a->len);
}

static bool rule_same_match(const struct match *a, const struct match *b)
{
	if (a->said != b->said ||
	    !rule_same_prefix(&a->local, &b->local) ||
	    !rule_same_prefix(&a->peer, &b->peer) ||
	    !rule_same_ports(&a->sport, &b->sport) ||
	    !rule_same_ports(&a->dport, &b->dport))
		return false;
	if (match_says(a, MATCH_MARK) &&
	    (a->mark != b->mark || a->mask != b->mask))
		return false;
	if (match_says(a, MATCH_CGROUP) && strcmp(a->cgroup, b->cgroup))
		return false;
	return a->uid == b->uid && a->classes == b->classes &&
	       !strcmp(a->dev, b->dev);
}

/**
 * rule_same() - whether two rules say the same
 * @a: a rule
 * @b: another, whatever either has counted
 */
bool rule_same(const struct rule *a, const struct rule *b)
{
	unsigned int i;

	if (a->prio != b->prio || a->set != b->set || a->exempt != b->exempt)
		return false;
	for (i = 0; i < LIMIT_RULE_COUNT; i++) {
		if (rule_sets(a, i) && a->values[i] != b->values[i])
			return false;
	}
	return rule_same_match(&a->match, &b->match);
}

/**
 * rule_put() - write a rule for the kernel
 * @msg: where to
 * @rule: the rule
 */
void rule_put(struct msg *msg, const struct rule *rule)
{
	const size_t at = msg_nest(msg, FINWAIT2_A_RULES_RULE);
	unsigned int i;

	msg_put_u32(msg, FINWAIT2_A_RULE_PRIO, rule->prio);
	match_put(msg, FINWAIT2_A_RULE_MATCH, &rule->match);
	for (i = 0; i < LIMIT_RULE_COUNT; i++) {
		if (!rule_sets(rule, i))
			continue;
		if (limit_is_switch(i))
			msg_put_u8(msg, rule_settings[i].attr,
				   rule->values[i]);
		else
			msg_put_u32(msg, rule_settings[i].attr,
				    rule->values[i]);
	}
	if (rule->exempt)
		msg_put_flag(msg, FINWAIT2_A_RULE_EXEMPT);
	msg_nest_end(msg, at);
}

/**
 * rule_get() - read a rule that the kernel has written
 * @rule: where to store it, for rule_free() in any case
 * @nest: the attribute it is in
 *
 * Return: 0, or -1 if it is malformed.
 */
int rule_get(struct rule *rule, const struct attr *nest)
{
	u8 kinds[FINWAIT2_A_RULE_MAX + 1] = {
		[FINWAIT2_A_RULE_PRIO] = ATTR_U32,
		[FINWAIT2_A_RULE_MATCH] = ATTR_BYTES,
		[FINWAIT2_A_RULE_EXEMPT] = ATTR_FLAG,
		[FINWAIT2_A_RULE_CGROUP_GONE] = ATTR_FLAG,
	};
	struct attr attrs[FINWAIT2_A_RULE_MAX + 1];
	const struct attr *attr;
	unsigned int i;

	rule_init(rule);
	for (i = 0; i < LIMIT_RULE_COUNT; i++)
		kinds[rule_settings[i].attr] =
			limit_is_switch(i) ? ATTR_U8 : ATTR_U32;
	for (i = 0; i < RULE_COUNTERS; i++)
		kinds[rule_counters[i]] = ATTR_UINT;
	if (attr_parse_nested(nest, kinds, attrs, ARRAY_SIZE(attrs)) ||
	    !attrs[FINWAIT2_A_RULE_PRIO].number)
		return -1;

	rule->prio = attrs[FINWAIT2_A_RULE_PRIO].number;
	for (i = 0; i < LIMIT_RULE_COUNT; i++) {
		attr = &attrs[rule_settings[i].attr];
		if (!attr->present)
			continue;
		rule->set |= 1U << i;
		rule->values[i] = attr->number;
	}
	rule->exempt = attrs[FINWAIT2_A_RULE_EXEMPT].present;
	rule->gone = attrs[FINWAIT2_A_RULE_CGROUP_GONE].present;
	for (i = 0; i < RULE_COUNTERS; i++) {
		attr = &attrs[rule_counters[i]];
		if (attr->present)
			rule->counted |= 1U << i;
		rule->counters[i] = attr->number;
	}
	attr = &attrs[FINWAIT2_A_RULE_MATCH];
	return attr->present ? match_get(&rule->match, attr) : 0;
}
