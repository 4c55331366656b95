// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a configuration file
 *
 * A rule that was understood is written, and must be understood again as the
 * same rule, from its words as well as from the attributes that the kernel
 * would be sent.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/finwait2.h>

#include "attr.h"
#include "conf.h"
#include "err.h"
#include "fuzz.h"
#include "msg.h"

static void fuzz_ignore(unsigned int line, const char *why,
			void *data __maybe_unused)
{
	/* Each line that is wrong has a number and a reason. */
	if (!line || !*why)
		abort();
}

static void fuzz_abort(unsigned int line, const char *why,
		       void *data __maybe_unused)
{
	fprintf(stderr, "line %u: %s\n", line, why);
	abort();
}

/* Write a file that says what @conf does, as "save" would. */
static char *fuzz_write(const struct conf *conf, size_t *len)
{
	char value[LIMIT_SIZE];
	char *text;
	FILE *file = open_memstream(&text, len);
	size_t i;

	if (!file)
		abort();
	for (i = 0; i < LIMIT_COUNT; i++) {
		if (!conf->limits[i].line)
			continue;
		limit_format(i, conf->limits[i].value, value);
		fprintf(file, "set %s %s\n", limit_name(i), value);
	}
	for (i = 0; i < conf->count; i++) {
		fputs("rule ", file);
		rule_write(file, &conf->rules[i]->rule);
		putc('\n', file);
	}
	fclose(file);
	return text;
}

static void fuzz_compare(const struct conf *a, const struct conf *b)
{
	size_t i;

	if (a->count != b->count)
		abort();
	for (i = 0; i < a->count; i++) {
		if (!rule_same(&a->rules[i]->rule, &b->rules[i]->rule))
			abort();
	}
	for (i = 0; i < LIMIT_COUNT; i++) {
		if (!a->limits[i].line != !b->limits[i].line ||
		    a->limits[i].value != b->limits[i].value)
			abort();
	}
}

static int fuzz_decode(const struct attr *nest, void *data)
{
	const struct conf_rule ***next = data;
	struct rule rule;

	if (rule_get(&rule, nest) || !rule_same(&rule, &(**next)->rule))
		abort();
	rule_free(&rule);
	++*next;
	return 0;
}

static void fuzz_encode(const struct conf *conf)
{
	const struct conf_rule **next = (const struct conf_rule **)conf->rules;
	struct attr payload;
	struct msg msg;
	size_t i;

	msg_init(&msg, FINWAIT2_CMD_RULE_SET, FINWAIT2_FAMILY_VERSION);
	for (i = 0; i < conf->count; i++)
		rule_put(&msg, &conf->rules[i]->rule);
	payload = attr_payload(msg_header(&msg));
	if (attr_each(&payload, FINWAIT2_A_RULES_RULE, fuzz_decode, &next) ||
	    next - (const struct conf_rule **)conf->rules !=
	    (ptrdiff_t)conf->count)
		abort();
	msg_free(&msg);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	struct conf conf, again;
	char *text, *twice;
	size_t len, length;

	conf_parse(&conf, (const char *)data, size, fuzz_ignore, NULL);
	text = fuzz_write(&conf, &len);
	conf_parse(&again, text, len, fuzz_abort, NULL);
	fuzz_compare(&conf, &again);
	/* What is saved twice is the same file. */
	twice = fuzz_write(&again, &length);
	if (length != len || memcmp(text, twice, len))
		abort();
	fuzz_encode(&conf);

	free(twice);
	free(text);
	conf_free(&again);
	conf_free(&conf);
	return 0;
}
