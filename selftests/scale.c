// SPDX-License-Identifier: GPL-2.0
/*
 * Ten thousand sockets: dumped, flushed in time, none missed for good. And enough of
 * them for ftrace to be asked who is shut
 */

#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/wait.h>

#include "fw2.h"
#include "kselftest_harness.h"

#define COUNT	10000

/* Those that are held half-closed. */
struct many {
	struct fw2_pair	*p;
	int		n;
	int		listener;
};

static int hold_many(struct many *m, int n)
{
	struct rlimit files = { 2 * n + 100, 2 * n + 100 };
	uint16_t port = 0;

	if (setrlimit(RLIMIT_NOFILE, &files) || fw2_netns() ||
	    fw2_write_sysctl("ip_local_port_range", "1024 65000") ||
	    fw2_set("flush_interval", 0) || fw2_set("shut_interval", 0) ||
	    fw2_set("adaptive_start", 0))
		return -1;
	m->p = calloc(n, sizeof(*m->p));
	m->listener = fw2_listen(FW2_V4, &port);
	if (!m->p || m->listener < 0)
		return -1;
	for (m->n = 0; m->n < n; m->n++) {
		if (fw2_connect_to(m->listener, FW2_V4, port, &m->p[m->n]) ||
		    shutdown(m->p[m->n].local, SHUT_WR))
			return -1;
	}
	return 0;
}

/* All but the first. */
static void release_many(struct many *m, int but)
{
	int i;

	for (i = but; i < m->n; i++)
		fw2_close(&m->p[i]);
}

static void forget_many(struct many *m)
{
	release_many(m, 0);
	close(m->listener);
	free(m->p);
}

FIXTURE(scale)
{
	struct many m;
	unsigned char *seen;
};

FIXTURE_SETUP(scale)
{
	ASSERT_EQ(0, hold_many(&self->m, COUNT)) {
		TH_LOG("connection %d: %s", self->m.n, strerror(errno));
	}
	self->seen = calloc(65536, 1);
	ASSERT_NE(NULL, self->seen);
}

FIXTURE_TEARDOWN(scale)
{
	forget_many(&self->m);
	free(self->seen);
}

/* Peers are told apart by their port. */
static int seen_cb(const struct nlmsghdr *nlh, void *data)
{
	unsigned char *seen = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == FINWAIT2_A_SOCK_REMOTE_PORT)
			seen[ntohs(mnl_attr_get_u16(attr))]++;
	}
	return MNL_CB_OK;
}

static int dump_count(unsigned char *seen)
{
	int i, n = 0;

	memset(seen, 0, 65536);
	if (fw2_genl(FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP, seen_cb, seen))
		return -1;
	for (i = 0; i < 65536; i++) {
		if (seen[i] > 1)
			return -1;
		n += seen[i];
	}
	return n;
}

TEST_F_TIMEOUT(scale, held, 240)
{
	long long set, t;
	int i, late = 0;

	/* All are in, the missed ones by adoption shortly after. */
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) == COUNT,
			     5000));
	EXPECT_LE(COUNT, fw2_stat(FINWAIT2_A_STATS_ENTERED) +
			 fw2_stat(FINWAIT2_A_STATS_ADOPTED));

	/* Each exactly once, over many messages. */
	EXPECT_EQ(COUNT, dump_count(self->seen));

	/* All due at the same moment: while the limit is set, or before. */
	set = fw2_now();
	ASSERT_EQ(0, fw2_set("flush_interval", 16000));
	EXPECT_TRUE(fw2_wait(!fw2_stat(FINWAIT2_A_STATS_TRACKED), 60000));
	t = fw2_now() - set;
	EXPECT_GE(fw2_latest(16000), t) TH_LOG("the last was gone after %lld ms", t);
	EXPECT_EQ(COUNT, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	for (i = 0; i < COUNT; i++)
		late += fw2_read_error(self->m.p[i].local) != ETIMEDOUT;
	EXPECT_EQ(0, late);
}

/* Exits while dumps and sweeps run over the same sockets. */
TEST_F_TIMEOUT(scale, leaving, 240)
{
	int i;

	ASSERT_EQ(0, fw2_set("flush_interval", 600000));
	ASSERT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) == COUNT,
			     5000));
	for (i = 0; i < COUNT; i++) {
		close(self->m.p[i].peer);
		self->m.p[i].peer = -1;
		if (i % 1000 == 0)
			EXPECT_LE(0, dump_count(self->seen));
	}
	EXPECT_TRUE(fw2_wait(!fw2_stat(FINWAIT2_A_STATS_TRACKED), 5000));
	EXPECT_EQ(COUNT, fw2_stat(FINWAIT2_A_STATS_LEFT_FIN));
	EXPECT_EQ(0, dump_count(self->seen));
}

/* More than it takes for ftrace to be asked, see FW2_SHUT_MANY. */
#define SHUT_COUNT	2000
/* Not much longer than it takes to shut some of them. */
#define SHUT_LIMIT	4000
#define SHUT		10
/* One in so many, where all are busy. */
#define SHUT_EVERY	5

#define TRACING		"/sys/kernel/tracing/"

FIXTURE(shut)
{
	struct many m;
};

FIXTURE_SETUP(shut)
{
	if (access(TRACING "enabled_functions", R_OK))
		SKIP(return, "no tracefs on " TRACING ", or no ftrace");
	ASSERT_EQ(0, hold_many(&self->m, SHUT_COUNT));
}

FIXTURE_TEARDOWN(shut)
{
	forget_many(&self->m);
}

/* Does ftrace call somebody as tcp_shutdown() is called? */
static bool traced(void)
{
	FILE *f = fopen(TRACING "enabled_functions", "re");
	bool found = false;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		found |= !strncmp(line, "tcp_shutdown ", 13);
	if (f)
		fclose(f);
	return found;
}

/* So that it tries anew what it has found to be impossible. */
static int reload(void)
{
	return fw2_unload() || fw2_load("adaptive_start=0") ||
	       fw2_set("flush_interval", 600000) ||
	       fw2_set("shut_interval", SHUT_LIMIT);
}

/* Shut some that have been idle for longer: each is flushed at once, none before. */
static int shut_some(struct fw2_pair *p)
{
	int i, late = 0;

	fw2_pass(SHUT_LIMIT);
	for (i = 0; i < SHUT; i++) {
		long long since = fw2_now();

		if (fw2_state(p[i].local) != FW2_FIN_WAIT2 ||
		    shutdown(p[i].local, SHUT_RD))
			return -1;
		late += fw2_stays(p[i].local, since, fw2_latest(SHUT_LIMIT) -
						     SHUT_LIMIT) < 0;
	}
	return late;
}

/* They are looked at often enough, and then need not be. */
TEST_F_TIMEOUT(shut, told, 240)
{
	ASSERT_EQ(0, reload());
	EXPECT_TRUE(fw2_wait(traced(), 20000));
	EXPECT_EQ(0, shut_some(self->m.p));
	EXPECT_NE(0, fw2_write_file("/proc/sys/kernel/ftrace_enabled", "0"));
	ASSERT_EQ(0, fw2_unload());
	EXPECT_FALSE(traced());
}

/* Newer kernels do not let go of ftrace. */
TEST_F_TIMEOUT(shut, not_told, 240)
{
	const char *enabled = "/proc/sys/kernel/ftrace_enabled";

	ASSERT_EQ(0, fw2_unload());
	if (fw2_write_file(enabled, "0") == -EOPNOTSUPP)
		SKIP(return, "kernel.ftrace_enabled cannot be 0");
	ASSERT_EQ(0, reload());
	EXPECT_EQ(0, shut_some(self->m.p));
	EXPECT_FALSE(traced());
	ASSERT_EQ(0, fw2_write_file(enabled, "1"));
	ASSERT_EQ(0, fw2_unload());
}

/* It is given up for the last few. */
TEST_F_TIMEOUT(shut, few, 240)
{
	ASSERT_EQ(0, reload());
	EXPECT_TRUE(fw2_wait(traced(), 20000));
	release_many(&self->m, SHUT);
	EXPECT_TRUE(fw2_wait(!traced(), 80000));
	EXPECT_EQ(0, shut_some(self->m.p));
}

/*
 * Send to all but those that are to be shut, again and again, and read it, until
 * killed. Data resets a socket that is shut.
 */
static void keep_busy(struct fw2_pair *p)
{
	char c;
	int i;

	for (i = 0;; i = (i + 1) % SHUT_COUNT) {
		if (i % SHUT_EVERY == 0)
			continue;
		send(p[i].peer, "x", 1, MSG_NOSIGNAL);
		recv(p[i].local, &c, 1, MSG_DONTWAIT);
	}
}

/* Those that are shut go, and no others, whatever happens beside them. */
TEST_F_TIMEOUT(shut, busy, 240)
{
	pid_t pid;
	int i;

	ASSERT_EQ(0, reload());
	EXPECT_TRUE(fw2_wait(traced(), 20000));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		keep_busy(self->m.p);
	for (i = 0; i < SHUT_COUNT; i += SHUT_EVERY) {
		ASSERT_EQ(0, shutdown(self->m.p[i].local, SHUT_RD));
		fw2_pause();
	}
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));

	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) ==
			     SHUT_COUNT - SHUT_COUNT / SHUT_EVERY,
			     fw2_latest(SHUT_LIMIT)));
	EXPECT_EQ(SHUT_COUNT / SHUT_EVERY,
		  fw2_stat(FINWAIT2_A_STATS_FLUSHED_SHUT));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

TEST_HARNESS_MAIN
