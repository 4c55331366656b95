// SPDX-License-Identifier: GPL-2.0
/* Loading, adoption, unloading, parameters, namespaces */

#define _GNU_SOURCE
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fw2.h"
#include "mcast.h"
#include "kselftest_harness.h"

FIXTURE(module)
{
	struct fw2_pair p[3];
	int init_net;
};

/* Starts with the module unloaded, in a namespace of its own. */
FIXTURE_SETUP(module)
{
	int i;

	for (i = 0; i < 3; i++)
		self->p[i] = (struct fw2_pair) { -1, -1 };
	if (!getenv("FINWAIT2_KO"))
		SKIP(return, "FINWAIT2_KO does not say where the module is");
	self->init_net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->init_net);
	ASSERT_EQ(0, fw2_unload());
	ASSERT_EQ(0, fw2_own_netns());
}

FIXTURE_TEARDOWN(module)
{
	int i;

	for (i = 0; i < 3; i++)
		fw2_close(&self->p[i]);
	close(self->init_net);
	fw2_unload();
}

#define half_closed_ones(how) do {					\
	int i_;								\
									\
	for (i_ = 0; i_ < 3; i_++)					\
		ASSERT_EQ(0, fw2_fin_wait2(i_, how, &self->p[i_]));	\
} while (0)

/* Sockets that waited before the module came: their time counts from then. */
TEST_F(module, adopts)
{
	long long loading, loaded, t;
	int i;

	half_closed_ones(SHUT_WR);
	fw2_pass(1000);
	loading = fw2_now();
	ASSERT_EQ(0, fw2_load("flush_interval=2000"));
	loaded = fw2_now();
	EXPECT_EQ(3, fw2_stat(FINWAIT2_A_STATS_ADOPTED));
	EXPECT_EQ(3, fw2_stat(FINWAIT2_A_STATS_TRACKED));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ENTERED));
	for (i = 0; i < 3; i++) {
		t = fw2_stays(self->p[i].local, loading, 10000);
		EXPECT_LE(2000, t);
		/* Adopted somewhere between the two. */
		EXPECT_GE(fw2_latest(2000) + loaded - loading, t);
	}
	EXPECT_EQ(3, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

/* Orphans, too, if the module comes with an interval for them. */
TEST_F(module, adopts_orphans)
{
	uint16_t port;

	ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &self->p[0]));
	port = fw2_port(self->p[0].local);
	close(self->p[0].local);
	self->p[0].local = -1;
	ASSERT_EQ(0, fw2_load("orphan_interval=1500"));
	EXPECT_TRUE(fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, port),
			     fw2_latest(1500)));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ADOPTED));
}

/* They leave like any other. */
TEST_F(module, adopted_leave)
{
	half_closed_ones(SHUT_WR);
	ASSERT_EQ(0, fw2_load(""));
	EXPECT_EQ(3, fw2_stat(FINWAIT2_A_STATS_ADOPTED));
	close(self->p[0].peer);
	close(self->p[1].local);
	self->p[0].peer = -1;
	self->p[1].local = -1;
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_LEFT_FIN) == 1, 1000));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_LEFT_CLOSE));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_TRACKED));
	/* The second round of the adoption finds nobody twice. */
	fw2_pass(1500);
	EXPECT_EQ(3, fw2_stat(FINWAIT2_A_STATS_ADOPTED));
}

/* Unloading flushes nothing, and leaves nothing behind on a socket. */
TEST_F(module, unload_leaves_sockets)
{
	int i, before, after;
	socklen_t len;
	char c;

	ASSERT_EQ(0, fw2_load("flush_interval=1000 shut_interval=1000"));
	ASSERT_EQ(0, fw2_set("orphan_interval", 40000));
	len = sizeof(before);
	ASSERT_EQ(0, fw2_connect(FW2_V4, &self->p[0]));
	ASSERT_EQ(0, getsockopt(self->p[0].local, IPPROTO_TCP, TCP_LINGER2,
				&before, &len));
	ASSERT_EQ(0, fw2_half_close(&self->p[0], SHUT_RDWR));
	ASSERT_EQ(0, fw2_fin_wait2(FW2_V6, SHUT_WR, &self->p[1]));
	ASSERT_EQ(0, fw2_fin_wait2(FW2_MAPPED, SHUT_WR, &self->p[2]));
	ASSERT_EQ(0, fw2_unload());
	EXPECT_EQ(-1, fw2_get("flush_interval"));
	fw2_pass(2500);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p[i].local));
	ASSERT_EQ(0, getsockopt(self->p[0].local, IPPROTO_TCP, TCP_LINGER2,
				&after, &len));
	EXPECT_EQ(before, after);
	ASSERT_EQ(1, send(self->p[1].peer, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(self->p[1].local, &c, 1, 0));
}

/* Nor on one that was given a long time as an orphan. */
TEST_F(module, unload_leaves_orphans)
{
	uint16_t port;

	ASSERT_EQ(0, fw2_write_sysctl("tcp_fin_timeout", "2"));
	ASSERT_EQ(0, fw2_load(""));
	ASSERT_EQ(0, fw2_set("orphan_interval", 50000));
	ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &self->p[0]));
	port = fw2_port(self->p[0].local);
	close(self->p[0].local);
	self->p[0].local = -1;
	fw2_pass(3000);
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, port));
	ASSERT_EQ(0, fw2_unload());
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, port));
	EXPECT_TRUE(fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, port),
			     fw2_latest(2000)));
}

TEST_F(module, parameters)
{
	static const char *const bad[] = {
		"flush_interval=2073600001", "shut_interval=4294967295",
		"max_age=-1", "orphan_interval=4294967296", "reset=2",
		"observe=2", "flush_interval=abc", "flush_interval=",
	};
	static const char *const all =
		"flush_interval=2073600000 shut_interval=0 max_age=3 "
		"orphan_interval=4 reset=0 observe=1";
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int err = fw2_load(bad[i]);

		EXPECT_TRUE(err == -EINVAL || err == -ERANGE)
			TH_LOG("%s: %d", bad[i], err);
		EXPECT_EQ(-1, fw2_get("reset"));
	}
	ASSERT_EQ(0, fw2_load(all));
	EXPECT_EQ(2073600000, fw2_get("flush_interval"));
	EXPECT_EQ(0, fw2_get("shut_interval"));
	EXPECT_EQ(3, fw2_get("max_age"));
	EXPECT_EQ(4, fw2_get("orphan_interval"));
	EXPECT_EQ(0, fw2_get("reset"));
	EXPECT_EQ(1, fw2_get("observe"));
}

TEST_F(module, defaults)
{
	ASSERT_EQ(0, fw2_load(""));
	EXPECT_EQ(675000, fw2_get("flush_interval"));
	EXPECT_EQ(60000, fw2_get("shut_interval"));
	EXPECT_EQ(0, fw2_get("max_age"));
	EXPECT_EQ(0, fw2_get("orphan_interval"));
	EXPECT_EQ(1, fw2_get("reset"));
	EXPECT_EQ(0, fw2_get("observe"));
}

/* A value that is no value: EINVAL, and the old one stays. */
TEST_F(module, bad_sysctls)
{
	static const struct {
		const char *name, *value;
	} bad[] = {
		{ "flush_interval", "2073600001" },
		{ "flush_interval", "4294967296" },
		{ "flush_interval", "-1" },
		{ "flush_interval", "abc" },
		{ "flush_interval", "10x" },
		{ "shut_interval", "99999999999999999999" },
		{ "max_age", "2073600001" },
		{ "orphan_interval", "2073600001" },
		{ "reset", "2" },
		{ "observe", "-1" },
	};
	char full[64];
	size_t i;

	ASSERT_EQ(0, fw2_load(""));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		long long old = fw2_get(bad[i].name);

		snprintf(full, sizeof(full), "tcp_fin_wait_2_%s", bad[i].name);
		EXPECT_EQ(-EINVAL, fw2_write_sysctl(full, bad[i].value))
			TH_LOG("%s=%s", bad[i].name, bad[i].value);
		EXPECT_EQ(old, fw2_get(bad[i].name));
	}
	EXPECT_EQ(0, fw2_set("flush_interval", 2073600000));
	EXPECT_EQ(2073600000, fw2_get("flush_interval"));
}

/* A namespace starts with what init_net has by then, and is its own. */
TEST_F(module, namespaces)
{
	int mine = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	long long start;

	ASSERT_EQ(0, fw2_load("flush_interval=5000"));
	EXPECT_EQ(5000, fw2_get("flush_interval"));
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));

	/* Not the parent's, not what was there at load: init_net's. */
	ASSERT_EQ(0, setns(self->init_net, CLONE_NEWNET));
	EXPECT_EQ(5000, fw2_get("flush_interval"));
	ASSERT_EQ(0, fw2_set("shut_interval", 7000));
	ASSERT_EQ(0, setns(mine, CLONE_NEWNET));
	EXPECT_EQ(60000, fw2_get("shut_interval"));
	ASSERT_EQ(0, fw2_own_netns());
	EXPECT_EQ(5000, fw2_get("flush_interval"));
	EXPECT_EQ(7000, fw2_get("shut_interval"));

	/* Each socket follows its own, wherever it is looked at from. */
	ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &self->p[0]));
	ASSERT_EQ(0, setns(mine, CLONE_NEWNET));
	start = fw2_now();
	ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &self->p[1]));
	EXPECT_LE(1000, fw2_stays(self->p[1].local, start, fw2_latest(1000)));
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p[0].local));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	close(mine);
}

/* Connections that come and go: lingering close, plain close, reset, held. */
static void churn(void)
{
	struct linger hard = { .l_onoff = 1 };
	struct fw2_pair p, held[16];
	unsigned int i = 0, n = 0;
	uint16_t port = 0;
	int listener = fw2_listen(FW2_MAPPED, &port);

	memset(held, -1, sizeof(held));
	for (;; i++) {
		/* Others are to get on, too: hundreds a second are load enough. */
		if (i % 2 == 0)
			fw2_pause();
		if (fw2_connect_to(listener, FW2_V4, port, &p))
			_exit(1);
		shutdown(p.local, i % 2 ? SHUT_WR : SHUT_RDWR);
		switch (i % 6) {
		case 0:
		case 1:
			close(p.peer);
			break;
		case 2:
			close(p.local);
			p.local = -1;
			close(p.peer);
			break;
		case 3:
			setsockopt(p.peer, SOL_SOCKET, SO_LINGER, &hard,
				   sizeof(hard));
			close(p.peer);
			break;
		default:
			fw2_close(&held[n % 16]);
			held[n++ % 16] = p;
			continue;
		}
		if (p.local >= 0)
			close(p.local);
	}
}

static int ignore_cb(const struct nlmsghdr *nlh, void *data)
{
	return MNL_CB_OK;
}

/* Readers and writers of everything that can be read and written. */
static void fiddle(void)
{
	struct mnl_socket *nl;
	unsigned int i;

	for (i = 0;; i++) {
		/* Somebody who never reads, but listens. */
		nl = i % 4 ? fw2_join("exits", 0) : NULL;
		fw2_set("flush_interval", i % 3 ? 20 : 0);
		fw2_set("orphan_interval", i % 5 * 700);
		fw2_set("observe", i % 7 == 0);
		fw2_genl(FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP, ignore_cb, NULL);
		fw2_genl(FINWAIT2_CMD_STATS_GET, 0, ignore_cb, NULL);
		fw2_genl(FINWAIT2_CMD_HIST_GET, NLM_F_DUMP, ignore_cb, NULL);
		fw2_pass(15);
		if (nl)
			mnl_socket_close(nl);
	}
}

static pid_t spawn(void (*work)(void))
{
	pid_t pid = fork();

	if (!pid) {
		/* Loading is to be fast, and the load what is left. */
		nice(10);
		work();
		_exit(0);
	}
	return pid;
}

TEST_F_TIMEOUT(module, unload_under_load, 600)
{
	pid_t pids[3] = { spawn(churn), spawn(churn), spawn(fiddle) };
	const char *said = getenv("FINWAIT2_UNLOADS");
	int rounds = said ? atoi(said) : getenv("KSFT_MACHINE_SLOW") ? 10 : 100;
	int i, status;

	for (i = 0; i < rounds; i++) {
		ASSERT_EQ(0, fw2_load("flush_interval=30 shut_interval=20"))
			TH_LOG("load %d", i);
		/* From half loaded to well under way. */
		fw2_pass(i % 10 * 8);
		ASSERT_EQ(0, fw2_unload()) TH_LOG("unload %d", i);
	}
	for (i = 0; i < 3; i++) {
		/* Nobody may have given up in between. */
		EXPECT_EQ(0, waitpid(pids[i], &status, WNOHANG));
		kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
	}
}

/* Namespaces that go with sockets in them, while others come. */
TEST_F_TIMEOUT(module, namespaces_under_load, 300)
{
	int i, status;
	pid_t pid;

	ASSERT_EQ(0, fw2_load("flush_interval=200 shut_interval=100"));
	for (i = 0; i < (getenv("KSFT_MACHINE_SLOW") ? 8 : 60); i++) {
		pid = fork();
		if (!pid) {
			if (fw2_own_netns())
				_exit(1);
			fw2_set("orphan_interval", i % 3 * 1000);
			churn();
		}
		fw2_pass(20);
		/* Gone with all it holds, and the last of its namespace. */
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status));
	}
	ASSERT_EQ(0, fw2_unload());
}

static bool trace_has(const char *what)
{
	char line[1024];
	bool found = false;
	FILE *f = fopen("/sys/kernel/tracing/trace", "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, what);
	if (f)
		fclose(f);
	return found;
}

static int trace_events(const char *value)
{
	int fd = open("/sys/kernel/tracing/events/finwait2/enable",
		      O_WRONLY | O_CLOEXEC);
	int n = write(fd, value, 1);

	close(fd);
	return n == 1 ? 0 : -1;
}

TEST_F(module, tracepoints)
{
	char what[256];
	int fd;

	if (access("/sys/kernel/tracing/trace", R_OK))
		SKIP(return, "no tracefs on /sys/kernel/tracing");
	ASSERT_EQ(0, fw2_load("flush_interval=300"));
	fd = open("/sys/kernel/tracing/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);
	ASSERT_LE(0, fd);
	close(fd);
	ASSERT_EQ(0, trace_events("1"));
	half_closed_ones(SHUT_WR);
	close(self->p[2].peer);
	self->p[2].peer = -1;
	EXPECT_TRUE(fw2_wait(fw2_state(self->p[1].local) == FW2_CLOSE &&
			     fw2_state(self->p[0].local) == FW2_CLOSE, 2000));
	ASSERT_EQ(0, trace_events("0"));

	snprintf(what, sizeof(what),
		 "track: sport=%d dport=%d saddr=::ffff:127.0.0.1 daddr=::ffff:127.0.0.1 adopted=0",
		 fw2_port(self->p[0].local), fw2_port(self->p[0].peer));
	EXPECT_TRUE(trace_has(what)) TH_LOG("%s", what);
	snprintf(what, sizeof(what),
		 "flush: sport=%d dport=%d saddr=::1 daddr=::1 reason=held age=",
		 fw2_port(self->p[1].local), fw2_port(self->p[1].peer));
	EXPECT_TRUE(trace_has(what)) TH_LOG("%s", what);
	snprintf(what, sizeof(what),
		 "untrack: sport=%d dport=%d saddr=::1 daddr=::1 reason=held age=",
		 fw2_port(self->p[1].local), fw2_port(self->p[1].peer));
	EXPECT_TRUE(trace_has(what)) TH_LOG("%s", what);
	EXPECT_TRUE(trace_has("reason=peer-fin age="));
}

TEST_HARNESS_MAIN
