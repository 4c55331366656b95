// SPDX-License-Identifier: GPL-2.0
/* What the family says of a socket, and what it says to bad requests */

#define _GNU_SOURCE
#include <sys/stat.h>

#include "fw2.h"
#include "kselftest_harness.h"

struct told {
	int		n;
	bool		has[FINWAIT2_A_SOCK_MAX + 1];
	uint64_t	uint[FINWAIT2_A_SOCK_MAX + 1];
	unsigned char	local[16], remote[16];
	int		len;
};

FIXTURE(netlink)
{
	struct fw2_pair p;
	struct told t;
};

FIXTURE_VARIANT(netlink)
{
	enum fw2_family family;
};

FIXTURE_VARIANT_ADD(netlink, ipv4) { .family = FW2_V4 };
FIXTURE_VARIANT_ADD(netlink, ipv6) { .family = FW2_V6 };
FIXTURE_VARIANT_ADD(netlink, mapped) { .family = FW2_MAPPED };

FIXTURE_SETUP(netlink)
{
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 60000));
	ASSERT_EQ(0, fw2_set("shut_interval", 30000));
	ASSERT_EQ(0, fw2_connect(variant->family, &self->p));
}

FIXTURE_TEARDOWN(netlink)
{
	fw2_close(&self->p);
}

static int told_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	struct told *t = data;

	t->n++;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		int type = mnl_attr_get_type(attr);

		t->has[type] = true;
		switch (type) {
		case FINWAIT2_A_SOCK_LOCAL_ADDR:
			t->len = mnl_attr_get_payload_len(attr);
			memcpy(t->local, mnl_attr_get_payload(attr), t->len);
			break;
		case FINWAIT2_A_SOCK_REMOTE_ADDR:
			memcpy(t->remote, mnl_attr_get_payload(attr),
			       mnl_attr_get_payload_len(attr));
			break;
		case FINWAIT2_A_SOCK_FAMILY:
			t->uint[type] = mnl_attr_get_u16(attr);
			break;
		case FINWAIT2_A_SOCK_LOCAL_PORT:
		case FINWAIT2_A_SOCK_REMOTE_PORT:
			t->uint[type] = ntohs(mnl_attr_get_u16(attr));
			break;
		case FINWAIT2_A_SOCK_OBSERVED:
			break;
		default:
			t->uint[type] = fw2_uint(attr);
		}
	}
	return MNL_CB_OK;
}

#define dump() do {							\
	memset(&self->t, 0, sizeof(self->t));				\
	ASSERT_EQ(0, fw2_genl(FINWAIT2_CMD_SOCK_GET, NLM_F_DUMP, told_cb,	\
			      &self->t));				\
} while (0)

#define told(what)	(self->t.has[FINWAIT2_A_SOCK_##what] ?		\
			 (long long)self->t.uint[FINWAIT2_A_SOCK_##what] : -1)

TEST_F(netlink, empty)
{
	dump();
	EXPECT_EQ(0, self->t.n);
}

TEST_F(netlink, held)
{
	struct sockaddr_storage ss;
	struct stat st;
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	void *addr = variant->family == FW2_V4 ?
		     (void *)&((struct sockaddr_in *)&ss)->sin_addr :
		     (void *)&((struct sockaddr_in6 *)&ss)->sin6_addr;

	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	fw2_pass(300);
	dump();
	ASSERT_EQ(1, self->t.n);
	fw2_addr(variant->family, 0, &ss);
	EXPECT_EQ(ss.ss_family, told(FAMILY));
	EXPECT_EQ(variant->family == FW2_V4 ? 4 : 16, self->t.len);
	EXPECT_EQ(0, memcmp(addr, self->t.local, self->t.len));
	EXPECT_EQ(0, memcmp(addr, self->t.remote, self->t.len));
	EXPECT_EQ(fw2_port(self->p.local), told(LOCAL_PORT));
	EXPECT_EQ(fw2_port(self->p.peer), told(REMOTE_PORT));
	EXPECT_EQ(-1, told(IFINDEX));
	EXPECT_EQ(FINWAIT2_CLASS_HELD, told(CLASS));
	EXPECT_LE(300, told(AGE));
	EXPECT_GE(5000, told(AGE));
	EXPECT_LE(300, told(IDLE));
	EXPECT_GE(told(AGE) + 10, told(IDLE));
	EXPECT_GE(60000 - told(IDLE) + 20, told(DUE_IN));
	EXPECT_LE(60000 - told(IDLE) - 20, told(DUE_IN));
	EXPECT_EQ(FINWAIT2_REASON_HELD, told(DUE_REASON));
	EXPECT_FALSE(self->t.has[FINWAIT2_A_SOCK_OBSERVED]);
	EXPECT_EQ(getuid(), told(UID));
	ASSERT_EQ(0, fstat(self->p.local, &st));
	EXPECT_EQ(st.st_ino, told(INODE));
	ASSERT_EQ(0, getsockopt(self->p.local, SOL_SOCKET, SO_COOKIE, &cookie,
				&len));
	EXPECT_EQ(cookie, told(COOKIE));
}

TEST_F(netlink, shut)
{
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_RDWR));
	dump();
	ASSERT_EQ(1, self->t.n);
	EXPECT_EQ(FINWAIT2_CLASS_SHUT, told(CLASS));
	EXPECT_EQ(FINWAIT2_REASON_SHUT, told(DUE_REASON));
	EXPECT_GE(30000 + 20, told(DUE_IN));
}

TEST_F(netlink, never)
{
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	dump();
	ASSERT_EQ(1, self->t.n);
	EXPECT_EQ(-1, told(DUE_IN));
	EXPECT_EQ(-1, told(DUE_REASON));
}

TEST_F(netlink, by_age)
{
	ASSERT_EQ(0, fw2_set("max_age", 20000));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	dump();
	ASSERT_EQ(1, self->t.n);
	EXPECT_EQ(FINWAIT2_REASON_AGE, told(DUE_REASON));
	EXPECT_GE(20000 + 20, told(DUE_IN));
}

TEST_F(netlink, observed)
{
	ASSERT_EQ(0, fw2_set("observe", 1));
	ASSERT_EQ(0, fw2_set("flush_interval", 300));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_TRUE(fw2_wait(fw2_stat(FINWAIT2_A_STATS_WOULD_FLUSH) == 1,
			     2000));
	dump();
	ASSERT_EQ(1, self->t.n);
	EXPECT_TRUE(self->t.has[FINWAIT2_A_SOCK_OBSERVED]);
	EXPECT_EQ(0, told(DUE_IN));
}

/* Timed by the kernel, yet to be seen. */
static void expect_orphan(struct __test_metadata *_metadata,
			  struct _test_data_netlink *self, uint16_t port,
			  long long stay)
{
	dump();
	ASSERT_EQ(1, self->t.n);
	EXPECT_EQ(FINWAIT2_CLASS_ORPHAN, told(CLASS));
	EXPECT_EQ(port, told(LOCAL_PORT));
	EXPECT_GE(stay + 100, told(DUE_IN));
	EXPECT_LE(stay - 2000, told(DUE_IN));
	EXPECT_EQ(-1, told(DUE_REASON));
}

TEST_F(netlink, orphan)
{
	uint16_t port = fw2_port(self->p.local);

	ASSERT_EQ(0, fw2_set("orphan_interval", 10000));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	close(self->p.local);
	self->p.local = -1;
	expect_orphan(_metadata, self, port, 10000);
}

/* Above 60 s the kernel keeps a full socket for the first half. */
TEST_F(netlink, long_orphan)
{
	uint16_t port = fw2_port(self->p.local);

	ASSERT_EQ(0, fw2_set("orphan_interval", 200000));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	close(self->p.local);
	self->p.local = -1;
	expect_orphan(_metadata, self, port, 200000);
	/* Shortened, it goes the same way, in less time. */
	ASSERT_EQ(0, fw2_set("orphan_interval", 3000));
	expect_orphan(_metadata, self, port, 3000);
	EXPECT_TRUE(fw2_wait(!fw2_proc_count(FW2_FIN_WAIT2, port),
			     fw2_latest(3000)));
	EXPECT_EQ(FW2_CLOSE_WAIT, fw2_state(self->p.peer));
}

/* Of another namespace nothing is told. */
TEST_F(netlink, other_namespace)
{
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_EQ(0, fw2_netns());
	dump();
	EXPECT_EQ(0, self->t.n);
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_TRACKED));
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_ENTERED));
}

TEST_F(netlink, bad_requests)
{
	/* No such command; a dump of what has none; no dump of a dump. */
	EXPECT_EQ(-EOPNOTSUPP, fw2_genl(99, 0, told_cb, &self->t));
	EXPECT_EQ(-EOPNOTSUPP, fw2_genl(FINWAIT2_CMD_STATS_GET, NLM_F_DUMP,
					told_cb, &self->t));
	EXPECT_EQ(-EOPNOTSUPP, fw2_genl(FINWAIT2_CMD_SOCK_GET, 0, told_cb,
					&self->t));
}

/* Anybody may look, as with ss. */
TEST_F(netlink, unprivileged)
{
	int mark = 9;

	ASSERT_EQ(0, setsockopt(self->p.local, SOL_SOCKET, SO_MARK, &mark,
				sizeof(mark)));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	dump();
	EXPECT_EQ(9, told(MARK));
	ASSERT_EQ(0, setuid(65534));
	dump();
	EXPECT_EQ(1, self->t.n);
	EXPECT_EQ(-1, told(MARK));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_TRACKED));
	EXPECT_EQ(-EACCES, fw2_set("flush_interval", 1));
}

TEST_HARNESS_MAIN
