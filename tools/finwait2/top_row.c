// SPDX-License-Identifier: GPL-2.0
/*
 * A group in the table, and what the columns have to say of it
 */
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "top_row.h"

/**
 * struct top_cell - a column
 * @layout: its title, and how to align it
 * @word: the word for it
 */
static const struct top_cell {
	struct table_column layout;
	const char *word;
} top_cells[TOP_COLUMNS] = {
	[TOP_WAITING] = { { "WAITING", true }, "waiting" },
	[TOP_HELD] = { { "HELD", true }, "held" },
	[TOP_SHUT] = { { "SHUT", true }, "shut" },
	[TOP_ORPHAN] = { { "ORPHAN", true }, "orphan" },
	[TOP_OLDEST] = { { "OLDEST", true }, "oldest" },
	[TOP_MEDIAN] = { { "MEDIAN", true }, "median" },
	[TOP_LEFT] = { { "LEFT", true }, "left" },
	[TOP_CLOSED] = { { "CLOSED", true }, "closed" },
	[TOP_FLUSHED] = { { "FLUSHED", true }, "flushed" },
	[TOP_WOULD] = { { "WOULD", true }, "would-flush" },
	[TOP_STUCK] = { { "STUCK", true }, "stuck" },
	[TOP_SHARE] = { { "STUCK%", true }, "share" },
	[TOP_GROUP] = { { "GROUP", false }, "group" },
};

/**
 * top_column_layout() - how a column looks in text
 * @column: the column
 */
const struct table_column *top_column_layout(enum top_column column)
{
	return &top_cells[column].layout;
}

/**
 * top_column_word() - the word for a column
 * @column: the column
 */
const char *top_column_word(enum top_column column)
{
	return top_cells[column].word;
}

/**
 * top_row_share() - how many connections of a group their peers do not end
 * @row: the group
 * @share: where to store it, from 0 to 1
 *
 * Of those only that a peer has ended, or that have reached a limit before.
 *
 * Return: whether there were any.
 */
bool top_row_share(const struct top_row *row, double *share)
{
	const u64 all = row->counts.stuck + row->counts.closed;

	*share = all ? (double)row->counts.stuck / all : 0;
	return all;
}

/**
 * top_row_number() - the number in a cell
 * @row: the group
 * @column: one of those that are numbers, not that of the share or the group
 */
u64 top_row_number(const struct top_row *row, enum top_column column)
{
	switch (column) {
	case TOP_WAITING:
		return row->held + row->shut + row->orphan;
	case TOP_HELD:
		return row->held;
	case TOP_SHUT:
		return row->shut;
	case TOP_ORPHAN:
		return row->orphan;
	case TOP_OLDEST:
		return row->oldest;
	case TOP_MEDIAN:
		return row->median;
	case TOP_LEFT:
		return row->counts.left;
	case TOP_CLOSED:
		return row->counts.closed;
	case TOP_FLUSHED:
		return row->counts.flushed;
	case TOP_WOULD:
		return row->counts.would;
	case TOP_STUCK:
		return row->counts.stuck;
	default:
		return 0;
	}
}

/* Some is never 0 %, and not all is never 100 %. */
static void top_row_text_share(double share, char text[TOP_CELL])
{
	const double percent = 100 * share;

	if (percent > 0 && percent < 0.1)
		snprintf(text, TOP_CELL, "<0.1%%");
	else if (percent > 0 && percent < 10)
		snprintf(text, TOP_CELL, "%u.%u%%", (u32)(10 * percent) / 10,
			 (u32)(10 * percent) % 10);
	else
		snprintf(text, TOP_CELL, "%u%%", (u32)percent);
}

/**
 * top_row_text() - write a cell
 * @row: the group
 * @column: the column, not that of the group
 * @text: where to write
 *
 * Return: whether there is a value; if not, a dash is written.
 */
bool top_row_text(const struct top_row *row, enum top_column column,
		  char text[TOP_CELL])
{
	const bool span = column == TOP_OLDEST || column == TOP_MEDIAN;
	double share;

	if (column == TOP_SHARE && top_row_share(row, &share)) {
		top_row_text_share(share, text);
	} else if (column == TOP_SHARE || (span && !row->aged)) {
		snprintf(text, TOP_CELL, "-");
		return false;
	} else if (span) {
		duration_format_short(text, top_row_number(row, column));
	} else {
		snprintf(text, TOP_CELL, "%llu", top_row_number(row, column));
	}
	return true;
}

/**
 * top_row_name() - what a row is called
 * @row: the group
 * @by: its kind
 * @name: room for it
 *
 * Return: the name, which may be of any bytes, valid as long as @row and @name.
 */
const char *top_row_name(const struct top_row *row, enum top_by by,
			 char name[TOP_NAME])
{
	if (row->path)
		return row->path;
	top_key_name(by, &row->key, name);
	return name;
}

static int top_compare(u64 a, u64 b)
{
	return (a > b) - (a < b);
}

static int top_row_compare_name(enum top_by by, const struct top_row *a,
				const struct top_row *b)
{
	int order = 0;

	if (a->path || b->path)
		order = strcmp(a->path ? a->path : "", b->path ? b->path : "");
	return order ? order : top_key_compare(by, &a->key, &b->key);
}

/* Of shares that are equal, the one that is of more connections weighs more. */
static int top_row_compare_share(const struct top_row *a,
				 const struct top_row *b)
{
	double left, right;
	int order;

	order = top_row_share(a, &left);
	order -= top_row_share(b, &right);
	if (!order)
		order = (left > right) - (left < right);
	if (!order)
		order = top_compare(a->counts.stuck, b->counts.stuck);
	return order ? order : top_compare(b->counts.closed, a->counts.closed);
}

/**
 * top_row_compare() - which of two rows comes first
 * @by: kind of the groups
 * @column: the column to sort by
 * @a: one
 * @b: the other
 *
 * The largest number does, but names are in their order. Where these are equal,
 * it is the group that has more waiting, or that is stuck more often.
 *
 * Return: as strcmp() does.
 */
int top_row_compare(enum top_by by, enum top_column column,
		    const struct top_row *a, const struct top_row *b)
{
	static const u8 next[] = {
		TOP_WAITING, TOP_STUCK, TOP_FLUSHED, TOP_LEFT,
	};
	unsigned int i;
	int order;

	if (column == TOP_GROUP)
		return top_row_compare_name(by, a, b);
	if (column == TOP_SHARE)
		order = top_row_compare_share(b, a);
	else
		order = top_compare(top_row_number(b, column),
				    top_row_number(a, column));
	for (i = 0; !order && i < ARRAY_SIZE(next); i++)
		order = top_compare(top_row_number(b, next[i]),
				    top_row_number(a, next[i]));
	return order ? order : top_row_compare_name(by, a, b);
}
