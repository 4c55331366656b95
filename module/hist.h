/* SPDX-License-Identifier: GPL-2.0 */
/* How long sockets stay, counted by powers of two */
#ifndef _FW2_HIST_H
#define _FW2_HIST_H

#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <uapi/linux/finwait2.h>

#define FW2_WAYS	(FINWAIT2_WAY_WOULD_FLUSH + 1)

/**
 * struct fw2_hist - sockets by a time
 * @n: how many there are in each bucket
 * @sum: their times added up, ms
 */
struct fw2_hist {
	u64	n[FINWAIT2_BUCKETS];
	u64	sum;
};

/* The bucket of a time: n holds what is shorter than 2^n ms. */
static inline unsigned int fw2_hist_bucket(u32 ms)
{
	return min(fls(ms), FINWAIT2_BUCKETS - 1);
}

/* A span of jiffies, ms; what does not fit is longer than any bucket is. */
static inline u32 fw2_span_ms(u64 span)
{
	return min_t(u64, jiffies64_to_msecs(span), U32_MAX);
}

/* How a reason is told by histograms: the first are the same, flushes are one. */
static inline enum finwait2_way fw2_way(enum finwait2_reason reason)
{
	return min_t(unsigned int, reason, FINWAIT2_WAY_FLUSHED);
}

/* Add a time to a histogram of this CPU. */
static inline void fw2_hist_count(struct fw2_hist __percpu *hist, u32 ms)
{
	this_cpu_inc(hist->n[fw2_hist_bucket(ms)]);
	this_cpu_add(hist->sum, ms);
}

void fw2_hist_add(struct fw2_hist *sum, const struct fw2_hist *hist);
u64 fw2_hist_total(const struct fw2_hist *hist);

#endif
