// SPDX-License-Identifier: GPL-2.0
/*
 * Limits that do what nobody wants, and the system around them
 */
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>
#include <linux/genetlink.h>

#include "attr.h"
#include "diag.h"
#include "doctor.h"
#include "duration.h"
#include "err.h"
#include "file.h"
#include "genl.h"
#include "lint.h"
#include "sysctl.h"

#define LINT_IPV4	"/proc/sys/net/ipv4/"
#define LINT_CONNTRACK	"/proc/sys/net/netfilter/"

/* Shorter than this, a person on the other side may still be thinking. */
#define LINT_SHORT_MS	60000

/* Of rules whose cgroup is gone, so many are told one by one. */
#define LINT_GONE	16

/**
 * struct lint_limits - the sysctls, 0 where the module has none of that name
 * @flush: flush_interval
 * @shut: shut_interval
 * @max_age: max_age
 * @keepstart: keepstart
 * @keepstop: keepstop
 * @observe: observe
 */
struct lint_limits {
	u64 flush;
	u64 shut;
	u64 max_age;
	u64 keepstart;
	u64 keepstop;
	u64 observe;
};

/**
 * struct lint_rules - what there is to know of the rules
 * @count: how many there are
 * @held: how many say how long held sockets may wait, or exempt them
 * @longest: the longest time that one of these gives, ms
 * @gone: priorities of those whose cgroup is gone, LINT_GONE at most
 * @ngone: how many have lost theirs
 */
struct lint_rules {
	u64 count;
	u64 held;
	u64 longest;
	u32 gone[LINT_GONE];
	unsigned int ngone;
};

static u64 lint_limit(const char *name)
{
	char path[128];
	u64 value = 0;

	snprintf(path, sizeof(path), LINT_IPV4 SYSCTL_PREFIX "%s", name);
	file_number(path, &value);
	return value;
}

static void lint_read(struct lint_limits *limits)
{
	limits->flush = lint_limit("flush_interval");
	limits->shut = lint_limit("shut_interval");
	limits->max_age = lint_limit("max_age");
	limits->keepstart = lint_limit("keepstart");
	limits->keepstop = lint_limit("keepstop");
	limits->observe = lint_limit("observe");
}

/* Of a rule no more than is asked for here; its decoder is elsewhere. */
static int lint_rule(const struct nlattr *nest, struct lint_rules *rules)
{
	const struct nlattr *attr;
	bool held = false, gone = false;
	u32 prio = 0, interval;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case FINWAIT2_A_RULE_PRIO:
			if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
				return -1;
			prio = mnl_attr_get_u32(attr);
			break;
		case FINWAIT2_A_RULE_INTERVAL:
			if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
				return -1;
			interval = mnl_attr_get_u32(attr);
			if (rules->longest < interval)
				rules->longest = interval;
			held = true;
			break;
		case FINWAIT2_A_RULE_EXEMPT:
			held = true;
			break;
		case FINWAIT2_A_RULE_CGROUP_GONE:
			gone = true;
			break;
		}
	}
	rules->count++;
	rules->held += held;
	if (gone && rules->ngone < LINT_GONE)
		rules->gone[rules->ngone] = prio;
	rules->ngone += gone;
	return 0;
}

static int lint_rules(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == FINWAIT2_A_RULES_RULE &&
		    lint_rule(attr, data))
			return -1;
	}
	return 0;
}

#define LINT_STATS	(FINWAIT2_A_STATS_MAX + 1)

static int lint_stats(const struct nlmsghdr *nlh, void *data)
{
	static const u8 kinds[LINT_STATS] = {
		[FINWAIT2_A_STATS_MISSED] = ATTR_UINT,
		[FINWAIT2_A_STATS_WOULD_FLUSH] = ATTR_UINT,
		[FINWAIT2_A_STATS_RULES] = ATTR_U32,
	};

	return attr_parse(nlh, kinds, data, LINT_STATS);
}

static int lint_ask(struct attr *stats, struct lint_rules *rules)
{
	struct genl *genl;
	int ret;

	ret = genl_open(&genl);
	if (ret)
		return ret;
	ret = genl_get(genl, FINWAIT2_CMD_STATS_GET, lint_stats, stats);
	/* A module that does not count rules has none to tell of. */
	if (!ret && stats[FINWAIT2_A_STATS_RULES].number)
		ret = genl_dump(genl, FINWAIT2_CMD_RULE_GET, lint_rules, rules);
	genl_close(genl);
	return ret;
}

static void lint_check_off(struct doctor *doctor,
			   const struct lint_limits *limits,
			   const struct lint_rules *rules)
{
	if (limits->flush || limits->shut || limits->max_age ||
	    (limits->keepstart && limits->keepstop))
		return;
	if (rules->count)
		doctor_say(doctor, VERDICT_OK, "limits", NULL,
			   "all are off but those of rules");
	else
		doctor_say(doctor, VERDICT_WARN, "limits",
			   "run 'finwait2 set flush_interval 11m15s'",
			   "all are off: sockets may wait for ever");
}

static void lint_check_flush(struct doctor *doctor,
			     const struct lint_limits *limits,
			     const struct lint_rules *rules)
{
	static const char check[] = "flush_interval";
	char text[DURATION_SIZE];

	duration_format(text, limits->flush);
	if (!limits->flush)
		return;
	if (limits->flush >= LINT_SHORT_MS)
		doctor_say(doctor, VERDICT_OK, check, NULL, "%s", text);
	else if (rules->held)
		doctor_say(doctor, VERDICT_OK, check, NULL,
			   "%s, and rules say otherwise for some", text);
	else
		doctor_say(doctor, VERDICT_WARN, check,
			   "set 1m or more, or a rule for those that may wait longer",
			   "%s may cut who waits for an answer", text);
}

static void lint_check_shut(struct doctor *doctor,
			    const struct lint_limits *limits)
{
	static const char check[] = "shut_interval";
	char text[DURATION_SIZE], other[DURATION_SIZE];
	u64 timeout;

	if (!limits->shut)
		return;
	duration_format(text, limits->shut);
	if (limits->flush && limits->shut > limits->flush) {
		duration_format(other, limits->flush);
		doctor_say(doctor, VERDICT_WARN, check,
			   "make it shorter: a shut socket can receive nothing",
			   "%s is longer than flush_interval, %s", text,
			   other);
	} else if (file_number(LINT_IPV4 "tcp_fin_timeout", &timeout) &&
		   limits->shut < timeout * 1000) {
		duration_format(other, timeout * 1000);
		doctor_say(doctor, VERDICT_WARN, check,
			   "make it as long: peers are given that by the kernel",
			   "%s is shorter than tcp_fin_timeout, %s", text,
			   other);
	} else {
		doctor_say(doctor, VERDICT_OK, check, NULL, "%s", text);
	}
}

static void lint_check_age(struct doctor *doctor,
			   const struct lint_limits *limits)
{
	char text[DURATION_SIZE];

	if (!limits->max_age)
		return;
	duration_format(text, limits->max_age);
	doctor_say(doctor, VERDICT_WARN, "max_age",
		   "set it to 0 here, and in a rule for those that need it",
		   "%s cuts transfers that are slow but alive", text);
}

static void lint_check_keep(struct doctor *doctor,
			    const struct lint_limits *limits)
{
	char start[DURATION_SIZE], stop[DURATION_SIZE];

	duration_format(start, limits->keepstart);
	duration_format(stop, limits->keepstop);
	if (limits->keepstop && !limits->keepstart)
		doctor_say(doctor, VERDICT_WARN, "keepstop",
			   "set keepstart, shorter than keepstop",
			   "%s, but no probes are sent", stop);
	else if (limits->keepstop && limits->keepstop <= limits->keepstart)
		doctor_say(doctor, VERDICT_WARN, "keepstop",
			   "make it longer, so that a peer has time to answer",
			   "%s is no longer than keepstart, %s", stop, start);
	else if (limits->keepstop)
		doctor_say(doctor, VERDICT_OK, "keepstop", NULL,
			   "%s, probes from %s on", stop, start);
}

static void lint_check_observe(struct doctor *doctor,
			       const struct lint_limits *limits,
			       const struct attr *would)
{
	if (limits->observe)
		doctor_say(doctor, VERDICT_WARN, "observe",
			   "run 'finwait2 set observe off' once the list shows none that you need",
			   "on: nothing is flushed, %llu would have been",
			   would->number);
}

/*
 * A firewall on this host that forgets a connection sooner than the module has
 * it flushed. Probes keep the firewall's memory fresh.
 */
static void lint_check_conntrack(struct doctor *doctor,
				 const struct lint_limits *limits,
				 const struct lint_rules *rules,
				 const char *name)
{
	u64 longest = limits->flush, seconds, tracked;
	char text[DURATION_SIZE], other[DURATION_SIZE];
	char path[128], advice[160];

	if (longest < limits->shut)
		longest = limits->shut;
	if (longest < rules->longest)
		longest = rules->longest;
	snprintf(path, sizeof(path), LINT_CONNTRACK "%s", name);
	if (!longest || !file_number(path, &seconds) ||
	    (file_number(LINT_CONNTRACK "nf_conntrack_count", &tracked) &&
	     !tracked))
		return;

	duration_format(text, seconds * 1000);
	if (seconds * 1000 >= longest) {
		doctor_say(doctor, VERDICT_OK, "conntrack", NULL, "%s is %s",
			   name, text);
	} else if (limits->keepstart && limits->keepstart < seconds * 1000) {
		doctor_say(doctor, VERDICT_OK, "conntrack", NULL,
			   "%s is %s, and probes come sooner", name, text);
	} else {
		duration_format(other, longest);
		snprintf(advice, sizeof(advice),
			 "run 'sysctl -w net.netfilter.%s=%llu'", name,
			 (longest + 999) / 1000);
		doctor_say(doctor, VERDICT_WARN, "conntrack", advice,
			   "%s is %s, shorter than %s: the peer's FIN may be dropped",
			   name, text, other);
	}
}

/* The kernel's own limit on orphans, of which it resets the youngest. */
static void lint_check_orphans(struct doctor *doctor)
{
	char line[256];
	u64 orphans, max;
	FILE *file;
	int found = 0;

	/* It is of the whole host, and not to be seen in other namespaces. */
	if (!file_number(LINT_IPV4 "tcp_max_orphans", &max))
		return;
	file = fopen("/proc/net/sockstat", "re");
	if (!file)
		return;
	while (found != 1 && fgets(line, sizeof(line), file))
		found = sscanf(line, "TCP: inuse %*u orphan %llu", &orphans);
	fclose(file);
	if (found != 1)
		return;
	if (orphans < max - max / 4)
		doctor_say(doctor, VERDICT_OK, "orphans", NULL,
			   "%llu of at most %llu", orphans, max);
	else
		doctor_say(doctor, VERDICT_WARN, "orphans",
			   "set a shorter orphan_interval, or raise net.ipv4.tcp_max_orphans",
			   "%llu of at most %llu: more are reset", orphans,
			   max);
}

static void lint_check_missed(struct doctor *doctor, const struct attr *missed)
{
	if (!missed->present)
		return;
	if (missed->number)
		doctor_say(doctor, VERDICT_WARN, "missed",
			   "none is lost, but if that goes on growing, their time begins late",
			   "no room for a socket at once, %llu times",
			   missed->number);
	else
		doctor_say(doctor, VERDICT_OK, "missed", NULL,
			   "there was room for all sockets");
}

static void lint_check_rules(struct doctor *doctor,
			     const struct lint_rules *rules)
{
	char advice[160];
	unsigned int i;

	if (!rules->count)
		return;
	if (!rules->ngone)
		doctor_say(doctor, VERDICT_OK, "rules", NULL,
			   "%llu, none has lost its cgroup", rules->count);
	for (i = 0; i < rules->ngone && i < LINT_GONE; i++) {
		snprintf(advice, sizeof(advice),
			 "apply the rules again when it is there, or run 'finwait2 rule del prio %u'",
			 rules->gone[i]);
		doctor_say(doctor, VERDICT_WARN, "rules", advice,
			   "rule %u matches nothing, its cgroup is gone",
			   rules->gone[i]);
	}
	if (rules->ngone > LINT_GONE)
		doctor_say(doctor, VERDICT_WARN, "rules",
			   "see 'finwait2 rule list'",
			   "%u more have lost their cgroup",
			   rules->ngone - LINT_GONE);
}

static void lint_check_covered(struct doctor *doctor)
{
	u64 count;

	if (!diag_count_mptcp(&count))
		return;
	if (count)
		doctor_say(doctor, VERDICT_WARN, "covered",
			   "the application has to close them",
			   "%llu in FIN_WAIT_2 are of MPTCP, which is left alone",
			   count);
	else
		doctor_say(doctor, VERDICT_OK, "covered", NULL,
			   "no socket of MPTCP is in FIN_WAIT_2");
}

/**
 * lint_check() - say what is odd about the limits, the rules and the system
 * @doctor: the examination, with the module loaded
 *
 * Return: 0 or the exit status, the error reported.
 */
int lint_check(struct doctor *doctor)
{
	struct lint_limits limits;
	struct lint_rules rules = { 0 };
	struct attr stats[LINT_STATS] = { 0 };
	int ret;

	ret = lint_ask(stats, &rules);
	if (ret)
		return ret;
	lint_read(&limits);
	lint_check_off(doctor, &limits, &rules);
	lint_check_flush(doctor, &limits, &rules);
	lint_check_shut(doctor, &limits);
	lint_check_age(doctor, &limits);
	lint_check_keep(doctor, &limits);
	lint_check_observe(doctor, &limits,
			   &stats[FINWAIT2_A_STATS_WOULD_FLUSH]);
	lint_check_rules(doctor, &rules);
	lint_check_missed(doctor, &stats[FINWAIT2_A_STATS_MISSED]);
	lint_check_conntrack(doctor, &limits, &rules,
			     "nf_conntrack_tcp_timeout_fin_wait");
	lint_check_conntrack(doctor, &limits, &rules,
			     "nf_conntrack_tcp_timeout_close_wait");
	lint_check_orphans(doctor);
	lint_check_covered(doctor);
	return 0;
}
