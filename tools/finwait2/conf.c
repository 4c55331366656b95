// SPDX-License-Identifier: GPL-2.0
/*
 * What a configuration file says, see finwait2.conf(5)
 *
 *	set flush_interval 5m
 *	rule prio 100 peer 192.0.2.0/24 exempt	# the backup
 *
 * A line is a statement and stands for itself, so that all lines that are
 * wrong can be told in one go.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "err.h"
#include "word.h"

/**
 * struct conf_state - a file that is being read
 * @conf: where to store what it says
 * @tree: its rules by priority, for tsearch()
 * @line: number of the line
 * @why: what is wrong with the line
 */
struct conf_state {
	struct conf *conf;
	void *tree;
	unsigned int line;
	char why[ERR_WHY];
};

static int conf_compare(const void *a, const void *b)
{
	const struct conf_rule *x = a, *y = b;

	return (x->rule.prio > y->rule.prio) - (x->rule.prio < y->rule.prio);
}

static void conf_free_rule(struct conf_rule *rule)
{
	rule_free(&rule->rule);
	free(rule);
}

/* Take over a rule, unless another one has its priority. */
static int conf_add(struct conf_state *state, struct conf_rule *rule)
{
	struct conf *conf = state->conf;
	struct conf_rule **found;

	found = tsearch(rule, &state->tree, conf_compare);
	if (!found)
		err_no_memory();
	if (*found != rule)
		return err_why(state->why, "prio %u is that of line %u already",
			       rule->rule.prio, (*found)->line);
	/* Grown at each power of two. */
	if (!(conf->count & (conf->count - 1))) {
		const size_t room = conf->count ? 2 * conf->count : 1;

		conf->rules = realloc(conf->rules,
				      room * sizeof(*conf->rules));
		if (!conf->rules)
			err_no_memory();
	}
	conf->rules[conf->count++] = rule;
	return 0;
}

static int conf_rule(struct conf_state *state, int argc, char **argv)
{
	struct conf_rule *rule = calloc(1, sizeof(*rule));

	if (!rule)
		err_no_memory();
	rule->line = state->line;
	if (!rule_parse(&rule->rule, argc, argv, state->why) &&
	    !conf_add(state, rule))
		return 0;
	conf_free_rule(rule);
	return -1;
}

static int conf_set(struct conf_state *state, int argc, char **argv)
{
	struct conf_limit *limit;
	enum limit_id id;
	u64 value;

	if (argc != 2)
		return err_why(state->why, "expected set NAME VALUE and no more");
	if (limit_find(argv[0], &id, state->why))
		return -1;
	limit = &state->conf->limits[id];
	if (limit->line)
		return err_why(state->why, "%s is set in line %u already",
			       limit_name(id), limit->line);
	if (limit_parse(id, limit_name(id), argv[1], &value, state->why))
		return -1;
	limit->value = value;
	limit->line = state->line;
	return 0;
}

static int conf_line(struct conf_state *state, const char *text, size_t len)
{
	char line[CONF_LINE + 1];
	char *words[WORD_MAX];
	int count;

	if (len > CONF_LINE)
		return err_why(state->why, "longer than %d bytes", CONF_LINE);
	memcpy(line, text, len);
	line[len] = '\0';
	count = word_split(line, len, words, state->why);
	if (count <= 0)
		return count;
	if (!strcmp(words[0], "rule"))
		return conf_rule(state, count - 1, words + 1);
	if (!strcmp(words[0], "set"))
		return conf_set(state, count - 1, words + 1);
	return err_why(state->why, "unknown word \"%.64s\": expected one of rule, set",
		       words[0]);
}

static void conf_keep(void *rule __maybe_unused)
{
}

/**
 * conf_parse() - read a file
 * @conf: where to store what it says, for conf_free() in any case
 * @text: what is in it
 * @len: length of @text
 * @fn: what to do about each line that is wrong
 * @data: what to give to @fn
 *
 * Return: number of lines that are wrong.
 */
unsigned int conf_parse(struct conf *conf, const char *text, size_t len,
			conf_error_fn *fn, void *data)
{
	struct conf_state state = { .conf = conf };
	unsigned int bad = 0;

	memset(conf, 0, sizeof(*conf));
	while (len) {
		const char *end = memchr(text, '\n', len);
		const size_t part = end ? (size_t)(end - text) : len;

		state.line++;
		if (conf_line(&state, text, part)) {
			fn(state.line, state.why, data);
			bad++;
		}
		text += part;
		len -= part;
		if (end) {
			text++;
			len--;
		}
	}
	tdestroy(state.tree, conf_keep);
	return bad;
}

/**
 * conf_free() - forget what a file says
 * @conf: what conf_parse() stored
 */
void conf_free(struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->count; i++)
		conf_free_rule(conf->rules[i]);
	free(conf->rules);
}
