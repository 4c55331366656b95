// SPDX-License-Identifier: GPL-2.0
/*
 * Memory is short as the module is loaded, and where its work items want some: it
 * is loaded, or nothing is left of it; who could not be taken in is later
 *
 * See fault.h. What work items allocate fails by chance, with a chance of one.
 */

#define _GNU_SOURCE
#include <signal.h>

#include "fault.h"
#include "mcast.h"
#include "rule.h"
#include "kselftest_harness.h"

#define SOCKETS		20

FIXTURE(injectload)
{
	struct fw2_fault fault;
	struct fw2_pair p[SOCKETS];
};

/* Starts with the module unloaded, but it is known where it will be. */
FIXTURE_SETUP(injectload)
{
	int i;

	for (i = 0; i < SOCKETS; i++)
		self->p[i] = (struct fw2_pair) { -1, -1 };
	if (fw2_fault_missing())
		SKIP(return, "%s", fw2_fault_missing());
	if (!getenv("FINWAIT2_KO"))
		SKIP(return, "FINWAIT2_KO does not say where the module is");
	ASSERT_EQ(0, fw2_netns());
	ASSERT_NE(0, fw2_fault_where());
	ASSERT_EQ(0, fw2_unload());
	ASSERT_EQ(0, fw2_fault_begin(&self->fault));
	ASSERT_EQ(0, fw2_fault_only_ours(true));
}

FIXTURE_TEARDOWN(injectload)
{
	int i;

	fw2_fault_kthreads(false);
	EXPECT_FALSE(fw2_fault_kmemleak_gone());
	fw2_fault_end(&self->fault);
	for (i = 0; i < SOCKETS; i++)
		fw2_close(&self->p[i]);
	fw2_unload();
}

#define half_closed_ones() do {						\
	int i_;								\
									\
	for (i_ = 0; i_ < SOCKETS; i_++)				\
		ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR,		\
					   &self->p[i_]));		\
} while (0)

/* Work items do not get any memory, or do again. */
#define no_memory() do {						\
	fw2_fault_kthreads(true);					\
	ASSERT_EQ(0, fw2_fault_set("probability", "100"));		\
} while (0)

#define memory() do {							\
	ASSERT_EQ(0, fw2_fault_set("probability", "0"));		\
	fw2_fault_kthreads(false);					\
} while (0)

static long long tracked(void)
{
	return fw2_stat(FINWAIT2_A_STATS_TRACKED);
}

static int load_run(void *unused)
{
	return fw2_load("flush_interval=600000");
}

/* Some transitions would find a probe that has been left behind. */
static int transitions(long long *entered)
{
	struct fw2_pair p;

	if (fw2_fin_wait2(FW2_V4, SHUT_WR, &p))
		return -1;
	*entered = fw2_stat(FINWAIT2_A_STATS_ENTERED);
	fw2_close(&p);
	return 0;
}

static int load_verify(void *unused, int err)
{
	long long entered;

	if (transitions(&entered))
		return -1;
	if (!err)
		return entered == 1 && tracked() == 1 ? fw2_unload() : -2;
	/* No sysctl, no family, no module. */
	return err == -ENOMEM && !fw2_loaded() && entered == -1 &&
	       access("/sys/module/finwait2", F_OK) ? 0 : -3;
}

/* With a socket that waits, and is adopted. */
TEST_F_TIMEOUT(injectload, load, 1200)
{
	struct fw2_op op = { "load", NULL, load_run, load_verify };

	ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &self->p[0]));
	EXPECT_LT(0, fw2_inject(&self->fault, &op));
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p[0].local));
}

/* Who listens to exits first has memory set aside for them, or no exits. */
struct listening {
	struct mnl_socket	*nl;
	long long		heard;
};

static int listening_prepare(void *arg)
{
	struct listening *l = arg;

	if (l->nl)
		mnl_socket_close(l->nl);
	if (fw2_unload() || fw2_load(""))
		return -1;
	l->nl = fw2_join("exits", 0);
	return l->nl ? 0 : -1;
}

static int listening_run(void *arg)
{
	return fw2_stat(FINWAIT2_A_STATS_ENTERED) ? -ENOMEM : 0;
}

static int listening_verify(void *arg, int err)
{
	struct listening *l = arg;
	struct fw2_told t;
	struct fw2_pair p;

	/* The next request is when it is tried again. */
	if (fw2_stat(FINWAIT2_A_STATS_ENTERED) ||
	    fw2_fin_wait2(FW2_V4, SHUT_WR, &p))
		return -1;
	fw2_close(&p);
	return fw2_next(l->nl, &t, 5000) || fw2_told(t, SEQ) != 1 ? -2 : 0;
}

TEST_F_TIMEOUT(injectload, listeners, 600)
{
	struct listening l = {};
	struct fw2_op op = { "listen to exits", listening_prepare,
			     listening_run, listening_verify, &l };

	EXPECT_LT(0, fw2_inject(&self->fault, &op));
	mnl_socket_close(l.nl);
}

/* Who waits already is adopted when there is memory, and once. */
TEST_F(injectload, adoption)
{
	half_closed_ones();
	no_memory();
	ASSERT_EQ(0, fw2_load("flush_interval=600000"));
	fw2_pass(2500);
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ADOPTED));
	memory();
	EXPECT_TRUE(fw2_wait(tracked() == SOCKETS, 5000));
	fw2_pass(1500);
	EXPECT_EQ(SOCKETS, fw2_stat(FINWAIT2_A_STATS_ADOPTED));
}

#define expect_all_flushed() do {					\
	int i_, flushed_ = 0;						\
									\
	EXPECT_TRUE(fw2_wait(!tracked(), 20000));			\
	for (i_ = 0; i_ < SOCKETS; i_++)				\
		flushed_ += fw2_read_error(self->p[i_].local) == ETIMEDOUT; \
	EXPECT_EQ(SOCKETS, flushed_);					\
	EXPECT_EQ(SOCKETS, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));	\
} while (0)

/* Who enters stays where he is, cannot be flushed, and can leave. */
TEST_F_TIMEOUT(injectload, nursery, 120)
{
	ASSERT_EQ(0, fw2_load("flush_interval=500"));
	no_memory();
	half_closed_ones();
	fw2_pass(3000);
	close(self->p[0].peer);
	self->p[0].peer = -1;
	ASSERT_TRUE(fw2_wait(fw2_state(self->p[0].local) == FW2_CLOSE, 5000));
	memory();
	EXPECT_EQ(SOCKETS, fw2_stat(FINWAIT2_A_STATS_ENTERED));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_MISSED));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_LEFT_FIN));
	EXPECT_TRUE(fw2_wait(!tracked(), 20000));
	EXPECT_EQ(SOCKETS - 1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

static int make_room(const char *n)
{
	return fw2_write_file("/sys/module/finwait2/parameters/max_tracked", n);
}

/* Who was missed, as there was no room, is adopted when there is room and memory. */
TEST_F_TIMEOUT(injectload, missed, 240)
{
	ASSERT_EQ(0, fw2_load("flush_interval=600000"));
	ASSERT_EQ(0, make_room("10"));
	half_closed_ones();
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_MISSED) >= SOCKETS / 2,
			     10000));
	no_memory();
	ASSERT_EQ(0, make_room("1000"));
	fw2_pass(7000);
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ADOPTED));
	memory();
	EXPECT_TRUE(fw2_wait(tracked() == SOCKETS, 15000));
	EXPECT_EQ(fw2_stat(FINWAIT2_A_STATS_MISSED),
		  fw2_stat(FINWAIT2_A_STATS_ADOPTED));
	ASSERT_EQ(0, fw2_set("flush_interval", 100));
	expect_all_flushed();
}

/* Whether the event of a flush is heard, after so many bytes were allocated. */
static int flush_one(struct mnl_socket *nl, int bytes, long long *seq)
{
	struct fw2_told t;
	struct fw2_pair p;
	bool flushed;

	*seq = 0;
	if (fw2_fin_wait2(FW2_V4, SHUT_WR, &p))
		return -1;
	/* In the table, so that the event is all that needs memory. */
	if (fw2_socks(&t, "class held") || t.n != 1 ||
	    fw2_fault_set("space", "%d", bytes) ||
	    fw2_fault_set("probability", "100") ||
	    fw2_set("flush_interval", 20))
		return -2;
	flushed = fw2_wait(fw2_state(p.local) == FW2_CLOSE, 10000);
	if (!fw2_next(nl, &t, 300))
		*seq = fw2_told(t, SEQ);
	fw2_fault_set("probability", "0");
	fw2_set("flush_interval", 0);
	fw2_close(&p);
	return flushed ? 0 : -3;
}

/* An event is told, or its number is left out. */
TEST_F_TIMEOUT(injectload, events, 600)
{
	int step, bytes, lost = 0, last = 0;
	struct mnl_socket *nl;
	long long seq;

	ASSERT_EQ(0, fw2_load("flush_interval=0 shut_interval=0"));
	nl = fw2_join("events", 0);
	ASSERT_NE(NULL, nl);
	fw2_fault_kthreads(true);
	/* Until there is enough for three in a row. */
	for (step = 1; last < 3 && step < 200; step++) {
		bytes = (step - 1) * 192;
		ASSERT_EQ(0, flush_one(nl, bytes, &seq)) TH_LOG("%d bytes", bytes);
		last = seq ? last + 1 : 0;
		lost += !seq;
		if (seq)
			EXPECT_EQ(step, seq);
	}
	fw2_fault_read_log(&self->fault);
	fw2_fault_kthreads(false);
	printf("# events: %d of %d not told, for lack of up to %d bytes; %d places in the module\n",
	       lost, step - 1, bytes, self->fault.sites.n);
	for (step = 0; step < self->fault.sites.n; step++)
		printf("# events: at %s\n", self->fault.sites.site[step]);
	EXPECT_LT(0, lost);
	EXPECT_EQ(3, last);
	mnl_socket_close(nl);
}

TEST_HARNESS_MAIN
