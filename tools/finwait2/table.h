/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TABLE_H
#define FINWAIT2_TABLE_H

#include "util.h"

enum colour {
	COLOUR_NONE,
	COLOUR_HEAD,
	COLOUR_NAME,
	COLOUR_DIM,
	COLOUR_WARN,
	COLOUR_BAD,
};

/**
 * struct table_column - how to lay out a column
 * @head: its title
 * @right: align to the right, for numbers
 */
struct table_column {
	const char *head;
	bool right;
};

#define TABLE_COLUMNS	16

/**
 * struct table - text in columns, kept until all widths are known
 * @columns: their layout
 * @count: their number, up to TABLE_COLUMNS
 * @widths: the longest text of each so far
 * @cells: number of cells so far, from left to right and from row to row
 * @text: the cells, each a byte of colour and a string
 * @used: bytes used of @text
 * @size: bytes allocated for @text
 */
struct table {
	const struct table_column *columns;
	unsigned int count;
	size_t widths[TABLE_COLUMNS];
	size_t cells;
	char *text;
	size_t used;
	size_t size;
};

const char *table_colour(enum colour colour);
void table_init(struct table *table, const struct table_column *columns,
		unsigned int count);
void table_cell(struct table *table, enum colour colour, const char *text);
void table_print(const struct table *table, bool head, bool colour);
void table_free(struct table *table);

#endif
