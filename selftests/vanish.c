// SPDX-License-Identifier: GPL-2.0
/* A peer that is gone: the wire loses everything, or is cut */

#define _GNU_SOURCE
#include "fw2.h"
#include "kselftest_harness.h"

FIXTURE(vanish)
{
	struct fw2_pair p;
	int far, near;
	long long interval;
};

FIXTURE_VARIANT(vanish)
{
	bool ipv6;
	const char *cut;
};

FIXTURE_VARIANT_ADD(vanish, ipv4_loss) {
	.cut = "tc qdisc add dev near root netem loss 100% && "
	       "ip netns exec fw2far tc qdisc add dev far root netem loss 100%",
};

FIXTURE_VARIANT_ADD(vanish, ipv6_loss) {
	.ipv6 = true,
	.cut = "tc qdisc add dev near root netem loss 100% && "
	       "ip netns exec fw2far tc qdisc add dev far root netem loss 100%",
};

FIXTURE_VARIANT_ADD(vanish, ipv4_down) { .cut = "ip link set near down" };
FIXTURE_VARIANT_ADD(vanish, ipv4_gone) { .cut = "ip link del near" };

/* A listener here, a peer there. */
static int connect_far(bool ipv6, int near, int far, struct fw2_pair *p)
{
	struct sockaddr_storage ss = {};
	socklen_t len = ipv6 ? sizeof(struct sockaddr_in6) :
			       sizeof(struct sockaddr_in);
	uint16_t port = 0;
	int listener;

	if (ipv6) {
		struct sockaddr_in6 *in6 = (void *)&ss;

		in6->sin6_family = AF_INET6;
		inet_pton(AF_INET6, "fd00::1", &in6->sin6_addr);
	} else {
		struct sockaddr_in *in = (void *)&ss;

		in->sin_family = AF_INET;
		in->sin_addr.s_addr = inet_addr("192.0.2.1");
	}
	listener = socket(ss.ss_family, SOCK_STREAM, 0);
	if (bind(listener, (void *)&ss, len) || listen(listener, 1))
		return -1;
	port = htons(fw2_port(listener));
	/* The port is at the same place in both. */
	((struct sockaddr_in *)&ss)->sin_port = port;

	if (setns(far, CLONE_NEWNET))
		return -1;
	p->peer = socket(ss.ss_family, SOCK_STREAM, 0);
	if (setns(near, CLONE_NEWNET) ||
	    connect(p->peer, (void *)&ss, len))
		return -1;
	p->local = accept(listener, NULL, NULL);
	close(listener);
	return p->local < 0 ? -1 : 0;
}

FIXTURE_SETUP(vanish)
{
	self->p = (struct fw2_pair) { -1, -1 };
	ASSERT_EQ(0, fw2_netns());
	system("ip netns del fw2far 2>/dev/null");
	if (system("ip netns add fw2far && "
		   "ip link add near type veth peer name far netns fw2far"))
		SKIP(return, "no veth");
	ASSERT_EQ(0, system("ip addr add 192.0.2.1/24 dev near && "
			    "ip -6 addr add fd00::1/64 dev near nodad && "
			    "ip link set near up && "
			    "ip -n fw2far addr add 192.0.2.2/24 dev far && "
			    "ip -n fw2far -6 addr add fd00::2/64 dev far nodad && "
			    "ip -n fw2far link set far up"));
	self->near = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	self->far = open("/run/netns/fw2far", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->far);
	/* Cutting the wire takes a slow machine seconds. */
	self->interval = getenv("KSFT_MACHINE_SLOW") ? 15000 : 2000;
	ASSERT_EQ(0, fw2_set("flush_interval", self->interval));
	ASSERT_EQ(0, fw2_set("shut_interval", self->interval));
	ASSERT_EQ(0, fw2_set("orphan_interval", 2000));
	ASSERT_EQ(0, connect_far(variant->ipv6, self->near, self->far,
				 &self->p));
}

FIXTURE_TEARDOWN(vanish)
{
	fw2_close(&self->p);
	close(self->near);
	close(self->far);
	system("ip netns del fw2far 2>/dev/null");
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
