/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TOP_ROW_H
#define FINWAIT2_TOP_ROW_H

#include "table.h"
#include "top_group.h"
#include "top_key.h"
#include "util.h"

/* The columns in their order. */
enum top_column {
	TOP_WAITING,
	TOP_HELD,
	TOP_SHUT,
	TOP_ORPHAN,
	TOP_OLDEST,
	TOP_MEDIAN,
	TOP_LEFT,
	TOP_CLOSED,
	TOP_FLUSHED,
	TOP_WOULD,
	TOP_STUCK,
	TOP_SHARE,
	TOP_GROUP,
	TOP_COLUMNS
};

/* Room for the text of a cell other than the name of the group. */
#define TOP_CELL	32

/**
 * struct top_row - a group as it is shown
 * @key: what its sockets have in common
 * @path: path of the cgroup, NULL if it is none or not known
 * @held: held sockets that wait
 * @shut: shut sockets that wait
 * @orphan: orphans that wait
 * @aged: it is known of some of them how long they have waited
 * @oldest: for how long the oldest has, ms
 * @median: no longer than this have half of them, ms
 * @counts: what became of those that do not wait any more
 */
struct top_row {
	struct top_key key;
	char *path;
	u64 held;
	u64 shut;
	u64 orphan;
	bool aged;
	u64 oldest;
	u64 median;
	struct top_counts counts;
};

const struct table_column *top_column_layout(enum top_column column);
const char *top_column_word(enum top_column column);

u64 top_row_number(const struct top_row *row, enum top_column column);
bool top_row_share(const struct top_row *row, double *share);
bool top_row_text(const struct top_row *row, enum top_column column,
		  char text[TOP_CELL]);
const char *top_row_name(const struct top_row *row, enum top_by by,
			 char name[TOP_NAME]);
int top_row_compare(enum top_by by, enum top_column column,
		    const struct top_row *a, const struct top_row *b);

#endif
