/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FINWAIT2_TOP_DATA_H
#define FINWAIT2_TOP_DATA_H

#include "cookies.h"
#include "top_group.h"
#include "top_key.h"
#include "util.h"

struct cgroup;
struct genl;
struct mcast;
struct owner;

/* Groups of events that are listened to. */
#define TOP_EVENTS	2

/**
 * struct top_sock - what is of interest about a socket
 * @cookie: its cookie, 0 if it has none
 * @age: how long it has waited, ms
 * @cgroup: number of its cgroup, 0 for none
 * @rule: priority of the rule it is under, 0 for none
 * @pid: process that it belongs to, 0 if it is not known
 * @port: its local port
 * @class: enum finwait2_class
 * @aged: it is known how long it has waited
 * @observed: it has reached a limit, and observe mode let it stay
 * @len: bytes of its peer's address, 4 or 16; an IPv4 address is one whichever
 *	family the socket is of
 * @addr: its peer's address
 * @process: name of the process
 */
struct top_sock {
	u64 cookie;
	u64 age;
	u64 cgroup;
	u32 rule;
	u32 pid;
	u16 port;
	u8 class;
	bool aged;
	bool observed;
	u8 len;
	u8 addr[16];
	char process[TOP_KEY_BYTES];
};

/**
 * struct top_socks - the sockets that waited at some time
 * @socks: them, by cookie
 * @count: their number
 * @room: how many @socks has room for
 */
struct top_socks {
	struct top_sock *socks;
	size_t count;
	size_t room;
};

/**
 * struct top_data - what is known
 * @genl: socket to ask with
 * @mcast: socket to listen with
 * @owner: whose sockets are
 * @cgroups: paths of cgroups
 * @waiting: who waits
 * @waited: who did the time before
 * @judged: those of which it was counted that they have reached a limit, or
 *	which had before
 * @groups: what became of those that have left, in groups of each kind
 * @total: what became of all
 * @began: when listening began, ns of CLOCK_REALTIME
 * @opened: the same, ms
 * @dumps: how often it was asked who waits
 * @since: when that was first, ms
 * @now: when that was last, ms
 * @next: the number of the next event of each group; 0: not known yet
 * @lost: how many events were lost
 */
struct top_data {
	struct genl *genl;
	struct mcast *mcast;
	struct owner *owner;
	struct cgroup *cgroups;
	struct top_socks waiting;
	struct top_socks waited;
	struct cookies judged;
	struct top_groups groups[TOP_KINDS];
	struct top_counts total;
	u64 began;
	u64 opened;
	u64 dumps;
	u64 since;
	u64 now;
	u64 next[TOP_EVENTS];
	u64 lost;
};

u64 top_data_clock(void);
int top_data_open(struct top_data *data);
void top_data_close(struct top_data *data);
int top_data_fd(const struct top_data *data);
int top_data_hear(struct top_data *data);
int top_data_renew(struct top_data *data);

#endif
