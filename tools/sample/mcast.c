// SPDX-License-Identifier: GPL-2.0
/*
 * Events that are made up, as fast as they are taken
 *
 * As many as SAMPLE_EVENTS says, or 3, in each group, many to a datagram. Of each
 * group, the numbers from 11 on are left out, as many as SAMPLE_LOST says. At the
 * end this program is told to end.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/finwait2.h>
#include <linux/genetlink.h>

#include "err.h"
#include "mcast.h"
#include "msg.h"
#include "sample.h"

/* Events in a datagram. */
#define SAMPLE_PACKED	32

struct mcast {
	const char * const *names;
	unsigned int count;
	u64 left;
	u64 next;
	int fd;
};

int mcast_open(struct mcast **mcast, const char * const *groups,
	       unsigned int count)
{
	*mcast = calloc(1, sizeof(**mcast));
	if (!*mcast)
		err_no_memory();
	(*mcast)->names = groups;
	(*mcast)->count = count;
	(*mcast)->left = sample_setting("SAMPLE_EVENTS", 3);
	(*mcast)->next = 1;
	(*mcast)->fd = eventfd(1, EFD_CLOEXEC);
	return 0;
}

void mcast_close(struct mcast *mcast)
{
	close(mcast->fd);
	free(mcast);
}

int mcast_fd(const struct mcast *mcast)
{
	return mcast->fd;
}

static int sample_event(const struct mcast *mcast, unsigned int group,
			mcast_fn *fn, void *data)
{
	static const u8 addr[4] = { 192, 0, 2, 1 }, peer[4] = { 198, 51, 100, 7 };
	const char *name = mcast->names[group];
	u32 event = FINWAIT2_EVENT_FLUSH, reason = FINWAIT2_REASON_HELD;
	struct msg msg;
	int ret;

	if (!strcmp(name, FINWAIT2_MCGRP_EXITS)) {
		event = FINWAIT2_EVENT_EXIT;
		reason = FINWAIT2_REASON_PEER_FIN;
	} else if (!strcmp(name, FINWAIT2_MCGRP_TRACK)) {
		event = FINWAIT2_EVENT_TRACK;
	}
	msg_init(&msg, FINWAIT2_CMD_EVENT_NTF, FINWAIT2_FAMILY_VERSION);
	msg_put_u32(&msg, FINWAIT2_A_SOCK_EVENT, event);
	msg_put_u64(&msg, FINWAIT2_A_SOCK_SEQ, mcast->next);
	msg_put_u64(&msg, FINWAIT2_A_SOCK_TIME,
		    1800000000000000000ULL + mcast->next);
	if (event != FINWAIT2_EVENT_TRACK)
		msg_put_u32(&msg, FINWAIT2_A_SOCK_REASON, reason);
	msg_put_u16(&msg, FINWAIT2_A_SOCK_FAMILY, AF_INET);
	msg_put(&msg, FINWAIT2_A_SOCK_LOCAL_ADDR, addr, sizeof(addr));
	msg_put_u16(&msg, FINWAIT2_A_SOCK_LOCAL_PORT, htons(443));
	msg_put(&msg, FINWAIT2_A_SOCK_REMOTE_ADDR, peer, sizeof(peer));
	msg_put_u16(&msg, FINWAIT2_A_SOCK_REMOTE_PORT,
		    htons(mcast->next & 0xffff));
	msg_put_u32(&msg, FINWAIT2_A_SOCK_CLASS, FINWAIT2_CLASS_HELD);
	msg_put_u64(&msg, FINWAIT2_A_SOCK_AGE, 61000 + mcast->next);
	msg_put_u64(&msg, FINWAIT2_A_SOCK_IDLE, 60000);
	msg_put_u32(&msg, FINWAIT2_A_SOCK_UID, 33);
	msg_put_u64(&msg, FINWAIT2_A_SOCK_INODE, 4711);
	msg_put_u64(&msg, FINWAIT2_A_SOCK_COOKIE, 0xabc000 + mcast->next);
	msg_put_u32(&msg, FINWAIT2_A_SOCK_RULE, 10);
	msg_put_u64(&msg, FINWAIT2_A_SOCK_CGROUP_ID, 5678);
	ret = fn(msg_header(&msg), group, data);
	msg_free(&msg);
	return ret < 0 ? err_failed("malformed event from the sample") : ret;
}

int mcast_read(struct mcast *mcast, mcast_fn *fn, void *data)
{
	unsigned int i, group;
	int ret = 0;

	for (i = 0; !ret && i < SAMPLE_PACKED && mcast->left; i++) {
		for (group = 0; !ret && group < mcast->count; group++)
			ret = sample_event(mcast, group, fn, data);
		mcast->left--;
		if (mcast->next++ == 10)
			mcast->next += sample_setting("SAMPLE_LOST", 0);
	}
	if (!mcast->left)
		raise(SIGTERM);
	return ret;
}
