/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_RULE_PRINT_H
#define FINWAIT2_RULE_PRINT_H

#include <stdio.h>

#include "rule.h"

struct out;

FILE *rule_text(char **text, size_t *size);
void rule_text_end(FILE *file);
char *rule_text_match(const struct rule *rule);
char *rule_text_set(const struct rule *rule);
char *rule_text_shown(const struct rule *rule);
char *rule_text_line(const struct rule *rule);

const char *rule_counter(enum rule_counter counter);
void rule_print_json(struct out *out, const struct rule *rule);

#endif
