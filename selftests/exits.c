// SPDX-License-Identifier: GPL-2.0
/* Exits: each socket that leaves is told of, in whatever way it goes */

#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/wait.h>

#include "fw2.h"
#include "mcast.h"
#include "rule.h"
#include "kselftest_harness.h"

FIXTURE(exits)
{
	struct fw2_pair p;
	struct mnl_socket *nl;
	struct fw2_told t;
};

FIXTURE_VARIANT(exits)
{
	enum fw2_family family;
	/* Stay long enough to be in the table, not in the nursery. */
	bool settled;
};

FIXTURE_VARIANT_ADD(exits, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(exits, ipv6_settled) { .family = FW2_V6, .settled = true };
FIXTURE_VARIANT_ADD(exits, mapped) { .family = FW2_MAPPED };

FIXTURE_SETUP(exits)
{
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	self->nl = fw2_join("exits", 1 << 22);
	ASSERT_NE(NULL, self->nl);
	/* From here on it is known that somebody listens. */
	ASSERT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ENTERED));
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
}

FIXTURE_TEARDOWN(exits)
{
	fw2_close(&self->p);
	mnl_socket_close(self->nl);
}

#define enter(how) do {							\
	struct fw2_told t_;						\
									\
	ASSERT_EQ(0, fw2_half_close(&self->p, how));			\
	if (variant->settled)						\
		ASSERT_EQ(0, fw2_socks(&t_, ""));			\
} while (0)

#define told(what)	fw2_told(self->t, what)

/* The next one, and the only one. */
#define expect_exit(reason, class, sport, dport) do {			\
	ASSERT_EQ(0, fw2_next(self->nl, &self->t, 5000));		\
	EXPECT_EQ(1, self->t.n);					\
	EXPECT_EQ(FINWAIT2_EVENT_EXIT, told(EVENT));			\
	EXPECT_EQ(FINWAIT2_REASON_##reason, told(REASON));		\
	EXPECT_EQ(FINWAIT2_CLASS_##class, told(CLASS));			\
	EXPECT_EQ(sport, ntohs(told(LOCAL_PORT)));			\
	EXPECT_EQ(dport, ntohs(told(REMOTE_PORT)));			\
	EXPECT_EQ(variant->family == FW2_V4 ? AF_INET : AF_INET6,	\
		  told(FAMILY));					\
	EXPECT_LE(0, told(AGE));					\
	EXPECT_GE(told(AGE), told(IDLE));				\
} while (0)

TEST_F(exits, peer_fin)
{
	const uint16_t sport = fw2_port(self->p.local);
	const uint16_t dport = fw2_port(self->p.peer);

	enter(SHUT_WR);
	fw2_pass(100);
	close(self->p.peer);
	self->p.peer = -1;
	expect_exit(PEER_FIN, HELD, sport, dport);
	EXPECT_LE(90, told(AGE));
	EXPECT_EQ(getuid(), told(UID));
	EXPECT_EQ(1, told(SEQ));
	EXPECT_EQ(-1, told(RULE));
	if (!access("/sys/fs/cgroup/cgroup.procs", F_OK))
		EXPECT_LT(0, told(CGROUP_ID));
	/* One that nobody has asked about has none yet. */
	if (variant->settled)
		EXPECT_LT(0, told(COOKIE));
	EXPECT_EQ(-ETIME, fw2_next(self->nl, &self->t, 300));
}

/* The FIN of the peer does not make a held one a shut one. */
TEST_F(exits, class)
{
	const uint16_t sport = fw2_port(self->p.local);
	const uint16_t dport = fw2_port(self->p.peer);

	enter(SHUT_RDWR);
	close(self->p.peer);
	self->p.peer = -1;
	expect_exit(PEER_FIN, SHUT, sport, dport);
}

TEST_F(exits, ways)
{
	struct linger hard = { .l_onoff = 1 };
	const uint16_t sport = fw2_port(self->p.local);
	const uint16_t dport = fw2_port(self->p.peer);
	struct fw2_pair p;

	enter(SHUT_RDWR);
	setsockopt(self->p.peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(self->p.peer);
	self->p.peer = -1;
	expect_exit(RESET, SHUT, sport, dport);

	p = self->p;
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
	fw2_close(&p);
	enter(SHUT_WR);
	p.local = fw2_port(self->p.local);
	p.peer = fw2_port(self->p.peer);
	close(self->p.local);
	self->p.local = -1;
	expect_exit(CLOSE, ORPHAN, p.local, p.peer);
	EXPECT_EQ(2, told(SEQ));
	fw2_close(&self->p);
}

TEST_F(exits, flushed)
{
	const uint16_t sport = fw2_port(self->p.local);
	const uint16_t dport = fw2_port(self->p.peer);

	ASSERT_EQ(0, fw2_rules("prio 6 sport %d interval 400", sport));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	expect_exit(HELD, HELD, sport, dport);
	EXPECT_EQ(6, told(RULE));
	EXPECT_LE(400, told(AGE));
	EXPECT_LE(400, told(IDLE));
}

/* Young ones under a rule are told as such. */
TEST_F(exits, rule)
{
	const uint16_t sport = fw2_port(self->p.local);
	const uint16_t dport = fw2_port(self->p.peer);

	ASSERT_EQ(0, fw2_rules("prio 9 interval 60000"));
	enter(SHUT_WR);
	close(self->p.peer);
	self->p.peer = -1;
	expect_exit(PEER_FIN, HELD, sport, dport);
	EXPECT_EQ(9, told(RULE));
}

struct tally {
	int		n, wrong;
	long long	next, lost;
};

static int tally_cb(const struct nlmsghdr *nlh, void *data)
{
	struct tally *t = data;
	struct fw2_told told;

	memset(&told, 0, sizeof(told));
	fw2_told_cb(nlh, &told);
	t->n++;
	t->wrong += fw2_told(told, SEQ) < t->next;
	t->lost += fw2_told(told, SEQ) - t->next;
	t->next = fw2_told(told, SEQ) + 1;
	return MNL_CB_OK;
}

/* Each once, in batches, while they come. */
TEST_F(exits, many)
{
	const int many = getenv("KSFT_MACHINE_SLOW") ? 150 : 600;
	struct tally t = { .next = 1 };
	uint16_t port = 0;
	int i, listener = fw2_listen(variant->family, &port);
	struct fw2_pair p;

	ASSERT_LE(0, listener);
	for (i = 0; i < many; i++) {
		ASSERT_EQ(0, fw2_connect_to(listener, variant->family, port,
					    &p));
		ASSERT_EQ(0, fw2_half_close(&p, SHUT_WR));
		fw2_close(&p);
	}
	close(listener);
	while (t.n + t.lost < many &&
	       !fw2_hear(self->nl, tally_cb, &t, 5000))
		;
	EXPECT_EQ(many, t.n);
	EXPECT_EQ(0, t.lost);
	EXPECT_EQ(0, t.wrong);
	EXPECT_EQ(-ETIME, fw2_next(self->nl, &self->t, 300));
}

/* What happens elsewhere, and before somebody listens, is told to nobody. */
TEST_F(exits, others)
{
	int mine = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct fw2_pair p;

	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &p));
	fw2_close(&p);
	ASSERT_EQ(0, fw2_stat(FINWAIT2_A_STATS_TRACKED));
	ASSERT_EQ(0, setns(mine, CLONE_NEWNET));
	close(mine);
	EXPECT_EQ(-ETIME, fw2_next(self->nl, &self->t, 500));
}

/* Who listens comes and goes; the numbers go on. */
TEST_F(exits, come_and_go)
{
	struct fw2_pair p;
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &p));
		fw2_close(&p);
		ASSERT_EQ(0, fw2_next(self->nl, &self->t, 5000));
		EXPECT_EQ(2 * i + 1, told(SEQ));
		mnl_socket_close(self->nl);

		/* That nobody is there shows when there is something to tell. */
		ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &p));
		fw2_close(&p);
		fw2_pass(500);
		ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &p));
		fw2_close(&p);
		self->nl = fw2_join("exits", 1 << 20);
		ASSERT_NE(NULL, self->nl);
		ASSERT_EQ(3 * (i + 1), fw2_stat(FINWAIT2_A_STATS_ENTERED));
	}
}

/* Anybody may listen. */
TEST_F(exits, unprivileged)
{
	ASSERT_EQ(0, setuid(65534));
	mnl_socket_close(self->nl);
	self->nl = fw2_join("exits", 0);
	ASSERT_NE(NULL, self->nl);
	ASSERT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ENTERED));
	enter(SHUT_WR);
	close(self->p.peer);
	self->p.peer = -1;
	ASSERT_EQ(0, fw2_next(self->nl, &self->t, 5000));
	EXPECT_EQ(FINWAIT2_REASON_PEER_FIN, told(REASON));
}

FIXTURE(crowd)
{
	struct mnl_socket *nl;
	int count;
};

FIXTURE_SETUP(crowd)
{
	self->count = getenv("KSFT_MACHINE_SLOW") ? 1200 : 3000;
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	self->nl = fw2_join("exits", 1 << 22);
	ASSERT_NE(NULL, self->nl);
	ASSERT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ENTERED));
}

FIXTURE_TEARDOWN(crowd)
{
	mnl_socket_close(self->nl);
}

/* Whoever holds so many sockets lets go of all at once. */
static void hold_and_exit(int count)
{
	struct rlimit files = { 3 * count, 3 * count };
	uint16_t port = 0;
	int i, listener = fw2_listen(FW2_V4, &port);
	struct fw2_pair p;

	if (setrlimit(RLIMIT_NOFILE, &files))
		_exit(1);
	for (i = 0; i < count; i++) {
		if (fw2_connect_to(listener, FW2_V4, port, &p) ||
		    shutdown(p.local, SHUT_WR))
			_exit(2);
	}
	/* Not before their FINs are acknowledged. */
	_exit(!fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) == count, 10000));
}

/* Thousands that go at one stroke: told, or counted as lost. */
TEST_F_TIMEOUT(crowd, exits, 120)
{
	struct tally t = { .next = 1 };
	struct fw2_pair p;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		hold_and_exit(self->count);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_TRUE(fw2_wait(!fw2_stat(FINWAIT2_A_STATS_TRACKED), 10000));
	/* One more shows what was lost before it. */
	fw2_pass(500);
	ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &p));
	fw2_close(&p);
	while (t.n + t.lost <= self->count &&
	       !fw2_hear(self->nl, tally_cb, &t, 5000))
		;
	EXPECT_EQ(self->count + 1, t.n + t.lost) {
		TH_LOG("%d told, %lld lost", t.n, t.lost);
	}
	EXPECT_EQ(0, t.wrong);
	EXPECT_LE(self->count / 3, t.n);
}

TEST_HARNESS_MAIN
