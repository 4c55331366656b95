// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that is made up: its answers are messages like those of the module
 *
 * Counter number n of enum finwait2_stats_attrs is 1000 + n. There are as many
 * rules as SAMPLE_RULES says, or 3, with the priorities 10, 20, 30 and so on.
 * Rule r, from 1, has counted 100 r, 10 r and r. In bucket b of way w of rule r
 * there are (b + 1) (w + 1) r sockets, of the namespace, which is r = 0, as if r
 * were 2000, and their times add up to as many thousands of milliseconds as there
 * are sockets. 3 r, 2 r and r wait in each class, and of the age of those who wait
 * is said what would be said of the last way but one.
 *
 * As often as SAMPLE_CHANGES says, rules change between two questions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>
#include <linux/genetlink.h>

#include "err.h"
#include "genl.h"
#include "hist.h"
#include "msg.h"
#include "rule.h"
#include "sample.h"
#include "word.h"

#define SAMPLE_ALL	2000

struct genl {
	u32 changes;
	u32 generation;
};

u32 sample_setting(const char *name, u32 otherwise)
{
	const char *value = getenv(name);
	u32 number;

	return value && !word_u32(value, ~0U, &number) ? number : otherwise;
}

static u32 sample_rules(void)
{
	return sample_setting("SAMPLE_RULES", 3);
}

int genl_open(struct genl **genl)
{
	*genl = calloc(1, sizeof(**genl));
	if (!*genl)
		err_no_memory();
	(*genl)->changes = sample_setting("SAMPLE_CHANGES", 0);
	(*genl)->generation = 7;
	return 0;
}

void genl_close(struct genl *genl)
{
	free(genl);
}

static void sample_stats(struct genl *genl, struct msg *msg)
{
	u16 i;

	for (i = 1; i <= FINWAIT2_A_STATS_FLUSHED_REQUEST; i++)
		msg_put_u64(msg, i, 1000 + i);
	msg_put_u64(msg, FINWAIT2_A_STATS_FLUSHED_PRESSURE, 2001);
	msg_put_u64(msg, FINWAIT2_A_STATS_DROPPED, 2002);
	msg_put_u32(msg, FINWAIT2_A_STATS_SCALE, 75);
	msg_put_u32(msg, FINWAIT2_A_STATS_RULES, sample_rules());
	if (genl->changes) {
		genl->changes--;
		genl->generation++;
	}
	msg_put_u32(msg, FINWAIT2_A_STATS_GENERATION, genl->generation);
}

/* Names of cgroups are any bytes, whoever has made the rule. */
static void sample_cgroup(struct match *match)
{
	match->said |= 1U << MATCH_CGROUP;
	match->cgroup = strdup("/a\"b\\c\nd\xff");
	if (!match->cgroup)
		err_no_memory();
}

static void sample_rule(struct msg *msg, u32 number)
{
	char sport[] = "sport", ports[] = "80,443";
	char *words[2] = { sport, ports };
	const size_t at = msg_nest(msg, FINWAIT2_A_RULES_RULE);
	char why[ERR_WHY];
	struct match match;

	match_init(&match);
	if (number == 2)
		sample_cgroup(&match);
	else
		match_parse(&match, ARRAY_SIZE(words), words, why);
	msg_put_u32(msg, FINWAIT2_A_RULE_PRIO, 10 * number);
	match_put(msg, FINWAIT2_A_RULE_MATCH, &match);
	match_free(&match);
	msg_put_u32(msg, FINWAIT2_A_RULE_INTERVAL, 30000);
	msg_put_u64(msg, FINWAIT2_A_RULE_MATCHED, 100 * number);
	msg_put_u64(msg, FINWAIT2_A_RULE_FLUSHED, 10 * number);
	msg_put_u64(msg, FINWAIT2_A_RULE_WOULD_FLUSH, number);
	msg_nest_end(msg, at);
}

static void sample_hist(struct msg *msg, u16 type, u32 way, u64 number)
{
	const size_t at = msg_nest(msg, type);
	u64 buckets[FINWAIT2_BUCKETS];
	u64 count = 0;
	u32 i;

	for (i = 0; i < FINWAIT2_BUCKETS; i++) {
		buckets[i] = (i + 1) * (way + 1) * number;
		count += buckets[i];
	}
	msg_put_u32(msg, FINWAIT2_A_HIST_WAY, way);
	msg_put_u64(msg, FINWAIT2_A_HIST_COUNT, count);
	msg_put_u64(msg, FINWAIT2_A_HIST_SUM, 1000 * count);
	msg_put(msg, FINWAIT2_A_HIST_BUCKETS, buckets, sizeof(buckets));
	msg_nest_end(msg, at);
}

static void sample_hists(struct msg *msg, u32 rule)
{
	const u64 number = rule ? rule : SAMPLE_ALL;
	u32 way;

	if (rule)
		msg_put_u32(msg, FINWAIT2_A_HISTS_RULE, 10 * rule);
	for (way = 0; way < HIST_WAYS; way++)
		sample_hist(msg, FINWAIT2_A_HISTS_DWELL, way, number);
	msg_put_u64(msg, FINWAIT2_A_HISTS_HELD, 3 * number);
	msg_put_u64(msg, FINWAIT2_A_HISTS_SHUT, 2 * number);
	msg_put_u64(msg, FINWAIT2_A_HISTS_ORPHAN, number);
	sample_hist(msg, FINWAIT2_A_HISTS_AGE, FINWAIT2_WAY_FLUSHED, number);
}

static int sample_done(struct msg *msg, genl_fn *fn, void *data)
{
	const int ret = fn(msg_header(msg), data);

	msg_free(msg);
	return ret < 0 ? err_failed("malformed answer from the sample") : ret;
}

int genl_get(struct genl *genl, u8 cmd, genl_fn *fn, void *data)
{
	struct msg msg;

	if (cmd != FINWAIT2_CMD_STATS_GET)
		return err_failed("there is no such sample");
	msg_init(&msg, cmd, FINWAIT2_FAMILY_VERSION);
	sample_stats(genl, &msg);
	return sample_done(&msg, fn, data);
}

int genl_dump(struct genl *genl __maybe_unused, u8 cmd, genl_fn *fn, void *data)
{
	u32 rules = sample_rules();
	struct msg msg;
	int ret = 0;
	u32 i;

	for (i = cmd == FINWAIT2_CMD_HIST_GET ? 0 : 1; !ret && i <= rules; i++) {
		msg_init(&msg, cmd, FINWAIT2_FAMILY_VERSION);
		if (cmd == FINWAIT2_CMD_HIST_GET)
			sample_hists(&msg, i);
		else
			sample_rule(&msg, i);
		ret = sample_done(&msg, fn, data);
	}
	return ret;
}

int genl_dump_again(struct genl *genl, u8 cmd, genl_fn *fn, void *data)
{
	return genl_dump(genl, cmd, fn, data);
}

int genl_dump_some(struct genl *genl, struct msg *msg, genl_fn *fn, void *data)
{
	const struct genlmsghdr *genlh = mnl_nlmsg_get_payload(msg_header(msg));

	if (genlh->cmd != FINWAIT2_CMD_HIST_GET)
		return 0;
	return genl_dump(genl, genlh->cmd, fn, data);
}

int genl_do(struct genl *genl __maybe_unused, struct msg *msg __maybe_unused,
	    genl_fn *fn __maybe_unused, void *data __maybe_unused,
	    struct genl_error *error __maybe_unused)
{
	return err_failed("there is no such sample");
}

int genl_get_family(struct genl *genl __maybe_unused,
		    const char *name __maybe_unused,
		    genl_fn *fn __maybe_unused, void *data __maybe_unused)
{
	return err_failed("there is no such sample");
}

int genl_report(const struct genl_error *error __maybe_unused,
		const char *where __maybe_unused)
{
	return STATUS_FAILED;
}
