/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where in the module this process has been
 *
 * On a kernel with KCOV, of which the module alone is instrumented. The places that
 * are, are listed in $FINWAIT2_SITES, or beside the module, a line for each: the
 * section, the offset in it, the source file (vm/sites makes it).
 */
#ifndef FW2_KCOV_H
#define FW2_KCOV_H

#include <linux/kcov.h>
#include <sys/mman.h>

#include "fw2.h"

#define KCOV_FILE	"/sys/kernel/debug/kcov"
#define KCOV_SITES	"/lib/finwait2/sites"
#define KCOV_SECTIONS	"/sys/module/finwait2/sections/"

/* So many places can one request pass, and then no more are told. */
#define KCOV_AREA	0x40000

/* The module's sections are not further apart. */
#define KCOV_SPAN	(16 << 20)

#define KCOV_SOURCES	64

struct kcov_source {
	char name[64];
	unsigned int sites, reached;
};

/**
 * struct kcov - where this process has been
 * @fd: the kernel's file, -1 without KCOV
 * @area: how many places were passed, and which
 * @base: address that @site begins with
 * @site: the source file of a place, by its address, counted from 1; 0 if there
 *	is none, negative once it was passed
 * @sources: the source files
 * @count: how many they are
 */
struct kcov {
	int fd;
	uint64_t *area;
	uint64_t base;
	signed char *site;
	struct kcov_source sources[KCOV_SOURCES];
	int count;
};

/* Where a section was loaded to, or 0. */
static uint64_t kcov_section(const char *name)
{
	unsigned long long address = 0;
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), KCOV_SECTIONS "%s", name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%llx", &address) != 1)
		address = 0;
	fclose(f);
	return address;
}

static int kcov_source(struct kcov *k, const char *name)
{
	int i;

	for (i = 0; i < k->count; i++) {
		if (!strcmp(k->sources[i].name, name))
			return i;
	}
	if (i == KCOV_SOURCES)
		return -1;
	snprintf(k->sources[i].name, sizeof(k->sources[i].name), "%s", name);
	k->count++;
	return i;
}

static int kcov_read_sites(struct kcov *k)
{
	const char *path = getenv("FINWAIT2_SITES");
	char section[64], name[64], last[64] = "";
	uint64_t start = 0, at;
	unsigned int offset;
	int source = 0;
	FILE *f;

	f = fopen(path ? path : KCOV_SITES, "re");
	if (!f)
		return -1;
	while (fscanf(f, "%63s %x %63s", section, &offset, name) == 3) {
		if (strcmp(section, last)) {
			start = kcov_section(section);
			snprintf(last, sizeof(last), "%s", section);
		}
		if (!start)
			continue;
		/* Its first section need not be the lowest. */
		if (!k->base)
			k->base = start - KCOV_SPAN / 2;
		at = start + offset - k->base;
		source = kcov_source(k, name);
		if (at >= KCOV_SPAN || source < 0)
			break;
		k->site[at] = source + 1;
		k->sources[source].sites++;
	}
	fclose(f);
	return k->count && source >= 0 ? 0 : -1;
}

/* Returns whether there is KCOV, and the module is instrumented. */
static bool kcov_open(struct kcov *k)
{
	memset(k, 0, sizeof(*k));
	k->fd = open(KCOV_FILE, O_RDWR | O_CLOEXEC);
	if (k->fd < 0)
		return false;
	k->site = calloc(1, KCOV_SPAN);
	if (k->site && !kcov_read_sites(k) &&
	    !ioctl(k->fd, KCOV_INIT_TRACE, KCOV_AREA)) {
		k->area = mmap(NULL, KCOV_AREA * sizeof(*k->area),
			       PROT_READ | PROT_WRITE, MAP_SHARED, k->fd, 0);
		if (k->area != MAP_FAILED &&
		    !ioctl(k->fd, KCOV_ENABLE, KCOV_TRACE_PC))
			return true;
	}
	free(k->site);
	close(k->fd);
	k->fd = -1;
	return false;
}

static void kcov_close(struct kcov *k)
{
	if (k->fd < 0)
		return;
	ioctl(k->fd, KCOV_DISABLE, 0);
	munmap(k->area, KCOV_AREA * sizeof(*k->area));
	close(k->fd);
	free(k->site);
}

static void kcov_begin(struct kcov *k)
{
	if (k->fd >= 0)
		__atomic_store_n(&k->area[0], 0, __ATOMIC_RELAXED);
}

/* Returns how many places were passed since then that never were before. */
static unsigned int kcov_end(struct kcov *k)
{
	unsigned int found = 0;
	uint64_t i, count, at;

	if (k->fd < 0)
		return 0;
	count = __atomic_load_n(&k->area[0], __ATOMIC_RELAXED);
	for (i = 1; i <= count; i++) {
		at = k->area[i] - k->base;
		if (at >= KCOV_SPAN || k->site[at] <= 0)
			continue;
		k->sources[k->site[at] - 1].reached++;
		k->site[at] = -k->site[at];
		found++;
	}
	return found;
}

static unsigned int kcov_print(const struct kcov *k)
{
	unsigned int reached = 0, sites = 0;
	int i;

	for (i = 0; i < k->count; i++) {
		const struct kcov_source *s = &k->sources[i];

		printf("# reached of %s: %u of %u\n", s->name, s->reached,
		       s->sites);
		reached += s->reached;
		sites += s->sites;
	}
	printf("# reached in all: %u of %u\n", reached, sites);
	fflush(stdout);
	return reached;
}

#endif
