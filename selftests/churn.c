// SPDX-License-Identifier: GPL-2.0
/*
 * Connections come, are flushed or end by themselves, while the rest of the world
 * changes: limits, rules, readers, namespaces, processors, the clock, the module
 *
 * See race.h for the connections. Some more are under a rule that exempts them, and
 * must be there all the time. FINWAIT2_RACE_SECONDS says for how long each is to be
 * tried.
 */

#define _GNU_SOURCE
#include "race.h"
#include "mcast.h"
#include "rule.h"
#include "kselftest_harness.h"

#define KEPT		8
#define CPU		"/sys/devices/system/cpu/cpu1/online"

FIXTURE(churn)
{
	struct fw2_race *r;
	struct fw2_pair kept[KEPT];
	uint16_t port;
	long long end;
	int rounds;
};

/* They wait, and nothing may happen to them. */
static int keep(struct _test_data_churn *self)
{
	int i, listener;

	self->port = 0;
	listener = fw2_listen(FW2_V4, &self->port);
	for (i = 0; i < KEPT; i++) {
		struct fw2_pair *p = &self->kept[i];

		if (fw2_connect_to(listener, FW2_V4, self->port, p) ||
		    send(p->peer, "abc", 3, MSG_NOSIGNAL) != 3 ||
		    fw2_half_close(p, SHUT_WR))
			return -1;
	}
	close(listener);
	return 0;
}

#define exempt_kept(...)						\
	fw2_rules("prio 1 sport %d exempt\n" __VA_ARGS__, self->port)

FIXTURE_SETUP(churn)
{
	memset(self->kept, -1, sizeof(self->kept));
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 600000));
	ASSERT_EQ(0, fw2_set("adaptive_start", 0));
	ASSERT_EQ(0, keep(self));
	ASSERT_EQ(0, exempt_kept());
	ASSERT_EQ(0, fw2_set("flush_interval", FW2_RACE_INTERVAL));
	self->r = fw2_race_new();
	ASSERT_NE(NULL, self->r);
	self->r->sockets = KEPT;
	self->end = fw2_now() + fw2_race_time();
	self->rounds = 0;
}

FIXTURE_TEARDOWN(churn)
{
	int i;

	fw2_race_stop(self->r);
	for (i = 0; i < KEPT; i++)
		fw2_close(&self->kept[i]);
}

#define start() do {							\
	fw2_race_start(self->r, &fw2_race_peer_fin);			\
	fw2_race_start(self->r, &fw2_race_peer_fin);			\
} while (0)

/* Until the time is over, and in some rounds at least. */
#define going_on()	(self->rounds++ < 4 || fw2_now() < self->end)

#define expect_kept() do {						\
	char buf_[8];							\
	int i_;								\
									\
	for (i_ = 0; i_ < KEPT; i_++) {					\
		EXPECT_EQ(FW2_FIN_WAIT2,				\
			  fw2_state(self->kept[i_].local));		\
		EXPECT_EQ(3, recv(self->kept[i_].local, buf_,		\
				  sizeof(buf_), MSG_DONTWAIT));		\
	}								\
} while (0)

/* Those that are kept are all that is left, and what is counted adds up. */
#define stop_and_expect() do {						\
	EXPECT_EQ(0, fw2_race_stop(self->r));				\
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) == KEPT,	\
			     5000));					\
	fw2_race_expect(self->r, false);				\
	EXPECT_LT(0, self->r->flushed);					\
	EXPECT_LT(0, self->r->left);					\
	printf("# %d rounds\n", self->rounds);				\
	fflush(stdout);							\
	expect_kept();							\
} while (0)

TEST_F_TIMEOUT(churn, sysctls, 900)
{
	static const struct {
		const char *name;
		unsigned int values[3];
	} limits[] = {
		{ "flush_interval", { 0, 20, 3000 } },
		{ "shut_interval", { 0, 30, 2000 } },
		{ "max_age", { 0, 50, 1000 } },
		{ "keepstart", { 0, 1000, 20 } },
		{ "keepstop", { 0, 30, 2000 } },
		{ "orphan_interval", { 0, 1000, 70000 } },
		{ "adaptive_start", { 1, 10, 0 } },
		{ "adaptive_end", { 9, 100, 1000 } },
		{ "observe", { 1, 0, 0 } },
	};
	const int n = sizeof(limits) / sizeof(limits[0]);
	int i;

	start();
	while (going_on()) {
		i = rand() % n;
		ASSERT_EQ(0, fw2_set(limits[i].name,
				     limits[i].values[rand() % 3]));
		poll(NULL, 0, rand() % 10);
	}
	/* For who waits for its end. */
	ASSERT_EQ(0, fw2_set("observe", 0));
	ASSERT_EQ(0, fw2_set("flush_interval", 20));
	stop_and_expect();
}

/* Other rules all the time, but for the one for those that are kept. */
TEST_F_TIMEOUT(churn, rules, 900)
{
	start();
	while (going_on()) {
		switch (rand() % 6) {
		case 0:
			ASSERT_EQ(0, exempt_kept("prio 2 interval 25\n"
						 "prio 3 class held exempt"));
			break;
		case 1:
			ASSERT_EQ(0, exempt_kept("prio 7 peer 127.0.0.0/8 interval 3000\n"
						 "prio 8 max-age 1"));
			break;
		case 2:
			ASSERT_EQ(0, fw2_rule_replace("prio 5 sport 1024-65535 interval 30"));
			break;
		case 3:
			fw2_rule_del(5);
			break;
		case 4:
			ASSERT_EQ(0, fw2_rule_replace("prio 1 sport %d exempt",
						      self->port));
			break;
		default:
			ASSERT_EQ(0, exempt_kept());
			break;
		}
		poll(NULL, 0, rand() % 10);
	}
	ASSERT_EQ(0, exempt_kept("prio 2 interval 25"));
	stop_and_expect();
}

/* Whoever stays is in each dump, and once. */
TEST_F_TIMEOUT(churn, dumps, 900)
{
	struct fw2_told t;
	char filter[64];

	snprintf(filter, sizeof(filter), "sport %d", self->port);
	start();
	while (going_on()) {
		ASSERT_EQ(0, fw2_socks(&t, filter));
		ASSERT_EQ(KEPT, t.n);
		ASSERT_EQ(0, fw2_socks(&t, ""));
		ASSERT_LE(KEPT, t.n);
		ASSERT_LE(KEPT, fw2_stat(FINWAIT2_A_STATS_TRACKED));
	}
	stop_and_expect();
}

/* Namespaces come and go with sockets in them, and what is here does not mind. */
TEST_F_TIMEOUT(churn, namespaces, 900)
{
	struct fw2_race *other = fw2_race_new();
	int mine = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	ASSERT_NE(NULL, other);
	start();
	while (going_on()) {
		ASSERT_EQ(0, fw2_own_netns());
		ASSERT_EQ(0, fw2_set("flush_interval", FW2_RACE_INTERVAL));
		fw2_race_start(other, &fw2_race_peer_fin);
		ASSERT_EQ(0, setns(mine, CLONE_NEWNET));
		poll(NULL, 0, 20 + rand() % 100);
		kill(other->worker[0], SIGKILL);
		fw2_race_stop(other);
		other->stop = 0;
	}
	EXPECT_EQ(0, other->wrong) TH_LOG("%s", other->why);
	close(mine);
	stop_and_expect();
}

/* A process with sockets of two namespaces: each is under the limits of its own. */
TEST_F_TIMEOUT(churn, two_namespaces, 900)
{
	int mine = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct fw2_pair p[2];
	int other, n = 0;

	ASSERT_EQ(0, fw2_own_netns());
	other = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(0, fw2_set("flush_interval", 600000));
	ASSERT_EQ(0, setns(mine, CLONE_NEWNET));
	start();
	while (going_on()) {
		ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &p[0]));
		fw2_race_count(&self->r->flushed);
		fw2_race_count(&self->r->sockets);
		ASSERT_EQ(0, setns(other, CLONE_NEWNET));
		ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &p[1]));
		n++;
		ASSERT_TRUE(fw2_wait(fw2_state(p[0].local) == FW2_CLOSE, 5000));
		ASSERT_EQ(FW2_FIN_WAIT2, fw2_state(p[1].local));
		ASSERT_EQ(1, fw2_stat(FINWAIT2_A_STATS_TRACKED));
		fw2_close(&p[0]);
		/* By its peer's FIN, and then nobody is there. */
		close(p[1].peer);
		p[1].peer = -1;
		ASSERT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_LEFT_FIN) == n,
				     5000));
		fw2_close(&p[1]);
		ASSERT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
		ASSERT_EQ(0, setns(mine, CLONE_NEWNET));
	}
	close(other);
	close(mine);
	stop_and_expect();
}

static int heard_cb(const struct nlmsghdr *nlh, void *data)
{
	++*(int *)data;
	return MNL_CB_OK;
}

/* A processor goes and comes again: what it had counted, and noted, still is. */
TEST_F_TIMEOUT(churn, hotplug, 900)
{
	long long entered, before = 0;
	struct mnl_socket *nl;
	int heard = 0, i;

	if (access(CPU, W_OK))
		SKIP(return, "no second processor, or it cannot be taken away");
	nl = fw2_join("exits", 64 << 20);
	ASSERT_NE(NULL, nl);
	/* Who listens is noticed with a request. */
	ASSERT_LE(0, fw2_stat(FINWAIT2_A_STATS_TRACKED));
	start();
	while (going_on()) {
		for (i = 0; i < 2; i++) {
			poll(NULL, 0, rand() % 100);
			ASSERT_EQ(0, fw2_write_file(CPU, i ? "1" : "0"));
			entered = fw2_stat(FINWAIT2_A_STATS_ENTERED);
			ASSERT_LE(before, entered);
			before = entered;
		}
	}
	stop_and_expect();
	while (!fw2_hear(nl, heard_cb, &heard, 1000))
		;
	EXPECT_EQ(self->r->flushed + self->r->left, heard);
	mnl_socket_close(nl);
}

/* The time of day jumps; who waits does so for as long as ever. */
TEST_F_TIMEOUT(churn, settime, 900)
{
	struct timespec now, then;
	long long start, took;
	struct fw2_pair p;

	ASSERT_EQ(0, clock_gettime(CLOCK_REALTIME, &now));
	start();
	while (going_on()) {
		start = fw2_now();
		ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &p));
		fw2_race_count(&self->r->sockets);
		fw2_race_count(&self->r->flushed);
		then = now;
		then.tv_sec += (rand() % 2 ? 1 : -1) * (rand() % 100000000);
		ASSERT_EQ(0, clock_settime(CLOCK_REALTIME, &then));
		took = fw2_stays(p.local, start, 5000);
		EXPECT_LE(FW2_RACE_INTERVAL, took);
		EXPECT_NE(-1, took);
		fw2_close(&p);
	}
	then = now;
	then.tv_sec += fw2_race_time() / 1000;
	ASSERT_EQ(0, clock_settime(CLOCK_REALTIME, &then));
	stop_and_expect();
}

/* The module comes and goes: nobody is hit who is not due, nor hit half. */
TEST_F_TIMEOUT(churn, unload, 900)
{
	int mine = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (!getenv("FINWAIT2_KO"))
		SKIP(return, "FINWAIT2_KO does not say where the module is");
	/* Those that are kept are now by an interval that they do not reach. */
	ASSERT_EQ(0, fw2_unload());
	ASSERT_EQ(0, fw2_own_netns());
	start();
	while (going_on()) {
		ASSERT_EQ(0, fw2_load("flush_interval=600000"));
		ASSERT_EQ(0, fw2_set("flush_interval", FW2_RACE_INTERVAL));
		poll(NULL, 0, rand() % 200);
		ASSERT_EQ(0, fw2_unload());
	}
	EXPECT_EQ(0, fw2_race_stop(self->r));
	EXPECT_EQ(0, self->r->wrong) TH_LOG("%s", self->r->why);
	EXPECT_LT(0, self->r->flushed);
	EXPECT_LT(0, self->r->left);
	EXPECT_EQ(self->r->sockets - KEPT,
		  self->r->flushed + self->r->left);
	printf("# %d rounds, %d sockets, %d flushed, %d left\n", self->rounds,
	       self->r->sockets - KEPT, self->r->flushed, self->r->left);
	ASSERT_EQ(0, setns(mine, CLONE_NEWNET));
	expect_kept();
	close(mine);
}

TEST_HARNESS_MAIN
