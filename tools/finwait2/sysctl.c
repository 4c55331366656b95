// SPDX-License-Identifier: GPL-2.0
/*
 * The files in which the kernel keeps the limits
 *
 * They exist as long as the module is loaded, in every network namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"
#include "err.h"
#include "sysctl.h"

#define SYSCTL_DIR	"/proc/sys/net/ipv4"

/* What every module has, however old. */
#define SYSCTL_ALWAYS	"flush_interval"

static void sysctl_path(char *path, size_t size, const char *name)
{
	snprintf(path, size, SYSCTL_DIR "/" SYSCTL_PREFIX "%s", name);
}

/**
 * sysctl_exists() - whether the module has a value
 * @name: name without the prefix that all of them share
 */
bool sysctl_exists(const char *name)
{
	char path[128];

	sysctl_path(path, sizeof(path), name);
	/* What cannot be looked at is there: reading it says what is wrong. */
	return !access(path, F_OK) || errno != ENOENT;
}

static int sysctl_open(const char *name, int flags, int *fd)
{
	char path[128];

	sysctl_path(path, sizeof(path), name);
	*fd = open(path, flags | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	if (errno == EROFS)
		return err_failed("cannot open %s: it is read-only, as in a container that is not privileged",
				  path);
	if (errno != ENOENT)
		return err_errno(errno, "cannot open %s", path);
	/* Without /proc nothing can be said about the module. */
	if (access(SYSCTL_DIR, F_OK))
		return err_errno(errno, "cannot open " SYSCTL_DIR);
	if (sysctl_exists(SYSCTL_ALWAYS))
		return err_failed("the finwait2 module is older than this program, and has no %s",
				  name);
	return err_no_module();
}

/**
 * sysctl_read() - ask the kernel for a value
 * @name: name without the prefix that all of them share
 * @value: where to store it
 *
 * Return: 0 or the exit status, the error reported.
 */
int sysctl_read(const char *name, u64 *value)
{
	char text[64];
	ssize_t len;
	int ret, fd;

	ret = sysctl_open(name, O_RDONLY, &fd);
	if (ret)
		return ret;
	len = read(fd, text, sizeof(text) - 1);
	if (len < 0)
		ret = err_errno(errno, "cannot read " SYSCTL_PREFIX "%s", name);
	close(fd);
	if (ret)
		return ret;

	if (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	/* A bare number is the one form that both sides know. */
	if (strspn(text, "0123456789") != (size_t)len ||
	    duration_parse(text, value))
		return err_failed(SYSCTL_PREFIX "%s: cannot understand the value \"%s\"",
				  name, text);
	return 0;
}

/**
 * sysctl_write() - have the kernel use another value
 * @name: name without the prefix that all of them share
 * @value: the value
 * @range: what is allowed, for the message if the kernel refuses
 *
 * The value is read back: it is in force when this returns 0.
 *
 * Return: 0 or the exit status, the error reported.
 */
int sysctl_write(const char *name, u64 value, const char *range)
{
	u64 now;
	int ret, fd, error = 0;
	ssize_t done;

	ret = sysctl_open(name, O_WRONLY | O_TRUNC, &fd);
	if (ret)
		return ret;
	/* One write: the kernel takes each as a value of its own. */
	done = dprintf(fd, "%llu\n", value);
	if (done < 0)
		error = errno;
	close(fd);
	if (error == EINVAL || error == ERANGE)
		return err_failed("the kernel refuses %llu for %s: expected %s",
				  value, name, range);
	if (error)
		return err_errno(error, "cannot set %s", name);

	ret = sysctl_read(name, &now);
	if (ret)
		return ret;
	if (now != value)
		return err_failed("%s was set to %llu but reads as %llu",
				  name, value, now);
	return 0;
}
