// SPDX-License-Identifier: GPL-2.0
/*
 * Events, as they happen
 *
 * The kernel numbers the events of each group, and drops what a listener is too
 * slow to take. The numbers that are left out are what was lost, which is said
 * before the next event: who keeps accounts must know that something is missing.
 *
 * Ten thousand sockets may be flushed at one time. What is printed is therefore
 * written only when there is nothing more to read.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>

#include "attr.h"
#include "duration.h"
#include "err.h"
#include "genl.h"
#include "line.h"
#include "mcast.h"
#include "monitor.h"
#include "name.h"
#include "sock.h"
#include "stats.h"

#define NSEC_PER_MSEC	1000000ULL

/* Some hundred lines. */
#define MONITOR_BUFFER	65536

/* Groups that must be asked for: an event for each socket that waits is many. */
static const char * const monitor_words[] = {
	FINWAIT2_MCGRP_TRACK,
	FINWAIT2_MCGRP_EXITS,
};

/**
 * struct monitor - where listening stands
 * @out: where to print
 * @groups: the groups that are listened to
 * @count: how many they are
 * @next: the number that comes next in each group; 0: not known yet
 */
struct monitor {
	struct out *out;
	const char *groups[MCAST_GROUPS];
	unsigned int count;
	u64 next[MCAST_GROUPS];
};

static enum colour monitor_colour(u64 event)
{
	switch (event) {
	case FINWAIT2_EVENT_FLUSH:
		return COLOUR_BAD;
	case FINWAIT2_EVENT_WOULD_FLUSH:
	case FINWAIT2_EVENT_MISSED:
	case FINWAIT2_EVENT_PRESSURE_BEGIN:
		return COLOUR_WARN;
	default:
		return COLOUR_NAME;
	}
}

/* The hour of this place for people, milliseconds since 1970 for programs. */
static void monitor_print_time(struct out *out, u64 ns)
{
	const u64 ms = ns / NSEC_PER_MSEC;
	const time_t seconds = ms / 1000;
	char text[48] = "";
	struct tm tm;
	size_t used;

	if (localtime_r(&seconds, &tm)) {
		used = strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
		snprintf(text + used, sizeof(text) - used, ".%03llu",
			 ms % 1000);
	}
	line_value(out, "time", json_integer(ms), COLOUR_DIM, text);
}

static void monitor_print_number(struct out *out, const char *key, u64 number)
{
	char text[48];

	snprintf(text, sizeof(text), "%s %llu", key, number);
	line_value(out, key, out_integer(number), COLOUR_NONE, text);
}

static void monitor_print_span(struct out *out, const char *key, u64 ms)
{
	char span[DURATION_SIZE];
	char text[48];

	duration_format_short(span, ms);
	snprintf(text, sizeof(text), "%s %s", key, span);
	line_value(out, key, out_integer(ms), COLOUR_NONE, text);
}

/* What is there of this is printed in this order, and nothing is required. */
static void monitor_print_rest(struct out *out, const struct attr *attrs)
{
	char cookie[SOCK_COOKIE_SIZE];
	const char *name;
	char text[48];

	if (attrs[FINWAIT2_A_SOCK_REASON].present) {
		name = name_reason(attrs[FINWAIT2_A_SOCK_REASON].number);
		snprintf(text, sizeof(text), "reason %s", name);
		line_value(out, "reason", json_string(name), COLOUR_NONE, text);
	}
	if (attrs[FINWAIT2_A_SOCK_AGE].present)
		monitor_print_span(out, "age",
				   attrs[FINWAIT2_A_SOCK_AGE].number);
	if (attrs[FINWAIT2_A_SOCK_IDLE].present)
		monitor_print_span(out, "idle",
				   attrs[FINWAIT2_A_SOCK_IDLE].number);
	if (attrs[FINWAIT2_A_SOCK_RULE].present)
		monitor_print_number(out, "rule",
				     attrs[FINWAIT2_A_SOCK_RULE].number);
	if (attrs[FINWAIT2_A_SOCK_UID].present)
		monitor_print_number(out, "uid",
				     attrs[FINWAIT2_A_SOCK_UID].number);
	if (attrs[FINWAIT2_A_SOCK_INODE].present)
		monitor_print_number(out, "inode",
				     attrs[FINWAIT2_A_SOCK_INODE].number);
	if (attrs[FINWAIT2_A_SOCK_CGROUP_ID].present) {
		snprintf(text, sizeof(text), "cgroup %llu",
			 attrs[FINWAIT2_A_SOCK_CGROUP_ID].number);
		line_value(out, "cgroup_id",
			   out_integer(attrs[FINWAIT2_A_SOCK_CGROUP_ID].number),
			   COLOUR_NONE, text);
	}
	if (attrs[FINWAIT2_A_SOCK_COOKIE].present) {
		sock_cookie(attrs, cookie);
		snprintf(text, sizeof(text), "cookie %s", cookie);
		line_value(out, "cookie", json_string(cookie), COLOUR_NONE,
			   text);
	}
	if (attrs[FINWAIT2_A_SOCK_MISSED].present)
		monitor_print_number(out, "missed",
				     attrs[FINWAIT2_A_SOCK_MISSED].number);
	if (attrs[FINWAIT2_A_SOCK_WAITING].present)
		monitor_print_number(out, "waiting",
				     attrs[FINWAIT2_A_SOCK_WAITING].number);
}

static int monitor_print_lost(struct out *out, u64 count, const char *group)
{
	char text[96];

	line_open(out);
	line_value(out, "event", json_string("lost"), COLOUR_NONE, NULL);
	snprintf(text, sizeof(text), "lost %llu of the group %s", count, group);
	line_value(out, "count", out_integer(count), COLOUR_BAD, text);
	line_value(out, "group", json_string(group), COLOUR_NONE, NULL);
	return line_close(out);
}

/* Events before the first that is seen here were for others. */
static int monitor_count(struct monitor *monitor, u64 seq, unsigned int group)
{
	const u64 next = monitor->next[group];

	if (seq >= next)
		monitor->next[group] = seq + 1;
	if (!next || seq <= next)
		return 0;
	return monitor_print_lost(monitor->out, seq - next,
				  monitor->groups[group]);
}

static int monitor_event(const struct nlmsghdr *nlh, unsigned int group,
			 void *data)
{
	struct attr attrs[SOCK_ATTRS];
	struct monitor *monitor = data;
	struct out *out = monitor->out;
	const char *name;
	u64 event;
	int ret;

	if (sock_parse_event(nlh, attrs) ||
	    !attrs[FINWAIT2_A_SOCK_SEQ].present)
		return -1;
	ret = monitor_count(monitor, attrs[FINWAIT2_A_SOCK_SEQ].number, group);
	if (ret)
		return ret;

	line_open(out);
	if (attrs[FINWAIT2_A_SOCK_TIME].present)
		monitor_print_time(out, attrs[FINWAIT2_A_SOCK_TIME].number);
	event = attrs[FINWAIT2_A_SOCK_EVENT].number;
	name = name_event(event);
	line_value(out, "event", json_string(name), monitor_colour(event),
		   /* It says how many: the word is not needed twice. */
		   attrs[FINWAIT2_A_SOCK_MISSED].present ? NULL : name);
	line_value(out, "seq", out_integer(attrs[FINWAIT2_A_SOCK_SEQ].number),
		   COLOUR_NONE, NULL);
	if (attrs[FINWAIT2_A_SOCK_CLASS].present) {
		name = name_class(attrs[FINWAIT2_A_SOCK_CLASS].number);
		line_value(out, "class", json_string(name), COLOUR_NONE, name);
	}
	if (attrs[FINWAIT2_A_SOCK_FAMILY].present)
		sock_print_ends(out, attrs, line_value);
	monitor_print_rest(out, attrs);
	return line_close(out);
}

/* Have the signals that end this read, so that they come between two events. */
static int monitor_signals(void)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	fd = -1;
	if (!sigprocmask(SIG_BLOCK, &signals, NULL))
		fd = signalfd(-1, &signals, SFD_CLOEXEC);
	return fd;
}

static int monitor_run(struct mcast *mcast, int signals,
		       struct monitor *monitor)
{
	/* Of stdout, that nobody reads it any more, before there is an event. */
	struct pollfd fds[] = {
		{ .fd = mcast_fd(mcast), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	bool unwritten = false;
	int ret;

	for (;;) {
		ret = poll(fds, ARRAY_SIZE(fds), unwritten ? 0 : -1);
		if (ret < 0) {
			if (errno == EINTR)
				continue;
			return err_errno(errno, "cannot wait for events");
		}
		if (fds[1].revents)
			return STATUS_OK;
		if (fds[2].revents & POLLERR)
			return err_failed("nobody reads the output any more");
		if (fds[0].revents) {
			ret = mcast_read(mcast, monitor_event, monitor);
			unwritten = true;
		} else {
			ret = line_flush();
			unwritten = false;
		}
		if (ret)
			return ret;
	}
}

/* Which groups the words ask for. */
static int monitor_parse(struct monitor *monitor, int argc, char **argv)
{
	unsigned int i, group;

	monitor->groups[0] = FINWAIT2_MCGRP_EVENTS;
	monitor->count = 1;
	for (; argc; argc--, argv++) {
		for (i = 0; i < ARRAY_SIZE(monitor_words); i++) {
			if (!strcmp(*argv, monitor_words[i]))
				break;
		}
		if (i == ARRAY_SIZE(monitor_words))
			return err_usage("unknown word \"%s\": expected %s, %s or nothing",
					 *argv, monitor_words[0],
					 monitor_words[1]);
		for (group = 0; group < monitor->count; group++) {
			if (!strcmp(*argv, monitor->groups[group]))
				return err_usage("%s is said twice", *argv);
		}
		monitor->groups[monitor->count++] = monitor_words[i];
	}
	return 0;
}

/*
 * The module tells of exits once it knows that somebody listens, for which it
 * looks when it is asked something.
 */
static int monitor_announce(void)
{
	struct stats stats;
	struct genl *genl;
	int ret;

	ret = genl_open(&genl);
	if (ret)
		return ret;
	ret = stats_get(genl, &stats);
	genl_close(genl);
	return ret;
}

/**
 * monitor_cmd() - the command "monitor [track] [exits]"
 * @out: where to print
 * @argc: number of words after "monitor"
 * @argv: the words
 *
 * Return: the exit status.
 */
int monitor_cmd(struct out *out, int argc, char **argv)
{
	struct monitor monitor = { .out = out };
	struct mcast *mcast;
	int ret, signals;

	ret = monitor_parse(&monitor, argc, argv);
	if (ret)
		return ret;
	setvbuf(stdout, NULL, _IOFBF, MONITOR_BUFFER);
	signals = monitor_signals();
	if (signals < 0)
		return err_errno(errno, "cannot wait for signals");
	ret = mcast_open(&mcast, monitor.groups, monitor.count);
	if (!ret) {
		ret = monitor_announce();
		if (!ret)
			ret = monitor_run(mcast, signals, &monitor);
		mcast_close(mcast);
	}
	close(signals);
	return ret;
}
