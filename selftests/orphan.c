// SPDX-License-Identifier: GPL-2.0
/* Orphans under rules, which the kernel times */

#define _GNU_SOURCE
#include "fw2.h"
#include "rule.h"
#include "kselftest_harness.h"

FIXTURE(orphan)
{
	struct fw2_pair p;
	uint16_t port;
	long long start;
};

FIXTURE_VARIANT(orphan)
{
	enum fw2_family family;
	/* Closed at once, or once it is in FIN_WAIT_2; held or shut then. */
	int how;
};

FIXTURE_VARIANT_ADD(orphan, ipv4_closed) { .family = FW2_V4, .how = -1 };
FIXTURE_VARIANT_ADD(orphan, ipv6_shut) { .family = FW2_V6, .how = SHUT_RDWR };
FIXTURE_VARIANT_ADD(orphan, mapped_held) { .family = FW2_MAPPED, .how = SHUT_WR };

FIXTURE_SETUP(orphan)
{
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	ASSERT_EQ(0, fw2_set("orphan_interval", 30000));
	ASSERT_EQ(0, fw2_write_sysctl("tcp_fin_timeout", "20"));
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
	self->port = fw2_port(self->p.local);
}

FIXTURE_TEARDOWN(orphan)
{
	fw2_close(&self->p);
}

/* Make an orphan of it. */
#define leave_it() do {							\
	if (variant->how >= 0)						\
		ASSERT_EQ(0, fw2_half_close(&self->p, variant->how));	\
	self->start = fw2_now();					\
	close(self->p.local);						\
	self->p.local = -1;						\
	ASSERT_TRUE(fw2_wait(fw2_proc_count(FW2_FIN_WAIT2,		\
					    self->port) == 1, 1000));	\
} while (0)

#define expect_gone_after(since, interval) do {				\
	bool gone_ = fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, self->port), \
			      (since) + fw2_latest(interval) + 2000 -	\
			      fw2_now());				\
	long long t_ = fw2_now() - (since);				\
									\
	EXPECT_TRUE(gone_);						\
	EXPECT_LE(interval, t_);					\
	EXPECT_GE(fw2_latest(interval), t_);				\
} while (0)

/* For how long it has to stay, as the kernel has it now. */
#define expect_due(ms) do {						\
	struct fw2_told told_;						\
									\
	ASSERT_EQ(0, fw2_socks(&told_, "class orphan"));		\
	ASSERT_EQ(1, told_.n);						\
	EXPECT_GE((ms) + 100, fw2_told(told_, DUE_IN));			\
	EXPECT_LE((ms) - 1500, fw2_told(told_, DUE_IN));		\
} while (0)

TEST_F(orphan, interval)
{
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d class orphan orphan-interval 2000",
			       self->port));
	leave_it();
	expect_gone_after(self->start, 2000);
	/* Nothing was flushed, it is the kernel that ends it. */
	EXPECT_EQ(1, fw2_counts(1).matched);
	EXPECT_EQ(0, fw2_counts(1).flushed);
}

/* Longer than the sysctl. */
TEST_F(orphan, longer)
{
	ASSERT_EQ(0, fw2_set("orphan_interval", 1000));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d orphan-interval 3000",
			       self->port));
	leave_it();
	expect_gone_after(self->start, 3000);
}

TEST_F(orphan, of_others)
{
	ASSERT_EQ(0, fw2_set("orphan_interval", 2000));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d orphan-interval 10000",
			       self->port + 1));
	leave_it();
	expect_gone_after(self->start, 2000);
	EXPECT_EQ(0, fw2_counts(1).matched);
}

/* A rule that is for it, and says nothing of orphans. */
TEST_F(orphan, fall_back)
{
	ASSERT_EQ(0, fw2_set("orphan_interval", 2000));
	ASSERT_EQ(0, fw2_rules("prio 1 interval 60000\n"
			       "prio 2 orphan-interval 10000"));
	leave_it();
	expect_gone_after(self->start, 2000);
}

/* Left to the kernel's own timeout. */
TEST_F(orphan, exempt)
{
	ASSERT_EQ(0, fw2_set("orphan_interval", 1000));
	ASSERT_EQ(0, fw2_write_sysctl("tcp_fin_timeout", "3"));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d exempt", self->port));
	leave_it();
	/* Which has the granularity of a timer, and not ours. */
	expect_gone_after(self->start - 20, 3000);
}

TEST_F(orphan, interval_0)
{
	ASSERT_EQ(0, fw2_set("orphan_interval", 1000));
	ASSERT_EQ(0, fw2_write_sysctl("tcp_fin_timeout", "3"));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d orphan-interval 0",
			       self->port));
	leave_it();
	expect_gone_after(self->start - 20, 3000);
}

/* The application's own wish goes first. */
TEST_F(orphan, linger2)
{
	int seconds = 3;

	ASSERT_EQ(0, setsockopt(self->p.local, IPPROTO_TCP, TCP_LINGER2,
				&seconds, sizeof(seconds)));
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d orphan-interval 1000",
			       self->port));
	leave_it();
	expect_gone_after(self->start - 20, 3000);
}

/* What comes for those who wait: counted from then, never later than before. */
TEST_F(orphan, rule_comes)
{
	long long set;

	leave_it();
	expect_due(30000);
	fw2_pass(500);
	set = fw2_now();
	ASSERT_EQ(0, fw2_rule_add("prio 1 sport %d orphan-interval 2000",
				  self->port));
	expect_due(2000);
	expect_gone_after(set, 2000);
}

TEST_F(orphan, rule_for_others_comes)
{
	leave_it();
	ASSERT_EQ(0, fw2_rule_add("prio 1 sport %d orphan-interval 2000",
				  self->port + 1));
	expect_due(30000);
	fw2_pass(2500);
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, self->port));
}

TEST_F(orphan, rule_is_shortened)
{
	long long set;

	ASSERT_EQ(0, fw2_rules("prio 1 orphan-interval 50000"));
	leave_it();
	expect_due(50000);
	ASSERT_EQ(0, fw2_rule_replace("prio 1 orphan-interval 10000"));
	expect_due(10000);
	set = fw2_now();
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d orphan-interval 2000\n"
			       "prio 2 orphan-interval 10000", self->port));
	expect_gone_after(set, 2000);
}

/* Exempt from then on: tcp_fin_timeout is what is left. */
TEST_F(orphan, rule_is_removed)
{
	ASSERT_EQ(0, fw2_set("orphan_interval", 10000));
	ASSERT_EQ(0, fw2_rules("prio 1 orphan-interval 50000"));
	leave_it();
	expect_due(50000);
	ASSERT_EQ(0, fw2_rule_del(1));
	expect_due(10000);
}

/* Longer ones are for those who come. */
TEST_F(orphan, rule_is_lengthened)
{
	ASSERT_EQ(0, fw2_rules("prio 1 orphan-interval 2000"));
	leave_it();
	ASSERT_EQ(0, fw2_rules("prio 1 orphan-interval 50000"));
	expect_gone_after(self->start, 2000);
}

/* Above a minute it is a full socket for the first half. */
TEST_F(orphan, long_one)
{
	long long set;

	ASSERT_EQ(0, fw2_rules("prio 1 orphan-interval 200000"));
	leave_it();
	expect_due(200000);
	set = fw2_now();
	ASSERT_EQ(0, fw2_rule_replace("prio 1 orphan-interval 3000"));
	expect_due(3000);
	expect_gone_after(set, 3000);
}

TEST_HARNESS_MAIN
