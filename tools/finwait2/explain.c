// SPDX-License-Identifier: GPL-2.0
/*
 * Why a socket will be flushed when it will
 *
 * What applies to a socket, the kernel tells; where each value comes from is
 * found out here, from the rule that the socket is under and the limits. These
 * are read one after the other. If what they add up to is not what the kernel
 * told of the socket, something has changed meanwhile, and that is said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/finwait2.h>
#include <linux/netlink.h>

#include "duration.h"
#include "err.h"
#include "explain.h"
#include "filter.h"
#include "genl.h"
#include "msg.h"
#include "name.h"
#include "out.h"
#include "proc.h"
#include "rule.h"
#include "rule_cmd.h"
#include "rule_print.h"
#include "sock.h"

/**
 * struct explain - a socket and what applies to it
 * @message: what the kernel told of the socket, NULL as long as there is none
 * @attrs: its attributes
 * @count: number of sockets that were found
 * @limits: the limits of the network namespace
 * @rule: the rule it is under, without its match
 * @found: there is one, and it is still there
 * @match: the match of the rule
 * @set: what the rule sets
 * @changed: a value is not what it should be
 */
struct explain {
	struct nlmsghdr *message;
	struct attr attrs[SOCK_ATTRS];
	size_t count;
	u64 limits[LIMIT_COUNT];
	struct rule rule;
	bool found;
	char *match;
	char *set;
	bool changed;
};

static const struct attr *explain_attr(const struct explain *explain,
				       unsigned int attr)
{
	return &explain->attrs[attr];
}

static bool explain_is_orphan(const struct explain *explain)
{
	return explain_attr(explain, FINWAIT2_A_SOCK_CLASS)->number ==
	       FINWAIT2_CLASS_ORPHAN;
}

/* A module that is older than rules does not tell what applies. */
static bool explain_is_told(const struct explain *explain)
{
	return explain_attr(explain, FINWAIT2_A_SOCK_RESET)->present;
}

/* Keep the first socket, and count the rest. */
static int explain_take(const struct nlmsghdr *nlh, void *data)
{
	struct explain *explain = data;

	if (explain->count++)
		return sock_parse(nlh, (struct attr[SOCK_ATTRS]) { { 0 } });
	explain->message = malloc(nlh->nlmsg_len);
	if (!explain->message)
		err_no_memory();
	memcpy(explain->message, nlh, nlh->nlmsg_len);
	return sock_parse(explain->message, explain->attrs);
}

static int explain_take_rule(const struct rule *rule, void *data)
{
	struct explain *explain = data;

	if (rule->prio !=
	    explain_attr(explain, FINWAIT2_A_SOCK_RULE)->number)
		return 0;
	explain->found = true;
	explain->rule = *rule;
	match_init(&explain->rule.match);
	free(explain->match);
	explain->match = rule_text_match(rule);
	free(explain->set);
	explain->set = rule_text_set(rule);
	return 0;
}

static int explain_ask(struct explain *explain, struct msg *msg)
{
	struct genl *genl;
	int ret;

	ret = genl_open(&genl);
	if (ret)
		return ret;
	ret = genl_dump_some(genl, msg, explain_take, explain);
	if (!ret && !explain->count)
		ret = err_failed("no such socket in FIN_WAIT_2");
	if (!ret && explain->count > 1)
		ret = err_failed("%zu sockets are like that: say which one, "
				 "best by the cookie that \"finwait2 list\" prints",
				 explain->count);
	if (!ret && explain_attr(explain, FINWAIT2_A_SOCK_RULE)->present)
		ret = rule_each(genl, explain_take_rule, explain);
	genl_close(genl);
	return ret ? ret : limit_read_all(explain->limits);
}

/* Print what is too long for the column of values. */
static void explain_text(struct out *out, const char *name, const char *text)
{
	out_entry(out, name, out_string(text), "", text);
}

static void explain_span(struct out *out, const char *name,
			 const struct attr *attr, const char *note)
{
	char text[DURATION_SIZE];

	if (!attr->present)
		return;
	duration_format_short(text, attr->number);
	out_entry(out, name, out_integer(attr->number), text, note);
}

static void explain_socket(struct out *out, const struct explain *explain)
{
	const struct attr *attrs = explain->attrs;
	const struct attr *uid = &attrs[FINWAIT2_A_SOCK_UID];
	const struct attr *mark = &attrs[FINWAIT2_A_SOCK_MARK];
	const u64 inode = attrs[FINWAIT2_A_SOCK_INODE].number;
	struct proc *proc = proc_scan();
	char text[PROC_TEXT];
	char cookie[SOCK_COOKIE_SIZE];
	char end[SOCK_END_SIZE];

	out_section(out, "socket");
	explain_text(out, "class",
		     name_class(attrs[FINWAIT2_A_SOCK_CLASS].number));
	sock_local(attrs, end);
	explain_text(out, "local", end);
	sock_remote(attrs, end);
	explain_text(out, "remote", end);
	sock_cookie(attrs, cookie);
	explain_text(out, "cookie", cookie);
	if (uid->present) {
		snprintf(text, sizeof(text), "%llu", uid->number);
		out_entry(out, "uid", out_integer(uid->number), "", text);
	}
	if (mark->present) {
		snprintf(text, sizeof(text), "0x%llx", mark->number);
		out_entry(out, "mark", out_integer(mark->number), "", text);
	}
	proc_text(proc, inode, text);
	out_entry(out, "processes", proc_json(proc, inode), "",
		  *text ? text : "none that can be seen");
	proc_free(proc);
}

static void explain_rule(struct out *out, const struct explain *explain)
{
	const struct attr *rule = explain_attr(explain, FINWAIT2_A_SOCK_RULE);

	out_section(out, "rule");
	if (!rule->present) {
		out_entry(out, "prio", json_null(), "none", "no rule matches");
		return;
	}
	out_entry_uint(out, "prio", rule->number,
		       explain->found ? "" : "removed meanwhile");
	if (!explain->found)
		return;
	explain_text(out, "match", *explain->match ? explain->match : "all");
	explain_text(out, "set", explain->set);
}

/* The value of a limit, as far as the rule and the sysctls say. */
static u64 explain_value(const struct explain *explain, enum limit_id id)
{
	if (explain->found && rule_sets(&explain->rule, id))
		return explain->rule.values[id];
	return explain->limits[id];
}

static void explain_print(struct out *out, const char *name, json_t *value,
			  const char *text, const char *from)
{
	json_t *json = json_object();

	if (json_object_set_new(json, "value", value) ||
	    json_object_set_new(json, "from", json_string(from)))
		err_no_memory();
	out_entry(out, name, json, text, from);
}

/*
 * Whether a limit is what the kernel told. It counts in ticks, of which it rounds
 * up to a whole number; none is longer than 10 ms.
 */
static bool explain_is_same(u64 value, u64 told)
{
	return !value == !told && told >= value && told - value < 10;
}

/*
 * Print a limit, and where it is from. @attr is what the kernel told of it;
 * what it does not tell is 0.
 */
static void explain_limit(struct out *out, struct explain *explain,
			  enum limit_id id, unsigned int attr)
{
	const bool from_rule =
		explain->found && rule_sets(&explain->rule, id);
	u64 value = explain_value(explain, id);
	char text[LIMIT_SIZE];
	char note[64];

	if (value == LIMIT_ABSENT)
		return;
	snprintf(note, sizeof(note), from_rule ? "rule %u" : "sysctl",
		 explain->rule.prio);
	if (explain_is_told(explain) &&
	    !explain_is_same(value, explain_attr(explain, attr)->number)) {
		explain->changed = true;
		value = explain_attr(explain, attr)->number;
		snprintf(note, sizeof(note), "changed meanwhile");
	}
	limit_format(id, value, text);
	explain_print(out, limit_name(id),
		      limit_is_switch(id) ? json_boolean(value) :
					    out_integer(value),
		      text, note);
}

/* Without probes it does nothing; too short, it is made longer. */
static void explain_keepstop(struct out *out, struct explain *explain)
{
	const u64 start = explain_value(explain, LIMIT_KEEPSTART);
	const u64 stop = explain_value(explain, LIMIT_KEEPSTOP);
	const u64 told = explain_attr(explain, FINWAIT2_A_SOCK_KEEPSTOP)->number;
	char text[LIMIT_SIZE];

	if (!explain_is_told(explain) || !stop || stop == LIMIT_ABSENT ||
	    (start && start < stop) || !explain_is_same(start, told / 2)) {
		explain_limit(out, explain, LIMIT_KEEPSTOP,
			      FINWAIT2_A_SOCK_KEEPSTOP);
		return;
	}
	limit_format(LIMIT_KEEPSTOP, told, text);
	explain_print(out, limit_name(LIMIT_KEEPSTOP), out_integer(told), text,
		      start ? "twice keepstart" : "keepstart is off");
}

/* Which limit decides how long the socket may be idle. */
static enum limit_id explain_idle(const struct explain *explain)
{
	switch (explain_attr(explain, FINWAIT2_A_SOCK_CLASS)->number) {
	case FINWAIT2_CLASS_ORPHAN:
		return LIMIT_ORPHAN_INTERVAL;
	case FINWAIT2_CLASS_SHUT:
		if (explain_value(explain, LIMIT_SHUT_INTERVAL))
			return LIMIT_SHUT_INTERVAL;
		break;
	}
	return LIMIT_FLUSH_INTERVAL;
}

/* An orphan that no limit is for stays as long as any other of the system. */
static void explain_orphan_limit(struct out *out, struct explain *explain)
{
	const struct attr *limit = explain_attr(explain, FINWAIT2_A_SOCK_LIMIT);
	char text[DURATION_SIZE];

	if (explain_value(explain, LIMIT_ORPHAN_INTERVAL)) {
		explain_limit(out, explain, LIMIT_ORPHAN_INTERVAL,
			      FINWAIT2_A_SOCK_LIMIT);
	} else if (limit->present) {
		duration_format(text, limit->number);
		explain_print(out, "tcp_fin_timeout",
			      out_integer(limit->number), text, "sysctl");
	}
}

static void explain_limits(struct out *out, struct explain *explain)
{
	if (explain_attr(explain, FINWAIT2_A_SOCK_EXEMPT)->present)
		return;
	out_section(out, "limits");
	if (explain_is_orphan(explain)) {
		explain_orphan_limit(out, explain);
		return;
	}
	explain_limit(out, explain, explain_idle(explain),
		      FINWAIT2_A_SOCK_LIMIT);
	explain_limit(out, explain, LIMIT_MAX_AGE, FINWAIT2_A_SOCK_MAX_AGE);
	explain_limit(out, explain, LIMIT_KEEPSTART,
		      FINWAIT2_A_SOCK_KEEPSTART);
	explain_keepstop(out, explain);
	explain_limit(out, explain, LIMIT_RESET, FINWAIT2_A_SOCK_RESET);
	explain_limit(out, explain, LIMIT_OBSERVE, FINWAIT2_A_SOCK_OBSERVE);
}

static void explain_activity(struct out *out, const struct explain *explain)
{
	static const char * const notes[] = {
		[FINWAIT2_ACTIVITY_ENTRY] = "since it entered, or was found",
		[FINWAIT2_ACTIVITY_RECEIVED] = "since data came from the peer",
		[FINWAIT2_ACTIVITY_READ] = "since the application read",
	};
	const struct attr *activity =
		explain_attr(explain, FINWAIT2_A_SOCK_ACTIVITY);
	const struct attr *probing =
		explain_attr(explain, FINWAIT2_A_SOCK_PROBING);
	const char *note = "since data came or was read";

	out_section(out, "activity");
	explain_span(out, "age", explain_attr(explain, FINWAIT2_A_SOCK_AGE),
		     "in FIN_WAIT_2");
	if (activity->present && activity->number < ARRAY_SIZE(notes))
		note = notes[activity->number];
	explain_span(out, "idle", explain_attr(explain, FINWAIT2_A_SOCK_IDLE),
		     note);
	if (activity->present)
		out_entry(out, "last",
			  json_string(name_activity(activity->number)),
			  name_activity(activity->number), "");
	explain_span(out, "silent",
		     explain_attr(explain, FINWAIT2_A_SOCK_SILENT),
		     probing->present ? "nothing from the peer, probed" :
					"nothing from the peer");
	if (probing->present)
		out_entry(out, "probing", json_true(), "on",
			  "because of keepstart");
}

/* Why it is flushed when it is, in words. */
static const char *explain_why(const struct explain *explain)
{
	const struct attr *due = explain_attr(explain, FINWAIT2_A_SOCK_DUE_IN);
	const struct attr *reason =
		explain_attr(explain, FINWAIT2_A_SOCK_DUE_REASON);

	if (explain_attr(explain, FINWAIT2_A_SOCK_EXEMPT)->present)
		return "its rule has it left alone";
	if (explain_attr(explain, FINWAIT2_A_SOCK_OBSERVED)->present)
		return "a limit is reached, but observe is on";
	if (explain_is_orphan(explain))
		return due->present ? "the kernel drops it: it is closed" :
				      "the kernel alone knows: it is closed";
	if (!due->present)
		return "no limit applies";
	switch (reason->present ? reason->number : ~0ULL) {
	case FINWAIT2_REASON_HELD:
		return "idle for flush_interval";
	case FINWAIT2_REASON_SHUT:
		return "idle for shut_interval";
	case FINWAIT2_REASON_AGE:
		return "in FIN_WAIT_2 for max_age";
	case FINWAIT2_REASON_VANISHED:
		return "no sign of the peer for keepstop";
	}
	return "a limit that this program does not know";
}

static void explain_verdict(struct out *out, const struct explain *explain)
{
	const struct attr *due = explain_attr(explain, FINWAIT2_A_SOCK_DUE_IN);
	const bool observe =
		explain_attr(explain, FINWAIT2_A_SOCK_OBSERVE)->number;
	const bool observed =
		explain_attr(explain, FINWAIT2_A_SOCK_OBSERVED)->present;
	const bool never = !due->present || observed ||
		explain_attr(explain, FINWAIT2_A_SOCK_EXEMPT)->present;
	char span[DURATION_SIZE];
	char text[DURATION_SIZE + 4];

	out_section(out, "verdict");
	duration_format_short(span, due->number);
	if (never)
		snprintf(text, sizeof(text), explain_is_orphan(explain) ?
			 "-" : "never");
	else if (!due->number)
		snprintf(text, sizeof(text), "now");
	else
		snprintf(text, sizeof(text), "in %s", span);
	out_entry(out, "due_in", never ? json_null() :
					 out_integer(due->number), text, "");
	explain_text(out, "why", explain_why(explain));
	if (observe && !never && !explain_is_orphan(explain))
		out_entry(out, "observe", json_true(), "on",
			  "it will be counted, not flushed");
	if (explain->changed)
		out_entry(out, "changed", json_true(), "yes",
			  "limits or rules changed: ask again");
}

static int explain_words(struct msg *msg, int argc, char **argv)
{
	struct filter filter;
	char why[ERR_WHY];
	int ret;

	/* No word that a filter begins with has a colon. */
	if (!strchr(argv[0], ':'))
		ret = filter_parse(&filter, argc, argv, why);
	else if (argc == 2)
		ret = filter_parse_ends(&filter, argv, why);
	else
		return err_usage("expected explain LOCAL:PORT PEER:PORT and no more");
	if (ret)
		ret = err_usage("%s", why);
	else
		filter_put(msg, FINWAIT2_A_SOCK_FILTER, &filter);
	filter_free(&filter);
	return ret;
}

/**
 * explain_cmd() - the command "explain SOCKET"
 * @out: where to print
 * @argc: number of words after "explain", at least 1
 * @argv: the words
 *
 * Return: the exit status.
 */
int explain_cmd(struct out *out, int argc, char **argv)
{
	struct explain explain = { 0 };
	struct msg msg;
	int ret;

	msg_init(&msg, FINWAIT2_CMD_SOCK_GET, FINWAIT2_FAMILY_VERSION);
	ret = explain_words(&msg, argc, argv);
	if (!ret)
		ret = explain_ask(&explain, &msg);
	msg_free(&msg);
	if (!ret) {
		out_open(out, OUT_NOTES);
		explain_socket(out, &explain);
		explain_rule(out, &explain);
		explain_limits(out, &explain);
		explain_activity(out, &explain);
		explain_verdict(out, &explain);
		out_close(out);
	}
	free(explain.message);
	free(explain.match);
	free(explain.set);
	return ret;
}
