/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_RULE_H
#define FINWAIT2_RULE_H

#include <stdio.h>

#include "limit.h"
#include "match.h"
#include "util.h"

struct attr;
struct msg;

/* What a rule counts. */
enum rule_counter {
	RULE_MATCHED,
	RULE_FLUSHED,
	RULE_WOULD_FLUSH,
	RULE_COUNTERS
};

/**
 * struct rule - what applies to some sockets instead of the limits
 * @prio: its place, 0 as long as it has none
 * @match: which sockets
 * @set: which of @values count, a bit for each enum limit_id
 * @values: the limits for these sockets
 * @exempt: leave these sockets alone
 * @gone: its cgroup was removed
 * @counted: which of @counters the kernel told, a bit for each
 * @counters: what has become of the sockets
 */
struct rule {
	u32 prio;
	struct match match;
	u32 set;
	u64 values[LIMIT_COUNT];
	bool exempt;
	bool gone;
	u32 counted;
	u64 counters[RULE_COUNTERS];
};

static inline bool rule_sets(const struct rule *rule, enum limit_id id)
{
	return rule->set & 1U << id;
}

void rule_init(struct rule *rule);
void rule_free(struct rule *rule);

const char *rule_word(enum limit_id id);
int rule_parse_prio(u32 *prio, int argc, char **argv, char *why);
int rule_parse(struct rule *rule, int argc, char **argv, char *why);
void rule_write_set(FILE *file, const struct rule *rule);
void rule_write(FILE *file, const struct rule *rule);
bool rule_same(const struct rule *a, const struct rule *b);

void rule_put(struct msg *msg, const struct rule *rule);
int rule_get(struct rule *rule, const struct attr *nest);

#endif
