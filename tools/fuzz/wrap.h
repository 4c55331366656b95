/* SPDX-License-Identifier: GPL-2.0 */
/* What the linker calls that which it sends to fake.c and files.c (-Wl,--wrap) */
#ifndef FINWAIT2_WRAP_H
#define FINWAIT2_WRAP_H

#include <sys/types.h>

#include <dirent.h>
#include <fts.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

typedef int wrap_compare(const struct _ftsent **a, const struct _ftsent **b);

int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_setmntent(const char *path, const char *mode);
int __wrap_access(const char *path, int mode);
int __real_access(const char *path, int mode);
DIR *__wrap_opendir(const char *path);
DIR *__real_opendir(const char *path);
ssize_t __wrap_readlinkat(int dir, const char *path, char *text, size_t size);
ssize_t __real_readlinkat(int dir, const char *path, char *text, size_t size);
FTS *__wrap_fts_open(char *const *paths, int options,
		     wrap_compare *compare);
FTS *__real_fts_open(char *const *paths, int options,
		     wrap_compare *compare);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);

#endif
