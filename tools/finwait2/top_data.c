// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits in FIN_WAIT_2, and what became of those who did
 *
 * Who waits is asked for, time and again. What became of them is told by events:
 * each socket that leaves is, and each that only observe mode has let stay. The
 * kernel begins to tell who leaves when it is asked something while somebody
 * listens, which the first question after joining the group does.
 *
 * A connection counts once. Its peer has ended it with a FIN or a reset, and then
 * it is closed; or it has reached a limit before, and then it is stuck: flushed,
 * or let stay by observe mode, whatever becomes of it later. What was closed by
 * the application, aborted, or flushed before its time, on request or as there were
 * too many, says nothing of the peer. So the cookies of those that have reached a
 * limit and still wait are kept.
 *
 * Who has left has no inode, by which to find its process. The socket is looked
 * for among those that waited the last time that was asked.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/finwait2.h>

#include "attr.h"
#include "cgroup.h"
#include "err.h"
#include "genl.h"
#include "mcast.h"
#include "owner.h"
#include "sock.h"
#include "top_data.h"

/* For how long to take in what is told before something else gets its turn, ms. */
#define TOP_HEAR	200

/* Longer than it takes until it is told who has left, ms. */
#define TOP_LATE	1000

/* How many cookies to keep that may be of sockets that are gone. */
#define TOP_JUDGED	1024

static const char * const top_events[TOP_EVENTS] = {
	FINWAIT2_MCGRP_EVENTS,
	FINWAIT2_MCGRP_EXITS,
};

static const u8 top_mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static u64 top_clock_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/**
 * top_data_clock() - what time it is
 *
 * Return: ms since whenever.
 */
u64 top_data_clock(void)
{
	return top_clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/**
 * top_data_open() - begin to listen
 * @data: where to store what is told
 *
 * Return: 0 or the exit status, the error reported.
 */
int top_data_open(struct top_data *data)
{
	unsigned int i;
	int ret;

	memset(data, 0, sizeof(*data));
	for (i = 0; i < TOP_KINDS; i++)
		data->groups[i].by = i;
	data->opened = top_data_clock();
	data->began = top_clock_ns(CLOCK_REALTIME);
	ret = genl_open(&data->genl);
	if (!ret) {
		ret = mcast_open(&data->mcast, top_events, TOP_EVENTS);
		if (ret)
			genl_close(data->genl);
	}
	if (ret)
		return ret;
	data->owner = owner_open();
	data->cgroups = cgroup_open();
	return 0;
}

/**
 * top_data_close() - be done with listening
 * @data: what was told
 */
void top_data_close(struct top_data *data)
{
	unsigned int i;

	cgroup_close(data->cgroups);
	owner_close(data->owner);
	mcast_close(data->mcast);
	genl_close(data->genl);
	for (i = 0; i < TOP_KINDS; i++)
		top_groups_free(&data->groups[i]);
	cookies_keep(&data->judged, NULL, NULL);
	free(data->waiting.socks);
	free(data->waited.socks);
}

/**
 * top_data_fd() - what to poll
 * @data: what was told
 *
 * Return: a file descriptor; when it can be read, top_data_hear() has something
 * to do.
 */
int top_data_fd(const struct top_data *data)
{
	return mcast_fd(data->mcast);
}

/* All but the process. */
static void top_sock_read(struct top_sock *sock, const struct attr *attrs)
{
	const struct attr *addr = &attrs[FINWAIT2_A_SOCK_REMOTE_ADDR];
	const u8 *bytes = addr->bytes;

	memset(sock, 0, sizeof(*sock));
	sock->cookie = attrs[FINWAIT2_A_SOCK_COOKIE].number;
	sock->age = attrs[FINWAIT2_A_SOCK_AGE].number;
	sock->aged = attrs[FINWAIT2_A_SOCK_AGE].present;
	sock->cgroup = attrs[FINWAIT2_A_SOCK_CGROUP_ID].number;
	sock->rule = attrs[FINWAIT2_A_SOCK_RULE].number;
	sock->port = attrs[FINWAIT2_A_SOCK_LOCAL_PORT].number;
	sock->class = attrs[FINWAIT2_A_SOCK_CLASS].number;
	sock->observed = attrs[FINWAIT2_A_SOCK_OBSERVED].present;
	sock->len = addr->len;
	if (sock->len == sizeof(sock->addr) &&
	    !memcmp(bytes, top_mapped, sizeof(top_mapped))) {
		bytes += sizeof(top_mapped);
		sock->len -= sizeof(top_mapped);
	}
	memcpy(sock->addr, bytes, sock->len);
}

static void top_sock_owner(struct top_sock *sock, const struct owner *owner,
			   u64 inode)
{
	const struct owner_process process = owner_of(owner, inode,
						      sock->port);

	sock->pid = process.pid;
	memcpy(sock->process, process.name,
	       strnlen(process.name, sizeof(sock->process) - 1));
}

static int top_sock_compare(const void *a, const void *b)
{
	const struct top_sock *x = a, *y = b;

	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

static const struct top_sock *top_socks_find(const struct top_socks *socks,
					     u64 cookie)
{
	const struct top_sock key = { .cookie = cookie };

	if (!cookie || !socks->count)
		return NULL;
	return bsearch(&key, socks->socks, socks->count, sizeof(key),
		       top_sock_compare);
}

/* That a socket has left is told up to a moment after it is gone. */
static const struct top_sock *top_data_find(const struct top_data *data,
					    u64 cookie)
{
	const struct top_sock *sock;

	sock = top_socks_find(&data->waiting, cookie);
	return sock ? sock : top_socks_find(&data->waited, cookie);
}

static bool top_data_waits(u64 cookie, void *data)
{
	return top_data_find(data, cookie);
}

/* What became of a socket is counted in a group of each kind. */
static void top_data_count(struct top_data *data, const struct top_sock *sock,
			   const struct top_counts *counts)
{
	struct top_key key;
	unsigned int i;

	top_counts_add(&data->total, counts);
	for (i = 0; i < TOP_KINDS; i++) {
		key = top_key_of(i, sock);
		top_groups_add(&data->groups[i], &key, counts);
	}
}

/* Observe mode lets a socket stay that has reached a limit. */
static void top_data_would(struct top_data *data, const struct top_sock *sock)
{
	static const struct top_counts counts = { .would = 1, .stuck = 1 };

	if (sock->cookie && cookies_add(&data->judged, sock->cookie))
		top_data_count(data, sock, &counts);
}

static void top_data_exit(struct top_data *data, const struct top_sock *sock,
			  u64 reason)
{
	const bool judged = cookies_has(&data->judged, sock->cookie);
	struct top_counts counts = { .left = 1 };

	switch (reason) {
	case FINWAIT2_REASON_PEER_FIN:
	case FINWAIT2_REASON_RESET:
		counts.closed = !judged;
		break;
	case FINWAIT2_REASON_HELD:
	case FINWAIT2_REASON_SHUT:
	case FINWAIT2_REASON_AGE:
	case FINWAIT2_REASON_VANISHED:
		counts.flushed = 1;
		counts.stuck = !judged;
		break;
	case FINWAIT2_REASON_REQUEST:
	case FINWAIT2_REASON_PRESSURE:
		counts.flushed = 1;
		break;
	}
	top_data_count(data, sock, &counts);
}

/* Events before the first that is seen here were for others. */
static void top_data_number(struct top_data *data, u64 seq, unsigned int group)
{
	u64 *next = &data->next[group];

	if (*next && seq > *next)
		data->lost += seq - *next;
	if (seq >= *next)
		*next = seq + 1;
}

/*
 * If others have listened, it may now be told who left a moment ago. Later than
 * that, what seems to be early comes of a clock that was set.
 */
static bool top_data_early(const struct top_data *data,
			   const struct attr *attrs)
{
	const struct attr *when = &attrs[FINWAIT2_A_SOCK_TIME];

	return when->present && when->number < data->began &&
	       top_data_clock() < data->opened + TOP_LATE;
}

static int top_data_event(const struct nlmsghdr *nlh, unsigned int group,
			  void *arg)
{
	const struct top_sock *waited;
	struct attr attrs[SOCK_ATTRS];
	struct top_data *data = arg;
	struct top_sock sock;

	if (sock_parse_event(nlh, attrs) ||
	    !attrs[FINWAIT2_A_SOCK_SEQ].present)
		return -1;
	top_data_number(data, attrs[FINWAIT2_A_SOCK_SEQ].number, group);
	/* Not every event is about a socket. */
	if (!attrs[FINWAIT2_A_SOCK_FAMILY].present ||
	    top_data_early(data, attrs))
		return 0;

	top_sock_read(&sock, attrs);
	waited = top_data_find(data, sock.cookie);
	if (waited) {
		sock.pid = waited->pid;
		memcpy(sock.process, waited->process, sizeof(sock.process));
		/* An orphan has lost its own. */
		if (!sock.cgroup)
			sock.cgroup = waited->cgroup;
	} else {
		top_sock_owner(&sock, data->owner,
			       attrs[FINWAIT2_A_SOCK_INODE].number);
	}
	switch (attrs[FINWAIT2_A_SOCK_EVENT].number) {
	case FINWAIT2_EVENT_WOULD_FLUSH:
		top_data_would(data, &sock);
		break;
	case FINWAIT2_EVENT_EXIT:
		if (!attrs[FINWAIT2_A_SOCK_REASON].present)
			return -1;
		top_data_exit(data, &sock,
			      attrs[FINWAIT2_A_SOCK_REASON].number);
		break;
	}
	return 0;
}

/**
 * top_data_hear() - take in what has been told
 * @data: where to store it
 *
 * Return: 0 or the exit status, the error reported.
 */
int top_data_hear(struct top_data *data)
{
	struct pollfd fd = { .fd = top_data_fd(data), .events = POLLIN };
	const u64 until = top_data_clock() + TOP_HEAR;
	int ret = 0;

	while (!ret && poll(&fd, 1, 0) > 0 && top_data_clock() < until)
		ret = mcast_read(data->mcast, top_data_event, data);
	return ret;
}

static struct top_sock *top_socks_add(struct top_socks *socks)
{
	if (socks->count == socks->room) {
		socks->room = socks->room ? 2 * socks->room : 1024;
		socks->socks = realloc(socks->socks,
				       socks->room * sizeof(*socks->socks));
		if (!socks->socks)
			err_no_memory();
	}
	return &socks->socks[socks->count++];
}

static int top_data_sock(const struct nlmsghdr *nlh, void *arg)
{
	struct attr attrs[SOCK_ATTRS];
	struct top_data *data = arg;
	struct top_sock *sock;

	if (sock_parse(nlh, attrs))
		return -1;
	sock = top_socks_add(&data->waiting);
	top_sock_read(sock, attrs);
	top_sock_owner(sock, data->owner, attrs[FINWAIT2_A_SOCK_INODE].number);
	return 0;
}

/* Those that had reached a limit before all this began do not count. */
static void top_data_judge(struct top_data *data, const struct top_sock *sock)
{
	if (!sock->observed)
		return;
	if (data->dumps)
		top_data_would(data, sock);
	else if (sock->cookie)
		cookies_add(&data->judged, sock->cookie);
}

/* See whom the answer has told of. */
static void top_data_look(struct top_data *data)
{
	const struct top_socks *waiting = &data->waiting;
	u64 last = 0;
	size_t i;

	if (waiting->count)
		qsort(waiting->socks, waiting->count, sizeof(*waiting->socks),
		      top_sock_compare);
	for (i = 0; i < waiting->count; i++) {
		top_data_judge(data, &waiting->socks[i]);
		/* While it is there: later, nobody knows what it was called. */
		if (waiting->socks[i].cgroup != last) {
			last = waiting->socks[i].cgroup;
			cgroup_path(data->cgroups, last);
		}
	}
	/* Not each time: of some it will yet be told that they have left. */
	if (data->judged.count > 2 * waiting->count + TOP_JUDGED)
		cookies_keep(&data->judged, top_data_waits, data);
}

/**
 * top_data_renew() - take in what has been told, and ask who waits now
 * @data: where to store it
 *
 * Return: 0 or the exit status, the error reported.
 */
int top_data_renew(struct top_data *data)
{
	const struct top_socks last = data->waited;
	unsigned int i;
	int ret;

	/* While it is known who waited. */
	ret = top_data_hear(data);
	if (ret)
		return ret;
	for (i = 0; i < TOP_KINDS; i++)
		top_groups_round(&data->groups[i]);
	owner_renew(data->owner);
	cgroup_renew(data->cgroups);
	data->waited = data->waiting;
	data->waiting = last;
	data->waiting.count = 0;
	ret = genl_dump_again(data->genl, FINWAIT2_CMD_SOCK_GET, top_data_sock,
			      data);
	if (ret)
		return ret;
	top_data_look(data);
	data->now = top_data_clock();
	if (!data->dumps++)
		data->since = data->now;
	return 0;
}
