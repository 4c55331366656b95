/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_CONF_H
#define FINWAIT2_CONF_H

#include "rule.h"
#include "util.h"

/* Longest line, without its newline: a path and many ports fit. */
#define CONF_LINE	16384

/**
 * struct conf_rule - a rule of a file
 * @rule: the rule
 * @line: line it is in, from 1
 * @start: offset of what the kernel is told of it in the message
 * @end: offset of what comes after that
 */
struct conf_rule {
	struct rule rule;
	unsigned int line;
	size_t start;
	size_t end;
};

/**
 * struct conf_limit - a limit of a file
 * @line: line it is in, 0 if it is not there
 * @value: its value
 */
struct conf_limit {
	unsigned int line;
	u64 value;
};

/**
 * struct conf - what a file says
 * @rules: its rules, in the order of the file
 * @count: their number
 * @limits: its limits
 */
struct conf {
	struct conf_rule **rules;
	size_t count;
	struct conf_limit limits[LIMIT_COUNT];
};

/**
 * typedef conf_error_fn - what to do about a line that is wrong
 * @line: its number, from 1
 * @why: what is wrong
 * @data: what the caller gave
 */
typedef void conf_error_fn(unsigned int line, const char *why, void *data);

unsigned int conf_parse(struct conf *conf, const char *text, size_t len,
			conf_error_fn *fn, void *data);
void conf_free(struct conf *conf);

#endif
