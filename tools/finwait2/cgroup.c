// SPDX-License-Identifier: GPL-2.0
/*
 * Paths of cgroups
 *
 * The kernel tells the number of a cgroup, which is the inode of its directory
 * (version 2) and is not used again. The tree is read when a number is not known,
 * and no more often than the caller wants, for it may be that of a cgroup that is
 * gone. What was known stays known, as sockets outlive cgroups.
 */
#include <sys/types.h>

#include <fts.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "err.h"

#define CGROUP_MOUNTS	"/proc/self/mounts"

/* More than this are forgotten, and those that are there read again. */
#define CGROUP_KNOWN	32768

/**
 * struct cgroup_dir - the directory of a cgroup
 * @id: its inode
 * @path: its path, from where cgroups are mounted
 */
struct cgroup_dir {
	u64 id;
	char *path;
};

/**
 * struct cgroup - the cgroups there were
 * @root: where they are mounted, NULL if nowhere
 * @dirs: their directories, by inode
 * @count: their number
 * @fresh: the tree has been read since cgroup_renew()
 */
struct cgroup {
	char *root;
	struct cgroup_dir *dirs;
	size_t count;
	bool fresh;
};

static char *cgroup_copy(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		err_no_memory();
	return copy;
}

/* Where version 2 is mounted; the first place if there are several. */
static char *cgroup_root(void)
{
	FILE *mounts = setmntent(CGROUP_MOUNTS, "re");
	const struct mntent *mount;
	char *root = NULL;

	while (mounts && !root && (mount = getmntent(mounts))) {
		if (!strcmp(mount->mnt_type, "cgroup2"))
			root = cgroup_copy(mount->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return root;
}

static void cgroup_forget(struct cgroup *cgroup)
{
	size_t i;

	for (i = 0; i < cgroup->count; i++)
		free(cgroup->dirs[i].path);
	free(cgroup->dirs);
	cgroup->dirs = NULL;
	cgroup->count = 0;
}

static void cgroup_add(struct cgroup *cgroup, u64 id, const char *path)
{
	/* Grown at each power of two. */
	if (!(cgroup->count & (cgroup->count - 1))) {
		const size_t room = cgroup->count ? 2 * cgroup->count : 1;

		cgroup->dirs = realloc(cgroup->dirs,
				       room * sizeof(*cgroup->dirs));
		if (!cgroup->dirs)
			err_no_memory();
	}
	cgroup->dirs[cgroup->count++] = (struct cgroup_dir) {
		.id = id,
		.path = cgroup_copy(*path ? path : "/"),
	};
}

static int cgroup_compare(const void *a, const void *b)
{
	const struct cgroup_dir *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Among the first of them, which are in order. */
static const struct cgroup_dir *cgroup_find(const struct cgroup *cgroup,
					    size_t count, u64 id)
{
	const struct cgroup_dir key = { .id = id };

	return count ? bsearch(&key, cgroup->dirs, count,
			       sizeof(*cgroup->dirs), cgroup_compare) : NULL;
}

/* What cannot be read, or has gone meanwhile, is not known: no error. */
static void cgroup_scan(struct cgroup *cgroup)
{
	char *paths[2] = { cgroup->root };
	const size_t skip = strlen(cgroup->root);
	FTSENT *entry;
	size_t known;
	FTS *tree;

	if (cgroup->count > CGROUP_KNOWN)
		cgroup_forget(cgroup);
	known = cgroup->count;
	/* Without a look at each file: a cgroup has dozens of them. */
	tree = fts_open(paths, FTS_PHYSICAL | FTS_NOSTAT | FTS_NOCHDIR, NULL);
	while (tree && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_D &&
		    !cgroup_find(cgroup, known, entry->fts_ino))
			cgroup_add(cgroup, entry->fts_ino,
				   entry->fts_path + skip);
	}
	if (tree)
		fts_close(tree);
	if (cgroup->count)
		qsort(cgroup->dirs, cgroup->count, sizeof(*cgroup->dirs),
		      cgroup_compare);
}

/**
 * cgroup_open() - get ready to look up cgroups
 *
 * Return: what to look them up in, for cgroup_close().
 */
struct cgroup *cgroup_open(void)
{
	struct cgroup *cgroup = calloc(1, sizeof(*cgroup));

	if (!cgroup)
		err_no_memory();
	cgroup->root = cgroup_root();
	return cgroup;
}

/**
 * cgroup_close() - be done with looking up cgroups
 * @cgroup: what cgroup_open() returned
 */
void cgroup_close(struct cgroup *cgroup)
{
	cgroup_forget(cgroup);
	free(cgroup->root);
	free(cgroup);
}

/**
 * cgroup_renew() - read the tree again at the next number that is not known
 * @cgroup: what cgroup_open() returned
 */
void cgroup_renew(struct cgroup *cgroup)
{
	cgroup->fresh = false;
}

/**
 * cgroup_path() - the path of a cgroup
 * @cgroup: what cgroup_open() returned
 * @id: the cgroup's number
 *
 * Return: the path, valid until the next call, which may be of any bytes; NULL
 * if it is not known.
 */
const char *cgroup_path(struct cgroup *cgroup, u64 id)
{
	const struct cgroup_dir *dir;

	if (!cgroup->root)
		return NULL;
	dir = cgroup_find(cgroup, cgroup->count, id);
	if (!dir && !cgroup->fresh) {
		cgroup_scan(cgroup);
		cgroup->fresh = true;
		dir = cgroup_find(cgroup, cgroup->count, id);
	}
	return dir ? dir->path : NULL;
}
