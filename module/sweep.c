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
 * Limits differ by rule, from milliseconds to weeks, so a namespace has gears,
 * each with a quantum twice as long as that of the one before, and a work item of
 * its own. A socket is in the slowest gear that is quick enough for it; if it is
 * under no limit, in the last one, which is at rest, and no look is spent on it.
 * One that will be due before it is looked at again waits for that in a gear that
 * is eight times as quick, so that those that are due one after the other do not
 * have all others looked at for each.
 *
 * To most that wait here nothing happens, and of that a look would be wasted. A
 * socket is still if all that was received has been read: then nothing can happen
 * to it but by a segment, and of all the segments of a namespace the kernel keeps
 * count. While that stands, those that are still are not looked at before the first
 * of them is about to be due. A segment is counted before it is dealt with; so when
 * the count has gone on, all are looked at until once that was after it had been
 * dealt with, for which a grace period is enough. If that should ever let
 * something pass, it is seen and dated when the socket seems to be due, so the
 * flush is late and not early.
 *
 * A flush is late by what the last look dated wrongly, a quantum, and by what the
 * sweep of the quicker gear came late, an eighth of that; timers add a tenth to
 * both. A quantum of an eleventh of the shortest limit keeps it within the promised
 * eighth: 1.1 * 1.125 / 11 is 0.1125.
 *
 * A sweep takes no lock of any socket, and the lock of one shard at a time, for
 * some dozens of sockets. Where it finds one due, fw2_settle() locks the socket
 * and looks again.
 */

#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include <net/ip.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "event.h"
#include "flush.h"
#include "keep.h"
#include "net.h"
#include "policy.h"
#include "ruleset.h"
#include "shut.h"
#include "sweep.h"
#include "table.h"
#include "tell.h"
#include "trace.h"

/* How many sockets are looked at under one hold of a shard's lock. */
#define FW2_SWEEP_BATCH	32

/* How often a socket is looked at in its shortest limit, at least. */
#define FW2_LOOKS	11U
/* Nothing is looked at more often than this. */
#define FW2_QUANTUM_MIN_MS	20U

/* How many gears quicker those are that will soon be due. */
#define FW2_NEAR_GEARS	3
/* How soon that is in the first gear: a quantum, and what a sweep may be late. */
#define FW2_NEAR_MIN	msecs_to_jiffies(FW2_QUANTUM_MIN_MS * 5 / 4)

/* Is the answer that an entry keeps still right? */
static bool fw2_judged(const struct fw2_entry *e, enum finwait2_class class)
{
	return e->epoch == READ_ONCE(e->fn->epoch) && e->class == class &&
	       e->mark == READ_ONCE(e->sk->sk_mark);
}

/*
 * Has anything been received or read since the last look?
 *
 * tp->rcv_nxt is no good to see data come in: it moves before lrcvtime does, and
 * a look between the two would note the one with the time of the other.
 */
static __always_inline bool fw2_active(const struct fw2_entry *e)
{
	const struct tcp_sock *tp = tcp_sk(e->sk);

	return READ_ONCE(inet_csk(e->sk)->icsk_ack.lrcvtime) != e->lrcv ||
	       READ_ONCE(tp->copied_seq) != e->copied ||
	       READ_ONCE(tp->rcv_ooopack) != e->ooo;
}

/* When was that? */
static noinline void fw2_note_activity(struct fw2_entry *e)
{
	const struct tcp_sock *tp = tcp_sk(e->sk);
	u32 lrcv = READ_ONCE(inet_csk(e->sk)->icsk_ack.lrcvtime);
	u32 copied = READ_ONCE(tp->copied_seq);
	u32 ooo = READ_ONCE(tp->rcv_ooopack);
	u64 now;

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

/* fw2_look(), to be part of the loop over all members of a gear. */
static __always_inline struct fw2_due fw2_look_inline(struct fw2_entry *e)
{
	const enum finwait2_class class = fw2_class(e->sk);
	struct fw2_due due = { .at = FW2_NEVER };
	const struct fw2_policy *p = &e->policy;

	if (unlikely(fw2_active(e)))
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
	return fw2_look_inline(e);
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

/**
 * fw2_sweep_quantum - how often a socket must be looked at
 * @shortest: its shortest limit, ms
 *
 * Return: jiffies.
 */
unsigned long fw2_sweep_quantum(unsigned int shortest)
{
	return msecs_to_jiffies(max(FW2_QUANTUM_MIN_MS,
				    shortest / FW2_LOOKS));
}

static unsigned int fw2_sweep_gear(u32 shortest)
{
	unsigned int ms = jiffies_to_msecs(shortest) / FW2_LOOKS;

	if (!shortest)
		return FW2_GEARS;
	if (ms < 2 * FW2_QUANTUM_MIN_MS)
		return 0;
	return min(ilog2(ms / FW2_QUANTUM_MIN_MS), FW2_GEARS - 1);
}

static void fw2_sweep_queue(struct fw2_gear *gear, unsigned long delay)
{
	/* Where a second does not matter, share others' wake-ups. */
	if (delay >= 10 * HZ)
		delay = round_jiffies_relative(delay);
	queue_delayed_work(fw2_wq, &gear->sweep, delay);
}

/* Put an entry on the list of its gear, or if it is @near of the quicker one. */
static void fw2_sweep_put(struct fw2_entry *e, bool near, bool still)
{
	struct fw2_shard *shard = fw2_shard(fw2_hash(e->sk));
	struct fw2_gear *gear = &e->fn->gears[e->gear];
	struct list_head *members;

	if (near)
		gear -= min_t(unsigned int, e->gear, FW2_NEAR_GEARS);
	members = &gear->members[fw2_shard_index(shard)];
	e->near = near;
	e->still = still;
	if (still)
		list_move_tail(&e->member, members);
	else
		list_move(&e->member, members);
	if (gear->quantum && !test_and_set_bit(FW2_GEAR_QUEUED, &gear->flags))
		fw2_sweep_queue(gear, gear->quantum);
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
	e->gear = fw2_sweep_gear(shortest);
	fw2_sweep_put(e, false, false);
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

/*
 * Can nothing happen to a socket but by a segment, or in time? Not if there is
 * something to be read.
 */
static __always_inline bool fw2_still(const struct fw2_entry *e)
{
	return !e->untold && !e->policy.keepstart && !e->probing &&
	       READ_ONCE(tcp_sk(e->sk)->rcv_nxt) == e->copied;
}

/* What is to be done about a member of a gear that is not still. */
static enum fw2_task fw2_sweep_see_to(struct fw2_gear *gear,
				      struct fw2_entry *e, struct fw2_due due)
{
	enum fw2_task task = FW2_TASK_NONE;
	u64 now = get_jiffies_64();
	bool near;

	/* Who is observed long after it was due is not near. */
	near = due.at - now < e->fn->gears[e->gear].soon;
	if (due.at <= now) {
		if (!e->policy.observe) {
			/* Here it is tried again if it is in use. */
			near = e->near;
			task = FW2_TASK_SETTLE;
		} else if (fw2_observe(e, due, now)) {
			task = FW2_TASK_TELL;
		}
	} else {
		e->observed = false;
	}
	if (task == FW2_TASK_NONE && e->probing != fw2_keep_wanted(e))
		task = FW2_TASK_SETTLE;

	gear->untold += e->untold;
	if (near != e->near || e->still)
		fw2_sweep_put(e, near, false);
	return task;
}

/* Look at a member of a gear. It is left where it is unless something has changed. */
static __always_inline enum fw2_task
fw2_sweep_look(struct fw2_gear *gear, struct fw2_entry *e, struct fw2_due *due)
{
	/* It goes last of all that its owner deals with, see __release_sock(). */
	int backlog = smp_load_acquire(&e->sk->sk_backlog.len);
	u64 soon;

	*due = fw2_look_inline(e);
	soon = get_jiffies_64() + gear->soon;
	/* Only the sweep of its own gear can leave it out from now on. */
	if (due->at < soon || backlog || e->gear != gear->index || !fw2_still(e))
		return fw2_sweep_see_to(gear, e, *due);

	gear->due = min(gear->due, due->at);
	if (unlikely(!e->still)) {
		e->observed = false;
		fw2_sweep_put(e, false, true);
	}
	return FW2_TASK_NONE;
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
 * have that. Is it to be tried again?
 */
static bool fw2_sweep_act(struct fw2_shard *shard, unsigned long *flags,
			  struct fw2_entry *e, enum fw2_task task,
			  struct fw2_due due)
	__must_hold(&shard->lock)
{
	struct sock *sk = e->sk;
	bool again = false;

	if (unlikely(task == FW2_TASK_TELL)) {
		fw2_sweep_tell(shard, *flags, e, due);
	} else if (task == FW2_TASK_SETTLE) {
		sock_hold(sk);
		raw_spin_unlock_irqrestore(&shard->lock, *flags);
		again = fw2_settle(sk, FW2_CAUSE_LIMIT, 0) == -EAGAIN;
		sock_put(sk);
	} else {
		raw_spin_unlock_irqrestore(&shard->lock, *flags);
	}
	cond_resched();
	raw_spin_lock_irqsave(&shard->lock, *flags);

	return again;
}

/*
 * Look at the members of a gear in one shard, those that are still only if it is to
 * be @all. Are there any left? *@again, if one of them was in use.
 */
static bool fw2_sweep_shard(struct fw2_gear *gear, struct fw2_shard *shard,
			    bool all, bool *again)
{
	struct list_head *members = &gear->members[fw2_shard_index(shard)];
	unsigned int batch;
	struct fw2_entry *e;
	enum fw2_task task;
	struct fw2_due due;
	unsigned long flags;
	LIST_HEAD(todo);
	bool left, still;

	/*
	 * Members stay on one list or the other, so that the probe can take
	 * them off whenever the lock is dropped.
	 */
	raw_spin_lock_irqsave(&shard->lock, flags);
	list_splice_init(members, &todo);
	while (!list_empty(&todo)) {
		struct list_head *at = todo.next;
		LIST_HEAD(done);

		still = list_entry(at, struct fw2_entry, member)->still;
		if (still && !all) {
			/* So are all that follow. */
			list_splice_tail_init(&todo, members);
			break;
		}
		batch = 0;
		do {
			e = list_entry(at, struct fw2_entry, member);
			if (e->still != still)
				break;
			/* The look may put it elsewhere. */
			at = at->next;
			task = fw2_sweep_look(gear, e, &due);
		} while (task == FW2_TASK_NONE && ++batch < FW2_SWEEP_BATCH &&
			 at != &todo);
		/* All at once: a list is checked as it is changed. */
		list_cut_before(&done, &todo, at);
		list_splice(&done, still ? members->prev : members);
		*again |= fw2_sweep_act(shard, &flags, e, task, due);
	}
	left = !list_empty(members);
	raw_spin_unlock_irqrestore(&shard->lock, flags);

	return left;
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
		set_bit(FW2_GEAR_STIRRED, &gear->flags);
		set_bit(FW2_GEAR_QUEUED, &gear->flags);
		mod_delayed_work(fw2_wq, &gear->sweep, 0);
	}
}

/* How many segments a namespace has received, good or bad, see tcp_v4_rcv(). */
static unsigned long fw2_segments(const struct net *net)
{
	unsigned long segments = 0;
	int cpu;

	/* Others count meanwhile. What is missed here is there the next time. */
	for_each_possible_cpu(cpu)
		segments += data_race(snmp_get_cpu_field(net->mib.tcp_statistics,
							 cpu, TCP_MIB_INSEGS));
	return segments;
}

/* Must those be looked at, too, that were still? */
static bool fw2_sweep_stirred(struct fw2_gear *gear)
{
	unsigned long segments = fw2_segments(gear->fn->net);
	u64 soon = get_jiffies_64() + gear->soon;
	bool stirred;

	stirred = test_and_clear_bit(FW2_GEAR_STIRRED, &gear->flags) ||
		  gear->due < soon;
	if (segments != gear->segments) {
		gear->segments = segments;
		gear->grace = get_state_synchronize_rcu();
		gear->settled = false;
		return true;
	}
	if (!gear->settled) {
		gear->settled = poll_state_synchronize_rcu(gear->grace);
		/* Most often somebody has had one for reasons of their own. */
		if (!gear->settled)
			gear->grace = start_poll_synchronize_rcu();
		return true;
	}
	return stirred;
}

static void fw2_sweep(struct work_struct *work)
{
	struct fw2_gear *gear = container_of(to_delayed_work(work),
					     struct fw2_gear, sweep);
	unsigned long delay = gear->quantum;
	bool left = false, again = false;
	struct fw2_shard *shard;
	bool all;

	clear_bit(FW2_GEAR_QUEUED, &gear->flags);
	/* Who comes in from now on and is not seen below arms it again. */
	smp_mb__after_atomic();

	all = fw2_sweep_stirred(gear);
	if (all)
		gear->due = FW2_NEVER;
	gear->untold = 0;
	for (shard = fw2_shards; shard < fw2_shards + FW2_SHARDS; shard++)
		left |= fw2_sweep_shard(gear, shard, all, &again);

	if (gear->untold >= FW2_SHUT_MANY && !fw2_marks_matter(gear->fn))
		fw2_shut_want();
	/* Even at rest: a socket may be locked when it is to be probed no more. */
	if (again)
		delay = max(1UL, (delay ?: HZ) / 4);
	if (left && delay && !test_and_set_bit(FW2_GEAR_QUEUED, &gear->flags))
		fw2_sweep_queue(gear, delay);
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
		gear->index = i;
		gear->soon = (u64)FW2_NEAR_MIN << i;
		gear->due = FW2_NEVER;
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
