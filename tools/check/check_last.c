// SPDX-License-Identifier: GPL-2.0
/*
 * What is told from files that others, or other versions, have left
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "last.h"

#define FILE_NAME	"show-7"
#define HEAD		"finwait2 counters 1\n"
#define BODY		"boot b\nnetns 7\ntime 1000\nentered 10\n"

static int dir;

static int reads(void)
{
	struct last last = { .netns = 7 };

	return last_read(dir, &last) ? 0 : 1;
}

static void leave(const char *text, size_t len)
{
	const int fd = openat(dir, FILE_NAME, O_WRONLY | O_CREAT | O_TRUNC,
			      0600);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void try_text(const char *what, const char *text)
{
	leave(text, strlen(text));
	printf("%s: %d\n", what, reads());
}

static void try_texts(void)
{
	char large[8192] = HEAD BODY;

	try_text("good", HEAD BODY "end\n");
	try_text("no counters", HEAD "end\n");
	try_text("empty", "");
	try_text("no end", HEAD BODY);
	try_text("no newline", HEAD BODY "end");
	try_text("more", HEAD BODY "end\nend\n");
	try_text("other version", "finwait2 counters 2\n" BODY "end\n");
	try_text("no head", BODY "end\n");
	try_text("unknown", HEAD BODY "sung 1\nend\n");
	try_text("negative", HEAD BODY "adopted -1\nend\n");
	try_text("hexadecimal", HEAD BODY "adopted ff\nend\n");
	try_text("no value", HEAD BODY "adopted\040\nend\n");
	try_text("no blank", HEAD BODY "adopted\nend\n");
	try_text("too large", HEAD BODY "adopted 18446744073709551616\nend\n");
	try_text("largest", HEAD BODY "adopted 18446744073709551615\nend\n");
	try_text("long boot", HEAD "boot 0123456789012345678901234567890123456789\nend\n");
	leave(HEAD BODY "end\n\0", sizeof(HEAD BODY "end\n"));
	printf("NUL: %d\n", reads());
	while (strlen(large) < 5000)
		strcat(large, "adopted 1\n");
	strcat(large, "end\n");
	try_text("too long", large);
}

static void try_files(void)
{
	leave(HEAD BODY "end\n", strlen(HEAD BODY "end\n"));
	if (renameat(dir, FILE_NAME, dir, "other") ||
	    symlinkat("other", dir, FILE_NAME))
		abort();
	printf("symbolic link: %d\n", reads());
	unlinkat(dir, FILE_NAME, 0);
	printf("none: %d\n", reads());
	if (mkdirat(dir, FILE_NAME, 0700))
		abort();
	printf("directory: %d\n", reads());
	unlinkat(dir, FILE_NAME, AT_REMOVEDIR);
	if (mkfifoat(dir, FILE_NAME, 0600))
		abort();
	printf("FIFO: %d\n", reads());
	unlinkat(dir, FILE_NAME, 0);
	if (renameat(dir, "other", dir, FILE_NAME))
		abort();
	printf("back again: %d\n", reads());
	fchmodat(dir, FILE_NAME, 0620, 0);
	printf("group may write: %d\n", reads());
	fchmodat(dir, FILE_NAME, 0602, 0);
	printf("all may write: %d\n", reads());
	fchmodat(dir, FILE_NAME, 0644, 0);
	printf("all may read: %d\n", reads());
	/* Only root can give it away. */
	if (!fchownat(dir, FILE_NAME, 65534, 65534, 0))
		printf("another's: %d\n", reads());
	else
		puts("another's: 0");
	unlinkat(dir, FILE_NAME, 0);
}

static void print_span(const char *what, const struct last *then,
		       const struct last *now)
{
	printf("%s: %llu ms", what, last_span(then, now));
	if (last_span(then, now))
		printf(", %g, %g a second", last_rate(then, now, 1),
		       last_rate(then, now, 2));
	putchar('\n');
}

static void try_rates(void)
{
	struct last then = {
		.boot = "0123-abcd", .netns = 7, .ms = 1000,
		.counted = 1U << 1, .counters = { [1] = 10 },
	};
	struct last now = then, again = { .netns = 7 };
	struct stat st;

	last_write(dir, &then);
	if (fstatat(dir, FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) ||
	    last_read(dir, &again))
		abort();
	printf("mode %o, same: %d\n", st.st_mode & 07777,
	       !memcmp(&then, &again, sizeof(then)));

	print_span("no time", &then, &now);
	now.ms += 2500;
	print_span("no more", &then, &now);
	now.counters[1] += 5;
	print_span("five", &then, &now);
	now.counted |= 1U << 2;
	print_span("a new counter", &then, &now);
	now.counters[1] = 9;
	print_span("backwards", &then, &now);
	now.counters[1] = 10;
	now.netns = 8;
	print_span("another namespace", &then, &now);
	now.netns = 7;
	now.boot[0]++;
	print_span("another boot", &then, &now);
	now.boot[0]--;
	now.ms = 999;
	print_span("back in time", &then, &now);

	/* A link is replaced, what it leads to is not. */
	if (symlinkat("other", dir, "show-9"))
		abort();
	then.netns = 9;
	last_write(dir, &then);
	printf("written through a link: %d\n",
	       !faccessat(dir, "other", F_OK, 0));
	if (fstatat(dir, "show-9", &st, AT_SYMLINK_NOFOLLOW))
		abort();
	printf("replaced it: %d\n", S_ISREG(st.st_mode));
	unlinkat(dir, "show-9", 0);
	unlinkat(dir, FILE_NAME, 0);
}

int main(void)
{
	char path[] = "/tmp/check_last.XXXXXX";

	if (!mkdtemp(path))
		return 1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return 1;
	try_texts();
	try_files();
	try_rates();
	close(dir);
	/* Nothing is left behind, a temporary file neither. */
	printf("empty: %d\n", !rmdir(path));
	return 0;
}
