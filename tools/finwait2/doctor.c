// SPDX-License-Identifier: GPL-2.0
/*
 * Is all well, and if not, what is to be done?
 *
 * A check says one thing in one line. What cannot be found out is not told:
 * a file that is not there, or may not be read, is no finding.
 */
#include <stdarg.h>
#include <stdio.h>

#include "doctor.h"
#include "err.h"
#include "kmod.h"
#include "lint.h"
#include "out.h"

static const struct table_column doctor_columns[] = {
	{ "RESULT", false },
	{ "CHECK", false },
	{ "FINDING", false },
};

static const struct {
	const char *name;
	enum colour colour;
} doctor_verdicts[] = {
	[VERDICT_OK] = { "ok", COLOUR_NAME },
	[VERDICT_WARN] = { "warn", COLOUR_WARN },
	[VERDICT_FAIL] = { "fail", COLOUR_BAD },
};

/**
 * doctor_say() - print what a check has found
 * @doctor: the examination
 * @verdict: how bad it is
 * @check: name of the check
 * @advice: what to do, NULL if nothing
 * @fmt: what was found, a printf() format
 */
void doctor_say(struct doctor *doctor, enum verdict verdict,
		const char *check, const char *advice, const char *fmt, ...)
{
	const char *name = doctor_verdicts[verdict].name;
	struct out *out = doctor->out;
	char finding[512];
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(finding, sizeof(finding), fmt, args);
	va_end(args);
	snprintf(text, sizeof(text), "%s%s%s", finding, advice ? ": " : "",
		 advice ? advice : "");

	out_cell(out, "result", json_string(name),
		 doctor_verdicts[verdict].colour, name);
	out_cell(out, "check", json_string(check), COLOUR_NONE, check);
	out_cell(out, "finding", out_string(finding), COLOUR_NONE, text);
	if (advice)
		out_hidden(out, "advice", out_string(advice));
	out_row(out);
	if (verdict == VERDICT_FAIL)
		doctor->failed = true;
}

/**
 * doctor_cmd() - the command "doctor"
 * @out: where to print
 * @argc: number of words after "doctor", 0
 * @argv: the words
 *
 * Return: the exit status: STATUS_FAILED if a check fails.
 */
int doctor_cmd(struct out *out, int argc __maybe_unused,
	       char **argv __maybe_unused)
{
	struct doctor doctor = { .out = out };
	int ret = STATUS_OK;

	out_list_open(out, doctor_columns, ARRAY_SIZE(doctor_columns));
	kmod_check(&doctor);
	/* Of what is not there, nothing can be too short. */
	if (doctor.loaded)
		ret = lint_check(&doctor);
	out_list_close(out);
	return !ret && doctor.failed ? STATUS_FAILED : ret;
}
