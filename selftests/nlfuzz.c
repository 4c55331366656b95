// SPDX-License-Identifier: GPL-2.0
/*
 * Random requests: valid ones, mutated ones, noise.
 *
 * That the kernel survives is what is tested; whoever runs this looks at its log
 * afterwards. FW2_FUZZ_SECONDS says for how long (10), FW2_FUZZ_SEED repeats a
 * run, as far as that is possible.
 *
 * On a kernel with KCOV, requests that got to where none had been before are kept,
 * and more is made of them; and it is told what was reached.
 */

#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "fw2.h"
#include "kcov.h"
#include "rule.h"
#include "kselftest_harness.h"

/* What may be asked for, and what else a header may name. */
#define CMDS	(FINWAIT2_CMD_MAX + 2)

static const int asked[] = {
	FINWAIT2_CMD_STATS_GET, FINWAIT2_CMD_SOCK_GET, FINWAIT2_CMD_RULE_GET,
	FINWAIT2_CMD_RULE_ADD, FINWAIT2_CMD_RULE_REPLACE, FINWAIT2_CMD_RULE_DEL,
	FINWAIT2_CMD_RULE_SET, FINWAIT2_CMD_FLUSH, FINWAIT2_CMD_HIST_GET,
};

struct tally {
	unsigned int sent, accepted, refused, silent;
	unsigned int valid, valid_accepted;
};

/* Requests that are kept, the oldest of which make room. */
#define KEPT	1024

struct kept {
	void *bytes;
	size_t len;
};

struct fuzz {
	struct mnl_socket *nl;
	struct kcov kcov;
	struct kept kept[KEPT];
	unsigned int keeps;
	uint64_t state;
	int family;
	union {
		char buf[65536];
		struct nlmsghdr nlh;
	};
	struct tally tally[CMDS];
};

FIXTURE(nlfuzz)
{
	struct fuzz *f;
	pid_t churn;
};

/* xorshift64* */
static uint32_t random32(struct fuzz *f)
{
	f->state ^= f->state >> 12;
	f->state ^= f->state << 25;
	f->state ^= f->state >> 27;
	return (f->state * 0x2545f4914f6cdd1dULL) >> 32;
}

static uint32_t below(struct fuzz *f, uint32_t n)
{
	return random32(f) % n;
}

/* Sockets to tell of and to flush, of all classes, that come and go. */
static void churn(void)
{
	struct fw2_pair p, held[24];
	unsigned int i;

	memset(held, -1, sizeof(held));
	for (i = 0;; i++) {
		if (fw2_connect(i % 3, &p))
			_exit(1);
		shutdown(p.local, i % 4 ? SHUT_WR : SHUT_RDWR);
		fw2_close(&held[i % 24]);
		held[i % 24] = p;
		if (i % 5 == 0) {
			/* An orphan, for as long as its peer waits. */
			close(p.local);
			held[i % 24].local = -1;
		}
		fw2_pause();
	}
}

FIXTURE_SETUP(nlfuzz)
{
	const char *seed = getenv("FW2_FUZZ_SEED");
	struct timespec ts;

	ASSERT_EQ(0, fw2_netns());
	ASSERT_EQ(0, fw2_set("flush_interval", 20000));
	self->f = calloc(1, sizeof(*self->f));
	self->f->nl = fw2_nl_open();
	self->f->family = fw2_family_id();
	ASSERT_NE(NULL, self->f->nl);
	clock_gettime(CLOCK_REALTIME, &ts);
	self->f->state = seed ? strtoull(seed, NULL, 0) :
				ts.tv_sec * 1000000007ULL + ts.tv_nsec;
	if (!kcov_open(&self->f->kcov))
		printf("# no KCOV: requests are made by chance alone\n");
	/* 0 would stay 0. */
	self->f->state += !self->f->state;
	printf("# FW2_FUZZ_SEED=0x%llx\n", (unsigned long long)self->f->state);
	fflush(stdout);
	self->churn = fork();
	if (!self->churn) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		churn();
	}
}

FIXTURE_TEARDOWN(nlfuzz)
{
	int i;

	kill(self->churn, SIGKILL);
	waitpid(self->churn, NULL, 0);
	kcov_close(&self->f->kcov);
	mnl_socket_close(self->f->nl);
	for (i = 0; i < KEPT; i++)
		free(self->f->kept[i].bytes);
	free(self->f);
}

/* Words for rules: good ones, and some that are hardly so. */
static const char *const matches[] = {
	"local 127.0.0.0/8", "local ::/0", "local 0.0.0.0/0", "peer ::1",
	"peer ::ffff:127.0.0.0/104", "sport 1-65535", "sport 80,443,8000-9000",
	"dport 1", "mark 0/1", "mark 0x7/0xff", "uid 0", "uid 1000", "dev lo",
	"dev eth0", "class held", "class shut,orphan", "cgroup /",
	"sport 7-6", "local 127.0.0.1/8", "mark 1/0", "class none",
	"cgroup /none",
};

static const char *const settings[] = {
	"interval 0", "interval 500", "shut-interval 3000", "max-age 70000",
	"orphan-interval 100", "orphan-interval 100000",
	"keepstart 100 keepstop 900", "keepstart 2000", "reset 0", "reset 1",
	"observe 1", "observe 0", "interval 2073600001", "reset 7",
	"keepstart 5 keepstop 5",
};

#define pick(f, words, n_bad) \
	((words)[below(f, sizeof(words) / sizeof((words)[0]) - (n_bad))])

/* A rule; all of it is right unless @wild. */
static void put_rule(struct fuzz *f, int cmd, int prio, bool wild)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "prio %d", prio);

	if (cmd != FINWAIT2_CMD_RULE_DEL) {
		if (below(f, 4))
			n += snprintf(line + n, sizeof(line) - n, " %s",
				      pick(f, matches, wild ? 0 : 6));
		/* The same twice is not wrong: the last one counts. */
		n += snprintf(line + n, sizeof(line) - n, " %s",
			      below(f, 8) ? pick(f, settings, wild ? 0 : 3) :
					    "exempt");
		if (wild && !below(f, 3))
			snprintf(line + n, sizeof(line) - n, " %s %s",
				 pick(f, matches, 0), pick(f, settings, 0));
	}
	fw2_put_rule(&f->nlh, line);
}

static void put_filter(struct fuzz *f, int attr, bool wild)
{
	fw2_put_filter(&f->nlh, attr, pick(f, matches, wild ? 0 : 6),
		       below(f, 4) ? 0 : 1 + below(f, 100));
}

static void begin(struct fuzz *f, int cmd, int flags)
{
	struct genlmsghdr *genl;

	memset(f->buf, 0, sizeof(f->buf));
	mnl_nlmsg_put_header(f->buf);
	f->nlh.nlmsg_type = f->family;
	f->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	genl = mnl_nlmsg_put_extra_header(&f->nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
}

/* A request as the tool might send it. */
static void put_skeleton(struct fuzz *f, bool wild)
{
	const int cmd = pick(f, asked, 0);
	int i;

	switch (cmd) {
	case FINWAIT2_CMD_STATS_GET:
		begin(f, cmd, 0);
		break;
	case FINWAIT2_CMD_SOCK_GET:
		begin(f, cmd, NLM_F_DUMP);
		if (below(f, 2))
			put_filter(f, FINWAIT2_A_SOCK_FILTER, wild);
		break;
	case FINWAIT2_CMD_RULE_GET:
		begin(f, cmd, NLM_F_DUMP);
		break;
	case FINWAIT2_CMD_RULE_SET:
		begin(f, cmd, 0);
		for (i = below(f, 40); i > 0; i--)
			put_rule(f, cmd, i, wild && !below(f, 10));
		if (!below(f, 4))
			mnl_attr_put_u32(&f->nlh, FINWAIT2_A_RULES_GENERATION,
					 below(f, 1000));
		break;
	case FINWAIT2_CMD_FLUSH:
		begin(f, cmd, 0);
		if (below(f, 2))
			mnl_attr_put(&f->nlh, FINWAIT2_A_FLUSH_ALL, 0, NULL);
		else
			put_filter(f, FINWAIT2_A_FLUSH_FILTER, wild);
		break;
	case FINWAIT2_CMD_HIST_GET:
		begin(f, cmd, NLM_F_DUMP);
		if (below(f, 2))
			mnl_attr_put(&f->nlh, FINWAIT2_A_HISTS_WAITING, 0, NULL);
		break;
	default:
		begin(f, cmd, 0);
		put_rule(f, cmd, 1 + below(f, 60), wild);
	}
}

/* What lengths and types like to be mistaken for. */
static uint32_t odd_number(struct fuzz *f)
{
	static const uint32_t odd[] = {
		0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 63, 64, 65, 127, 128, 255,
		256, 0x7fff, 0x8000, 0x8001, 0xfffc, 0xffff, 0x7fffffff,
		0x80000000, 0xffffffff,
	};

	return below(f, 2) ? pick(f, odd, 0) : random32(f);
}

/* The n-th attribute of all, however deep, as far as lengths can be believed. */
static struct nlattr *find_attr(char *at, char *end, unsigned int *n)
{
	while (end - at >= (long)sizeof(struct nlattr)) {
		struct nlattr *attr = (void *)at, *found;

		if (attr->nla_len < sizeof(*attr) || attr->nla_len > end - at)
			return NULL;
		if (!(*n)--)
			return attr;
		if (attr->nla_type & NLA_F_NESTED) {
			found = find_attr(at + sizeof(*attr),
					  at + attr->nla_len, n);
			if (found)
				return found;
		}
		at += MNL_ALIGN(attr->nla_len);
	}
	return NULL;
}

static void mutate(struct fuzz *f)
{
	char *attrs = f->buf + MNL_NLMSG_HDRLEN + GENL_HDRLEN;
	char *end = f->buf + f->nlh.nlmsg_len;
	unsigned int n = below(f, 64), size;
	struct nlattr *attr = NULL;

	if (end > attrs) {
		attr = find_attr(attrs, end, &n);
		if (!attr)
			attr = (void *)attrs;
	}

	switch (below(f, 12)) {
	case 0:
		f->buf[MNL_NLMSG_HDRLEN] = below(f, CMDS);
		break;
	case 1:
		f->nlh.nlmsg_flags ^= 1 << below(f, 16);
		f->nlh.nlmsg_flags |= NLM_F_REQUEST;
		break;
	case 2:
		/* Cut off, or with something behind that was not asked for. */
		size = MNL_NLMSG_HDRLEN + below(f, f->nlh.nlmsg_len + 32);
		f->nlh.nlmsg_len = size < sizeof(f->buf) ? size :
							   sizeof(f->buf);
		break;
	case 3:
		f->nlh.nlmsg_flags ^= NLM_F_DUMP;
		break;
	case 4:
		if (end > attrs)
			attrs[below(f, end - attrs)] ^= 1 << below(f, 8);
		break;
	case 5:
		/* The same once more. */
		if (attr && attr->nla_len >= sizeof(*attr) &&
		    (char *)attr + attr->nla_len <= end &&
		    f->nlh.nlmsg_len + MNL_ALIGN(attr->nla_len) <
		    sizeof(f->buf)) {
			memcpy(end, attr, attr->nla_len);
			f->nlh.nlmsg_len += MNL_ALIGN(attr->nla_len);
		}
		break;
	case 6:
		if (attr)
			attr->nla_len = odd_number(f);
		break;
	case 7:
		if (attr)
			attr->nla_len += below(f, 9) - 4;
		break;
	case 8:
		if (attr)
			attr->nla_type = below(f, 2) ? odd_number(f) :
					 below(f, 40) | (attr->nla_type &
							 NLA_F_NESTED);
		break;
	case 9:
		if (attr)
			attr->nla_type ^= NLA_F_NESTED;
		break;
	default:
		if (attr && (char *)attr + 8 <= end)
			*(uint32_t *)(attr + 1) = odd_number(f);
	}
}

static void put_noise(struct fuzz *f)
{
	unsigned int i, n = below(f, 4) ? below(f, 200) : below(f, 30000);

	begin(f, below(f, CMDS), below(f, 2) ? NLM_F_DUMP : 0);
	for (i = 0; i < n; i++)
		f->buf[f->nlh.nlmsg_len + i] = random32(f);
	f->nlh.nlmsg_len += n;
}

struct heard {
	int errors, good;
};

static void hear(struct heard *h, const char *buf, int n)
{
	const struct nlmsghdr *nlh = (const void *)buf;

	for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
		if (nlh->nlmsg_type != NLMSG_ERROR &&
		    nlh->nlmsg_type != NLMSG_DONE)
			h->good++;
		else if (*(int *)mnl_nlmsg_get_payload(nlh))
			h->errors++;
		else
			h->good++;
	}
}

/* Keep a request that was worth it. */
static void keep_it(struct fuzz *f, size_t len)
{
	struct kept *k = &f->kept[f->keeps++ % KEPT];

	free(k->bytes);
	k->bytes = malloc(len);
	k->len = k->bytes ? len : 0;
	if (k->bytes)
		memcpy(k->bytes, f->buf, len);
}

/* Begin with one that was. */
static bool put_kept(struct fuzz *f)
{
	const struct kept *k;

	if (!f->keeps)
		return false;
	k = &f->kept[below(f, f->keeps < KEPT ? f->keeps : KEPT)];
	memset(f->buf, 0, sizeof(f->buf));
	memcpy(f->buf, k->bytes, k->len);
	/* Its length may have been a lie. */
	f->nlh.nlmsg_len = k->len;
	return k->len >= MNL_NLMSG_HDRLEN + GENL_HDRLEN;
}

/* Whatever is answered has been by now; dumps go on as they are read. */
static void send_it(struct fuzz *f, bool valid)
{
	struct tally *t = &f->tally[(unsigned char)f->buf[MNL_NLMSG_HDRLEN] %
				    CMDS];
	const int fd = mnl_socket_get_fd(f->nl);
	const size_t len = f->nlh.nlmsg_len;
	static char answer[65536];
	struct heard h = {};
	ssize_t n;

	/* What it says of its length may be another matter. */
	if (!valid && !below(f, 20))
		f->nlh.nlmsg_len = odd_number(f);
	kcov_begin(&f->kcov);
	n = send(fd, f->buf, len, 0);
	if (n < 0)
		h.errors++;
	while ((n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT)) > 0)
		hear(&h, answer, n);
	if (kcov_end(&f->kcov))
		keep_it(f, len);

	t->sent++;
	t->refused += h.errors > 0;
	t->accepted += !h.errors && h.good;
	t->silent += !h.errors && !h.good;
	t->valid += valid;
	t->valid_accepted += valid && !h.errors && h.good;
}

static void fuzz(struct fuzz *f)
{
	unsigned int i;

	switch (below(f, 12)) {
	case 0:
	case 1:
		put_skeleton(f, false);
		send_it(f, true);
		return;
	case 8 ... 11:
		if (!put_kept(f))
			put_skeleton(f, true);
		for (i = 1 + below(f, 4); i > 0; i--)
			mutate(f);
		break;
	case 2:
		put_noise(f);
		break;
	case 3:
		put_skeleton(f, true);
		break;
	default:
		put_skeleton(f, below(f, 2));
		for (i = 1 + below(f, 4); i > 0; i--)
			mutate(f);
	}
	send_it(f, false);
}

/* As long as FW2_FUZZ_SECONDS may reasonably ask for. */
TEST_F_TIMEOUT(nlfuzz, requests, 36000)
{
	const char *seconds = getenv("FW2_FUZZ_SECONDS");
	long long end = fw2_now() + 1000LL * (seconds ? atoi(seconds) : 10);
	struct fuzz *f = self->f;
	unsigned int i;
	int cmd;

	while (fw2_now() < end)
		fuzz(f);

	for (cmd = 0; cmd < CMDS; cmd++) {
		const struct tally *t = &f->tally[cmd];

		printf("# command %d: %u sent, %u accepted, %u refused, "
		       "%u without an answer; valid: %u, accepted %u\n",
		       cmd, t->sent, t->accepted, t->refused, t->silent,
		       t->valid, t->valid_accepted);
		fflush(stdout);
	}
	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		EXPECT_LT(0, f->tally[asked[i]].valid_accepted)
			TH_LOG("command %d", asked[i]);

	/* To refuse a request alone takes more than this. */
	if (f->kcov.fd >= 0)
		EXPECT_LT(100, kcov_print(&f->kcov));

	/* It still does what it did. */
	EXPECT_EQ(0, fw2_rules("prio 7 exempt"));
	EXPECT_EQ(1, fw2_stat(FINWAIT2_A_STATS_RULES));
	EXPECT_EQ(0, waitpid(self->churn, NULL, WNOHANG));
}

TEST_HARNESS_MAIN
