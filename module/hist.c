// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms: for how long sockets stay in FIN_WAIT_2.
 *
 * What is asked of them is which limit is right, which orders of magnitude
 * answer: buckets double from 1 ms to 12 days. Each way out has a histogram, and
 * each rule has its own; all of them are per CPU, so that a socket that leaves
 * costs two additions to memory of this CPU. How many left is nowhere counted
 * beside: it is the sum of the buckets.
 */

#include <linux/build_bug.h>
#include <linux/compiler.h>

#include "hist.h"

static_assert((int)FINWAIT2_WAY_PEER_FIN == (int)FINWAIT2_REASON_PEER_FIN);
static_assert((int)FINWAIT2_WAY_CLOSE == (int)FINWAIT2_REASON_CLOSE);
static_assert((int)FINWAIT2_WAY_RESET == (int)FINWAIT2_REASON_RESET);
static_assert((int)FINWAIT2_WAY_ABORT == (int)FINWAIT2_REASON_ABORT);
static_assert((int)FINWAIT2_WAY_FLUSHED == (int)FINWAIT2_REASON_HELD);

/**
 * fw2_hist_add - add the histogram of one CPU to a sum
 * @sum: sum
 * @hist: histogram, which may be counted in meanwhile
 *
 * Context: any.
 */
void fw2_hist_add(struct fw2_hist *sum, const struct fw2_hist *hist)
{
	unsigned int i;

	for (i = 0; i < FINWAIT2_BUCKETS; i++)
		sum->n[i] += READ_ONCE(hist->n[i]);
	sum->sum += READ_ONCE(hist->sum);
}

/**
 * fw2_hist_total - how many sockets are in a histogram
 * @hist: histogram
 */
u64 fw2_hist_total(const struct fw2_hist *hist)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < FINWAIT2_BUCKETS; i++)
		n += hist->n[i];
	return n;
}
