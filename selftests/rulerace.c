// SPDX-License-Identifier: GPL-2.0
/* Rules that change while others read and change them, and who may do that */

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "fw2.h"
#include "rule.h"
#include "kselftest_harness.h"

#define RULES	500

/* What the processes of a test have done, for all to see. */
struct tally {
	int	go;
	int	sets, busy, errors;
	int	dumps, mixed, first, second;
	int	connections;
};

FIXTURE(rulerace)
{
	struct tally *t;
	pid_t pids[8];
	int n;
};

FIXTURE_SETUP(rulerace)
{
	ASSERT_EQ(0, fw2_netns());
	self->t = mmap(NULL, sizeof(*self->t), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->t);
	self->n = 0;
}

static void stop(struct _test_data_rulerace *self)
{
	while (self->n > 0) {
		kill(self->pids[--self->n], SIGKILL);
		waitpid(self->pids[self->n], NULL, 0);
	}
}

FIXTURE_TEARDOWN(rulerace)
{
	stop(self);
}

static void count(int *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
}

static int counted(const int *counter)
{
	return __atomic_load_n(counter, __ATOMIC_SEQ_CST);
}

static pid_t spawn(struct _test_data_rulerace *self,
		   void (*work)(struct tally *t, int arg), int arg)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			work(self->t, arg);
	}
	self->pids[self->n++] = pid;
	return pid;
}

/* All rules of a set are alike: the interval says which set it is. */
static void build(struct fw2_request *r, int which)
{
	struct nlmsghdr *nlh = fw2_begin(r, FINWAIT2_CMD_RULE_SET, 0);
	char line[128];
	int i;

	for (i = 1; i <= RULES; i++) {
		snprintf(line, sizeof(line), "prio %d sport %d-%d interval %d",
			 2 * i + which % 2, i, i + 100 * which, which * 60000);
		fw2_put_rule(nlh, line);
	}
}

/* Two sets by turns, each in one message. */
static void write_sets(struct tally *t, int which)
{
	struct mnl_socket *nl = fw2_nl_open();
	struct fw2_request r[2];
	int i;

	build(&r[0], which);
	build(&r[1], which + 1);
	for (i = 0;; i++) {
		switch (fw2_ask(nl, &r[i % 2], NULL, NULL)) {
		case 0:
			count(&t->sets);
			break;
		case -EBUSY:
			count(&t->busy);
			break;
		default:
			count(&t->errors);
		}
	}
}

struct seen {
	int	n;
	int	interval;
	bool	mixed;
};

static int seen_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *rule, *attr;
	struct seen *s = data;

	s->n++;
	mnl_attr_for_each(rule, nlh, sizeof(struct genlmsghdr)) {
		mnl_attr_for_each_nested(attr, rule) {
			if (mnl_attr_get_type(attr) != FINWAIT2_A_RULE_INTERVAL)
				continue;
			if (s->interval &&
			    s->interval != (int)mnl_attr_get_u32(attr))
				s->mixed = true;
			s->interval = mnl_attr_get_u32(attr);
		}
	}
	return MNL_CB_OK;
}

static void read_sets(struct tally *t, int unused)
{
	struct mnl_socket *nl = fw2_nl_open();
	struct fw2_request r;

	fw2_begin(&r, FINWAIT2_CMD_RULE_GET, NLM_F_DUMP);
	for (;;) {
		struct seen s = {};

		if (fw2_ask(nl, &r, seen_cb, &s))
			count(&t->errors);
		if (s.mixed || (s.n != RULES && s.n))
			count(&t->mixed);
		if (s.interval == 60000)
			count(&t->first);
		else if (s.n)
			count(&t->second);
		count(&t->dumps);
	}
}

/* Connections of which some end, and some go on to wait. */
static void connect_all_the_time(struct tally *t, int unused)
{
	struct fw2_pair p, held[32];
	uint16_t port = 0;
	int listener = fw2_listen(FW2_V4, &port);
	unsigned int i;

	memset(held, -1, sizeof(held));
	for (i = 0;; i++) {
		if (fw2_connect_to(listener, FW2_V4, port, &p)) {
			count(&t->errors);
			continue;
		}
		shutdown(p.local, i % 3 ? SHUT_WR : SHUT_RDWR);
		fw2_close(&held[i % 32]);
		held[i % 32] = p;
		count(&t->connections);
	}
}

/* A rule of one's own, put in and out among all those sets. */
static void write_one(struct tally *t, int unused)
{
	int err;

	err = fw2_rule_add("prio 7000 exempt");
	if (err && err != -EBUSY && err != -EEXIST)
		count(&t->errors);
	err = fw2_rule_del(7000);
	if (err && err != -EBUSY && err != -ENOENT)
		count(&t->errors);
	/* Both make all rules anew; who writes sets is to have a turn, too. */
	fw2_pass(getenv("KSFT_MACHINE_SLOW") ? 1000 : 50);
}

static int how_often(void)
{
	return getenv("KSFT_MACHINE_SLOW") ? 10 : 20;
}

/* A dump is of one set, from its first message to its last. */
TEST_F_TIMEOUT(rulerace, readers_and_a_writer, 300)
{
	struct tally *t = self->t;

	ASSERT_LT(0, spawn(self, write_sets, 1));
	ASSERT_LT(0, spawn(self, read_sets, 0));
	ASSERT_LT(0, spawn(self, read_sets, 0));
	ASSERT_LT(0, spawn(self, connect_all_the_time, 0));
	EXPECT_TRUE(fw2_wait(counted(&t->sets) >= how_often() &&
			     counted(&t->dumps) >= how_often() &&
			     counted(&t->connections) >= how_often(), 120000));
	EXPECT_EQ(0, counted(&t->mixed));
	EXPECT_EQ(0, counted(&t->errors));
	EXPECT_EQ(0, counted(&t->busy));
	/* It has been either by turns, or there was nothing to see. */
	EXPECT_LT(0, counted(&t->first));
	EXPECT_LT(0, counted(&t->second));
}

/* The second of two is told so, and nothing of both is ever mixed. */
TEST_F_TIMEOUT(rulerace, writers, 300)
{
	struct tally *t = self->t;

	ASSERT_LT(0, spawn(self, write_sets, 1));
	ASSERT_LT(0, spawn(self, write_sets, 3));
	ASSERT_LT(0, spawn(self, read_sets, 0));
	EXPECT_TRUE(fw2_wait(counted(&t->sets) >= 2 * how_often() &&
			     counted(&t->dumps) >= how_often(), 120000));
	EXPECT_EQ(0, counted(&t->mixed));
	EXPECT_EQ(0, counted(&t->errors));
	stop(self);
	TH_LOG("%d sets, %d refused as busy, %d dumps", t->sets, t->busy,
	       t->dumps);
}

TEST_F_TIMEOUT(rulerace, all_sorts, 300)
{
	struct tally *t = self->t;

	ASSERT_LT(0, spawn(self, write_sets, 1));
	ASSERT_LT(0, spawn(self, write_one, 0));
	ASSERT_LT(0, spawn(self, connect_all_the_time, 0));
	ASSERT_LT(0, spawn(self, connect_all_the_time, 0));
	EXPECT_TRUE(fw2_wait(counted(&t->sets) >= how_often() &&
			     counted(&t->connections) >= 2 * how_often(),
			     120000))
		TH_LOG("%d sets, %d connections", counted(&t->sets),
		       counted(&t->connections));
	EXPECT_EQ(0, counted(&t->errors));
}

/* A namespace that goes while its rules are read and changed. */
TEST_F_TIMEOUT(rulerace, namespace_goes, 300)
{
	int i;

	for (i = 0; i < how_often() / 10; i++) {
		ASSERT_EQ(0, fw2_own_netns());
		ASSERT_LT(0, spawn(self, write_sets, 1));
		ASSERT_LT(0, spawn(self, read_sets, 0));
		ASSERT_LT(0, spawn(self, connect_all_the_time, 0));
		ASSERT_EQ(0, fw2_own_netns());
		ASSERT_TRUE(fw2_wait(counted(&self->t->sets) > i, 20000));
		stop(self);
	}
	EXPECT_EQ(0, counted(&self->t->errors));
}

/* Who may: */

static int flush_all(void)
{
	struct fw2_request r;

	mnl_attr_put(fw2_begin(&r, FINWAIT2_CMD_FLUSH, 0),
		     FINWAIT2_A_FLUSH_ALL, 0, NULL);
	return fw2_end(&r, NULL, NULL);
}

#define expect_not_permitted() do {					\
	struct fw2_told told_;						\
	char text_[1024];						\
									\
	EXPECT_EQ(-EPERM, fw2_rule_add("prio 1 interval 1"));		\
	EXPECT_EQ(-EPERM, fw2_rule_replace("prio 1 interval 1"));	\
	EXPECT_EQ(-EPERM, fw2_rule_del(5));				\
	EXPECT_EQ(-EPERM, fw2_rules("prio 1 interval 1"));		\
	EXPECT_EQ(-EPERM, flush_all());					\
	/* But look. */							\
	EXPECT_EQ(0, fw2_rules_get(text_, sizeof(text_)));		\
	EXPECT_STREQ("prio 5 exempt\n", text_);				\
	EXPECT_EQ(0, fw2_socks(&told_, ""));				\
	EXPECT_EQ(0, fw2_socks(&told_, "class held"));			\
} while (0)

TEST_F(rulerace, unprivileged)
{
	ASSERT_EQ(0, fw2_rules("prio 5 exempt"));
	ASSERT_EQ(0, setuid(65534));
	expect_not_permitted();
}

/* Root of a user namespace, for what that is worth. */
TEST_F(rulerace, user_namespace)
{
	ASSERT_EQ(0, fw2_rules("prio 5 exempt"));
	ASSERT_EQ(0, setuid(1234));
	/* Its own files in /proc are its own again. */
	ASSERT_EQ(0, prctl(PR_SET_DUMPABLE, 1));
	if (unshare(CLONE_NEWUSER))
		SKIP(return, "no user namespaces");
	ASSERT_EQ(0, fw2_write_file("/proc/self/uid_map", "0 1234 1"));
	expect_not_permitted();

	/* A network namespace that it owns. */
	ASSERT_EQ(0, fw2_own_netns());
	EXPECT_EQ(0, fw2_rule_add("prio 1 interval 1"));
	EXPECT_EQ(0, fw2_rule_replace("prio 1 interval 2"));
	EXPECT_EQ(0, fw2_rule_del(1));
	EXPECT_EQ(0, fw2_rules("prio 2 exempt"));
	EXPECT_EQ(0, flush_all());
}

/* Users are those of the namespace of who asks, and are told as such. */
TEST_F(rulerace, users_of_user_namespace)
{
	int up[2], down[2], net, status;
	char path[64], text[1024], c;
	struct fw2_pair p;
	struct fw2_told t;
	pid_t pid;

	ASSERT_EQ(0, pipe(up) | pipe(down));
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWUSER) || fw2_own_netns())
			_exit(1);
		write(up[1], "x", 1);
		read(down[0], &c, 1);
		if (fw2_fin_wait2(FW2_V4, SHUT_WR, &p))
			_exit(2);
		if (fw2_rules("prio 1 uid 77 interval 60000\n"
			      "prio 2 uid 70 interval 60000"))
			_exit(3);
		if (fw2_rule_add("prio 3 uid 1 interval 1") != -EINVAL)
			_exit(4);
		if (fw2_rules_get(text, sizeof(text)) ||
		    strcmp(text, "prio 1 uid 77 interval 60000\n"
				 "prio 2 uid 70 interval 60000\n"))
			_exit(5);
		if (fw2_socks(&t, "uid 70") || t.n != 1 ||
		    fw2_told(t, UID) != 70 || fw2_told(t, RULE) != 2)
			_exit(6);
		write(up[1], "x", 1);
		read(down[0], &c, 1);
		_exit(0);
	}
	close(up[1]);
	if (read(up[0], &c, 1) != 1)
		SKIP(return, "no user namespaces");
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	/* It runs as root, which is 70 in there. */
	ASSERT_EQ(0, fw2_write_file(path, "70 0 1\n77 4321 1\n"));
	ASSERT_EQ(1, write(down[1], "x", 1));
	EXPECT_EQ(1, read(up[0], &c, 1));

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	net = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(0, setns(net, CLONE_NEWNET));
	EXPECT_EQ(0, fw2_rules_get(text, sizeof(text)));
	EXPECT_STREQ("prio 1 uid 4321 interval 60000\n"
		     "prio 2 uid 0 interval 60000\n", text);
	EXPECT_EQ(0, fw2_socks(&t, "uid 0"));
	EXPECT_EQ(1, t.n);
	EXPECT_EQ(0, fw2_told(t, UID));
	EXPECT_EQ(0, fw2_socks(&t, "uid 70"));
	EXPECT_EQ(0, t.n);
	ASSERT_EQ(1, write(down[1], "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
