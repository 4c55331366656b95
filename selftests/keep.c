// SPDX-License-Identifier: GPL-2.0
/* Probing: who has vanished goes, who is only silent stays, and no trace is left */

#define _GNU_SOURCE
#include "far.h"
#include "rule.h"
#include "kselftest_harness.h"

/* A socket's own settings of keepalive. */
struct alive {
	int on, idle, interval, count, timeout;
};

FIXTURE(keep)
{
	struct fw2_pair p;
	struct fw2_far far;
	long long start, keepstart, keepstop;
	struct alive alive;
};

FIXTURE_VARIANT(keep)
{
	bool ipv6;
	int how;
	const char *cut, *mend;
};

FIXTURE_VARIANT_ADD(keep, ipv4_loss) {
	.how = SHUT_WR, .cut = FW2_FAR_LOSS, .mend = FW2_FAR_NO_LOSS,
};

FIXTURE_VARIANT_ADD(keep, ipv6_down) {
	.ipv6 = true, .how = SHUT_RDWR,
	.cut = FW2_FAR_DOWN, .mend = FW2_FAR_UP,
};

static struct alive get_alive(int fd)
{
	struct alive a = {};
	socklen_t len = sizeof(int);

	getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &a.on, &len);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &a.idle, &len);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &a.interval, &len);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &a.count, &len);
	getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &a.timeout, &len);
	return a;
}

static int set_alive(int fd, const struct alive *a)
{
	const socklen_t len = sizeof(int);

	return setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &a->idle, len) |
	       setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &a->interval, len) |
	       setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &a->count, len) |
	       setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &a->on, len);
}

#define expect_alive(a) do {						\
	struct alive is_ = get_alive(self->p.local);			\
									\
	EXPECT_EQ((a).on, is_.on);					\
	EXPECT_EQ((a).idle, is_.idle);					\
	EXPECT_EQ((a).interval, is_.interval);				\
	EXPECT_EQ((a).count, is_.count);				\
	EXPECT_EQ((a).timeout, is_.timeout);				\
} while (0)

FIXTURE_SETUP(keep)
{
	self->p = (struct fw2_pair) { -1, -1 };
	ASSERT_EQ(0, fw2_netns());
	if (fw2_far_make(&self->far))
		SKIP(return, "no veth");
	if (!variant->ipv6 && system("tc qdisc add dev near root netem loss 1% && "
				     "tc qdisc del dev near root"))
		SKIP(return, "no netem");
	/* Cutting the wire takes a slow machine a second. */
	self->keepstart = getenv("KSFT_MACHINE_SLOW") ? 2000 : 1000;
	self->keepstop = 2 * self->keepstart;
	ASSERT_EQ(0, fw2_set("flush_interval", 600000));
	ASSERT_EQ(0, fw2_set("shut_interval", 600000));
	ASSERT_EQ(0, fw2_far_connect(&self->far, variant->ipv6, &self->p));
	self->alive = get_alive(self->p.local);
}

FIXTURE_TEARDOWN(keep)
{
	fw2_close(&self->p);
	fw2_far_unmake(&self->far);
}

#define half_close() do {						\
	self->start = fw2_now();					\
	ASSERT_EQ(0, fw2_half_close(&self->p, variant->how));		\
} while (0)

#define cut()	ASSERT_EQ(0, system(variant->cut))

#define set_sysctls() do {						\
	ASSERT_EQ(0, fw2_set("keepstart", self->keepstart));		\
	ASSERT_EQ(0, fw2_set("keepstop", self->keepstop));		\
} while (0)

/* Nothing has come since the FIN was acknowledged, shortly after the start. */
#define expect_vanished() do {						\
	long long t_ = fw2_stays(self->p.local, self->start,		\
				 fw2_latest(self->keepstop) + 3000);	\
									\
	EXPECT_LE(self->keepstop, t_);					\
	EXPECT_GE(fw2_latest(self->keepstop), t_);			\
	EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p.local));		\
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_VANISHED));	\
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_LEFT_ABORT));		\
} while (0)

static bool is_probed(void)
{
	struct fw2_told t;

	return !fw2_socks(&t, "") && fw2_told(t, PROBING) == 1;
}

#define expect_probed(want) \
	ASSERT_TRUE(fw2_wait(is_probed() == (want), 2000))

TEST_F_TIMEOUT(keep, by_sysctl, 240)
{
	set_sysctls();
	half_close();
	cut();
	expect_vanished();
	expect_alive(self->alive);
}

TEST_F_TIMEOUT(keep, by_rule, 240)
{
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d keepstart %lld keepstop %lld",
			       fw2_port(self->p.local), self->keepstart,
			       self->keepstop));
	half_close();
	cut();
	expect_vanished();
	EXPECT_EQ(1, fw2_counts(1).flushed);
}

/* One from the rule, the other from the sysctl. */
TEST_F_TIMEOUT(keep, by_both, 240)
{
	ASSERT_EQ(0, fw2_set("keepstart", self->keepstart));
	ASSERT_EQ(0, fw2_set("keepstop", 300000));
	ASSERT_EQ(0, fw2_rules("prio 1 keepstop %lld", self->keepstop));
	half_close();
	cut();
	expect_vanished();
}

/* A rule that comes for one that has waited: not before the peer was asked. */
TEST_F_TIMEOUT(keep, overdue, 240)
{
	long long set;

	half_close();
	fw2_pass(self->keepstop + 1000);
	cut();
	set = fw2_now();
	set_sysctls();
	EXPECT_NE(-1, fw2_stays(self->p.local, set,
				fw2_latest(self->keepstop)));
	EXPECT_LE(set + self->keepstop - self->keepstart, fw2_now());
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_VANISHED));
}

/* A peer that answers each probe, and says no more, stays its full time. */
TEST_F_TIMEOUT(keep, living, 240)
{
	long long t, interval = 4 * self->keepstop;
	struct fw2_told told;

	ASSERT_EQ(0, fw2_set("flush_interval", interval));
	ASSERT_EQ(0, fw2_set("shut_interval", interval));
	set_sysctls();
	half_close();
	fw2_pass(2 * self->keepstop);
	ASSERT_EQ(0, fw2_socks(&told, ""));
	EXPECT_EQ(1, fw2_told(told, PROBING));
	EXPECT_EQ(self->keepstart, fw2_told(told, KEEPSTART));
	EXPECT_EQ(self->keepstop, fw2_told(told, KEEPSTOP));
	/* It has been heard, and still it is not active. */
	EXPECT_GE(self->keepstart + 1000, fw2_told(told, SILENT));
	/* In ticks of the kernel's, of which the first had begun. */
	EXPECT_LE(2 * self->keepstop - 10, fw2_told(told, IDLE));
	EXPECT_EQ(FINWAIT2_ACTIVITY_ENTRY, fw2_told(told, ACTIVITY));
	t = fw2_stays(self->p.local, self->start, fw2_latest(interval) + 2000);
	EXPECT_LE(interval, t);
	EXPECT_GE(fw2_latest(interval), t);
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_VANISHED));
	EXPECT_EQ(FW2_CLOSE, fw2_state(self->p.peer));
}

/* A peer that is back in time has never been away. */
TEST_F_TIMEOUT(keep, comes_back, 240)
{
	self->keepstop = 4 * self->keepstart;
	set_sysctls();
	half_close();
	cut();
	fw2_pass(self->start + 2 * self->keepstart - fw2_now());
	ASSERT_EQ(0, system(variant->mend));
	fw2_pass(self->start + 3 * self->keepstop - fw2_now());
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));

	/* And is given up when it vanishes for good. */
	self->start = fw2_now();
	cut();
	EXPECT_NE(-1, fw2_stays(self->p.local, self->start,
				fw2_latest(self->keepstop) + 2000));
	/* It was last heard before that, by a keepstart at most. */
	EXPECT_LE(self->start + self->keepstop - self->keepstart - 300,
		  fw2_now());
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_VANISHED));
}

/* Nobody is given up who is not to be: neither by us nor by the kernel. */
TEST_F_TIMEOUT(keep, no_keepstop, 200)
{
	ASSERT_EQ(0, fw2_set("keepstart", 100));
	half_close();
	cut();
	/* Here it would, after 255 probes. */
	fw2_pass(32000);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_LEFT_ABORT));
}

TEST_F_TIMEOUT(keep, observe, 200)
{
	ASSERT_EQ(0, fw2_set("observe", 1));
	ASSERT_EQ(0, fw2_set("keepstart", 500));
	ASSERT_EQ(0, fw2_set("keepstop", 1200));
	half_close();
	cut();
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH) == 1,
			     20000));
	/* Here it would, after 255 probes. */
	fw2_pass(32000);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_LEFT_ABORT));
}

/* An application with times of its own is left to these. */
TEST_F_TIMEOUT(keep, application_probes, 240)
{
	const struct alive own = { 1, 200, 50, 5 };

	ASSERT_EQ(0, set_alive(self->p.local, &own));
	set_sysctls();
	half_close();
	cut();
	fw2_pass(2 * self->keepstop);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
	EXPECT_FALSE(is_probed());
	expect_alive(own);
}

/* One that has times, and does not want them, for now. */
TEST_F_TIMEOUT(keep, application_has_times, 240)
{
	const struct alive own = { 0, 200, 50, 5 };

	ASSERT_EQ(0, set_alive(self->p.local, &own));
	set_sysctls();
	half_close();
	fw2_pass(self->keepstop);
	ASSERT_EQ(0, fw2_set("keepstart", 0));
	expect_probed(false);
	expect_alive(own);
}

/* Nor are those of its own made to end it, which without probes never do. */
TEST_F_TIMEOUT(keep, application_has_timeout, 240)
{
	int timeout = self->keepstart + self->keepstart / 4;

	ASSERT_EQ(0, setsockopt(self->p.local, IPPROTO_TCP, TCP_USER_TIMEOUT,
				&timeout, sizeof(timeout)));
	self->alive.timeout = timeout;
	ASSERT_EQ(0, fw2_set("observe", 1));
	set_sysctls();
	half_close();
	cut();
	fw2_pass(3 * self->keepstop);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
	ASSERT_EQ(0, fw2_set("keepstart", 0));
	expect_probed(false);
	expect_alive(self->alive);
}

/* One that makes up its mind meanwhile. */
TEST_F_TIMEOUT(keep, application_sets_times, 240)
{
	const struct alive own = { 1, 200, 50, 5 };

	set_sysctls();
	half_close();
	expect_probed(true);
	ASSERT_EQ(0, set_alive(self->p.local, &own));
	ASSERT_EQ(0, fw2_set("keepstart", 0));
	expect_probed(false);
	expect_alive(own);
}

/* What is left behind, in each way that it can end. */

TEST_F_TIMEOUT(keep, rule_removed, 240)
{
	ASSERT_EQ(0, fw2_rules("prio 1 keepstart %lld", self->keepstart));
	half_close();
	expect_probed(true);
	EXPECT_EQ(1, get_alive(self->p.local).on);
	ASSERT_EQ(0, fw2_rule_del(1));
	expect_probed(false);
	expect_alive(self->alive);
	cut();
	fw2_pass(2 * self->keepstop);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
}

TEST_F_TIMEOUT(keep, unloaded, 240)
{
	if (!getenv("FINWAIT2_KO"))
		SKIP(return, "FINWAIT2_KO does not say where the module is");
	set_sysctls();
	half_close();
	expect_probed(true);
	ASSERT_EQ(0, fw2_unload());
	expect_alive(self->alive);
	cut();
	fw2_pass(2 * self->keepstop);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
}

TEST_F_TIMEOUT(keep, disconnected, 240)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage ss;
	socklen_t len;
	int listener;

	set_sysctls();
	half_close();
	expect_probed(true);
	ASSERT_EQ(0, connect(self->p.local, &unspec, sizeof(unspec)));
	expect_alive(self->alive);

	/* Connected anew, to a peer that vanishes: as any other socket. */
	ASSERT_EQ(0, setns(self->far.far, CLONE_NEWNET));
	listener = socket(variant->ipv6 ? AF_INET6 : AF_INET,
			  SOCK_STREAM | SOCK_CLOEXEC, 0);
	len = fw2_far_address(variant->ipv6, true, &ss);
	ASSERT_EQ(0, bind(listener, (void *)&ss, len));
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(0, getsockname(listener, (void *)&ss, &len));
	ASSERT_EQ(0, setns(self->far.near, CLONE_NEWNET));
	ASSERT_EQ(0, connect(self->p.local, (void *)&ss, len));
	expect_alive(self->alive);
	cut();
	fw2_pass(2 * self->keepstop);
	EXPECT_EQ(FW2_ESTABLISHED, fw2_state(self->p.local));
	close(listener);
}

/* Closed while it is probed: the kernel's timer is the orphan's now. */
TEST_F_TIMEOUT(keep, closed, 240)
{
	uint16_t port = fw2_port(self->p.local);
	long long closed;

	ASSERT_EQ(0, fw2_set("orphan_interval", self->keepstop));
	set_sysctls();
	half_close();
	expect_probed(true);
	cut();
	closed = fw2_now();
	close(self->p.local);
	self->p.local = -1;
	EXPECT_TRUE(fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, port),
			     fw2_latest(self->keepstop)));
	EXPECT_LE(closed + self->keepstop, fw2_now());
}

/* The same where the orphan is a full socket at first. */
TEST_F_TIMEOUT(keep, closed_for_long, 240)
{
	struct fw2_told t;

	ASSERT_EQ(0, fw2_set("orphan_interval", 90000));
	set_sysctls();
	half_close();
	expect_probed(true);
	cut();
	close(self->p.local);
	self->p.local = -1;
	fw2_pass(2 * self->keepstop);
	ASSERT_EQ(0, fw2_socks(&t, "class orphan"));
	ASSERT_EQ(1, t.n);
	EXPECT_EQ(-1, fw2_told(t, PROBING));
	EXPECT_GE(90000 - 2 * self->keepstop + 100, fw2_told(t, DUE_IN));
	EXPECT_LE(90000 - 3 * self->keepstop - 2000, fw2_told(t, DUE_IN));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_VANISHED));
}

TEST_HARNESS_MAIN
