// SPDX-License-Identifier: GPL-2.0
/* What is flushed, when, and what the application and the peer see of it */

#define _GNU_SOURCE
#include <sys/epoll.h>

#include "fw2.h"
#include "kselftest_harness.h"

FIXTURE(flush)
{
	struct fw2_pair p;
	long long start;
};

FIXTURE_VARIANT(flush)
{
	enum fw2_family family;
};

FIXTURE_VARIANT_ADD(flush, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(flush, ipv6) { .family = FW2_V6 };
FIXTURE_VARIANT_ADD(flush, mapped) { .family = FW2_MAPPED };

FIXTURE_SETUP(flush)
{
	ASSERT_EQ(0, fw2_netns());
	/* What a test does not set is out of the way. */
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	ASSERT_EQ(0, fw2_set("max_age", 0));
	ASSERT_EQ(0, fw2_set("orphan_interval", 0));
	ASSERT_EQ(0, fw2_set("reset", 1));
	ASSERT_EQ(0, fw2_set("observe", 0));
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
}

FIXTURE_TEARDOWN(flush)
{
	fw2_close(&self->p);
}

/* Half-close now, and remember when. */
#define half_close(how) do {						\
	self->start = fw2_now();					\
	ASSERT_EQ(0, fw2_half_close(&self->p, how));			\
} while (0)

/* The socket stays from @since for the interval, and little longer. */
#define expect_flushed_after(since, interval) do {			\
	long long t_ = fw2_stays(self->p.local, since,			\
				 fw2_latest(interval) + 2000);		\
	EXPECT_LE(interval, t_);					\
	EXPECT_GE(fw2_latest(interval), t_);				\
} while (0)

TEST_F(flush, held)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_WR);
	expect_flushed_after(self->start, 1000);
	EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p.local));
	EXPECT_EQ(0, fw2_read_error(self->p.local));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_TRACKED));
}

TEST_F(flush, shut)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 60000));
	ASSERT_EQ(0, fw2_set("shut_interval", 1000));
	half_close(SHUT_RDWR);
	expect_flushed_after(self->start, 1000);
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_SHUT));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

/* shut_interval 0: the interval of held sockets goes for shut ones, too. */
TEST_F(flush, shut_as_held)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_RDWR);
	expect_flushed_after(self->start, 1000);
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

/* A held socket that outlives the shut interval, and is shut only then. */
TEST_F(flush, shut_later)
{
	long long shut;

	ASSERT_EQ(0, fw2_set("flush_interval", 60000));
	ASSERT_EQ(0, fw2_set("shut_interval", 1000));
	half_close(SHUT_WR);
	fw2_pass(1500);
	ASSERT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));

	shut = fw2_now();
	ASSERT_EQ(0, shutdown(self->p.local, SHUT_RD));
	EXPECT_NE(-1, fw2_stays(self->p.local, shut,
				fw2_latest(1000) - 1000));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_SHUT));
}

/* Nothing happens for half of the limit, so that nobody looks; then it reads. */
TEST_F(flush, still)
{
	char c;

	ASSERT_EQ(0, fw2_set("flush_interval", 2000));
	half_close(SHUT_WR);
	fw2_pass(1000);
	ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	ASSERT_EQ(1, recv(self->p.local, &c, 1, 0));
	expect_flushed_after(fw2_now(), 2000);
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

TEST_F(flush, never)
{
	half_close(SHUT_WR);
	fw2_pass(2000);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_TRACKED));
}

/* Activity does not help against the maximum age. */
TEST_F(flush, max_age)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 60000));
	ASSERT_EQ(0, fw2_set("max_age", 1500));
	half_close(SHUT_WR);
	while (fw2_now() < self->start + 1400) {
		ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
		fw2_pass(50);
	}
	expect_flushed_after(self->start, 1500);
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_AGE));
}

/* Data from the peer counts, read or not. */
TEST_F(flush, received)
{
	long long last;
	int i;

	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_WR);
	for (i = 0; i < 4; i++) {
		fw2_pass(600);
		last = fw2_now();
		ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	}
	expect_flushed_after(last, 1000);
}

/* So does data read by the application, however long ago it came. */
TEST_F(flush, read)
{
	long long last;
	char c;
	int i;

	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_WR);
	ASSERT_EQ(4, send(self->p.peer, "data", 4, MSG_NOSIGNAL));
	for (i = 0; i < 4; i++) {
		fw2_pass(600);
		last = fw2_now();
		ASSERT_EQ(1, recv(self->p.local, &c, 1, MSG_DONTWAIT));
	}
	expect_flushed_after(last, 1000);
	EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p.local));
}

/* Keepalives of either end do not, not even after data that did. */
TEST_F(flush, keepalive)
{
	int one = 1, fds[2] = { self->p.local, self->p.peer };
	long long last;
	char c;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, setsockopt(fds[i], SOL_SOCKET, SO_KEEPALIVE, &one,
					sizeof(one)));
		ASSERT_EQ(0, setsockopt(fds[i], IPPROTO_TCP, TCP_KEEPIDLE, &one,
					sizeof(one)));
		ASSERT_EQ(0, setsockopt(fds[i], IPPROTO_TCP, TCP_KEEPINTVL,
					&one, sizeof(one)));
	}
	ASSERT_EQ(0, fw2_set("flush_interval", 3000));
	half_close(SHUT_WR);
	fw2_pass(700);
	last = fw2_now();
	ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	ASSERT_TRUE(fw2_wait(recv(self->p.local, &c, 1, MSG_DONTWAIT) == 1,
			     100));
	expect_flushed_after(last, 3000);
}

/* A peer that probes a window of zero is not active. */
TEST_F(flush, window_probe)
{
	int small = 1, n = 0;
	char buf[4096] = "";
	struct tcp_info info;
	socklen_t len = sizeof(info);
	long long last;

	ASSERT_EQ(0, setsockopt(self->p.local, SOL_SOCKET, SO_RCVBUF, &small,
				sizeof(small)));
	ASSERT_EQ(0, fw2_set("flush_interval", 3000));
	half_close(SHUT_WR);
	while (send(self->p.peer, buf, sizeof(buf),
		    MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		ASSERT_GT(10000, n++);
	last = fw2_now();
	/* The peer gets through what it can, then it tries in vain. */
	ASSERT_TRUE(fw2_wait(!getsockopt(self->p.peer, IPPROTO_TCP, TCP_INFO,
					 &info, &len) &&
			     (info.tcpi_probes || info.tcpi_backoff), 2500));
	EXPECT_NE(-1, fw2_stays(self->p.local, last, fw2_latest(3000) + 1500));
	EXPECT_LE(last + 3000 - 1000, fw2_now());
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

/* What had arrived is read first, then the error; pollers wake for it. */
TEST_F(flush, unread_data)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct pollfd pfd = { .fd = self->p.local };
	char buf[16] = "";
	int ep;

	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_WR);
	ASSERT_EQ(5, send(self->p.peer, "hello", 5, MSG_NOSIGNAL));
	ep = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->p.local, &ev));
	ASSERT_EQ(1, epoll_wait(ep, &ev, 1, 1000));
	ASSERT_EQ(0U, ev.events & EPOLLHUP);

	/* Waits for POLLERR and POLLHUP only. */
	EXPECT_EQ(1, poll(&pfd, 1, 3000));
	EXPECT_EQ(POLLERR | POLLHUP, pfd.revents);
	EXPECT_EQ(1, epoll_wait(ep, &ev, 1, 0));
	EXPECT_TRUE(ev.events & EPOLLERR);
	EXPECT_TRUE(ev.events & EPOLLHUP);

	EXPECT_EQ(5, recv(self->p.local, buf, sizeof(buf), MSG_DONTWAIT));
	EXPECT_STREQ("hello", buf);
	EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p.local));
	close(ep);
}

/* A read that blocks wakes with the error. */
TEST_F(flush, blocked_read)
{
	char c;

	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_WR);
	EXPECT_EQ(-1, recv(self->p.local, &c, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	EXPECT_LE(self->start + 1000, fw2_now());
}

TEST_F(flush, reset)
{
	struct pollfd pfd = { .fd = self->p.peer };
	int err = 0;
	socklen_t len = sizeof(err);

	ASSERT_EQ(0, fw2_set("flush_interval", 500));
	half_close(SHUT_WR);
	EXPECT_EQ(1, poll(&pfd, 1, 2000));
	EXPECT_EQ(FW2_CLOSE, fw2_state(self->p.peer));
	EXPECT_EQ(0, getsockopt(self->p.peer, SOL_SOCKET, SO_ERROR, &err,
				&len));
	EXPECT_EQ(EPIPE, err);
}

/* Without a reset the peer learns of it only when it sends. */
TEST_F(flush, silent)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 500));
	ASSERT_EQ(0, fw2_set("reset", 0));
	half_close(SHUT_WR);
	ASSERT_EQ(2, send(self->p.peer, "hi", 2, MSG_NOSIGNAL));
	EXPECT_NE(-1, fw2_stays(self->p.local, self->start, 2000));
	EXPECT_EQ(FW2_CLOSE, fw2_state(self->p.local));
	fw2_pass(300);
	EXPECT_EQ(FW2_CLOSE_WAIT, fw2_state(self->p.peer));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));

	/* The application sees what it would see with a reset. */
	EXPECT_EQ(-1, fw2_read_error(self->p.local));
	EXPECT_EQ(-1, fw2_read_error(self->p.local));
	EXPECT_EQ(ETIMEDOUT, fw2_read_error(self->p.local));

	ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	EXPECT_TRUE(fw2_wait(fw2_state(self->p.peer) == FW2_CLOSE, 1000));
}

TEST_F(flush, observe)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 500));
	ASSERT_EQ(0, fw2_set("observe", 1));
	half_close(SHUT_WR);
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH) == 1,
			     fw2_latest(500)));
	EXPECT_LE(self->start + 500, fw2_now());
	fw2_pass(1000);
	/* Counted once, and not flushed. */
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH));
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));

	/* Counted again after it has been active again. */
	ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	EXPECT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH) == 2,
			     fw2_latest(500)));

	/* Meant seriously, it goes at once. */
	ASSERT_EQ(0, fw2_set("observe", 0));
	EXPECT_NE(-1, fw2_stays(self->p.local, fw2_now(), fw2_latest(0)));
}

/* A shorter limit finds those who already wait, also one that never was. */
TEST_F(flush, shortened)
{
	half_close(SHUT_WR);
	fw2_pass(1200);
	ASSERT_EQ(0, fw2_set("flush_interval", 2000));
	expect_flushed_after(self->start, 2000);
}

TEST_F(flush, overdue_when_shortened)
{
	long long set;

	ASSERT_EQ(0, fw2_set("flush_interval", 100000));
	half_close(SHUT_WR);
	fw2_pass(1200);
	set = fw2_now();
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	EXPECT_NE(-1, fw2_stays(self->p.local, set,
				fw2_latest(1000) - 1000));
}

TEST_F(flush, lengthened)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_WR);
	fw2_pass(700);
	ASSERT_EQ(0, fw2_set("flush_interval", 2000));
	expect_flushed_after(self->start, 2000);
}

TEST_F(flush, switched_off)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_WR);
	fw2_pass(700);
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	fw2_pass(1500);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
}

/* In CRIU's hands: not until it lets go. */
TEST_F(flush, repair)
{
	int on = 1, off = 0;

	ASSERT_EQ(0, fw2_set("flush_interval", 500));
	half_close(SHUT_WR);
	ASSERT_EQ(0, setsockopt(self->p.local, IPPROTO_TCP, TCP_REPAIR, &on,
				sizeof(on)));
	fw2_pass(1500);
	EXPECT_EQ(FW2_FIN_WAIT2, fw2_state(self->p.local));
	ASSERT_EQ(0, setsockopt(self->p.local, IPPROTO_TCP, TCP_REPAIR, &off,
				sizeof(off)));
	EXPECT_NE(-1, fw2_stays(self->p.local, fw2_now(), fw2_latest(500)));
}

/* A socket used for another connection has nothing of the old one on it. */
TEST_F(flush, disconnected)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage ss;
	uint16_t port = 0;
	socklen_t len;
	long long entered, t;
	int listener, peer;
	char c;

	ASSERT_EQ(0, fw2_set("flush_interval", 1000));
	half_close(SHUT_WR);
	fw2_pass(800);
	ASSERT_EQ(0, connect(self->p.local, &unspec, sizeof(unspec)));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_LEFT_CLOSE));

	listener = fw2_listen(variant->family, &port);
	ASSERT_LE(0, listener);
	len = fw2_addr(variant->family, port, &ss);
	ASSERT_EQ(0, connect(self->p.local, (void *)&ss, len));
	peer = accept(listener, NULL, NULL);
	ASSERT_LE(0, peer);
	fw2_pass(1500);
	EXPECT_EQ(FW2_ESTABLISHED, fw2_state(self->p.local));
	EXPECT_EQ(1, send(peer, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(self->p.local, &c, 1, 0));

	/*
	 * The same socket, in FIN_WAIT_2 for the second time, as soon as the peer
	 * acknowledges the FIN: it has sent data, and takes its time for that.
	 */
	self->start = fw2_now();
	ASSERT_EQ(0, shutdown(self->p.local, SHUT_WR));
	ASSERT_TRUE(fw2_wait(fw2_state(self->p.local) == FW2_FIN_WAIT2, 1000));
	entered = fw2_now() - self->start;
	t = fw2_stays(self->p.local, self->start, fw2_latest(1000) + 2000);
	EXPECT_LE(1000, t);
	EXPECT_GE(entered + fw2_latest(1000), t)
		TH_LOG("entered after %lld ms", entered);
	close(peer);
	close(listener);
}

/* A slow transfer on a half-closed connection goes on for ever. */
TEST_F(flush, slow_transfer)
{
	long long end;
	char c;

	ASSERT_EQ(0, fw2_set("flush_interval", 1500));
	half_close(SHUT_WR);
	for (end = fw2_now() + 6000; fw2_now() < end; fw2_pass(500)) {
		ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
		ASSERT_EQ(1, recv(self->p.local, &c, 1, 0));
	}
	ASSERT_EQ(0, shutdown(self->p.peer, SHUT_WR));
	EXPECT_EQ(0, recv(self->p.local, &c, 1, 0));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_LEFT_FIN));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

/*
 * Sockets that are the same but for when something happens to them. The limit is one
 * that is looked at as seldom as any, for its length: each 640 ms, see sweep.c.
 */
#define MOMENTS		20
#define MOMENT_MS	64
#define MOMENT_LIMIT	7450

FIXTURE(moments)
{
	struct fw2_pair p[MOMENTS];
	/* When it happened, and when the socket was found to have left. */
	long long since[MOMENTS], left[MOMENTS];
};

FIXTURE_SETUP(moments)
{
	int i;

	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 600000));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	for (i = 0; i < MOMENTS; i++) {
		ASSERT_EQ(0, fw2_fin_wait2(FW2_V4, SHUT_WR, &self->p[i]));
		ASSERT_EQ(1, send(self->p[i].peer, "x", 1, MSG_NOSIGNAL));
	}
}

FIXTURE_TEARDOWN(moments)
{
	int i;

	for (i = 0; i < MOMENTS; i++)
		fw2_close(&self->p[i]);
}

/* See who has left. Are there others? */
static bool moments_left(struct fw2_pair *p, long long *left)
{
	bool others = false;
	int i;

	for (i = 0; i < MOMENTS; i++) {
		if (!left[i] && fw2_state(p[i].local) != FW2_FIN_WAIT2)
			left[i] = fw2_now();
		others |= !left[i];
	}
	return others;
}

/* Each in its turn: do something, and see who leaves until it is the next one's. */
#define in_turns(what) do {						\
	int i_;								\
									\
	for (i_ = 0; i_ < MOMENTS; i_++) {				\
		int fd = self->p[i_].local;				\
									\
		self->since[i_] = fw2_now();				\
		ASSERT_EQ(0, what);					\
		fw2_wait(!moments_left(self->p, self->left),		\
			 self->since[i_] + MOMENT_MS - fw2_now());	\
	}								\
} while (0)

/* They leave no sooner after that, and little later. */
#define expect_all_left(soonest) do {					\
	int i_;								\
									\
	fw2_wait(!moments_left(self->p, self->left),			\
		 fw2_latest(MOMENT_LIMIT) + 2000);			\
	for (i_ = 0; i_ < MOMENTS; i_++) {				\
		long long t_ = self->left[i_] - self->since[i_];	\
									\
		ASSERT_NE(0, self->left[i_]);				\
		EXPECT_LE(soonest, t_) TH_LOG("moment %d", i_);		\
		EXPECT_GE((soonest) + fw2_latest(MOMENT_LIMIT) - MOMENT_LIMIT, \
			  t_) TH_LOG("moment %d", i_);			\
	}								\
} while (0)

static int read_byte(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) == 1 ? 0 : -1;
}

/* Whenever it is that they read. */
TEST_F(moments, read)
{
	ASSERT_EQ(0, fw2_set("flush_interval", MOMENT_LIMIT));
	in_turns(read_byte(fd));
	expect_all_left(MOMENT_LIMIT);
	EXPECT_EQ(MOMENTS, fw2_stat(FINWAIT2_A_STATS_FLUSHED_HELD));
}

/* Whenever it is that they shut, and have been idle for too long by then. */
TEST_F(moments, shut)
{
	ASSERT_EQ(0, fw2_set("shut_interval", MOMENT_LIMIT));
	fw2_pass(MOMENT_LIMIT + 500);
	EXPECT_TRUE(moments_left(self->p, self->left));
	in_turns(shutdown(fd, SHUT_RD));
	expect_all_left(0);
	EXPECT_EQ(MOMENTS, fw2_stat(FINWAIT2_A_STATS_FLUSHED_SHUT));
}

TEST_HARNESS_MAIN
