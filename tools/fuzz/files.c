// SPDX-License-Identifier: GPL-2.0
/*
 * Files of the kernel, of a system that is made up
 *
 * What the program asks of the C library about them, the linker sends here
 * (-Wl,--wrap). They are in memory, and can be written to.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "wrap.h"

#define FILES_MAX	40

static struct {
	const struct fake_plan *plan;
	int fds[FILES_MAX];
} files;

static const struct fake_file files_good[] = {
#define GOOD(path, text)	{ path, text, sizeof(text) - 1 }
#define LIMIT(name, text) \
	GOOD("/proc/sys/net/ipv4/tcp_fin_wait_2_" name, text)
	LIMIT("flush_interval", "675000\n"),
	LIMIT("shut_interval", "60000\n"),
	LIMIT("max_age", "0\n"),
	LIMIT("orphan_interval", "1\n"),
	LIMIT("keepstart", "1500\n"),
	LIMIT("keepstop", "2073600000\n"),
	LIMIT("adaptive_start", "4096\n"),
	LIMIT("adaptive_end", "8192\n"),
	LIMIT("reset", "1\n"),
	LIMIT("observe", "0\n"),
	GOOD("/proc/sys/net/ipv4", ""),
	GOOD("/proc/sys/net/ipv4/tcp_fin_timeout", "60\n"),
	GOOD("/proc/sys/net/ipv4/tcp_max_orphans", "4096\n"),
	GOOD("/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_fin_wait", "120\n"),
	GOOD("/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait", "60\n"),
	GOOD("/proc/sys/net/netfilter/nf_conntrack_count", "7\n"),
	GOOD("/proc/sys/kernel/random/boot_id", "01234567-89ab-cdef-0123-456789abcdef\n"),
	GOOD("/proc/net/sockstat", "sockets: used 9\nTCP: inuse 3 orphan 1 tw 0 alloc 5 mem 1\n"),
	GOOD("/proc/self/mounts", "none /nowhere cgroup2 rw 0 0\n"),
	GOOD("/sys/module/finwait2", ""),
	GOOD("/sys/module/finwait2/version", "0.1.0\n"),
	GOOD("comm", "ngi\033nx\n"),
	GOOD("/proc/finwait2.conf", "set flush_interval 5m\nrule prio 1 sport 80 exempt\n"),
};

static const struct fake_file *files_find(const char *path, size_t *i)
{
	const size_t count = files.plan->nfiles;
	const struct fake_file *file;

	for (*i = 0; *i < count + ARRAY_SIZE(files_good); ++*i) {
		file = *i < count ? &files.plan->files[*i] :
				    &files_good[*i - count];
		if (!strcmp(file->path, path))
			return file->text ? file : NULL;
	}
	return NULL;
}

/* Whether it is one of those that this system has, or does not have. */
static bool files_has(const char *path)
{
	static const char *const dirs[] = {
		"/proc/sys/", "/proc/net/", "/proc/self/mounts", "/sys/",
		"/lib/modules/", "/run", "/proc/finwait2.conf",
	};
	size_t i;

	for (i = 0; files.plan && i < ARRAY_SIZE(dirs); i++) {
		if (!strncmp(path, dirs[i], strlen(dirs[i])))
			return true;
	}
	return false;
}

/* Opened time and again it is the same file, with what was written to it. */
static int files_open(const char *path, int flags)
{
	const struct fake_file *file;
	char link[32];
	size_t i;

	file = files_find(path, &i);
	if (!file) {
		errno = ENOENT;
		return -1;
	}
	if (files.fds[i] < 0) {
		files.fds[i] = memfd_create("fake", MFD_CLOEXEC);
		if (files.fds[i] < 0 || fchmod(files.fds[i], 0600) ||
		    write(files.fds[i], file->text, file->len) !=
		    (ssize_t)file->len)
			abort();
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", files.fds[i]);
	return __real_open(link, flags & ~(O_NOFOLLOW | O_DIRECTORY));
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	if (files_has(path))
		return files_open(path, flags);
	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	return __real_open(path, flags, mode);
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;
	size_t i;

	if (files.plan && (files_find(path, &i) || files_has(path)))
		return files_open(path, flags);
	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	return __real_openat(dir, path, flags, mode);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	int fd;

	if (!files_has(path))
		return __real_fopen(path, mode);
	fd = files_open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

FILE *__wrap_setmntent(const char *path, const char *mode)
{
	return __wrap_fopen(path, mode);
}

int __wrap_access(const char *path, int mode)
{
	size_t i;

	if (!files_has(path))
		return __real_access(path, mode);
	if (files_find(path, &i))
		return 0;
	errno = ENOENT;
	return -1;
}

/* Of processes there is only this one. */
DIR *__wrap_opendir(const char *path)
{
	return __real_opendir(files.plan && !strcmp(path, "/proc") ?
			      "/proc/self/task" : path);
}

ssize_t __wrap_readlinkat(int dir, const char *path, char *text, size_t size)
{
	const char *link = "socket:[4711]";
	size_t len;

	if (!files.plan)
		return __real_readlinkat(dir, path, text, size);
	if (files.plan->link)
		link = files.plan->link;
	len = strlen(link) < size ? strlen(link) : size;
	memcpy(text, link, len);
	return len;
}

/* Of cgroups, too, this has only what is small. */
FTS *__wrap_fts_open(char *const *paths, int options,
		     wrap_compare *compare)
{
	if (!files.plan || !strcmp(paths[0], "/proc/self/task"))
		return __real_fts_open(paths, options, compare);
	errno = ENOENT;
	return NULL;
}

/**
 * files_begin() - set up the files
 * @plan: which they are
 */
void files_begin(const struct fake_plan *plan)
{
	unsigned int i;

	if (plan->nfiles + ARRAY_SIZE(files_good) > FILES_MAX)
		abort();
	/* Where a user's own files would be: they are left alone. */
	unsetenv("XDG_RUNTIME_DIR");
	files.plan = plan;
	for (i = 0; i < FILES_MAX; i++)
		files.fds[i] = -1;
}

/**
 * files_end() - be back among the real ones
 */
void files_end(void)
{
	unsigned int i;

	for (i = 0; i < FILES_MAX; i++) {
		if (files.fds[i] >= 0)
			close(files.fds[i]);
	}
	files.plan = NULL;
}
