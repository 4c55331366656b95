// SPDX-License-Identifier: GPL-2.0
/*
 * The nursery: where a socket spends its first moments in FIN_WAIT_2.
 *
 * On a healthy server nearly every connection that gets to FIN_WAIT_2 leaves it
 * a round trip later. Those must cost next to nothing: no allocation, no lock,
 * no list, no timer. So a socket that enters is only noted in a slot, found by a
 * hash of its address, and the slot is cleared as it leaves. Now and then a work
 * item looks for those who stayed, and moves them to the table:
 *
 *             FIN_WAIT_1 -> FIN_WAIT_2           stayed for a pace or two
 *   probe ---------------------------> slot --------------------------> table
 *                                       |                                 |
 *             FIN_WAIT_2 -> CLOSE       |                                 |
 *   probe <-----------------------------+---------------------------------+
 *
 * A slot is one of four in a nest, a cache line. Its owner is whoever has put a
 * value into slot->sk with cmpxchg():
 *
 *   NULL        free; the probe may take it, for the socket it was called for
 *   sk | BUSY   being filled by the probe, or being moved by the work item
 *   sk          taken, and holds a reference on sk
 *
 * Only two parties ever want a taken slot: the probe at the socket's exit, and
 * the work item. The work item marks it BUSY with the socket's shard of the
 * table locked, and frees it when the entry is in the table. A probe that finds
 * its socket BUSY finds it in the table once it has the lock; one that does not
 * find it here sees the table as the work item left it.
 *
 * If all four slots of a nest are taken, the socket is missed: the adoption is
 * told, which finds it in the kernel's own table of sockets.
 */

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "adopt.h"
#include "event.h"
#include "net.h"
#include "nursery.h"
#include "orphan.h"
#include "pressure.h"
#include "sweep.h"
#include "table.h"
#include "tell.h"

#define FW2_NESTS_MIN	1024U
#define FW2_NESTS_MAX	16384U

struct fw2_nest *fw2_nests __read_mostly;
unsigned int fw2_nest_mask __read_mostly;

/* The work item is queued or about to look; keeps the probe from queueing. */
static unsigned long fw2_nursery_armed;
/* A nest was found full: move everybody, however young. */
static bool fw2_nursery_crowded;
/* The module goes away; under fw2_nursery_mutex. */
static bool fw2_nursery_closed;
static unsigned long fw2_nursery_delay __read_mostly = HZ;
/* One mover at a time: the work item or a dump. */
static DEFINE_MUTEX(fw2_nursery_mutex);

static void fw2_nursery_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(fw2_nursery_dwork, fw2_nursery_work);

/**
 * fw2_nursery_arm - have the nursery looked at
 *
 * Context: any, the probe included: the workqueue's and the timers' locks are
 * raw.
 */
void fw2_nursery_arm(void)
{
	if (!test_and_set_bit(0, &fw2_nursery_armed))
		queue_delayed_work(fw2_wq, &fw2_nursery_dwork,
				   READ_ONCE(fw2_nursery_delay));
}

/* A nest is full: have it emptied now. */
static void fw2_nursery_hurry(void)
{
	if (xchg(&fw2_nursery_crowded, true))
		return;
	set_bit(0, &fw2_nursery_armed);
	mod_delayed_work(fw2_wq, &fw2_nursery_dwork, 0);
}

/**
 * fw2_nursery_add - note a socket that enters FIN_WAIT_2
 * @sk: socket
 * @hash: its fw2_hash()
 *
 * Context: the probe: socket locked by the caller, preemption perhaps off.
 * Return: false if there is no room.
 */
bool fw2_nursery_add(struct sock *sk, u32 hash)
{
	struct fw2_slot *slot = fw2_nest(hash)->slot;
	const struct fw2_slot *last = slot + FW2_SLOTS - 1;
	const struct tcp_sock *tp = tcp_sk(sk);

	do {
		if (READ_ONCE(slot->sk) ||
		    cmpxchg(&slot->sk, 0, (unsigned long)sk | FW2_BUSY))
			continue;

		sock_hold(sk);
		slot->since = (u32)tp->tcp_mstamp & ~FW2_SHUT;
		if (sk->sk_shutdown == SHUTDOWN_MASK)
			slot->since |= FW2_SHUT;
		slot->copied = tp->copied_seq;
		/* Pairs with the acquire in fw2_nursery_scan(). */
		smp_store_release(&slot->sk, (unsigned long)sk);

		/*
		 * Ordered after the cmpxchg() above: either the work item sees
		 * the slot taken, or this sees it disarmed.
		 */
		if (!READ_ONCE(fw2_nursery_armed))
			fw2_nursery_arm();
		if (slot == last)
			fw2_nursery_hurry();
		return true;
	} while (++slot <= last);

	fw2_nursery_hurry();
	return false;
}

/* When the socket entered and was last active, from what its slot knows. */
static void fw2_nursery_times(struct fw2_entry *e, u32 since_us, u32 copied)
{
	u32 age_us = (u32)tcp_clock_us() - since_us;
	u64 now;

	/* Not before what fw2_table_insert() has read: e->lrcv is a time. */
	smp_rmb();
	now = get_jiffies_64();

	e->since = now - div_u64((u64)age_us * HZ, USEC_PER_SEC);
	/* Data out of order may have come before or since. */
	if (e->copied != copied || e->ooo) {
		e->active = now;
		e->activity = FINWAIT2_ACTIVITY_READ;
		return;
	}
	e->active = now - ((u32)now - e->lrcv);
	if (e->active > e->since)
		e->activity = FINWAIT2_ACTIVITY_RECEIVED;
	else
		e->active = e->since;
}

/* What became of a socket that was to be moved to the table. */
enum fw2_move {
	FW2_MOVE_GONE,
	FW2_MOVE_DONE,
	FW2_MOVE_DROPPED,
};

/*
 * Have an entry for a socket that cannot leave unseen, if there is room for it: if
 * not, adoption finds it when there is. Its shard is locked.
 */
static enum fw2_move fw2_nursery_settle(struct fw2_slot *slot, struct sock *sk,
					struct fw2_entry *e)
{
	/* It holds a reference on its namespace as long as the lock is held. */
	struct fw2_net *fn = fw2_net(sock_net(sk));
	u32 hash = fw2_hash(sk);

	if (!fw2_room(fn)) {
		fw2_count(fn, dropped);
		fw2_count(fn, missed);
		fw2_orphan_unmark(sk);
		return FW2_MOVE_DROPPED;
	}
	fw2_table_insert(fw2_shard(hash), hash, e, sk, fn);
	fw2_nursery_times(e, slot->since, slot->copied);
	fw2_pressure_check(fn);
	return FW2_MOVE_DONE;
}

/*
 * Move one socket to the table, unless it has left in the meantime. Takes
 * *@spare for it, and puts another one there if there is one to be had.
 */
static void fw2_nursery_move(struct fw2_slot *slot, unsigned long val,
			     struct fw2_entry **spare)
{
	struct sock *sk = (struct sock *)val;
	struct fw2_shard *shard = fw2_shard(fw2_hash(sk));
	enum fw2_move move = FW2_MOVE_GONE;
	struct fw2_told told;
	unsigned long flags;
	bool tell = false;

	raw_spin_lock_irqsave(&shard->lock, flags);
	/* The slot's reference keeps the socket; it is the entry's then. */
	if (cmpxchg(&slot->sk, val, val | FW2_BUSY) == val)
		move = fw2_nursery_settle(slot, sk, *spare);
	if (move == FW2_MOVE_DONE) {
		tell = fw2_event_wanted((*spare)->fn, FINWAIT2_EVENT_TRACK);
		if (tell)
			fw2_tell_tracked(&told, *spare, fw2_look(*spare));
		*spare = fw2_table_reuse(shard);
	}
	if (move != FW2_MOVE_GONE) {
		/* Pairs with the acquire in fw2_nursery_find(). */
		smp_store_release(&slot->sk, 0);
	}
	raw_spin_unlock_irqrestore(&shard->lock, flags);

	if (move == FW2_MOVE_DROPPED) {
		sock_put(sk);
		fw2_adopt_later();
	}
	if (tell) {
		fw2_event_sock(FINWAIT2_EVENT_TRACK, &told);
		fw2_told_put(&told);
	}
}

/*
 * Move those who have been here for @min_us. Returns 0 if nobody is left, -ENOMEM if
 * somebody is for lack of memory, until the next time, and otherwise 1.
 */
static int fw2_nursery_scan(u32 min_us)
{
	struct fw2_entry *spare = NULL;
	unsigned int i, j;
	int left = 0;

	lockdep_assert_held(&fw2_nursery_mutex);

	for (i = 0; i <= fw2_nest_mask; i++) {
		for (j = 0; j < FW2_SLOTS; j++) {
			struct fw2_slot *slot = &fw2_nests[i].slot[j];
			/* Pairs with the release in fw2_nursery_add(). */
			unsigned long val = smp_load_acquire(&slot->sk);

			if (!val)
				continue;
			if ((val & FW2_BUSY) ||
			    (u32)tcp_clock_us() - READ_ONCE(slot->since) < min_us) {
				left = left ?: 1;
				continue;
			}
			if (!spare)
				spare = fw2_entry_alloc(GFP_KERNEL |
							__GFP_NOWARN);
			if (!spare) {
				left = -ENOMEM;
				continue;
			}
			fw2_nursery_move(slot, val, &spare);
		}
		cond_resched();
	}
	fw2_entry_free(spare);

	return left;
}

static void fw2_nursery_work(struct work_struct *work)
{
	unsigned long pace = READ_ONCE(fw2_nursery_delay);
	int left;

	clear_bit(0, &fw2_nursery_armed);
	/*
	 * Pairs with the cmpxchg() in fw2_nursery_add(): who comes in from now
	 * on and is not seen below arms the work item again.
	 */
	smp_mb__after_atomic();

	mutex_lock(&fw2_nursery_mutex);
	if (READ_ONCE(fw2_nursery_crowded)) {
		WRITE_ONCE(fw2_nursery_crowded, false);
		left = fw2_nursery_scan(0);
	} else {
		left = fw2_nursery_scan(jiffies_to_usecs(pace));
	}
	mutex_unlock(&fw2_nursery_mutex);

	fw2_table_trim();
	if (left)
		fw2_nursery_arm();
}

/**
 * fw2_nursery_flush - move everybody to the table, for a dump to find
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM if somebody could not be moved.
 */
int fw2_nursery_flush(void)
{
	int left;

	mutex_lock(&fw2_nursery_mutex);
	left = fw2_nursery_scan(0);
	mutex_unlock(&fw2_nursery_mutex);
	return min(left, 0);
}

/**
 * fw2_nursery_pace - say how often the nursery is to be looked at
 * @pace: jiffies; nobody stays longer than two of these
 *
 * Context: process context.
 */
void fw2_nursery_pace(unsigned long pace)
{
	if (pace == READ_ONCE(fw2_nursery_delay))
		return;
	mutex_lock(&fw2_nursery_mutex);
	WRITE_ONCE(fw2_nursery_delay, pace);
	if (!fw2_nursery_closed && test_bit(0, &fw2_nursery_armed))
		mod_delayed_work(fw2_wq, &fw2_nursery_dwork, pace);
	mutex_unlock(&fw2_nursery_mutex);
}

int fw2_nursery_init(void)
{
	unsigned int n = clamp(roundup_pow_of_two(num_possible_cpus()) * 512,
			       FW2_NESTS_MIN, FW2_NESTS_MAX);

	fw2_nests = kvcalloc(n, sizeof(*fw2_nests), GFP_KERNEL);
	if (!fw2_nests)
		return -ENOMEM;
	fw2_nest_mask = n - 1;
	return 0;
}

/**
 * fw2_nursery_stop - let nobody be moved any more, and forget who is here
 *
 * Context: process context, may sleep; the probe is unregistered.
 */
void fw2_nursery_stop(void)
{
	unsigned int i, j;

	mutex_lock(&fw2_nursery_mutex);
	fw2_nursery_closed = true;
	mutex_unlock(&fw2_nursery_mutex);
	cancel_delayed_work_sync(&fw2_nursery_dwork);
	/* For fw2_nursery_arm(): there is nothing to look at any more. */
	set_bit(0, &fw2_nursery_armed);

	for (i = 0; i <= fw2_nest_mask; i++) {
		for (j = 0; j < FW2_SLOTS; j++) {
			struct fw2_slot *slot = &fw2_nests[i].slot[j];
			struct sock *sk = (struct sock *)slot->sk;

			if (!sk)
				continue;
			slot->sk = 0;
			fw2_orphan_unmark(sk);
			sock_put(sk);
		}
		cond_resched();
	}
}

void fw2_nursery_exit(void)
{
	kvfree(fw2_nests);
}
