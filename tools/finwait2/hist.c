// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms: how long sockets stayed in FIN_WAIT_2, by how they left, and how
 * long those have waited that are there now
 */
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "attr.h"
#include "err.h"
#include "genl.h"
#include "hist.h"
#include "msg.h"

static const u8 hist_kinds[] = {
	[FINWAIT2_A_HIST_WAY] = ATTR_U32,
	[FINWAIT2_A_HIST_COUNT] = ATTR_UINT,
	[FINWAIT2_A_HIST_SUM] = ATTR_UINT,
	[FINWAIT2_A_HIST_BUCKETS] = ATTR_BYTES,
};

static const u8 hists_kinds[] = {
	[FINWAIT2_A_HISTS_RULE] = ATTR_U32,
	[FINWAIT2_A_HISTS_HELD] = ATTR_UINT,
	[FINWAIT2_A_HISTS_SHUT] = ATTR_UINT,
	[FINWAIT2_A_HISTS_ORPHAN] = ATTR_UINT,
	[FINWAIT2_A_HISTS_AGE] = ATTR_BYTES,
};

/**
 * hist_limit() - the time that everything in a bucket is shorter than
 * @bucket: its number, less than FINWAIT2_BUCKETS
 *
 * The last one holds whatever is longer than in the others, too.
 *
 * Return: milliseconds.
 */
u64 hist_limit(unsigned int bucket)
{
	return 1ULL << bucket;
}

static int hist_read(struct hist *hist, const struct attr *attrs)
{
	const struct attr *buckets = &attrs[FINWAIT2_A_HIST_BUCKETS];

	if (!attrs[FINWAIT2_A_HIST_COUNT].present ||
	    !attrs[FINWAIT2_A_HIST_SUM].present ||
	    buckets->len != sizeof(hist->buckets))
		return -1;
	hist->count = attrs[FINWAIT2_A_HIST_COUNT].number;
	hist->sum = attrs[FINWAIT2_A_HIST_SUM].number;
	memcpy(hist->buckets, buckets->bytes, sizeof(hist->buckets));
	return 0;
}

static int hist_read_dwell(const struct attr *nest, void *data)
{
	struct attr attrs[ARRAY_SIZE(hist_kinds)];
	const struct attr *way = &attrs[FINWAIT2_A_HIST_WAY];
	struct hists *hists = data;

	if (attr_parse_nested(nest, hist_kinds, attrs, ARRAY_SIZE(hist_kinds)) ||
	    !way->present)
		return -1;
	/* A newer module may know more of them. */
	if (way->number >= HIST_WAYS)
		return 0;
	return hist_read(&hists->dwell[way->number], attrs);
}

static int hist_read_age(struct hists *hists, const struct attr *nest)
{
	struct attr attrs[ARRAY_SIZE(hist_kinds)];

	if (!nest->present)
		return 0;
	hists->waiting = true;
	if (attr_parse_nested(nest, hist_kinds, attrs, ARRAY_SIZE(hist_kinds)))
		return -1;
	return hist_read(&hists->age, attrs);
}

/**
 * hist_parse() - read a message with histograms
 * @nlh: the message
 * @hists: where to store them
 *
 * Return: 0, or -1 if it is malformed.
 */
int hist_parse(const struct nlmsghdr *nlh, struct hists *hists)
{
	const struct attr payload = attr_payload(nlh);
	struct attr attrs[ARRAY_SIZE(hists_kinds)];

	memset(hists, 0, sizeof(*hists));
	if (attr_parse(nlh, hists_kinds, attrs, ARRAY_SIZE(hists_kinds)) ||
	    attr_each(&payload, FINWAIT2_A_HISTS_DWELL, hist_read_dwell,
		      hists) ||
	    hist_read_age(hists, &attrs[FINWAIT2_A_HISTS_AGE]))
		return -1;
	hists->prio = attrs[FINWAIT2_A_HISTS_RULE].number;
	hists->held = attrs[FINWAIT2_A_HISTS_HELD].number;
	hists->shut = attrs[FINWAIT2_A_HISTS_SHUT].number;
	hists->orphan = attrs[FINWAIT2_A_HISTS_ORPHAN].number;
	return 0;
}

/* Who is to be told. */
struct hist_reader {
	hist_fn *fn;
	void *data;
};

static int hist_message(const struct nlmsghdr *nlh, void *data)
{
	const struct hist_reader *reader = data;
	struct hists hists;

	if (hist_parse(nlh, &hists))
		return -1;
	return reader->fn(&hists, reader->data);
}

/**
 * hist_each() - ask the kernel for all histograms
 * @genl: socket to ask with
 * @waiting: ask for those who wait now, too
 * @fn: what to do with each: those of the namespace first, then of each rule by
 *	priority
 * @data: what to give to @fn
 *
 * Return: 0 or the exit status, the error reported.
 */
int hist_each(struct genl *genl, bool waiting, hist_fn *fn, void *data)
{
	struct hist_reader reader = { fn, data };
	struct msg msg;
	int ret;

	msg_init(&msg, FINWAIT2_CMD_HIST_GET, FINWAIT2_FAMILY_VERSION);
	if (waiting)
		msg_put_flag(&msg, FINWAIT2_A_HISTS_WAITING);
	ret = genl_dump_some(genl, &msg, hist_message, &reader);
	msg_free(&msg);
	return ret;
}

static int hist_take(const struct hists *hists, void *data)
{
	struct hist_list *list = data;

	list->hists = reallocarray(list->hists, list->count + 1,
				   sizeof(*hists));
	if (!list->hists)
		err_no_memory();
	list->hists[list->count++] = *hists;
	return 0;
}

/**
 * hist_load() - ask the kernel for all histograms, and keep them
 * @genl: socket to ask with
 * @waiting: ask for those who wait now, too
 * @list: where to store them, for hist_list_free() in any case
 *
 * Return: 0 or the exit status, the error reported.
 */
int hist_load(struct genl *genl, bool waiting, struct hist_list *list)
{
	int ret;

	memset(list, 0, sizeof(*list));
	ret = hist_each(genl, waiting, hist_take, list);
	if (!ret && (!list->count || list->hists[0].prio))
		ret = err_failed("the kernel tells no histograms of the namespace");
	return ret;
}

/**
 * hist_find() - find the histograms of a rule
 * @list: all of them
 * @prio: priority of the rule
 *
 * Return: them, or NULL if there are none: the rule was new.
 */
const struct hists *hist_find(const struct hist_list *list, u32 prio)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (list->hists[i].prio == prio)
			return &list->hists[i];
	}
	return NULL;
}

/**
 * hist_list_free() - forget histograms
 * @list: the histograms
 */
void hist_list_free(struct hist_list *list)
{
	free(list->hists);
}
