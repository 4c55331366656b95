/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_FILTER_H
#define FINWAIT2_FILTER_H

#include "match.h"
#include "util.h"

struct msg;

/**
 * struct filter - which sockets a command is about
 * @match: what they must be like
 * @cookie: the one socket that has this cookie, 0 for any
 */
struct filter {
	struct match match;
	u64 cookie;
};

int filter_parse(struct filter *filter, int argc, char **argv, char *why);
int filter_parse_ends(struct filter *filter, char **argv, char *why);
void filter_free(struct filter *filter);
void filter_put(struct msg *msg, u16 type, const struct filter *filter);

#endif
