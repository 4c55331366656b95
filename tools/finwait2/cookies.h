/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_COOKIES_H
#define FINWAIT2_COOKIES_H

#include "util.h"

struct cookies_entry;

/**
 * struct cookies - a set of cookies
 * @root: them, for tsearch()
 * @first: the first of them
 * @count: their number
 */
struct cookies {
	void *root;
	struct cookies_entry *first;
	size_t count;
};

/**
 * typedef cookies_fn - whether a cookie stays in a set
 * @cookie: the cookie
 * @data: what the caller of cookies_keep() gave
 */
typedef bool cookies_fn(u64 cookie, void *data);

bool cookies_add(struct cookies *cookies, u64 cookie);
bool cookies_has(const struct cookies *cookies, u64 cookie);
void cookies_keep(struct cookies *cookies, cookies_fn *fn, void *data);

#endif
