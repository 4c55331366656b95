// SPDX-License-Identifier: GPL-2.0
/*
 * Exits: each socket that leaves FIN_WAIT_2, told to whoever listens.
 *
 * Most sockets leave within a round trip, and nobody keeps an account of them but
 * the counters. Who wants to know which peers never close must see those that do,
 * too, one by one. The probe cannot send messages: where it is called nothing may
 * sleep, and nothing be allocated. So it notes who leaves in a ring of this CPU,
 * and a work item makes messages of that, a tenth of a second later, or at once
 * when a ring fills. What finds no room is counted, and the numbers of the events
 * leave a gap for it.
 *
 * Nobody pays for that as long as nobody listens. That somebody does is looked
 * for when a request comes, of any kind, and not in the probe; that nobody does
 * any more, when there is something to be told. The rings are there from the first
 * listener on.
 *
 *   probe, interrupts off        ring->head    work item, fw2_exits_mutex
 *   --------------------------->   notes   -------------------------------->
 *                                ring->tail
 *
 * A note points to its namespace. It is gone before that is, see
 * fw2_exits_forget().
 */

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "event.h"
#include "exits.h"
#include "net.h"
#include "netlink-gen.h"
#include "tell.h"

#define FW2_RING	1024U

#define FW2_EXITS_DELAY	(HZ / 10)

/**
 * struct fw2_note - a socket that has left
 * @fn: its namespace
 * @when: when it left, ns of CLOCK_REALTIME
 * @l: how it left
 * @who: what is told of it
 */
struct fw2_note {
	struct fw2_net		*fn;
	u64			when;
	struct fw2_leaving	l;
	struct fw2_who		who;
};

/**
 * struct fw2_ring - notes of one CPU
 * @notes: FW2_RING of them; NULL until somebody has listened
 * @head: where the next is put; written by the probe on this CPU
 * @tail: where the next is taken; written under fw2_exits_mutex
 */
struct fw2_ring {
	struct fw2_note	*notes;
	unsigned int	head;
	unsigned int	tail;
};

static DEFINE_PER_CPU(struct fw2_ring, fw2_rings);
/* One reader of the rings at a time; listeners, too. */
static DEFINE_MUTEX(fw2_exits_mutex);
static unsigned long fw2_exits_armed;

static void fw2_exits_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(fw2_exits_dwork, fw2_exits_work);

/**
 * fw2_exits_note - note that a socket leaves FIN_WAIT_2
 * @fn: its namespace, where somebody listens
 * @sk: socket
 * @l: how it leaves
 *
 * Context: the probe: socket locked by the caller.
 */
void fw2_exits_note(struct fw2_net *fn, struct sock *sk,
		    const struct fw2_leaving *l)
{
	struct fw2_ring *ring;
	struct fw2_note *note;
	unsigned int used;
	unsigned long flags;

	local_irq_save(flags);
	ring = this_cpu_ptr(&fw2_rings);
	/* Pairs with the release in fw2_exits_read(). */
	used = ring->head - smp_load_acquire(&ring->tail);
	if (used < FW2_RING) {
		note = &ring->notes[ring->head % FW2_RING];
		note->fn = fn;
		note->when = ktime_get_real_ns();
		note->l = *l;
		fw2_who(&note->who, sk);
		note->who.class = l->class;
		/* Pairs with the acquire in fw2_exits_read(). */
		smp_store_release(&ring->head, ring->head + 1);
	} else {
		fw2_count(fn, unheard);
	}
	local_irq_restore(flags);

	if (!test_and_set_bit(0, &fw2_exits_armed))
		queue_delayed_work(fw2_wq, &fw2_exits_dwork, FW2_EXITS_DELAY);
	else if (used == FW2_RING / 4)
		mod_delayed_work(fw2_wq, &fw2_exits_dwork, 0);
}

/* The numbers of those that nobody could be told of are left out. */
static void fw2_exits_skip(struct fw2_net *fn)
{
	u64 unheard = fw2_net_total(fn, unheard);

	fn->events[FINWAIT2_NLGRP_EXITS] += unheard - fn->unheard_told;
	fn->unheard_told = unheard;
}

/* What comes of a note in a message. Returns 0, or -EMSGSIZE. */
static int fw2_exits_put(struct sk_buff *msg, const struct fw2_note *note,
			 u64 seq)
{
	struct fw2_net *fn = note->fn;
	void *hdr;

	hdr = fw2_event_put(msg, FINWAIT2_EVENT_EXIT, seq, note->when);
	if (!hdr)
		return -EMSGSIZE;
	if (fw2_put_who(msg, &note->who, fn->net->user_ns) ||
	    nla_put_uint(msg, FINWAIT2_A_SOCK_AGE, note->l.age) ||
	    nla_put_uint(msg, FINWAIT2_A_SOCK_IDLE, note->l.idle) ||
	    (note->l.prio &&
	     nla_put_u32(msg, FINWAIT2_A_SOCK_RULE, note->l.prio)) ||
	    nla_put_u32(msg, FINWAIT2_A_SOCK_REASON, note->l.reason)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/* A message in the making: as many notes of one namespace as it has room for. */
struct fw2_batch {
	struct sk_buff	*msg;
	struct fw2_net	*fn;
};

static void fw2_exits_send(struct fw2_batch *batch)
{
	if (batch->msg)
		fw2_event_multicast(batch->fn, batch->msg,
				    FINWAIT2_NLGRP_EXITS);
	batch->msg = NULL;
}

static void fw2_exits_tell(struct fw2_batch *batch, const struct fw2_note *note)
{
	struct fw2_net *fn = note->fn;
	u64 seq;

	if (batch->fn != fn) {
		fw2_exits_send(batch);
		batch->fn = fn;
		fw2_exits_skip(fn);
		WRITE_ONCE(fn->exits_wanted,
			   fw2_event_wanted(fn, FINWAIT2_EVENT_EXIT));
	}
	seq = ++fn->events[FINWAIT2_NLGRP_EXITS];
	if (!fn->exits_wanted)
		return;
	if (batch->msg && !fw2_exits_put(batch->msg, note, seq))
		return;
	fw2_exits_send(batch);
	batch->msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (batch->msg)
		fw2_exits_put(batch->msg, note, seq);
}

/* Tell what is in one ring. */
static void fw2_exits_read(struct fw2_batch *batch, struct fw2_ring *ring)
{
	/* Pairs with the release in fw2_exits_note(). */
	unsigned int head = smp_load_acquire(&ring->head);

	while (ring->tail != head) {
		fw2_exits_tell(batch, &ring->notes[ring->tail % FW2_RING]);
		/* Pairs with the acquire in fw2_exits_note(). */
		smp_store_release(&ring->tail, ring->tail + 1);
	}
}

static void fw2_exits_drain(void)
{
	struct fw2_batch batch = {};
	int cpu;

	lockdep_assert_held(&fw2_exits_mutex);

	for_each_possible_cpu(cpu) {
		fw2_exits_read(&batch, per_cpu_ptr(&fw2_rings, cpu));
		cond_resched();
	}
	fw2_exits_send(&batch);
}

static void fw2_exits_work(struct work_struct *work)
{
	clear_bit(0, &fw2_exits_armed);
	/* Who makes a note from now on and is not seen below arms it again. */
	smp_mb__after_atomic();

	mutex_lock(&fw2_exits_mutex);
	fw2_exits_drain();
	mutex_unlock(&fw2_exits_mutex);
}

/* Without memory there is nobody to listen to, until the next request. */
static int fw2_exits_rings(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct fw2_ring *ring = per_cpu_ptr(&fw2_rings, cpu);

		if (ring->notes)
			continue;
		ring->notes = kvcalloc(FW2_RING, sizeof(*ring->notes),
				       GFP_KERNEL);
		if (!ring->notes)
			return -ENOMEM;
	}
	return 0;
}

/**
 * fw2_exits_listen - find out whether somebody listens
 * @fn: namespace
 *
 * Context: process context, may sleep.
 */
void fw2_exits_listen(struct fw2_net *fn)
{
	if (READ_ONCE(fn->exits_wanted) ||
	    !fw2_event_wanted(fn, FINWAIT2_EVENT_EXIT))
		return;
	mutex_lock(&fw2_exits_mutex);
	if (!fw2_exits_rings()) {
		/* Those before were for nobody. */
		fw2_exits_skip(fn);
		/* Pairs with the acquire in fw2_leave(): the rings are there. */
		smp_store_release(&fn->exits_wanted, true);
	}
	mutex_unlock(&fw2_exits_mutex);
}

/**
 * fw2_exits_forget - leave no note of a namespace that goes
 * @fn: namespace, which has no sockets any more
 *
 * Context: process context, may sleep.
 */
void fw2_exits_forget(struct fw2_net *fn)
{
	mutex_lock(&fw2_exits_mutex);
	fw2_exits_drain();
	mutex_unlock(&fw2_exits_mutex);
}

/**
 * fw2_exits_stop - forget all notes, and give up the rings
 *
 * Context: process context, may sleep; the probe is unregistered.
 */
void fw2_exits_stop(void)
{
	int cpu;

	/* The work item does not arm itself. */
	cancel_delayed_work_sync(&fw2_exits_dwork);
	/* A namespace may end at this moment, see fw2_exits_forget(). */
	mutex_lock(&fw2_exits_mutex);
	for_each_possible_cpu(cpu) {
		struct fw2_ring *ring = per_cpu_ptr(&fw2_rings, cpu);

		ring->tail = ring->head;
		kvfree(ring->notes);
		ring->notes = NULL;
	}
	mutex_unlock(&fw2_exits_mutex);
}
