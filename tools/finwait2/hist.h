/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_HIST_H
#define FINWAIT2_HIST_H

#include <linux/finwait2.h>

#include "name.h"
#include "util.h"

struct genl;
struct nlmsghdr;

#define HIST_WAYS	(FINWAIT2_WAY_WOULD_FLUSH + 1)

/**
 * struct hist - sockets by a time
 * @count: how many in all
 * @sum: their times added up, ms
 * @buckets: how many in each bucket, see hist_limit()
 */
struct hist {
	u64 count;
	u64 sum;
	u64 buckets[FINWAIT2_BUCKETS];
};

/**
 * struct hists - histograms of a network namespace, or of one rule
 * @prio: priority of the rule, 0 for all sockets of the namespace
 * @dwell: time spent in FIN_WAIT_2, by enum finwait2_way
 * @waiting: the following is known
 * @held: held sockets that wait now
 * @shut: shut sockets that wait now
 * @orphan: orphans that wait now
 * @age: how long the held and the shut ones have waited
 */
struct hists {
	u32 prio;
	struct hist dwell[HIST_WAYS];
	bool waiting;
	u64 held;
	u64 shut;
	u64 orphan;
	struct hist age;
};

/**
 * hist_way() - what a way out is called
 * @way: enum finwait2_way
 */
static inline const char *hist_way(unsigned int way)
{
	return name_way(way);
}

/**
 * typedef hist_fn - what to do with histograms
 * @hists: the histograms
 * @data: what the caller of hist_each() gave
 *
 * Return: 0, or an exit status to stop with, the error reported.
 */
typedef int hist_fn(const struct hists *hists, void *data);

/**
 * struct hist_list - all histograms of a network namespace
 * @hists: those of the namespace, then those of each rule by priority
 * @count: their number, at least 1
 */
struct hist_list {
	struct hists *hists;
	size_t count;
};

u64 hist_limit(unsigned int bucket);
int hist_parse(const struct nlmsghdr *nlh, struct hists *hists);
int hist_each(struct genl *genl, bool waiting, hist_fn *fn, void *data);
int hist_load(struct genl *genl, bool waiting, struct hist_list *list);
const struct hists *hist_find(const struct hist_list *list, u32 prio);
void hist_list_free(struct hist_list *list);

#endif
