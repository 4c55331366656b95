// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of cookies, which are what tells one socket from another
 */
#include <search.h>
#include <stdlib.h>

#include "cookies.h"
#include "err.h"

/**
 * struct cookies_entry - a cookie of a set
 * @cookie: the cookie
 * @next: the next one, in no order
 */
struct cookies_entry {
	u64 cookie;
	struct cookies_entry *next;
};

static int cookies_compare(const void *a, const void *b)
{
	const struct cookies_entry *x = a, *y = b;

	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

/**
 * cookies_has() - whether a cookie is in a set
 * @cookies: the set
 * @cookie: the cookie
 */
bool cookies_has(const struct cookies *cookies, u64 cookie)
{
	const struct cookies_entry probe = { .cookie = cookie };

	return tfind(&probe, &cookies->root, cookies_compare);
}

/**
 * cookies_add() - put a cookie into a set
 * @cookies: the set
 * @cookie: the cookie
 *
 * Return: whether it was not there.
 */
bool cookies_add(struct cookies *cookies, u64 cookie)
{
	struct cookies_entry *entry;

	if (cookies_has(cookies, cookie))
		return false;
	entry = malloc(sizeof(*entry));
	if (!entry)
		err_no_memory();
	entry->cookie = cookie;
	entry->next = cookies->first;
	if (!tsearch(entry, &cookies->root, cookies_compare))
		err_no_memory();
	cookies->first = entry;
	cookies->count++;
	return true;
}

/**
 * cookies_keep() - take out of a set what need not be there any more
 * @cookies: the set
 * @fn: what may stay; NULL for nothing
 * @data: what to give to @fn
 */
void cookies_keep(struct cookies *cookies, cookies_fn *fn, void *data)
{
	struct cookies_entry *entry, **link = &cookies->first;

	while (*link) {
		entry = *link;
		if (fn && fn(entry->cookie, data)) {
			link = &entry->next;
			continue;
		}
		*link = entry->next;
		tdelete(entry, &cookies->root, cookies_compare);
		free(entry);
		cookies->count--;
	}
}
