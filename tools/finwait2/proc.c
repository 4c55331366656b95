// SPDX-License-Identifier: GPL-2.0
/*
 * Which processes have a socket open
 *
 * /proc is read once and what is found sorted by inode. Only root sees the
 * descriptors of all processes; of others' one learns nothing, which is no
 * error. A process comes and goes while this looks, so that nothing it does
 * not find is an error either.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "proc.h"
#include "word.h"

#define PROC_DIR	"/proc"

/* As long as the kernel's names of processes, NUL included. */
#define PROC_NAME	16

/* How many descriptors people are told of; programs are told of all. */
#define PROC_SHOWN	3

/**
 * struct proc_fd - a descriptor of a socket
 * @inode: inode of the socket
 * @pid: process
 * @fd: descriptor
 * @name: name of the process
 */
struct proc_fd {
	u64 inode;
	u32 pid;
	u32 fd;
	char name[PROC_NAME];
};

/**
 * struct proc - the descriptors of sockets
 * @fds: them, by inode, process and number
 * @count: their number
 */
struct proc {
	struct proc_fd *fds;
	size_t count;
};

static void proc_add(struct proc *proc, const struct proc_fd *fd)
{
	/* Grown at each power of two. */
	if (!(proc->count & (proc->count - 1))) {
		const size_t room = proc->count ? 2 * proc->count : 1;

		proc->fds = realloc(proc->fds, room * sizeof(*fd));
		if (!proc->fds)
			err_no_memory();
	}
	proc->fds[proc->count++] = *fd;
}

/* A process may give itself any name; keep to what is safe to print. */
static void proc_name(int dir, char name[PROC_NAME])
{
	const int fd = openat(dir, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t len = 0;
	char *c;

	if (fd >= 0) {
		len = read(fd, name, PROC_NAME - 1);
		close(fd);
	}
	name[len > 0 ? len : 0] = '\0';
	c = strrchr(name, '\n');
	if (c && !c[1])
		*c = '\0';
	for (c = name; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
}

/* The inode of a descriptor if that is a socket, or 0. */
static u64 proc_inode(int dir, const char *name)
{
	static const char prefix[] = "socket:[";
	unsigned long long inode;
	char link[64];
	ssize_t len;

	len = readlinkat(dir, name, link, sizeof(link) - 1);
	if (len < 0)
		return 0;
	link[len] = '\0';
	if (strncmp(link, prefix, sizeof(prefix) - 1) ||
	    sscanf(link + sizeof(prefix) - 1, "%llu]", &inode) != 1)
		return 0;
	return inode;
}

static void proc_scan_fds(struct proc *proc, int parent, u32 pid)
{
	const int dir = openat(parent, "fd",
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct proc_fd fd = { .pid = pid };
	struct dirent *entry;
	DIR *fds;

	if (dir < 0)
		return;
	fds = fdopendir(dir);
	if (!fds) {
		close(dir);
		return;
	}
	while ((entry = readdir(fds))) {
		if (word_u32(entry->d_name, ~0U, &fd.fd))
			continue;
		fd.inode = proc_inode(dir, entry->d_name);
		if (!fd.inode)
			continue;
		if (!*fd.name)
			proc_name(parent, fd.name);
		proc_add(proc, &fd);
	}
	closedir(fds);
}

static int proc_compare(const void *a, const void *b)
{
	const struct proc_fd *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode > y->inode ? 1 : -1;
	if (x->pid != y->pid)
		return x->pid > y->pid ? 1 : -1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

/**
 * proc_scan() - find out who has which sockets open
 *
 * Return: what was found, for proc_free().
 */
struct proc *proc_scan(void)
{
	struct proc *proc = calloc(1, sizeof(*proc));
	struct dirent *entry;
	DIR *dir;
	u32 pid;
	int fd;

	if (!proc)
		err_no_memory();
	dir = opendir(PROC_DIR);
	while (dir && (entry = readdir(dir))) {
		if (word_u32(entry->d_name, ~0U, &pid))
			continue;
		fd = openat(dirfd(dir), entry->d_name,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		proc_scan_fds(proc, fd, pid);
		close(fd);
	}
	if (dir)
		closedir(dir);
	if (proc->count)
		qsort(proc->fds, proc->count, sizeof(*proc->fds),
		      proc_compare);
	return proc;
}

/**
 * proc_free() - forget who has which sockets open
 * @proc: what proc_scan() found
 */
void proc_free(struct proc *proc)
{
	if (!proc)
		return;
	free(proc->fds);
	free(proc);
}

/* The first descriptor of a socket, and how many there are. */
static const struct proc_fd *proc_find(const struct proc *proc, u64 inode,
				       size_t *count)
{
	size_t low = 0, high = proc->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (proc->fds[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	/* The inode of an orphan is 0, which no descriptor has. */
	while (low + *count < proc->count &&
	       proc->fds[low + *count].inode == inode)
		++*count;
	return *count ? proc->fds + low : NULL;
}

/**
 * proc_first() - who has a socket open, if one is enough
 * @proc: what proc_scan() found
 * @inode: inode of the socket
 * @pid: where to store the process, the one with the lowest number
 * @name: where to store its name, valid until proc_free()
 *
 * Return: whether one is known.
 */
bool proc_first(const struct proc *proc, u64 inode, u32 *pid,
		const char **name)
{
	const struct proc_fd *fd;
	size_t count;

	fd = inode ? proc_find(proc, inode, &count) : NULL;
	if (!fd)
		return false;
	*pid = fd->pid;
	*name = fd->name;
	return true;
}

/**
 * proc_text() - write who has a socket open
 * @proc: what proc_scan() found
 * @inode: inode of the socket
 * @text: where to write: 1234/nginx fd 5, or an empty string
 */
void proc_text(const struct proc *proc, u64 inode, char text[PROC_TEXT])
{
	const struct proc_fd *fd;
	size_t i, count, used = 0;

	fd = proc_find(proc, inode, &count);
	*text = '\0';
	for (i = 0; i < count && i < PROC_SHOWN; i++, fd++)
		used += snprintf(text + used, PROC_TEXT - used,
				 "%s%u/%s fd %u", i ? ", " : "", fd->pid,
				 fd->name, fd->fd);
	if (count > PROC_SHOWN)
		snprintf(text + used, PROC_TEXT - used, ", and %zu more",
			 count - PROC_SHOWN);
}

/**
 * proc_json() - tell who has a socket open
 * @proc: what proc_scan() found
 * @inode: inode of the socket
 *
 * Return: an array, empty if nobody is known to have it.
 */
json_t *proc_json(const struct proc *proc, u64 inode)
{
	json_t *array = json_array();
	const struct proc_fd *fd;
	size_t count;

	fd = proc_find(proc, inode, &count);
	for (; count; count--, fd++) {
		json_t *entry = json_pack("{s:I,s:s,s:I}", "pid",
					  (json_int_t)fd->pid, "name",
					  fd->name, "fd",
					  (json_int_t)fd->fd);

		if (json_array_append_new(array, entry))
			err_no_memory();
	}
	return array;
}
