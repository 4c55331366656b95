// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation of each request fails once: it is refused, and nothing has
 * changed, or it is carried out all the same
 *
 * See fault.h. The module's own allocations are gone through for all requests; where
 * the way through the kernel is not much longer, that one's, too.
 */

#define _GNU_SOURCE
#include <sys/stat.h>

#include "fault.h"
#include "rule.h"
#include "kselftest_harness.h"

#define SOCKETS		3

#define RULE_A		"prio 10 sport 443 interval 60000\n"
#define RULE_B		"prio 20 sport 80,8000-8080 peer 192.0.2.0/24 "	\
			"mark 0x1/0xff uid 5 interval 30000\n"
#define RULE_C		"prio 30 peer 2001:db8::/32 cgroup /fw2inject exempt\n"
#define CGROUP		"/sys/fs/cgroup/fw2inject"

FIXTURE(inject)
{
	struct fw2_fault fault;
	struct mnl_socket *nl;
	struct fw2_pair p[SOCKETS];
	int n;
};

FIXTURE_VARIANT(inject)
{
	/* Only what the module calls for is to fail. */
	bool ours;
};

FIXTURE_VARIANT_ADD(inject, module) { .ours = true };
FIXTURE_VARIANT_ADD(inject, kernel) { .ours = false };

FIXTURE_SETUP(inject)
{
	struct timeval patience = { .tv_sec = 5 };
	int i;

	for (i = 0; i < SOCKETS; i++)
		self->p[i] = (struct fw2_pair) { -1, -1 };
	if (fw2_fault_missing())
		SKIP(return, "%s", fw2_fault_missing());
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 600000));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	for (i = 0; i < SOCKETS; i++)
		ASSERT_EQ(0, fw2_fin_wait2(i, SHUT_WR, &self->p[i]));
	self->nl = fw2_nl_open();
	ASSERT_NE(NULL, self->nl);
	/* The answer itself may get lost. */
	ASSERT_EQ(0, setsockopt(mnl_socket_get_fd(self->nl), SOL_SOCKET,
				SO_RCVTIMEO, &patience, sizeof(patience)));
	mkdir(CGROUP, 0755);
	ASSERT_EQ(0, fw2_fault_begin(&self->fault));
	ASSERT_EQ(0, fw2_fault_only_ours(variant->ours));
}

FIXTURE_TEARDOWN(inject)
{
	int i;

	EXPECT_FALSE(fw2_fault_kmemleak_gone());
	fw2_fault_end(&self->fault);
	for (i = 0; i < SOCKETS; i++)
		fw2_close(&self->p[i]);
	mnl_socket_close(self->nl);
	rmdir(CGROUP);
}

/* A change of rules: what there is before, what is asked for, what is to come of it. */
struct change {
	struct mnl_socket	*nl;
	struct fw2_request	r;
	const char		*before;
	const char		*after;
	/* The answer may get lost, and it is done all the same. */
	bool			unsure;
};

static int change_prepare(void *arg)
{
	struct change *c = arg;
	struct fw2_request none;

	if (c->before[0])
		return fw2_rules("%s", c->before);
	fw2_begin(&none, FINWAIT2_CMD_RULE_SET, 0);
	return fw2_end(&none, NULL, NULL);
}

static int change_run(void *arg)
{
	struct change *c = arg;

	c->r.nlh->nlmsg_seq++;
	return fw2_ask(c->nl, &c->r, NULL, NULL);
}

/* What is left of an answer that came too late is nobody's. */
static void drain(struct mnl_socket *nl)
{
	char buf[8192];

	while (recv(mnl_socket_get_fd(nl), buf, sizeof(buf), MSG_DONTWAIT) > 0 ||
	       errno == ENOBUFS)
		;
}

static int change_verify(void *arg, int err)
{
	struct change *c = arg;
	char text[FW2_TEXT_MAX];

	drain(c->nl);
	if (fw2_rules_get(text, sizeof(text)))
		return -1;
	if (!strcmp(text, c->after))
		return err && !c->unsure ? -1 : 0;
	return err && !strcmp(text, c->before) ? 0 : -1;
}

#define change(what, cmd, put, text, from, to) do {			\
	struct change c_ = { .nl = self->nl, .before = from,		\
			     .after = to, .unsure = !variant->ours };	\
	struct fw2_op op_ = { what, change_prepare, change_run,		\
			      change_verify, &c_ };			\
									\
	put(fw2_begin(&c_.r, cmd, 0), text);				\
	ASSERT_LT(0, fw2_inject(&self->fault, &op_));			\
	free(c_.r.nlh);							\
} while (0)

TEST_F_TIMEOUT(inject, rules, 600)
{
	change("rule-add", FINWAIT2_CMD_RULE_ADD, fw2_put_rule, RULE_B,
	       RULE_A, RULE_A RULE_B);
	change("rule-replace", FINWAIT2_CMD_RULE_REPLACE, fw2_put_rule,
	       "prio 10 sport 22 interval 5000", RULE_A RULE_B,
	       "prio 10 sport 22 interval 5000\n" RULE_B);
	change("rule-del", FINWAIT2_CMD_RULE_DEL, fw2_put_rule, "prio 10",
	       RULE_A RULE_B, RULE_B);
	change("rule-set", FINWAIT2_CMD_RULE_SET, fw2_put_rules,
	       RULE_A RULE_B RULE_C, RULE_B, RULE_A RULE_B RULE_C);
}

/* A question: what is answered is all, or an error; 0: as many as without a fault. */
struct question {
	struct mnl_socket	*nl;
	struct fw2_request	r;
	mnl_cb_t		cb;
	int			n;
	int			want;
};

static int count_cb(const struct nlmsghdr *nlh, void *data)
{
	++*(int *)data;
	return MNL_CB_OK;
}

static int question_run(void *arg)
{
	struct question *q = arg;

	q->n = 0;
	q->r.nlh->nlmsg_seq++;
	return fw2_ask(q->nl, &q->r, count_cb, &q->n);
}

static int question_verify(void *arg, int err)
{
	struct question *q = arg;

	drain(q->nl);
	if (!err && q->n != q->want) {
		printf("# %d answers, not %d\n", q->n, q->want);
		return -1;
	}
	return 0;
}

static void ask_nothing(struct nlmsghdr *nlh)
{
}

/* Some of the sockets. */
static void ask_some(struct nlmsghdr *nlh)
{
	fw2_put_filter(nlh, FINWAIT2_A_SOCK_FILTER,
		       "local 127.0.0.0/8 sport 1-65535 class held", 0);
}

/* Of those that wait, too. */
static void ask_waiting(struct nlmsghdr *nlh)
{
	mnl_attr_put(nlh, FINWAIT2_A_HISTS_WAITING, 0, NULL);
}

#define question(what, cmd, flags, put, answers) do {			\
	struct question q_ = { .nl = self->nl, .want = answers };	\
	struct fw2_op op_ = { what, NULL, question_run,			\
			      question_verify, &q_ };			\
									\
	put(fw2_begin(&q_.r, cmd, flags));				\
	if (!q_.want) {							\
		ASSERT_EQ(0, question_run(&q_));			\
		q_.want = q_.n;						\
		ASSERT_LT(0, q_.want);					\
	}								\
	ASSERT_LT(0, fw2_inject(&self->fault, &op_));			\
	free(q_.r.nlh);							\
} while (0)

TEST_F_TIMEOUT(inject, questions, 600)
{
	ASSERT_EQ(0, fw2_rules(RULE_A RULE_B RULE_C));
	question("rule-get", FINWAIT2_CMD_RULE_GET, NLM_F_DUMP, ask_nothing, 3);
	question("sock-get", FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP, ask_nothing,
		 SOCKETS);
	question("sock-get, some", FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP, ask_some,
		 2);
	question("stats-get", FINWAIT2_CMD_STATS_GET, 0, ask_nothing, 1);
	question("hist-get", FINWAIT2_CMD_HIST_GET, NLM_F_DUMP, ask_nothing, 0);
	question("hist-get, waiting", FINWAIT2_CMD_HIST_GET, NLM_F_DUMP,
		 ask_waiting, 0);
}

/* A flush by request of one socket. */
struct flushing {
	struct change	c;
	struct fw2_pair	p;
	long long	flushed;
};

static int flushing_prepare(void *arg)
{
	struct flushing *f = arg;

	fw2_close(&f->p);
	f->flushed = fw2_stat(FINWAIT2_A_STATS_FLUSHED_REQUEST);
	free(f->c.r.nlh);
	if (f->flushed < 0 || fw2_fin_wait2(FW2_V4, SHUT_WR, &f->p) ||
	    send(f->p.peer, "data", 4, MSG_NOSIGNAL) != 4)
		return -1;
	fw2_put_filter(fw2_begin(&f->c.r, FINWAIT2_CMD_FLUSH, 0),
		       FINWAIT2_A_FLUSH_FILTER, "", fw2_cookie(f->p.local));
	return 0;
}

static int flushing_verify(void *arg, int err)
{
	struct flushing *f = arg;
	bool gone = fw2_state(f->p.local) != FW2_FIN_WAIT2;
	char buf[8];

	drain(f->c.nl);
	/* It may have been done, and the answer did not find memory. */
	if (!err && !gone)
		return -1;
	if (fw2_stat(FINWAIT2_A_STATS_FLUSHED_REQUEST) != f->flushed + gone)
		return -2;
	if (recv(f->p.local, buf, sizeof(buf), MSG_DONTWAIT) != 4)
		return -3;
	return fw2_read_error(f->p.local) == (gone ? ETIMEDOUT : EAGAIN) ? 0 : -4;
}

TEST_F_TIMEOUT(inject, flush, 600)
{
	struct flushing f = { .c = { .nl = self->nl }, .p = { -1, -1 } };
	struct fw2_op op = { "flush", flushing_prepare, change_run,
			     flushing_verify, &f };

	EXPECT_LT(0, fw2_inject(&self->fault, &op));
	fw2_close(&f.p);
}

/* A sysctl: written, or not. */
struct writing {
	const char	*name;
	unsigned int	value;
	unsigned int	old;
};

static int writing_prepare(void *arg)
{
	struct writing *w = arg;

	w->old = w->value;
	w->value = w->value == 7000 ? 9000 : 7000;
	return fw2_set(w->name, w->old);
}

static int writing_run(void *arg)
{
	struct writing *w = arg;

	return fw2_set(w->name, w->value);
}

static int writing_verify(void *arg, int err)
{
	struct writing *w = arg;

	return fw2_get(w->name) == (err ? w->old : w->value) ? 0 : -1;
}

TEST_F_TIMEOUT(inject, sysctls, 600)
{
	static const char *const names[] = {
		"flush_interval", "orphan_interval", "adaptive_end", "keepstart",
	};
	unsigned int i;
	int n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct writing w = { names[i], 7000 };
		struct fw2_op op = { names[i], writing_prepare, writing_run,
				     writing_verify, &w };

		n = fw2_inject(&self->fault, &op);
		/* The module has nothing to allocate for that, the kernel has. */
		EXPECT_LE(0, n);
		EXPECT_EQ(variant->ours, !n);
	}
}

/* The transition, in the softirq that shutdown() ends with: nothing is allocated. */
static int shutdown_run(void *arg)
{
	struct fw2_pair *p = arg;

	return fw2_half_close(p, SHUT_WR);
}

static int shutdown_verify(void *arg, int err)
{
	return err;
}

TEST_F(inject, tracking)
{
	struct fw2_pair p;
	struct fw2_op op = { "shutdown", NULL, shutdown_run, shutdown_verify, &p };

	if (!variant->ours)
		SKIP(return, "what TCP does without memory is not the module's");
	ASSERT_EQ(0, fw2_connect(FW2_V4, &p));
	/* Not only what the process calls for, also what a softirq does. */
	ASSERT_EQ(0, fw2_fault_set("probability", "100"));
	EXPECT_EQ(0, fw2_inject(&self->fault, &op));
	ASSERT_EQ(0, fw2_fault_set("probability", "0"));
	EXPECT_EQ(SOCKETS + 1, fw2_stat(FINWAIT2_A_STATS_ENTERED));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_MISSED));
	fw2_close(&p);
}

/* A namespace: one is made, with its limits, or this one is kept. */
static int namespace_run(void *arg)
{
	return unshare(CLONE_NEWNET) ? -errno : 0;
}

static int namespace_verify(void *arg, int err)
{
	long long *mark = arg;

	/* The old one has the mark, a new one has what is usual. */
	if ((fw2_get("max_age") == *mark) != !!err ||
	    fw2_get("observe") != 0 || fw2_stat(FINWAIT2_A_STATS_ENTERED))
		return -1;
	/* All namespaces are gone through. */
	return fw2_set("max_age", ++*mark);
}

TEST_F_TIMEOUT(inject, namespaces, 600)
{
	long long mark = 1000;
	struct fw2_op op = { "unshare", NULL, namespace_run,
			     namespace_verify, &mark };
	int mine;

	if (!variant->ours)
		SKIP(return, "most of a namespace is not the module's");
	mine = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, fw2_set("max_age", mark));
	EXPECT_LT(0, fw2_inject(&self->fault, &op));
	ASSERT_EQ(0, setns(mine, CLONE_NEWNET));
	close(mine);
}

TEST_HARNESS_MAIN
