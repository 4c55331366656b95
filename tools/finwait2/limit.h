/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_LIMIT_H
#define FINWAIT2_LIMIT_H

#include <jansson.h>

#include "util.h"

struct out;

/* In order of printing. */
enum limit_id {
	LIMIT_FLUSH_INTERVAL,
	LIMIT_SHUT_INTERVAL,
	LIMIT_MAX_AGE,
	LIMIT_ORPHAN_INTERVAL,
	LIMIT_KEEPSTART,
	LIMIT_KEEPSTOP,
	LIMIT_RESET,
	LIMIT_OBSERVE,
	/* Rules set none of these. */
	LIMIT_RULE_COUNT,
	LIMIT_ADAPTIVE_START = LIMIT_RULE_COUNT,
	LIMIT_ADAPTIVE_END,
	LIMIT_COUNT
};

/* What an older module does not have. */
#define LIMIT_ABSENT	(~0ULL)

/* Room for the text of a value: a time, or a word for 0. */
#define LIMIT_SIZE	32

const char *limit_name(enum limit_id id);
bool limit_is_switch(enum limit_id id);
bool limit_is_number(enum limit_id id);
int limit_find(const char *word, enum limit_id *id, char *why);
int limit_parse(enum limit_id id, const char *name, const char *text,
		u64 *value, char *why);
void limit_format(enum limit_id id, u64 value, char text[LIMIT_SIZE]);
json_t *limit_json(enum limit_id id, u64 value);

int limit_read(enum limit_id id, u64 *value);
int limit_write(enum limit_id id, u64 value);
int limit_read_all(u64 values[LIMIT_COUNT]);

int limit_cmd_get(struct out *out, int argc, char **argv);
int limit_cmd_set(struct out *out, int argc, char **argv);

#endif
