// SPDX-License-Identifier: GPL-2.0
/* Which sockets a rule is for: whose they are, and what they are bound to */

#define _GNU_SOURCE
#include <sys/stat.h>

#include "fw2.h"
#include "rule.h"
#include "under.h"
#include "kselftest_harness.h"

#define CGROUPS	"/sys/fs/cgroup"

FIXTURE(owner)
{
	struct fw2_pair p;
	uint16_t sport;
};

FIXTURE_VARIANT(owner)
{
	enum fw2_family family;
	const char *local, *peer;
};

FIXTURE_VARIANT_ADD(owner, ipv4) {
	.family = FW2_V4, .local = "127.1.2.3", .peer = "127.9.8.7",
};

FIXTURE_VARIANT_ADD(owner, ipv6) {
	.family = FW2_V6, .local = "fd00:1::1", .peer = "fd00:2::2",
};

FIXTURE_VARIANT_ADD(owner, mapped) {
	.family = FW2_MAPPED, .local = "127.1.2.3", .peer = "127.9.8.7",
};

FIXTURE_SETUP(owner)
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
}

FIXTURE_TEARDOWN(owner)
{
	fw2_close(&self->p);
}

TEST_F(owner, uid)
{
	ASSERT_EQ(0, fchown(self->p.local, 1234, -1));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	matches("uid 1234");
	matches("uid 1234 sport %d", self->sport);
	differs("uid 1234 sport %d", self->sport + 1);
	differs("uid 1235");
	differs("uid 0");
	/* Every other owner as well, the next time that rules are set. */
	ASSERT_EQ(0, fchown(self->p.local, 0, -1));
	matches("uid 0");
	differs("uid 1234");
}

/* Whose socket it is: of who opened it, not of who set the rule. */
TEST_F(owner, uid_of_another)
{
	struct fw2_pair p = { -1, -1 };
	struct fw2_told t;

	fw2_close(&self->p);
	ASSERT_EQ(0, seteuid(4321));
	ASSERT_EQ(0, fw2_connect_between(variant->family, variant->local,
					 variant->peer, NULL, &p));
	ASSERT_EQ(0, fw2_half_close(&p, SHUT_WR));
	ASSERT_EQ(0, seteuid(0));
	matches("uid 4321");
	differs("uid 0");
	ASSERT_EQ(0, fw2_socks(&t, "uid 4321"));
	EXPECT_EQ(4321, fw2_told(t, UID));
	fw2_close(&p);
}

static void remove_cgroups(void)
{
	fw2_write_file(CGROUPS "/cgroup.procs", "0");
	rmdir(CGROUPS "/fw2/a/b");
	rmdir(CGROUPS "/fw2/a");
	rmdir(CGROUPS "/fw2/c");
	rmdir(CGROUPS "/fw2");
}

TEST_F(owner, cgroup)
{
	if (access(CGROUPS "/cgroup.procs", W_OK))
		SKIP(return, "no cgroup v2 on " CGROUPS);
	remove_cgroups();
	ASSERT_EQ(0, mkdir(CGROUPS "/fw2", 0755));
	ASSERT_EQ(0, mkdir(CGROUPS "/fw2/a", 0755));
	ASSERT_EQ(0, mkdir(CGROUPS "/fw2/a/b", 0755));
	ASSERT_EQ(0, mkdir(CGROUPS "/fw2/c", 0755));

	/* A socket is of the cgroup that its listener was made in. */
	fw2_close(&self->p);
	ASSERT_EQ(0, fw2_write_file(CGROUPS "/fw2/a/cgroup.procs", "0"));
	ASSERT_EQ(0, fw2_connect_between(variant->family, variant->local,
					 variant->peer, NULL, &self->p));
	ASSERT_EQ(0, fw2_write_file(CGROUPS "/cgroup.procs", "0"));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	matches("cgroup /fw2/a");
	matches("cgroup /fw2");
	matches("cgroup /");
	differs("cgroup /fw2/a/b");
	differs("cgroup /fw2/c");
	matches("sport %d cgroup /fw2", fw2_port(self->p.local));
	differs("sport %d cgroup /fw2", fw2_port(self->p.local) + 1);

	EXPECT_EQ(-ENOENT, fw2_rules("prio 1 cgroup /fw2/d interval 1"));
	ASSERT_EQ(0, fw2_rules("prio 99 exempt"));
	remove_cgroups();
}

/* A cgroup that goes, and leaves a socket behind. */
TEST_F(owner, cgroup_gone)
{
	struct fw2_told t;
	char text[1024];

	if (access(CGROUPS "/cgroup.procs", W_OK))
		SKIP(return, "no cgroup v2 on " CGROUPS);
	remove_cgroups();
	ASSERT_EQ(0, mkdir(CGROUPS "/fw2", 0755));
	fw2_close(&self->p);
	ASSERT_EQ(0, fw2_write_file(CGROUPS "/fw2/cgroup.procs", "0"));
	ASSERT_EQ(0, fw2_connect_between(variant->family, variant->local,
					 variant->peer, NULL, &self->p));
	ASSERT_EQ(0, fw2_write_file(CGROUPS "/cgroup.procs", "0"));
	ASSERT_EQ(0, fw2_rules("prio 1 cgroup /fw2 interval 60000"));
	EXPECT_FALSE(fw2_counts(1).gone);
	ASSERT_EQ(0, rmdir(CGROUPS "/fw2"));

	EXPECT_TRUE(fw2_counts(1).gone);
	ASSERT_EQ(0, fw2_rules_get(text, sizeof(text)));
	EXPECT_STREQ("prio 1 cgroup /fw2 interval 60000\n", text);
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	ASSERT_EQ(0, fw2_socks(&t, ""));
	ASSERT_EQ(1, t.n);
	EXPECT_EQ(-1, fw2_told(t, RULE));
	EXPECT_EQ(0, fw2_counts(1).matched);

	/* One of the same name is another one. */
	ASSERT_EQ(0, mkdir(CGROUPS "/fw2", 0755));
	ASSERT_EQ(0, fw2_rule_add("prio 2 cgroup /fw2 interval 70000"));
	ASSERT_EQ(0, fw2_socks(&t, ""));
	EXPECT_EQ(-1, fw2_told(t, RULE));
	EXPECT_TRUE(fw2_counts(1).gone);
	EXPECT_FALSE(fw2_counts(2).gone);
	matches("cgroup /");
	remove_cgroups();
}

TEST_F(owner, device)
{
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	differs("dev lo");
	fw2_close(&self->p);

	ASSERT_EQ(0, fw2_connect_between(variant->family, variant->local,
					 variant->peer, "lo", &self->p));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	matches("dev lo");
	differs("dev eth0");
	matches("dev lo local %s", variant->local);
	differs("dev lo local %s", variant->peer);
	close(self->p.local);
	self->p.local = -1;
	matches("dev lo");
	differs("dev l");
	differs("dev lo0");
}

TEST_F(owner, vrf)
{
	const char *local = variant->family == FW2_V6 ? "fd00:8::1" : "192.0.2.1";

	if (system("ip link add vrf-fw2 type vrf table 10 2>/dev/null"))
		SKIP(return, "no VRF");
	ASSERT_EQ(0, system("ip link set vrf-fw2 up && "
			    "ip addr add 192.0.2.1/24 dev vrf-fw2 && "
			    "ip addr add fd00:8::1/64 dev vrf-fw2 nodad"));
	fw2_close(&self->p);
	ASSERT_EQ(0, fw2_connect_between(variant->family, local, local, "vrf-fw2",
					 &self->p));
	ASSERT_EQ(0, fw2_half_close(&self->p, SHUT_WR));
	matches("dev vrf-fw2");
	differs("dev lo");
	/* It is the name that counts, whoever bears it. */
	ASSERT_EQ(0, system("ip link set vrf-fw2 down && "
			    "ip link set vrf-fw2 name fw2-other"));
	matches("dev fw2-other");
	differs("dev vrf-fw2");
}

TEST_HARNESS_MAIN
