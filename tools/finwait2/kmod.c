// SPDX-License-Identifier: GPL-2.0
/*
 * The module: whether it is loaded, or why it is not
 *
 * modprobe says little of its reasons, and to whom it is run by nothing at all.
 * They are looked for in the order in which the kernel would come upon them.
 */
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor.h"
#include "err.h"
#include "file.h"
#include "kmod.h"
#include "sysctl.h"

#define KMOD_DIR	"/lib/modules"
#define KMOD_SYS	"/sys/module/finwait2"
#define KMOD_FILE	"finwait2.ko"
#define KMOD_MODINFO	"/sbin/modinfo"

/* The first 4 bytes are attributes of the variable, the fifth is its value. */
#define KMOD_SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* A line of modules.dep: a file below the directory, a colon, what it needs. */
static bool kmod_is_ours(char *line)
{
	static const char * const packings[] = { "", ".xz", ".gz", ".zst" };
	const size_t len = strlen(KMOD_FILE);
	const char *name;
	size_t i;

	line[strcspn(line, ":\n")] = '\0';
	name = strrchr(line, '/');
	name = name ? name + 1 : line;
	if (strncmp(name, KMOD_FILE, len))
		return false;
	for (i = 0; i < ARRAY_SIZE(packings); i++) {
		if (!strcmp(name + len, packings[i]))
			return true;
	}
	return false;
}

/* Find the module in the index of the modules of one kernel. */
static bool kmod_find(const char *dir, char *path, size_t size)
{
	char *line = NULL;
	bool found = false;
	size_t room = 0;
	FILE *file;

	snprintf(path, size, "%s/modules.dep", dir);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0)
		found = kmod_is_ours(line);
	if (found)
		snprintf(path, size, "%s%s%s", *line == '/' ? "" : dir,
			 *line == '/' ? "" : "/", line);
	free(line);
	fclose(file);
	return found;
}

/* A kernel for which it is installed, when it is not for this one. */
static bool kmod_find_other(char *release, size_t size)
{
	char path[PATH_MAX];
	bool found = false;
	glob_t dirs;
	size_t i;

	if (glob(KMOD_DIR "/*", 0, NULL, &dirs))
		return false;
	for (i = 0; i < dirs.gl_pathc && !found; i++) {
		found = kmod_find(dirs.gl_pathv[i], path, sizeof(path));
		if (found)
			snprintf(release, size, "%s",
				 dirs.gl_pathv[i] + strlen(KMOD_DIR "/"));
	}
	globfree(&dirs);
	return found;
}

static bool kmod_check_installed(struct doctor *doctor, const char *kernel,
				 char *path, size_t size)
{
	/* What insmod has loaded works, until the next boot. */
	enum verdict bad = doctor->loaded ? VERDICT_WARN : VERDICT_FAIL;
	char dir[128], other[256], advice[256];

	snprintf(dir, sizeof(dir), KMOD_DIR "/%s", kernel);
	if (kmod_find(dir, path, size)) {
		doctor_say(doctor, VERDICT_OK, "installed", NULL, "%s", path);
		return true;
	}
	snprintf(path, size, "%s/updates/" KMOD_FILE, dir);
	if (!access(path, F_OK)) {
		snprintf(advice, sizeof(advice), "run 'depmod %s'", kernel);
		doctor_say(doctor, bad, "installed", advice,
			   "%s is not in the index of modules", path);
		return false;
	}
	snprintf(advice, sizeof(advice),
		 "install the headers of kernel %s, then run 'make && make install'",
		 kernel);
	if (kmod_find_other(other, sizeof(other)))
		doctor_say(doctor, bad, "installed", advice,
			   "for kernel %s, but not for %s, which runs", other,
			   kernel);
	else
		doctor_say(doctor, bad, "installed", advice,
			   "not for kernel %s", kernel);
	return false;
}

/*
 * A field of the module, "" if it has none; false if it cannot be told. modinfo knows
 * how modules are packed, and signed.
 */
static bool kmod_field(const char *path, const char *field, char *text,
		       size_t size)
{
	const char * const argv[] = { "modinfo", "-F", field, path, NULL };
	posix_spawn_file_actions_t actions;
	int status, error, fds[2];
	size_t done = 0;
	ssize_t len;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	error = posix_spawn(&pid, KMOD_MODINFO, &actions, NULL,
			    (char * const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	while (!error && done < size - 1 &&
	       (len = read(fds[0], text + done, size - 1 - done)) > 0)
		done += len;
	close(fds[0]);
	if (error || waitpid(pid, &status, 0) < 0 || status)
		return false;
	text[done] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

/* For which kernel it was built: "6.12.1-amd64 SMP preempt mod_unload". */
static void kmod_check_vermagic(struct doctor *doctor, const char *kernel,
				char *built)
{
	built[strcspn(built, " ")] = '\0';
	if (strcmp(built, kernel))
		doctor_say(doctor, VERDICT_FAIL, "vermagic",
			   "run 'make clean && make && make install', or 'dkms autoinstall'",
			   "built for kernel %s, but %s runs", built, kernel);
	else
		doctor_say(doctor, VERDICT_OK, "vermagic", NULL,
			   "built for this kernel");
}

/* Why the kernel would want a signature; NULL if it does not. */
static const char *kmod_enforced(void)
{
	char text[128];

	if (file_word("/sys/module/module/parameters/sig_enforce", text,
		      sizeof(text)) && *text == 'Y')
		return "module.sig_enforce is set";
	/* The mode that is on is in brackets. */
	if (file_word("/sys/kernel/security/lockdown", text, sizeof(text)) &&
	    strchr(text, '[') && !strstr(text, "[none]"))
		return "the kernel is locked down";
	return NULL;
}

static bool kmod_secure_boot(void)
{
	size_t len = 0;
	char *value = file_load(KMOD_SECURE_BOOT, &len);
	bool on = value && len == 5 && value[4] == 1;

	free(value);
	return on;
}

static void kmod_check_signature(struct doctor *doctor, bool is_signed)
{
	const char *why = kmod_enforced();
	const char *boot = kmod_secure_boot() ? " (Secure Boot is on)" : "";

	if (!why)
		doctor_say(doctor, VERDICT_OK, "signature", NULL,
			   "the kernel does not ask for one%s", boot);
	else if (is_signed)
		doctor_say(doctor, VERDICT_WARN, "signature",
			   "if its key is refused, enrol it with 'mokutil --import'",
			   "the module has one, and %s%s", why, boot);
	else
		doctor_say(doctor, VERDICT_FAIL, "signature",
			   "sign the module with a key that is enrolled (mokutil), as dkms does",
			   "the module has none, and %s%s", why, boot);
}

static void kmod_check_file(struct doctor *doctor, const char *kernel,
			    const char *path)
{
	char built[256], signature[256];

	if (!kmod_field(path, "vermagic", built, sizeof(built)) ||
	    !kmod_field(path, "sig_id", signature, sizeof(signature))) {
		doctor_say(doctor, VERDICT_WARN, "file",
			   "install kmod, or the module anew",
			   KMOD_MODINFO " can say nothing of it");
		return;
	}
	kmod_check_vermagic(doctor, kernel, built);
	kmod_check_signature(doctor, *signature);
}

static void kmod_check_absent(struct doctor *doctor, const char *kernel)
{
	char path[PATH_MAX];
	bool installed;
	u64 disabled;

	installed = kmod_check_installed(doctor, kernel, path, sizeof(path));
	if (installed)
		kmod_check_file(doctor, kernel, path);
	if (file_number("/proc/sys/kernel/modules_disabled", &disabled) &&
	    disabled)
		doctor_say(doctor, VERDICT_FAIL, "modules_disabled",
			   "boot again, and load finwait2 before that is set",
			   "the kernel takes no modules any more");
}

static void kmod_check_version(struct doctor *doctor)
{
	char version[64];

	if (!file_word(KMOD_SYS "/version", version, sizeof(version)))
		return;
	if (strcmp(version, VERSION))
		doctor_say(doctor, VERDICT_WARN, "version",
			   "install both from one source, then load the module anew",
			   "the module is %s, this program %s", version,
			   VERSION);
	else
		doctor_say(doctor, VERDICT_OK, "version", NULL,
			   "%s, module and program", version);
}

/*
 * Whether the last check of a socket and its abort are one step: the kernel has
 * to let BPF programs abort sockets. This file is there if it has BPF programs.
 */
static void kmod_check_atomic(struct doctor *doctor, const char *kernel)
{
	static const char advice[] =
		"see design.rst for what may come in between";
	unsigned int major, minor;

	if (sscanf(kernel, "%u.%u", &major, &minor) != 2)
		return;
	if (major < 6 || (major == 6 && minor < 5))
		doctor_say(doctor, VERDICT_WARN, "atomic", advice,
			   "before Linux 6.5 a flush is not one step");
	else if (access("/proc/sys/kernel/unprivileged_bpf_disabled", F_OK))
		doctor_say(doctor, VERDICT_WARN, "atomic", advice,
			   "without CONFIG_BPF_SYSCALL a flush is not one step");
	else
		doctor_say(doctor, VERDICT_OK, "atomic", NULL,
			   "a flush is one step");
}

/**
 * kmod_check() - say whether the module is loaded, or why it is not
 * @doctor: the examination, of which this sets @loaded
 */
void kmod_check(struct doctor *doctor)
{
	char path[PATH_MAX];
	struct utsname uts;

	uname(&uts);
	/* Where /sys is not mounted, the limits tell. */
	doctor->loaded = !access(KMOD_SYS, F_OK) ||
			 !access("/proc/sys/net/ipv4/" SYSCTL_PREFIX
				 "flush_interval", F_OK);
	if (!doctor->loaded) {
		doctor_say(doctor, VERDICT_FAIL, "module",
			   "run 'modprobe finwait2', once nothing below fails",
			   "not loaded");
		kmod_check_absent(doctor, uts.release);
		return;
	}
	doctor_say(doctor, VERDICT_OK, "module", NULL, "loaded");
	kmod_check_installed(doctor, uts.release, path, sizeof(path));
	kmod_check_version(doctor);
	kmod_check_atomic(doctor, uts.release);
}
