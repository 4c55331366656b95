// SPDX-License-Identifier: GPL-2.0
/*
 * One call for both outputs
 *
 * Each call takes a value as JSON and as text, and one of the two is printed,
 * so that people and programs cannot be told different things.
 *
 * A command prints either entries, which are one JSON object, or a list, which
 * is a JSON array. Entries are few and printed at the end. Rows of a list may
 * be many: JSON rows are printed as they come, one object in memory at a time,
 * text is kept by the table because columns are aligned.
 *
 * A screen is entries for programs, and for people several tables, whose cells
 * are those entries or tell of them in other ways. It may have an array of
 * rows, too.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "err.h"
#include "out.h"

#define OUT_INDENT	2

static const struct table_column out_columns[] = {
	{ "", false },	/* section, OUT_NOTES only */
	{ "", false },	/* name */
	{ "", true },	/* value, OUT_NOTES only */
	{ "", false },	/* note, OUT_NOTES only */
};

static const struct table_column out_plain_columns[] = {
	{ "", false },	/* name */
	{ "", false },	/* value */
};

static void out_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		err_no_memory();
}

static json_t *out_object(void)
{
	json_t *object = json_object();

	if (!object)
		err_no_memory();
	return object;
}

/* Rows are dumped one by one: indent them as parts of the array they are. */
static int out_write(const char *buf, size_t len, void *data)
{
	const size_t indent = *(const size_t *)data;

	while (len) {
		const char *end = memchr(buf, '\n', len);
		size_t part = end ? (size_t)(end - buf) + 1 : len;

		if (fwrite(buf, 1, part, stdout) != part)
			return -1;
		if (end)
			printf("%*s", (int)indent, "");
		buf += part;
		len -= part;
	}
	return 0;
}

/* Whether stdout takes what is written is checked once, at the end. */
static void out_dump(struct out *out, size_t indent)
{
	/* No more digits than a double has: 0.1 is 0.1. */
	size_t flags = JSON_REAL_PRECISION(15) |
		       (out->pretty ? JSON_INDENT(OUT_INDENT) : JSON_COMPACT);

	if (json_dump_callback(out->root, out_write, &indent, flags) &&
	    !ferror(stdout))
		err_no_memory();
	json_decref(out->root);
	out->root = NULL;
}

/**
 * out_open() - begin to print entries
 * @out: the output
 * @style: not OUT_LIST
 */
void out_open(struct out *out, enum out_style style)
{
	out->style = style;
	out->array = NULL;
	out->section = "";
	out->root = out_object();
	out->object = out->root;
	if (style == OUT_PLAIN)
		table_init(&out->table, out_plain_columns, 2);
	else if (style == OUT_NOTES)
		table_init(&out->table, out_columns, 4);
}

/**
 * out_section() - begin a section of entries
 * @out: the output
 * @name: its name
 */
void out_section(struct out *out, const char *name)
{
	out->section = name;
	out->object = out_object();
	out_set(out->root, name, out->object);
}

/**
 * out_root() - go on with entries that are in no section
 * @out: the output
 */
void out_root(struct out *out)
{
	out->section = "";
	out->object = out->root;
}

/**
 * out_entry() - print an entry
 * @out: the output
 * @name: its name
 * @value: its value for programs, which this takes over
 * @text: its value for people
 * @note: what it means
 */
void out_entry(struct out *out, const char *name, json_t *value,
	       const char *text, const char *note)
{
	bool notes = out->style == OUT_NOTES;

	out_set(out->object, name, value);
	if (notes)
		table_cell(&out->table, COLOUR_HEAD, out->section);
	table_cell(&out->table, COLOUR_NAME, name);
	table_cell(&out->table, COLOUR_NONE, text);
	if (notes)
		table_cell(&out->table, COLOUR_DIM, note);
	out->section = "";
}

/**
 * out_entry_uint() - print an entry that is a number
 * @out: the output
 * @name: its name
 * @value: its value
 * @note: what it means
 */
void out_entry_uint(struct out *out, const char *name, u64 value,
		    const char *note)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", value);
	out_entry(out, name, out_integer(value), text, note);
}

/**
 * out_close() - print the entries
 * @out: the output
 */
void out_close(struct out *out)
{
	if (out->json) {
		out_dump(out, 0);
		putchar('\n');
	} else {
		if (out->style != OUT_SCREEN)
			table_print(&out->table, false, out->colour);
		json_decref(out->root);
	}
	table_free(&out->table);
}

/**
 * out_table_open() - begin a table of a screen
 * @out: the output
 * @columns: columns of the text
 * @count: their number
 */
void out_table_open(struct out *out, const struct table_column *columns,
		    unsigned int count)
{
	table_init(&out->table, columns, count);
}

/**
 * out_table_close() - print a table of a screen
 * @out: the output
 * @head: with the titles of the columns
 */
void out_table_close(struct out *out, bool head)
{
	if (!out->json)
		table_print(&out->table, head, out->colour);
	table_free(&out->table);
}

/**
 * out_text() - print a cell that is for people only
 * @out: the output
 * @colour: its colour
 * @text: what is in it
 */
void out_text(struct out *out, enum colour colour, const char *text)
{
	out_cell(out, NULL, NULL, colour, text);
}

/**
 * out_line() - print a line between the tables of a screen
 * @out: the output
 * @colour: its colour
 * @text: the line
 */
void out_line(struct out *out, enum colour colour, const char *text)
{
	static const struct table_column column = { "", false };

	out_table_open(out, &column, 1);
	out_text(out, colour, text);
	out_table_close(out, false);
}

/**
 * out_array_open() - begin an array of rows among entries
 * @out: the output
 * @name: its name
 */
void out_array_open(struct out *out, const char *name)
{
	out->rows = 0;
	out->array = json_array();
	if (!out->array)
		err_no_memory();
	out->parent = out->object;
	out_set(out->parent, name, out->array);
	out->object = out_object();
}

/**
 * out_array_close() - end an array of rows
 * @out: the output
 */
void out_array_close(struct out *out)
{
	json_decref(out->object);
	out->object = out->parent;
	out->array = NULL;
}

/**
 * out_list_open() - begin to print a list
 * @out: the output
 * @columns: columns of the text
 * @count: their number
 */
void out_list_open(struct out *out, const struct table_column *columns,
		   unsigned int count)
{
	out->style = OUT_LIST;
	out->rows = 0;
	out->array = NULL;
	out->object = NULL;
	table_init(&out->table, columns, count);
	if (out->json)
		putchar('[');
	else
		return;
	out->object = out_object();
	out->root = out->object;
}

/**
 * out_hidden() - print a value of a row for programs only
 * @out: the output
 * @key: its name, NULL if programs know from the row that there is none
 * @value: the value, which this takes over
 *
 * For what people find in the text of another cell.
 */
void out_hidden(struct out *out, const char *key, json_t *value)
{
	if (out->json && key)
		out_set(out->object, key, value);
	else
		json_decref(value);
}

/**
 * out_cell() - print the next value of a row
 * @out: the output
 * @key: its name, NULL for text that says there is no value
 * @value: the value for programs, which this takes over
 * @colour: the colour for people
 * @text: the value for people, NULL if the text of another cell tells it
 */
void out_cell(struct out *out, const char *key, json_t *value,
	      enum colour colour, const char *text)
{
	out_hidden(out, key, value);
	if (!out->json && text)
		table_cell(&out->table, colour, text);
}

/**
 * out_uint() - print the next value of a row, a number
 * @out: the output
 * @key: its name
 * @value: the number
 */
void out_uint(struct out *out, const char *key, u64 value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", value);
	out_cell(out, key, out_integer(value), COLOUR_NONE, text);
}

/**
 * out_span() - print the next value of a row, a span of time
 * @out: the output
 * @key: its name
 * @ms: the span in milliseconds, which people are told about
 */
void out_span(struct out *out, const char *key, u64 ms)
{
	char text[DURATION_SIZE];

	duration_format_short(text, ms);
	out_cell(out, key, out_integer(ms), COLOUR_NONE, text);
}

/**
 * out_absent() - leave out the next value of a row
 * @out: the output
 */
void out_absent(struct out *out)
{
	out_cell(out, NULL, NULL, COLOUR_DIM, "-");
}

/**
 * out_row() - end a row
 * @out: the output
 */
void out_row(struct out *out)
{
	out->rows++;
	if (!out->json)
		return;
	if (out->array) {
		if (json_array_append_new(out->array, out->object))
			err_no_memory();
		out->object = out_object();
		return;
	}
	if (out->rows > 1)
		putchar(',');
	if (out->pretty)
		printf("\n%*s", OUT_INDENT, "");
	out_dump(out, OUT_INDENT);
	out->object = out_object();
	out->root = out->object;
}

/**
 * out_list_close() - end a list
 * @out: the output
 *
 * To be called after an error as well: what was printed must be valid JSON.
 * A row that has not ended is dropped.
 */
void out_list_close(struct out *out)
{
	if (out->json) {
		json_decref(out->root);
		printf("%s]\n", out->pretty && out->rows ? "\n" : "");
	} else {
		table_print(&out->table, !out->brief, out->colour);
	}
	table_free(&out->table);
}

/**
 * out_integer() - make a JSON number
 * @value: the number
 *
 * JSON integers are signed here. No counter or time comes near that, and what
 * does is rounded rather than negative.
 *
 * Return: the number, NULL without memory.
 */
json_t *out_integer(u64 value)
{
	if (value > INT64_MAX)
		return json_real((double)value);
	return json_integer((json_int_t)value);
}

/**
 * out_string() - make a JSON string
 * @text: the text, which may be any bytes: the name of a file, a process
 *
 * JSON is UTF-8. In what is not, every byte beyond ASCII becomes a question
 * mark.
 *
 * Return: the string, NULL without memory.
 */
json_t *out_string(const char *text)
{
	json_t *string = json_string(text);
	char *copy, *c;

	if (string)
		return string;
	copy = strdup(text);
	if (!copy)
		return NULL;
	for (c = copy; *c; c++) {
		if (*c & 0x80)
			*c = '?';
	}
	string = json_string(copy);
	free(copy);
	return string;
}

/**
 * out_key() - make a key of a word: programs are spared the dashes
 * @key: where to write
 * @size: room there
 * @word: the word
 */
void out_key(char *key, size_t size, const char *word)
{
	snprintf(key, size, "%s", word);
	for (; *key; key++) {
		if (*key == '-')
			*key = '_';
	}
}
