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
 * by a quantum at most.
 *
 * A quantum of a sixteenth of a socket's shortest limit, plus what a timer may
 * be late, keeps a flush within the promised eighth. Limits differ by rule, from
 * milliseconds to weeks, so a namespace has gears, each with a quantum twice as
 * long as that of the one before, and a work item of its own. A socket is in the
 * slowest gear that is quick enough for it; if it is under no limit, in the last
 * one, which is at rest, and no look is spent on it.
 *
 * A sweep takes no lock of any socket, and the lock of one shard at a time, for
 * some dozens of sockets. Where it finds one due, fw2_settle() locks the socket
 * and looks again.
 */

#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "event.h"
#include "flush.h"
#include "keep.h"
#include "net.h"
#include "policy.h"
#include "ruleset.h"
#include "sweep.h"
#include "table.h"
#include "tell.h"
#include "trace.h"

/* How many sockets are looked at under one hold of a shard's lock. */
#define FW2_SWEEP_BATCH	32

#define FW2_QUANTUM_SHIFT	4
/* Nothing is looked at more often than this. */
#define FW2_QUANTUM_MIN_MS	20U

/* Is the answer that an entry keeps still right? */
static bool fw2_judged(const struct fw2_entry *e, enum finwait2_class class)
{
	return e->epoch == READ_ONCE(e->fn->epoch) && e->class == class &&
	       e->mark == READ_ONCE(e->sk->sk_mark);
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
	if (copied != e->copied || ooo != e->ooo) {
		e->active = now;
		e->activity = FINWAIT2_ACTIVITY_READ;
	} else if (now - ((u32)now - lrcv) > e->active) {
		e->active = now - ((u32)now - lrcv);
		e->activity = FINWAIT2_ACTIVITY_RECEIVED;
	}

	e->lrcv = lrcv;
	e->copied = copied;
	e->ooo = ooo;
}

/* When a peer that is probed, and does not answer, is given up. */
static u64 fw2_due_vanished(struct fw2_entry *e)
{
	const struct fw2_policy *p = &e->policy;
	u64 now = get_jiffies_64();
	u64 probed = now - ((u32)now - e->probed);
	u64 heard = now - ((u32)now - fw2_keep_heard(e->sk));

	/*
	 * It has had an answer, or the kernel could not send a probe yet. Or it
	 * has sent 256 in vain, and counts from 0 again.
	 */
	if (READ_ONCE(inet_csk(e->sk)->icsk_probes_out))
		e->asked = true;
	else if (now - heard < p->keepstart)
		e->asked = false;
	if (!e->asked)
		return FW2_NEVER;
	/* However long it was silent before, it gets the time to answer. */
	return max(heard + p->keepstop,
		   probed + p->keepstop - p->keepstart) + 1;
}

/**
 * fw2_look - when is a tracked socket due?
 * @e: its entry
 *
 * Notes activity, and what has changed of what it is under, first. Jiffies count
 * the ticks that began, not the time that passed, so a limit of n jiffies has
 * passed for certain only after n + 1.
 *
 * Context: process context, the shard of @e locked. The answer holds for as long
 * as the socket does not change; with its lock held, it is final.
 */
struct fw2_due fw2_look(struct fw2_entry *e)
{
	const enum finwait2_class class = fw2_class(e->sk);
	struct fw2_due due = { .at = FW2_NEVER };
	const struct fw2_policy *p = &e->policy;

	fw2_note_activity(e);
	if (unlikely(!fw2_judged(e, class)))
		fw2_judge(e, class);

	if (p->idle) {
		due.at = e->active + p->idle + 1;
		due.reason = p->reason;
	}
	if (p->max_age && e->since + p->max_age + 1 < due.at) {
		due.at = e->since + p->max_age + 1;
		due.reason = FINWAIT2_REASON_AGE;
	}
	if (p->keepstop && e->probing && fw2_due_vanished(e) < due.at) {
		due.at = fw2_due_vanished(e);
		due.reason = FINWAIT2_REASON_VANISHED;
	}
	return due;
}

/**
 * fw2_keep_wanted - should the peer of a tracked socket be probed?
 * @e: its entry, its shard locked
 */
bool fw2_keep_wanted(const struct fw2_entry *e)
{
	if (!e->policy.keepstart)
		return false;
	return e->probing || fw2_keep_possible(e->sk);
}

/* Observe mode: count once what would have been done. Is it to be told? */
static bool fw2_observe(struct fw2_entry *e, struct fw2_due due, u64 now)
{
	if (e->observed)
		return false;
	e->observed = true;
	fw2_count_entry(e, FINWAIT2_WAY_WOULD_FLUSH,
			fw2_span_ms(now - e->since));
	trace_flush(e->sk, due.reason, now - e->since, now - e->active, true);
	return fw2_event_wanted(e->fn, FINWAIT2_EVENT_WOULD_FLUSH);
}

/* What there is to be done about a socket that was looked at. */
enum fw2_task {
	FW2_TASK_NONE,
	FW2_TASK_TELL,
	FW2_TASK_SETTLE,
};

static enum fw2_task fw2_sweep_look(struct fw2_entry *e, struct fw2_due *due,
				    u64 *next)
{
	u64 now;

	*due = fw2_look(e);
	now = get_jiffies_64();
	if (due->at > now) {
		e->observed = false;
		*next = min(*next, due->at);
	} else if (!e->policy.observe) {
		return FW2_TASK_SETTLE;
	} else if (fw2_observe(e, *due, now)) {
		return FW2_TASK_TELL;
	}
	return e->probing == fw2_keep_wanted(e) ? FW2_TASK_NONE
						: FW2_TASK_SETTLE;
}

/*
 * Tell of an entry, and give up the lock for it. Apart, as the stack it takes would
 * be cleared for each entry.
 */
static noinline void fw2_sweep_tell(struct fw2_shard *shard, unsigned long flags,
				    struct fw2_entry *e, struct fw2_due due)
	__releases(&shard->lock)
{
	struct fw2_told told;

	fw2_tell_tracked(&told, e, due);
	raw_spin_unlock_irqrestore(&shard->lock, flags);
	fw2_event_sock(FINWAIT2_EVENT_WOULD_FLUSH, &told);
	fw2_told_put(&told);
}

/*
 * Do what there is to be done about an entry, without the lock, or only let others
 * have that.
 */
static void fw2_sweep_act(struct fw2_shard *shard, unsigned long *flags,
			  struct fw2_entry *e, enum fw2_task task,
			  struct fw2_due due, u64 *next)
	__must_hold(&shard->lock)
{
	struct sock *sk = e->sk;

	if (unlikely(task == FW2_TASK_TELL)) {
		fw2_sweep_tell(shard, *flags, e, due);
	} else if (task == FW2_TASK_SETTLE) {
		sock_hold(sk);
		raw_spin_unlock_irqrestore(&shard->lock, *flags);
		if (fw2_settle(sk, FW2_CAUSE_LIMIT, 0) == -EAGAIN)
			*next = get_jiffies_64();
		sock_put(sk);
	} else {
		raw_spin_unlock_irqrestore(&shard->lock, *flags);
	}
	cond_resched();
	raw_spin_lock_irqsave(&shard->lock, *flags);
}

/*
 * Look at all members of a gear in one shard. Returns how many there are, and
 * brings *@next forward to when the first of them will be due.
 */
static unsigned int fw2_sweep_shard(struct fw2_gear *gear,
				    struct fw2_shard *shard, u64 *next)
{
	struct list_head *members = &gear->members[fw2_shard_index(shard)];
	unsigned int seen = 0, batch;
	struct fw2_entry *e;
	enum fw2_task task;
	struct fw2_due due;
	unsigned long flags;
	LIST_HEAD(todo);

	/*
	 * Members stay on one list or the other, so that the probe can take
	 * them off whenever the lock is dropped.
	 */
	raw_spin_lock_irqsave(&shard->lock, flags);
	list_splice_init(members, &todo);
	while (!list_empty(&todo)) {
		struct list_head *at = todo.next;
		LIST_HEAD(done);

		batch = 0;
		do {
			e = list_entry(at, struct fw2_entry, member);
			/* The look may put it into another gear. */
			at = at->next;
			task = fw2_sweep_look(e, &due, next);
			seen += &gear->fn->gears[e->gear] == gear;
		} while (task == FW2_TASK_NONE && ++batch < FW2_SWEEP_BATCH &&
			 at != &todo);
		/* All at once: a list is checked as it is changed. */
		list_cut_before(&done, &todo, at);
		list_splice_tail(&done, members);
		fw2_sweep_act(shard, &flags, e, task, due, next);
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);

	return seen;
}

/**
 * fw2_sweep_quantum - how often a socket must be looked at
 * @shortest: its shortest limit, ms
 *
 * Return: jiffies.
 */
unsigned long fw2_sweep_quantum(unsigned int shortest)
{
	return msecs_to_jiffies(max(FW2_QUANTUM_MIN_MS,
				    shortest >> FW2_QUANTUM_SHIFT));
}

static unsigned int fw2_sweep_gear(u32 shortest)
{
	unsigned int ms = jiffies_to_msecs(shortest) >> FW2_QUANTUM_SHIFT;

	if (!shortest)
		return FW2_GEARS;
	if (ms < 2 * FW2_QUANTUM_MIN_MS)
		return 0;
	return min(ilog2(ms / FW2_QUANTUM_MIN_MS), FW2_GEARS - 1);
}

static void fw2_sweep_queue(struct fw2_gear *gear, unsigned long delay)
{
	/* Where a second does not matter, share others' wake-ups. */
	if (delay >= 3 * HZ)
		delay = round_jiffies_relative(delay);
	queue_delayed_work(fw2_wq, &gear->sweep, delay);
}

/**
 * fw2_sweep_shift - put an entry into the gear it wants
 * @e: entry
 * @shortest: its shortest limit, jiffies; 0: none
 *
 * Context: process context, the shard of @e locked. So the namespace cannot go
 * meanwhile, and a sweep that missed the member is queued anew here.
 */
void fw2_sweep_shift(struct fw2_entry *e, u32 shortest)
{
	struct fw2_shard *shard = fw2_shard(fw2_hash(e->sk));
	struct fw2_gear *gear;

	e->gear = fw2_sweep_gear(shortest);
	gear = &e->fn->gears[e->gear];
	list_move_tail(&e->member, &gear->members[fw2_shard_index(shard)]);
	if (gear->quantum && !test_and_set_bit(0, &gear->sweeping))
		fw2_sweep_queue(gear, gear->quantum);
}

/**
 * fw2_sweep_now - sweep a namespace in which something has changed
 * @fn: namespace
 *
 * Context: process context.
 */
void fw2_sweep_now(struct fw2_net *fn)
{
	struct fw2_gear *gear;

	for (gear = fn->gears; gear <= fn->gears + FW2_GEARS; gear++) {
		set_bit(0, &gear->sweeping);
		mod_delayed_work(fw2_wq, &gear->sweep, 0);
	}
}

static void fw2_sweep(struct work_struct *work)
{
	struct fw2_gear *gear = container_of(to_delayed_work(work),
					     struct fw2_gear, sweep);
	unsigned long quantum = gear->quantum ?: HZ;
	u64 now, next = FW2_NEVER;
	struct fw2_shard *shard;
	unsigned int seen = 0;

	clear_bit(0, &gear->sweeping);
	/* Who comes in from now on and is not seen below arms it again. */
	smp_mb__after_atomic();

	for (shard = fw2_shards; shard < fw2_shards + FW2_SHARDS; shard++)
		seen += fw2_sweep_shard(gear, shard, &next);

	/* At rest, only a socket that was locked when it was to be probed no more. */
	if (!seen || (!gear->quantum && next == FW2_NEVER))
		return;

	/*
	 * The next look is a quantum away, or sooner where a socket will be
	 * due, but not so soon that sockets due one after the other have
	 * everybody looked at for each.
	 */
	now = get_jiffies_64();
	next = clamp(next, now + max(1UL, quantum / 4), now + quantum);
	if (!test_and_set_bit(0, &gear->sweeping))
		fw2_sweep_queue(gear, next - now);
}

/**
 * fw2_sweep_init - get the gears of a new namespace ready
 * @fn: namespace
 */
void fw2_sweep_init(struct fw2_net *fn)
{
	unsigned int i, j;

	for (i = 0; i <= FW2_GEARS; i++) {
		struct fw2_gear *gear = &fn->gears[i];

		gear->fn = fn;
		if (i < FW2_GEARS)
			gear->quantum = msecs_to_jiffies(FW2_QUANTUM_MIN_MS << i);
		INIT_DELAYED_WORK(&gear->sweep, fw2_sweep);
		for (j = 0; j < FW2_SHARDS; j++)
			INIT_LIST_HEAD(&gear->members[j]);
	}
}

/**
 * fw2_sweep_cancel - let a namespace that has no sockets any more be
 * @fn: namespace
 *
 * Context: process context, may sleep.
 */
void fw2_sweep_cancel(struct fw2_net *fn)
{
	unsigned int i;

	for (i = 0; i <= FW2_GEARS; i++)
		cancel_delayed_work_sync(&fn->gears[i].sweep);
}
