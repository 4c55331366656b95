// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel that is made up has to say
 *
 * Four sockets wait, of each class and of each family, under two rules. What is
 * told of them is what the module would tell, with every attribute that it has.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>
#include <linux/genetlink.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "err.h"
#include "fake.h"
#include "hist.h"
#include "msg.h"
#include "rule.h"
#include "word.h"

/**
 * struct pack - messages that make up a datagram
 * @request: what they answer, NULL for an event
 * @bytes: the messages so far
 * @len: length of @bytes
 */
struct pack {
	const struct nlmsghdr *request;
	char *bytes;
	size_t len;
};

/* A message of which all but type and payload goes without saying. */
static struct nlmsghdr *pack_add(struct pack *pack, u16 type, u16 flags,
				 const void *payload, size_t len)
{
	const size_t size = MNL_ALIGN(MNL_NLMSG_HDRLEN + len);
	struct nlmsghdr *nlh;

	pack->bytes = realloc(pack->bytes, pack->len + size);
	if (!pack->bytes)
		abort();
	nlh = (struct nlmsghdr *)(pack->bytes + pack->len);
	memset(nlh, 0, size);
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + len;
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	if (pack->request) {
		nlh->nlmsg_seq = pack->request->nlmsg_seq;
		nlh->nlmsg_pid = FAKE_PORTID;
		if (pack->request->nlmsg_flags & NLM_F_DUMP)
			nlh->nlmsg_flags |= NLM_F_MULTI;
	}
	if (len)
		memcpy(mnl_nlmsg_get_payload(nlh), payload, len);
	pack->len += size;
	return nlh;
}

static void pack_msg(struct pack *pack, u16 type, struct msg *msg)
{
	const struct nlmsghdr *nlh = msg_header(msg);

	pack_add(pack, type, 0, mnl_nlmsg_get_payload(nlh),
		 mnl_nlmsg_get_payload_len(nlh));
	msg_free(msg);
}

static void pack_put(struct pack *pack, u32 group, kernel_put *put, void *data)
{
	if (pack->len)
		put(pack->bytes, pack->len, group, data);
	pack->bytes = NULL;
	pack->len = 0;
}

static void pack_error(struct pack *pack, int error)
{
	struct nlmsgerr err = { .error = -error, .msg = *pack->request };

	pack_add(pack, NLMSG_ERROR, NLM_F_CAPPED, &err, sizeof(err));
}

static void pack_done(struct pack *pack)
{
	const int ok = 0;

	pack_add(pack, NLMSG_DONE, NLM_F_MULTI, &ok, sizeof(ok));
}

/* Who waits. */
static const struct {
	u16 family;
	const char *local;
	const char *peer;
	u32 class;
	bool observed;
} kernel_socks[] = {
	{ AF_INET, "192.0.2.1", "198.51.100.7", FINWAIT2_CLASS_HELD, false },
	{ AF_INET6, "2001:db8::1", "2001:db8::7", FINWAIT2_CLASS_SHUT, true },
	{ AF_INET6, "::ffff:192.0.2.1", "::ffff:198.51.100.8",
	  FINWAIT2_CLASS_HELD, false },
	{ AF_INET, "192.0.2.1", "198.51.100.9", FINWAIT2_CLASS_ORPHAN, false },
};

static void kernel_put_addr(struct msg *msg, u16 type, u16 family,
			    const char *text)
{
	u8 addr[16];

	if (inet_pton(family, text, addr) != 1)
		abort();
	msg_put(msg, type, addr, family == AF_INET ? 4 : 16);
}

static void kernel_put_sock(struct msg *msg, unsigned int i)
{
	const u16 family = kernel_socks[i].family;

	msg_put_u16(msg, FINWAIT2_A_SOCK_FAMILY, family);
	kernel_put_addr(msg, FINWAIT2_A_SOCK_LOCAL_ADDR, family,
			kernel_socks[i].local);
	msg_put_u16(msg, FINWAIT2_A_SOCK_LOCAL_PORT, htons(80));
	kernel_put_addr(msg, FINWAIT2_A_SOCK_REMOTE_ADDR, family,
			kernel_socks[i].peer);
	msg_put_u16(msg, FINWAIT2_A_SOCK_REMOTE_PORT, htons(1024 + i));
	if (i == 1)
		msg_put_u32(msg, FINWAIT2_A_SOCK_IFINDEX, 1);
	msg_put_u32(msg, FINWAIT2_A_SOCK_CLASS, kernel_socks[i].class);
	msg_put_u64(msg, FINWAIT2_A_SOCK_AGE, 61000);
	msg_put_u64(msg, FINWAIT2_A_SOCK_IDLE, 60000);
	msg_put_u64(msg, FINWAIT2_A_SOCK_DUE_IN, 615000);
	msg_put_u32(msg, FINWAIT2_A_SOCK_DUE_REASON, FINWAIT2_REASON_HELD);
	if (kernel_socks[i].observed)
		msg_put_flag(msg, FINWAIT2_A_SOCK_OBSERVED);
	msg_put_u32(msg, FINWAIT2_A_SOCK_UID, 33);
	msg_put_u64(msg, FINWAIT2_A_SOCK_INODE, 4711);
	msg_put_u64(msg, FINWAIT2_A_SOCK_COOKIE, 0x1a2b + i);
	msg_put_u32(msg, FINWAIT2_A_SOCK_RULE, 10);
	msg_put_u32(msg, FINWAIT2_A_SOCK_MARK, 1);
	msg_put_u64(msg, FINWAIT2_A_SOCK_LIMIT, 675000);
	msg_put_u64(msg, FINWAIT2_A_SOCK_MAX_AGE, 0);
	msg_put_u64(msg, FINWAIT2_A_SOCK_KEEPSTART, 1500);
	msg_put_u64(msg, FINWAIT2_A_SOCK_KEEPSTOP, 3000);
	msg_put_u8(msg, FINWAIT2_A_SOCK_RESET, 1);
	msg_put_u8(msg, FINWAIT2_A_SOCK_OBSERVE, kernel_socks[i].observed);
	msg_put_flag(msg, FINWAIT2_A_SOCK_PROBING);
	msg_put_u32(msg, FINWAIT2_A_SOCK_ACTIVITY, FINWAIT2_ACTIVITY_READ);
	msg_put_u64(msg, FINWAIT2_A_SOCK_SILENT, 60000);
	msg_put_u64(msg, FINWAIT2_A_SOCK_CGROUP_ID, 1);
}

void kernel_put_rule(struct msg *msg, const char *text)
{
	char *line = strdup(text), *words[WORD_MAX];
	char why[ERR_WHY];
	struct rule rule;
	int count;

	if (!line)
		abort();
	count = word_split(line, strlen(line), words, why);
	if (rule_parse(&rule, count, words, why))
		abort();
	rule_put(msg, &rule);
	rule_free(&rule);
	free(line);
}

static const char *const kernel_rules[] = {
	"prio 10 local 192.0.2.0/24 sport 80,443-445 peer 198.51.100.0/24 dport 1-9 mark 1/3 uid 0 dev eth0 class held,orphan interval 1s max-age 2s keepstart 3s keepstop 4s reset off",
	"prio 20 cgroup /a peer 2001:db8::/32 exempt",
};

static void kernel_put_hist(struct msg *msg, u16 type, u32 way)
{
	static const u64 buckets[FINWAIT2_BUCKETS] = { [2] = 30000, [19] = 1 };
	const size_t at = msg_nest(msg, type);

	msg_put_u32(msg, FINWAIT2_A_HIST_WAY, way);
	msg_put_u64(msg, FINWAIT2_A_HIST_COUNT, 30001);
	msg_put_u64(msg, FINWAIT2_A_HIST_SUM, 1ULL << 33);
	msg_put(msg, FINWAIT2_A_HIST_BUCKETS, buckets, sizeof(buckets));
	msg_nest_end(msg, at);
}

static void kernel_put_hists(struct msg *msg, unsigned int rule)
{
	u32 way;

	if (rule)
		msg_put_u32(msg, FINWAIT2_A_HISTS_RULE, 10 * rule);
	for (way = 0; way < HIST_WAYS; way++)
		kernel_put_hist(msg, FINWAIT2_A_HISTS_DWELL, way);
	msg_put_u64(msg, FINWAIT2_A_HISTS_HELD, 2);
	msg_put_u64(msg, FINWAIT2_A_HISTS_SHUT, 1);
	msg_put_u64(msg, FINWAIT2_A_HISTS_ORPHAN, 1);
	kernel_put_hist(msg, FINWAIT2_A_HISTS_AGE, 0);
}

static void kernel_put_stats(struct msg *msg)
{
	u16 i;

	for (i = 1; i <= FINWAIT2_A_STATS_MAX; i++) {
		if (i == FINWAIT2_A_STATS_RULES)
			msg_put_u32(msg, i, ARRAY_SIZE(kernel_rules));
		else if (i == FINWAIT2_A_STATS_GENERATION)
			msg_put_u32(msg, i, 7);
		else if (i == FINWAIT2_A_STATS_SCALE)
			msg_put_u32(msg, i, 75);
		else
			msg_put_u64(msg, i, 1000 + i);
	}
}

/* Whoever wants some of them gets the first. */
static unsigned int kernel_count_socks(const struct nlmsghdr *request)
{
	return request->nlmsg_len > MNL_NLMSG_HDRLEN + GENL_HDRLEN ?
	       1 : ARRAY_SIZE(kernel_socks);
}

/* An element of an answer. Return: whether there is one. */
static bool kernel_put_item(struct msg *msg, const struct nlmsghdr *request,
			    unsigned int i)
{
	const struct genlmsghdr *genlh = mnl_nlmsg_get_payload(request);

	switch (genlh->cmd) {
	case FINWAIT2_CMD_SOCK_GET:
		if (i == kernel_count_socks(request))
			return false;
		kernel_put_sock(msg, i);
		return true;
	case FINWAIT2_CMD_RULE_GET:
		if (i == ARRAY_SIZE(kernel_rules))
			return false;
		kernel_put_rule(msg, kernel_rules[i]);
		return true;
	case FINWAIT2_CMD_HIST_GET:
		if (i > ARRAY_SIZE(kernel_rules))
			return false;
		kernel_put_hists(msg, i);
		return true;
	case FINWAIT2_CMD_STATS_GET:
		kernel_put_stats(msg);
		return !i;
	case FINWAIT2_CMD_FLUSH:
		msg_put_u64(msg, FINWAIT2_A_FLUSH_FLUSHED, 3);
		msg_put_u64(msg, FINWAIT2_A_FLUSH_BUSY, 0);
		return !i;
	}
	return false;
}

static void kernel_put_group(struct msg *msg, u16 number, const char *name,
			     u32 id)
{
	const size_t at = msg_nest(msg, number);

	msg_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, id);
	msg_put_text(msg, CTRL_ATTR_MCAST_GRP_NAME, name);
	msg_nest_end(msg, at);
}

static void kernel_family(struct pack *pack)
{
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(pack->request,
								 GENL_HDRLEN);
	const bool ours = !strcmp(mnl_attr_get_str(attr), FINWAIT2_FAMILY_NAME);
	struct msg msg;
	size_t at;

	msg_init(&msg, CTRL_CMD_NEWFAMILY, 2);
	msg_put_text(&msg, CTRL_ATTR_FAMILY_NAME, mnl_attr_get_str(attr));
	msg_put_u16(&msg, CTRL_ATTR_FAMILY_ID,
		    ours ? FAKE_FAMILY : GENL_ID_CTRL);
	msg_put_u32(&msg, CTRL_ATTR_VERSION, 1);
	at = msg_nest(&msg, CTRL_ATTR_MCAST_GROUPS);
	if (ours) {
		kernel_put_group(&msg, 1, FINWAIT2_MCGRP_EVENTS, FAKE_EVENTS);
		kernel_put_group(&msg, 2, FINWAIT2_MCGRP_TRACK, FAKE_TRACK);
		kernel_put_group(&msg, 3, FINWAIT2_MCGRP_EXITS, FAKE_EXITS);
	} else {
		kernel_put_group(&msg, 1, "notify", FAKE_NOTIFY);
	}
	msg_nest_end(&msg, at);
	pack_msg(pack, GENL_ID_CTRL, &msg);
}

static void kernel_diag(struct pack *pack)
{
	const struct inet_diag_req_v2 *req =
		mnl_nlmsg_get_payload(pack->request);
	struct inet_diag_msg diag = {
		.idiag_family = req->sdiag_family,
		.id.idiag_sport = htons(80),
		.idiag_inode = 4711,
	};
	struct msg msg;
	size_t at;

	/* Its payload begins with another header than msg_init() writes. */
	msg_init(&msg, 0, 0);
	msg_header(&msg)->nlmsg_len = MNL_NLMSG_HDRLEN;
	memcpy(mnl_nlmsg_put_extra_header(msg_header(&msg), sizeof(diag)),
	       &diag, sizeof(diag));
	at = msg_nest(&msg, INET_DIAG_ULP_INFO);
	msg_put_text(&msg, INET_ULP_INFO_NAME, "mptcp");
	msg_nest_end(&msg, at);
	pack_msg(pack, SOCK_DIAG_BY_FAMILY, &msg);
}

/* As many as fit: two to a datagram, for there to be several of both. */
static void kernel_module(struct pack *pack, kernel_put *put, void *data)
{
	const struct genlmsghdr *genlh = mnl_nlmsg_get_payload(pack->request);
	struct msg msg;
	unsigned int i;

	for (i = 0;; i++) {
		msg_init(&msg, genlh->cmd, FINWAIT2_FAMILY_VERSION);
		if (!kernel_put_item(&msg, pack->request, i))
			break;
		pack_msg(pack, FAKE_FAMILY, &msg);
		if (i % 2)
			pack_put(pack, 0, put, data);
	}
	msg_free(&msg);
	pack_put(pack, 0, put, data);
}

/**
 * kernel_answer() - answer a question
 * @request: the question
 * @put: what takes each datagram, and frees it
 * @data: what to give to @put
 */
void kernel_answer(const struct nlmsghdr *request, kernel_put *put, void *data)
{
	struct pack pack = { .request = request };

	if (request->nlmsg_type == GENL_ID_CTRL)
		kernel_family(&pack);
	else if (request->nlmsg_type == SOCK_DIAG_BY_FAMILY)
		kernel_diag(&pack);
	else
		kernel_module(&pack, put, data);
	pack_put(&pack, 0, put, data);
	if (request->nlmsg_flags & NLM_F_DUMP)
		pack_done(&pack);
	else if (request->nlmsg_flags & NLM_F_ACK)
		pack_error(&pack, 0);
	pack_put(&pack, 0, put, data);
}

static void kernel_put_event(struct pack *pack, u32 event, u64 seq,
			     unsigned int sock)
{
	struct msg msg;

	msg_init(&msg, FINWAIT2_CMD_EVENT_NTF, FINWAIT2_FAMILY_VERSION);
	msg_put_u32(&msg, FINWAIT2_A_SOCK_EVENT, event);
	msg_put_u64(&msg, FINWAIT2_A_SOCK_SEQ, seq);
	msg_put_u64(&msg, FINWAIT2_A_SOCK_TIME, 4000000000000000000ULL + seq);
	if (event == FINWAIT2_EVENT_MISSED) {
		msg_put_u64(&msg, FINWAIT2_A_SOCK_MISSED, 5);
	} else {
		msg_put_u32(&msg, FINWAIT2_A_SOCK_REASON,
			    FINWAIT2_REASON_HELD);
		kernel_put_sock(&msg, sock);
	}
	pack_msg(pack, FAKE_FAMILY, &msg);
}

/**
 * kernel_event() - tell those who listen to a group
 * @group: the group
 * @put: what takes each datagram, and frees it
 * @data: what to give to @put
 */
void kernel_event(u32 group, kernel_put *put, void *data)
{
	struct pack pack = { 0 };

	switch (group) {
	case FAKE_EVENTS:
		kernel_put_event(&pack, FINWAIT2_EVENT_FLUSH, 1, 0);
		kernel_put_event(&pack, FINWAIT2_EVENT_WOULD_FLUSH, 2, 1);
		pack_put(&pack, group, put, data);
		kernel_put_event(&pack, FINWAIT2_EVENT_MISSED, 4, 0);
		break;
	case FAKE_TRACK:
		kernel_put_event(&pack, FINWAIT2_EVENT_TRACK, 1, 2);
		break;
	case FAKE_EXITS:
		kernel_put_event(&pack, FINWAIT2_EVENT_EXIT, 1, 0);
		kernel_put_event(&pack, FINWAIT2_EVENT_EXIT, 2, 3);
		break;
	}
	pack_put(&pack, group, put, data);
}
