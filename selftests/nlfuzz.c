// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that nobody in his right mind would send: valid ones with bits
 * changed, pieces cut out, doubled, moved, and plain noise. The kernel must
 * survive, and must still understand what is valid afterwards.
 *
 * FW2_FUZZ_SECONDS is for how long, FW2_FUZZ_SEED which messages.
 */

#define _GNU_SOURCE
#include "fw2.h"
#include "rule.h"
#include "kselftest_harness.h"

#define MESSAGE_MAX	4096
#define COMMANDS	(FINWAIT2_CMD_MAX + 2)

FIXTURE(nlfuzz)
{
	struct mnl_socket *nl;
	struct fw2_pair held;
	unsigned int seed;
	int family;
	long long taken[COMMANDS];
	long long refused[COMMANDS];
};

FIXTURE_SETUP(nlfuzz)
{
	const char *seed = getenv("FW2_FUZZ_SEED");

	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &self->held));
	self->seed = seed ? strtoul(seed, NULL, 0) :
			    (unsigned long)time(NULL);
	self->nl = fw2_nl_open();
	ASSERT_NE(NULL, self->nl);
	self->family = fw2_family_id();
	srandom(self->seed);
	TH_LOG("FW2_FUZZ_SEED=%u", self->seed);
}

FIXTURE_TEARDOWN(nlfuzz)
{
	mnl_socket_close(self->nl);
	fw2_close(&self->held);
}

static unsigned int below(unsigned int n)
{
	return random() % n;
}

/* Something of what a rule can say; each word is in here somewhere. */
static void put_any_rule(struct nlmsghdr *nlh)
{
	static const char *const matches[] = {
		"", "local 127.0.0.0/8", "peer ::1", "sport 80,443,1000-2000",
		"dport 1-65535", "mark 5/7", "uid 0", "dev lo", "class held,shut",
		"peer 10.0.0.0/8 sport 22 mark 1/1 uid 5 class orphan",
	};
	static const char *const sets[] = {
		"interval 60000", "shut-interval 60000", "orphan-interval 60000",
		"max-age 600000", "keepstart 60000 keepstop 120000", "exempt",
		"interval 60000 reset 0 observe 1",
	};
	char line[256];

	snprintf(line, sizeof(line), "prio %u %s %s", 1 + below(20),
		 matches[below(ARRAY_SIZE(matches))],
		 sets[below(ARRAY_SIZE(sets))]);
	fw2_put_rule(nlh, line);
}

/* A message that is as it should be. */
static struct nlmsghdr *put_valid(char *buf, int family, int cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;
	unsigned int i;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;

	switch (cmd) {
	case FINWAIT2_CMD_SOCK_GET:
		fw2_put_filter(nlh, FINWAIT2_A_SOCK_FILTER,
			       below(2) ? "sport 1-9" : "", below(2));
		nlh->nlmsg_flags |= NLM_F_DUMP;
		break;
	case FINWAIT2_CMD_RULE_GET:
		nlh->nlmsg_flags |= NLM_F_DUMP;
		break;
	case FINWAIT2_CMD_RULE_ADD:
	case FINWAIT2_CMD_RULE_REPLACE:
	case FINWAIT2_CMD_RULE_DEL:
		put_any_rule(nlh);
		break;
	case FINWAIT2_CMD_RULE_SET:
		for (i = below(8); i; i--)
			put_any_rule(nlh);
		break;
	case FINWAIT2_CMD_FLUSH:
		fw2_put_filter(nlh, FINWAIT2_A_FLUSH_FILTER, "sport 1-9", 0);
		break;
	}
	return nlh;
}

/* An attribute's header somewhere in there, where attributes begin. */
static struct nlattr *any_attr(struct nlmsghdr *nlh)
{
	unsigned int len = nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;

	if (len < sizeof(struct nlattr))
		return NULL;
	return (void *)nlh + NLMSG_HDRLEN + GENL_HDRLEN + 4 * below(len / 4);
}

static void spoil(struct nlmsghdr *nlh)
{
	unsigned int len = nlh->nlmsg_len, at;
	struct nlattr *attr = any_attr(nlh);
	unsigned char *bytes = (void *)nlh;

	switch (below(8)) {
	case 0:
		bytes[NLMSG_HDRLEN + below(len - NLMSG_HDRLEN)] ^= 1 << below(8);
		break;
	case 1:
		bytes[NLMSG_HDRLEN + below(len - NLMSG_HDRLEN)] = random();
		break;
	case 2:
		if (attr)
			attr->nla_len = below(2) ? random() : below(64);
		break;
	case 3:
		if (attr)
			attr->nla_type = below(2) ? random() : below(40);
		break;
	case 4:
		if (attr)
			attr->nla_type ^= NLA_F_NESTED;
		break;
	case 5:
		/* Cut off the end. */
		nlh->nlmsg_len = NLMSG_HDRLEN + below(len - NLMSG_HDRLEN + 1);
		break;
	case 6:
		/* Once more what was there. */
		at = NLMSG_HDRLEN + 4 * below((len - NLMSG_HDRLEN) / 4);
		if (2 * len - at <= MESSAGE_MAX) {
			memcpy(bytes + len, bytes + at, len - at);
			nlh->nlmsg_len = 2 * len - at;
		}
		break;
	case 7:
		/* Noise. */
		for (at = NLMSG_HDRLEN + below(len - NLMSG_HDRLEN); at < len; at++)
			bytes[at] = random();
		break;
	}
}

static void drain(struct mnl_socket *nl)
{
	static char buf[65536];

	while (recv(mnl_socket_get_fd(nl), buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

/* The error of the answer, 0 for what was done or is being told. */
static int answer(struct mnl_socket *nl)
{
	static char buf[65536];
	const struct nlmsghdr *nlh = (void *)buf;
	const struct nlmsgerr *err;
	ssize_t n;

	n = recv(mnl_socket_get_fd(nl), buf, sizeof(buf), MSG_DONTWAIT);
	if (n < (ssize_t)sizeof(*nlh))
		return -ENODATA;
	if (nlh->nlmsg_type != NLMSG_ERROR)
		return 0;
	err = mnl_nlmsg_get_payload(nlh);
	return err->error;
}

static int send_one(struct _test_data_nlfuzz *self, struct nlmsghdr *nlh, int cmd)
{
	int err;

	if (send(mnl_socket_get_fd(self->nl), nlh,
		 nlh->nlmsg_len < NLMSG_HDRLEN ? NLMSG_HDRLEN : nlh->nlmsg_len,
		 0) < 0)
		return -errno;
	err = answer(self->nl);
	drain(self->nl);
	if (err)
		self->refused[cmd]++;
	else
		self->taken[cmd]++;
	return err;
}

/* Each kind of message is understood, rules by a namespace that has none. */
static int understood(struct _test_data_nlfuzz *self, char *buf)
{
	int cmd, err;

	err = fw2_rules("%s", "");
	for (cmd = 1; !err && cmd < FINWAIT2_CMD_EVENT_NTF; cmd++) {
		if (cmd == FINWAIT2_CMD_RULE_DEL)
			continue;
		/* Two rules of one priority are not wrong, but refused. */
		if (cmd != FINWAIT2_CMD_RULE_SET)
			err = send_one(self, put_valid(buf, self->family, cmd),
				       cmd);
		if (cmd == FINWAIT2_CMD_RULE_ADD)
			err = err ?: fw2_rules("%s", "");
	}
	return err;
}

TEST_F_TIMEOUT(nlfuzz, survives, 900)
{
	const char *seconds = getenv("FW2_FUZZ_SECONDS");
	long long end, sent = 0;
	static char buf[2 * MESSAGE_MAX] __attribute__((aligned(8)));
	int cmd, i;

	EXPECT_EQ(0, understood(self, buf));
	end = fw2_now() + 1000LL * (seconds ? atoi(seconds) : 10);
	while (fw2_now() < end) {
		struct nlmsghdr *nlh;

		cmd = 1 + below(COMMANDS - 1);
		nlh = put_valid(buf, self->family, cmd);
		for (i = below(4); i; i--)
			spoil(nlh);
		send_one(self, nlh, cmd);
		sent++;
	}
	for (cmd = 1; cmd < COMMANDS; cmd++)
		TH_LOG("command %d: %lld taken, %lld refused", cmd,
		       self->taken[cmd], self->refused[cmd]);
	for (cmd = 1; cmd < FINWAIT2_CMD_EVENT_NTF; cmd++) {
		EXPECT_LT(0, self->taken[cmd]);
		EXPECT_LT(0, self->refused[cmd]);
	}
	EXPECT_LT(1000, sent);
	EXPECT_EQ(0, understood(self, buf));
}

TEST_HARNESS_MAIN
