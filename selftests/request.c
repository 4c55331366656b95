// SPDX-License-Identifier: GPL-2.0
/* Flushes by request, and the filters of these and of the list of sockets */

#define _GNU_SOURCE
#include "fw2.h"
#include "rule.h"
#include "kselftest_harness.h"

#define PAIRS	4

FIXTURE(request)
{
	struct fw2_pair p[PAIRS];
	uint16_t port[PAIRS];
	long long flushed, busy;
};

FIXTURE_VARIANT(request)
{
	enum fw2_family family;
};

FIXTURE_VARIANT_ADD(request, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(request, ipv6) { .family = FW2_V6 };
FIXTURE_VARIANT_ADD(request, mapped) { .family = FW2_MAPPED };

FIXTURE_SETUP(request)
{
	int i;

	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 600000));
	ASSERT_EQ(0, fw2_set("shut_interval", 600000));
	ASSERT_EQ(0, fw2_set("orphan_interval", 50000));
	for (i = 0; i < PAIRS; i++) {
		ASSERT_EQ(0, fw2_connect(variant->family, &self->p[i]));
		self->port[i] = fw2_port(self->p[i].local);
	}
}

FIXTURE_TEARDOWN(request)
{
	int i;

	for (i = 0; i < PAIRS; i++)
		fw2_close(&self->p[i]);
}

static int tally_cb(const struct nlmsghdr *nlh, void *data)
{
	struct _test_data_request *self = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == FINWAIT2_A_FLUSH_FLUSHED)
			self->flushed = fw2_uint(attr);
		if (mnl_attr_get_type(attr) == FINWAIT2_A_FLUSH_BUSY)
			self->busy = fw2_uint(attr);
	}
	return MNL_CB_OK;
}

static int flush(struct _test_data_request *self, const char *filter,
		 uint64_t cookie)
{
	struct fw2_request r;
	struct nlmsghdr *nlh = fw2_begin(&r, FINWAIT2_CMD_FLUSH, 0);

	self->flushed = -1;
	self->busy = -1;
	if (filter)
		fw2_put_filter(nlh, FINWAIT2_A_FLUSH_FILTER, filter, cookie);
	else
		mnl_attr_put(nlh, FINWAIT2_A_FLUSH_ALL, 0, NULL);
	return fw2_end(&r, tally_cb, self);
}

#define flush_by(...) ({						\
	char filter_[FW2_TEXT_MAX];					\
									\
	snprintf(filter_, sizeof(filter_), __VA_ARGS__);		\
	flush(self, filter_, 0);					\
})

#define expect_tally(f, b) do {						\
	EXPECT_EQ(f, self->flushed);					\
	EXPECT_EQ(b, self->busy);					\
} while (0)

#define expect_states(...) do {						\
	int states_[PAIRS] = { __VA_ARGS__ }, i_;			\
									\
	for (i_ = 0; i_ < PAIRS; i_++)					\
		EXPECT_EQ(states_[i_], fw2_state(self->p[i_].local))	\
			TH_LOG("socket %d", i_);			\
} while (0)

/* 0 is held, 1 is shut, 2 is an orphan; 3 is not in FIN_WAIT_2. */
#define one_of_each() do {						\
	ASSERT_EQ(0, fw2_half_close(&self->p[0], SHUT_WR));		\
	ASSERT_EQ(0, fw2_half_close(&self->p[1], SHUT_RDWR));		\
	ASSERT_EQ(0, fw2_half_close(&self->p[2], SHUT_WR));		\
	close(self->p[2].local);					\
	self->p[2].local = -1;						\
	ASSERT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, self->port[2]));	\
} while (0)

TEST_F(request, all)
{
	one_of_each();
	ASSERT_EQ(0, flush(self, NULL, 0));
	expect_tally(3, 0);
	expect_states(FW2_CLOSE, FW2_CLOSE, -1, FW2_ESTABLISHED);
	EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p[0].local));
	EXPECT_EQ(0, fw2_proc_count(FW2_FIN_WAIT2, 0));
	EXPECT_EQ(2, fw2_stat(FINWAIT2_A_STATS_FLUSHED_REQUEST));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_TRACKED));
	EXPECT_TRUE(fw2_wait(fw2_state(self->p[0].peer) == FW2_CLOSE, 1000));
	/* The peer of the orphan, as ever, is told once it sends. */
	EXPECT_EQ(FW2_CLOSE_WAIT, fw2_state(self->p[2].peer));
	ASSERT_EQ(0, flush(self, NULL, 0));
	expect_tally(0, 0);
}

TEST_F(request, held)
{
	one_of_each();
	ASSERT_EQ(0, flush_by("class held"));
	expect_tally(1, 0);
	expect_states(FW2_CLOSE, FW2_FIN_WAIT2, -1, FW2_ESTABLISHED);
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, self->port[2]));
}

TEST_F(request, shut)
{
	one_of_each();
	ASSERT_EQ(0, flush_by("class shut"));
	expect_tally(1, 0);
	expect_states(FW2_FIN_WAIT2, FW2_CLOSE, -1, FW2_ESTABLISHED);
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, self->port[2]));
}

TEST_F(request, orphan)
{
	one_of_each();
	ASSERT_EQ(0, flush_by("class orphan"));
	expect_tally(1, 0);
	expect_states(FW2_FIN_WAIT2, FW2_FIN_WAIT2, -1, FW2_ESTABLISHED);
	EXPECT_EQ(0, fw2_proc_count(FW2_FIN_WAIT2, self->port[2]));
}

/* One that is to stay for long is a full socket, and has somebody to tell. */
TEST_F(request, long_orphan)
{
	ASSERT_EQ(0, fw2_set("orphan_interval", 600000));
	one_of_each();
	ASSERT_EQ(0, flush_by("class orphan sport %d", self->port[2]));
	expect_tally(1, 0);
	expect_states(FW2_FIN_WAIT2, FW2_FIN_WAIT2, -1, FW2_ESTABLISHED);
	EXPECT_EQ(0, fw2_proc_count(FW2_FIN_WAIT2, self->port[2]));
	EXPECT_TRUE(fw2_wait(fw2_state(self->p[2].peer) == FW2_CLOSE, 1000));
}

TEST_F(request, one)
{
	struct fw2_told t;
	uint64_t cookie;

	one_of_each();
	ASSERT_EQ(0, flush_by("sport %d", self->port[3]));
	expect_tally(0, 0);
	ASSERT_EQ(0, flush_by("sport 7"));
	expect_tally(0, 0);
	ASSERT_EQ(0, flush_by("sport %d class held", self->port[1]));
	expect_tally(0, 0);
	cookie = fw2_cookie(self->p[1].local);
	ASSERT_EQ(0, flush(self, "class held", cookie));
	expect_tally(0, 0);
	expect_states(FW2_FIN_WAIT2, FW2_FIN_WAIT2, -1, FW2_ESTABLISHED);

	ASSERT_EQ(0, flush(self, "", cookie));
	expect_tally(1, 0);
	expect_states(FW2_FIN_WAIT2, FW2_CLOSE, -1, FW2_ESTABLISHED);
	ASSERT_EQ(0, flush_by("sport %d", self->port[0]));
	expect_tally(1, 0);
	expect_states(FW2_CLOSE, FW2_CLOSE, -1, FW2_ESTABLISHED);

	/* An orphan's is only told by a dump. */
	ASSERT_EQ(0, fw2_socks(&t, ""));
	ASSERT_EQ(1, t.n);
	if (fw2_told(t, COOKIE) > 0) {
		ASSERT_EQ(0, flush(self, "", fw2_told(t, COOKIE)));
		expect_tally(1, 0);
		EXPECT_EQ(0, fw2_proc_count(FW2_FIN_WAIT2, self->port[2]));
	}
}

/* The cookie of a timewait socket is the one that the socket had. */
TEST_F(request, cookie_of_orphan)
{
	uint64_t cookie = fw2_cookie(self->p[2].local);

	one_of_each();
	ASSERT_EQ(0, flush(self, "", cookie + 1000));
	expect_tally(0, 0);
	ASSERT_EQ(0, flush(self, "", cookie));
	expect_tally(1, 0);
	EXPECT_EQ(0, fw2_proc_count(FW2_FIN_WAIT2, self->port[2]));
}

/* Whatever the rules say of what is to be flushed, who asks is obeyed. */
TEST_F(request, under_rules)
{
	ASSERT_EQ(0, fw2_rules("prio 1 sport %d exempt\n"
			       "prio 2 observe 1 reset 0", self->port[0]));
	one_of_each();
	ASSERT_EQ(0, flush_by("class held,shut"));
	expect_tally(2, 0);
	expect_states(FW2_CLOSE, FW2_CLOSE, -1, FW2_ESTABLISHED);
	EXPECT_EQ(1, fw2_counts(1).flushed);
	EXPECT_EQ(1, fw2_counts(2).flushed);
	EXPECT_EQ(0, fw2_counts(2).would_flush);
	/* And in the way that they say. */
	EXPECT_TRUE(fw2_wait(fw2_state(self->p[0].peer) == FW2_CLOSE, 1000));
	fw2_pass(300);
	EXPECT_EQ(FW2_CLOSE_WAIT, fw2_state(self->p[1].peer));
}

TEST_F(request, busy)
{
	int on = 1, off = 0;

	ASSERT_EQ(0, fw2_half_close(&self->p[0], SHUT_WR));
	ASSERT_EQ(0, fw2_half_close(&self->p[1], SHUT_WR));
	ASSERT_EQ(0, setsockopt(self->p[1].local, IPPROTO_TCP, TCP_REPAIR, &on,
				sizeof(on)));
	ASSERT_EQ(0, flush(self, NULL, 0));
	expect_tally(1, 1);
	expect_states(FW2_CLOSE, FW2_FIN_WAIT2, FW2_ESTABLISHED,
		      FW2_ESTABLISHED);
	ASSERT_EQ(0, setsockopt(self->p[1].local, IPPROTO_TCP, TCP_REPAIR, &off,
				sizeof(off)));
	ASSERT_EQ(0, flush(self, NULL, 0));
	expect_tally(1, 0);
}

/* Half of many, by a port that they have in common. */
TEST_F_TIMEOUT(request, many, 120)
{
	enum { MANY = 200 };
	struct fw2_pair p[2 * MANY];
	uint16_t ports[2] = {};
	int listeners[2], i;
	struct fw2_told t;

	for (i = 0; i < 2; i++) {
		listeners[i] = fw2_listen(variant->family, &ports[i]);
		ASSERT_LE(0, listeners[i]);
	}
	for (i = 0; i < 2 * MANY; i++) {
		ASSERT_EQ(0, fw2_connect_to(listeners[i % 2], variant->family,
					    ports[i % 2], &p[i]));
		ASSERT_EQ(0, fw2_half_close(&p[i], SHUT_WR));
		if (i % 4 < 2) {
			close(p[i].local);
			p[i].local = -1;
		}
	}
	ASSERT_EQ(0, flush_by("sport %d", ports[0]));
	expect_tally(MANY, 0);
	ASSERT_EQ(0, fw2_socks(&t, ""));
	EXPECT_EQ(MANY, t.n);
	EXPECT_EQ(0, fw2_proc_count(FW2_FIN_WAIT2, ports[0]));
	EXPECT_EQ(MANY, fw2_proc_count(FW2_FIN_WAIT2, ports[1]));
	for (i = 0; i < 2 * MANY; i++) {
		if (p[i].local >= 0)
			EXPECT_EQ(i % 2 ? FW2_FIN_WAIT2 : FW2_CLOSE,
				  fw2_state(p[i].local));
		fw2_close(&p[i]);
	}
	close(listeners[0]);
	close(listeners[1]);
}

TEST_F(request, other_namespace)
{
	one_of_each();
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, flush(self, NULL, 0));
	expect_tally(0, 0);
	expect_states(FW2_FIN_WAIT2, FW2_FIN_WAIT2, -1, FW2_ESTABLISHED);
}

/* Nobody flushes all by leaving something out. */
TEST_F(request, bad_flushes)
{
	struct fw2_request r;
	struct nlmsghdr *nlh;

	one_of_each();
	fw2_begin(&r, FINWAIT2_CMD_FLUSH, 0);
	EXPECT_EQ(-EINVAL, fw2_end(&r, NULL, NULL));
	EXPECT_NE(0, r.answer.text[0]);
	EXPECT_EQ(-EINVAL, flush(self, "", 0));
	nlh = fw2_begin(&r, FINWAIT2_CMD_FLUSH, 0);
	fw2_put_filter(nlh, FINWAIT2_A_FLUSH_FILTER, "class held", 0);
	mnl_attr_put(nlh, FINWAIT2_A_FLUSH_ALL, 0, NULL);
	EXPECT_EQ(-EINVAL, fw2_end(&r, NULL, NULL));
	EXPECT_EQ(-EINVAL, flush_by("sport 7-6"));
	EXPECT_EQ(-EINVAL, flush_by("class none"));
	EXPECT_EQ(-EINVAL, flush_by("local 127.0.0.1/8"));
	expect_states(FW2_FIN_WAIT2, FW2_FIN_WAIT2, -1, FW2_ESTABLISHED);
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, self->port[2]));
}

/* The list takes the same filters. */
TEST_F(request, list)
{
	struct fw2_request r;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct fw2_told t;
	char filter[64];

	one_of_each();
#define expect_listed(count, ...) do {					\
	snprintf(filter, sizeof(filter), __VA_ARGS__);			\
	EXPECT_EQ(0, fw2_socks(&t, filter));				\
	EXPECT_EQ(count, t.n) TH_LOG("%s", filter);			\
} while (0)
	expect_listed(1, "class held");
	expect_listed(2, "class shut,orphan");
	expect_listed(3, "class held,shut,orphan");
	expect_listed(1, "sport %d", self->port[2]);
	expect_listed(0, "sport %d class held", self->port[2]);
	expect_listed(2, "sport %d,%d", self->port[2], self->port[0]);
	expect_listed(0, "sport %d", self->port[3]);
	expect_listed(3, variant->family == FW2_V6 ? "local ::/0" :
						     "local 0.0.0.0/0");

	memset(&t, 0, sizeof(t));
	nlh = fw2_begin(&r, FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP);
	fw2_put_filter(nlh, FINWAIT2_A_SOCK_FILTER, "",
		       fw2_cookie(self->p[1].local));
	EXPECT_EQ(0, fw2_end(&r, fw2_told_cb, &t));
	EXPECT_EQ(1, t.n);
	EXPECT_EQ(FINWAIT2_CLASS_SHUT, fw2_told(t, CLASS));

	/* And complains of the same. */
	EXPECT_EQ(-EINVAL, fw2_socks(&t, "sport 7-6"));
	EXPECT_EQ(-EINVAL, fw2_socks(&t, "local 127.0.0.1/8"));
	EXPECT_EQ(0, t.n);
	nlh = fw2_begin(&r, FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP);
	nest = mnl_attr_nest_start(nlh, FINWAIT2_A_SOCK_FILTER);
	mnl_attr_put_u64(nlh, FINWAIT2_A_FILTER_COOKIE, 0);
	mnl_attr_nest_end(nlh, nest);
	EXPECT_EQ(-EINVAL, fw2_end(&r, NULL, NULL));
}

/* What the list says a socket is under. */
TEST_F(request, told_limits)
{
	struct fw2_told t;

	ASSERT_EQ(0, fw2_set("reset", 0));
	ASSERT_EQ(0, fw2_rules("prio 3 sport %d interval 70000 "
			       "shut-interval 40000 max-age 90000 "
			       "keepstart 5000 keepstop 9000 observe 1\n"
			       "prio 4 orphan-interval 44000", self->port[0]));
	one_of_each();
	ASSERT_EQ(0, fw2_socks(&t, "class held"));
	EXPECT_EQ(3, fw2_told(t, RULE));
	EXPECT_EQ(70000, fw2_told(t, LIMIT));
	EXPECT_EQ(90000, fw2_told(t, MAX_AGE));
	EXPECT_EQ(5000, fw2_told(t, KEEPSTART));
	EXPECT_EQ(9000, fw2_told(t, KEEPSTOP));
	EXPECT_EQ(0, fw2_told(t, RESET));
	EXPECT_EQ(1, fw2_told(t, OBSERVE));
	EXPECT_EQ(-1, fw2_told(t, EXEMPT));
	EXPECT_EQ(FINWAIT2_ACTIVITY_ENTRY, fw2_told(t, ACTIVITY));
	EXPECT_LE(0, fw2_told(t, SILENT));
	EXPECT_GE(5000, fw2_told(t, SILENT));
	ASSERT_EQ(0, fw2_socks(&t, "class shut"));
	EXPECT_EQ(4, fw2_told(t, RULE));
	EXPECT_EQ(600000, fw2_told(t, LIMIT));
	EXPECT_EQ(-1, fw2_told(t, MAX_AGE));
	EXPECT_EQ(-1, fw2_told(t, KEEPSTART));
	ASSERT_EQ(0, fw2_socks(&t, "class orphan"));
	EXPECT_EQ(4, fw2_told(t, RULE));
	EXPECT_LE(44000, fw2_told(t, LIMIT));
	EXPECT_GE(44000 + 20, fw2_told(t, LIMIT));
}

TEST_HARNESS_MAIN
