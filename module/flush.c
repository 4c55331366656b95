// SPDX-License-Identifier: GPL-2.0
/*
 * Flushing: a check and an abort, as one step.
 *
 * What may have changed since a sweep found the socket due: everything. Data may
 * have come in, the application may have read, closed, or disconnected it and
 * be using it for another connection. So all of it is asked again with the
 * socket locked, when nothing can change any more: process context waits for
 * the lock, segments wait in the backlog, timers put themselves off. The socket
 * is known by its entry in the table: that is still there only if the socket has
 * not left FIN_WAIT_2 since.
 *
 * The abort is the kernel's own, tcp_abort(), by way of sk_prot->diag_destroy:
 * a RST to the peer, sk_err for the application, pollers woken, and what is in
 * the receive queue left there to be read.
 *
 * tcp_abort() takes the socket lock, except in a BPF context (since 6.5), where
 * the caller is expected to hold it. The marker of such a context is put on for
 * that one call, so that the check and the abort share the lock. Where there is
 * no such thing (FW2_ATOMIC_ABORT is 0), the lock is given up between the two,
 * with nothing in between. What can happen in that gap, and only then:
 *
 *  - the socket leaves FIN_WAIT_2 for CLOSE: tcp_abort() does nothing then;
 *  - data arrives, and finds the connection flushed all the same;
 *  - in silence, a segment arrives: CLOSING takes it for the last ACK, and the
 *    application meets the end of the file, not ETIMEDOUT;
 *  - the application disconnects the socket and connects it again, both: then
 *    the new connection is hit. There is no way to tell from out here;
 *  - another sweep finds the socket due as well: it leaves it alone, or the flush
 *    would be told twice.
 *
 * A silent flush needs tcp_abort() to keep its RST to itself. It sends one in
 * the states in which a peer may still believe in the connection, FIN_WAIT_2
 * among them, but not in CLOSING: there both sides have closed, only an ACK is
 * missing. So a socket to be flushed in silence is put there first, by which it has
 * not left yet: the probe waits for CLOSE, as until then adoption may read the
 * former state. Received data, pollers and the error are handled alike.
 */

#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <net/mptcp.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "event.h"
#include "flush.h"
#include "keep.h"
#include "net.h"
#include "policy.h"
#include "probe.h"
#include "sweep.h"
#include "table.h"
#include "tell.h"
#include "trace.h"

/*
 * lock_sock(), but do not wait: the owner may be at the mercy of userspace (a
 * read() into memory that faults for as long as somebody likes), and all of
 * the namespace's other sockets would wait with us.
 */
static bool fw2_lock_sock_try(struct sock *sk)
{
	bool free;

	spin_lock_bh(&sk->sk_lock.slock);
	free = !sock_owned_by_user_nocheck(sk);
	if (free) {
		mutex_acquire(&sk->sk_lock.dep_map, 0, 1, _RET_IP_);
		sk->sk_lock.owned = 1;
	}
	spin_unlock_bh(&sk->sk_lock.slock);

	return free;
}

/* After the gap: a socket that was closed in it has not left, and may be due anew. */
static void fw2_gap_ends(struct sock *sk)
{
	u32 hash = fw2_hash(sk);
	struct fw2_shard *shard = fw2_shard(hash);
	struct fw2_entry *e;
	unsigned long flags;

	raw_spin_lock_irqsave(&shard->lock, flags);
	e = fw2_table_find(shard, hash, sk);
	if (e)
		e->flush = 0;
	raw_spin_unlock_irqrestore(&shard->lock, flags);
}

/* Ends with the socket lock given up, whichever way there. */
static void fw2_abort_release(struct sock *sk, bool reset)
{
	if (!reset)
		inet_sk_set_state(sk, TCP_CLOSING);

	if (FW2_ATOMIC_ABORT) {
		struct bpf_run_ctx ctx = {}, *saved;

		saved = bpf_set_run_ctx(&ctx);
		sk->sk_prot->diag_destroy(sk, ETIMEDOUT);
		bpf_reset_run_ctx(saved);
		release_sock(sk);
	} else {
		release_sock(sk);
		sk->sk_prot->diag_destroy(sk, ETIMEDOUT);
		fw2_gap_ends(sk);
	}
}

/* The module goes away: what the table says will soon not be true any more. */
static bool fw2_flush_stopped;

/**
 * fw2_flush_stop - flush nothing from now on
 */
void fw2_flush_stop(void)
{
	WRITE_ONCE(fw2_flush_stopped, true);
}

/* May this socket be touched now? Asked with its lock held. */
static bool fw2_flushable(const struct sock *sk)
{
	return !READ_ONCE(fw2_flush_stopped) &&
	       sk->sk_state == TCP_FIN_WAIT2 &&
	       !tcp_sk(sk)->repair &&
	       !sk_is_mptcp(sk) &&
	       !READ_ONCE(sk->sk_backlog.tail) &&
	       sk->sk_prot->diag_destroy;
}

/**
 * struct fw2_verdict - what is to be done with a socket whose lock is held
 * @flush: flush it
 * @reset: and tell the peer
 * @keep: start (1) or stop (-1) probing it
 * @policy: what it is under
 */
struct fw2_verdict {
	bool			flush;
	bool			reset;
	int			keep;
	struct fw2_policy	policy;
};

/* Is there a cause? If so, due.reason becomes what it is called. */
static bool fw2_cause_holds(const struct fw2_entry *e, struct fw2_due *due,
			    enum fw2_cause cause, u64 time)
{
	u64 now = get_jiffies_64();

	if (cause == FW2_CAUSE_REQUEST) {
		due->reason = FINWAIT2_REASON_REQUEST;
		/* It may have left since, and be here with another connection. */
		return time ? e->since == time : sock_flag(e->sk, SOCK_DEAD);
	}
	/* The kernel times an orphan; only who asks for it by name ends it. */
	if (e->policy.observe || sock_flag(e->sk, SOCK_DEAD))
		return false;
	if (due->at <= now)
		return true;
	if (cause != FW2_CAUSE_PRESSURE || e->policy.exempt ||
	    now - e->active < time)
		return false;
	due->reason = FINWAIT2_REASON_PRESSURE;
	return true;
}

/* With the socket and its shard locked; @told: what to tell of a flush, or NULL. */
static void fw2_decide(struct fw2_verdict *v, struct fw2_entry *e,
		       enum fw2_cause cause, u64 time, struct fw2_told *told)
{
	struct fw2_due due = fw2_look(e);
	u64 now = get_jiffies_64();
	struct sock *sk = e->sk;

	/* In the gap before its abort: whoever left it there has told of it. */
	if (!FW2_ATOMIC_ABORT && e->flush)
		return;

	v->policy = e->policy;
	v->reset = e->policy.reset;
	v->flush = fw2_flushable(sk) && fw2_cause_holds(e, &due, cause, time);
	/* The probe, called from within the abort, takes it from here. */
	e->flush = 0;
	if (v->flush) {
		e->flush = due.reason;
		trace_flush(sk, due.reason, now - e->since, now - e->active,
			    false);
		if (told)
			fw2_tell_tracked(told, e, due);
	} else if (e->probing != fw2_keep_wanted(e) &&
		   !READ_ONCE(fw2_flush_stopped)) {
		v->keep = e->probing ? -1 : 1;
		e->probing = !e->probing;
		e->asked = false;
		e->probed = now;
	}
}

/* fw2_settle(), with room for what to tell of a flush, or NULL. */
static int fw2_settle_telling(struct sock *sk, enum fw2_cause cause, u64 time,
			      struct fw2_told *told)
{
	u32 hash = fw2_hash(sk);
	struct fw2_shard *shard = fw2_shard(hash);
	struct fw2_verdict v = {};
	struct fw2_entry *e;
	unsigned long flags;

	if (!fw2_lock_sock_try(sk))
		return -EAGAIN;

	raw_spin_lock_irqsave(&shard->lock, flags);
	e = fw2_table_find(shard, hash, sk);
	if (e)
		fw2_decide(&v, e, cause, time, told);
	raw_spin_unlock_irqrestore(&shard->lock, flags);

	/* An orphan from before it could be tracked. */
	if (!e && cause == FW2_CAUSE_REQUEST && fw2_wants(sk) &&
	    sock_flag(sk, SOCK_DEAD)) {
		v.flush = fw2_flushable(sk);
		v.reset = READ_ONCE(fw2_net(sock_net(sk))->limits.reset);
	}
	if (v.keep > 0)
		fw2_keep_start(sk, &v.policy);
	else if (v.keep < 0)
		fw2_keep_stop(sk);

	if (v.flush)
		fw2_abort_release(sk, v.reset);
	else
		release_sock(sk);

	return v.flush;
}

/* Apart, as the stack it takes would be cleared for each flush. */
static noinline int fw2_settle_heard(struct sock *sk, enum fw2_cause cause,
				     u64 time)
{
	struct fw2_told told = {};
	int ret;

	ret = fw2_settle_telling(sk, cause, time, &told);
	if (told.sk) {
		fw2_event_sock(FINWAIT2_EVENT_FLUSH, &told);
		fw2_told_put(&told);
	}
	return ret;
}

/**
 * fw2_settle - do what is to be done about a socket: flush it, if it is still
 *	due, or begin or end to probe its peer
 * @sk: a full socket; the caller holds a reference
 * @cause: what it is to be flushed for
 * @time: jiffies: for how long it must have been idle, where there is pressure;
 *	since when it has been in FIN_WAIT_2, as the filter has found it, where it was
 *	requested, or 0 for an orphan
 *
 * Context: process context, no locks held.
 * Return: 1 if the socket was flushed, 0 if not, -EAGAIN if it is in use at the
 * moment.
 */
int fw2_settle(struct sock *sk, enum fw2_cause cause, u64 time)
{
	const struct fw2_net *fn = fw2_net(sock_net(sk));

	if (unlikely(fw2_event_wanted(fn, FINWAIT2_EVENT_FLUSH)))
		return fw2_settle_heard(sk, cause, time);
	return fw2_settle_telling(sk, cause, time, NULL);
}
