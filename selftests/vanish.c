// SPDX-License-Identifier: GPL-2.0
/* A peer that is gone: the wire loses everything, or is cut */

#define _GNU_SOURCE
#include "far.h"
#include "fw2.h"
#include "kselftest_harness.h"

FIXTURE(vanish)
{
	struct fw2_pair p;
	struct fw2_far far;
	long long interval;
};

FIXTURE_VARIANT(vanish)
{
	bool ipv6;
	const char *cut;
};

FIXTURE_VARIANT_ADD(vanish, ipv4_loss) {
	.cut = FW2_FAR_LOSS,
};

FIXTURE_VARIANT_ADD(vanish, ipv6_loss) {
	.ipv6 = true,
	.cut = FW2_FAR_LOSS,
};

FIXTURE_VARIANT_ADD(vanish, ipv4_down) { .cut = "ip link set near down" };
FIXTURE_VARIANT_ADD(vanish, ipv4_gone) { .cut = "ip link del near" };

FIXTURE_SETUP(vanish)
{
	self->p = (struct fw2_pair) { -1, -1 };
	ASSERT_EQ(0, fw2_netns());
	if (fw2_far_make(&self->far))
		SKIP(return, "no veth");
	/* Cutting the wire takes a slow machine seconds. */
	self->interval = getenv("KSFT_MACHINE_SLOW") ? 15000 : 2000;
	ASSERT_EQ(0, fw2_set("flush_interval", self->interval));
	ASSERT_EQ(0, fw2_set("shut_interval", self->interval));
	ASSERT_EQ(0, fw2_set("orphan_interval", 2000));
	ASSERT_EQ(0, fw2_far_connect(&self->far, variant->ipv6, &self->p));
}

FIXTURE_TEARDOWN(vanish)
{
	fw2_close(&self->p);
	fw2_far_unmake(&self->far);
}

/* Half-closed and acknowledged, and then nobody is there. */
TEST_F(vanish, held)
{
	long long start = fw2_now(), t;

	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	if (system(variant->cut))
		SKIP(return, "no netem");
	t = fw2_stays(self->p.local, start, 3 * self->interval);
	EXPECT_LE(self->interval, t);
	EXPECT_GE(fw2_latest(self->interval), t);
	EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p.local));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	/* The reset has not arrived; the peer still believes. */
	EXPECT_EQ(FW2_CLOSE_WAIT, fw2_state(self->p.peer));
}

TEST_F(vanish, orphan)
{
	uint16_t port = fw2_port(self->p.local);
	long long start;

	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	if (system(variant->cut))
		SKIP(return, "no netem");
	start = fw2_now();
	close(self->p.local);
	self->p.local = -1;
	EXPECT_TRUE(fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, port), 6000));
	EXPECT_LE(2000, fw2_now() - start);
	EXPECT_GE(fw2_latest(2000), fw2_now() - start);
}

TEST_HARNESS_MAIN
