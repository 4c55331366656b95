// SPDX-License-Identifier: GPL-2.0
/*
 * Events: netlink messages to whoever has joined a multicast group of the
 * namespace, and no work at all when nobody has.
 *
 * A listener that is too slow loses events, and must know: each has a number in
 * its namespace and group, which goes on whether or not the message could be made
 * or delivered.
 */

#include <linux/ktime.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "event.h"
#include "net.h"
#include "netlink-gen.h"
#include "tell.h"

static unsigned int fw2_event_group(enum finwait2_event event)
{
	return event == FINWAIT2_EVENT_TRACK ? FINWAIT2_NLGRP_TRACK
					     : FINWAIT2_NLGRP_EVENTS;
}

/**
 * fw2_event_wanted - does anybody listen?
 * @fn: namespace
 * @event: for what
 *
 * Context: any but the probe.
 */
bool fw2_event_wanted(const struct fw2_net *fn, enum finwait2_event event)
{
	return genl_has_listeners(&finwait2_nl_family, fn->net,
				  fw2_event_group(event));
}

/* What is told but of the socket. Returns 0, or -EMSGSIZE. */
static int fw2_put_event(struct sk_buff *msg, enum finwait2_event event, u64 seq)
{
	if (nla_put_u32(msg, FINWAIT2_A_SOCK_EVENT, event) ||
	    nla_put_uint(msg, FINWAIT2_A_SOCK_SEQ, seq) ||
	    nla_put_uint(msg, FINWAIT2_A_SOCK_TIME, ktime_get_real_ns()))
		return -EMSGSIZE;
	return 0;
}

static struct sk_buff *fw2_event_message(struct fw2_net *fn,
					 enum finwait2_event event, u64 seq,
					 const struct fw2_told *t, u64 missed)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return NULL;
	hdr = genlmsg_put(msg, 0, 0, &finwait2_nl_family, 0,
			  FINWAIT2_CMD_EVENT_NTF);
	if (!hdr || fw2_put_event(msg, event, seq))
		goto toobig;
	if (!t) {
		if (nla_put_uint(msg, FINWAIT2_A_SOCK_MISSED, missed))
			goto toobig;
	} else if (fw2_put_sock(msg, t, fn->net->user_ns)) {
		goto toobig;
	} else if (event != FINWAIT2_EVENT_TRACK &&
		   nla_put_u32(msg, FINWAIT2_A_SOCK_REASON, t->due.reason)) {
		goto toobig;
	}
	genlmsg_end(msg, hdr);
	return msg;

toobig:
	nlmsg_free(msg);
	return NULL;
}

static void fw2_event_send(struct fw2_net *fn, enum finwait2_event event,
			   const struct fw2_told *t, u64 missed)
{
	unsigned int group = fw2_event_group(event);
	struct sk_buff *msg;

	mutex_lock(&fn->events_mutex);
	msg = fw2_event_message(fn, event, ++fn->events[group], t, missed);
	if (msg)
		genlmsg_multicast_netns(&finwait2_nl_family, fn->net, msg, 0,
					group, GFP_KERNEL);
	mutex_unlock(&fn->events_mutex);
}

/**
 * fw2_event_sock - tell what has happened to a socket
 * @event: what
 * @t: the socket
 *
 * Context: process context, may sleep.
 */
void fw2_event_sock(enum finwait2_event event, const struct fw2_told *t)
{
	fw2_event_send(fw2_net(sock_net(t->sk)), event, t, 0);
}

/**
 * fw2_event_missed - tell that sockets were missed, if some were since last time
 * @fn: namespace
 *
 * Context: process context, may sleep; the adoption, one at a time.
 */
void fw2_event_missed(struct fw2_net *fn)
{
	struct fw2_stats sum;

	if (!fw2_event_wanted(fn, FINWAIT2_EVENT_MISSED))
		return;
	fw2_net_sum(fn, &sum);
	if (sum.missed == fn->missed_told)
		return;
	fn->missed_told = sum.missed;
	fw2_event_send(fn, FINWAIT2_EVENT_MISSED, NULL, sum.missed);
}
