/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_DOCTOR_H
#define FINWAIT2_DOCTOR_H

#include "util.h"

struct out;

enum verdict {
	VERDICT_OK,
	VERDICT_WARN,	/* it works, but perhaps not as is thought */
	VERDICT_FAIL,	/* it does not work */
};

/**
 * struct doctor - an examination
 * @out: where to print
 * @loaded: the module is there to be asked
 * @failed: some check has failed
 */
struct doctor {
	struct out *out;
	bool loaded;
	bool failed;
};

__printf(5, 6) void doctor_say(struct doctor *doctor, enum verdict verdict,
			       const char *check, const char *advice,
			       const char *fmt, ...);

int doctor_cmd(struct out *out, int argc, char **argv);

#endif
