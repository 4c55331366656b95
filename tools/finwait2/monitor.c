// SPDX-License-Identifier: GPL-2.0
/*
 * Events, as they happen
 *
 * The kernel numbers the events of each group, and drops what a listener is too
 * slow to take. The numbers that are left out are what was lost, which is said
 * before the next event: who keeps accounts must know that something is missing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
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
#include "line.h"
#include "mcast.h"
#include "monitor.h"
#include "name.h"

#define MONITOR_ATTRS	(FINWAIT2_A_SOCK_MAX + 1)
#define NSEC_PER_MSEC	1000000ULL

/* "track" is a second group: an event for each socket that waits is many. */
static const char * const monitor_groups[MCAST_GROUPS] = {
	FINWAIT2_MCGRP_EVENTS,
	FINWAIT2_MCGRP_TRACK,
};

static const u8 monitor_kinds[MONITOR_ATTRS] = {
	[FINWAIT2_A_SOCK_FAMILY] = ATTR_U16,
	[FINWAIT2_A_SOCK_LOCAL_ADDR] = ATTR_BYTES,
	[FINWAIT2_A_SOCK_LOCAL_PORT] = ATTR_BE16,
	[FINWAIT2_A_SOCK_REMOTE_ADDR] = ATTR_BYTES,
	[FINWAIT2_A_SOCK_REMOTE_PORT] = ATTR_BE16,
	[FINWAIT2_A_SOCK_IFINDEX] = ATTR_U32,
	[FINWAIT2_A_SOCK_CLASS] = ATTR_U32,
	[FINWAIT2_A_SOCK_AGE] = ATTR_UINT,
	[FINWAIT2_A_SOCK_IDLE] = ATTR_UINT,
	[FINWAIT2_A_SOCK_UID] = ATTR_U32,
	[FINWAIT2_A_SOCK_INODE] = ATTR_UINT,
	[FINWAIT2_A_SOCK_COOKIE] = ATTR_UINT,
	[FINWAIT2_A_SOCK_RULE] = ATTR_U32,
	[FINWAIT2_A_SOCK_MARK] = ATTR_U32,
	[FINWAIT2_A_SOCK_EVENT] = ATTR_U32,
	[FINWAIT2_A_SOCK_SEQ] = ATTR_UINT,
	[FINWAIT2_A_SOCK_TIME] = ATTR_UINT,
	[FINWAIT2_A_SOCK_REASON] = ATTR_U32,
	[FINWAIT2_A_SOCK_MISSED] = ATTR_UINT,
};

/**
 * struct monitor - where listening stands
 * @out: where to print
 * @next: the number that comes next in each group; 0: not known yet
 */
struct monitor {
	struct out *out;
	u64 next[MCAST_GROUPS];
};

static enum colour monitor_colour(u64 event)
{
	switch (event) {
	case FINWAIT2_EVENT_FLUSH:
		return COLOUR_BAD;
	case FINWAIT2_EVENT_WOULD_FLUSH:
	case FINWAIT2_EVENT_MISSED:
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

/* As "list" writes it. */
static void monitor_print_end(struct out *out, const struct attr *attrs,
			      const char *addr_key, unsigned int addr,
			      const char *port_key, unsigned int port,
			      const char *device)
{
	const int family = attrs[FINWAIT2_A_SOCK_FAMILY].number;
	const bool v6 = family == AF_INET6;
	char host[INET6_ADDRSTRLEN];
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 16];

	inet_ntop(family, attrs[addr].bytes, host, sizeof(host));
	snprintf(text, sizeof(text), "%s%s%s%s%s:%llu", v6 ? "[" : "", host,
		 v6 ? "]" : "", *device ? "%" : "", device,
		 attrs[port].number);
	line_value(out, addr_key, json_string(host), COLOUR_NONE, NULL);
	line_value(out, port_key, out_integer(attrs[port].number), COLOUR_NONE,
		   text);
}

static void monitor_print_ends(struct out *out, const struct attr *attrs)
{
	const struct attr *bound = &attrs[FINWAIT2_A_SOCK_IFINDEX];
	char device[IF_NAMESIZE] = "";

	if (bound->present) {
		/* The device may be gone by now. */
		if (!if_indextoname(bound->number, device))
			snprintf(device, sizeof(device), "%llu",
				 bound->number);
		line_value(out, "ifindex", out_integer(bound->number),
			   COLOUR_NONE, NULL);
	}
	monitor_print_end(out, attrs, "local_addr", FINWAIT2_A_SOCK_LOCAL_ADDR,
			  "local_port", FINWAIT2_A_SOCK_LOCAL_PORT, device);
	monitor_print_end(out, attrs, "remote_addr",
			  FINWAIT2_A_SOCK_REMOTE_ADDR, "remote_port",
			  FINWAIT2_A_SOCK_REMOTE_PORT, "");
}

/* What is there of this is printed in this order, and nothing is required. */
static void monitor_print_rest(struct out *out, const struct attr *attrs)
{
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
	if (attrs[FINWAIT2_A_SOCK_MARK].present) {
		snprintf(text, sizeof(text), "mark 0x%llx",
			 attrs[FINWAIT2_A_SOCK_MARK].number);
		line_value(out, "mark",
			   out_integer(attrs[FINWAIT2_A_SOCK_MARK].number),
			   COLOUR_NONE, text);
	}
	if (attrs[FINWAIT2_A_SOCK_UID].present)
		monitor_print_number(out, "uid",
				     attrs[FINWAIT2_A_SOCK_UID].number);
	if (attrs[FINWAIT2_A_SOCK_INODE].present)
		monitor_print_number(out, "inode",
				     attrs[FINWAIT2_A_SOCK_INODE].number);
	if (attrs[FINWAIT2_A_SOCK_COOKIE].present) {
		/* A string of hexadecimal digits, as in "list". */
		snprintf(text, sizeof(text), "cookie %llx",
			 attrs[FINWAIT2_A_SOCK_COOKIE].number);
		line_value(out, "cookie",
			   json_string(text + strlen("cookie ")), COLOUR_NONE,
			   text);
	}
	if (attrs[FINWAIT2_A_SOCK_MISSED].present)
		monitor_print_number(out, "missed",
				     attrs[FINWAIT2_A_SOCK_MISSED].number);
}

/* An event of no single socket has none of this, others have all of it. */
static int monitor_check_ends(const struct attr *attrs)
{
	size_t len;

	if (attrs[FINWAIT2_A_SOCK_FAMILY].number == AF_INET)
		len = sizeof(struct in_addr);
	else if (attrs[FINWAIT2_A_SOCK_FAMILY].number == AF_INET6)
		len = sizeof(struct in6_addr);
	else
		return -1;
	if (attrs[FINWAIT2_A_SOCK_LOCAL_ADDR].len != len ||
	    attrs[FINWAIT2_A_SOCK_REMOTE_ADDR].len != len ||
	    !attrs[FINWAIT2_A_SOCK_LOCAL_PORT].present ||
	    !attrs[FINWAIT2_A_SOCK_REMOTE_PORT].present)
		return -1;
	return 0;
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
				  monitor_groups[group]);
}

static int monitor_event(const struct nlmsghdr *nlh, unsigned int group,
			 void *data)
{
	struct attr attrs[MONITOR_ATTRS];
	struct monitor *monitor = data;
	struct out *out = monitor->out;
	const char *name;
	bool ends;
	u64 event;
	int ret;

	if (attr_parse(nlh, monitor_kinds, attrs, MONITOR_ATTRS) ||
	    !attrs[FINWAIT2_A_SOCK_EVENT].present ||
	    !attrs[FINWAIT2_A_SOCK_SEQ].present)
		return -1;
	ends = attrs[FINWAIT2_A_SOCK_FAMILY].present;
	if (ends && monitor_check_ends(attrs))
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
	if (ends)
		monitor_print_ends(out, attrs);
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
	int ret;

	for (;;) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_errno(errno, "cannot wait for events");
		}
		if (fds[1].revents)
			return STATUS_OK;
		if (fds[2].revents & POLLERR)
			return err_failed("nobody reads the output any more");
		if (!fds[0].revents)
			continue;
		ret = mcast_read(mcast, monitor_event, monitor);
		if (ret)
			return ret;
	}
}

/**
 * monitor_cmd() - the command "monitor [track]"
 * @out: where to print
 * @argc: number of words after "monitor"
 * @argv: the words
 *
 * Return: the exit status.
 */
int monitor_cmd(struct out *out, int argc, char **argv)
{
	struct monitor monitor = { .out = out };
	unsigned int count = 1;
	struct mcast *mcast;
	int ret, signals;

	if (argc && strcmp(argv[0], monitor_groups[1]))
		return err_usage("unknown word \"%s\": expected %s or nothing",
				 argv[0], monitor_groups[1]);
	if (argc)
		count++;

	signals = monitor_signals();
	if (signals < 0)
		return err_errno(errno, "cannot wait for signals");
	ret = mcast_open(&mcast, monitor_groups, count);
	if (!ret) {
		ret = monitor_run(mcast, signals, &monitor);
		mcast_close(mcast);
	}
	close(signals);
	return ret;
}
