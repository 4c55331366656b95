// SPDX-License-Identifier: GPL-2.0
/*
 * The probe: what this module learns of a socket, and when.
 *
 * It hangs on the tracepoint inet_sock_set_state, which the kernel passes each
 * time it is about to change the state of a socket:
 *
 *   FIN_WAIT1 -> FIN_WAIT2   tcp_rcv_state_process(): our FIN has been ACKed
 *   FIN_WAIT2 -> FIN_WAIT2   __tcp_close(): the application closes it
 *   FIN_WAIT2 -> CLOSE       every way out of a full socket: the peer's FIN
 *                            (tcp_time_wait(), a timewait socket goes on),
 *                            a close, a reset, an abort
 *   FIN_WAIT2 -> CLOSING     fw2_flush(), in silence
 *
 * Whoever changes the state holds the socket's lock: in softirq the spinlock, in
 * process context the ownership, with softirqs on. Up to 6.12 preemption is off
 * around the call. So nothing here sleeps, locks are raw and taken with
 * interrupts off, and memory is neither allocated nor freed.
 *
 * sk->sk_state is still the old one during the call. The established hash has
 * lost the socket already if it goes to CLOSE, see ehash.c.
 */

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "adopt.h"
#include "exits.h"
#include "keep.h"
#include "net.h"
#include "nursery.h"
#include "orphan.h"
#include "policy.h"
#include "probe.h"
#include "ruleset.h"
#include "sweep.h"
#include "table.h"
#include "trace.h"

static struct tracepoint *fw2_tracepoint;

/* FIN_WAIT_1 -> FIN_WAIT_2, or FIN_WAIT_2 once more, as it is closed. */
static noinline __noclone void fw2_enter(void *unused, struct sock *sk,
					 int oldstate)
{
	struct fw2_net *fn;
	bool dead;

	if (!fw2_wants(sk))
		return;
	fn = fw2_net(sock_net(sk));
	dead = sock_flag(sk, SOCK_DEAD);
	if ((dead || sk->sk_shutdown == SHUTDOWN_MASK) &&
	    unlikely(fw2_orphan_differs(sk, fn)))
		fw2_orphan_mark(sk, fn);
	if (dead || oldstate == TCP_FIN_WAIT2)
		return;

	if (likely(fw2_nursery_add(sk, fw2_hash(sk)))) {
		fw2_count(fn, entered);
		trace_track(sk, false);
	} else {
		fw2_count(fn, missed);
		fw2_adopt_soon();
	}
}

/* Why a socket leaves, told from what the kernel has done to it by now. */
static enum finwait2_reason fw2_why(const struct sock *sk)
{
	/* tcp_fin() has set it; nothing but a FIN does. */
	if (sock_flag(sk, SOCK_DONE))
		return FINWAIT2_REASON_PEER_FIN;

	switch (READ_ONCE(sk->sk_err)) {
	case 0:
		return FINWAIT2_REASON_CLOSE;
	case ECONNRESET:
	case EPIPE:
		return FINWAIT2_REASON_RESET;
	default:
		/* On a closed socket, an error that nobody came to fetch. */
		return sock_flag(sk, SOCK_DEAD) ? FINWAIT2_REASON_CLOSE
						: FINWAIT2_REASON_ABORT;
	}
}

/* Take a socket out of the table. Returns false if it is not there. */
static noinline bool fw2_leave_table(struct sock *sk, u32 hash, int oldstate,
				     struct fw2_leaving *l)
{
	struct fw2_shard *shard = fw2_shard(hash);
	struct fw2_entry *e;
	unsigned long flags;
	u64 now;

	raw_spin_lock_irqsave(&shard->lock, flags);
	e = fw2_table_find(shard, hash, sk);
	if (!e) {
		raw_spin_unlock_irqrestore(&shard->lock, flags);
		return false;
	}
	l->reason = fw2_why(sk);
	/* Not if the peer was faster, where a flush leaves a gap for it. */
	if (e->flush && (oldstate == TCP_CLOSING || sk->sk_err == ETIMEDOUT))
		l->reason = e->flush;
	l->class = sock_flag(sk, SOCK_DEAD) ? FINWAIT2_CLASS_ORPHAN : e->class;
	now = get_jiffies_64();
	l->age = fw2_span_ms(now - e->since);
	l->idle = fw2_span_ms(now - e->active);
	l->prio = e->prio;
	fw2_count_entry(e, fw2_way(l->reason), l->age);
	if (l->reason >= FINWAIT2_REASON_HELD)
		fw2_count(e->fn, flushed[fw2_flushed(l->reason)]);
	if (e->probing)
		fw2_keep_forget(sk);
	fw2_table_remove(shard, e);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	return true;
}

/* Count a socket that was taken out of the nursery. */
static void fw2_leave_nursery(const struct fw2_net *fn, struct sock *sk,
			      u32 since, struct fw2_leaving *l)
{
	u64 now = tcp_sk(sk)->tcp_mstamp;

	l->reason = fw2_why(sk);
	/* What a segment has not caused has no time in tcp_mstamp. */
	if (l->reason == FINWAIT2_REASON_CLOSE ||
	    l->reason == FINWAIT2_REASON_ABORT)
		now = tcp_clock_us();
	l->class = sock_flag(sk, SOCK_DEAD) ? FINWAIT2_CLASS_ORPHAN :
					      fw2_nursery_class(since);
	l->age = fw2_nursery_age(since, now);
	l->idle = l->age;
	l->prio = 0;
	/* Its reason is none of a flush. */
	fw2_hist_count(&fn->stats->dwell[l->reason], l->age);
	if (unlikely(rcu_access_pointer(fn->rules)))
		fw2_count_young(fn, sk, l);
}

/*
 * A socket that is in the nursery, if it has a slot there, or perhaps in the table.
 * Never inlined: a closed socket, which is in neither, needs none of the registers
 * and of the stack.
 */
static noinline void fw2_leave_tracked(struct sock *sk, u32 hash, int oldstate,
				       struct fw2_slot *slot)
{
	struct fw2_net *fn = fw2_net(sock_net(sk));
	struct fw2_leaving l;
	u32 since;

	if (slot && fw2_nursery_take(slot, sk, &since))
		fw2_leave_nursery(fn, sk, since, &l);
	else if (!fw2_leave_table(sk, hash, oldstate, &l))
		return;

	trace_untrack(sk, &l);
	/* Pairs with the release in fw2_exits_listen(). */
	if (unlikely(smp_load_acquire(&fn->exits_wanted)))
		fw2_exits_note(fn, sk, &l);
	/* Never the last one: whoever changes the state has one, too. */
	__sock_put(sk);
}

/* Only a silent flush goes from FIN_WAIT_2 to CLOSING: see flush.c. */
static noinline __noclone void fw2_leave(void *unused, struct sock *sk,
					 int oldstate, int newstate)
{
	u32 hash = fw2_hash(sk);
	struct fw2_slot *slot;

	if (sk->sk_protocol != IPPROTO_TCP || newstate == TCP_CLOSING)
		return;

	/* The application may connect it again, or listen. */
	fw2_orphan_unmark(sk);

	slot = fw2_nursery_find(sk, hash);
	if (slot || !hlist_empty(fw2_bucket(fw2_shard(hash), hash)))
		fw2_leave_tracked(sk, hash, oldstate, slot);
}

/*
 * Most transitions are none of its business, and a connection has ten at its two
 * ends. All that is done about the others is in functions that are never inlined:
 * so this one needs no stack and no registers, which it would save and restore
 * each time, 250 instructions a connection. They take their arguments where this one
 * has them, so that it moves none, which no clone may change: another 20. And it is
 * not for ftrace to find, as no probe of the kernel's is: 10.
 */
static notrace void fw2_probe(void *unused, const struct sock *csk,
			      const int oldstate, const int newstate)
{
	/* The tracepoint's users are not meant to write; its caller is. */
	struct sock *sk = (struct sock *)csk;

	if (unlikely(newstate == TCP_FIN_WAIT2))
		fw2_enter(unused, sk, oldstate);
	else if (unlikely(oldstate == TCP_FIN_WAIT2 || oldstate == TCP_CLOSING))
		fw2_leave(unused, sk, oldstate, newstate);
}

static void fw2_tracepoint_match(struct tracepoint *tp, void *unused)
{
	if (!strcmp(tp->name, "inet_sock_set_state"))
		fw2_tracepoint = tp;
}

int fw2_probe_init(void)
{
	/* Not exported, so that register_trace_*() would not link. */
	for_each_kernel_tracepoint(fw2_tracepoint_match, NULL);
	if (!fw2_tracepoint) {
		pr_err("finwait2: this kernel has no tracepoint inet_sock_set_state (CONFIG_TRACEPOINTS)\n");
		return -ENOENT;
	}
	return tracepoint_probe_register(fw2_tracepoint, fw2_probe, NULL);
}

/**
 * fw2_probe_exit - be told of no more transitions
 *
 * Context: process context, may sleep. No probe runs when this returns.
 */
void fw2_probe_exit(void)
{
	tracepoint_probe_unregister(fw2_tracepoint, fw2_probe, NULL);
	/* On 7.x probes run under an SRCU of their own, not under RCU. */
	tracepoint_synchronize_unregister();
}
