// SPDX-License-Identifier: GPL-2.0
/*
 * Flush sockets now, due or not
 *
 * There is no way to take it back, so that all sockets are flushed only where
 * that is said.
 */
#include <string.h>

#include <linux/finwait2.h>

#include "attr.h"
#include "err.h"
#include "filter.h"
#include "flush.h"
#include "genl.h"
#include "msg.h"
#include "out.h"

#define FLUSH_ATTRS	(FINWAIT2_A_FLUSH_MAX + 1)

/**
 * struct flush_result - what has become of the sockets
 * @flushed: how many were flushed
 * @busy: how many were not, though meant
 */
struct flush_result {
	u64 flushed;
	u64 busy;
};

static int flush_take(const struct nlmsghdr *nlh, void *data)
{
	static const u8 kinds[FLUSH_ATTRS] = {
		[FINWAIT2_A_FLUSH_FLUSHED] = ATTR_UINT,
		[FINWAIT2_A_FLUSH_BUSY] = ATTR_UINT,
	};
	struct attr attrs[FLUSH_ATTRS];
	struct flush_result *result = data;

	if (attr_parse(nlh, kinds, attrs, FLUSH_ATTRS) ||
	    !attrs[FINWAIT2_A_FLUSH_FLUSHED].present)
		return -1;
	result->flushed = attrs[FINWAIT2_A_FLUSH_FLUSHED].number;
	result->busy = attrs[FINWAIT2_A_FLUSH_BUSY].number;
	return 0;
}

static int flush_words(struct msg *msg, int argc, char **argv)
{
	struct filter filter;
	char why[ERR_WHY];
	int ret = 0;

	if (!strcmp(argv[0], "all")) {
		if (argc > 1)
			return err_usage("unknown word \"%s\": expected flush all and no more",
					 argv[1]);
		msg_put_flag(msg, FINWAIT2_A_FLUSH_ALL);
		return 0;
	}
	if (filter_parse(&filter, argc, argv, why))
		ret = err_usage("%s", why);
	else
		filter_put(msg, FINWAIT2_A_FLUSH_FILTER, &filter);
	filter_free(&filter);
	return ret;
}

/**
 * flush_cmd() - the command "flush FILTER" or "flush all"
 * @out: where to print
 * @argc: number of words after "flush", at least 1
 * @argv: the words
 *
 * Return: the exit status.
 */
int flush_cmd(struct out *out, int argc, char **argv)
{
	struct flush_result result = { 0 };
	struct genl *genl;
	struct msg msg;
	int ret;

	msg_init(&msg, FINWAIT2_CMD_FLUSH, FINWAIT2_FAMILY_VERSION);
	ret = flush_words(&msg, argc, argv);
	if (!ret)
		ret = genl_open(&genl);
	if (!ret) {
		ret = genl_do(genl, &msg, flush_take, &result, NULL);
		genl_close(genl);
	}
	msg_free(&msg);
	if (ret)
		return ret;
	out_open(out, OUT_PLAIN);
	out_entry_uint(out, "flushed", result.flushed, "");
	out_entry_uint(out, "busy", result.busy, "");
	out_close(out);
	return STATUS_OK;
}
