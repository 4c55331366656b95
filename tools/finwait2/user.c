// SPDX-License-Identifier: GPL-2.0
/*
 * Users by their names
 *
 * A file of its own: where names come from is the business of the system, and
 * parsers are tested without it.
 */
#include <pwd.h>
#include <stddef.h>

#include "user.h"

/**
 * user_find() - find a user
 * @name: the name
 * @uid: where to store the number
 *
 * Return: 0, or -1 if there is no such user.
 */
int user_find(const char *name, u32 *uid)
{
	const struct passwd *passwd = getpwnam(name);

	if (!passwd)
		return -1;
	*uid = passwd->pw_uid;
	return 0;
}
