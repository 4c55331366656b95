// SPDX-License-Identifier: GPL-2.0
/*
 * Limits of a kernel that is made up
 */
#include <string.h>

#include "err.h"
#include "sysctl.h"

static const struct {
	const char *name;
	u64 value;
} sysctls[] = {
	{ "flush_interval", 675000 },
	{ "shut_interval", 60000 },
	{ "max_age", 0 },
	{ "orphan_interval", 1 },
	{ "keepstart", 1500 },
	{ "keepstop", 2073600000 },
	{ "adaptive_start", 4096 },
	{ "adaptive_end", 0 },
	{ "reset", 1 },
	{ "observe", 0 },
};

bool sysctl_exists(const char *name)
{
	u64 value;

	return !sysctl_read(name, &value);
}

int sysctl_read(const char *name, u64 *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sysctls); i++) {
		if (strcmp(name, sysctls[i].name))
			continue;
		*value = sysctls[i].value;
		return 0;
	}
	return STATUS_FAILED;
}

int sysctl_write(const char *name, u64 value __maybe_unused,
		 const char *range __maybe_unused)
{
	return err_failed("%s cannot be set here", name);
}
