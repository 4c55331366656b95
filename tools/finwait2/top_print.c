// SPDX-License-Identifier: GPL-2.0
/*
 * The table as text, and as JSON
 *
 * Both have all columns and all groups. A JSON document is one line, so that one
 * may follow another. Groups may be many, so only one of them is in memory.
 */
#include <stdio.h>
#include <time.h>

#include "duration.h"
#include "err.h"
#include "out.h"
#include "top_data.h"
#include "top_print.h"
#include "top_view.h"

/* Digits of a share: a fraction may have no end. */
#define PRINT_DIGITS	6

/**
 * top_print_grouping() - write how a table is grouped
 * @view: the table
 * @text: where to write
 */
void top_print_grouping(const struct top_view *view, char text[TOP_LINE])
{
	const struct top_order *order = &view->order;

	if (order->by == TOP_PEER)
		snprintf(text, TOP_LINE, "by peer /%u /%u", order->bits4,
			 order->bits6);
	else
		snprintf(text, TOP_LINE, "by %s", top_by_name(order->by));
}

/**
 * top_print_sum() - write what there is in all
 * @view: the table
 * @text: where to write
 */
void top_print_sum(const struct top_view *view, char text[TOP_LINE])
{
	const struct top_row *total = &view->total;
	char share[TOP_CELL];

	top_row_text(total, TOP_SHARE, share);
	snprintf(text, TOP_LINE,
		 "%llu held, %llu shut, %llu orphan; %llu left; %llu closed, %llu stuck: %s",
		 total->held, total->shut, total->orphan, total->counts.left,
		 total->counts.closed, total->counts.stuck, share);
}

/* The value of a cell for programs; NULL if there is none. */
static json_t *top_print_value(const struct top_row *row,
			       enum top_column column)
{
	double share;

	if (column != TOP_SHARE)
		return out_integer(top_row_number(row, column));
	return top_row_share(row, &share) ? json_real(share) : NULL;
}

static void top_print_numbers(struct out *out, const struct top_row *row)
{
	unsigned int column;
	char text[TOP_CELL];
	const char *key;

	for (column = 0; column < TOP_GROUP; column++) {
		/* Programs are spared the dash. */
		key = column == TOP_WOULD ? "would_flush" :
					    top_column_word(column);
		if (top_row_text(row, column, text))
			out_cell(out, key, top_print_value(row, column),
				 COLOUR_NONE, text);
		else
			out_absent(out);
	}
}

static json_t *print_object(void)
{
	json_t *object = json_object();

	if (!object)
		err_no_memory();
	return object;
}

static void print_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		err_no_memory();
}

/* Print an object, or with JSON_EMBED what is in it, and forget it. */
static void print_dump(json_t *object, size_t flags)
{
	flags |= JSON_COMPACT | JSON_REAL_PRECISION(PRINT_DIGITS);
	if (json_dumpf(object, stdout, flags) && !ferror(stdout))
		err_no_memory();
	json_decref(object);
}

static u64 print_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static json_t *top_print_about(struct out *out, const struct top_view *view,
			       const struct top_data *data)
{
	const struct top_order *order = &view->order;
	json_t *root = print_object();

	print_set(root, "time", out_integer(print_now()));
	print_set(root, "span", out_integer(data->now - data->since));
	print_set(root, "by", json_string(top_by_name(order->by)));
	if (order->by == TOP_PEER) {
		print_set(root, "prefix4", json_integer(order->bits4));
		print_set(root, "prefix6", json_integer(order->bits6));
	}
	print_set(root, "lost", out_integer(data->lost));
	print_set(root, "merged",
		  out_integer(data->groups[order->by].merged));
	out->object = print_object();
	print_set(root, "total", out->object);
	top_print_numbers(out, &view->total);
	return root;
}

static void top_print_row(struct out *out, const struct top_row *row,
			  enum top_by by)
{
	top_print_numbers(out, row);
	top_key_print(out, by, &row->key, row->path);
}

static int top_print_json(struct out *out, const struct top_view *view,
			  const struct top_data *data)
{
	const char *gap = out->pretty ? "\n  " : "";
	size_t i;

	printf("{%s", gap);
	print_dump(top_print_about(out, view, data), JSON_EMBED);
	printf(",%s\"groups\":[", gap);
	for (i = 0; i < view->count && !ferror(stdout); i++) {
		printf("%s%s", i ? "," : "", gap);
		out->object = print_object();
		top_print_row(out, &view->rows[i], view->order.by);
		print_dump(out->object, 0);
	}
	printf("]%s}\n", out->pretty ? "\n" : "");
	fflush(stdout);
	return ferror(stdout) ? STATUS_FAILED : 0;
}

static void top_print_head(const struct top_view *view,
			   const struct top_data *data)
{
	char grouping[TOP_LINE], sum[TOP_LINE], span[DURATION_SIZE];
	const u64 merged = data->groups[view->order.by].merged;

	top_print_grouping(view, grouping);
	top_print_sum(view, sum);
	duration_format_short(span, data->now - data->since);
	printf("%s, in %s: %s\n", grouping, span, sum);
	if (data->lost)
		printf("lost %llu events: counts and shares are not exact\n",
		       data->lost);
	if (merged)
		printf("merged %llu quiet groups: too many to keep\n", merged);
}

/**
 * top_print() - print a table
 * @out: where to
 * @view: the table
 * @data: what it was made from
 *
 * Return: 0, or STATUS_FAILED if who reads has had enough; main() says so.
 */
int top_print(struct out *out, const struct top_view *view,
	      const struct top_data *data)
{
	struct table_column columns[TOP_COLUMNS];
	size_t i;

	if (out->json)
		return top_print_json(out, view, data);
	for (i = 0; i < TOP_COLUMNS; i++)
		columns[i] = *top_column_layout(i);
	columns[TOP_GROUP].head = top_by_head(view->order.by);
	top_print_head(view, data);
	table_init(&out->table, columns, TOP_COLUMNS);
	for (i = 0; i < view->count; i++)
		top_print_row(out, &view->rows[i], view->order.by);
	table_print(&out->table, true, out->colour);
	table_free(&out->table);
	return ferror(stdout) ? STATUS_FAILED : 0;
}
