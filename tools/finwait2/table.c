// SPDX-License-Identifier: GPL-2.0
/*
 * Text in columns that are as wide as what is in them
 *
 * The widths are known when the last row is, so the rows are kept until then:
 * about 100 bytes a row in one buffer that doubles, so 100,000 sockets cost
 * 10 MB and linear time.
 *
 * Of text in UTF-8, a character is a column: there are bars, and perhaps names
 * of processes, but neither is wide.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "table.h"

#define TABLE_GAP	2

static const char * const table_colours[] = {
	[COLOUR_NONE] = "",
	[COLOUR_HEAD] = "\033[1m",
	[COLOUR_NAME] = "\033[36m",
	[COLOUR_DIM] = "\033[2m",
	[COLOUR_WARN] = "\033[33m",
	[COLOUR_BAD] = "\033[31m",
};

/**
 * table_colour() - what makes a terminal write in a colour
 * @colour: the colour
 *
 * Return: the text to print before; an empty one needs nothing printed after.
 */
const char *table_colour(enum colour colour)
{
	return table_colours[colour];
}

/* How many columns a text takes: the bytes that begin a character. */
static size_t table_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

/**
 * table_init() - begin a table
 * @table: the table
 * @columns: the columns, which must outlive it
 * @count: their number, up to TABLE_COLUMNS
 */
void table_init(struct table *table, const struct table_column *columns,
		unsigned int count)
{
	memset(table, 0, sizeof(*table));
	table->columns = columns;
	table->count = count;
}

/**
 * table_cell() - add the next cell
 * @table: the table
 * @colour: its colour
 * @text: what is in it, copied
 */
void table_cell(struct table *table, enum colour colour, const char *text)
{
	const size_t len = strlen(text);
	size_t *width = &table->widths[table->cells % table->count];
	size_t columns;
	char *copy;

	if (table->size - table->used < len + 2) {
		size_t size = table->size ? 2 * table->size : 4096;

		while (size - table->used < len + 2)
			size *= 2;
		table->text = realloc(table->text, size);
		if (!table->text)
			err_no_memory();
		table->size = size;
	}
	table->text[table->used] = colour;
	copy = table->text + table->used + 1;
	memcpy(copy, text, len + 1);
	/* Names may be any bytes, and must not drive the terminal. */
	for (; *copy; copy++) {
		if ((unsigned char)*copy < ' ' || *copy == 0x7f)
			*copy = '?';
	}
	table->used += len + 2;
	table->cells++;
	columns = table_width(text);
	if (*width < columns)
		*width = columns;
}

/*
 * Print a cell. Blanks after a text are owed until another one follows, so no
 * line ends in blanks.
 */
static void table_print_cell(const struct table_column *column, size_t width,
			     size_t *owed, const char *colour, const char *text)
{
	const size_t pad = width - table_width(text);

	if (!*text) {
		*owed += width + TABLE_GAP;
		return;
	}
	if (column->right)
		*owed += pad;
	printf("%*s%s%s%s", (int)*owed, "", colour, text,
	       *colour ? "\033[0m" : "");
	*owed = TABLE_GAP + (column->right ? 0 : pad);
}

/**
 * table_print() - print all rows to stdout
 * @table: the table
 * @head: with the titles of the columns
 * @colour: in colour
 */
void table_print(const struct table *table, bool head, bool colour)
{
	const char *text = table->text;
	size_t widths[TABLE_COLUMNS];
	size_t i, owed = 0;

	for (i = 0; i < table->count; i++) {
		const struct table_column *column = &table->columns[i];

		widths[i] = table->widths[i];
		if (!head)
			continue;
		if (widths[i] < table_width(column->head))
			widths[i] = table_width(column->head);
		table_print_cell(column, widths[i], &owed,
				 colour ? table_colours[COLOUR_HEAD] : "",
				 column->head);
	}
	if (head)
		putchar('\n');

	for (i = 0; i < table->cells; i++) {
		unsigned int at = i % table->count;

		if (!at)
			owed = 0;
		table_print_cell(&table->columns[at], widths[at], &owed,
				 colour ? table_colours[(u8)*text] : "",
				 text + 1);
		text += strlen(text + 1) + 2;
		if (at == table->count - 1)
			putchar('\n');
	}
}

/**
 * table_free() - forget the rows
 * @table: the table
 */
void table_free(struct table *table)
{
	free(table->text);
	table->text = NULL;
}
