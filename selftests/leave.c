// SPDX-License-Identifier: GPL-2.0
/* Every way out of FIN_WAIT_2, what is counted for it, and orphans */

#define _GNU_SOURCE
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include "fw2.h"
#include "kselftest_harness.h"

FIXTURE(leave)
{
	struct fw2_pair p;
	uint16_t port;
};

FIXTURE_VARIANT(leave)
{
	enum fw2_family family;
	/* Stay long enough to be in the table, not in the nursery. */
	bool settled;
};

FIXTURE_VARIANT_ADD(leave, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(leave, ipv6) { .family = FW2_V6 };
FIXTURE_VARIANT_ADD(leave, mapped) { .family = FW2_MAPPED };
FIXTURE_VARIANT_ADD(leave, ipv4_settled) { .family = FW2_V4, .settled = true };
FIXTURE_VARIANT_ADD(leave, ipv6_settled) { .family = FW2_V6, .settled = true };

FIXTURE_SETUP(leave)
{
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 600000));
	ASSERT_EQ(0, fw2_set("shut_interval", 600000));
	ASSERT_EQ(0, fw2_set("max_age", 0));
	ASSERT_EQ(0, fw2_set("orphan_interval", 0));
	ASSERT_EQ(0, fw2_set("observe", 0));
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
	self->port = fw2_port(self->p.local);
}

FIXTURE_TEARDOWN(leave)
{
	fw2_close(&self->p);
}

static int nothing_cb(const struct nlmsghdr *nlh, void *data)
{
	return MNL_CB_OK;
}

/* A dump moves everybody from the nursery to the table. */
#define enter(how) do {							\
	ASSERT_EQ(0, fw2_half_close(&self->p, how));			\
	if (variant->settled)						\
		ASSERT_EQ(0, fw2_genl(FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP,	\
				      nothing_cb, NULL));		\
	ASSERT_EQ(1, fw2_stat(FINWAIT2_A_STATS_ENTERED));		\
	ASSERT_EQ(1, fw2_stat(FINWAIT2_A_STATS_TRACKED));		\
} while (0)

/* It went this way, is counted once, for this, and for nothing else. */
#define expect_left(which) do {						\
	int i_;								\
									\
	EXPECT_TRUE(fw2_wait(fw2_stat(which) == 1, 2000));		\
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_TRACKED));		\
	for (i_ = FINWAIT2_A_STATS_LEFT_FIN;				\
	     i_ <= FINWAIT2_A_STATS_WOULD_FLUSH; i_++)			\
		EXPECT_EQ(i_ == (which), fw2_stat(i_))			\
			TH_LOG("counter %d", i_);			\
} while (0)

static int linger(int fd, int seconds)
{
	struct linger l = { .l_onoff = 1, .l_linger = seconds };

	return setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

static int linger2(int fd, int seconds)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_LINGER2, &seconds,
			  sizeof(seconds));
}

static int get_linger2(int fd)
{
	int seconds = -100;
	socklen_t len = sizeof(seconds);

	getsockopt(fd, IPPROTO_TCP, TCP_LINGER2, &seconds, &len);
	return seconds;
}

static int shut_peer(struct fw2_pair *p)
{
	int fd = p->peer;

	p->peer = -1;
	return close(fd);
}

static int close_local(struct fw2_pair *p)
{
	int fd = p->local;

	p->local = -1;
	return close(fd);
}

TEST_F(leave, peer_fin)
{
	enter(SHUT_WR);
	ASSERT_EQ(0, shut_peer(&self->p));
	expect_left(FINWAIT2_A_STATS_LEFT_FIN);
	EXPECT_EQ(0, fw2_read_error(self->p.local));
}

/* What lingering_close() does: the seed of it all. */
TEST_F(leave, lingering_close)
{
	enter(SHUT_WR);
	ASSERT_EQ(3, send(self->p.peer, "abc", 3, MSG_NOSIGNAL));
	ASSERT_EQ(0, shut_peer(&self->p));
	ASSERT_TRUE(fw2_wait(fw2_state(self->p.local) == FW2_CLOSE, 1000));
	EXPECT_EQ(-1, fw2_read_error(self->p.local));
	expect_left(FINWAIT2_A_STATS_LEFT_FIN);
}

TEST_F(leave, close)
{
	enter(SHUT_WR);
	ASSERT_EQ(0, close_local(&self->p));
	expect_left(FINWAIT2_A_STATS_LEFT_CLOSE);
	/* The kernel takes over. */
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, self->port));
}

TEST_F(leave, close_shut)
{
	enter(SHUT_RDWR);
	ASSERT_EQ(0, close_local(&self->p));
	expect_left(FINWAIT2_A_STATS_LEFT_CLOSE);
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, self->port));
}

TEST_F(leave, close_with_unread_data)
{
	char c;

	enter(SHUT_WR);
	ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	ASSERT_TRUE(fw2_wait(recv(self->p.local, &c, 1,
				  MSG_PEEK | MSG_DONTWAIT) == 1, 1000));
	ASSERT_EQ(0, close_local(&self->p));
	expect_left(FINWAIT2_A_STATS_LEFT_CLOSE);
	EXPECT_EQ(0, fw2_proc_count(FW2_FIN_WAIT2, self->port));
}

TEST_F(leave, linger_0)
{
	enter(SHUT_WR);
	ASSERT_EQ(0, linger(self->p.local, 0));
	ASSERT_EQ(0, close_local(&self->p));
	expect_left(FINWAIT2_A_STATS_LEFT_CLOSE);
	EXPECT_EQ(0, fw2_proc_count(FW2_FIN_WAIT2, self->port));
}

TEST_F(leave, reset)
{
	enter(SHUT_WR);
	ASSERT_EQ(0, linger(self->p.peer, 0));
	ASSERT_EQ(0, shut_peer(&self->p));
	expect_left(FINWAIT2_A_STATS_LEFT_RESET);
	EXPECT_EQ(ECONNRESET, fw2_read_error(self->p.local));
}

/* Data for a socket whose read side is shut: the kernel resets, always has. */
TEST_F(leave, data_when_shut)
{
	enter(SHUT_RDWR);
	ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	expect_left(FINWAIT2_A_STATS_LEFT_RESET);
}

/* ss -K, and what it is made of. */
TEST_F(leave, destroyed)
{
	struct inet_diag_req_v2 *req;
	struct sockaddr_storage ss;
	char buf[1024];
	struct nlmsghdr *nlh;
	struct mnl_socket *nl;
	uint16_t peer_port = fw2_port(self->p.peer);
	int n;

	enter(SHUT_WR);
	fw2_addr(variant->family, 0, &ss);
	nl = mnl_socket_open(NETLINK_SOCK_DIAG);
	ASSERT_NE(NULL, nl);
	ASSERT_EQ(0, mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = SOCK_DESTROY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = ss.ss_family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = -1;
	req->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	req->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	req->id.idiag_sport = htons(self->port);
	req->id.idiag_dport = htons(peer_port);
	if (ss.ss_family == AF_INET) {
		req->id.idiag_src[0] = htonl(INADDR_LOOPBACK);
		req->id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
	} else {
		struct sockaddr_in6 *in6 = (void *)&ss;

		memcpy(req->id.idiag_src, &in6->sin6_addr, 16);
		memcpy(req->id.idiag_dst, &in6->sin6_addr, 16);
	}
	ASSERT_LT(0, mnl_socket_sendto(nl, nlh, nlh->nlmsg_len));
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	n = mnl_cb_run(buf, n, 0, 0, NULL, NULL);
	mnl_socket_close(nl);
	if (n < 0 && (errno == EOPNOTSUPP || errno == ENOENT))
		SKIP(return, "kernel without INET_DIAG_DESTROY");
	ASSERT_LE(0, n);
	expect_left(FINWAIT2_A_STATS_LEFT_ABORT);
	EXPECT_EQ(ECONNABORTED, fw2_read_error(self->p.local));
}

/* Closed by the application at once: never seen, the kernel's business. */
TEST_F(leave, plain_close)
{
	ASSERT_EQ(0, close_local(&self->p));
	EXPECT_TRUE(fw2_wait(fw2_proc_count(FW2_FIN_WAIT2, self->port) == 1,
			     1000));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ENTERED));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_MISSED));
}

/* For how long does the orphan stay? */
#define orphan_stays(limit) ({						\
	long long start_ = fw2_now();					\
									\
	ASSERT_TRUE(fw2_wait(fw2_proc_count(FW2_FIN_WAIT2,		\
					    self->port) == 1, 1000));	\
	fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, self->port), limit) ?	\
		fw2_now() - start_ : -1;				\
})

TEST_F(leave, orphan_of_held)
{
	long long t;

	ASSERT_EQ(0, fw2_set("orphan_interval", 2000));
	enter(SHUT_WR);
	ASSERT_EQ(0, close_local(&self->p));
	t = orphan_stays(5000);
	EXPECT_LE(2000, t);
	EXPECT_GE(fw2_latest(2000), t);
}

TEST_F(leave, orphan_of_plain_close)
{
	long long t;

	ASSERT_EQ(0, fw2_set("orphan_interval", 2000));
	ASSERT_EQ(0, close_local(&self->p));
	t = orphan_stays(5000);
	/* The clock starts when we look; it started a little before. */
	EXPECT_LE(2000 - 50, t);
	EXPECT_GE(fw2_latest(2000), t);
}

TEST_F(leave, orphan_of_lingering_close)
{
	long long t;

	ASSERT_EQ(0, fw2_set("orphan_interval", 2000));
	ASSERT_EQ(0, linger(self->p.local, 5));
	ASSERT_EQ(0, close_local(&self->p));
	t = orphan_stays(5000);
	EXPECT_LE(2000 - 50, t);
	EXPECT_GE(fw2_latest(2000), t);
}

/* The application's own setting wins, longer or shorter, early or late. */
TEST_F(leave, linger2_wins)
{
	long long t;

	ASSERT_EQ(0, fw2_set("orphan_interval", 1000));
	ASSERT_EQ(0, linger2(self->p.local, 3));
	enter(SHUT_WR);
	EXPECT_EQ(3, get_linger2(self->p.local));
	ASSERT_EQ(0, close_local(&self->p));
	t = orphan_stays(6000);
	EXPECT_LE(3000 - 20, t);
	EXPECT_GE(fw2_latest(3000), t);
}

TEST_F(leave, linger2_set_late_wins)
{
	long long t;

	ASSERT_EQ(0, fw2_set("orphan_interval", 1000));
	enter(SHUT_RDWR);
	ASSERT_EQ(0, linger2(self->p.local, 3));
	ASSERT_EQ(0, close_local(&self->p));
	t = orphan_stays(6000);
	EXPECT_LE(3000 - 20, t);
	EXPECT_GE(fw2_latest(3000), t);
}

TEST_F(leave, linger2_negative_wins)
{
	ASSERT_EQ(0, fw2_set("orphan_interval", 1000));
	ASSERT_EQ(0, linger2(self->p.local, -1));
	enter(SHUT_WR);
	ASSERT_EQ(0, close_local(&self->p));
	expect_left(FINWAIT2_A_STATS_LEFT_CLOSE);
	EXPECT_EQ(0, fw2_proc_count(FW2_FIN_WAIT2, self->port));
}

/* Left to tcp_fin_timeout, also by a socket that was marked before. */
TEST_F(leave, orphan_by_fin_timeout)
{
	long long t;

	ASSERT_EQ(0, fw2_set("orphan_interval", 30000));
	ASSERT_EQ(0, fw2_write_sysctl("tcp_fin_timeout", "2"));
	enter(SHUT_RDWR);
	ASSERT_EQ(0, fw2_set("orphan_interval", 0));
	ASSERT_EQ(0, close_local(&self->p));
	t = orphan_stays(5000);
	EXPECT_LE(2000 - 20, t);
	EXPECT_GE(fw2_latest(2000), t);
}

/* A change applies to orphans that already wait. */
TEST_F(leave, orphan_shortened)
{
	long long set;

	enter(SHUT_WR);
	ASSERT_EQ(0, close_local(&self->p));
	fw2_pass(500);
	ASSERT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, self->port));
	set = fw2_now();
	ASSERT_EQ(0, fw2_set("orphan_interval", 1500));
	EXPECT_TRUE(fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, self->port),
			     fw2_latest(1500)));
	EXPECT_LE(set + 1000, fw2_now());
}

TEST_HARNESS_MAIN
