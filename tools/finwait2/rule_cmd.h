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

int rule_each(struct genl *genl, rule_fn *fn, void *data);
char *rule_text_match(const struct rule *rule);
char *rule_text_set(const struct rule *rule);

int rule_cmd(struct out *out, int argc, char **argv);
int rule_cmd_save(struct out *out, int argc, char **argv);

#endif
