// SPDX-License-Identifier: GPL-2.0
/* Which sockets a rule is for: addresses, ports, marks, classes */

#define _GNU_SOURCE
#include "fw2.h"
#include "rule.h"
#include "under.h"
#include "kselftest_harness.h"

FIXTURE(rules)
{
	struct fw2_pair p;
	uint16_t sport, dport;
};

FIXTURE_VARIANT(rules)
{
	enum fw2_family family;
	const char *local, *peer;
};

FIXTURE_VARIANT_ADD(rules, ipv4) {
	.family = FW2_V4, .local = "127.1.2.3", .peer = "127.9.8.7",
};

FIXTURE_VARIANT_ADD(rules, ipv6) {
	.family = FW2_V6, .local = "fd00:1::1", .peer = "fd00:2::2",
};

FIXTURE_VARIANT_ADD(rules, mapped) {
	.family = FW2_MAPPED, .local = "127.1.2.3", .peer = "127.9.8.7",
};

FIXTURE_SETUP(rules)
{
	self->p = (struct fw2_pair) { -1, -1 };
	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 0));
	ASSERT_EQ(0, fw2_set("shut_interval", 0));
	ASSERT_EQ(0, fw2_set("orphan_interval", 50000));
	ASSERT_EQ(0, system("ip addr add fd00:1::1/128 dev lo nodad && "
			    "ip addr add fd00:2::2/128 dev lo nodad"));
	ASSERT_EQ(0, fw2_connect_between(variant->family, variant->local,
					 variant->peer, NULL, &self->p));
	self->sport = fw2_port(self->p.local);
	self->dport = fw2_port(self->p.peer);
}

FIXTURE_TEARDOWN(rules)
{
	fw2_close(&self->p);
}

/* What all sockets of these addresses match, and what none does. */
static void expect_addresses(struct __test_metadata *_metadata,
			     const struct _test_data_rules *self,
			     enum fw2_family family)
{
	if (family == FW2_V6) {
		matches("local fd00:1::1");
		matches("local fd00:1::1/128");
		matches("local fd00:1::/64");
		matches("local fd00:1::/33");
		matches("local ::/0");
		matches("local 8000::/1");
		matches("peer fd00:2::2/127");
		matches("peer fd00::/8");
		matches("peer ::/0");
		differs("local fd00:2::2");
		differs("peer fd00:1::1");
		differs("local fd00:1::/128");
		differs("local fd00:1::2/127");
		differs("local ::/1");
		differs("peer 0.0.0.0/0");
		differs("local 0.0.0.0/0");
		differs("peer ::ffff:0.0.0.0/96");
		matches("local fd00:1::/64 peer fd00:2::/64");
		differs("local fd00:1::/64 peer fd00:3::/64");
		return;
	}
	matches("local 127.1.2.3");
	matches("local 127.1.2.3/32");
	matches("local 127.1.2.2/31");
	matches("local 127.1.0.0/16");
	matches("local 0.0.0.0/0");
	matches("local 0.0.0.0/1");
	matches("peer 127.9.8.7");
	matches("peer 127.8.0.0/15");
	matches("peer 0.0.0.0/0");
	/* The same, as IPv6 has it. */
	matches("local ::ffff:127.1.2.3");
	matches("local ::ffff:127.0.0.0/104");
	matches("peer ::ffff:0.0.0.0/96");
	differs("local 127.9.8.7");
	differs("peer 127.1.2.3");
	differs("local 127.1.2.4/31");
	differs("local 128.0.0.0/1");
	differs("peer 127.9.8.6/32");
	/* What is longer than all of IPv4 is not meant for it. */
	differs("local ::/0");
	differs("peer ::/0");
	differs("peer ::/80");
	differs("peer ::fffe:0:0/95");
	matches("local 127.1.0.0/16 peer 127.9.0.0/16");
	differs("local 127.1.0.0/16 peer 127.1.0.0/16");
}

static void expect_ports(struct __test_metadata *_metadata,
			 const struct _test_data_rules *self)
{
	const int s = self->sport, d = self->dport;
	char many[1024];
	int i, n = 0;

	matches("sport %d", s);
	matches("sport %d-%d", s, s);
	matches("sport 1-65535");
	matches("sport 1-%d", s);
	matches("sport %d-65535", s);
	matches("sport 1,%d,65535", s);
	matches("sport 1-2,%d-%d,7", s - 1, s + 1);
	matches("sport 1-%d,2-3", s + 1);
	differs("sport %d", s + 1);
	differs("sport %d", s - 1);
	differs("sport 1-%d,%d-65535", s - 1, s + 1);
	matches("dport %d", d);
	matches("dport %d-%d,1", d, d + 1);
	differs("dport %d-%d", d + 1, d + 2);
	matches("sport %d dport %d", s, d);
	differs("sport %d dport %d", s, d + 1);
	differs("sport %d dport %d", s + 1, d);

	/* As many ranges as there may be, the last of which it is. */
	for (i = 1; i < 64; i++)
		n += snprintf(many + n, sizeof(many) - n, "%d-%d,", 10 * i,
			      10 * i + 5);
	matches("dport %s%d", many, d);
	differs("dport %s%d", many, d + 1);
}

TEST_F(rules, addresses)
{
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	expect_addresses(_metadata, self, variant->family);
}

TEST_F(rules, ports)
{
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	expect_ports(_metadata, self);
}

static int set_mark(int fd, int mark)
{
	return setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
}

static void expect_mark(struct __test_metadata *_metadata,
			const struct _test_data_rules *self)
{
	matches("mark 0x12345678");
	matches("mark 0x12345678/0xffffffff");
	matches("mark 0x78/0xff");
	matches("mark 0x10000000/0xf0000000");
	matches("mark 0/0x1");
	differs("mark 0x12345679");
	differs("mark 0x79/0xff");
	differs("mark 0");
	differs("mark 1/1");
	matches("mark 0x78/0xff sport %d", self->sport);
	differs("mark 0x78/0xff sport %d", self->sport + 1);
}

TEST_F(rules, mark)
{
	ASSERT_EQ(0, set_mark(self->p.local, 0x12345678));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	expect_mark(_metadata, self);
	/* It is seen when it changes. */
	ASSERT_EQ(0, set_mark(self->p.local, 0));
	matches("mark 0");
	matches("mark 0/0xff");
	differs("mark 1/1");
}

/* A timewait socket has these, but neither owner nor cgroup. */
TEST_F_TIMEOUT(rules, orphan, 120)
{
	ASSERT_EQ(0, set_mark(self->p.local, 0x12345678));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	close(self->p.local);
	self->p.local = -1;
	ASSERT_EQ(1, fw2_proc_count(FW2_FIN_WAIT2, self->sport));
	expect_addresses(_metadata, self, variant->family);
	expect_ports(_metadata, self);
	expect_mark(_metadata, self);
	matches("class orphan");
	matches("class held,orphan");
	differs("class held,shut");
	differs("uid %d", getuid());
	if (!access("/sys/fs/cgroup/cgroup.procs", F_OK))
		differs("cgroup /");
}

TEST_F(rules, class)
{
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	matches("class held");
	matches("class held,shut");
	matches("class held,shut,orphan");
	differs("class shut");
	differs("class orphan");
	differs("class shut,orphan");
	ASSERT_EQ(0, shutdown(self->p.local, SHUT_RD));
	matches("class shut");
	matches("class shut,orphan");
	differs("class held");
	differs("class held,orphan");
	matches("class shut sport %d", self->sport);
	differs("class shut dport %d", self->sport);
}

/* A long orphan is a full socket for half of its time. */
TEST_F(rules, full_orphan)
{
	ASSERT_EQ(0, fw2_set("orphan_interval", 600000));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	close(self->p.local);
	self->p.local = -1;
	matches("class orphan sport %d", self->sport);
	differs("class held,shut");
	differs("class orphan sport %d", self->sport + 1);
}

/* All that can be asked, at once, and each of it wrong in turn. */
TEST_F(rules, all_together)
{
	const bool v6 = variant->family == FW2_V6;
	const int s = self->sport, d = self->dport;
	struct {
		const char *local, *peer;
		int sport, dport, mark, uid;
		const char *class;
	} right = {
		v6 ? "fd00:1::/64" : "127.1.0.0/16",
		v6 ? "fd00:2::/64" : "127.9.0.0/16", s, d, 0x17, 1234, "held",
	}, asked;
	int wrong;

	ASSERT_EQ(0, set_mark(self->p.local, 0x17));
	ASSERT_EQ(0, fchown(self->p.local, 1234, -1));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	for (wrong = 0; wrong < 8; wrong++) {
		asked = right;
		if (wrong == 1)
			asked.local = right.peer;
		if (wrong == 2)
			asked.peer = right.local;
		asked.sport += wrong == 3;
		asked.dport += wrong == 4;
		asked.mark += wrong == 5;
		asked.uid += wrong == 6;
		if (wrong == 7)
			asked.class = "shut,orphan";
		expect_match(!wrong, "local %s sport 1,%d peer %s dport %d-%d,2 "
			     "mark %d/0x1f uid %d class %s",
			     asked.local, asked.sport, asked.peer, asked.dport,
			     asked.dport, asked.mark, asked.uid, asked.class);
	}
}

/* What is not told cannot be asked for either. */
TEST_F(rules, mark_unprivileged)
{
	struct fw2_told t;

	ASSERT_EQ(0, set_mark(self->p.local, 5));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_EQ(0, fw2_socks(&t, "mark 5"));
	EXPECT_EQ(1, t.n);
	ASSERT_EQ(0, setuid(65534));
	EXPECT_EQ(-EPERM, fw2_socks(&t, "mark 5"));
	ASSERT_EQ(0, fw2_socks(&t, "class held"));
	EXPECT_EQ(1, t.n);
}

TEST_HARNESS_MAIN
