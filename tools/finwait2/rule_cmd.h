/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_RULE_CMD_H
#define FINWAIT2_RULE_CMD_H

#include "util.h"

struct genl;
struct out;
struct rule;

/**
 * typedef rule_fn - what to do with a rule
 * @rule: the rule
 * @data: what the caller gave
 *
 * Return: 0, or an exit status to stop with, the error reported.
 */
typedef int rule_fn(const struct rule *rule, void *data);

/**
 * struct rule_list - all rules
 * @rules: them, by priority
 * @count: their number
 */
struct rule_list {
	struct rule *rules;
	size_t count;
};

int rule_each(struct genl *genl, rule_fn *fn, void *data);
int rule_load(struct genl *genl, struct rule_list *list);
void rule_list_free(struct rule_list *list);

int rule_cmd(struct out *out, int argc, char **argv);
int rule_cmd_save(struct out *out, int argc, char **argv);

#endif
