// SPDX-License-Identifier: GPL-2.0
/*
 * The rules in force: list them, change them, save them
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/finwait2.h>

#include "attr.h"
#include "err.h"
#include "genl.h"
#include "msg.h"
#include "out.h"
#include "rule.h"
#include "rule_cmd.h"
#include "rule_print.h"
#include "word.h"

static const struct table_column rule_columns[] = {
	{ "PRIO", true },
	{ "MATCH", false },
	{ "SET", false },
	{ "MATCHED", true },
	{ "FLUSHED", true },
	{ "WOULD", true },
};

static int rule_take(const struct attr *nest, void *data)
{
	struct rule_list *list = data;
	struct rule rule;

	if (rule_get(&rule, nest)) {
		rule_free(&rule);
		return -1;
	}
	list->rules = reallocarray(list->rules, list->count + 1, sizeof(rule));
	if (!list->rules)
		err_no_memory();
	list->rules[list->count++] = rule;
	return 0;
}

static int rule_take_all(const struct nlmsghdr *nlh, void *data)
{
	const struct attr payload = attr_payload(nlh);

	return attr_each(&payload, FINWAIT2_A_RULES_RULE, rule_take, data);
}

/**
 * rule_load() - ask the kernel for the rules, and keep them
 * @genl: socket to ask with
 * @list: where to store them, for rule_list_free() in any case
 *
 * Return: 0 or the exit status, the error reported.
 */
int rule_load(struct genl *genl, struct rule_list *list)
{
	memset(list, 0, sizeof(*list));
	return genl_dump(genl, FINWAIT2_CMD_RULE_GET, rule_take_all, list);
}

/**
 * rule_list_free() - forget rules
 * @list: the rules
 */
void rule_list_free(struct rule_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		rule_free(&list->rules[i]);
	free(list->rules);
}

/**
 * rule_each() - ask the kernel for the rules
 * @genl: socket to ask with
 * @fn: what to do with each, by priority
 * @data: what to give to @fn
 *
 * Return: 0 or the exit status, the error reported.
 */
int rule_each(struct genl *genl, rule_fn *fn, void *data)
{
	struct rule_list list;
	size_t i;
	int ret;

	ret = rule_load(genl, &list);
	for (i = 0; i < list.count && !ret; i++)
		ret = fn(&list.rules[i], data);
	rule_list_free(&list);
	return ret;
}

static int rule_print(const struct rule *rule, void *data)
{
	struct out *out = data;
	unsigned int i;
	char *text;

	/* Who reads has had enough; main() says so. */
	if (ferror(stdout))
		return STATUS_FAILED;

	out_uint(out, "prio", rule->prio);
	rule_print_json(out, rule);
	text = rule_text_shown(rule);
	out_text(out, rule->gone ? COLOUR_WARN : COLOUR_NONE, text);
	free(text);
	text = rule_text_set(rule);
	out_text(out, COLOUR_NAME, text);
	free(text);
	for (i = 0; i < RULE_COUNTERS; i++) {
		if (rule->counted & 1U << i)
			out_uint(out, rule_counter(i), rule->counters[i]);
		else
			out_absent(out);
	}
	out_row(out);
	return 0;
}

static int rule_cmd_list(struct out *out, int argc __maybe_unused,
			 char **argv __maybe_unused)
{
	struct genl *genl;
	int ret;

	ret = genl_open(&genl);
	if (ret)
		return ret;
	out_list_open(out, rule_columns, ARRAY_SIZE(rule_columns));
	ret = rule_each(genl, rule_print, out);
	out_list_close(out);
	genl_close(genl);
	return ret;
}

/* Have the kernel change the rules; @rule is NULL to be left with none. */
static int rule_change(u8 cmd, const struct rule *rule)
{
	struct genl *genl;
	struct msg msg;
	int ret;

	ret = genl_open(&genl);
	if (ret)
		return ret;
	msg_init(&msg, cmd, FINWAIT2_FAMILY_VERSION);
	if (rule)
		rule_put(&msg, rule);
	ret = genl_do(genl, &msg, NULL, NULL, NULL);
	msg_free(&msg);
	genl_close(genl);
	return ret;
}

static int rule_write_cmd(u8 cmd, int argc, char **argv)
{
	char why[ERR_WHY];
	struct rule rule;
	int ret;

	if (rule_parse(&rule, argc, argv, why))
		ret = err_usage("%s", why);
	else
		ret = rule_change(cmd, &rule);
	rule_free(&rule);
	return ret;
}

static int rule_cmd_add(struct out *out __maybe_unused, int argc, char **argv)
{
	return rule_write_cmd(FINWAIT2_CMD_RULE_ADD, argc, argv);
}

static int rule_cmd_replace(struct out *out __maybe_unused, int argc,
			    char **argv)
{
	return rule_write_cmd(FINWAIT2_CMD_RULE_REPLACE, argc, argv);
}

static int rule_cmd_del(struct out *out __maybe_unused, int argc, char **argv)
{
	struct rule rule;
	char why[ERR_WHY];
	int taken;

	rule_init(&rule);
	taken = rule_parse_prio(&rule.prio, argc, argv, why);
	if (taken < 0)
		return err_usage("%s", why);
	if (!taken)
		return err_usage("unknown word \"%s\": expected rule del prio NUMBER",
				 argv[0]);
	if (taken < argc)
		return err_usage("unknown word \"%s\": expected rule del prio NUMBER and no more",
				 argv[taken]);
	return rule_change(FINWAIT2_CMD_RULE_DEL, &rule);
}

static int rule_cmd_flush(struct out *out __maybe_unused,
			  int argc __maybe_unused, char **argv __maybe_unused)
{
	return rule_change(FINWAIT2_CMD_RULE_SET, NULL);
}

/**
 * rule_cmd() - the command "rule"
 * @out: where to print
 * @argc: number of words after "rule"
 * @argv: the words
 *
 * Return: the exit status.
 */
int rule_cmd(struct out *out, int argc, char **argv)
{
	static const struct {
		const char *name;
		bool words;
		int (*run)(struct out *out, int argc, char **argv);
	} commands[] = {
		{ "list", false, rule_cmd_list },
		{ "add", true, rule_cmd_add },
		{ "replace", true, rule_cmd_replace },
		{ "del", true, rule_cmd_del },
		{ "flush", false, rule_cmd_flush },
	};
	const char *name = argc ? argv[0] : "list";
	char list[64] = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(name, commands[i].name))
			break;
		err_add_word(list, sizeof(list), commands[i].name);
	}
	if (i == ARRAY_SIZE(commands))
		return err_usage("unknown word \"%s\": expected one of %s",
				 name, list);
	if (argc) {
		argc--;
		argv++;
	}
	if (argc && !commands[i].words)
		return err_usage("unknown word \"%s\": expected rule %s and no more",
				 argv[0], name);
	if (!argc && commands[i].words)
		return err_usage("too few words: expected rule %s prio NUMBER%s",
				 name, commands[i].run == rule_cmd_del ?
				 "" : " [ MATCH ] SET");
	return commands[i].run(out, argc, argv);
}

/* Read a line as "apply" will. */
static bool rule_reads_back(const struct rule *rule, const char *text)
{
	char *line = strdup(text), *words[WORD_MAX];
	char why[ERR_WHY];
	struct rule again;
	bool same = false;
	int count;

	if (!line)
		err_no_memory();
	count = word_split(line, strlen(line), words, why);
	if (count > 0) {
		same = !rule_parse(&again, count, words, why) &&
		       rule_same(rule, &again);
		rule_free(&again);
	}
	free(line);
	return same;
}

/*
 * Another program may have made a rule that has no words here. Better no file
 * than one that is not what it says.
 */
static int rule_save(const struct rule *rule, void *data)
{
	FILE *all = data;
	char *text;
	size_t size;
	FILE *file = rule_text(&text, &size);
	int ret = 0;

	rule_write(file, rule);
	rule_text_end(file);
	if (rule_reads_back(rule, text))
		fprintf(all, "rule %s\n", text);
	else
		ret = err_failed("rule %u was not made by this program, and cannot be saved",
				 rule->prio);
	free(text);
	return ret;
}

/**
 * rule_cmd_save() - the command "save"
 * @out: how to print
 * @argc: number of words after "save", 0
 * @argv: the words
 *
 * Return: the exit status.
 */
int rule_cmd_save(struct out *out, int argc __maybe_unused,
		  char **argv __maybe_unused)
{
	u64 limits[LIMIT_COUNT];
	char value[LIMIT_SIZE];
	struct genl *genl;
	unsigned int i;
	char *text;
	size_t size;
	FILE *file;
	int ret;

	if (out->json)
		return err_usage("save prints what apply takes: for JSON, "
				 "see the commands get and rule");
	ret = limit_read_all(limits);
	if (ret)
		return ret;
	ret = genl_open(&genl);
	if (ret)
		return ret;
	/* All or nothing, as it is kept for later. */
	file = rule_text(&text, &size);
	for (i = 0; i < LIMIT_COUNT; i++) {
		if (limits[i] == LIMIT_ABSENT)
			continue;
		limit_format(i, limits[i], value);
		fprintf(file, "set %s %s\n", limit_name(i), value);
	}
	ret = rule_each(genl, rule_save, file);
	rule_text_end(file);
	genl_close(genl);
	if (!ret)
		fputs(text, stdout);
	free(text);
	return ret;
}
