// SPDX-License-Identifier: GPL-2.0
/*
 * Drawings of some histograms
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bar.h"
#include "chart.h"
#include "count.h"
#include "hist.h"
#include "out.h"

#define LAST	(FINWAIT2_BUCKETS - 1)

static void count(struct hist *hist, unsigned int bucket, u64 count)
{
	hist->buckets[bucket] += count;
	hist->count += count;
	hist->sum += count * hist_limit(bucket);
}

static void draw(const char *title, const struct hists *hists)
{
	struct out out = { 0 };

	printf("== %s\n", title);
	out_open(&out, OUT_SCREEN);
	chart_print(&out, hists);
	out_close(&out);
}

static void draw_json(const char *title, const struct hists *hists)
{
	struct out out = { .json = true };

	printf("== %s\n", title);
	out_open(&out, OUT_SCREEN);
	chart_print(&out, hists);
	chart_print_json(&out, hists);
	out_close(&out);
}

/* Each way has its bucket, and is twice as many as the one before. */
static void draw_all(void)
{
	struct hists hists = { .waiting = true };
	unsigned int i, way;

	for (way = 0; way < HIST_WAYS; way++) {
		for (i = 0; i < FINWAIT2_BUCKETS; i++)
			count(&hists.dwell[way], i, (1 << way) + i * way);
	}
	count(&hists.age, LAST, 1);
	draw("all ways, all buckets", &hists);
	hists.waiting = false;
	draw("none is known to wait", &hists);
}

static void draw_rows(unsigned int first, unsigned int last)
{
	struct hists hists = { 0 };
	char title[64];
	unsigned int i;

	for (i = first; i <= last; i++)
		count(&hists.dwell[FINWAIT2_WAY_CLOSE], i, i + 1);
	snprintf(title, sizeof(title), "buckets %u to %u", first, last);
	draw(title, &hists);
}

static void draw_usual(void)
{
	static const u64 closed[] = {
		120, 4711, 91823, 733012, 1203987, 412001, 98123, 10234, 812,
		99, 10, 1, 0, 0, 1,
	};
	struct hists hists = { .waiting = true };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(closed); i++)
		count(&hists.dwell[FINWAIT2_WAY_PEER_FIN], i, closed[i]);
	draw("closed by peers", &hists);
	count(&hists.dwell[FINWAIT2_WAY_FLUSHED], 16, 17);
	count(&hists.dwell[FINWAIT2_WAY_FLUSHED], 17, 3);
	count(&hists.age, 15, 7);
	count(&hists.age, 3, 2);
	draw("some flushed, some waiting", &hists);
	draw_json("the same for programs", &hists);
	count(&hists.dwell[FINWAIT2_WAY_RESET], LAST - 1, 1);
	count(&hists.dwell[FINWAIT2_WAY_RESET], LAST, 2);
	draw_json("and with the last bucket", &hists);
}

static void draw_huge(void)
{
	struct hists hists = { 0 };

	hists.dwell[FINWAIT2_WAY_RESET].buckets[4] = UINT64_MAX / 2;
	hists.dwell[FINWAIT2_WAY_ABORT].buckets[5] = UINT64_MAX / 4;
	hists.dwell[FINWAIT2_WAY_ABORT].buckets[6] = 1;
	draw("huge numbers, reset and abort", &hists);
}

static void draw_bars(void)
{
	static const u64 values[] = { 0, 1, 7, 8, 9, 63, 64, 65 };
	const bool fine = bar_is_fine();
	char text[BAR_SIZE];
	size_t i;

	puts("== bars of 64");
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		bar_draw(text, values[i], 64, 8, fine);
		printf("%llu [%s]\n", values[i], text);
	}
	bar_draw(text, UINT64_MAX, UINT64_MAX, BAR_MAX, fine);
	printf("%zu [%s]\n", strlen(text), text);
	bar_draw(text, 1, 0, BAR_MAX, fine);
	printf("%zu [%s]\n", strlen(text), text);
}

static void write_counts(void)
{
	static const u64 counts[] = {
		0, 9, 999, 9999, 10000, 99999, 100000, 999999, 1000000,
		1999999, 9999999, 10000000, 999999999, 1000000000,
		123456789012345ULL, UINT64_MAX,
	};
	static const double rates[] = {
		0, 0.001, 0.01, 0.5, 9.99, 10, 99.9, 100, 12345.6, 999999,
		1e6, 1e14, 1e15,
	};
	char four[COUNT_SIZE], nine[COUNT_SIZE];
	size_t i;

	puts("== counts");
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		count_format(four, counts[i], 4);
		count_format(nine, counts[i], 9);
		printf("%llu [%4s] [%9s]\n", counts[i], four, nine);
	}
	puts("== rates");
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		count_format_rate(nine, rates[i]);
		printf("%g [%8s]\n", rates[i], nine);
	}
}

int main(void)
{
	const struct hists none = { .waiting = true };

	draw("none", &none);
	draw_json("none, for programs", &none);
	draw_rows(0, 0);
	draw_rows(LAST, LAST);
	draw_rows(LAST - 1, LAST);
	draw_rows(3, 22);
	draw_rows(3, 23);
	draw_rows(0, LAST);
	draw_rows(1, LAST);
	draw_usual();
	draw_all();
	draw_huge();
	draw_bars();
	write_counts();
	return 0;
}
