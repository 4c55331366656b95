// SPDX-License-Identifier: GPL-2.0
/*
 * The counters at the last call, to tell how fast they grow
 *
 * They are kept in a small file for each network namespace, in a directory of
 * the user's own that does not outlive the boot. It helps whoever has it and is
 * missed by nobody: what cannot be read or written is no error, there are only
 * no rates.
 *
 * Root reads the file, too, so it is to be nobody else's: no directory and no
 * file that others own, or may write to, and no symbolic link. Root does not
 * ask the environment where its directory is. A file is replaced by one that is
 * complete, so that two programs that run at once do not mix theirs.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "last.h"
#include "word.h"

#define LAST_DIR	"finwait2"
#define LAST_MAGIC	"finwait2 counters 1"
#define LAST_MAX	4096

/**
 * last_take() - note what was counted by now
 * @last: where to
 * @stats: the counters
 *
 * Return: 0, or -1 if it is not known what now or here is.
 */
int last_take(struct last *last, const struct stats *stats)
{
	const struct attr *attr;
	struct timespec now;
	struct stat netns;
	unsigned int i;

	memset(last, 0, sizeof(*last));
	if (!file_word("/proc/sys/kernel/random/boot_id", last->boot,
		       sizeof(last->boot)) ||
	    stat("/proc/self/ns/net", &netns) ||
	    clock_gettime(CLOCK_BOOTTIME, &now))
		return -1;
	last->netns = netns.st_ino;
	last->ms = now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
	for (i = 0; i < STATS_COUNTERS; i++) {
		attr = stats_value(stats, i);
		if (!attr->present || stats_is_gauge(i))
			continue;
		last->counted |= 1U << i;
		last->counters[i] = attr->number;
	}
	return 0;
}

/*
 * Nobody else can have a say in it. With @sticky, others may have files there,
 * but not touch those of this user, as in a /run that is a tmpfs of a container.
 */
static bool last_is_own(int fd, mode_t type, mode_t sticky)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & S_IFMT) == type &&
	       st.st_uid == geteuid() &&
	       (!(st.st_mode & 022) || st.st_mode & sticky);
}

static int last_open_dir(int at, const char *path, mode_t sticky)
{
	const int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			      O_CLOEXEC);

	if (fd >= 0 && !last_is_own(fd, S_IFDIR, sticky)) {
		close(fd);
		return -1;
	}
	return fd;
}

/**
 * last_open() - open the directory of the files, which is made if need be
 *
 * Return: a file descriptor, or -1.
 */
int last_open(void)
{
	const char *run = geteuid() ? getenv("XDG_RUNTIME_DIR") : "/run";
	int base, dir;

	if (!run || *run != '/')
		return -1;
	base = last_open_dir(AT_FDCWD, run, S_ISVTX);
	if (base < 0)
		return -1;
	mkdirat(base, LAST_DIR, 0700);
	dir = last_open_dir(base, LAST_DIR, 0);
	close(base);
	return dir;
}

static void last_name(char *name, size_t size, u64 netns)
{
	snprintf(name, size, "show-%llu", netns);
}

/* A line after the first: "end", or a name and what it says. */
static int last_read_line(struct last *last, char *line)
{
	char *value = strchr(line, ' ');
	unsigned int i;

	if (!value)
		return -1;
	*value++ = '\0';
	if (!strcmp(line, "boot")) {
		if (strlen(value) >= sizeof(last->boot))
			return -1;
		strcpy(last->boot, value);
		return 0;
	}
	if (!strcmp(line, "netns"))
		return word_u64(value, &last->netns);
	if (!strcmp(line, "time"))
		return word_u64(value, &last->ms);
	for (i = 0; i < STATS_COUNTERS; i++) {
		if (strcmp(line, stats_name(i)))
			continue;
		last->counted |= 1U << i;
		return word_u64(value, &last->counters[i]);
	}
	return -1;
}

static int last_parse(struct last *last, char *text)
{
	char *line, *next;

	for (line = text; (next = strchr(line, '\n')); line = next) {
		*next++ = '\0';
		if (line == text) {
			if (strcmp(line, LAST_MAGIC))
				return -1;
		} else if (!strcmp(line, "end")) {
			return *next ? -1 : 0;
		} else if (last_read_line(last, line)) {
			return -1;
		}
	}
	return -1;
}

/**
 * last_read() - read the counters of the last call
 * @dir: what last_open() returned
 * @last: where to store them; its namespace says which
 *
 * Return: 0, or -1 if there are none, or none to be trusted.
 */
int last_read(int dir, struct last *last)
{
	char text[LAST_MAX + 1], name[32];
	ssize_t len = -1;
	int fd;

	last_name(name, sizeof(name), last->netns);
	memset(last, 0, sizeof(*last));
	/* Whatever it is, opening it does not wait. */
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (last_is_own(fd, S_IFREG, 0))
		len = read(fd, text, LAST_MAX);
	close(fd);
	if (len < 0)
		return -1;
	text[len] = '\0';
	/* A NUL within would hide what follows. */
	return strlen(text) == (size_t)len ? last_parse(last, text) : -1;
}

static int last_write_file(int fd, const struct last *last)
{
	FILE *file = fdopen(fd, "w");
	unsigned int i;

	if (!file) {
		close(fd);
		return -1;
	}
	fprintf(file, LAST_MAGIC "\nboot %s\nnetns %llu\ntime %llu\n",
		last->boot, last->netns, last->ms);
	for (i = 0; i < STATS_COUNTERS; i++) {
		if (last->counted & 1U << i)
			fprintf(file, "%s %llu\n", stats_name(i),
				last->counters[i]);
	}
	fputs("end\n", file);
	return fclose(file);
}

/**
 * last_write() - keep the counters for the next call
 * @dir: what last_open() returned
 * @last: the counters
 */
void last_write(int dir, const struct last *last)
{
	char name[32], temporary[64];
	int fd;

	last_name(name, sizeof(name), last->netns);
	snprintf(temporary, sizeof(temporary), "%s.%jd", name,
		 (intmax_t)getpid());
	/* Of a process that had this number and died. */
	unlinkat(dir, temporary, 0);
	fd = openat(dir, temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (last_write_file(fd, last) || renameat(dir, temporary, dir, name))
		unlinkat(dir, temporary, 0);
}

/**
 * last_span() - how much time lies between two calls
 * @then: what last_read() stored
 * @now: what last_take() stored
 *
 * Return: milliseconds, or 0 if the two cannot be compared: they are not of one
 * boot and one namespace, or the module was loaded anew in between, as a counter
 * that has gone back tells.
 */
u64 last_span(const struct last *then, const struct last *now)
{
	const u32 both = then->counted & now->counted;
	unsigned int i;

	if (strcmp(then->boot, now->boot) || then->netns != now->netns ||
	    then->ms > now->ms)
		return 0;
	for (i = 0; i < STATS_COUNTERS; i++) {
		if (both & 1U << i && then->counters[i] > now->counters[i])
			return 0;
	}
	return now->ms - then->ms;
}

/**
 * last_rate() - how fast a counter grows
 * @then: what last_read() stored
 * @now: what last_take() stored; last_span() is not 0
 * @counter: which counter
 *
 * Return: how much a second, or -1 if this is not known.
 */
double last_rate(const struct last *then, const struct last *now,
		 unsigned int counter)
{
	if (!(then->counted & now->counted & 1U << counter))
		return -1;
	return (now->counters[counter] - then->counters[counter]) * 1000.0 /
	       (now->ms - then->ms);
}
