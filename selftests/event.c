// SPDX-License-Identifier: GPL-2.0
/* Events: what is told to who has joined, in order, and what is lost */

#define _GNU_SOURCE
#include "fw2.h"
#include "mcast.h"
#include "rule.h"
#include "kselftest_harness.h"

FIXTURE(event)
{
	struct fw2_pair p;
	struct mnl_socket *events, *track;
	struct fw2_told t;
};

FIXTURE_VARIANT(event)
{
	enum fw2_family family;
};

FIXTURE_VARIANT_ADD(event, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(event, ipv6) { .family = FW2_V6 };
FIXTURE_VARIANT_ADD(event, mapped) { .family = FW2_MAPPED };

FIXTURE_SETUP(event)
{
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	ASSERT_EQ(0, fw2_set("orphan_interval", 0));
	self->events = fw2_join("events", 1 << 20);
	self->track = fw2_join("track", 1 << 20);
	ASSERT_NE(NULL, self->events);
	ASSERT_NE(NULL, self->track);
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
}

FIXTURE_TEARDOWN(event)
{
	fw2_close(&self->p);
	mnl_socket_close(self->events);
	mnl_socket_close(self->track);
}

static long long real_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

#define told(what)	fw2_told(self->t, what)

#define expect_event(nl, what, number) do {				\
	ASSERT_EQ(0, fw2_next(nl, &self->t, 5000));				\
	EXPECT_EQ(FINWAIT2_EVENT_##what, told(EVENT));			\
	EXPECT_EQ(number, told(SEQ));					\
	EXPECT_GE(real_ms(), told(TIME) / 1000000);			\
	EXPECT_LE(real_ms() - 3000, told(TIME) / 1000000);		\
} while (0)

#define expect_of(pair) do {						\
	EXPECT_EQ(fw2_port((pair)->local), ntohs(told(LOCAL_PORT)));	\
	EXPECT_EQ(fw2_port((pair)->peer), ntohs(told(REMOTE_PORT)));	\
	EXPECT_EQ(fw2_cookie((pair)->local), told(COOKIE));		\
	EXPECT_EQ(variant->family == FW2_V4 ? AF_INET : AF_INET6,	\
		  told(FAMILY));					\
} while (0)

#define expect_silence(nl) \
	EXPECT_EQ(-ETIME, fw2_next(nl, &self->t, 500))

TEST_F(event, flush)
{
	int mark = 9;

	ASSERT_EQ(0, setsockopt(self->p.local, SOL_SOCKET, SO_MARK, &mark,
				sizeof(mark)));
	ASSERT_EQ(0, fw2_rules("prio 77 sport %d interval 500",
			       fw2_port(self->p.local)));
	/* Without the port, which it loses with the connection. */
	uint16_t port = fw2_port(self->p.local);

	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	expect_event(self->events, FLUSH, 1);
	EXPECT_EQ(port, ntohs(told(LOCAL_PORT)));
	EXPECT_EQ(fw2_cookie(self->p.local), told(COOKIE));
	EXPECT_EQ(FINWAIT2_REASON_HELD, told(REASON));
	EXPECT_EQ(FINWAIT2_CLASS_HELD, told(CLASS));
	EXPECT_EQ(77, told(RULE));
	/* Which anybody may listen to. */
	EXPECT_EQ(-1, told(MARK));
	EXPECT_EQ(getuid(), told(UID));
	EXPECT_LE(500, told(AGE));
	EXPECT_LE(500, told(IDLE));
	EXPECT_GE(fw2_latest(500), told(AGE));
	EXPECT_EQ(-1, told(MISSED));
	expect_silence(self->events);
	EXPECT_EQ(FW2_CLOSE, fw2_state(self->p.local));
}

/* Every reason that there is, and each once. */
TEST_F(event, reasons)
{
	struct fw2_pair p[2];
	struct fw2_request r;
	struct nlmsghdr *nlh;

	ASSERT_EQ(0, fw2_set("shut_interval", 500));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_RDWR));
	expect_event(self->events, FLUSH, 1);
	EXPECT_EQ(FINWAIT2_REASON_SHUT, told(REASON));
	EXPECT_EQ(FINWAIT2_CLASS_SHUT, told(CLASS));
	EXPECT_EQ(-1, told(RULE));

	ASSERT_EQ(0, fw2_set("max_age", 500));
	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &p[0]));
	expect_event(self->events, FLUSH, 2);
	EXPECT_EQ(FINWAIT2_REASON_AGE, told(REASON));

	ASSERT_EQ(0, fw2_set("max_age", 0));
	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &p[1]));
	nlh = fw2_begin(&r, FINWAIT2_CMD_FLUSH, 0);
	mnl_attr_put(nlh, FINWAIT2_A_FLUSH_ALL, 0, NULL);
	ASSERT_EQ(0, fw2_end(&r, NULL, NULL));
	expect_event(self->events, FLUSH, 3);
	EXPECT_EQ(FINWAIT2_REASON_REQUEST, told(REASON));
	EXPECT_EQ(fw2_cookie(p[1].local), told(COOKIE));
	expect_silence(self->events);
	fw2_close(&p[0]);
	fw2_close(&p[1]);
}

TEST_F(event, would_flush)
{
	ASSERT_EQ(0, fw2_rules("prio 3 interval 500 observe 1"));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	expect_event(self->events, WOULD_FLUSH, 1);
	expect_of(&self->p);
	EXPECT_EQ(FINWAIT2_REASON_HELD, told(REASON));
	EXPECT_EQ(3, told(RULE));
	expect_silence(self->events);

	/* Once for each time that it is idle. */
	ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	expect_event(self->events, WOULD_FLUSH, 2);
	ASSERT_EQ(0, fw2_rules("prio 3 interval 500"));
	expect_event(self->events, FLUSH, 3);
}

/* Those who stay are told to who asks for them, and nobody else. */
TEST_F(event, track)
{
	struct fw2_pair p;

	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	expect_event(self->track, TRACK, 1);
	expect_of(&self->p);
	EXPECT_EQ(FINWAIT2_CLASS_HELD, told(CLASS));
	EXPECT_EQ(-1, told(REASON));
	expect_silence(self->track);

	/* Who comes and goes is none of them. */
	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &p));
	fw2_close(&p);
	expect_silence(self->track);
	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_RDWR, &p));
	expect_event(self->track, TRACK, 2);
	expect_of(&p);
	EXPECT_EQ(FINWAIT2_CLASS_SHUT, told(CLASS));
	expect_silence(self->events);
	fw2_close(&p);
}

/* Leaving in some other way is no event. */
TEST_F(event, none)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 60000));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	expect_event(self->track, TRACK, 1);
	fw2_close(&self->p);
	expect_silence(self->events);
}

TEST_F(event, other_namespace)
{
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 200));
	ASSERT_EQ(0, fw2_fin_wait2(variant->family, SHUT_WR, &self->p));
	ASSERT_TRUE(fw2_wait(fw2_state(self->p.local) == FW2_CLOSE, 2000));
	expect_silence(self->events);
	expect_silence(self->track);
}

#define MANY	300

/* Under two limits, so that not one sweep flushes all of them. */
#define hold_many(p) do {						\
	uint16_t port_ = 0;						\
	int listener_ = fw2_listen(variant->family, &port_), i_;	\
									\
	ASSERT_LE(0, listener_);					\
	for (i_ = 0; i_ < MANY; i_++) {					\
		int mark_ = i_ % 2;					\
									\
		ASSERT_EQ(0, fw2_connect_to(listener_, variant->family,	\
					    port_, &(p)[i_]));		\
		setsockopt((p)[i_].local, SOL_SOCKET, SO_MARK, &mark_,	\
			   sizeof(mark_));				\
		ASSERT_EQ(0, fw2_half_close(&(p)[i_], SHUT_WR));	\
	}								\
	close(listener_);						\
} while (0)

#define close_many(p) do {						\
	int i_;								\
									\
	for (i_ = 0; i_ < MANY; i_++)					\
		fw2_close(&(p)[i_]);					\
} while (0)

TEST_F(event, many)
{
	struct fw2_pair p[MANY];
	unsigned long long xor = 0;
	int i;

	hold_many(p);
	ASSERT_EQ(0, fw2_set("max_age", 500));
	ASSERT_EQ(0, fw2_rules("prio 1 mark 1 max-age 2000"));
	for (i = 0; i < MANY; i++) {
		ASSERT_EQ(0, fw2_next(self->events, &self->t, 5000));
		/* Each is counted, and comes in its turn. */
		ASSERT_EQ(i + 1, told(SEQ));
		EXPECT_EQ(FINWAIT2_REASON_AGE, told(REASON));
		xor ^= told(COOKIE) ^ fw2_cookie(p[i].local);
	}
	EXPECT_EQ(0, xor);
	expect_silence(self->events);
	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, fw2_next(self->track, &self->t, 0));
	EXPECT_EQ(MANY, told(SEQ));
	close_many(p);
}

/* Who is too slow finds a gap as wide as what was lost. */
TEST_F(event, overflow)
{
	struct mnl_socket *tiny = fw2_join("events", 4096);
	struct fw2_pair p[MANY];
	int i, err, seen = 0, lost = 0;
	long long last = 0;

	hold_many(p);
	ASSERT_EQ(0, fw2_set("max_age", 500));
	/* All have been told, and nobody else has lost anything. */
	for (i = 1; i <= MANY; i++) {
		ASSERT_EQ(0, fw2_next(self->events, &self->t, 5000));
		ASSERT_EQ(i, told(SEQ));
	}
	while ((err = fw2_next(tiny, &self->t, 100)) != -ETIME) {
		if (err == -ENOBUFS) {
			lost++;
			continue;
		}
		ASSERT_EQ(0, err);
		EXPECT_EQ(last + 1, told(SEQ));
		last = told(SEQ);
		seen++;
	}
	EXPECT_LT(0, lost);
	EXPECT_LT(0, seen);
	EXPECT_GT(MANY, seen);

	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	expect_event(tiny, FLUSH, MANY + 1);
	mnl_socket_close(tiny);
	close_many(p);
}

TEST_HARNESS_MAIN
