// SPDX-License-Identifier: GPL-2.0
/*
 * A rule as it is shown: to people in the words of rule.c, to programs as JSON,
 * where an absent key is a thing that the rule does not say
 */
#include <stdio.h>
#include <stdlib.h>

#include "err.h"
#include "name.h"
#include "out.h"
#include "rule.h"
#include "rule_print.h"

/* Names of the counters, for programs. */
static const char * const rule_counted[RULE_COUNTERS] = {
	[RULE_MATCHED] = "matched",
	[RULE_FLUSHED] = "flushed",
	[RULE_WOULD_FLUSH] = "would_flush",
};

/**
 * rule_text() - begin a text
 * @text: where it is after rule_text_end(), for free()
 * @size: its length
 *
 * Return: where to write it.
 */
FILE *rule_text(char **text, size_t *size)
{
	FILE *file = open_memstream(text, size);

	if (!file)
		err_no_memory();
	return file;
}

/**
 * rule_text_end() - end a text
 * @file: what rule_text() returned
 */
void rule_text_end(FILE *file)
{
	if (fclose(file))
		err_no_memory();
}

static char *rule_text_by(void (*write)(FILE *, const struct rule *),
			  const struct rule *rule)
{
	char *text;
	size_t size;
	FILE *file = rule_text(&text, &size);

	write(file, rule);
	rule_text_end(file);
	return text;
}

static void rule_write_match(FILE *file, const struct rule *rule)
{
	match_write(file, &rule->match);
}

static void rule_write_shown(FILE *file, const struct rule *rule)
{
	rule_write_match(file, rule);
	if (!rule->match.said)
		fputs("all", file);
	if (rule->gone)
		fputs(" (removed)", file);
}

static void rule_write_line(FILE *file, const struct rule *rule)
{
	rule_write_shown(file, rule);
	putc(' ', file);
	rule_write_set(file, rule);
}

/**
 * rule_text_match() - write which sockets a rule is for
 * @rule: the rule
 *
 * Return: the words, for free().
 */
char *rule_text_match(const struct rule *rule)
{
	return rule_text_by(rule_write_match, rule);
}

/**
 * rule_text_set() - write what a rule sets
 * @rule: the rule
 *
 * Return: the words, for free().
 */
char *rule_text_set(const struct rule *rule)
{
	return rule_text_by(rule_write_set, rule);
}

/**
 * rule_text_shown() - write which sockets a rule is for, for people
 * @rule: the rule
 *
 * Return: what is no rule any more, for free().
 */
char *rule_text_shown(const struct rule *rule)
{
	return rule_text_by(rule_write_shown, rule);
}

/**
 * rule_text_line() - write all that a rule says, for people
 * @rule: the rule
 *
 * Return: what is no rule any more, for free().
 */
char *rule_text_line(const struct rule *rule)
{
	return rule_text_by(rule_write_line, rule);
}

static void rule_json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		err_no_memory();
}

static void rule_json_prefix(json_t *object, const char *key,
			     const struct match_prefix *prefix)
{
	char *text;
	size_t size;
	FILE *file = rule_text(&text, &size);

	match_write_prefix(file, prefix);
	rule_text_end(file);
	rule_json_set(object, key, json_string(text));
	free(text);
}

static void rule_json_ports(json_t *object, const char *key,
			    const struct match_ports *ports)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < ports->count; i++) {
		json_t *range = json_pack("{s:i,s:i}", "first",
					  ports->ranges[i].first, "last",
					  ports->ranges[i].last);

		if (json_array_append_new(array, range))
			err_no_memory();
	}
	rule_json_set(object, key, array);
}

static void rule_json_classes(json_t *object, u32 classes)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < 32; i++) {
		if (classes >> i & 1 &&
		    json_array_append_new(array, json_string(name_class(i))))
			err_no_memory();
	}
	rule_json_set(object, "class", array);
}

static json_t *rule_json_match(const struct match *match)
{
	json_t *object = json_object();

	if (match_says(match, MATCH_LOCAL))
		rule_json_prefix(object, "local", &match->local);
	if (match_says(match, MATCH_SPORT))
		rule_json_ports(object, "sport", &match->sport);
	if (match_says(match, MATCH_PEER))
		rule_json_prefix(object, "peer", &match->peer);
	if (match_says(match, MATCH_DPORT))
		rule_json_ports(object, "dport", &match->dport);
	if (match_says(match, MATCH_MARK)) {
		rule_json_set(object, "mark", out_integer(match->mark));
		rule_json_set(object, "mask", out_integer(match->mask));
	}
	if (match_says(match, MATCH_UID))
		rule_json_set(object, "uid", out_integer(match->uid));
	if (match_says(match, MATCH_CGROUP))
		rule_json_set(object, "cgroup", out_string(match->cgroup));
	if (match_says(match, MATCH_DEV))
		rule_json_set(object, "dev", out_string(match->dev));
	if (match_says(match, MATCH_CLASS))
		rule_json_classes(object, match->classes);
	return object;
}

static json_t *rule_json_settings(const struct rule *rule)
{
	json_t *object = json_object();
	char key[LIMIT_SIZE];
	unsigned int i;

	for (i = 0; i < LIMIT_RULE_COUNT; i++) {
		if (!rule_sets(rule, i))
			continue;
		out_key(key, sizeof(key), rule_word(i));
		rule_json_set(object, key,
			      limit_is_switch(i) ?
			      json_boolean(rule->values[i]) :
			      out_integer(rule->values[i]));
	}
	if (rule->exempt)
		rule_json_set(object, "exempt", json_true());
	return object;
}

/**
 * rule_counter() - what a counter of rules is called for programs
 * @counter: the counter
 */
const char *rule_counter(enum rule_counter counter)
{
	return rule_counted[counter];
}

/**
 * rule_print_json() - print, for programs, what a rule says
 * @out: where to
 * @rule: the rule
 */
void rule_print_json(struct out *out, const struct rule *rule)
{
	if (!out->json)
		return;
	out_hidden(out, "match", rule_json_match(&rule->match));
	out_hidden(out, "set", rule_json_settings(rule));
	out_hidden(out, "cgroup_gone", json_boolean(rule->gone));
}
