// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as the payload of a message from the kernel
 *
 * As an answer with rules, as one about a socket, and as one with histograms.
 * Whatever was understood can be printed. A rule that can be saved is the same
 * when it is read back.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>
#include <linux/genetlink.h>

#include "attr.h"
#include "err.h"
#include "fake.h"
#include "fuzz.h"
#include "hist.h"
#include "msg.h"
#include "name.h"
#include "rule.h"
#include "sock.h"
#include "suggest.h"
#include "word.h"

static void fuzz_put_sock(struct msg *msg, u16 family, size_t len)
{
	static const u8 addr[16] = { 192, 0, 2, 1 };

	msg_put_u16(msg, FINWAIT2_A_SOCK_FAMILY, family);
	msg_put(msg, FINWAIT2_A_SOCK_LOCAL_ADDR, addr, len);
	msg_put_u16(msg, FINWAIT2_A_SOCK_LOCAL_PORT, 80);
	msg_put(msg, FINWAIT2_A_SOCK_REMOTE_ADDR, addr, len);
	msg_put_u16(msg, FINWAIT2_A_SOCK_REMOTE_PORT, 1024);
	msg_put_u32(msg, FINWAIT2_A_SOCK_IFINDEX, 1);
	msg_put_u32(msg, FINWAIT2_A_SOCK_CLASS, FINWAIT2_CLASS_HELD);
	msg_put_u32(msg, FINWAIT2_A_SOCK_DUE_REASON, FINWAIT2_REASON_AGE);
	msg_put_u32(msg, FINWAIT2_A_SOCK_ACTIVITY, FINWAIT2_ACTIVITY_READ);
	msg_put_u64(msg, FINWAIT2_A_SOCK_COOKIE, 4711);
	msg_put_u32(msg, FINWAIT2_A_SOCK_EVENT, FINWAIT2_EVENT_FLUSH);
}

static void fuzz_put_rule(struct msg *msg)
{
	static const char text[] =
		"prio 7 local 192.0.2.0/24 sport 80,443-445 peer "
		"2001:db8::/32 dport 1-9 mark 1/3 uid 0 cgroup /a dev eth0 "
		"class held,orphan interval 1s max-age 2s keepstart 3s keepstop 4s reset off";

	kernel_put_rule(msg, text);
}

static void fuzz_put_hist(struct msg *msg, u16 type)
{
	static const u64 buckets[FINWAIT2_BUCKETS] = { [2] = 30000, [9] = 1 };
	const size_t at = msg_nest(msg, type);

	msg_put_u32(msg, FINWAIT2_A_HIST_WAY, FINWAIT2_WAY_PEER_FIN);
	msg_put_u32(msg, FINWAIT2_A_HIST_COUNT, 30001);
	msg_put_u64(msg, FINWAIT2_A_HIST_SUM, 1ULL << 33);
	msg_put(msg, FINWAIT2_A_HIST_BUCKETS, buckets, sizeof(buckets));
	msg_nest_end(msg, at);
}

static void fuzz_put_hists(struct msg *msg)
{
	msg_put_u32(msg, FINWAIT2_A_HISTS_RULE, 7);
	fuzz_put_hist(msg, FINWAIT2_A_HISTS_DWELL);
	msg_put_u32(msg, FINWAIT2_A_HISTS_HELD, 1);
	msg_put_u32(msg, FINWAIT2_A_HISTS_SHUT, 2);
	msg_put_u32(msg, FINWAIT2_A_HISTS_ORPHAN, 3);
	fuzz_put_hist(msg, FINWAIT2_A_HISTS_AGE);
}

/*
 * Nested attributes with their lengths are not found by chance. What is too
 * short to have any gives way to a good message, to be spoilt from then on.
 */
size_t fuzz_mutate(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	const struct nlmsghdr *nlh;
	struct attr payload;
	struct msg msg;

	if (size > 16 && seed % 64)
		return fuzz_mutate_bytes(data, size, max);
	msg_init(&msg, 0, FINWAIT2_FAMILY_VERSION);
	if (seed & 64)
		fuzz_put_rule(&msg);
	else if (seed & 256)
		fuzz_put_hists(&msg);
	else if (seed & 128)
		fuzz_put_sock(&msg, AF_INET, 4);
	else
		fuzz_put_sock(&msg, AF_INET6, 16);
	nlh = msg_header(&msg);
	payload = attr_payload(nlh);
	if (payload.len <= max) {
		size = payload.len;
		memcpy(data, payload.bytes, size);
	}
	msg_free(&msg);
	return fuzz_mutate_bytes(data, size, max);
}

/* Rule in words, and back if there are words for it. */
static void fuzz_rule(const struct rule *rule)
{
	char *words[WORD_MAX];
	char why[ERR_WHY];
	struct rule again;
	char *text, *first;
	FILE *file;
	size_t len;
	int count;

	file = open_memstream(&text, &len);
	if (!file)
		abort();
	rule_write(file, rule);
	fclose(file);
	first = strdup(text);
	if (!first)
		abort();

	count = word_split(text, len, words, why);
	if (count > 0) {
		if (!rule_parse(&again, count, words, why)) {
			char *second;

			/* Words mean one thing, even where they lack bits. */
			file = open_memstream(&second, &len);
			if (!file)
				abort();
			rule_write(file, &again);
			fclose(file);
			if (strcmp(first, second))
				abort();
			free(second);
		}
		rule_free(&again);
	}
	free(first);
	free(text);
}

static int fuzz_take_rule(const struct attr *nest, void *data __maybe_unused)
{
	struct rule rule;
	int ret;

	ret = rule_get(&rule, nest);
	if (!ret)
		fuzz_rule(&rule);
	rule_free(&rule);
	return ret;
}

static void fuzz_sock(const struct attr *attrs)
{
	char cookie[SOCK_COOKIE_SIZE];
	char text[SOCK_END_SIZE];

	sock_local(attrs, text);
	sock_remote(attrs, text);
	sock_cookie(attrs, cookie);
	name_reason(attrs[FINWAIT2_A_SOCK_DUE_REASON].number);
	name_activity(attrs[FINWAIT2_A_SOCK_ACTIVITY].number);
}

static void fuzz_hists(const struct hists *hists)
{
	struct suggestion suggestion;
	unsigned int way;

	for (way = 0; way < HIST_WAYS; way++)
		suggest_find(&suggestion, &hists->dwell[way], 1);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	const size_t len = MNL_NLMSG_HDRLEN + GENL_HDRLEN + size;
	struct attr attrs[SOCK_ATTRS];
	struct nlmsghdr *nlh = calloc(1, len);
	struct attr payload;
	struct hists hists;

	if (!nlh)
		abort();
	/* As long as it says and no longer: what is beyond is found out. */
	nlh->nlmsg_len = len;
	if (size)
		memcpy((char *)nlh + MNL_NLMSG_HDRLEN + GENL_HDRLEN, data,
		       size);
	payload = attr_payload(nlh);
	attr_each(&payload, FINWAIT2_A_RULES_RULE, fuzz_take_rule, NULL);
	if (!sock_parse(nlh, attrs))
		fuzz_sock(attrs);
	if (!sock_parse_event(nlh, attrs) &&
	    attrs[FINWAIT2_A_SOCK_FAMILY].present)
		fuzz_sock(attrs);
	if (!hist_parse(nlh, &hists))
		fuzz_hists(&hists);
	free(nlh);
	return 0;
}
