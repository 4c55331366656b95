/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_OUT_H
#define FINWAIT2_OUT_H

#include <jansson.h>

#include "table.h"
#include "util.h"

/**
 * struct out - the output of one command
 * @json: print JSON, not text
 * @pretty: print JSON for people
 * @brief: print less, and what is many as it comes
 * @colour: print text in colour
 * @style: layout of entries, see out_open()
 * @root: JSON object to print: all entries, or a row
 * @object: where in @root values go
 * @section: text of the section that begins with the next entry
 * @rows: number of rows of a list printed so far
 * @array: JSON array that rows go to, NULL for rows that are printed
 * @parent: JSON object that has @array
 * @table: text to print
 */
struct out {
	bool json;
	bool pretty;
	bool brief;
	bool colour;
	enum out_style {
		OUT_PLAIN,	/* name, value */
		OUT_NOTES,	/* section, name, value, note */
		OUT_SCREEN,	/* tables, one after the other */
		OUT_LIST,
	} style;
	json_t *root;
	json_t *object;
	const char *section;
	size_t rows;
	json_t *array;
	json_t *parent;
	struct table table;
};

/**
 * typedef out_fn - print the next value of a row, or of a line
 *
 * out_cell() and line_value() are this, for what prints to either.
 */
typedef void out_fn(struct out *out, const char *key, json_t *value,
		    enum colour colour, const char *text);

void out_open(struct out *out, enum out_style style);
void out_section(struct out *out, const char *name);
void out_root(struct out *out);
void out_entry(struct out *out, const char *name, json_t *value,
	       const char *text, const char *note);
void out_entry_uint(struct out *out, const char *name, u64 value,
		    const char *note);
void out_close(struct out *out);

void out_table_open(struct out *out, const struct table_column *columns,
		    unsigned int count);
void out_table_close(struct out *out, bool head);
void out_text(struct out *out, enum colour colour, const char *text);
void out_line(struct out *out, enum colour colour, const char *text);
void out_array_open(struct out *out, const char *name);
void out_array_close(struct out *out);

void out_list_open(struct out *out, const struct table_column *columns,
		   unsigned int count);
void out_hidden(struct out *out, const char *key, json_t *value);
void out_cell(struct out *out, const char *key, json_t *value,
	      enum colour colour, const char *text);
void out_uint(struct out *out, const char *key, u64 value);
void out_span(struct out *out, const char *key, u64 ms);
void out_absent(struct out *out);
void out_row(struct out *out);
void out_list_close(struct out *out);

json_t *out_integer(u64 value);
json_t *out_string(const char *text);
void out_key(char *key, size_t size, const char *word);

#endif
