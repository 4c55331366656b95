// SPDX-License-Identifier: GPL-2.0
/*
 * What is suggested for some histograms, and what a share is
 */
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "hist.h"
#include "share.h"
#include "suggest.h"

#define LAST	(FINWAIT2_BUCKETS - 1)

/* An amount of quick ones in bucket 2, and of slow ones in another. */
static void suggest(u64 quick, unsigned int bucket, u64 slow, u32 share)
{
	struct suggestion suggestion;
	char interval[SUGGEST_SIZE] = "none";
	char text[SHARE_SIZE];
	struct hist hist = {
		.buckets = { [2] = quick },
	};

	hist.buckets[bucket] += slow;
	suggest_find(&suggestion, &hist, share);
	share_format(text, share);
	if (suggestion.found)
		suggest_format(interval, suggestion.ms);
	printf("%llu quick, %llu in %u, %s: of %llu (%llu needed: %s) %s cuts %llu\n",
	       quick, slow, bucket, text, suggestion.count, suggestion.needed,
	       suggestion.enough ? "enough" : "too few", interval,
	       suggestion.cut);
}

/* One in each bucket: which bound leaves fewer than a share above it */
static void suggest_even(u32 share)
{
	char interval[SUGGEST_SIZE] = "none", text[SHARE_SIZE];
	struct suggestion suggestion;
	struct hist hist;
	unsigned int i;

	for (i = 0; i < FINWAIT2_BUCKETS; i++)
		hist.buckets[i] = 1000;
	suggest_find(&suggestion, &hist, share);
	share_format(text, share);
	if (suggestion.found)
		suggest_format(interval, suggestion.ms);
	printf("even, %s: %s cuts %llu of %llu\n", text, interval,
	       suggestion.cut, suggestion.count);
}

static void shares(void)
{
	static const char * const texts[] = {
		"0.0001", "0.01%", "0.1%", "0.001", ".5", "50%", "0.3", "00.5",
		"0.000000001", "0.0000001%", "99.9999999%", "0.10000000000",
		"0", "0%", "1", "100%", "1.0", "101", "0.0000000001",
		"0.00000001%", "", ".", "%", "0.1%%", "%0.1", "0.1 %", " 0.1",
		"-0.1", "+0.1", "1e-3", "0,1", "0.1.1", "0x1", "nan",
		"18446744073709551617", "18446744073709551616.5",
		"0.18446744073709551617",
	};
	char text[SHARE_SIZE], why[ERR_WHY];
	u32 share;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		if (share_parse(texts[i], &share, why)) {
			printf("\"%s\": %s\n", texts[i], why);
			continue;
		}
		share_format(text, share);
		printf("\"%s\": %s %u\n", texts[i], text, share);
	}
	printf("of 0.01%%: %llu %llu %llu %llu %llu\n",
	       share_of(100000, 0), share_of(100000, 9999),
	       share_of(100000, 10000), share_of(100000, 10001),
	       share_of(SHARE_ALL - 1, UINT64_MAX));
	for (i = 4; i < 100000000; i *= 7) {
		share_format(text, share_least(i, 3));
		printf("3 of %zu: %s\n", i, text);
	}
}

int main(void)
{
	const u32 one = SHARE_ALL / 100;
	unsigned int i;
	char text[SUGGEST_SIZE];

	/* 300 are needed for 1 %. */
	suggest(0, 2, 0, one);
	suggest(299, 2, 0, one);
	suggest(300, 2, 0, one);
	suggest(298, 10, 2, one);
	/* 3 of 300 are not fewer than 1 %, of 301 they are. */
	suggest(297, 10, 3, one);
	suggest(298, 10, 3, one);
	suggest(300, 0, 300, one);
	suggest(300, LAST, 2, one);
	suggest(300, LAST, 4, one);
	suggest(300, LAST - 1, 4, one);
	suggest(0, LAST, 300, one);
	suggest(0, 0, 300, one);
	/* As many as nobody has, and shares as small as there are. */
	suggest(UINT64_MAX - 10, 12, 10, 1);
	suggest(2999999999ULL, 12, 0, 1);
	suggest(3000000000ULL, 12, 0, 1);
	suggest(3, 12, 3, SHARE_ALL - 1);
	suggest(29999, 12, 0, 100000);
	suggest(29997, 12, 3, 100000);
	suggest(29998, 12, 3, 100000);

	suggest_even(SHARE_ALL / 2);
	suggest_even(SHARE_ALL / 32);
	suggest_even(SHARE_ALL / 32 + 1);
	suggest_even(SHARE_ALL / 32 * 2 + 1);
	suggest_even(SHARE_ALL - 1);

	for (i = 0; i < FINWAIT2_BUCKETS; i++) {
		suggest_format(text, hist_limit(i));
		printf("%s ", text);
	}
	putchar('\n');
	shares();
	return 0;
}
