// SPDX-License-Identifier: GPL-2.0
/* What a rule sets, what it leaves to the sysctls, and what a change does */

#define _GNU_SOURCE
#include <sys/stat.h>

#include "fw2.h"
#include "rule.h"
#include "kselftest_harness.h"

FIXTURE(limits)
{
	struct fw2_pair p;
	uint16_t port;
	long long start;
};

FIXTURE_VARIANT(limits)
{
	enum fw2_family family;
};

FIXTURE_VARIANT_ADD(limits, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(limits, ipv6) { .family = FW2_V6 };
FIXTURE_VARIANT_ADD(limits, mapped) { .family = FW2_MAPPED };

FIXTURE_SETUP(limits)
{
	ASSERT_EQ(0, fw2_netns());
	/* What neither a test nor its rules set is out of the way. */
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	ASSERT_EQ(0, fw2_set("max_age", 0));
	ASSERT_EQ(0, fw2_set("orphan_interval", 0));
	ASSERT_EQ(0, fw2_set("reset", 1));
	ASSERT_EQ(0, fw2_set("observe", 0));
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
	self->port = fw2_port(self->p.local);
}

FIXTURE_TEARDOWN(limits)
{
	fw2_close(&self->p);
}

#define half_close(how) do {						\
	self->start = fw2_now();					\
	ASSERT_EQ(0, fw2_half_close(&self->p, how));			\
} while (0)

/* The socket stays from @since for the interval, and little longer. */
#define expect_flushed_after(since, interval) do {			\
	long long t_ = fw2_stays(self->p.local, since,			\
				 fw2_latest(interval) + 2000);		\
	EXPECT_LE(interval, t_);					\
	EXPECT_GE(fw2_latest(interval), t_);				\
	EXPECT_EQ(FW2_CLOSE, fw2_state(self->p.local));			\
} while (0)

/* It goes at once, as it is overdue by what has changed just now. */
#define expect_flushed_now() \
	EXPECT_NE(-1, fw2_stays(self->p.local, fw2_now(), fw2_latest(0)))

#define expect_stays(ms) do {						\
	fw2_pass(ms);							\
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));		\
} while (0)

#define expect_counts(prio, m, f, w) do {				\
	struct fw2_counts c_ = fw2_counts(prio);			\
									\
	EXPECT_EQ(m, c_.matched) TH_LOG("matched, rule %d", prio);	\
	EXPECT_EQ(f, c_.flushed) TH_LOG("flushed, rule %d", prio);	\
	EXPECT_EQ(w, c_.would_flush) TH_LOG("would-flush, rule %d", prio); \
} while (0)

TEST_F(limits, interval)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 300));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 1000", self->port));
	half_close(SHUT_WR);
	expect_flushed_after(self->start, 1000);
	EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p.local));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	expect_counts(1, 1, 1, 0);
}

/* An interval of 0 is a limit, too: none. */
TEST_F(limits, interval_0)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 300));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 0", self->port));
	half_close(SHUT_WR);
	expect_stays(1500);
	expect_counts(1, 1, 0, 0);
}

/* Who comes under no rule is under the sysctls alone. */
TEST_F(limits, of_others)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 300",
			       self->port + 1));
	half_close(SHUT_WR);
	expect_flushed_after(self->start, 1000);
	expect_counts(1, 0, 0, 0);
}

TEST_F(limits, shut_interval)
{
	long long shut;

	ASSERT_EQ(0, fw2_set("flush_interval", 60000));
	ASSERT_EQ(0, fw2_set("shut_interval", 30000));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d shut-interval 1000",
			       self->port));
	half_close(SHUT_WR);
	expect_stays(1500);
	shut = fw2_now();
	ASSERT_EQ(0, shutdown(self->p.local, SHUT_RD));
	/* Idle for longer than that already. */
	EXPECT_NE(-1, fw2_stays(self->p.local, shut, fw2_latest(1000) - 1000));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_SHUT));
	expect_counts(1, 1, 1, 0);
}

TEST_F(limits, shut_at_once)
{
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d shut-interval 1000",
			       self->port));
	half_close(SHUT_RDWR);
	expect_flushed_after(self->start, 1000);
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_SHUT));
	expect_counts(1, 1, 1, 0);
}

/* A shut-interval of 0 is the interval, as it is with the sysctls. */
TEST_F(limits, shut_interval_0)
{
	ASSERT_EQ(0, fw2_set("shut_interval", 300));
	ASSERT_EQ(0, fw2_rules("prio 1 interval 1000 shut-interval 0"));
	half_close(SHUT_RDWR);
	expect_flushed_after(self->start, 1000);
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

TEST_F(limits, max_age)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 60000));
	ASSERT_EQ(0, fw2_rules("prio 1 dport %d max-age 1500",
			       fw2_port(self->p.peer)));
	half_close(SHUT_WR);
	while (fw2_now() < self->start + 1400) {
		ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
		fw2_pass(50);
	}
	expect_flushed_after(self->start, 1500);
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_AGE));
	expect_counts(1, 1, 1, 0);
}

/* What one rule does not say comes from the sysctl, not from another rule. */
TEST_F(limits, fall_back)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d max-age 60000\n"
			       "prio 2 interval 300 reset 0", self->port));
	half_close(SHUT_WR);
	fw2_pass(700);
	/* The sysctl goes on to be the one that counts. */
	ASSERT_EQ(0, fw2_set("flush_interval", 1500));
	expect_flushed_after(self->start, 1500);
	EXPECT_EQ(FW2_CLOSE, fw2_state(self->p.peer));
	expect_counts(1, 1, 1, 0);
	expect_counts(2, 0, 0, 0);
}

TEST_F(limits, reset_off)
{
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 500 reset 0",
			       self->port));
	half_close(SHUT_WR);
	expect_flushed_after(self->start, 500);
	EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p.local));
	fw2_pass(300);
	EXPECT_EQ(FW2_CLOSE_WAIT, fw2_state(self->p.peer));
	expect_counts(1, 1, 1, 0);
}

TEST_F(limits, reset_on)
{
	ASSERT_EQ(0, fw2_set("reset", 0));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 500 reset 1",
			       self->port));
	half_close(SHUT_WR);
	expect_flushed_after(self->start, 500);
	EXPECT_TRUE(fw2_wait(fw2_state(self->p.peer) == FW2_CLOSE, 1000));
}

TEST_F(limits, observe)
{
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 500 observe 1",
			       self->port));
	half_close(SHUT_WR);
	EXPECT_TRUE(fw2_wait(fw2_counts(1).would_flush == 1, fw2_latest(500)));
	EXPECT_LE(self->start + 500, fw2_now());
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH));
	expect_stays(1000);
	expect_counts(1, 1, 0, 1);
	/* Meant seriously, it goes at once. */
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 500", self->port));
	expect_flushed_now();
}

TEST_F(limits, observe_off)
{
	ASSERT_EQ(0, fw2_set("observe", 1));
	ASSERT_EQ(0, fw2_rules("prio 1 interval 500 observe 0"));
	half_close(SHUT_WR);
	expect_flushed_after(self->start, 500);
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH));
}

TEST_F(limits, exempt)
{
	struct fw2_told t;

	ASSERT_EQ(0, fw2_set("flush_interval", 300));
	ASSERT_EQ(0, fw2_set("max_age", 300));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d exempt\nprio 2 interval 300",
			       self->port));
	half_close(SHUT_WR);
	expect_stays(1500);
	ASSERT_EQ(0, fw2_socks(&t, ""));
	EXPECT_EQ(1, fw2_told(t, EXEMPT));
	EXPECT_EQ(1, fw2_told(t, RULE));
	EXPECT_EQ(-1, fw2_told(t, LIMIT));
	EXPECT_EQ(-1, fw2_told(t, DUE_IN));
	expect_counts(1, 1, 0, 0);
	ASSERT_EQ(0, fw2_rule_del(1));
	expect_flushed_now();
	expect_counts(2, 1, 1, 0);
}

/* The lowest that matches, in whatever order they came. */
TEST_F(limits, order)
{
	ASSERT_EQ(0, fw2_rule_add("prio 4294967295 interval 100"));
	ASSERT_EQ(0, fw2_rule_add("prio 30 sport %d interval 1000",
				  self->port));
	ASSERT_EQ(0, fw2_rule_add("prio 40 sport %d interval 200", self->port));
	ASSERT_EQ(0, fw2_rule_add("prio 20 sport %d interval 100",
				  self->port + 1));
	ASSERT_EQ(0, fw2_rule_add("prio 1 uid 4321 interval 100"));
	half_close(SHUT_WR);
	expect_flushed_after(self->start, 1000);
	expect_counts(1, 0, 0, 0);
	expect_counts(20, 0, 0, 0);
	expect_counts(30, 1, 1, 0);
	expect_counts(40, 0, 0, 0);
	expect_counts(-1, 0, 0, 0);
}

/* Beyond the first 64 rules, and with the last of a thousand. */
TEST_F(limits, order_of_many)
{
	struct fw2_request r;
	struct nlmsghdr *nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0);
	char line[128];
	int i;

	for (i = 1; i < 1024; i++) {
		snprintf(line, sizeof(line), "prio %d sport %d-%d interval 100",
			 i, i, i + 10);
		fw2_put_rule(nlh, line);
	}
	snprintf(line, sizeof(line), "prio 2000 sport %d interval 1000",
		 self->port);
	fw2_put_rule(nlh, line);
	ASSERT_EQ(0, fw2_end(&r, NULL, NULL));
	half_close(SHUT_WR);
	expect_flushed_after(self->start, 1000);
	expect_counts(2000, 1, 1, 0);
}

TEST_F(limits, by_class)
{
	long long shut;

	ASSERT_EQ(0, fw2_rules("prio 1 class shut interval 1000\n"
			       "prio 2 class held interval 60000"));
	half_close(SHUT_WR);
	expect_stays(1500);
	expect_counts(1, 0, 0, 0);
	expect_counts(2, 1, 0, 0);
	shut = fw2_now();
	ASSERT_EQ(0, shutdown(self->p.local, SHUT_RD));
	EXPECT_NE(-1, fw2_stays(self->p.local, shut, fw2_latest(1000) - 1000));
	expect_counts(1, 1, 1, 0);
	expect_counts(2, 1, 0, 0);
}

/* Changes, on a socket that waits already. */

TEST_F(limits, shortened)
{
	half_close(SHUT_WR);
	fw2_pass(700);
	ASSERT_EQ(0, fw2_rule_add("prio 1 sport %d interval 60000",
				  self->port));
	fw2_pass(200);
	ASSERT_EQ(0, fw2_rule_replace("prio 1 sport %d interval 1500",
				      self->port));
	expect_flushed_after(self->start, 1500);
	expect_counts(1, 1, 1, 0);
}

TEST_F(limits, overdue_when_shortened)
{
	half_close(SHUT_WR);
	fw2_pass(1200);
	ASSERT_EQ(0, fw2_rule_add("prio 1 sport %d interval 1000", self->port));
	expect_flushed_now();
}

TEST_F(limits, lengthened)
{
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 1000", self->port));
	half_close(SHUT_WR);
	fw2_pass(700);
	ASSERT_EQ(0, fw2_rule_add("prio 2 interval 100"));
	ASSERT_EQ(0, fw2_rule_replace("prio 1 sport %d interval 2000",
				      self->port));
	expect_flushed_after(self->start, 2000);
}

TEST_F(limits, exempted)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_WR);
	fw2_pass(700);
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d exempt", self->port));
	expect_stays(1500);
	expect_counts(1, 1, 0, 0);
}

TEST_F(limits, removed)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 1500));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d interval 1000", self->port));
	half_close(SHUT_WR);
	fw2_pass(700);
	ASSERT_EQ(0, fw2_rule_del(1));
	expect_flushed_after(self->start, 1500);
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_RULES));
}

/* A mark that is set on a socket that waits. */
TEST_F(limits, marked)
{
	int mark = 5;

	ASSERT_EQ(0, fw2_rules("prio 1 mark 5 interval 1000"));
	half_close(SHUT_WR);
	expect_stays(1500);
	ASSERT_EQ(0, setsockopt(self->p.local, SOL_SOCKET, SO_MARK, &mark,
				sizeof(mark)));
	/* Under no limit until then. */
	expect_flushed_now();
	expect_counts(1, 1, 1, 0);
}

/* A rule that stays as it is keeps its counts, whatever comes beside it. */
TEST_F(limits, counts_kept)
{
	struct fw2_pair p;

	ASSERT_EQ(0, fw2_rules("prio 1 sport %d local %s interval 300 reset 0",
			       self->port,
			       variant->family == FW2_V6 ? "::1/128" :
							   "127.0.0.0/8"));
	half_close(SHUT_WR);
	expect_flushed_after(self->start, 300);
	expect_counts(1, 1, 1, 0);

	ASSERT_EQ(0, fw2_rules("prio 9 interval 60000\n"
			       "prio 1 interval 300 reset 0 local %s sport %d",
			       variant->family == FW2_V6 ? "::1" : "127.0.0.0/8",
			       self->port));
	expect_counts(1, 1, 1, 0);
	ASSERT_EQ(0, fw2_rule_add("prio 8 exempt"));
	ASSERT_EQ(0, fw2_rule_del(9));
	expect_counts(1, 1, 1, 0);

	/* A socket that waits under one is not counted again. */
	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &p));
	ASSERT_TRUE(fw2_wait(fw2_counts(8).matched == 1, 3000));
	ASSERT_EQ(0, fw2_rules("prio 8 exempt"));
	ASSERT_EQ(0, fw2_rule_add("prio 10 exempt"));
	fw2_pass(200);
	expect_counts(8, 1, 0, 0);
	/* Another rule in its place is another rule. */
	ASSERT_EQ(0, fw2_rules("prio 8 interval 70000"));
	ASSERT_TRUE(fw2_wait(fw2_counts(8).matched == 1, 1000));
	expect_counts(1, -1, -1, -1);
	fw2_close(&p);
}

/* Counted once, however it comes and goes, and be it ever so shortly there. */
TEST_F(limits, counted_once)
{
	struct fw2_pair p;
	int how;

	ASSERT_EQ(0, fw2_rules("prio 1 interval 60000"));
	for (how = 0; how < 4; how++) {
		ASSERT_EQ(0, fw2_connect(variant->family, &p));
		if (how)
			ASSERT_EQ(0, fw2_half_close(&p, how == 2 ? SHUT_RDWR :
								   SHUT_WR));
		if (how == 3)
			close(p.peer);
		else
			close(p.local);
		if (how == 3)
			p.peer = -1;
		else
			p.local = -1;
		EXPECT_TRUE(fw2_wait(fw2_counts(1).matched > how, 1000));
		EXPECT_EQ(how + 1, fw2_counts(1).matched) TH_LOG("way %d", how);
		fw2_close(&p);
	}
	expect_counts(1, 4, 0, 0);
}

TEST_HARNESS_MAIN
