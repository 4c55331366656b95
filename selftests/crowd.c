// SPDX-License-Identifier: GPL-2.0
/*
 * A hundred thousand sockets: told of once each while others come and go, and
 * flushed, all of them; FINWAIT2_CROWD says how many else
 */

#define _GNU_SOURCE
#include <sys/resource.h>

#include "fw2.h"
#include "kselftest_harness.h"

#define LISTENERS	4
#define EACH		25000
#define COUNT		(LISTENERS * EACH)
/* Those that come and go during a dump. */
#define PASSERS		200

FIXTURE(crowd)
{
	struct fw2_pair *p;
	unsigned char *seen;
	int listener[LISTENERS];
	uint16_t port[LISTENERS];
	int count;
};

FIXTURE_SETUP(crowd)
{
	struct rlimit files = { 2 * COUNT + 1000, 2 * COUNT + 1000 };
	const char *count = getenv("FINWAIT2_CROWD");
	int i;

	/* Under emulation, debug kernels would take half an hour. */
	self->count = getenv("KSFT_MACHINE_SLOW") ? COUNT / 20 :
		      count ? atoi(count) : COUNT;
	ASSERT_GE(COUNT, self->count);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_write_sysctl("ip_local_port_range", "1024 65001"));
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("adaptive_start", 0));
	self->p = calloc(COUNT, sizeof(*self->p));
	self->seen = calloc(LISTENERS, 65536);
	for (i = 0; i < LISTENERS; i++) {
		self->port[i] = 0;
		self->listener[i] = fw2_listen(FW2_V4, &self->port[i]);
		ASSERT_LE(0, self->listener[i]);
	}
	for (i = 0; i < self->count; i++) {
		ASSERT_EQ(0, fw2_connect_to(self->listener[i % LISTENERS],
					    FW2_V4, self->port[i % LISTENERS],
					    &self->p[i])) {
			TH_LOG("connection %d: %s", i, strerror(errno));
		}
		ASSERT_EQ(0, shutdown(self->p[i].local, SHUT_WR));
	}
}

FIXTURE_TEARDOWN(crowd)
{
	int i;

	for (i = 0; i < self->count; i++)
		fw2_close(&self->p[i]);
	for (i = 0; i < LISTENERS; i++)
		close(self->listener[i]);
	free(self->p);
	free(self->seen);
}

static int which(const uint16_t *ports, uint16_t port)
{
	int i;

	for (i = 0; i < LISTENERS && ports[i] != port; i++)
		;
	return i;
}

/* What a dump is read by: sockets are told apart by both their ports. */
struct reader {
	const uint16_t	*ports;
	unsigned char	*seen;
	int		listener;
	uint16_t	passers;
	long long	told;
};

/* One that is slow: others come and go meanwhile. */
static void pass_by(struct reader *r)
{
	struct fw2_pair p = { -1, -1 };

	if (!fw2_connect_to(r->listener, FW2_V4, r->passers, &p))
		shutdown(p.local, SHUT_WR);
	fw2_close(&p);
}

static int read_cb(const struct nlmsghdr *nlh, void *data)
{
	struct reader *r = data;
	const struct nlattr *attr;
	uint16_t local = 0, remote = 0;
	int i;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case FINWAIT2_A_SOCK_LOCAL_PORT:
			local = ntohs(mnl_attr_get_u16(attr));
			break;
		case FINWAIT2_A_SOCK_REMOTE_PORT:
			remote = ntohs(mnl_attr_get_u16(attr));
			break;
		}
	}
	i = which(r->ports, local);
	if (i < LISTENERS)
		r->seen[i * 65536 + remote]++;
	if (!(++r->told % (COUNT / PASSERS)))
		pass_by(r);
	return MNL_CB_OK;
}

TEST_F_TIMEOUT(crowd, dumped_and_flushed, 400)
{
	struct reader r = { .ports = self->port, .seen = self->seen };
	int i, once = 0, more = 0, wrong = 0;

	r.listener = fw2_listen(FW2_V4, &r.passers);
	ASSERT_LE(0, r.listener);
	ASSERT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) == self->count,
			     30000)) {
		TH_LOG("%lld tracked", fw2_stat(FINWAIT2_A_STATS_TRACKED));
	}

	ASSERT_EQ(0, fw2_genl(FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP, read_cb, &r));
	for (i = 0; i < LISTENERS * 65536; i++) {
		once += self->seen[i] == 1;
		more += self->seen[i] > 1;
	}
	EXPECT_EQ(self->count, once);
	EXPECT_EQ(0, more);
	close(r.listener);

	ASSERT_EQ(0, fw2_set("flush_interval", 500));
	EXPECT_TRUE(fw2_wait(!fw2_stat(FINWAIT2_A_STATS_TRACKED), 60000));
	for (i = 0; i < self->count; i++)
		wrong += fw2_read_error(self->p[i].local) != ETIMEDOUT;
	EXPECT_EQ(0, wrong);
}

TEST_HARNESS_MAIN
