// SPDX-License-Identifier: GPL-2.0
/* Histograms: of the time spent, by the way out, and of the age of who waits */

#define _GNU_SOURCE
#include "fw2.h"
#include "rule.h"
#include "kselftest_harness.h"

#define WAYS	(FINWAIT2_WAY_WOULD_FLUSH + 1)

struct hist {
	long long	count, sum;
	uint64_t	buckets[FINWAIT2_BUCKETS];
};

/* What is told of the namespace (prio 0) or of a rule; n: how many were told. */
struct hists {
	unsigned int	prio;
	int		n, last;
	bool		found, sorted;
	struct hist	dwell[WAYS], age;
	long long	waiting[3];
};

FIXTURE(hist)
{
	struct fw2_pair p;
	uint16_t port;
	long long before, after;
};

FIXTURE_VARIANT(hist)
{
	enum fw2_family family;
};

FIXTURE_VARIANT_ADD(hist, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(hist, ipv6) { .family = FW2_V6 };

FIXTURE_SETUP(hist)
{
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	ASSERT_EQ(0, fw2_set("orphan_interval", 50000));
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
	self->port = fw2_port(self->p.local);
}

FIXTURE_TEARDOWN(hist)
{
	fw2_close(&self->p);
}

static int read_hist(struct hist *dwell, struct hist *age,
		     const struct nlattr *nest)
{
	struct hist h = { -1, -1 }, *to = age;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case FINWAIT2_A_HIST_WAY:
			if (mnl_attr_get_u32(attr) >= WAYS)
				return -1;
			to = &dwell[mnl_attr_get_u32(attr)];
			break;
		case FINWAIT2_A_HIST_COUNT:
			h.count = fw2_uint(attr);
			break;
		case FINWAIT2_A_HIST_SUM:
			h.sum = fw2_uint(attr);
			break;
		case FINWAIT2_A_HIST_BUCKETS:
			if (mnl_attr_get_payload_len(attr) != sizeof(h.buckets))
				return -1;
			memcpy(h.buckets, mnl_attr_get_payload(attr),
			       sizeof(h.buckets));
			break;
		}
	}
	*to = h;
	return 0;
}

static int hists_cb(const struct nlmsghdr *nlh, void *data)
{
	struct hists *want = data, h = {};
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case FINWAIT2_A_HISTS_RULE:
			h.prio = mnl_attr_get_u32(attr);
			break;
		case FINWAIT2_A_HISTS_DWELL:
		case FINWAIT2_A_HISTS_AGE:
			if (read_hist(h.dwell, &h.age, attr))
				return MNL_CB_ERROR;
			break;
		case FINWAIT2_A_HISTS_HELD:
		case FINWAIT2_A_HISTS_SHUT:
		case FINWAIT2_A_HISTS_ORPHAN:
			h.waiting[mnl_attr_get_type(attr) -
				  FINWAIT2_A_HISTS_HELD] = fw2_uint(attr);
			break;
		}
	}
	want->n++;
	want->sorted = want->sorted && (int)h.prio > want->last;
	want->last = h.prio;
	if (h.prio == want->prio) {
		h.n = want->n;
		h.found = true;
		h.sorted = want->sorted;
		h.last = want->last;
		*want = h;
	}
	return MNL_CB_OK;
}

static struct hists hists(unsigned int prio, bool waiting)
{
	struct hists h = { .prio = prio, .last = -1, .sorted = true };
	struct fw2_request r;
	struct nlmsghdr *nlh = fw2_begin(&r, FINWAIT2_CMD_HIST_GET, NLM_F_DUMP);

	if (waiting)
		mnl_attr_put(nlh, FINWAIT2_A_HISTS_WAITING, 0, NULL);
	if (fw2_end(&r, hists_cb, &h))
		h.found = false;
	return h;
}

/* The bucket of a time: n holds what is shorter than 2^n ms. */
static int bucket_of(long long ms)
{
	int n = 0;

	while (n < FINWAIT2_BUCKETS - 1 && ms >= 1LL << n)
		n++;
	return n;
}

/* One socket, of which it is known how long it took at least and at most. */
static void expect_one(struct __test_metadata *_metadata, const struct hist *h,
		       long long least, long long most)
{
	/* A tick that began counts, and on the way there it is microseconds. */
	const int low = bucket_of(least > 10 ? least - 10 : 0);
	const int high = bucket_of(most + 10);
	int i, n = 0;

	EXPECT_EQ(1, h->count);
	EXPECT_LE(least - 10, h->sum);
	EXPECT_GE(most + 10, h->sum);
	for (i = 0; i < FINWAIT2_BUCKETS; i++) {
		n += h->buckets[i];
		if (i < low || i > high)
			EXPECT_EQ(0, h->buckets[i])
				TH_LOG("bucket %d: %lld to %lld ms", i, least,
				       most);
	}
	EXPECT_EQ(1, n);
}

/* It has gone this way, and no other, of the namespace or a rule. */
static void expect_way(struct __test_metadata *_metadata, unsigned int prio,
		       int way, long long least, long long most)
{
	struct hists h = hists(prio, false);
	int i;

	ASSERT_TRUE(h.found);
	for (i = 0; i < WAYS; i++) {
		if (i == way)
			expect_one(_metadata, &h.dwell[i], least, most);
		else
			EXPECT_EQ(0, h.dwell[i].count) TH_LOG("way %d", i);
	}
}

#define enter(how) do {							\
	self->before = fw2_now();					\
	ASSERT_EQ(0, fw2_half_close(&self->p, how));			\
	self->after = fw2_now();					\
} while (0)

/* It leaves now, after so long at least. */
#define leave(least, what) do {						\
	least = fw2_now() - self->after;				\
	what;								\
	ASSERT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_TRACKED) == 0,	\
			     5000));					\
} while (0)

static void close_peer(struct fw2_pair *p)
{
	close(p->peer);
	p->peer = -1;
}

static void close_local(struct fw2_pair *p)
{
	close(p->local);
	p->local = -1;
}

static void reset_peer(struct fw2_pair *p)
{
	struct linger hard = { .l_onoff = 1 };

	setsockopt(p->peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close_peer(p);
}

/* From the nursery, and from the table: microseconds here, ticks there. */
TEST_F(hist, times)
{
	static const int times[] = { 0, 3, 20, 150, 700, 3000 };
	struct hists h, was = hists(0, false);
	unsigned int i, j;
	long long least;

	ASSERT_TRUE(was.found);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (i)
			ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
		enter(SHUT_WR);
		fw2_pass(times[i]);
		leave(least, close_peer(&self->p));
		EXPECT_LE(times[i], least);
		h = hists(0, false);
		ASSERT_TRUE(h.found);
		/* What has come since the last time. */
		was.dwell[0].count = h.dwell[0].count - was.dwell[0].count;
		was.dwell[0].sum = h.dwell[0].sum - was.dwell[0].sum;
		for (j = 0; j < FINWAIT2_BUCKETS; j++)
			was.dwell[0].buckets[j] = h.dwell[0].buckets[j] -
						  was.dwell[0].buckets[j];
		expect_one(_metadata, &was.dwell[0], least,
			   fw2_now() - self->before);
		was = h;
		fw2_close(&self->p);
	}
	EXPECT_EQ(i, h.dwell[0].count);
	EXPECT_EQ(i, fw2_stat(FINWAIT2_A_STATS_LEFT_FIN));
}

TEST_F(hist, closed)
{
	long long least;

	enter(SHUT_WR);
	fw2_pass(40);
	leave(least, close_local(&self->p));
	expect_way(_metadata, 0, FINWAIT2_WAY_CLOSE, least,
		   fw2_now() - self->before);
}

TEST_F(hist, reset)
{
	long long least;

	enter(SHUT_WR);
	fw2_pass(40);
	leave(least, reset_peer(&self->p));
	expect_way(_metadata, 0, FINWAIT2_WAY_RESET, least,
		   fw2_now() - self->before);
}

TEST_F(hist, aborted)
{
	char command[128];
	long long least;

	snprintf(command, sizeof(command),
		 "ss -HtnK state fin-wait-2 sport = :%d | grep -q .", self->port);
	enter(SHUT_WR);
	fw2_pass(40);
	least = fw2_now() - self->after;
	if (system(command))
		SKIP(return, "no ss, or a kernel that does not destroy");
	ASSERT_TRUE(fw2_wait(!fw2_stat(FINWAIT2_A_STATS_TRACKED), 5000));
	expect_way(_metadata, 0, FINWAIT2_WAY_ABORT, least,
		   fw2_now() - self->before);
}

TEST_F(hist, flushed)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 300));
	enter(SHUT_WR);
	ASSERT_NE(-1, fw2_stays(self->p.local, self->before, 5000));
	expect_way(_metadata, 0, FINWAIT2_WAY_FLUSHED, 300,
		   fw2_now() - self->before);
}

TEST_F(hist, would_flush)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 300));
	ASSERT_EQ(0, fw2_set("observe", 1));
	enter(SHUT_WR);
	ASSERT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH) == 1,
			     5000));
	expect_way(_metadata, 0, FINWAIT2_WAY_WOULD_FLUSH, 300,
		   fw2_now() - self->before);
}

/* Each rule has its own, young sockets and older ones alike. */
TEST_F(hist, rules)
{
	struct hists h;
	long long least;

	ASSERT_EQ(0, fw2_rules("prio 1 sport %d exempt\n"
			       "prio 7 sport %d interval 60000\n"
			       "prio 9 exempt", self->port + 1, self->port));
	enter(SHUT_WR);
	fw2_pass(40);
	leave(least, close_peer(&self->p));
	expect_way(_metadata, 7, FINWAIT2_WAY_PEER_FIN, least,
		   fw2_now() - self->before);
	fw2_close(&self->p);

	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
	enter(SHUT_WR);
	h = hists(0, true);
	EXPECT_EQ(4, h.n);
	EXPECT_TRUE(h.sorted);
	leave(least, reset_peer(&self->p));
	expect_way(_metadata, 9, FINWAIT2_WAY_RESET, least,
		   fw2_now() - self->before);
	h = hists(1, false);
	EXPECT_TRUE(h.found);
	EXPECT_EQ(0, h.dwell[FINWAIT2_WAY_PEER_FIN].count);
	h = hists(0, false);
	EXPECT_EQ(1, h.dwell[FINWAIT2_WAY_PEER_FIN].count);
	EXPECT_EQ(1, h.dwell[FINWAIT2_WAY_RESET].count);

	/* A rule that stays keeps its histograms, another one has none. */
	ASSERT_EQ(0, fw2_rules("prio 7 sport %d interval 60000\n"
			       "prio 9 interval 1000", self->port));
	EXPECT_EQ(1, hists(7, false).dwell[FINWAIT2_WAY_PEER_FIN].count);
	EXPECT_EQ(0, hists(9, false).dwell[FINWAIT2_WAY_RESET].count);
	EXPECT_FALSE(hists(1, false).found);
}

TEST_F(hist, of_rule_flushed)
{
	ASSERT_EQ(0, fw2_rules("prio 5 sport %d interval 300", self->port));
	enter(SHUT_WR);
	ASSERT_NE(-1, fw2_stays(self->p.local, self->before, 5000));
	expect_way(_metadata, 5, FINWAIT2_WAY_FLUSHED, 300,
		   fw2_now() - self->before);
	EXPECT_EQ(1, fw2_counts(5).flushed);
}

/* Those who wait now, by class and by rule, and for how long. */
TEST_F(hist, waiting)
{
	struct fw2_pair shut, orphan;
	struct hists h;
	uint16_t port;

	h = hists(0, true);
	ASSERT_TRUE(h.found);
	EXPECT_EQ(0, h.waiting[0] + h.waiting[1] + h.waiting[2]);
	EXPECT_EQ(0, h.age.count);

	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &orphan));
	port = fw2_port(orphan.local);
	close_local(&orphan);
	ASSERT_EQ(0, fw2_rules("prio 3 sport %d exempt\n"
			       "prio 4 class orphan sport %d orphan-interval 40000",
			       self->port, port));
	enter(SHUT_WR);
	fw2_pass(200);
	h = hists(0, true);
	EXPECT_EQ(1, h.waiting[FINWAIT2_CLASS_HELD]);
	EXPECT_EQ(0, h.waiting[FINWAIT2_CLASS_SHUT]);
	EXPECT_EQ(1, h.waiting[FINWAIT2_CLASS_ORPHAN]);
	expect_one(_metadata, &h.age, 200, fw2_now() - self->before);

	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_RDWR, &shut));
	h = hists(0, true);
	EXPECT_EQ(1, h.waiting[FINWAIT2_CLASS_HELD]);
	EXPECT_EQ(1, h.waiting[FINWAIT2_CLASS_SHUT]);
	EXPECT_EQ(2, h.age.count);
	/* Nobody asked. */
	h = hists(0, false);
	EXPECT_EQ(0, h.waiting[FINWAIT2_CLASS_HELD]);

	h = hists(3, true);
	EXPECT_EQ(1, h.waiting[FINWAIT2_CLASS_HELD]);
	EXPECT_EQ(0, h.waiting[FINWAIT2_CLASS_SHUT]);
	EXPECT_EQ(0, h.waiting[FINWAIT2_CLASS_ORPHAN]);
	expect_one(_metadata, &h.age, 200, fw2_now() - self->before);
	h = hists(4, true);
	EXPECT_EQ(0, h.waiting[FINWAIT2_CLASS_HELD]);
	EXPECT_EQ(1, h.waiting[FINWAIT2_CLASS_ORPHAN]);
	EXPECT_EQ(0, h.age.count);

	/* Of another namespace, nothing. */
	ASSERT_EQ(0, fw2_netns());
	h = hists(0, true);
	EXPECT_EQ(1, h.n);
	EXPECT_EQ(0, h.waiting[0] + h.waiting[1] + h.waiting[2]);
	fw2_close(&shut);
	fw2_close(&orphan);
}

/* More than a message holds, and each by its priority. */
TEST_F(hist, many_rules)
{
	struct fw2_request r;
	struct nlmsghdr *nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0);
	char line[128];
	struct hists h;
	int i;

	for (i = 1; i <= 1024; i++) {
		snprintf(line, sizeof(line), "prio %d class %s exempt", 2 * i,
			 i == 1024 ? "held" : "orphan");
		fw2_put_rule(nlh, line);
	}
	ASSERT_EQ(0, fw2_end(&r, NULL, NULL));
	enter(SHUT_WR);
	h = hists(2048, true);
	ASSERT_TRUE(h.found);
	EXPECT_EQ(1025, h.n);
	EXPECT_TRUE(h.sorted);
	EXPECT_EQ(1, h.waiting[FINWAIT2_CLASS_HELD]);
}

/* Anybody may look. */
TEST_F(hist, unprivileged)
{
	enter(SHUT_WR);
	ASSERT_EQ(0, setuid(65534));
	EXPECT_EQ(1, hists(0, true).waiting[FINWAIT2_CLASS_HELD]);
}

TEST_HARNESS_MAIN
