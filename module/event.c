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
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "event.h"
#include "net.h"
#include "netlink-gen.h"
#include "tell.h"

/* Closed before the family is, and the numbers of its groups become others'. */
static DECLARE_RWSEM(fw2_event_gate);
static bool fw2_event_open;

static unsigned int fw2_event_group(enum finwait2_event event)
{
	switch (event) {
	case FINWAIT2_EVENT_TRACK:
		return FINWAIT2_NLGRP_TRACK;
	case FINWAIT2_EVENT_EXIT:
		return FINWAIT2_NLGRP_EXITS;
	default:
		return FINWAIT2_NLGRP_EVENTS;
	}
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
	return READ_ONCE(fw2_event_open) &&
	       genl_has_listeners(&finwait2_nl_family, fn->net,
				  fw2_event_group(event));
}

/**
 * fw2_event_put - begin the message of an event
 * @msg: where
 * @event: what has happened
 * @seq: its number
 * @when: when it happened, ns of CLOCK_REALTIME
 *
 * Return: the message's header, for genlmsg_end() or genlmsg_cancel(), or NULL
 * if there is no room.
 */
void *fw2_event_put(struct sk_buff *msg, enum finwait2_event event, u64 seq,
		    u64 when)
{
	void *hdr = genlmsg_put(msg, 0, 0, &finwait2_nl_family, 0,
				FINWAIT2_CMD_EVENT_NTF);

	if (!hdr)
		return NULL;
	if (nla_put_u32(msg, FINWAIT2_A_SOCK_EVENT, event) ||
	    nla_put_uint(msg, FINWAIT2_A_SOCK_SEQ, seq) ||
	    nla_put_uint(msg, FINWAIT2_A_SOCK_TIME, when)) {
		genlmsg_cancel(msg, hdr);
		return NULL;
	}
	return hdr;
}

/**
 * fw2_event_multicast - send messages to a group
 * @fn: namespace
 * @msg: messages; gone when this returns
 * @group: group
 *
 * Context: process context, may sleep.
 */
void fw2_event_multicast(const struct fw2_net *fn, struct sk_buff *msg,
			 unsigned int group)
{
	down_read(&fw2_event_gate);
	if (fw2_event_open)
		genlmsg_multicast_netns(&finwait2_nl_family, fn->net, msg, 0,
					group, GFP_KERNEL);
	else
		nlmsg_free(msg);
	up_read(&fw2_event_gate);
}

/**
 * fw2_event_start - the family is there: tell events
 */
void fw2_event_start(void)
{
	down_write(&fw2_event_gate);
	WRITE_ONCE(fw2_event_open, true);
	up_write(&fw2_event_gate);
}

/**
 * fw2_event_stop - the family is about to go: tell no more events
 *
 * Context: process context, may sleep. None is being told when this returns.
 */
void fw2_event_stop(void)
{
	down_write(&fw2_event_gate);
	WRITE_ONCE(fw2_event_open, false);
	up_write(&fw2_event_gate);
}

static struct sk_buff *fw2_event_message(struct fw2_net *fn,
					 enum finwait2_event event, u64 seq,
					 struct fw2_told *t, u64 count)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return NULL;
	hdr = fw2_event_put(msg, event, seq, ktime_get_real_ns());
	if (!hdr)
		goto toobig;
	if (!t) {
		if (nla_put_uint(msg, event == FINWAIT2_EVENT_MISSED ?
				      FINWAIT2_A_SOCK_MISSED :
				      FINWAIT2_A_SOCK_WAITING, count))
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
			   struct fw2_told *t, u64 count)
{
	unsigned int group = fw2_event_group(event);
	struct sk_buff *msg;

	mutex_lock(&fn->events_mutex);
	msg = fw2_event_message(fn, event, ++fn->events[group], t, count);
	if (msg)
		fw2_event_multicast(fn, msg, group);
	mutex_unlock(&fn->events_mutex);
}

/**
 * fw2_event_sock - tell what has happened to a socket
 * @event: what
 * @t: the socket
 *
 * Context: process context, may sleep.
 */
void fw2_event_sock(enum finwait2_event event, struct fw2_told *t)
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
	u64 missed;

	if (!fw2_event_wanted(fn, FINWAIT2_EVENT_MISSED))
		return;
	missed = fw2_net_total(fn, missed);
	if (missed == fn->missed_told)
		return;
	fn->missed_told = missed;
	fw2_event_send(fn, FINWAIT2_EVENT_MISSED, NULL, missed);
}

/**
 * fw2_event_pressure - tell that there are too many sockets, or no more
 * @fn: namespace
 * @begins: there are
 * @n: how many
 *
 * Context: process context, may sleep.
 */
void fw2_event_pressure(struct fw2_net *fn, bool begins, u64 n)
{
	enum finwait2_event event = begins ? FINWAIT2_EVENT_PRESSURE_BEGIN
					   : FINWAIT2_EVENT_PRESSURE_END;

	if (fw2_event_wanted(fn, event))
		fw2_event_send(fn, event, NULL, n);
}
