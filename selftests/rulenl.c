// SPDX-License-Identifier: GPL-2.0
/* Rules by netlink: what goes in comes out, what is wrong is refused, and where */

#define _GNU_SOURCE
#include <sys/stat.h>

#include "fw2.h"
#include "rule.h"
#include "kselftest_harness.h"

FIXTURE(rulenl)
{
	char *text, *got;
};

#define TEXT_MAX	(256 * 1024)

FIXTURE_SETUP(rulenl)
{
	ASSERT_EQ(0, fw2_netns());
	self->text = calloc(1, TEXT_MAX);
	self->got = calloc(1, TEXT_MAX);
}

FIXTURE_TEARDOWN(rulenl)
{
	free(self->text);
	free(self->got);
}

#define expect_rules(text) do {						\
	EXPECT_EQ(0, fw2_rules_get(self->got, TEXT_MAX));		\
	EXPECT_STREQ(text, self->got);					\
} while (0)

/* Every word of the language, in one rule and in one each. */
static const char *const all_kinds[] = {
	"prio 1 interval 0",
	"prio 2 local 127.1.2.0/24 interval 1",
	"prio 3 local ::/0 interval 2073600000",
	"prio 4 local 0.0.0.0/0 interval 7",
	"prio 5 peer ::ffff:10.0.0.0/104 interval 7",
	"prio 6 peer fd00:1:2::/48 interval 7",
	"prio 7 sport 1 interval 7",
	"prio 8 sport 65535,1-65535,7-9 interval 7",
	"prio 9 dport 22,80-443 interval 7",
	"prio 10 mark 0x80000000/0xf0000000 interval 7",
	"prio 11 mark 0x0/0x1 interval 7",
	"prio 12 uid 0 interval 7",
	"prio 13 uid 4294967294 interval 7",
	"prio 14 dev abcdefghijklmno interval 7",
	"prio 15 class held interval 7",
	"prio 16 class held,shut,orphan interval 7",
	"prio 17 shut-interval 0",
	"prio 18 shut-interval 2073600000",
	"prio 19 orphan-interval 0",
	"prio 20 orphan-interval 2073600000",
	"prio 21 max-age 0",
	"prio 22 max-age 2073600000",
	"prio 23 keepstart 2073599999 keepstop 2073600000",
	"prio 24 keepstart 0 keepstop 0",
	"prio 25 keepstart 5",
	"prio 26 keepstop 5",
	"prio 27 reset 0",
	"prio 28 reset 1",
	"prio 29 observe 0",
	"prio 30 observe 1",
	"prio 31 exempt",
	"prio 32 class orphan exempt",
	"prio 4294967295 local 127.0.0.1/32 sport 1,2-3 peer 10.0.0.0/8 dport 4 "
	"mark 0x12/0xff uid 1000 dev lo class held,shut interval 1 "
	"shut-interval 2 orphan-interval 3 max-age 4 keepstart 5 keepstop 6 "
	"reset 0 observe 1",
};

#define ALL_KINDS	(sizeof(all_kinds) / sizeof(all_kinds[0]))

TEST_F(rulenl, round_trip)
{
	struct fw2_text t = { self->text, TEXT_MAX };
	size_t i;

	expect_rules("");
	/* From the last to the first: they come out sorted. */
	for (i = 0; i < ALL_KINDS; i++) {
		const char *kind = all_kinds[ALL_KINDS - 1 - i];

		ASSERT_EQ(0, fw2_rule_add("%s", kind)) TH_LOG("%s", kind);
	}
	for (i = 0; i < ALL_KINDS; i++)
		fw2_say(&t, "%s\n", all_kinds[i]);
	expect_rules(self->text);
	EXPECT_EQ(ALL_KINDS, fw2_stat(FINWAIT2_A_STATS_RULES));

	/* The same as one, and what was dumped is what can be set. */
	ASSERT_EQ(0, fw2_rules("prio 99 exempt"));
	expect_rules("prio 99 exempt\n");
	ASSERT_EQ(0, fw2_rules("%s", self->text));
	expect_rules(self->text);
	ASSERT_EQ(0, fw2_rules("%s", ""));
	expect_rules("");
	EXPECT_EQ(0, fw2_stat(FINWAIT2_A_STATS_RULES));
}

/* What is implied is said. */
TEST_F(rulenl, implied)
{
	ASSERT_EQ(0, fw2_rules("prio 1 local 127.0.0.1 sport 7-7 peer fd00::1 "
			       "mark 7 interval 1"));
	expect_rules("prio 1 local 127.0.0.1/32 sport 7 peer fd00::1/128 "
		     "mark 0x7/0xffffffff interval 1\n");
}

TEST_F(rulenl, cgroup)
{
	if (access("/sys/fs/cgroup/cgroup.procs", F_OK))
		SKIP(return, "no cgroup v2");
	ASSERT_EQ(0, fw2_rules("prio 1 cgroup / interval 1"));
	expect_rules("prio 1 cgroup / interval 1\n");
}

TEST_F(rulenl, one_by_one)
{
	const long long before = fw2_stat(FINWAIT2_A_STATS_GENERATION);

	EXPECT_LT(0, before);
	ASSERT_EQ(0, fw2_rule_add("prio 5 interval 1"));
	ASSERT_EQ(0, fw2_rule_add("prio 3 interval 2"));
	EXPECT_EQ(-EEXIST, fw2_rule_add("prio 5 exempt"));
	expect_rules("prio 3 interval 2\nprio 5 interval 1\n");
	ASSERT_EQ(0, fw2_rule_replace("prio 5 exempt"));
	ASSERT_EQ(0, fw2_rule_replace("prio 4 interval 4"));
	expect_rules("prio 3 interval 2\nprio 4 interval 4\nprio 5 exempt\n");
	EXPECT_EQ(-ENOENT, fw2_rule_del(6));
	ASSERT_EQ(0, fw2_rule_del(4));
	EXPECT_EQ(-ENOENT, fw2_rule_del(4));
	expect_rules("prio 3 interval 2\nprio 5 exempt\n");
	/* Each that was done is one generation, and what failed is none. */
	EXPECT_EQ(before + 5, fw2_stat(FINWAIT2_A_STATS_GENERATION));
	ASSERT_EQ(0, fw2_rule_del(3));
	ASSERT_EQ(0, fw2_rule_del(5));
	EXPECT_EQ(-ENOENT, fw2_rule_del(5));
	expect_rules("");
}

/* Of another namespace, nothing. */
TEST_F(rulenl, namespaces)
{
	ASSERT_EQ(0, fw2_rule_add("prio 5 interval 1"));
	ASSERT_EQ(0, fw2_netns());
	expect_rules("");
	ASSERT_EQ(0, fw2_rule_add("prio 5 interval 2"));
	expect_rules("prio 5 interval 2\n");
}

/* Where the attribute is that is wrong: in the rule itself, or in its match. */
#define MATCH		0x100
#define R(name)		FINWAIT2_A_RULE_##name
#define M(name)		(MATCH | FINWAIT2_A_MATCH_##name)
/* It is not in the text, but appended, with a payload of this length. */
#define RAW(len)	((len) + 1)

static const struct bad {
	const char *text;
	int err;
	/* The one that is to be named; 0: the nest of the rule. */
	int attr;
	int raw;
} bad[] = {
	{ "interval 1", -EINVAL, 0 },
	{ "prio 0 interval 1", -ERANGE, R(PRIO) },
	{ "prio 1", -EINVAL, R(PRIO) },
	{ "prio 1 sport 7", -EINVAL, R(PRIO) },
	{ "prio 1 exempt interval 1", -EINVAL, R(EXEMPT) },
	{ "prio 1 exempt reset 0", -EINVAL, R(EXEMPT) },
	{ "prio 1 interval 2073600001", -ERANGE, R(INTERVAL) },
	{ "prio 1 shut-interval 4294967295", -ERANGE, R(SHUT_INTERVAL) },
	{ "prio 1 orphan-interval 2073600001", -ERANGE, R(ORPHAN_INTERVAL) },
	{ "prio 1 max-age 2073600001", -ERANGE, R(MAX_AGE) },
	{ "prio 1 keepstart 2073600001", -ERANGE, R(KEEPSTART) },
	{ "prio 1 keepstop 2073600001", -ERANGE, R(KEEPSTOP) },
	{ "prio 1 keepstart 5 keepstop 5", -EINVAL, R(KEEPSTOP) },
	{ "prio 1 keepstart 5 keepstop 4", -EINVAL, R(KEEPSTOP) },
	{ "prio 1 reset 2", -ERANGE, R(RESET) },
	{ "prio 1 observe 2", -ERANGE, R(OBSERVE) },
	{ "prio 1 interval 1", -EINVAL, R(MATCHED), RAW(4) },
	{ "prio 1 interval 1", -EINVAL, R(FLUSHED), RAW(8) },
	{ "prio 1 interval 1", -EINVAL, R(WOULD_FLUSH), RAW(4) },
	{ "prio 1 interval 1", -EINVAL, R(CGROUP_GONE), RAW(0) },
	{ "prio 1 interval 1", -EINVAL, R(MAX_AGE), RAW(2) },
	{ "prio 1 interval 1", -ERANGE, R(EXEMPT), RAW(4) },
	{ "prio 1 interval 1", -EINVAL, R(MAX) + 1, RAW(4) },

	{ "prio 1 local 127.0.0.1/31 interval 1", -EINVAL, M(LOCAL_ADDR) },
	{ "prio 1 local 1.0.0.0/0 interval 1", -EINVAL, M(LOCAL_ADDR) },
	{ "prio 1 local 10.0.0.0/33 interval 1", -EINVAL, M(LOCAL_PREFIX_LEN) },
	{ "prio 1 peer fd00::/129 interval 1", -ERANGE, M(REMOTE_PREFIX_LEN) },
	{ "prio 1 peer fd00::1/127 interval 1", -EINVAL, M(REMOTE_ADDR) },
	{ "prio 1 peer fd00:0:0:1::/63 interval 1", -EINVAL, M(REMOTE_ADDR) },
	{ "prio 1 peer fd00::/0 interval 1", -EINVAL, M(REMOTE_ADDR) },
	{ "prio 1 interval 1", -EINVAL, M(LOCAL_ADDR), RAW(0) },
	{ "prio 1 interval 1", -EINVAL, M(LOCAL_ADDR), RAW(5) },
	{ "prio 1 interval 1", -ERANGE, M(REMOTE_ADDR), RAW(17) },
	{ "prio 1 interval 1", -EINVAL, M(LOCAL_PREFIX_LEN), RAW(1) },
	{ "prio 1 sport 0 interval 1", -EINVAL, M(LOCAL_PORT) },
	{ "prio 1 sport 0-7 interval 1", -EINVAL, M(LOCAL_PORT) },
	{ "prio 1 dport 7-6 interval 1", -EINVAL, M(REMOTE_PORT) },
	{ "prio 1 dport 1,2,7-6 interval 1", -EINVAL, M(REMOTE_PORT) },
	{ "prio 1 mark 0x10/0xf interval 1", -EINVAL, M(MARK) },
	{ "prio 1 mark 0/0 interval 1", -EINVAL, M(MARK) },
	{ "prio 1 interval 1", -EINVAL, M(MASK), RAW(4) },
	{ "prio 1 uid 4294967295 interval 1", -EINVAL, M(UID) },
	{ "prio 1 dev a/b interval 1", -EINVAL, M(DEVICE) },
	{ "prio 1 dev .. interval 1", -EINVAL, M(DEVICE) },
	{ "prio 1 dev abcdefghijklmnop interval 1", -EINVAL, M(DEVICE) },
	{ "prio 1 interval 1", -EINVAL, M(DEVICE), RAW(0) },
	{ "prio 1 cgroup /no/such/one interval 1", -ENOENT, M(CGROUP) },
	{ "prio 1 class none interval 1", -EINVAL, M(CLASS) },
	/* More than there are. */
	{ "prio 1 interval 1", -EINVAL, M(CLASS), RAW(4) },
	{ "prio 1 interval 1", -EINVAL, M(MAX) + 1, RAW(4) },
};

/* Returns the offset of the attribute that is to be named. */
static int put_bad(struct nlmsghdr *nlh, const struct bad *b)
{
	static const char ones[32] = "\1\1\1\1\1\1\1\1";
	const int type = b->attr & ~MATCH;
	struct nlattr *rule, *match, *nest;
	const struct nlattr *attr;
	int at;

	rule = mnl_attr_nest_start(nlh, FINWAIT2_A_RULES_RULE);
	fw2_put_words(nlh, b->text, fw2_rule_words);
	if (b->raw && b->attr < MATCH)
		mnl_attr_put(nlh, type, b->raw - 1, ones);
	match = mnl_attr_nest_start(nlh, FINWAIT2_A_RULE_MATCH);
	fw2_put_words(nlh, b->text, fw2_match_words);
	if (b->raw && b->attr > MATCH)
		mnl_attr_put(nlh, type, b->raw - 1, ones);
	mnl_attr_nest_end(nlh, match);
	mnl_attr_nest_end(nlh, rule);

	at = (char *)rule - (char *)nlh;
	nest = b->attr < MATCH ? rule : match;
	/* The last of its kind, of ports. */
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == type)
			at = (char *)attr - (char *)nlh;
	}
	return at;
}

/* As the only rule, and behind good ones: either way nothing is changed. */
TEST_F(rulenl, bad_attributes)
{
	static const int cmds[] = {
		FINWAIT2_CMD_RULE_ADD, FINWAIT2_CMD_RULE_REPLACE,
		FINWAIT2_CMD_RULE_SET,
	};
	struct fw2_request r;
	struct nlmsghdr *nlh;
	long long generation;
	size_t i, j;
	int at;

	ASSERT_EQ(0, fw2_rules("prio 7 exempt"));
	generation = fw2_stat(FINWAIT2_A_STATS_GENERATION);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (j = 0; j < 3; j++) {
			nlh = fw2_begin(&r, cmds[j], 0);
			if (cmds[j] == FINWAIT2_CMD_RULE_SET)
				fw2_put_rules(nlh, "prio 2 exempt\nprio 3 exempt");
			at = put_bad(nlh, &bad[i]);
			EXPECT_EQ(bad[i].err, fw2_end(&r, NULL, NULL))
				TH_LOG("%s (%zu)", bad[i].text, i);
			EXPECT_EQ(at, r.answer.at)
				TH_LOG("%s (%zu)", bad[i].text, i);
			EXPECT_NE(0, r.answer.text[0])
				TH_LOG("%s (%zu)", bad[i].text, i);
		}
	}
	expect_rules("prio 7 exempt\n");
	EXPECT_EQ(generation, fw2_stat(FINWAIT2_A_STATS_GENERATION));
}

#define expect_refused(err_, attr_) do {				\
	int at_ = (attr_) ? (char *)(attr_) - (char *)r.nlh : -1;		\
									\
	EXPECT_EQ(err_, fw2_end(&r, NULL, NULL));			\
	EXPECT_EQ(at_, r.answer.at);					\
	EXPECT_NE(0, r.answer.text[0]);					\
} while (0)

TEST_F(rulenl, bad_requests)
{
	struct fw2_request r;
	struct nlmsghdr *nlh;
	struct nlattr *rule;

	ASSERT_EQ(0, fw2_rules("prio 7 exempt"));
	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_ADD, 0);
	expect_refused(-EINVAL, (void *)NULL);
	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_DEL, 0);
	expect_refused(-EINVAL, (void *)NULL);

	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_ADD, 0);
	rule = mnl_nlmsg_get_payload_tail(nlh);
	fw2_put_rule(nlh, "prio 7 interval 1");
	expect_refused(-EEXIST, rule);

	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_DEL, 0);
	rule = mnl_nlmsg_get_payload_tail(nlh);
	fw2_put_rule(nlh, "prio 6");
	expect_refused(-ENOENT, rule + 1);

	/* A nest that does not say that it is one. */
	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_ADD, 0);
	rule = mnl_nlmsg_get_payload_tail(nlh);
	fw2_put_rule(nlh, "prio 8 interval 1");
	rule->nla_type &= ~NLA_F_NESTED;
	expect_refused(-EINVAL, rule);

	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0);
	fw2_put_rules(nlh, "prio 1 exempt\nprio 2 exempt\nprio 1 interval 1");
	EXPECT_EQ(-EEXIST, fw2_end(&r, NULL, NULL));
	EXPECT_NE(0, r.answer.text[0]);

	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0);
	fw2_put_rule(nlh, "prio 1 exempt");
	rule = mnl_nlmsg_get_payload_tail(nlh);
	mnl_attr_put_u32(nlh, FINWAIT2_A_RULES_GENERATION,
			 fw2_stat(FINWAIT2_A_STATS_GENERATION) + 1);
	expect_refused(-ESTALE, rule);
	expect_rules("prio 7 exempt\n");

	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0);
	mnl_attr_put_u32(nlh, FINWAIT2_A_RULES_GENERATION,
			 fw2_stat(FINWAIT2_A_STATS_GENERATION));
	fw2_put_rule(nlh, "prio 1 exempt");
	EXPECT_EQ(0, fw2_end(&r, NULL, NULL));
	expect_rules("prio 1 exempt\n");
}

/* As many as there may be, and all that they may list. */
static void put_many(struct nlmsghdr *nlh, struct fw2_text *t, int n)
{
	char line[256];
	int i;

	for (i = 1; i <= n; i++) {
		snprintf(line, sizeof(line),
			 "prio %d local 10.%d.%d.0/24 sport %d,%d-%d "
			 "peer fd00:%x::/64 dport %d mark 0x%x/0xffff uid %d "
			 "dev eth%d class held,orphan interval %d keepstart 1 "
			 "keepstop 2 reset 1",
			 i * 3, i / 256, i % 256, i, 2 * i + 1, 3 * i + 1, i, i,
			 i, i, i, i);
		fw2_put_rule(nlh, line);
		fw2_say(t, "%s\n", line);
	}
}

/* Too many to print. */
#define expect_many() do {						\
	EXPECT_EQ(0, fw2_rules_get(self->got, TEXT_MAX));		\
	EXPECT_EQ(0, strcmp(self->text, self->got));			\
} while (0)

TEST_F_TIMEOUT(rulenl, many, 120)
{
	struct fw2_text t = { self->text, TEXT_MAX }, unsaid = {};
	struct fw2_request r;
	struct nlattr *rule;
	struct nlmsghdr *nlh;

	put_many(fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0), &t, 1024);
	ASSERT_EQ(0, fw2_end(&r, NULL, NULL)) TH_LOG("%s", r.answer.text);
	expect_many();

	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0);
	put_many(nlh, &unsaid, 1024);
	rule = mnl_nlmsg_get_payload_tail(nlh);
	fw2_put_rule(nlh, "prio 1 exempt");
	expect_refused(-E2BIG, rule);
	EXPECT_EQ(-E2BIG, fw2_rule_add("prio 1 exempt"));
	EXPECT_EQ(-E2BIG, fw2_rule_replace("prio 1 exempt"));
	expect_many();
	EXPECT_EQ(0, fw2_rule_replace("prio 3072 exempt"));
	EXPECT_EQ(0, fw2_rule_del(3));
	EXPECT_EQ(0, fw2_rule_add("prio 1 exempt"));
	EXPECT_EQ(1024, fw2_stat(FINWAIT2_A_STATS_RULES));
}

static void put_ranges(struct nlmsghdr *nlh, int prio, int n)
{
	char line[FW2_TEXT_MAX];
	int i, len;

	len = snprintf(line, sizeof(line), "prio %d interval 1 sport ", prio);
	for (i = 1; i <= n; i++)
		len += snprintf(line + len, sizeof(line) - len, "%s%d-%d",
				i > 1 ? "," : "", 10 * i, 10 * i + 5);
	fw2_put_rule(nlh, line);
}

static long long charged(const char *cgroup)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/memory.current", cgroup);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (read(fd, text, sizeof(text) - 1) <= 0)
		text[0] = '0';
	close(fd);
	return atoll(text);
}

/* Who makes rules pays for them, for as long as they are in force. */
TEST_F(rulenl, charged)
{
	static const char *const mine = "/sys/fs/cgroup/fw2rules";
	const long long most = 1024 * 1024;
	struct fw2_request r;
	struct nlmsghdr *nlh;
	long long before;
	int i;

	rmdir(mine);
	if (fw2_write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory") ||
	    mkdir(mine, 0755))
		SKIP(return, "no cgroup v2 that controls memory");
	/* Ranges cost most: several MiB here. */
	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0);
	for (i = 0; i < 8192 / 64; i++)
		put_ranges(nlh, i + 1, 64);
	ASSERT_EQ(0, fw2_write_file("/sys/fs/cgroup/fw2rules/cgroup.procs", "0"));
	before = charged(mine);
	ASSERT_EQ(0, fw2_end(&r, NULL, NULL));
	EXPECT_LE(before + most, charged(mine));
	ASSERT_EQ(0, fw2_write_file("/sys/fs/cgroup/cgroup.procs", "0"));
	/* Wherever he is by then. */
	EXPECT_LE(before + most, charged(mine));
	ASSERT_EQ(0, fw2_rules("%s", ""));
	EXPECT_TRUE(fw2_wait(charged(mine) < before + most, 10000));
	EXPECT_TRUE(fw2_wait(!rmdir(mine), 10000));
}

TEST_F(rulenl, many_ranges)
{
	struct fw2_request r;
	struct nlmsghdr *nlh;
	int i;

	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0);
	put_ranges(nlh, 1, 65);
	/* The last range of the message: an attribute with two of 2 bytes. */
	expect_refused(-E2BIG, mnl_nlmsg_get_payload_tail(nlh) - 20);

	nlh = fw2_begin(&r, FINWAIT2_CMD_RULE_SET, 0);
	for (i = 0; i < 8192 / 64; i++)
		put_ranges(nlh, i + 1, 64);
	ASSERT_EQ(0, fw2_end(&r, NULL, NULL));
	EXPECT_EQ(-E2BIG, fw2_rule_add("prio 1000 sport 7 interval 1"));
	EXPECT_EQ(0, fw2_rule_add("prio 1000 class held interval 1"));
	EXPECT_EQ(129, fw2_stat(FINWAIT2_A_STATS_RULES));
}

TEST_HARNESS_MAIN
