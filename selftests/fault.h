/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations that fail, one after the other, and what then becomes of it all */
#ifndef FW2_TEST_FAULT_H
#define FW2_TEST_FAULT_H

#include <ctype.h>
#include <dirent.h>
#include <sys/klog.h>

#include "fw2.h"
#include "text.h"

#define FW2_FAULT_DEBUG	"/sys/kernel/debug/"

/* What is called in vain with none left would go on for ever. */
#define FW2_FAULT_MOST	5000

/* The module is loaded to about the same place each time. */
#define FW2_FAULT_NEAR	(128UL << 20)

#define FW2_FAULT_SITES	256

/*
 * Where allocations failed: by how the module came to make them, as the kernel logs
 * it. Those that are made with __GFP_NOWARN are not logged.
 */
struct fw2_sites {
	int	n;
	char	site[FW2_FAULT_SITES][80];
};

struct fw2_fault {
	int			nth;
	int			log;
	struct fw2_sites	sites;
};

/* Of slabs and of pages alike. */
static inline int fw2_attribute(format(printf, 2, 3))
fw2_fault_set(const char *name, const char *format, ...)
{
	static const char *const what[] = { "failslab", "fail_page_alloc" };
	char path[128], text[32];
	va_list args;
	int i, err = 0;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), FW2_FAULT_DEBUG "%s/%s", what[i],
			 name);
		err |= fw2_write_file(path, text);
	}
	return err;
}

/* Why nothing can be made to fail here, or NULL. */
static inline const char *fw2_fault_missing(void)
{
	if (access("/proc/self/fail-nth", W_OK))
		return "kernel without CONFIG_FAULT_INJECTION, or debugfs";
	if (access(FW2_FAULT_DEBUG "failslab", F_OK))
		return "kernel without CONFIG_FAILSLAB, or debugfs";
	if (access(FW2_FAULT_DEBUG "fail_page_alloc", F_OK))
		return "kernel without CONFIG_FAIL_PAGE_ALLOC";
	if (access(FW2_FAULT_DEBUG "failslab/require-start", F_OK))
		return "kernel without CONFIG_FAULT_INJECTION_STACKTRACE_FILTER";
	return NULL;
}

/* Where the module is, or was: /proc/modules says it of what is loaded. */
static inline unsigned long fw2_fault_where(void)
{
	static unsigned long where;
	char line[256];
	FILE *f = fopen("/proc/modules", "re");

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "finwait2 %*u %*d %*s %*s %lx", &where);
	if (f)
		fclose(f);
	return where;
}

/* Let that fail only what the module has called for, or anything. */
static inline int fw2_fault_only_ours(bool ours)
{
	unsigned long where = ours ? fw2_fault_where() : 0;

	if (ours && !where)
		return -1;
	return fw2_fault_set("stacktrace-depth", "32") |
	       fw2_fault_set("require-start", "0x%lx",
			     ours ? where - FW2_FAULT_NEAR : 0) |
	       fw2_fault_set("require-end", "0x%lx",
			     ours ? where + FW2_FAULT_NEAR : ULONG_MAX);
}

/*
 * kmemleak is to go on: it gives up for good when it finds no memory for its own
 * notes, which it takes whenever something else is allocated.
 */
static inline int fw2_fault_spare_kmemleak(void)
{
	unsigned long at, first = 0, end = 0;
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[256], name[128];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx %*c %127s", &at, name) != 2 ||
		    (strncmp(name, "__create_object", 15) &&
		     strncmp(name, "__alloc_object", 14)) ||
		    /* What is not run lies elsewhere, with all between. */
		    strstr(name, ".cold"))
			continue;
		if (!first || at < first)
			first = at;
		if (at >= end)
			end = at + 1024;
	}
	if (f)
		fclose(f);
	return fw2_fault_set("reject-start", "0x%lx", first) |
	       fw2_fault_set("reject-end", "0x%lx", end);
}

/* Has it, where there is such a thing? It refuses everything when it has given up. */
static inline bool fw2_fault_kmemleak_gone(void)
{
	return !access(FW2_FAULT_DEBUG "kmemleak", F_OK) &&
	       fw2_write_file(FW2_FAULT_DEBUG "kmemleak", "stack=on");
}

/* No fault by chance; who asks for the nth gets it, whatever he could wait for. */
static inline int fw2_fault_begin(struct fw2_fault *f)
{
	f->sites.n = 0;
	f->nth = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	f->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (f->nth < 0 || f->log < 0 || lseek(f->log, 0, SEEK_END) < 0)
		return -1;
	/* What is logged is read; a serial line takes longer than all else. */
	klogctl(8, NULL, 1);
	return fw2_fault_set("probability", "0") |
	       fw2_fault_set("interval", "1") |
	       fw2_fault_set("space", "0") |
	       fw2_fault_set("times", "-1") |
	       fw2_fault_set("task-filter", "N") |
	       fw2_fault_set("ignore-gfp-wait", "N") |
	       fw2_fault_set("verbose", "2") |
	       fw2_fault_set("verbose_ratelimit_interval_ms", "0") |
	       fw2_write_file(FW2_FAULT_DEBUG "fail_page_alloc/min-order", "0") |
	       fw2_fault_spare_kmemleak() |
	       fw2_fault_only_ours(false);
}

static inline void fw2_fault_end(struct fw2_fault *f)
{
	fw2_fault_set("probability", "0");
	fw2_fault_set("task-filter", "N");
	fw2_fault_set("times", "1");
	fw2_fault_set("reject-start", "0");
	fw2_fault_set("reject-end", "0");
	fw2_fault_only_ours(false);
	klogctl(8, NULL, 7);
	close(f->nth);
	close(f->log);
}

/* Have the nth allocation of this process fail, from here on; 0: none. */
static inline void fw2_fault_nth(struct fw2_fault *f, int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(f->nth, text, len, 0) != len)
		abort();
}

/* Has it failed? None does from here on. */
static inline bool fw2_fault_hit(struct fw2_fault *f)
{
	char text[16] = "";

	if (pread(f->nth, text, sizeof(text) - 1, 0) <= 0)
		abort();
	fw2_fault_nth(f, 0);
	return !atoi(text);
}

static inline void fw2_sites_add(struct fw2_sites *s, const char *site, int len)
{
	int i;

	for (i = 0; i < s->n; i++) {
		if (!strncmp(s->site[i], site, len) && !s->site[i][len])
			return;
	}
	if (s->n < FW2_FAULT_SITES && len < (int)sizeof(s->site[0])) {
		snprintf(s->site[s->n], sizeof(s->site[0]), "%.*s", len, site);
		s->n++;
	}
}

/* Find out from the log where the module was when allocations failed. */
static inline void fw2_fault_read_log(struct fw2_fault *f)
{
	bool failed = false;
	char record[2048], *text, *end;
	ssize_t n;

	while ((n = read(f->log, record, sizeof(record) - 1)) > 0 ||
	       (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		record[n] = 0;
		text = strchr(record, ';');
		if (!text++)
			continue;
		if (strstr(text, "FAULT_INJECTION: forcing a failure"))
			failed = true;
		while (isspace((unsigned char)*text))
			text++;
		end = strstr(text, " [finwait2");
		/* What begins with a question mark is left from before. */
		if (!failed || !end || *text == '?')
			continue;
		fw2_sites_add(&f->sites, text, end - text);
		failed = false;
	}
}

/**
 * struct fw2_op - something that may fail
 * @name: what it is
 * @prepare: have all as it is before; or NULL
 * @run: do it, and return 0 or -errno
 * @verify: is all as it was before, or done, if @err is 0? Returns 0 if so
 * @arg: for these
 */
struct fw2_op {
	const char	*name;
	int		(*prepare)(void *arg);
	int		(*run)(void *arg);
	int		(*verify)(void *arg, int err);
	void		*arg;
};

static inline int fw2_say_failure(const struct fw2_op *op, int n, int err,
				  const char *what)
{
	printf("# %s: the %dth allocation failed: %d: %s\n", op->name, n, err,
	       what);
	fflush(stdout);
	return -1;
}

/*
 * Do it again and again, and have each of its allocations fail once, until it is
 * done without. Returns how many there were, or -1.
 */
static inline int fw2_inject(struct fw2_fault *f, const struct fw2_op *op)
{
	int n, err, borne = 0;
	bool hit = true;

	f->sites.n = 0;
	for (n = 1; hit; n++) {
		if (n > FW2_FAULT_MOST)
			return fw2_say_failure(op, n, 0, "there is no end");
		if (op->prepare && op->prepare(op->arg))
			return fw2_say_failure(op, n, 0, "cannot prepare");
		fw2_fault_nth(f, n);
		err = op->run(op->arg);
		hit = fw2_fault_hit(f);
		fw2_fault_read_log(f);
		if (!hit && err)
			return fw2_say_failure(op, n, err, "fails by itself");
		borne += hit && !err;
		if (op->verify(op->arg, err))
			return fw2_say_failure(op, n, err, "left in between");
	}
	/* The last one was none. */
	n -= 2;
	printf("# %s: %d allocations failed, %d of them did no harm; %d places in the module\n",
	       op->name, n, borne, f->sites.n);
	for (err = 0; err < f->sites.n; err++)
		printf("# %s: at %s\n", op->name, f->sites.site[err]);
	fflush(stdout);
	return n;
}

/* Whatever the kernel's own threads allocate may fail, too, or not any more. */
static inline void fw2_fault_kthreads(bool fail)
{
	char path[64], comm[32];
	struct dirent *d;
	DIR *dir = opendir("/proc");
	FILE *f;

	while (dir && (d = readdir(dir))) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/comm", d->d_name);
		f = fopen(path, "re");
		if (!f || !fgets(comm, sizeof(comm), f))
			comm[0] = 0;
		if (f)
			fclose(f);
		/* Workers inherit it from the one that makes them. */
		if (strncmp(comm, "kworker", 7) && strncmp(comm, "kthreadd", 8))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/make-it-fail",
			 d->d_name);
		fw2_write_file(path, fail ? "1" : "0");
	}
	if (dir)
		closedir(dir);
	fw2_fault_set("task-filter", fail ? "Y" : "N");
}

#endif
