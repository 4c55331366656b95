// SPDX-License-Identifier: GPL-2.0
/* What is left alone: MPTCP, sockets of the kernel's own */

#define _GNU_SOURCE
#include "fw2.h"
#include "kselftest_harness.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif
#ifndef AF_SMC
#define AF_SMC		43
#endif

FIXTURE(alone)
{
	struct fw2_pair p;
};

FIXTURE_SETUP(alone)
{
	self->p = (struct fw2_pair) { -1, -1 };
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 300));
	ASSERT_EQ(0, fw2_set("shut_interval", 300));
	ASSERT_EQ(0, fw2_set("max_age", 300));
}

FIXTURE_TEARDOWN(alone)
{
	fw2_close(&self->p);
}

static int connect_as(int domain, int protocol, struct fw2_pair *p)
{
	struct sockaddr_storage ss;
	socklen_t len = fw2_addr(FW2_V4, 0, &ss);
	int listener = socket(domain, SOCK_STREAM, protocol);

	if (listener < 0)
		return -errno;
	if (bind(listener, (void *)&ss, len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&ss, &len))
		return -errno;
	p->peer = socket(domain, SOCK_STREAM, protocol);
	if (connect(p->peer, (void *)&ss, len))
		return -errno;
	p->local = accept(listener, NULL, NULL);
	close(listener);
	return p->local < 0 ? -errno : 0;
}

TEST_F(alone, mptcp)
{
	char c;
	int err = connect_as(AF_INET, IPPROTO_MPTCP, &self->p);

	if (err == -EPROTONOSUPPORT || err == -ENOPROTOOPT)
		SKIP(return, "kernel without MPTCP");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, shutdown(self->p.local, SHUT_WR));
	EXPECT_EQ(0, recv(self->p.peer, &c, 1, 0));
	fw2_pass(1500);
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ENTERED));
	ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(self->p.local, &c, 1, 0));
}

/* An SMC socket that fell back to TCP has one of the kernel's under it. */
TEST_F(alone, kernel_socket)
{
	char c;
	int err = connect_as(AF_SMC, 0, &self->p);

	if (err == -EAFNOSUPPORT)
		SKIP(return, "kernel without SMC");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, shutdown(self->p.local, SHUT_WR));
	ASSERT_EQ(0, recv(self->p.peer, &c, 1, 0));
	fw2_pass(1500);
	EXPECT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, 0));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ENTERED));
	ASSERT_EQ(1, send(self->p.peer, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(1, recv(self->p.local, &c, 1, 0));
}

TEST_HARNESS_MAIN
