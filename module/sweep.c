// SPDX-License-Identifier: GPL-2.0
/*
 * Sweeps: a look at each tracked socket of a namespace, once a quantum.
 *
 * Why look at all, instead of one timer for each socket that is set to its end?
 * Because nothing tells when an application reads, or shuts its read side. The
 * kernel dates the last data that came in (icsk_ack.lrcvtime), but not the last
 * that went out to the application: that tp->copied_seq has moved is all there
 * is to see. The ACKs of a keepalive must not count, so no time stamp that these
 * refresh will do. A look dates a read to itself, which is never early and late
 * by a quantum at most. See fw2_quantum() for its length.
 *
 * A sweep takes no lock of any socket, and the lock of one shard at a time, for
 * some dozens of sockets. Where it finds one due, fw2_flush() locks the socket
 * and looks again.
 */

#include <linux/jiffies.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "flush.h"
#include "net.h"
#include "sweep.h"
#include "table.h"
#include "trace.h"

/* How many sockets are looked at under one hold of a shard's lock. */
#define FW2_SWEEP_BATCH	32

/**
 * fw2_class - who could still use a socket in FIN_WAIT_2
 * @sk: socket; its fields are read without its lock
 */
enum finwait2_class fw2_class(const struct sock *sk)
{
	if (sock_flag(sk, SOCK_DEAD))
		return FINWAIT2_CLASS_ORPHAN;
	if (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN)
		return FINWAIT2_CLASS_SHUT;
	return FINWAIT2_CLASS_HELD;
}

/*
 * Has anything been received or read since the last look? When?
 *
 * tp->rcv_nxt is no good to see data come in: it moves before lrcvtime does, and
 * a look between the two would note the one with the time of the other.
 */
static void fw2_note_activity(struct fw2_entry *e)
{
	const struct tcp_sock *tp = tcp_sk(e->sk);
	u32 lrcv = READ_ONCE(inet_csk(e->sk)->icsk_ack.lrcvtime);
	u32 copied = READ_ONCE(tp->copied_seq);
	u32 ooo = READ_ONCE(tp->rcv_ooopack);
	u64 now;

	if (likely(lrcv == e->lrcv && copied == e->copied && ooo == e->ooo))
		return;

	/* Not before what has just been read: it is a time, too. */
	smp_rmb();
	now = get_jiffies_64();

	/* Neither a read nor data out of order leaves a time behind. */
	if (copied != e->copied || ooo != e->ooo)
		e->active = now;
	else
		e->active = max(e->active, now - ((u32)now - lrcv));

	e->lrcv = lrcv;
	e->copied = copied;
	e->ooo = ooo;
}

/**
 * fw2_look - when is a tracked socket due?
 * @e: its entry
 *
 * Notes activity first. Jiffies count the ticks that began, not the time that
 * passed, so a limit of n jiffies has passed for certain only after n + 1.
 *
 * Context: the shard of @e locked. The answer holds for as long as the socket
 * does not change; with its lock held, it is final.
 */
struct fw2_due fw2_look(struct fw2_entry *e)
{
	const struct fw2_limits *limits = &e->fn->limits;
	struct fw2_due due = { .at = FW2_NEVER };
	unsigned int idle, age;

	fw2_note_activity(e);

	switch (fw2_class(e->sk)) {
	case FINWAIT2_CLASS_SHUT:
		due.reason = FINWAIT2_REASON_SHUT;
		idle = READ_ONCE(limits->shut_interval);
		if (idle)
			break;
		fallthrough;
	case FINWAIT2_CLASS_HELD:
		due.reason = FINWAIT2_REASON_HELD;
		idle = READ_ONCE(limits->flush_interval);
		break;
	default:
		/* Timed by the kernel, see orphan.c. */
		return due;
	}
	if (idle)
		due.at = e->active + msecs_to_jiffies(idle) + 1;

	age = READ_ONCE(limits->max_age);
	if (age) {
		u64 at = e->since + msecs_to_jiffies(age) + 1;

		if (at < due.at) {
			due.at = at;
			due.reason = FINWAIT2_REASON_AGE;
		}
	}
	return due;
}

/* Observe mode: say once what would have been done. */
static void fw2_observe(struct fw2_entry *e, struct fw2_due due, u64 now)
{
	if (e->observed)
		return;
	e->observed = true;
	fw2_count(e->fn, would_flush);
	trace_flush(e->sk, due.reason, now - e->since, now - e->active, true);
}

/*
 * Look at all members of a namespace in one shard. Returns how many there are,
 * and brings *@next forward to when the first of them will be due.
 */
static unsigned int fw2_sweep_shard(struct fw2_net *fn,
				    struct fw2_shard *shard, u64 *next)
{
	struct list_head *members = &fn->members[fw2_shard_index(shard)];
	unsigned int seen = 0, batch = 0;
	unsigned long flags;
	LIST_HEAD(todo);

	/*
	 * Members stay on one list or the other, so that the probe can take
	 * them off whenever the lock is dropped.
	 */
	raw_spin_lock_irqsave(&shard->lock, flags);
	list_splice_init(members, &todo);
	while (!list_empty(&todo)) {
		struct fw2_entry *e = list_first_entry(&todo, struct fw2_entry,
						       member);
		struct sock *sk = e->sk;
		struct fw2_due due;
		u64 now;

		list_move_tail(&e->member, members);
		seen++;

		due = fw2_look(e);
		now = get_jiffies_64();
		if (due.at > now) {
			e->observed = false;
			*next = min(*next, due.at);
		} else if (READ_ONCE(fn->limits.observe)) {
			fw2_observe(e, due, now);
		} else {
			sock_hold(sk);
			raw_spin_unlock_irqrestore(&shard->lock, flags);
			if (fw2_flush(sk))
				*next = now;
			sock_put(sk);
			cond_resched();
			batch = 0;
			raw_spin_lock_irqsave(&shard->lock, flags);
			continue;
		}

		if (++batch == FW2_SWEEP_BATCH) {
			raw_spin_unlock_irqrestore(&shard->lock, flags);
			cond_resched();
			batch = 0;
			raw_spin_lock_irqsave(&shard->lock, flags);
		}
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);

	return seen;
}

static void fw2_sweep_queue(struct fw2_net *fn, unsigned long delay)
{
	/* Where a second does not matter, share others' wake-ups. */
	if (delay >= 3 * HZ)
		delay = round_jiffies_relative(delay);
	queue_delayed_work(fw2_wq, &fn->sweep, delay);
}

/**
 * fw2_sweep_arm - see that a namespace with members is swept
 * @fn: namespace
 *
 * Context: the shard locked that has the new member. So the namespace cannot go
 * meanwhile, and a sweep that missed the member has its quantum seen here.
 */
void fw2_sweep_arm(struct fw2_net *fn)
{
	unsigned long quantum = READ_ONCE(fn->quantum);

	if (quantum && !test_and_set_bit(0, &fn->sweeping))
		fw2_sweep_queue(fn, quantum);
}

/**
 * fw2_sweep_now - sweep a namespace whose limits have changed
 * @fn: namespace
 *
 * Context: process context.
 */
void fw2_sweep_now(struct fw2_net *fn)
{
	set_bit(0, &fn->sweeping);
	mod_delayed_work(fw2_wq, &fn->sweep, 0);
}

/**
 * fw2_sweep - the work item of a namespace
 * @work: &fw2_net.sweep
 */
void fw2_sweep(struct work_struct *work)
{
	struct fw2_net *fn = container_of(to_delayed_work(work), struct fw2_net,
					  sweep);
	u64 now, next = FW2_NEVER;
	struct fw2_shard *shard;
	unsigned long quantum;
	unsigned int seen = 0;

	clear_bit(0, &fn->sweeping);
	/* Who comes in from now on and is not seen below arms it again. */
	smp_mb__after_atomic();

	for (shard = fw2_shards; shard < fw2_shards + FW2_SHARDS; shard++)
		seen += fw2_sweep_shard(fn, shard, &next);

	quantum = READ_ONCE(fn->quantum);
	if (!seen || !quantum)
		return;

	/*
	 * The next look is a quantum away, or sooner where a socket will be
	 * due, but not so soon that sockets due one after the other have
	 * everybody looked at for each.
	 */
	now = get_jiffies_64();
	next = clamp(next, now + max(1UL, quantum / 4), now + quantum);
	if (!test_and_set_bit(0, &fn->sweeping))
		fw2_sweep_queue(fn, next - now);
}
