// SPDX-License-Identifier: GPL-2.0
/* Too many sockets: limits shrink, the longest idle go first, and nobody else */

#define _GNU_SOURCE
#include "fw2.h"
#include "mcast.h"
#include "rule.h"
#include "kselftest_harness.h"

#define MOST	60

FIXTURE(pressure)
{
	struct fw2_pair p[MOST];
	struct mnl_socket *events;
	struct fw2_told t;
	uint16_t port;
	int listener, n;
};

FIXTURE_VARIANT(pressure)
{
	enum fw2_family family;
};

FIXTURE_VARIANT_ADD(pressure, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(pressure, ipv6) { .family = FW2_V6 };

FIXTURE_SETUP(pressure)
{
	self->n = 0;
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	ASSERT_EQ(0, fw2_set("adaptive_start", 10));
	ASSERT_EQ(0, fw2_set("adaptive_end", 30));
	self->events = fw2_join("events", 1 << 20);
	ASSERT_NE(NULL, self->events);
	self->port = 0;
	self->listener = fw2_listen(variant->family, &self->port);
	ASSERT_LE(0, self->listener);
}

FIXTURE_TEARDOWN(pressure)
{
	while (self->n > 0)
		fw2_close(&self->p[--self->n]);
	close(self->listener);
	mnl_socket_close(self->events);
}

/* So many more wait. */
#define more(count) do {						\
	int until_ = self->n + (count);					\
									\
	for (; self->n < until_; self->n++) {				\
		ASSERT_EQ(0, fw2_connect_to(self->listener,		\
					    variant->family, self->port, \
					    &self->p[self->n]));	\
		ASSERT_EQ(0, fw2_half_close(&self->p[self->n],		\
					    SHUT_WR));			\
	}								\
	ASSERT_EQ(0, fw2_socks(&self->t, ""));				\
} while (0)

/* How many of the sockets from one to another are there yet? */
static int there(const struct _test_data_pressure *self, int from, int to)
{
	int n = 0;

	for (; from < to; from++)
		n += fw2_state(self->p[from].local) == FW2_FIN_WAIT2;
	return n;
}

#define scale()		fw2_stat(FINWAIT2_A_STATS_SCALE)
#define tracked()	fw2_stat(FINWAIT2_A_STATS_TRACKED)
#define flushed()	fw2_stat(FINWAIT2_A_STATS_FLUSHED_PRESSURE)

TEST_F(pressure, none)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 4000));
	more(10);
	fw2_pass(2500);
	EXPECT_EQ(100, scale());
	EXPECT_EQ(10, there(self, 0, 10));
	EXPECT_EQ(0, flushed());
	EXPECT_EQ(-ETIME, fw2_next(self->events, &self->t, 100));
}

/* Off, by either of the two. */
TEST_F(pressure, off)
{
	ASSERT_EQ(0, fw2_set("adaptive_end", 0));
	more(40);
	fw2_pass(2500);
	EXPECT_EQ(40, there(self, 0, 40));
	ASSERT_EQ(0, fw2_set("adaptive_start", 0));
	ASSERT_EQ(0, fw2_set("adaptive_end", 30));
	fw2_pass(2500);
	EXPECT_EQ(40, there(self, 0, 40));
	EXPECT_EQ(100, scale());
	/* Those who wait already, too. */
	ASSERT_EQ(0, fw2_set("adaptive_start", 10));
	EXPECT_TRUE(fw2_wait(tracked() < 30, 2000));
}

/*
 * Between the two, halfway: half is left of 8 s, and more again when the first
 * have gone that had used that up. So few go, and of the older ones.
 */
TEST_F_TIMEOUT(pressure, between, 60)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 8000));
	more(10);
	fw2_pass(2000);
	more(10);
	EXPECT_TRUE(fw2_wait(scale() < 100, 2000));
	EXPECT_EQ(0, flushed());
	/* The first have used up half at 4 s, and five eighths a second later. */
	fw2_pass(1000);
	EXPECT_EQ(20, there(self, 0, 20));
	fw2_pass(2000);
	EXPECT_LE(1, flushed());
	EXPECT_GE(6, flushed());
	EXPECT_EQ(10, there(self, 10, 20));
	EXPECT_EQ(20 - flushed(), there(self, 0, 20));
	EXPECT_LE(40, scale());
	EXPECT_GE(80, scale());
}

/* At the end, the longest idle go, whatever their limits, until it is below. */
TEST_F_TIMEOUT(pressure, end, 60)
{
	int i, left;

	more(15);
	fw2_pass(1500);
	more(14);
	fw2_pass(1500);
	EXPECT_EQ(29, there(self, 0, 29));
	/* The first five read, and are the youngest of those by that. */
	for (i = 0; i < 5; i++)
		ASSERT_EQ(1, send(self->p[i].peer, "x", 1, MSG_NOSIGNAL));
	more(8);
	EXPECT_TRUE(fw2_wait(tracked() == 29, 2000));
	EXPECT_EQ(8, flushed());
	EXPECT_EQ(5, there(self, 0, 5));
	EXPECT_EQ(2, there(self, 5, 15));
	EXPECT_EQ(22, there(self, 15, 37));
	/* Nothing is left, or what one below the end leaves, if that was looked at. */
	left = scale();
	EXPECT_TRUE(left == 0 || left == 4);
	for (i = 5; i < 15; i++) {
		if (fw2_state(self->p[i].local) != FW2_FIN_WAIT2)
			EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p[i].local));
	}
	/* What had come is there to be read. */
	for (i = 0; i < 5; i++) {
		char c;

		EXPECT_EQ(1, recv(self->p[i].local, &c, 1, MSG_DONTWAIT));
	}
}

/* Who is exempt stays, and so does whoever is only observed. */
TEST_F_TIMEOUT(pressure, exempt, 60)
{
	uint16_t port = 0;
	int i, listener = fw2_listen(variant->family, &port);
	struct fw2_pair p[20];

	ASSERT_EQ(0, fw2_rules("prio 1 sport %d exempt", port));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, fw2_connect_to(listener, variant->family, port,
					    &p[i]));
		ASSERT_EQ(0, fw2_half_close(&p[i], SHUT_WR));
	}
	fw2_pass(1500);
	more(20);
	EXPECT_TRUE(fw2_wait(tracked() == 29, 3000));
	fw2_pass(500);
	EXPECT_EQ(11, flushed());
	for (i = 0; i < 20; i++)
		EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(p[i].local));

	/* Nobody is left who may go. */
	ASSERT_EQ(0, fw2_set("observe", 1));
	more(15);
	fw2_pass(2500);
	EXPECT_EQ(11, flushed());
	EXPECT_EQ(44, tracked());
	ASSERT_EQ(0, fw2_set("observe", 0));
	EXPECT_TRUE(fw2_wait(tracked() == 29, 3000));
	for (i = 0; i < 20; i++)
		fw2_close(&p[i]);
	close(listener);
}

/* That it begins, and that it ends, is told, and logged. */
TEST_F_TIMEOUT(pressure, told, 60)
{
	int i;

	more(12);
	ASSERT_EQ(0, fw2_next(self->events, &self->t, 3000));
	EXPECT_EQ(FINWAIT2_EVENT_PRESSURE_BEGIN, fw2_told(self->t, EVENT));
	EXPECT_LE(11, fw2_told(self->t, WAITING));
	EXPECT_GE(12, fw2_told(self->t, WAITING));
	EXPECT_EQ(-1, fw2_told(self->t, FAMILY));
	EXPECT_EQ(0, system("dmesg | grep -q 'finwait2: 1[12] sockets .* limits shrink'"));
	/* With more to leave, it might be told before all have. */
	for (i = 0; i < 2; i++) {
		close(self->p[i].peer);
		self->p[i].peer = -1;
	}
	ASSERT_EQ(0, fw2_next(self->events, &self->t, 3000));
	EXPECT_EQ(FINWAIT2_EVENT_PRESSURE_END, fw2_told(self->t, EVENT));
	EXPECT_EQ(10, fw2_told(self->t, WAITING));
	EXPECT_EQ(100, scale());
	EXPECT_EQ(-ETIME, fw2_next(self->events, &self->t, 500));
	EXPECT_EQ(0, flushed());
}

/* Of another namespace it is no matter. */
TEST_F(pressure, elsewhere)
{
	int mine = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct fw2_pair p;

	more(29);
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 60000));
	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &p));
	fw2_pass(1500);
	EXPECT_EQ(100, scale());
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(p.local));
	ASSERT_EQ(0, setns(mine, CLONE_NEWNET));
	EXPECT_GT(100, scale());
	fw2_close(&p);
	close(mine);
}

/* The numbers that it is by default, and that do not fit together. */
TEST_F(pressure, numbers)
{
	ASSERT_EQ(0, fw2_set("adaptive_start", 50));
	ASSERT_EQ(0, fw2_set("adaptive_end", 20));
	more(19);
	fw2_pass(1200);
	EXPECT_EQ(19, there(self, 0, 19));
	more(3);
	EXPECT_TRUE(fw2_wait(tracked() == 19, 2000));
	EXPECT_EQ(-EINVAL, fw2_write_sysctl("tcp_fin_wait_2_adaptive_end", "-1"));
	EXPECT_EQ(-EINVAL, fw2_write_sysctl("tcp_fin_wait_2_adaptive_start",
					    "2147483648"));
}

/* For all namespaces together there is room for so many. */
FIXTURE(room)
{
	struct fw2_pair p[40];
	struct mnl_socket *events;
	int n;
};

FIXTURE_SETUP(room)
{
	self->n = 0;
	self->events = NULL;
	if (!getenv("FINWAIT2_KO"))
		SKIP(return, "FINWAIT2_KO does not say where the module is");
	ASSERT_EQ(0, fw2_unload());
	ASSERT_EQ(0, fw2_load("max_tracked=40 flush_interval=0"));
	ASSERT_EQ(0, fw2_own_netns());
	self->events = fw2_join("events", 1 << 20);
	ASSERT_NE(NULL, self->events);
	for (; self->n < 40; self->n++)
		ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &self->p[self->n]));
}

FIXTURE_TEARDOWN(room)
{
	while (self->n > 0)
		fw2_close(&self->p[--self->n]);
	if (self->events)
		mnl_socket_close(self->events);
	fw2_unload();
}

/* How many were missed, as the next event of that says. */
static long long missed_told(struct mnl_socket *events)
{
	struct fw2_told t;

	while (!fw2_next(events, &t, 7000)) {
		if (fw2_told(t, EVENT) == FINWAIT2_EVENT_MISSED)
			return fw2_told(t, MISSED);
	}
	return -1;
}

/* Half of it for those namespaces that anybody can make. */
TEST_F_TIMEOUT(room, half, 120)
{
	struct fw2_told t;
	int i, left = 0;

	ASSERT_EQ(0, fw2_socks(&t, ""));
	EXPECT_EQ(20, t.n);
	EXPECT_EQ(20, tracked());
	EXPECT_EQ(20, fw2_stat(FINWAIT2_A_STATS_DROPPED));
	EXPECT_EQ(20, fw2_stat(FINWAIT2_A_STATS_MISSED));
	EXPECT_EQ(20, missed_told(self->events));
	/* As long as there is none, nothing happens to the others. */
	fw2_pass(1500);
	for (i = 0; i < 40; i++)
		EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p[i].local));

	/* Room is made, and used in the next round. */
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD) == 40,
			     30000));
	EXPECT_EQ(20, fw2_stat(FINWAIT2_A_STATS_ADOPTED));
	EXPECT_EQ(0, tracked());
	for (i = 0; i < 40; i++)
		left += fw2_state(self->p[i].local) == FW2_FIN_WAIT2;
	EXPECT_EQ(0, left);
}

/* It can be made larger while the module is there. */
TEST_F_TIMEOUT(room, larger, 120)
{
	struct fw2_told t;

	ASSERT_EQ(0, fw2_socks(&t, ""));
	ASSERT_EQ(20, t.n);
	ASSERT_EQ(0, fw2_write_file("/sys/module/finwait2/parameters/max_tracked",
				    "100"));
	EXPECT_TRUE(fw2_wait(tracked() == 40, 15000));
	EXPECT_EQ(20, fw2_stat(FINWAIT2_A_STATS_ADOPTED));
}

TEST_HARNESS_MAIN
