// SPDX-License-Identifier: GPL-2.0
/*
 * The network namespace to look at
 *
 * Both a netlink socket and /proc/sys/net belong to the namespace of the
 * caller at the time it opens them: /proc/sys/net is looked up in the
 * namespace of the calling task, whichever namespace /proc was mounted in.
 * So it is enough to change over first, and no mount is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "netns.h"

#define NETNS_DIR	"/run/netns"

/* What the namespace was called that was entered. */
static const char *netns_entered;

/**
 * netns_enter() - move to another network namespace
 * @netns: a name that "ip netns" knows, or a path if it has a slash
 *
 * Return: 0 or the exit status, the error reported.
 */
int netns_enter(const char *netns)
{
	char path[PATH_MAX];
	int fd, len, error;

	if (!*netns || !strcmp(netns, ".") || !strcmp(netns, ".."))
		return err_usage("bad network namespace \"%s\": expected a name or a path",
				 netns);
	if (strchr(netns, '/'))
		len = snprintf(path, sizeof(path), "%s", netns);
	else
		len = snprintf(path, sizeof(path), NETNS_DIR "/%s", netns);
	if (len >= (int)sizeof(path))
		return err_errno(ENAMETOOLONG, "network namespace");

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_errno(errno, "cannot open network namespace \"%s\"",
				 netns);
	if (setns(fd, CLONE_NEWNET)) {
		error = errno;
		close(fd);
		if (error == EINVAL)
			return err_failed("\"%s\" is not a network namespace",
					  path);
		return err_errno(error, "cannot enter network namespace \"%s\"",
				 netns);
	}
	close(fd);
	netns_entered = netns;
	return 0;
}

/**
 * netns_name() - which namespace was entered
 *
 * Return: what netns_enter() was given, NULL if the process is where it began.
 */
const char *netns_name(void)
{
	return netns_entered;
}
