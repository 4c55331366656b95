// SPDX-License-Identifier: GPL-2.0
/* Probing: who has vanished goes early, who lives stays */

#define _GNU_SOURCE
#include "far.h"
#include "fw2.h"
#include "rule.h"
#include "kselftest_harness.h"

/* Linux' own, s. */
#define KEEPIDLE_DEFAULT	7200

static int option(int fd, int level, int name)
{
	int val = -1;
	socklen_t len = sizeof(val);

	return getsockopt(fd, level, name, &val, &len) ? -1 : val;
}

#define keepalive(fd)	option(fd, SOL_SOCKET, SO_KEEPALIVE)
#define keepidle(fd)	option(fd, IPPROTO_TCP, TCP_KEEPIDLE)
#define keepintvl(fd)	option(fd, IPPROTO_TCP, TCP_KEEPINTVL)
#define keepcnt(fd)	option(fd, IPPROTO_TCP, TCP_KEEPCNT)

static int set_option(int fd, int level, int name, int val)
{
	return setsockopt(fd, level, name, &val, sizeof(val));
}

/* Probes that this namespace has sent. */
static long long probes_sent(void)
{
	char names[4096], values[4096], *name, *value, *n, *v;
	FILE *f = fopen("/proc/net/netstat", "re");
	long long sent = -1;

	if (!f)
		return -1;
	while (sent < 0 && fgets(names, sizeof(names), f) &&
	       fgets(values, sizeof(values), f)) {
		name = strtok_r(names, " \n", &n);
		value = strtok_r(values, " \n", &v);
		for (; name && value; name = strtok_r(NULL, " \n", &n),
				      value = strtok_r(NULL, " \n", &v)) {
			if (!strcmp(name, "TCPKeepAlive"))
				sent = atoll(value);
		}
	}
	fclose(f);
	return sent;
}

static int quiet_limits(void)
{
	return fw2_set("flush_interval", 0) || fw2_set("shut_interval", 0) ||
	       fw2_set("max_age", 0) || fw2_set("observe", 0);
}

FIXTURE(vanished)
{
	struct fw2_far far;
	struct fw2_pair p;
	long long unit;
};

FIXTURE_VARIANT(vanished)
{
	bool ipv6;
	bool rule;
	int how;
};

FIXTURE_VARIANT_ADD(vanished, ipv4_sysctl) { .how = SHUT_WR };
FIXTURE_VARIANT_ADD(vanished, ipv6_sysctl) { .ipv6 = true, .how = SHUT_WR };
FIXTURE_VARIANT_ADD(vanished, ipv4_rule) { .rule = true, .how = SHUT_WR };
FIXTURE_VARIANT_ADD(vanished, ipv6_rule_shut) {
	.ipv6 = true, .rule = true, .how = SHUT_RDWR,
};

FIXTURE_SETUP(vanished)
{
	self->p = (struct fw2_pair) { -1, -1 };
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, quiet_limits());
	if (fw2_far_make(&self->far))
		SKIP(return, "no veth");
	/* Cutting the wire takes a slow machine seconds. */
	self->unit = getenv("KSFT_MACHINE_SLOW") ? 4000 : 500;
	ASSERT_EQ(0, fw2_far_connect(&self->far, variant->ipv6, &self->p));
	if (variant->rule) {
		ASSERT_EQ(0, fw2_rule_add("prio 1 keepstart %lld keepstop %lld",
					  self->unit, 4 * self->unit));
	} else {
		ASSERT_EQ(0, fw2_set("keepstart", self->unit));
		ASSERT_EQ(0, fw2_set("keepstop", 4 * self->unit));
	}
}

FIXTURE_TEARDOWN(vanished)
{
	fw2_close(&self->p);
	fw2_far_unmake(&self->far);
}

TEST_F(vanished, given_up)
{
	long long start = fw2_now(), heard, t;

	ASSERT_EQ(0, fw2_half_close(&self->p, variant->how));
	if (system(FW2_FAR_LOSS))
		SKIP(return, "no netem");
	/* Until then the peer may have answered. */
	heard = fw2_now();
	t = fw2_stays(self->p.local, start, 12 * self->unit);
	EXPECT_LE(4 * self->unit, t);
	EXPECT_GE(fw2_latest(4 * self->unit), t - (heard - start));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_VANISHED));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	if (variant->how == SHUT_WR)
		EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p.local));
	EXPECT_LE(1, probes_sent());
}

/* Observe mode says it and lets the socket be. */
TEST_F(vanished, observed)
{
	ASSERT_EQ(0, fw2_set("observe", 1));
	ASSERT_EQ(0, fw2_half_close(&self->p, variant->how));
	if (system(FW2_FAR_LOSS))
		SKIP(return, "no netem");
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH) == 1,
			     8 * self->unit));
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_VANISHED));
}

FIXTURE(living)
{
	struct fw2_pair p;
	struct fw2_told t;
};

FIXTURE_VARIANT(living)
{
	enum fw2_family family;
};

FIXTURE_VARIANT_ADD(living, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(living, ipv6) { .family = FW2_V6 };

FIXTURE_SETUP(living)
{
	self->p = (struct fw2_pair) { -1, -1 };
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, quiet_limits());
	ASSERT_EQ(0, fw2_set("keepstart", 300));
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
}

FIXTURE_TEARDOWN(living)
{
	fw2_close(&self->p);
}

static bool probing(struct fw2_told *t)
{
	fw2_socks(t, "");
	return t->n == 1 && fw2_told(*t, PROBING) == 1;
}

/* As any socket that nobody has set anything on. */
#define expect_untouched(fd) do {					\
	EXPECT_EQ(0, keepalive(fd));					\
	EXPECT_EQ(KEEPIDLE_DEFAULT, keepidle(fd));			\
	EXPECT_EQ(75, keepintvl(fd));					\
	EXPECT_EQ(9, keepcnt(fd));					\
} while (0)

/* It answers, and so stays for as long as it may be idle: probes are no activity. */
TEST_F(living, stays)
{
	long long start, t;

	ASSERT_EQ(0, fw2_set("keepstop", 900));
	ASSERT_EQ(0, fw2_set("flush_interval", 4000));
	start = fw2_now();
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	t = fw2_stays(self->p.local, start, 8000);
	EXPECT_LE(4000, t);
	EXPECT_GE(fw2_latest(4000), t);
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_VANISHED));
	EXPECT_LE(3, probes_sent());
}

/* Two sysctls may contradict each other: the peer has time to answer all the same. */
TEST_F(living, keepstop_too_short)
{
	ASSERT_EQ(0, fw2_set("keepstop", 100));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_TRUE(fw2_wait(probes_sent() >= 3, 5000));
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
	ASSERT_TRUE(probing(&self->t));
	EXPECT_EQ(600, fw2_told(self->t, KEEPSTOP));
}

TEST_F(living, given_back_by_limit)
{
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_TRUE(fw2_wait(probing(&self->t), 3000));
	EXPECT_EQ(1, keepalive(self->p.local));
	ASSERT_EQ(0, fw2_set("keepstart", 0));
	EXPECT_TRUE(fw2_wait(!keepalive(self->p.local), 3000));
	expect_untouched(self->p.local);
	EXPECT_FALSE(probing(&self->t));
}

TEST_F(living, given_back_by_rule)
{
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_TRUE(fw2_wait(probing(&self->t), 3000));
	ASSERT_EQ(0, fw2_rule_add("prio 5 exempt"));
	EXPECT_TRUE(fw2_wait(!keepalive(self->p.local), 3000));
	expect_untouched(self->p.local);
}

TEST_F(living, given_back_at_unload)
{
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_TRUE(fw2_wait(probing(&self->t), 3000));
	ASSERT_EQ(0, fw2_unload());
	expect_untouched(self->p.local);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
	EXPECT_EQ(0, fw2_load(""));
}

/* Disconnected, a socket can be used again, and is as new. */
TEST_F(living, given_back_at_disconnect)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };

	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_TRUE(fw2_wait(probing(&self->t), 3000));
	ASSERT_EQ(0, connect(self->p.local, &unspec, sizeof(unspec)));
	expect_untouched(self->p.local);
}

/* The application's own probes are its own matter. */
TEST_F(living, own_keepalive)
{
	int fd = self->p.local;

	ASSERT_EQ(0, set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	ASSERT_EQ(0, set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 500));
	ASSERT_EQ(0, set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 60));
	ASSERT_EQ(0, set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 5));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	fw2_pass(1500);
	EXPECT_FALSE(probing(&self->t));
	EXPECT_EQ(1, self->t.n);
	EXPECT_EQ(1, keepalive(fd));
	EXPECT_EQ(500, keepidle(fd));
	EXPECT_EQ(60, keepintvl(fd));
	EXPECT_EQ(5, keepcnt(fd));
	EXPECT_EQ(0, probes_sent());
}

/* What the application asks for while it is probed is not taken back. */
TEST_F(living, own_keepalive_later)
{
	int fd = self->p.local;

	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_TRUE(fw2_wait(probing(&self->t), 3000));
	ASSERT_EQ(0, set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	ASSERT_EQ(0, set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 500));
	ASSERT_EQ(0, fw2_set("keepstart", 0));
	EXPECT_TRUE(fw2_wait(!probing(&self->t), 3000));
	EXPECT_EQ(1, keepalive(fd));
	EXPECT_EQ(500, keepidle(fd));
	EXPECT_EQ(9, keepcnt(fd));
}

TEST_HARNESS_MAIN
