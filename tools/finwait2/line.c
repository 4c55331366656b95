// SPDX-License-Identifier: GPL-2.0
/*
 * A line for each thing, as it comes
 *
 * Nobody knows how many there will be, or when the last: nothing is kept to be
 * aligned, and JSON is one object for each. They are written when there is time:
 * those that come all at once, with one call.
 */
#include <stdio.h>

#include "err.h"
#include "line.h"

/**
 * line_open() - begin a line
 * @out: the output
 */
void line_open(struct out *out)
{
	out->rows = 0;
	out->root = json_object();
	if (!out->root)
		err_no_memory();
	out->object = out->root;
}

/**
 * line_value() - print the next value of a line
 * @out: the output
 * @key: its name
 * @value: the value for programs, which this takes over
 * @colour: the colour for people
 * @text: the value for people, NULL if another value's text tells it
 */
void line_value(struct out *out, const char *key, json_t *value,
		enum colour colour, const char *text)
{
	const char *escape = out->colour ? table_colour(colour) : "";

	if (out->json) {
		if (json_object_set_new(out->object, key, value))
			err_no_memory();
		return;
	}
	json_decref(value);
	if (!text)
		return;
	printf("%s%s%s%s", out->rows ? " " : "", escape, text,
	       *escape ? "\033[0m" : "");
	out->rows++;
}

/**
 * line_close() - end a line
 * @out: the output
 *
 * Return: 0, or STATUS_FAILED if who reads has had enough; main() says so.
 */
int line_close(struct out *out)
{
	size_t flags = out->pretty ? JSON_INDENT(2) : JSON_COMPACT;

	if (out->json && json_dumpf(out->root, stdout, flags) &&
	    !ferror(stdout))
		err_no_memory();
	json_decref(out->root);
	out->root = NULL;
	putchar('\n');
	return ferror(stdout) ? STATUS_FAILED : 0;
}

/**
 * line_flush() - write the lines that have ended
 *
 * Return: 0, or STATUS_FAILED if who reads has had enough; main() says so.
 */
int line_flush(void)
{
	return fflush(stdout) ? STATUS_FAILED : 0;
}
