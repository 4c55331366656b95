// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms drawn side by side
 *
 *	TIME   PEER-FIN               FLUSHED                WAITING
 *	all    1.2M                     12                      3
 *	<1ms   1.1M ################
 *	<2ms    80k #
 *	...
 *	<17m                            12 ################     1 ########
 *
 * A row is a bucket, or two where there are too many; a column is a way out of
 * FIN_WAIT_2, and the last are those that have not left. They share their rows,
 * so that one sees how long those have waited already of whose like others have
 * left. Each has its own scale: what is longest in it is as long as there is
 * room. Rows and columns without any socket around what is in use are left out.
 */
#include <stdio.h>
#include <string.h>

#include "bar.h"
#include "chart.h"
#include "count.h"
#include "duration.h"
#include "err.h"
#include "hist.h"
#include "name.h"
#include "out.h"

#define CHART_WIDTH	80
#define CHART_ROWS	20
#define CHART_COLUMNS	6
#define CHART_COUNT	4	/* columns for a number */
#define CHART_LABEL	6	/* columns for "<512ms" */
#define CHART_GAP	2	/* between two columns of a table */
#define CHART_LAST	(FINWAIT2_BUCKETS - 1)

/**
 * struct chart_column - a histogram as it is drawn
 * @head: its title
 * @colour: the colour of its bars
 * @total: how many sockets
 * @most: how many are in the row that has most
 * @rows: how many are in each row
 */
struct chart_column {
	const char *head;
	enum colour colour;
	u64 total;
	u64 most;
	u64 rows[FINWAIT2_BUCKETS];
};

/**
 * struct chart - what is drawn
 * @columns: the columns
 * @count: their number
 * @first: first bucket in use
 * @last: last bucket in use
 * @step: how many buckets are a row
 */
struct chart {
	struct chart_column columns[CHART_COLUMNS];
	unsigned int count;
	unsigned int first;
	unsigned int last;
	unsigned int step;
};

/* A column, which may be of two histograms; without any socket it is none. */
static void chart_add(struct chart *chart, const char *head, enum colour colour,
		      const struct hist *a, const struct hist *b)
{
	struct chart_column *column = &chart->columns[chart->count];
	unsigned int i;

	memset(column, 0, sizeof(*column));
	column->head = head;
	column->colour = colour;
	for (i = 0; i < FINWAIT2_BUCKETS; i++) {
		column->rows[i] = a->buckets[i] + (b ? b->buckets[i] : 0);
		column->total += column->rows[i];
		if (!column->rows[i])
			continue;
		if (i < chart->first)
			chart->first = i;
		if (i > chart->last)
			chart->last = i;
	}
	if (column->total)
		chart->count++;
}

/* From buckets to rows. */
static void chart_fold(struct chart_column *column, const struct chart *chart)
{
	u64 rows[FINWAIT2_BUCKETS] = { 0 };
	unsigned int i;

	for (i = chart->first; i <= chart->last; i++)
		rows[(i - chart->first) / chart->step] += column->rows[i];
	memcpy(column->rows, rows, sizeof(rows));
	for (i = 0; i < FINWAIT2_BUCKETS; i++) {
		if (column->most < rows[i])
			column->most = rows[i];
	}
}

static void chart_make(struct chart *chart, const struct hists *hists)
{
	const struct hist *dwell = hists->dwell;
	unsigned int i;

	chart->count = 0;
	chart->first = FINWAIT2_BUCKETS;
	chart->last = 0;
	chart_add(chart, "PEER-FIN", COLOUR_NAME,
		  &dwell[FINWAIT2_WAY_PEER_FIN], NULL);
	chart_add(chart, "CLOSE", COLOUR_NAME, &dwell[FINWAIT2_WAY_CLOSE],
		  NULL);
	chart_add(chart, "FLUSHED", COLOUR_BAD, &dwell[FINWAIT2_WAY_FLUSHED],
		  NULL);
	chart_add(chart, "RESET", COLOUR_NAME, &dwell[FINWAIT2_WAY_RESET],
		  &dwell[FINWAIT2_WAY_ABORT]);
	chart_add(chart, "WOULD-FLUSH", COLOUR_WARN,
		  &dwell[FINWAIT2_WAY_WOULD_FLUSH], NULL);
	if (hists->waiting)
		chart_add(chart, "WAITING", COLOUR_NONE, &hists->age, NULL);
	if (!chart->count)
		return;
	chart->step = (chart->last - chart->first + CHART_ROWS) / CHART_ROWS;
	for (i = 0; i < chart->count; i++)
		chart_fold(&chart->columns[i], chart);
}

/* About what a row is for: the largest unit of its bound is enough. */
static void chart_label(const struct chart *chart, unsigned int row,
			char text[DURATION_SIZE + 1])
{
	const unsigned int from = chart->first + row * chart->step;
	const unsigned int to = from + chart->step - 1;
	char span[DURATION_SIZE];

	/* What is in the last bucket is not shorter than anything. */
	if (to < CHART_LAST)
		duration_format_about(span, hist_limit(to));
	else
		duration_format_about(span, hist_limit(from - 1));
	snprintf(text, DURATION_SIZE + 1, "%c%s", to < CHART_LAST ? '<' : '>',
		 span);
}

static void chart_cell(struct out *out, const struct chart_column *column,
		       u64 value, unsigned int length, bool fine)
{
	char text[COUNT_SIZE + BAR_SIZE + 2], count[COUNT_SIZE], bar[BAR_SIZE];

	if (!value) {
		out_text(out, COLOUR_NONE, "");
		return;
	}
	count_format(count, value, CHART_COUNT);
	bar_draw(bar, value, column->most, length, fine);
	snprintf(text, sizeof(text), "%*s %s", CHART_COUNT, count, bar);
	out_text(out, column->colour, text);
}

static void chart_draw(struct out *out, const struct chart *chart)
{
	struct table_column columns[1 + CHART_COLUMNS] = { { "TIME", false } };
	const unsigned int width = (CHART_WIDTH - CHART_LABEL) / chart->count;
	const unsigned int rows =
		(chart->last - chart->first) / chart->step + 1;
	unsigned int length = width - CHART_GAP - CHART_COUNT - 1;
	char count[COUNT_SIZE], total[COUNT_SIZE + CHART_COUNT];
	char label[DURATION_SIZE + 1];
	const bool fine = bar_is_fine();
	unsigned int i, row;

	if (length > BAR_MAX)
		length = BAR_MAX;
	for (i = 0; i < chart->count; i++)
		columns[1 + i].head = chart->columns[i].head;
	out_table_open(out, columns, 1 + chart->count);
	out_text(out, COLOUR_DIM, "all");
	for (i = 0; i < chart->count; i++) {
		count_format(count, chart->columns[i].total, CHART_COUNT);
		snprintf(total, sizeof(total), "%*s", CHART_COUNT, count);
		out_text(out, COLOUR_NONE, total);
	}
	for (row = 0; row < rows; row++) {
		chart_label(chart, row, label);
		out_text(out, COLOUR_DIM, label);
		for (i = 0; i < chart->count; i++)
			chart_cell(out, &chart->columns[i],
				   chart->columns[i].rows[row], length, fine);
	}
	out_table_close(out, true);
}

/**
 * chart_print() - draw histograms, for people
 * @out: where to
 * @hists: the histograms
 */
void chart_print(struct out *out, const struct hists *hists)
{
	struct chart chart;

	if (out->json)
		return;
	chart_make(&chart, hists);
	if (chart.count)
		chart_draw(out, &chart);
	else
		out_line(out, COLOUR_DIM,
			 "no socket waits in FIN_WAIT_2, and none has left it");
}

/* Buckets without any socket are left out, and the last has no bound. */
static json_t *chart_json_buckets(const struct hist *hist)
{
	json_t *array = json_array(), *bucket;
	unsigned int i;

	for (i = 0; i < FINWAIT2_BUCKETS; i++) {
		if (!hist->buckets[i])
			continue;
		bucket = json_object();
		if (i < CHART_LAST)
			json_object_set_new(bucket, "lt_ms",
					    out_integer(hist_limit(i)));
		if (json_object_set_new(bucket, "count",
					out_integer(hist->buckets[i])) ||
		    json_array_append_new(array, bucket))
			err_no_memory();
	}
	return array;
}

static json_t *chart_json(const struct hist *hist)
{
	json_t *object = json_object();

	if (json_object_set_new(object, "count", out_integer(hist->count)) ||
	    json_object_set_new(object, "sum_ms", out_integer(hist->sum)) ||
	    json_object_set_new(object, "buckets", chart_json_buckets(hist)))
		err_no_memory();
	return object;
}

static json_t *chart_json_dwell(const struct hists *hists)
{
	json_t *object = json_object();
	unsigned int way;
	char key[32];

	for (way = 0; way < HIST_WAYS; way++) {
		out_key(key, sizeof(key), name_way(way));
		if (json_object_set_new(object, key,
					chart_json(&hists->dwell[way])))
			err_no_memory();
	}
	return object;
}

/**
 * chart_print_json() - print histograms, for programs
 * @out: where to
 * @hists: the histograms
 */
void chart_print_json(struct out *out, const struct hists *hists)
{
	if (!out->json)
		return;
	out_hidden(out, "dwell", chart_json_dwell(hists));
	if (hists->waiting)
		out_hidden(out, "age", chart_json(&hists->age));
}
