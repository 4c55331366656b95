// SPDX-License-Identifier: GPL-2.0
/*
 * The module: whether it is loaded, or why it is not
 *
 * modprobe says little of its reasons, and to whom it is run by nothing at all.
 * They are looked for in the order in which the kernel would come upon them.
 */
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor.h"
#include "err.h"
#include "file.h"
#include "kmod.h"
#include "sysctl.h"

#define KMOD_DIR	"/lib/modules"
#define KMOD_SYS	"/sys/module/finwait2"
#define KMOD_FILE	"finwait2.ko"

/* The first 4 bytes are attributes of the variable, the fifth is its value. */
#define KMOD_SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* What a file of a module ends with if it is signed. */
static const char kmod_signature[] = "~Module signature appended~\n";

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

/* For which kernel it was built: "6.12.1-amd64 SMP preempt mod_unload". */
static void kmod_check_vermagic(struct doctor *doctor, const char *kernel,
				const char *file, size_t len)
{
	/* With the end of the string before it, so that it is one's begin. */
	static const char key[] = "\0vermagic=";
	const size_t size = sizeof(key) - 1;
	const char *at = memmem(file, len, key, size);
	char built[128] = "";

	if (!at)
		return;
	at += size;
	snprintf(built, sizeof(built), "%.*s",
		 (int)strnlen(at, file + len - at), at);
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

static void kmod_check_signature(struct doctor *doctor, const char *file,
				 size_t len)
{
	const size_t size = strlen(kmod_signature);
	bool is_signed = len >= size && !memcmp(file + len - size,
						kmod_signature, size);
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

/* What is wrong with the file, if it is not packed. */
static void kmod_check_file(struct doctor *doctor, const char *kernel,
			    const char *path)
{
	const size_t suffix = strlen(".ko");
	size_t len = strlen(path);
	char *file;

	if (len < suffix || strcmp(path + len - suffix, ".ko"))
		return;
	file = file_load(path, &len);
	if (!file)
		return;
	kmod_check_vermagic(doctor, kernel, file, len);
	kmod_check_signature(doctor, file, len);
	free(file);
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
