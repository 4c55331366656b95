// SPDX-License-Identifier: GPL-2.0
/* Ten thousand sockets: dumped, flushed in time, none missed for good */

#define _GNU_SOURCE
#include <sys/resource.h>

#include "fw2.h"
#include "kselftest_harness.h"

#define COUNT	10000

FIXTURE(scale)
{
	struct fw2_pair *p;
	unsigned char *seen;
	int listener;
	uint16_t port;
};

FIXTURE_SETUP(scale)
{
	struct rlimit files = { 2 * COUNT + 100, 2 * COUNT + 100 };
	int i;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_write_sysctl("ip_local_port_range", "1024 65000"));
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	ASSERT_EQ(0, fw2_set("adaptive_start", 0));
	self->p = calloc(COUNT, sizeof(*self->p));
	self->seen = calloc(65536, 1);
	self->port = 0;
	self->listener = fw2_listen(FW2_V4, &self->port);
	ASSERT_LE(0, self->listener);
	for (i = 0; i < COUNT; i++) {
		ASSERT_EQ(0, fw2_connect_to(self->listener, FW2_V4, self->port,
					    &self->p[i]));
		ASSERT_EQ(0, shutdown(self->p[i].local, SHUT_WR));
	}
}

FIXTURE_TEARDOWN(scale)
{
	int i;

	for (i = 0; i < COUNT; i++)
		fw2_close(&self->p[i]);
	close(self->listener);
	free(self->p);
	free(self->seen);
}

/* Peers are told apart by their port. */
static int seen_cb(const struct nlmsghdr *nlh, void *data)
{
	unsigned char *seen = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == FINWAIT2_A_SOCK_REMOTE_PORT)
			seen[ntohs(mnl_attr_get_u16(attr))]++;
	}
	return MNL_CB_OK;
}

static int dump_count(unsigned char *seen)
{
	int i, n = 0;

	memset(seen, 0, 65536);
	if (fw2_genl(FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP, seen_cb, seen))
		return -1;
	for (i = 0; i < 65536; i++) {
		if (seen[i] > 1)
			return -1;
		n += seen[i];
	}
	return n;
}

TEST_F_TIMEOUT(scale, held, 240)
{
	long long set, t;
	int i, late = 0;

	/* All are in, the missed ones by adoption shortly after. */
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) == COUNT,
			     5000));
	EXPECT_LE(COUNT, fw2_stat(FINWAIT2_A_STATS_ENTERED) +
			 fw2_stat(FINWAIT2_A_STATS_ADOPTED));

	/* Each exactly once, over many messages. */
	EXPECT_EQ(COUNT, dump_count(self->seen));

	/* All due at the same moment: while the limit is set, or before. */
	set = fw2_now();
	ASSERT_EQ(0, fw2_set("flush_interval", 16000));
	EXPECT_TRUE(fw2_wait(!fw2_stat(FINWAIT2_A_STATS_TRACKED), 60000));
	t = fw2_now() - set;
	EXPECT_GE(fw2_latest(16000), t) TH_LOG("the last was gone after %lld ms", t);
	EXPECT_EQ(COUNT, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	for (i = 0; i < COUNT; i++)
		late += fw2_read_error(self->p[i].local) != ETIMEDOUT;
	EXPECT_EQ(0, late);
}

/* Exits while dumps and sweeps run over the same sockets. */
TEST_F_TIMEOUT(scale, leaving, 240)
{
	int i;

	ASSERT_EQ(0, fw2_set("flush_interval", 600000));
	ASSERT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) == COUNT,
			     5000));
	for (i = 0; i < COUNT; i++) {
		close(self->p[i].peer);
		self->p[i].peer = -1;
		if (i % 1000 == 0)
			EXPECT_LE(0, dump_count(self->seen));
	}
	EXPECT_TRUE(fw2_wait(!fw2_stat(FINWAIT2_A_STATS_TRACKED), 5000));
	EXPECT_EQ(COUNT, fw2_stat(FINWAIT2_A_STATS_LEFT_FIN));
	EXPECT_EQ(0, dump_count(self->seen));
}

TEST_HARNESS_MAIN
