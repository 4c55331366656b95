// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a file of the kernel's, or one that the program has left
 *
 * The first byte says which. The command that reads the file may fail, and then
 * says why; what it prints is what it should be.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "fake.h"
#include "fuzz.h"
#include "last.h"

#define FUZZ_IPV4	"/proc/sys/net/ipv4/"
#define FUZZ_CONNTRACK	"/proc/sys/net/netfilter/nf_conntrack_"
#define FUZZ_EFI	"/sys/firmware/efi/efivars/"
#define FUZZ_FILES	4
#define FUZZ_PATH	256

/* Which file, and which command reads it. */
static const struct {
	const char *path;
	const char *command;
	bool absent;	/* while the module is not there */
} fuzz_paths[] = {
#define LOADED(path, command)	{ path, command, false }
#define ABSENT(path)		{ path, "doctor", true }
	LOADED(FUZZ_IPV4 "tcp_fin_wait_2_flush_interval", "get"),
	LOADED(FUZZ_IPV4 "tcp_fin_wait_2_reset", "set"),
	LOADED(FUZZ_IPV4 "tcp_fin_wait_2_keepstop", "doctor"),
	LOADED(FUZZ_IPV4 "tcp_fin_timeout", "doctor"),
	LOADED(FUZZ_IPV4 "tcp_max_orphans", "doctor"),
	LOADED(FUZZ_CONNTRACK "tcp_timeout_fin_wait", "doctor"),
	LOADED(FUZZ_CONNTRACK "tcp_timeout_close_wait", "doctor"),
	LOADED(FUZZ_CONNTRACK "count", "doctor"),
	LOADED("/proc/net/sockstat", "doctor"),
	LOADED("/sys/module/finwait2/version", "doctor"),
	ABSENT("/sys/module/module/parameters/sig_enforce"),
	ABSENT("/sys/kernel/security/lockdown"),
	ABSENT(FUZZ_EFI "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"),
	ABSENT("/proc/sys/kernel/modules_disabled"),
	ABSENT("modules.dep"),
	ABSENT("updates/finwait2.ko"),
	LOADED("/proc/sys/kernel/random/boot_id", "show"),
	LOADED("/proc/self/mounts", "top"),
	LOADED("/proc/finwait2.conf", "apply"),
	LOADED("comm", "list"),
	LOADED("link", "list"),
	LOADED("show-7", NULL),
};

static unsigned int fuzz_command(const char *word)
{
	unsigned int command;

	for (command = 0; command < run_count; command++) {
		if (!strcmp(run_commands[command][0], word))
			return command;
	}
	abort();
}

static void fuzz_modules(char path[FUZZ_PATH], const char *file)
{
	struct utsname uts;

	uname(&uts);
	snprintf(path, FUZZ_PATH, "/lib/modules/%s/%s", uts.release, file);
}

static void fuzz_last(void)
{
	struct last then = { .netns = 7 }, now;
	unsigned int i;

	if (last_read(AT_FDCWD, &then))
		return;
	now = then;
	now.ms += 1000;
	if (last_span(&then, &now) && now.ms < then.ms)
		abort();
	for (i = 0; i < STATS_COUNTERS && last_span(&then, &now); i++) {
		/* Nothing has happened, unless it was not counted. */
		if (last_rate(&then, &now, i) > 0)
			abort();
	}
}

static void fuzz_run(const char *word, unsigned int style)
{
	const unsigned int command = fuzz_command(word);
	struct outcome outcome;
	const char *wrong;

	run_command(&outcome, command, style);
	wrong = run_check(&outcome, command, style);
	if (wrong) {
		fprintf(stderr, "%s %s: %s\n%s\n%s\n", word,
			style & RUN_JSON ? "-j" : "", wrong, outcome.err,
			outcome.out);
		abort();
	}
	run_free(&outcome);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	struct fake_file files[FUZZ_FILES];
	char path[FUZZ_PATH], dep[FUZZ_PATH];
	struct fake_plan plan = { .files = files };
	const char *word;
	unsigned int which, style;
	char *text;

	if (size < 2)
		return 0;
	which = data[0] % ARRAY_SIZE(fuzz_paths);
	style = data[1] % RUN_STYLES;
	data += 2;
	size -= 2;
	text = malloc(size + 1);
	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';

	word = fuzz_paths[which].command;
	snprintf(path, sizeof(path), "%s", fuzz_paths[which].path);
	if (*path != '/' && fuzz_paths[which].absent)
		fuzz_modules(path, fuzz_paths[which].path);
	files[plan.nfiles++] = (struct fake_file) { path, text, size };
	if (fuzz_paths[which].absent) {
		fuzz_modules(dep, "modules.dep");
		files[plan.nfiles++] = (struct fake_file) {
			dep, "updates/finwait2.ko:\n", 21
		};
		files[plan.nfiles++] = (struct fake_file) {
			"/sys/module/finwait2", NULL, 0
		};
		files[plan.nfiles++] = (struct fake_file) {
			FUZZ_IPV4 "tcp_fin_wait_2_flush_interval", NULL, 0
		};
	}
	if (!strcmp(path, "link"))
		plan.link = text;

	fake_begin(&plan);
	if (word)
		fuzz_run(word, style);
	else
		fuzz_last();
	fake_end();
	free(text);
	return 0;
}
